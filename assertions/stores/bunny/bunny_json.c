#include "assertions/stores/bunny/bunny_private.h"

#include <jansson.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"

#define WHAT_MAX 60

/* The next byte without taking it; -1: the end, or the reading failed. */
static int peek(struct bunny_json *json)
{
	while (json->at == json->length && !json->ended) {
		json->at = json->length = 0;
		json->failed = json->next(json->context, &json->data, &json->length) != 0;
		if (json->failed)
			json->length = 0;
		json->ended = json->length == 0;
	}
	return json->at < json->length ? json->data[json->at] : -1;
}

static int peek_past_blanks(struct bunny_json *json)
{
	int byte = peek(json);

	while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n') {
		json->at++;
		byte = peek(json);
	}
	return byte;
}

/* One byte at a time, since jansson drops what it was given beyond the end of a value. */
static size_t give_byte(void *buffer, size_t size, void *context)
{
	struct bunny_json *json = context;
	int byte = peek(json);

	if (size == 0 || byte < 0 || ++json->file_bytes > BUNNY_FILE_JSON_MAX)
		return json->failed || byte >= 0 ? (size_t)-1 : 0;
	*(char *)buffer = (char)byte;
	json->at++;
	return 1;
}

static int take_name(const json_t *said, struct bunny_file *file, struct error *err)
{
	const char *name = json_string_value(json_object_get(said, "ObjectName"));

	if (name == NULL || name[0] == '\0')
		return error_set(err, "an entry has no 'ObjectName'");
	if (strlen(name) >= sizeof(file->name))
		return error_set(err, "a name is longer than %d bytes: '%.60s...'", STORE_KEY_MAX - 1, name);
	if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(err, "no file can have the name '%.*s'", WHAT_MAX, name);
	memcpy(file->name, name, strlen(name) + 1);
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

static int take_file(const json_t *said, struct bunny_file *file, struct error *err)
{
	const json_t *length = json_object_get(said, "Length"), *is_folder = json_object_get(said, "IsDirectory");
	const char *changed = json_string_value(json_object_get(said, "LastChanged"));

	memset(file, 0, sizeof(*file));
	if (take_name(said, file, err) != 0)
		return -1;
	if (!json_is_boolean(is_folder))
		return error_set(err, "it does not say whether '%.*s' is a folder", WHAT_MAX, file->name);
	file->is_folder = json_is_true(is_folder);
	if (file->is_folder)
		return 0;
	if (!json_is_integer(length) || json_integer_value(length) < 0)
		return error_set(err, "it does not say how long '%.*s' is", WHAT_MAX, file->name);
	file->object.size_bytes = json_integer_value(length);
	if (changed == NULL || clock_parse_rfc3339(changed, &file->object.modified_ms, err) != 0)
		return error_set(err, "it does not say when '%.*s' was written", WHAT_MAX, file->name);
	take_checksum(said, &file->object);
	return 0;
}

static int broke_off(struct error *err)
{
	return error_set(err, "the answer ends in the middle");
}

static int read_object(struct bunny_json *json, struct bunny_file *file, struct error *err)
{
	json_error_t trouble;
	int byte = peek_past_blanks(json);

	if (byte < 0)
		return broke_off(err);
	if (byte != '{')
		return error_set(err, "the answer is not JSON as it should be");
	json->file_bytes = 0;

	json_t *said = json_load_callback(give_byte, json, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &trouble);
	int result;

	if (said != NULL)
		result = take_file(said, file, err);
	else if (json->file_bytes > BUNNY_FILE_JSON_MAX)
		result = error_set(err, "an entry is longer than %zu bytes", BUNNY_FILE_JSON_MAX);
	else
		result = json->ended ? broke_off(err)
				     : error_set(err, "the answer is not well-formed: %.100s", trouble.text);
	json_decref(said);
	return result;
}

static int expect_end(struct bunny_json *json, struct error *err)
{
	int byte = peek_past_blanks(json);

	if (json->failed)
		return broke_off(err);
	return byte < 0 ? 0 : error_set(err, "the answer goes on after its end");
}

int bunny_json_read(struct bunny_json *json, struct bunny_file *ret_file, struct error *err)
{
	return read_object(json, ret_file, err) == 0 ? expect_end(json, err) : -1;
}

int bunny_json_read_all(struct bunny_json *json, int (*found)(void *context, const struct bunny_file *file),
			void *context, struct error *err)
{
	cleanup_free struct bunny_file *file = memory_alloc(sizeof(*file));
	int byte = peek_past_blanks(json);

	if (byte < 0)
		return broke_off(err);
	if (byte != '[')
		return error_set(err, "the answer is no listing");
	json->at++;
	byte = peek_past_blanks(json);
	while (byte != ']') {
		if (read_object(json, file, err) != 0)
			return -1;
		if (found(context, file) != 0)
			return 0;
		byte = peek_past_blanks(json);
		if (byte < 0)
			return broke_off(err);
		if (byte != ',' && byte != ']')
			return error_set(err, "the answer is not well-formed between two entries");
		json->at += byte == ',';
	}
	json->at++;
	return expect_end(json, err);
}
