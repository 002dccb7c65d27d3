#include "assertions/stores/s3/s3_object.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/units.h"
#include "assertions/stores/s3/s3_headers.h"
#include "assertions/stores/s3/s3_page.h"
#include "assertions/stores/s3/s3_parts.h"
#include "assertions/stores/s3/s3_request.h"
#include "assertions/stores/http/http.h"

#define MD5_BYTES 16

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

	if (rclone != NULL && s3_headers_base64(rclone, strlen(rclone), MD5_BYTES, object->uploader_md5))
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

int s3_object_from_headers(const struct http_response *response, struct store_object *ret_object, struct error *err)
{
	const char *etag = http_field(response, "etag"), *modified = http_field(response, "last-modified");
	struct store_object object = {0};

	if (take_size(response, &object, err) != 0)
		return -1;
	if (modified == NULL || clock_parse_http(modified, &object.modified_ms, err) != 0)
		return error_set(err, "the store does not say when the object was written");
	if (etag != NULL)
		http_etag(etag, object.etag, STORE_ETAG_MAX);
	object.etag_may_be_md5 = may_be_md5(response, object.etag);
	object.part_count = s3_parts_of_etag(object.etag);
	take_uploader_digests(response, &object);
	s3_headers_take(response, &object);
	*ret_object = object;
	return 0;
}

static void ask(struct s3 *s3, const char *method, const char *key, struct s3_answer *answer)
{
	struct s3_request request = {
		.method = method, .key = key, .stream = true, .what = "asked for", .permission = "s3:GetObject"};

	if (strcmp(method, "GET") == 0)
		s3_request_add_header(&request, "Range", "bytes=0-0");
	s3_ask(s3, &request, answer);
}

/*
 * A store that does not know the header may refuse it (for good), and one that does may refuse to tell the checksums of this
 * object, for a key of KMS that these credentials may not use.
 */
static bool may_dislike_checksum_mode(const struct s3_answer *answer)
{
	return answer->http_status == 400 || answer->http_status == 403 || answer->http_status == 501;
}

static void ask_for_headers(struct s3 *s3, const char *key, struct s3_answer *answer)
{
	struct s3_request request = {
		.method = "HEAD", .key = key, .stream = true, .what = "asked for", .permission = "s3:GetObject"};

	if (s3->plain_head) {
		ask(s3, "HEAD", key, answer);
		return;
	}
	s3_request_add_header(&request, "x-amz-checksum-mode", "ENABLED");
	s3_ask(s3, &request, answer);
	if (answer->status == STORE_OK || !may_dislike_checksum_mode(answer))
		return;

	bool refused_for_good = answer->http_status != 403;

	s3_answer_release(answer);
	ask(s3, "HEAD", key, answer);
	s3->plain_head = answer->status == STORE_OK && refused_for_good;
}

/* HEAD has no body that could say what is wrong, and some front ends refuse it: GET of one byte tells. */
static bool says_too_little(const struct s3_answer *answer)
{
	return answer->status != STORE_OK && answer->http_status != 0 && !answer->transient &&
	       answer->code[0] == '\0' && !answer->delete_marker;
}

static enum store_status take_answer(struct s3 *s3, const char *whole, const struct s3_answer *answer,
				     struct store_object *object, struct error *err)
{
	bool plainly_denied = answer->status == STORE_DENIED &&
			      (answer->code[0] == '\0' || strcmp(answer->code, "AccessDenied") == 0);

	if (answer->status != STORE_OK) {
		error_set(err, "%s%s", answer->error.message,
			  plainly_denied ? "; it may also be missing: without s3:ListBucket a store does not tell"
					 : "");
		return answer->status;
	}
	if (s3_object_from_headers(http_response(answer->exchange), object, err) != 0) {
		error_wrap(err, "'s3://%s/%s'", s3->bucket, whole);
		return STORE_BROKEN;
	}
	return STORE_OK;
}

static bool lacks_size(const struct s3_answer *answer)
{
	return answer->status == STORE_OK && http_number(http_response(answer->exchange), "content-length") < 0;
}

enum store_status s3_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	struct store_object object = {0};
	struct s3_answer answer;

	if (key[0] == '\0' || strlen(whole) >= STORE_KEY_MAX) {
		error_set(err, "no object can have this key: it has %zu bytes, not 1 to %d", strlen(whole),
			  STORE_KEY_MAX - 1);
		return STORE_ABSENT;
	}
	ask_for_headers(s3, whole, &answer);
	if (says_too_little(&answer) || lacks_size(&answer)) {
		s3_answer_release(&answer);
		ask(s3, "GET", whole, &answer);
	}

	enum store_status status = take_answer(s3, whole, &answer, &object, err);

	s3_answer_release(&answer);
	if (status != STORE_OK)
		return status;
	if (object.part_count > 0)
		s3_parts_find(s3, whole, &object);
	memcpy(object.key, key, strlen(key) + 1);
	*ret_object = object;
	return STORE_OK;
}
