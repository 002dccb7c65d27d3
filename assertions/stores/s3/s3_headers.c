#include "assertions/stores/s3/s3_private.h"

#include <string.h>
#include <strings.h>

#include "assertions/base/clock.h"
#include "assertions/stores/http/printable.h"

#define MD5_BYTES 16

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"; /* of base64 */

/*
 * The checksums that S3 stores verify while something is uploaded, and keep: x-amz-checksum-*, sent only where asked for.
 *
 * docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html: of an object in parts they are made of the
 * parts' checksums, which every store that knows them takes, but for CRC-64/NVME, which is always of the whole.
 * In the order in which they are looked for in an answer.
 */
static const struct s3_checksum checksums[] = {
	{STORE_SHA256, CHECKSUM_SHA256, 32, "sha256", "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", false},
	{STORE_SHA1, CHECKSUM_SHA1, 20, "sha1", "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", false},
	{STORE_CRC64NVME, CHECKSUM_CRC64NVME, 8, "crc64nvme", "CRC64NVME", "x-amz-checksum-crc64nvme",
	 "ChecksumCRC64NVME", true},
	{STORE_CRC32C, CHECKSUM_CRC32C, 4, "crc32c", "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", false},
	{STORE_CRC32, CHECKSUM_CRC32, 4, "crc32", "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", false},
};

#define CHECKSUM_COUNT (sizeof(checksums) / sizeof(checksums[0]))

const struct s3_checksum *s3_checksum_find(enum store_algorithm algorithm)
{
	for (size_t i = 0; i < CHECKSUM_COUNT; i++)
		if (checksums[i].algorithm == algorithm)
			return &checksums[i];
	return NULL;
}

static unsigned nibble(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10) & 0xf;
}

void s3_checksum_base64(const char *hex, char *ret_text, size_t size)
{
	size_t count = strlen(hex) / 2, at = 0;

	for (size_t i = 0; i < count && at + 4 < size; i += 3) {
		unsigned bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 |
			       (i + k < count ? nibble(hex[2 * (i + k)]) << 4 | nibble(hex[2 * (i + k) + 1]) : 0);
		for (size_t k = 0; k < 4; k++)
			ret_text[at++] = i + k <= count ? alphabet[bits >> (18 - 6 * k) & 0x3f] : '=';
	}
	ret_text[at] = '\0';
}

struct checksum *s3_checksum_begin(const struct s3_checksum *checksum)
{
	const struct checksum_wish wish = {.algorithm = checksum->computed};
	struct checksum_request request = {.count = 0};

	checksum_wish_for(&request, &wish);
	return checksum_new(&request);
}

void s3_checksum_end(struct checksum *running, char ret_text[S3_CHECKSUM_TEXT_MAX])
{
	struct checksum_result result;

	checksum_finish(running, &result);
	checksum_free(running);
	s3_checksum_base64(result.hex[0], ret_text, S3_CHECKSUM_TEXT_MAX);
}

void s3_checksum_of(const struct s3_checksum *checksum, const void *data, size_t length,
		    char ret_text[S3_CHECKSUM_TEXT_MAX])
{
	struct checksum *running = s3_checksum_begin(checksum);

	checksum_update(running, data, length);
	s3_checksum_end(running, ret_text);
}

/* Standard base64 of exactly so many bytes, as lower case hex; false, and "", where it is something else. */
static bool hex_of_base64(const char *text, size_t length, size_t bytes, char *ret_hex)
{
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

/*
 * What the headers of HEAD and GET say of an object besides its size, time and ETag: checksums that the store made, its
 * version, class, encryption, and when it goes or may go. Whatever cannot be understood is left out, as if it had not been said.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html; cloud.google.com/storage/docs/xml-api/reference-headers
 */

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
	for (size_t i = 0; i < CHECKSUM_COUNT; i++) {
		const char *value = http_field(response, checksums[i].header);
		struct store_checksum checksum = {.algorithm = checksums[i].algorithm};

		if (value == NULL)
			continue;

		size_t length = strcspn(value, "-");

		checksum.is_composite =
			is_composite(response, checksum.algorithm, value[length] == '-', object->part_count);
		if (hex_of_base64(value, length, checksums[i].bytes, checksum.hex))
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

		if (found != NULL && hex_of_base64(found + 7, strcspn(found + 7, ", "), 4, checksum.hex)) {
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

static void take_rest(const struct http_response *response, struct store_object *object)
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

/*
 * What a store says of one object, and what its uploader wrote beside it.
 *
 * An ETag is the MD5 only of an object that was put in one piece and not encrypted with a key of KMS or the
 * customer's; "-N" at its end tells N parts. docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html; s3cmd writes x-amz-meta-s3cmd-attrs,
 * rclone x-amz-meta-md5chksum.
 */

static bool is_hex(const char *text, size_t length)
{
	return strspn(text, "0123456789abcdef") >= length;
}

static int take_size(const struct http_response *response, struct store_object *object, struct error *err)
{
	const char *range = http_field(response, "content-range");
	int64_t begin;

	object->size_bytes = http_number(response, "content-length");
	if (response->status == 206 && (range == NULL || http_range(range, &begin, &object->size_bytes) != 0))
		object->size_bytes = -1;
	return object->size_bytes >= 0 ? 0 : error_set(err, "the store does not say how long the object is");
}

static bool may_be_md5(const struct http_response *response, const char *etag)
{
	const char *encryption = http_field(response, "x-amz-server-side-encryption");

	if (strlen(etag) != 32 || !is_hex(etag, 32))
		return false;
	if (encryption != NULL && strcmp(encryption, "AES256") != 0)
		return false;
	/* Google's composed objects have a number of components, and an ETag that is no MD5. */
	return http_field(response, "x-amz-server-side-encryption-customer-algorithm") == NULL &&
	       http_field(response, "x-goog-component-count") == NULL;
}

static void take_hex(const char *text, size_t length, char *ret_hex)
{
	for (size_t i = 0; i < length; i++)
		ret_hex[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	ret_hex[length] = '\0';
	if (!is_hex(ret_hex, length))
		ret_hex[0] = '\0';
}

/* "atime:1/ctime:2/.../md5:HEX/mode:3": a value's own slashes are encoded. */
static void take_s3cmd_attributes(const char *text, char ret_md5[33])
{
	while (text != NULL) {
		if (strncmp(text, "md5:", 4) == 0 && strcspn(text + 4, "/") == 32)
			take_hex(text + 4, 32, ret_md5);
		text = strchr(text, '/');
		text = text != NULL ? text + 1 : NULL;
	}
}

static void take_uploader_digests(const struct http_response *response, struct store_object *object)
{
	const char *s3cmd = http_field(response, "x-amz-meta-s3cmd-attrs");
	const char *rclone = http_field(response, "x-amz-meta-md5chksum");
	const char *sha256 = http_field(response, "x-amz-meta-sha256");
	const char *token = http_field(response, S3_META_TOKEN);

	if (token != NULL && strlen(token) < sizeof(object->upload_token))
		printable_copy(object->upload_token, sizeof(object->upload_token), token);
	if (rclone != NULL && hex_of_base64(rclone, strlen(rclone), MD5_BYTES, object->uploader_md5))
		strcpy(object->uploader, "rclone");
	if (s3cmd != NULL)
		take_s3cmd_attributes(s3cmd, object->uploader_md5);
	if (s3cmd != NULL && object->uploader_md5[0] != '\0')
		strcpy(object->uploader, "s3cmd");
	if (sha256 != NULL && strlen(sha256) == 64)
		take_hex(sha256, 64, object->uploader_sha256);
	if (object->uploader_sha256[0] != '\0')
		strcpy(object->uploader, "metadata");
}

unsigned s3_parts_of_etag(const char *etag)
{
	unsigned parts = 0;

	if (strlen(etag) < 34 || strlen(etag) > 38 || strspn(etag, "0123456789abcdef") != 32 || etag[32] != '-' ||
	    etag[33] == '0')
		return 0;
	for (const char *at = etag + 33; *at != '\0'; at++) {
		if (*at < '0' || *at > '9')
			return 0;
		parts = parts * 10 + (unsigned)(*at - '0');
	}
	return parts <= S3_PARTS_MAX ? parts : 0;
}

int s3_object_from_headers(const struct http_response *response, struct store_object *ret_object, struct error *err)
{
	const char *etag = http_field(response, "etag"), *modified = http_field(response, "last-modified");
	struct store_object object = {0};

	if (take_size(response, &object, err) != 0)
		return -1;
	if (modified == NULL || clock_parse_http(modified, &object.modified_ms, err) != 0)
		object.modified_ms = 0;
	if (etag != NULL)
		http_etag(etag, object.etag, STORE_ETAG_MAX);
	object.etag_may_be_md5 = may_be_md5(response, object.etag);
	object.part_count = s3_parts_of_etag(object.etag);
	take_uploader_digests(response, &object);
	take_rest(response, &object);
	*ret_object = object;
	return 0;
}
