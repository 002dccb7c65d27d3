#include "assertions/stores/s3/s3_headers.h"

#include <string.h>
#include <strings.h>

#include "assertions/base/clock.h"
#include "assertions/stores/http/printable.h"

struct dialect_word {
	const char *header;
	enum store_algorithm algorithm;
	size_t bytes;
};

static const struct dialect_word checksum_headers[] = {
	{"x-amz-checksum-sha256", STORE_SHA256, 32},      {"x-amz-checksum-sha1", STORE_SHA1, 20},
	{"x-amz-checksum-crc64nvme", STORE_CRC64NVME, 8}, {"x-amz-checksum-crc32c", STORE_CRC32C, 4},
	{"x-amz-checksum-crc32", STORE_CRC32, 4},
};

bool s3_headers_base64(const char *text, size_t length, size_t bytes, char *ret_hex)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char digits[] = "0123456789abcdef";
	size_t padding = (3 - bytes % 3) % 3, written = 0;
	unsigned bits = 0, held = 0;

	ret_hex[0] = '\0';
	if (length != (bytes + 2) / 3 * 4 || strspn(text, alphabet) < length - padding ||
	    strncmp(text + length - padding, "==", padding) != 0)
		return false;
	for (const char *at = text; written < 2 * bytes; at++) {
		bits = (bits << 6 | (unsigned)(strchr(alphabet, *at) - alphabet)) & 0xffff;
		for (held += 6; held >= 4 && written < 2 * bytes; held -= 4)
			ret_hex[written++] = digits[bits >> (held - 4) & 0xf];
	}
	ret_hex[written] = '\0';
	return true;
}

static void add_checksum(struct store_object *object, const struct store_checksum *checksum)
{
	if (object->checksum_count < STORE_CHECKSUMS_MAX)
		object->checksums[object->checksum_count++] = *checksum;
}

/*
 * Where the type is not said, "-N" tells a composite one; and of an object of several parts only CRC-64/NVME is
 * known to be of the whole.
 */
static bool is_composite(const struct http_response *response, enum store_algorithm algorithm, bool has_count,
			 unsigned part_count)
{
	const char *type = http_field(response, "x-amz-checksum-type");

	if (has_count)
		return true;
	if (type != NULL)
		return strcasecmp(type, "FULL_OBJECT") != 0;
	return part_count > 0 && algorithm != STORE_CRC64NVME;
}

static void take_checksums(const struct http_response *response, struct store_object *object)
{
	for (size_t i = 0; i < sizeof(checksum_headers) / sizeof(checksum_headers[0]); i++) {
		const char *value = http_field(response, checksum_headers[i].header);
		struct store_checksum checksum = {.algorithm = checksum_headers[i].algorithm};

		if (value == NULL)
			continue;

		size_t length = strcspn(value, "-");

		checksum.is_composite =
			is_composite(response, checksum.algorithm, value[length] == '-', object->part_count);
		if (s3_headers_base64(value, length, checksum_headers[i].bytes, checksum.hex))
			add_checksum(object, &checksum);
	}
}

/* Google's "crc32c=BASE64,md5=BASE64", in one header or in several. */
static void take_google_hash(const struct http_response *response, struct store_object *object)
{
	struct store_checksum checksum = {.algorithm = STORE_CRC32C};

	for (size_t i = 0; i < response->count; i++) {
		const char *found = strcasecmp(response->fields[i].name, "x-goog-hash") == 0
					    ? strstr(response->fields[i].value, "crc32c=")
					    : NULL;

		if (found != NULL && s3_headers_base64(found + 7, strcspn(found + 7, ", "), 4, checksum.hex)) {
			add_checksum(object, &checksum);
			return;
		}
	}
}

static void copy_header(const struct http_response *response, const char *name, char ret_text[STORE_WORD_MAX])
{
	const char *value = http_field(response, name);

	printable_copy(ret_text, STORE_WORD_MAX, value != NULL ? value : "");
}

/* What stands in quotes after NAME=. */
static void copy_quoted(const char *text, const char *name, char ret_text[STORE_WORD_MAX])
{
	const char *found = strstr(text, name);
	size_t length;

	ret_text[0] = '\0';
	if (found == NULL)
		return;
	found += strlen(name);
	length = strcspn(found, "\"");
	if (found[length] != '"' || length >= STORE_WORD_MAX)
		return;

	char value[STORE_WORD_MAX];

	memcpy(value, found, length);
	value[length] = '\0';
	printable_copy(ret_text, STORE_WORD_MAX, value);
}

/* expiry-date="Fri, 25 Dec 2026 00:00:00 GMT", rule-id="month" */
static void take_expiry(const struct http_response *response, struct store_object *object)
{
	const char *expiration = http_field(response, "x-amz-expiration");
	char date[STORE_WORD_MAX];
	struct error ignored;

	if (expiration == NULL)
		return;
	copy_quoted(expiration, "expiry-date=\"", date);
	if (clock_parse_http(date, &object->expires_ms, &ignored) != 0) {
		object->expires_ms = 0;
		return;
	}
	copy_quoted(expiration, "rule-id=\"", object->expiry_rule);
}

static bool begins(const char *text, const char *with)
{
	return text != NULL && strncasecmp(text, with, strlen(with)) == 0;
}

/*
 * Silence says something only of servers that are known to speak: AWS, MinIO, and radosgw, which forgets to where an
 * object has a version.
 */
static bool would_tell_expiry(const struct http_response *response, const struct store_object *object)
{
	const char *server = http_field(response, "server");
	bool is_radosgw = http_field(response, "x-rgw-object-type") != NULL;

	if (is_radosgw)
		return object->version[0] == '\0';
	return begins(server, "AmazonS3") || begins(server, "MinIO");
}

static void take_lock(const struct http_response *response, struct store_object *object)
{
	const char *until = http_field(response, "x-amz-object-lock-retain-until-date");
	const char *hold = http_field(response, "x-amz-object-lock-legal-hold");
	struct error ignored;

	copy_header(response, "x-amz-object-lock-mode", object->lock_mode);
	if (until != NULL && clock_parse_rfc3339(until, &object->locked_until_ms, &ignored) != 0)
		object->locked_until_ms = 0;
	object->legal_hold = hold != NULL && strcasecmp(hold, "ON") == 0;
}

void s3_headers_take(const struct http_response *response, struct store_object *object)
{
	take_checksums(response, object);
	take_google_hash(response, object);
	copy_header(response, "x-amz-version-id", object->version);
	copy_header(response, "x-goog-storage-class", object->storage_class);
	if (object->storage_class[0] == '\0')
		copy_header(response, "x-amz-storage-class", object->storage_class);
	copy_header(response, "x-amz-server-side-encryption", object->encryption);
	if (http_field(response, "x-amz-server-side-encryption-customer-algorithm") != NULL)
		memcpy(object->encryption, "SSE-C", sizeof("SSE-C"));
	take_expiry(response, object);
	object->would_tell_expiry = would_tell_expiry(response, object);
	take_lock(response, object);
}
