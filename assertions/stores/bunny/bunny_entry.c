#include "assertions/stores/bunny/bunny_entry.h"

#include <jansson.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"

#define WHAT_MAX 60

/* The next byte without taking it; -1: the end, or the reading failed. */
static int peek(struct bunny_reader *reader)
{
	while (reader->at == reader->length && !reader->ended) {
		reader->at = reader->length = 0;
		reader->failed = reader->next(reader->context, &reader->data, &reader->length) != 0;
		if (reader->failed)
			reader->length = 0;
		reader->ended = reader->length == 0;
	}
	return reader->at < reader->length ? reader->data[reader->at] : -1;
}

static int peek_past_blanks(struct bunny_reader *reader)
{
	int byte = peek(reader);

	while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') {
		reader->at++;
		byte = peek(reader);
	}
	return byte;
}

/* One byte at a time, since jansson drops what it was given beyond the end of a value. */
static size_t give_byte(void *buffer, size_t size, void *context)
{
	struct bunny_reader *reader = context;
	int byte = peek(reader);

	if (size == 0 || byte < 0 || ++reader->entry_bytes > BUNNY_ENTRY_BYTES_MAX)
		return reader->failed || byte >= 0 ? (size_t)-1 : 0;
	*(char *)buffer = (char)byte;
	reader->at++;
	return 1;
}

static int take_name(const json_t *said, struct bunny_entry *entry, struct error *err)
{
	const char *name = json_string_value(json_object_get(said, "ObjectName"));

	if (name == NULL || name[0] == '\0')
		return error_set(err, "an entry has no 'ObjectName'");
	if (strlen(name) >= sizeof(entry->name))
		return error_set(err, "a name is longer than %d bytes: '%.60s...'", STORE_KEY_MAX - 1, name);
	if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, "no file can have the name '%.*s'", WHAT_MAX, name);
	memcpy(entry->name, name, strlen(name) + 1);
	return 0;
}

static void take_checksum(const json_t *said, struct store_object *object)
{
	const char *text = json_string_value(json_object_get(said, "Checksum"));
	struct store_checksum *checksum = &object->checksums[0];

	if (text == NULL || strlen(text) != sizeof(checksum->hex) - 1 ||
	    strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return;
	checksum->algorithm = STORE_SHA256;
	for (size_t i = 0; i < sizeof(checksum->hex); i++)
		checksum->hex[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	object->checksum_count = 1;
}

static int take_entry(const json_t *said, struct bunny_entry *entry, struct error *err)
{
	const json_t *length = json_object_get(said, "Length"), *is_folder = json_object_get(said, "IsDirectory");
	const char *changed = json_string_value(json_object_get(said, "LastChanged"));

	memset(entry, 0, sizeof(*entry));
	if (take_name(said, entry, err) != 0)
		return -1;
	if (!json_is_boolean(is_folder))
		return error_set(err, "it does not say whether '%.*s' is a folder", WHAT_MAX, entry->name);
	entry->is_folder = json_is_true(is_folder);
	if (entry->is_folder)
		return 0;
	if (!json_is_integer(length) || json_integer_value(length) < 0)
		return error_set(err, "it does not say how long '%.*s' is", WHAT_MAX, entry->name);
	entry->object.size_bytes = json_integer_value(length);
	if (changed == NULL || clock_parse_rfc3339(changed, &entry->object.modified_ms, err) != 0)
		return error_set(err, "it does not say when '%.*s' was written", WHAT_MAX, entry->name);
	take_checksum(said, &entry->object);
	return 0;
}

static int broke_off(struct error *err)
{
	return error_set(err, "the answer ends in the middle");
}

static int read_object(struct bunny_reader *reader, struct bunny_entry *entry, struct error *err)
{
	json_error_t trouble;
	int byte = peek_past_blanks(reader);

	if (byte < 0)
		return broke_off(err);
	if (byte != '{')
		return error_set(err, "the answer is not JSON as it should be");
	reader->entry_bytes = 0;

	json_t *said = json_load_callback(give_byte, reader, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &trouble);
	int result;

	if (said != NULL)
		result = take_entry(said, entry, err);
	else if (reader->entry_bytes > BUNNY_ENTRY_BYTES_MAX)
		result = error_set(err, "an entry is longer than %zu bytes", BUNNY_ENTRY_BYTES_MAX);
	else
		result = reader->ended ? broke_off(err)
				       : error_set(err, "the answer is not well-formed: %.100s", trouble.text);
	json_decref(said);
	return result;
}

static int expect_end(struct bunny_reader *reader, struct error *err)
{
	int byte = peek_past_blanks(reader);

	if (reader->failed)
		return broke_off(err);
	return byte < 0 ? 0 : error_set(err, "the answer goes on after its end");
}

int bunny_entry_read(struct bunny_reader *reader, struct bunny_entry *ret_entry, struct error *err)
{
	return read_object(reader, ret_entry, err) == 0 ? expect_end(reader, err) : -1;
}

int bunny_entry_read_all(struct bunny_reader *reader, int (*found)(void *context, const struct bunny_entry *entry),
			 void *context, struct error *err)
{
	cleanup_free struct bunny_entry *entry = memory_alloc(sizeof(*entry));
	int byte = peek_past_blanks(reader);

	if (byte < 0)
		return broke_off(err);
	if (byte != '[')
		return error_set(err, "the answer is no listing");
	reader->at++;
	byte = peek_past_blanks(reader);
	while (byte != ']') {
		if (read_object(reader, entry, err) != 0)
			return -1;
		if (found(context, entry) != 0)
			return 0;
		byte = peek_past_blanks(reader);
		if (byte < 0)
			return broke_off(err);
		if (byte != ',' && byte != ']')
			return error_set(err, "the answer is not well-formed between two entries");
		reader->at += byte == ',';
	}
	reader->at++;
	return expect_end(reader, err);
}
