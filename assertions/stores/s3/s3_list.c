#include "assertions/stores/s3/s3_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"

#define PAGE_KEYS_MAX ((size_t)100000)
#define PAGES_MAX 10000000u
#define EMPTY_PAGES_MAX 1000u /* in a row */
#define PAGE "ListBucketResult/"
#define OBJECT "ListBucketResult/Contents/"

/*
 * One page of a bucket's listing, read from <ListBucketResult>, version 1 or 2.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, API_ListObjects.html
 */

void s3_key_page_init(struct s3_key_page *page)
{
	*page = (struct s3_key_page){0};
	buffer_init(&page->text, S3_XML_MAX);
}

void s3_key_page_clear(struct s3_key_page *page)
{
	page->count = 0;
	buffer_clear(&page->text);
	page->truncated_known = page->truncated = page->url_encoded = page->has_marker = page->has_token = false;
	page->next_token[0] = page->next_marker[0] = '\0';
}

void s3_key_page_release(struct s3_key_page *page)
{
	buffer_release(&page->text);
	free(page->objects);
	*page = (struct s3_key_page){0};
}

static struct s3_listed_object *last_object(struct s3_key_page *page)
{
	return &page->objects[page->count - 1];
}

static void take_begin(void *context, const char *path)
{
	struct s3_key_page *page = context;

	if (strcmp(path, "ListBucketResult/Contents") != 0)
		return;
	if (page->count == page->capacity) {
		page->capacity = page->capacity > 0 ? page->capacity * 2 : 1024;
		page->objects = memory_grow(page->objects, page->capacity, sizeof(*page->objects));
	}
	page->objects[page->count++] = (struct s3_listed_object){0};
	page->has_key = page->has_size = page->has_modified = false;
}

static size_t keep(struct s3_key_page *page, const char *text)
{
	/* Place 0 is an empty text: what an entry does not have. */
	if (page->text.length == 0)
		buffer_append(&page->text, "", 1);

	size_t place = page->text.length;

	buffer_append(&page->text, text, strlen(text) + 1);
	return place;
}

static int take_object_element(struct s3_key_page *page, const char *name, const char *text, struct error *err)
{
	struct s3_listed_object *object = last_object(page);

	if (strcmp(name, "Key") == 0) {
		object->key = keep(page, text);
		page->has_key = true;
	} else if (strcmp(name, "ETag") == 0) {
		object->etag = keep(page, text);
	} else if (strcmp(name, "Size") == 0) {
		page->has_size = units_parse_integer(text, &object->size_bytes, err) == 0;
	} else if (strcmp(name, "LastModified") == 0) {
		page->has_modified = clock_parse_rfc3339(text, &object->modified_ms, err) == 0;
	}
	return 0;
}

static int finish_object(const struct s3_key_page *page, struct error *err)
{
	if (page->text.truncated || page->count > PAGE_KEYS_MAX)
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

static int take_page_element(struct s3_key_page *page, const char *name, const char *text, struct error *err)
{
	if (strcmp(name, "Contents") == 0)
		return finish_object(page, err);
	if (strcmp(name, "NextContinuationToken") == 0 || strcmp(name, "KeyCount") == 0)
		page->has_token = true;
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
	struct s3_key_page *page = context;

	if (strncmp(path, OBJECT, strlen(OBJECT)) == 0)
		return take_object_element(page, path + strlen(OBJECT), text, err);
	if (strncmp(path, PAGE, strlen(PAGE)) == 0)
		return take_page_element(page, path + strlen(PAGE), text, err);
	return 0;
}

const struct xml_events s3_key_page_events = {take_begin, take_end};

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

int s3_key_page_finish(struct s3_key_page *page, struct error *err)
{
	if (!page->truncated_known)
		return error_set(err, "the answer is no listing, or does not say whether there is more");
	for (size_t i = 0; page->url_encoded && i < page->count; i++)
		if (decode(page->text.data + page->objects[i].key, err) != 0)
			return -1;
	return page->url_encoded ? decode(page->next_marker, err) : 0;
}

const char *s3_key_page_key(const struct s3_key_page *page, size_t index)
{
	return page->text.data + page->objects[index].key;
}

int s3_key_page_object(const struct s3_key_page *page, size_t index, size_t prefix_length,
		       struct store_object *ret_object, struct error *err)
{
	const struct s3_listed_object *object = &page->objects[index];
	const char *key = s3_key_page_key(page, index) + prefix_length;
	size_t length = strlen(key);

	*ret_object = (struct store_object){.size_bytes = object->size_bytes, .modified_ms = object->modified_ms};
	if (length >= STORE_KEY_MAX)
		return error_set(err, "a key of the listing is longer than %d bytes", STORE_KEY_MAX - 1);
	memcpy(ret_object->key, key, length + 1);
	http_etag(page->text.data + object->etag, ret_object->etag, STORE_ETAG_MAX);
	return 0;
}

/*
 * The keys of a bucket, a page at a time: ListObjectsV2, and version 1 where the server knows no other.
 *
 * A page is told to the caller when it has come whole, so that asking for one again tells nothing twice;
 * memory is that of a page, whatever the bucket holds.
 */
static const char full_page[] = "1000";

struct listing {
	struct s3 *s3;
	char *prefix; /* whole */
	const char *page_keys; /* of the first page: who wants to know of one key only may have to pass over some */
	bool version_1;
	bool encoded; /* ask for URL-encoded keys */
	char token[S3_TOKEN_MAX]; /* where the next page begins; "" for the first */
	char mark[S3_TOKEN_MAX]; /* one of the tokens before: a circle comes back to it */
	char first_key[STORE_KEY_MAX], last_key[STORE_KEY_MAX]; /* of the page before that held any; "" */
	struct s3_key_page page;
	unsigned pages, empty_pages;
};

static void begin_page(void *context)
{
	s3_key_page_clear(context);
}

static int check_page(void *context, struct error *err)
{
	return s3_key_page_finish(context, err);
}

static void ask_for_page(struct listing *listing, bool once, struct s3_answer *answer)
{
	struct s3_request request = {
		.method = "GET",
		.once = once,
		.xml = &s3_key_page_events,
		.xml_context = &listing->page,
		.xml_begin = begin_page,
		.xml_check = check_page,
		.what = "listing",
		.subject = listing->prefix,
		.permission = "s3:ListBucket",
	};

	if (!listing->version_1)
		s3_request_add_query(&request, "list-type", "2");
	s3_request_add_query(&request, "max-keys", listing->pages == 0 ? listing->page_keys : full_page);
	s3_request_add_query(&request, "prefix", listing->prefix);
	if (listing->token[0] != '\0')
		s3_request_add_query(&request, listing->version_1 ? "marker" : "continuation-token", listing->token);
	if (listing->encoded)
		s3_request_add_query(&request, "encoding-type", "url");
	s3_ask(listing->s3, &request, answer);
}

static bool knows_no_version_2(const struct s3_answer *answer)
{
	return answer->status == STORE_UNSUPPORTED || strcmp(answer->code, "InvalidArgument") == 0;
}

/*
 * Keys may hold what XML cannot: then the page is not well-formed, and only encoding helps. It is no more than a
 * second choice, since some servers encode without saying so, or say so without encoding.
 */
static bool may_need_encoding(const struct s3_answer *answer)
{
	return answer->status == STORE_BROKEN && answer->http_status == 200;
}

/* Swift's server breaks down over such a key, every time. */
static bool may_have_broken_down(const struct s3_answer *answer)
{
	return answer->http_status == 500;
}

/* Nor has every server learned to cut a listing short. */
static void try_full(struct listing *listing, struct s3_answer *answer)
{
	if (listing->page_keys == full_page)
		return;
	s3_answer_release(answer);
	listing->page_keys = full_page;
	ask_for_page(listing, true, answer);
}

static void try_encoded(struct listing *listing, struct s3_answer *answer)
{
	struct s3_answer encoded;

	listing->encoded = true;
	ask_for_page(listing, true, &encoded);
	listing->encoded = encoded.status == STORE_OK;
	s3_answer_release(listing->encoded ? answer : &encoded);
	if (listing->encoded)
		*answer = encoded;
}

static void get_page(struct listing *listing, struct s3_answer *answer)
{
	ask_for_page(listing, false, answer);
	if (listing->pages == 0 && !listing->version_1 && knows_no_version_2(answer)) {
		s3_answer_release(answer);
		listing->version_1 = true;
		ask_for_page(listing, false, answer);
	}
	if (!listing->encoded && may_need_encoding(answer)) {
		s3_answer_release(answer);
		listing->encoded = true;
		ask_for_page(listing, false, answer);
	}
	if (may_have_broken_down(answer))
		try_full(listing, answer);
	if (!listing->encoded && may_have_broken_down(answer))
		try_encoded(listing, answer);
	listing->pages++;
}

static int nonsense(const struct listing *listing, const char *why, struct error *err)
{
	return error_set(err, "the listing of '%s' makes no sense: %s", listing->s3->store.description, why);
}

/* A server that ignores list-type answers in version 1, and goes on from a marker or else from the last key. */
static const char *next_of(struct listing *listing)
{
	const struct s3_key_page *page = &listing->page;

	if (!listing->version_1 && page->next_token[0] != '\0')
		return page->next_token;
	if (!listing->version_1 && !page->has_marker && page->has_token)
		return NULL;
	listing->version_1 = true;
	if (page->next_marker[0] != '\0')
		return page->next_marker;
	return page->count > 0 ? s3_key_page_key(page, page->count - 1) : NULL;
}

static bool is_power_of_two(unsigned number)
{
	return (number & (number - 1)) == 0;
}

/* 1: go on, 0: that was all, -1. */
static int advance(struct listing *listing, struct error *err)
{
	if (!listing->page.truncated)
		return 0;

	const char *next = next_of(listing);

	if (next == NULL)
		return nonsense(listing, "there is more, but it does not say where", err);
	if (strlen(next) >= sizeof(listing->token))
		return nonsense(listing, "a key is too long", err);
	if (strcmp(next, listing->token) == 0 || strcmp(next, listing->mark) == 0)
		return nonsense(listing, "the same page comes again", err);
	listing->empty_pages = listing->page.count == 0 ? listing->empty_pages + 1 : 0;
	if (listing->empty_pages > EMPTY_PAGES_MAX || listing->pages > PAGES_MAX)
		return nonsense(listing, "it does not end", err);
	memcpy(listing->token, next, strlen(next) + 1);
	if (is_power_of_two(listing->pages))
		memcpy(listing->mark, next, strlen(next) + 1);
	return 1;
}

static void remember(char kept[STORE_KEY_MAX], const char *key)
{
	size_t length = strlen(key);

	kept[0] = '\0';
	if (length < STORE_KEY_MAX)
		memcpy(kept, key, length + 1);
}

/* Whoever counts objects must not be told of one twice. Keys come in order almost everywhere, twins beside each other. */
static int check_twins(struct listing *listing, struct error *err)
{
	const struct s3_key_page *page = &listing->page;
	const char *before = listing->last_key;

	if (page->count == 0)
		return 0;
	if (listing->first_key[0] != '\0' && strcmp(s3_key_page_key(page, 0), listing->first_key) == 0)
		return nonsense(listing, "the same page comes again", err);
	for (size_t i = 0; i < page->count; i++) {
		const char *key = s3_key_page_key(page, i);

		if (strcmp(key, before) == 0 && *key != '\0')
			return nonsense(listing, "a key is listed twice", err);
		before = key;
	}
	remember(listing->first_key, s3_key_page_key(page, 0));
	remember(listing->last_key, before);
	return 0;
}

/* 1: go on, 0: the caller has had enough, -1. */
static int tell_page(const struct listing *listing, int (*found)(void *context, const struct store_object *object),
		     void *context, struct error *err)
{
	size_t prefix_length = strlen(listing->prefix), own_length = strlen(listing->s3->prefix);
	struct store_object object;

	for (size_t i = 0; i < listing->page.count; i++) {
		const char *key = s3_key_page_key(&listing->page, i);

		/* The prefix itself may be there as a folder's marker: no key below it. */
		if (strncmp(key, listing->prefix, prefix_length) != 0 || key[own_length] == '\0')
			continue;
		if (bucket_is_probe_key(key))
			continue;
		if (s3_key_page_object(&listing->page, i, own_length, &object, err) != 0)
			return -1;
		if (bucket_is_placeholder(&object))
			continue;
		if (found(context, &object) != 0)
			return 0;
	}
	return 1;
}

static void run(struct listing *listing, int (*found)(void *context, const struct store_object *object), void *context,
		struct s3_answer *answer)
{
	for (;;) {
		get_page(listing, answer);
		s3_answer_release(answer);
		if (answer->status != STORE_OK)
			return;

		int told = check_twins(listing, &answer->error);

		if (told == 0)
			told = tell_page(listing, found, context, &answer->error);

		int more = told > 0 ? advance(listing, &answer->error) : told;

		if (more < 0)
			answer->status = STORE_BROKEN;
		if (more <= 0)
			return;
	}
}

void s3_list_ask(struct s3 *s3, const char *prefix, const char *page_keys,
		 int (*found)(void *context, const struct store_object *object), void *context,
		 struct s3_answer *ret_answer)
{
	struct listing *listing = memory_alloc(sizeof(*listing));

	listing->s3 = s3;
	listing->prefix = s3_whole_key(s3, prefix);
	listing->page_keys = page_keys;
	s3_key_page_init(&listing->page);
	run(listing, found, context, ret_answer);
	s3_key_page_release(&listing->page);
	free(listing->prefix);
	free(listing);
}

enum store_status s3_list(struct store *store, const char *prefix,
			  int (*found)(void *context, const struct store_object *object), void *context,
			  struct error *err)
{
	struct s3_answer answer;

	s3_list_ask((struct s3 *)store, prefix, full_page, found, context, &answer);
	if (answer.status != STORE_OK)
		error_set(err, "%s", answer.error.message);
	return answer.status;
}
