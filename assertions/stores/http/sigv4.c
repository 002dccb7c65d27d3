#include "assertions/stores/http/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define HASH_BYTES 32
#define TEXT_MAX ((size_t)4 << 20)
#define DATE_LENGTH 8

struct field { /* of a query, encoded, or a header in its canonical form */
	char *name;
	char *value;
	size_t place; /* in the request: equal names keep their order */
};

struct fields {
	struct field *items;
	size_t count;
};

static void fields_release(struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		free(fields->items[i].name);
		free(fields->items[i].value);
	}
	free(fields->items);
}

#define cleanup_fields __attribute__((cleanup(fields_release)))

static void to_hex(const unsigned char *bytes, size_t length, char *ret_hex)
{
	for (size_t i = 0; i < length; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", bytes[i]);
}

void sigv4_sha256(const void *data, size_t length, char ret_hex[65])
{
	unsigned char hash[HASH_BYTES];

	if (EVP_Digest(data, length, hash, NULL, EVP_sha256(), NULL) != 1)
		memory_exhausted();
	to_hex(hash, sizeof(hash), ret_hex);
}

static void hmac(const void *key, size_t key_length, const char *text, unsigned char ret_mac[HASH_BYTES])
{
	unsigned char mac[HASH_BYTES];

	if (HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), mac, NULL) == NULL)
		memory_exhausted();
	memcpy(ret_mac, mac, sizeof(mac));
}

/* Not isalnum(): what a letter is must not depend on the locale. */
static bool stays(unsigned char byte, bool keep_slashes)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
	       byte == '-' || byte == '.' || byte == '_' || byte == '~' || (byte == '/' && keep_slashes);
}

void sigv4_encode(const char *text, bool keep_slashes, struct buffer *out)
{
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (stays(*at, keep_slashes))
			buffer_append(out, at, 1);
		else
			buffer_print(out, "%%%02X", *at);
	}
}

static char *encoded(const char *text)
{
	struct buffer out;

	buffer_init(&out, TEXT_MAX);
	sigv4_encode(text, false, &out);
	return buffer_take(&out);
}

/* By name, then by value: not by "name=value", since "-" and "%" sort before "=". */
static int compare_parameters(const void *left, const void *right)
{
	const struct field *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->value, b->value);
}

static int compare_headers(const void *left, const void *right)
{
	const struct field *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static char *canonical_query(const struct sigv4_request *request)
{
	cleanup_fields struct fields fields = {memory_array(request->query_count, sizeof(struct field)), 0};

	for (size_t i = 0; i < request->query_count; i++) {
		const struct sigv4_pair *pair = &request->query[i];

		fields.items[i].name = encoded(pair->name);
		fields.items[i].value = encoded(pair->value != NULL ? pair->value : "");
		fields.count++;
	}
	qsort(fields.items, fields.count, sizeof(struct field), compare_parameters);

	struct buffer out;

	buffer_init(&out, TEXT_MAX);
	for (size_t i = 0; i < fields.count; i++)
		buffer_print(&out, "%s%s=%s", i > 0 ? "&" : "", fields.items[i].name, fields.items[i].value);
	return buffer_take(&out);
}

static char *lower_case(const char *text)
{
	char *lower = memory_string(text);

	for (char *at = lower; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return lower;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Trimmed, and every run of blanks one space. */
static char *canonical_value(const char *value)
{
	char *out = memory_alloc(strlen(value) + 1);
	size_t length = 0;

	for (const char *at = value; *at != '\0'; at++) {
		if (!is_blank(*at))
			out[length++] = *at;
		else if (length > 0 && out[length - 1] != ' ')
			out[length++] = ' ';
	}
	if (length > 0 && out[length - 1] == ' ')
		length--;
	out[length] = '\0';
	return out;
}

static bool is_signed(const char *lower_name)
{
	static const char *const unsigned_names[] = {SIGV4_UNSIGNED_HEADERS};

	if (strncmp(lower_name, "proxy-", 6) == 0)
		return false;
	for (size_t i = 0; i < sizeof(unsigned_names) / sizeof(unsigned_names[0]); i++)
		if (strcmp(lower_name, unsigned_names[i]) == 0)
			return false;
	return true;
}

static struct fields canonical_headers(const struct sigv4_request *request)
{
	struct fields fields = {memory_array(request->header_count, sizeof(struct field)), 0};

	for (size_t i = 0; i < request->header_count; i++) {
		char *name = lower_case(request->headers[i].name);

		if (!is_signed(name)) {
			free(name);
			continue;
		}
		fields.items[fields.count].name = name;
		fields.items[fields.count].value = canonical_value(request->headers[i].value);
		fields.items[fields.count].place = i;
		fields.count++;
	}
	qsort(fields.items, fields.count, sizeof(struct field), compare_headers);
	return fields;
}

static void write_headers(const struct fields *fields, struct buffer *lines, struct buffer *names)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->items[i];

		if (i > 0 && strcmp(field->name, field[-1].name) == 0) {
			buffer_print(lines, ",%s", field->value);
			continue;
		}
		buffer_print(lines, "%s%s:%s", i > 0 ? "\n" : "", field->name, field->value);
		buffer_print(names, "%s%s", i > 0 ? ";" : "", field->name);
	}
	if (fields->count > 0)
		buffer_string(lines, "\n");
}

static void names_of_headers(const struct sigv4_request *request, struct buffer *names)
{
	cleanup_fields struct fields fields = canonical_headers(request);
	cleanup_buffer struct buffer lines;

	buffer_init(&lines, TEXT_MAX);
	write_headers(&fields, &lines, names);
}

static void write_canonical_request(const struct sigv4_request *request, struct sigv4_signature *signature,
				    struct buffer *names)
{
	cleanup_fields struct fields fields = canonical_headers(request);
	cleanup_buffer struct buffer lines;

	buffer_init(&lines, TEXT_MAX);
	write_headers(&fields, &lines, names);
	signature->query = canonical_query(request);
	signature->canonical_request = memory_format("%s\n%s\n%s\n%s\n%s\n%s", request->method, request->path,
						     signature->query, lines.data, names->data, request->payload_hash);
}

static void signing_key(const char *secret_key, const char *date, const struct sigv4_scope *scope,
			unsigned char ret_key[HASH_BYTES])
{
	char *seed = memory_format("AWS4%s", secret_key);

	hmac(seed, strlen(seed), date, ret_key);
	explicit_bzero(seed, strlen(seed));
	free(seed);
	hmac(ret_key, HASH_BYTES, scope->region, ret_key);
	hmac(ret_key, HASH_BYTES, scope->service, ret_key);
	hmac(ret_key, HASH_BYTES, "aws4_request", ret_key);
}

struct stamp {
	char time[CLOCK_TEXT_MAX]; /* 20130524T000000Z */
	char date[DATE_LENGTH + 1];
	char *scope; /* 20130524/us-east-1/s3/aws4_request */
};

static void stamp_init(struct stamp *stamp, const struct sigv4_scope *scope)
{
	clock_format_basic(scope->unix_ms, stamp->time);
	memcpy(stamp->date, stamp->time, DATE_LENGTH);
	stamp->date[DATE_LENGTH] = '\0';
	stamp->scope = memory_format("%s/%s/%s/aws4_request", stamp->date, scope->region, scope->service);
}

static void compute(const struct stamp *stamp, const struct sigv4_credentials *credentials,
		    const struct sigv4_scope *scope, struct sigv4_signature *signature)
{
	unsigned char key[HASH_BYTES], mac[HASH_BYTES];
	char hash[65];

	sigv4_sha256(signature->canonical_request, strlen(signature->canonical_request), hash);
	signature->string_to_sign = memory_format(ALGORITHM "\n%s\n%s\n%s", stamp->time, stamp->scope, hash);
	signing_key(credentials->secret_key, stamp->date, scope, key);
	hmac(key, sizeof(key), signature->string_to_sign, mac);
	to_hex(mac, sizeof(mac), signature->signature);
	explicit_bzero(key, sizeof(key));
}

void sigv4_sign(const struct sigv4_request *request, const struct sigv4_credentials *credentials,
		const struct sigv4_scope *scope, struct sigv4_signature *ret_signature)
{
	struct stamp stamp;
	cleanup_buffer struct buffer names;

	buffer_init(&names, TEXT_MAX);
	stamp_init(&stamp, scope);
	write_canonical_request(request, ret_signature, &names);
	compute(&stamp, credentials, scope, ret_signature);
	ret_signature->authorization =
		memory_format(ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s", credentials->access_key,
			      stamp.scope, names.data, ret_signature->signature);
	free(stamp.scope);
}

void sigv4_presign(const struct sigv4_request *request, const struct sigv4_credentials *credentials,
		   const struct sigv4_scope *scope, unsigned valid_seconds, struct sigv4_signature *ret_signature)
{
	struct stamp stamp;
	char valid[16];
	cleanup_buffer struct buffer names, again;

	buffer_init(&names, TEXT_MAX);
	buffer_init(&again, TEXT_MAX);
	stamp_init(&stamp, scope);
	snprintf(valid, sizeof(valid), "%u", valid_seconds);
	names_of_headers(request, &names);

	cleanup_free char *credential = memory_format("%s/%s", credentials->access_key, stamp.scope);
	const struct sigv4_pair own[] = {
		{"X-Amz-Algorithm", ALGORITHM},      {"X-Amz-Credential", credential},
		{"X-Amz-Date", stamp.time},          {"X-Amz-Expires", valid},
		{"X-Amz-SignedHeaders", names.data}, {"X-Amz-Security-Token", credentials->session_token},
	};
	size_t own_count = sizeof(own) / sizeof(own[0]) - (credentials->session_token == NULL ? 1 : 0);
	cleanup_free struct sigv4_pair *query = memory_array(request->query_count + own_count, sizeof(*query));
	struct sigv4_request presigned = *request;

	if (request->query_count > 0)
		memcpy(query, request->query, request->query_count * sizeof(*query));
	memcpy(query + request->query_count, own, own_count * sizeof(*query));
	presigned.query = query;
	presigned.query_count = request->query_count + own_count;
	presigned.payload_hash = SIGV4_UNSIGNED_PAYLOAD;
	write_canonical_request(&presigned, ret_signature, &again);
	compute(&stamp, credentials, scope, ret_signature);

	char *unsigned_query = ret_signature->query;

	ret_signature->query = memory_format("%s&X-Amz-Signature=%s", unsigned_query, ret_signature->signature);
	ret_signature->authorization = memory_string("");
	free(unsigned_query);
	free(stamp.scope);
}

void sigv4_signature_release(struct sigv4_signature *signature)
{
	free(signature->query);
	free(signature->canonical_request);
	free(signature->string_to_sign);
	free(signature->authorization);
	*signature = (struct sigv4_signature){0};
}
