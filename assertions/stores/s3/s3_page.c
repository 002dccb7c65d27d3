#include "assertions/stores/s3/s3_page.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/stores/s3/s3_request.h"
#include "assertions/stores/http/http.h"

#define PAGE "ListBucketResult/"
#define ENTRY "ListBucketResult/Contents/"

void s3_page_init(struct s3_page *page)
{
	*page = (struct s3_page){0};
	buffer_init(&page->text, S3_XML_MAX);
}

void s3_page_clear(struct s3_page *page)
{
	page->count = 0;
	buffer_clear(&page->text);
	page->truncated_known = page->truncated = page->url_encoded = page->has_marker = false;
	page->next_token[0] = page->next_marker[0] = '\0';
}

void s3_page_release(struct s3_page *page)
{
	buffer_release(&page->text);
	free(page->entries);
	*page = (struct s3_page){0};
}

static struct s3_page_entry *last_entry(struct s3_page *page)
{
	return &page->entries[page->count - 1];
}

static void take_begin(void *context, const char *path)
{
	struct s3_page *page = context;

	if (strcmp(path, "ListBucketResult/Contents") != 0)
		return;
	if (page->count == page->capacity) {
		page->capacity = page->capacity > 0 ? page->capacity * 2 : 1024;
		page->entries = memory_grow(page->entries, page->capacity, sizeof(*page->entries));
	}
	page->entries[page->count++] = (struct s3_page_entry){0};
	page->has_key = page->has_size = page->has_modified = false;
}

static size_t keep(struct s3_page *page, const char *text)
{
	/* Place 0 is an empty text: what an entry does not have. */
	if (page->text.length == 0)
		buffer_append(&page->text, "", 1);

	size_t place = page->text.length;

	buffer_append(&page->text, text, strlen(text) + 1);
	return place;
}

static int take_entry_element(struct s3_page *page, const char *name, const char *text, struct error *err)
{
	struct s3_page_entry *entry = last_entry(page);

	if (strcmp(name, "Key") == 0) {
		entry->key = keep(page, text);
		page->has_key = true;
	} else if (strcmp(name, "ETag") == 0) {
		entry->etag = keep(page, text);
	} else if (strcmp(name, "Size") == 0) {
		page->has_size = units_parse_integer(text, &entry->size_bytes, err) == 0;
	} else if (strcmp(name, "LastModified") == 0) {
		page->has_modified = clock_parse_rfc3339(text, &entry->modified_ms, err) == 0;
	}
	return 0;
}

static int finish_entry(const struct s3_page *page, struct error *err)
{
	if (page->text.truncated || page->count > S3_PAGE_KEYS_MAX)
		return error_set(err, "a page of the listing holds too much");
	if (!page->has_key || !page->has_size || !page->has_modified)
		return error_set(err, "an entry of the listing lacks its key, its size or its time");
	return 0;
}

static int take_token(const char *what, const char *text, char token[S3_TOKEN_MAX], struct error *err)
{
	size_t length = strlen(text);

	if (length >= S3_TOKEN_MAX)
		return error_set(err, "the listing's %s is longer than %d bytes", what, S3_TOKEN_MAX - 1);
	memcpy(token, text, length + 1);
	return 0;
}

static int take_page_element(struct s3_page *page, const char *name, const char *text, struct error *err)
{
	if (strcmp(name, "Contents") == 0)
		return finish_entry(page, err);
	if (strcmp(name, "NextContinuationToken") == 0)
		return take_token("continuation token", text, page->next_token, err);
	if (strcmp(name, "NextMarker") == 0)
		return take_token("next marker", text, page->next_marker, err);
	if (strcmp(name, "Marker") == 0)
		page->has_marker = true;
	if (strcmp(name, "EncodingType") == 0)
		page->url_encoded = strcasecmp(text, "url") == 0;
	if (strcmp(name, "IsTruncated") == 0) {
		page->truncated = strcasecmp(text, "true") == 0;
		page->truncated_known = page->truncated || strcasecmp(text, "false") == 0;
	}
	return 0;
}

static int take_end(void *context, const char *path, const char *text, struct error *err)
{
	struct s3_page *page = context;

	if (strncmp(path, ENTRY, strlen(ENTRY)) == 0)
		return take_entry_element(page, path + strlen(ENTRY), text, err);
	if (strncmp(path, PAGE, strlen(PAGE)) == 0)
		return take_page_element(page, path + strlen(PAGE), text, err);
	return 0;
}

const struct xml_events s3_page_events = {take_begin, take_end};

static int digit_value(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static int decode(char *text, struct error *err)
{
	char *out = text;

	for (const char *at = text; *at != '\0'; at++) {
		int high = *at == '%' ? digit_value(at[1]) : -1, low = high >= 0 ? digit_value(at[2]) : -1;

		if (*at == '%' && (low < 0 || high + low == 0))
			return error_set(err, "a key of the listing is not URL-encoded, though the listing says so");
		if (*at == '%')
			at += 2;
		*out++ = low >= 0 ? (char)(high * 16 + low) : (*at == '+' ? ' ' : *at);
	}
	*out = '\0';
	return 0;
}

int s3_page_finish(struct s3_page *page, struct error *err)
{
	if (!page->truncated_known)
		return error_set(err, "the answer is no listing, or does not say whether there is more");
	for (size_t i = 0; page->url_encoded && i < page->count; i++)
		if (decode(page->text.data + page->entries[i].key, err) != 0)
			return -1;
	return page->url_encoded ? decode(page->next_marker, err) : 0;
}

const char *s3_page_key(const struct s3_page *page, size_t index)
{
	return page->text.data + page->entries[index].key;
}

int s3_page_object(const struct s3_page *page, size_t index, size_t prefix_length, struct store_object *ret_object,
		   struct error *err)
{
	const struct s3_page_entry *entry = &page->entries[index];
	const char *key = s3_page_key(page, index) + prefix_length;
	size_t length = strlen(key);

	*ret_object = (struct store_object){.size_bytes = entry->size_bytes, .modified_ms = entry->modified_ms};
	if (length >= STORE_KEY_MAX)
		return error_set(err, "a key of the listing is longer than %d bytes", STORE_KEY_MAX - 1);
	memcpy(ret_object->key, key, length + 1);
	http_etag(page->text.data + entry->etag, ret_object->etag, STORE_ETAG_MAX);
	return 0;
}
