#include "assertions/stores/s3/s3_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"

#define COMPLETE_MAX ((size_t)UPLOAD_PARTS_MAX * 2048)

/*
 * The requests of an upload to S3, and what their answers mean.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_CreateMultipartUpload.html, API_UploadPart.html,
 * API_CompleteMultipartUpload.html, API_AbortMultipartUpload.html
 *
 * Every body goes with its real SHA-256, which the signature covers, and with its Content-MD5: buckets with object
 * lock insist on that. No x-amz-checksum-* unless asked for, and never aws-chunked: other stores than AWS refuse both.
 * An object tells in x-amz-meta-muster-upload which upload it is from: that settles what a connection left open
 * that broke off before the answer.
 */

void s3_multipart_init(struct s3_multipart *multipart, const char *key, const struct upload_options *options)
{
	unsigned char bytes[(S3_MULTIPART_TOKEN_MAX - 1) / 2];

	*multipart = (struct s3_multipart){
		.key = key,
		.overwrite = options->overwrite,
		.checksum = s3_checksum_find(options->checksum),
		.sha256 = options->sha256 != NULL ? options->sha256 : "",
	};
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(multipart->token + 2 * i, 3, "%02x", bytes[i]);
}

void s3_body_init(struct s3_body *body, const struct s3_checksum *checksum, const void *data, size_t length)
{
	const struct digest_request wanted = {.sha256 = 1, .md5 = 1};
	struct digest *digest = digest_new(&wanted);
	struct digest_result result;

	digest_update(digest, data, length);
	digest_finish(digest, &result);
	digest_free(digest);
	/* An empty body is one, too: its length is sent. */
	body->data = length > 0 ? data : "";
	body->length = length;
	memcpy(body->sha256, result.sha256, sizeof(body->sha256));
	s3_checksum_base64(result.md5, body->md5_base64, sizeof(body->md5_base64));
	body->checksum[0] = '\0';
	if (checksum != NULL && checksum->algorithm == STORE_SHA256)
		s3_checksum_base64(result.sha256, body->checksum, sizeof(body->checksum));
	else if (checksum != NULL)
		s3_checksum_of(checksum, data, length, body->checksum);
}

void s3_request_set_body(struct s3_request *request, const struct s3_body *body)
{
	request->body = body->data;
	request->body_length = body->length;
	request->body_sha256 = body->sha256;
}

/* To upload the object or a part of it. */
static struct s3_request request_to_put(const struct s3_multipart *multipart, const struct s3_body *body)
{
	struct s3_request request = {.method = "PUT",
				     .key = multipart->key,
				     .what = "uploading",
				     .permission = "s3:PutObject"};

	s3_request_set_body(&request, body);
	s3_request_add_header(&request, "Content-MD5", body->md5_base64);
	if (multipart->checksum != NULL)
		s3_request_add_header(&request, multipart->checksum->header, body->checksum);
	return request;
}

static void add_metadata(struct s3_request *request, const struct s3_multipart *multipart, const char *sha256)
{
	s3_request_add_header(request, S3_META_TOKEN, multipart->token);
	if (sha256[0] != '\0')
		s3_request_add_header(request, "x-amz-meta-sha256", sha256);
}

/* Stores that do not know a header or an algorithm say so in many ways. */
static bool may_be_checksum(const struct s3_multipart *multipart, const struct s3_answer *answer)
{
	static const char *const codes[] = {"",
					    "NotImplemented",
					    "InvalidRequest",
					    "InvalidArgument",
					    "MalformedXML",
					    "InvalidDigest",
					    "XAmzContentSHA256Mismatch",
					    "XAmzContentChecksumMismatch"};

	if (multipart->checksum == NULL || (answer->http_status != 400 && answer->http_status != 501))
		return false;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], answer->code) == 0)
			return true;
	return false;
}

static int take_trouble(const struct s3_multipart *multipart, const struct s3_answer *answer, struct error *err)
{
	if (may_be_checksum(multipart, answer))
		return error_set(err,
				 "%s (stores that do not know %s answer so to 'checksum: %s': leave 'checksum' out)",
				 answer->error.message, multipart->checksum->header, multipart->checksum->word);
	if (answer->hint[0] != '\0')
		return error_set(err, "%s (%s)", answer->error.message, answer->hint);
	return error_set(err, "%s", answer->error.message);
}

/* It may be there all the same, or was there before: the last answer does not say. */
static bool is_open(const struct s3_answer *answer)
{
	return answer->http_status == 0 || answer->transient || answer->http_status == 412 ||
	       answer->http_status == 409 || strcmp(answer->code, "NoSuchUpload") == 0 || answer->http_status < 300;
}

static bool refuses_condition(const struct s3_answer *answer)
{
	return answer->status == STORE_UNSUPPORTED || answer->http_status == 501;
}

/* With the condition that keeps an object from being overwritten, and without it for a store that knows none. */
static void ask_unless_there(struct s3 *s3, const struct s3_multipart *multipart, const struct s3_request *request,
			     struct s3_answer *answer)
{
	struct s3_request careful = *request;

	if (!multipart->overwrite) {
		s3_request_add_header(&careful, "If-None-Match", "*");
		s3_ask(s3, &careful, answer);
		if (!refuses_condition(answer))
			return;
		s3_answer_release(answer);
	}
	s3_ask(s3, request, answer);
}

static enum upload_end judge_last(struct s3 *s3, const struct s3_multipart *multipart, struct s3_answer *answer,
				  struct error *err)
{
	struct error doubt;

	if (answer->status == STORE_OK)
		return UPLOAD_DONE;
	take_trouble(multipart, answer, err);
	if (!is_open(answer))
		return UPLOAD_FAILED;

	enum upload_end end = s3_multipart_find(s3, multipart, &doubt);

	if (end == UPLOAD_DONE)
		err->message[0] = '\0';
	else if (end == UPLOAD_FAILED && answer->http_status == 412)
		error_set(err, "there is an object of that key, which came while this one was uploaded: %s",
			  doubt.message);
	else if (end == UPLOAD_UNKNOWN)
		error_set(err, "%s; whether it is there all the same cannot be told: %s", err->message, doubt.message);
	return end;
}

static bool is_confirmed(const struct s3_multipart *multipart, const struct s3_answer *answer,
			 const struct s3_body *body)
{
	const char *told = http_field(http_response(answer->exchange), multipart->checksum->header);

	return told != NULL && strcmp(told, body->checksum) == 0;
}

void s3_multipart_say_unconfirmed(const struct s3_multipart *multipart, struct error *err)
{
	error_set(err, "the store did not confirm the checksum that 'checksum: %s' asks for: it may not know %s",
		  multipart->checksum->word, multipart->checksum->header);
}

enum upload_end s3_multipart_put(struct s3 *s3, const struct s3_multipart *multipart, const void *data, size_t length,
				 struct error *err)
{
	struct s3_answer answer;
	struct s3_body body;

	s3_body_init(&body, multipart->checksum, data, length);

	struct s3_request request = request_to_put(multipart, &body);

	add_metadata(&request, multipart, body.sha256);
	err->message[0] = '\0';
	ask_unless_there(s3, multipart, &request, &answer);

	enum upload_end end = judge_last(s3, multipart, &answer, err);

	if (answer.status == STORE_OK && multipart->checksum != NULL && !is_confirmed(multipart, &answer, &body))
		s3_multipart_say_unconfirmed(multipart, err);
	s3_answer_release(&answer);
	return end;
}

static void forget_id(void *context)
{
	((struct s3_multipart_begun *)context)->id[0] = '\0';
}

static int take_id(void *context, const char *path, const char *text, struct error *err)
{
	struct s3_multipart_begun *begun = context;

	if (!xml_path_ends(path, "InitiateMultipartUploadResult/UploadId"))
		return 0;
	if (strlen(text) >= sizeof(begun->id))
		return error_set(err, "the id of the upload is longer than %zu bytes", sizeof(begun->id) - 1);
	memcpy(begun->id, text, strlen(text) + 1);
	return 0;
}

const struct xml_events s3_multipart_begun_events = {.end = take_id};

static int check_id(void *context, struct error *err)
{
	const struct s3_multipart_begun *begun = context;

	return begun->id[0] != '\0' ? 0 : error_set(err, "the answer gives the upload no id");
}

int s3_multipart_begin(struct s3 *s3, struct s3_multipart *multipart, struct error *err)
{
	struct s3_multipart_begun begun;
	struct s3_request request = {
		.method = "POST",
		.key = multipart->key,
		.body = "",
		.body_sha256 = SIGV4_SHA256_OF_NOTHING,
		.xml = &s3_multipart_begun_events,
		.xml_context = &begun,
		.xml_begin = forget_id,
		.xml_check = check_id,
		.what = "beginning to upload",
		.permission = "s3:PutObject",
	};
	struct s3_answer answer;

	s3_request_add_query(&request, "uploads", "");
	add_metadata(&request, multipart, multipart->sha256);
	if (multipart->checksum != NULL)
		s3_request_add_header(&request, "x-amz-checksum-algorithm", multipart->checksum->name);
	if (multipart->checksum != NULL && multipart->checksum->of_whole)
		s3_request_add_header(&request, "x-amz-checksum-type", "FULL_OBJECT");
	multipart->asked_ms = clock_now_ms();
	s3_ask(s3, &request, &answer);
	s3_answer_release(&answer);
	multipart->answered_ms = clock_now_ms();
	multipart->doubtful = answer.doubtful;
	if (answer.status != STORE_OK)
		return take_trouble(multipart, &answer, err);
	memcpy(multipart->id, begun.id, sizeof(multipart->id));
	return 0;
}

static int take_part(const struct s3_multipart *multipart, const struct s3_answer *answer, unsigned number,
		     struct s3_multipart_part *ret_part, struct error *err)
{
	if (answer->status != STORE_OK)
		return take_trouble(multipart, answer, err);

	const char *etag = http_field(http_response(answer->exchange), "etag");

	if (etag == NULL || etag[0] == '\0' || strlen(etag) >= sizeof(ret_part->etag))
		return error_set(err, "the store gave part %u no ETag", number);
	memcpy(ret_part->etag, etag, strlen(etag) + 1);
	return 0;
}

int s3_multipart_send(struct s3 *s3, const struct s3_multipart *multipart, unsigned number, const void *data,
		      size_t length, struct s3_multipart_part *ret_part, struct error *err)
{
	struct s3_answer answer;
	struct s3_body body;
	char text[16];

	s3_body_init(&body, multipart->checksum, data, length);

	struct s3_request request = request_to_put(multipart, &body);

	snprintf(text, sizeof(text), "%u", number);
	s3_request_add_query(&request, "partNumber", text);
	s3_request_add_query(&request, "uploadId", multipart->id);
	*ret_part = (struct s3_multipart_part){""};
	memcpy(ret_part->checksum, body.checksum, sizeof(ret_part->checksum));
	s3_ask(s3, &request, &answer);

	int result = take_part(multipart, &answer, number, ret_part, err);

	if (result == 0 && multipart->checksum != NULL)
		ret_part->confirmed = is_confirmed(multipart, &answer, &body);

	s3_answer_release(&answer);
	return result;
}

static void add_escaped(struct buffer *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			buffer_string(out, "&amp;");
		else if (*text == '<')
			buffer_string(out, "&lt;");
		else if (*text == '>')
			buffer_string(out, "&gt;");
		else
			buffer_append(out, text, 1);
	}
}

static void list_parts(const struct s3_multipart *multipart, const struct s3_multipart_part *parts, unsigned count,
		       struct buffer *out)
{
	buffer_string(out, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
	for (unsigned i = 0; i < count; i++) {
		buffer_print(out, "<Part><PartNumber>%u</PartNumber><ETag>", i + 1);
		add_escaped(out, parts[i].etag);
		buffer_string(out, "</ETag>");
		if (multipart->checksum != NULL)
			buffer_print(out, "<%s>%s</%s>", multipart->checksum->element, parts[i].checksum,
				     multipart->checksum->element);
		buffer_string(out, "</Part>");
	}
	buffer_string(out, "</CompleteMultipartUpload>");
}

static void forget_etag(void *context)
{
	((struct s3_multipart_completed *)context)->has_etag = false;
}

static int take_etag(void *context, const char *path, const char *text, struct error *err)
{
	(void)err;
	if (xml_path_ends(path, "CompleteMultipartUploadResult/ETag") && text[0] != '\0')
		((struct s3_multipart_completed *)context)->has_etag = true;
	return 0;
}

const struct xml_events s3_multipart_completed_events = {.end = take_etag};

static int check_etag(void *context, struct error *err)
{
	const struct s3_multipart_completed *completed = context;

	return completed->has_etag ? 0 : error_set(err, "the answer does not say that the object is there");
}

enum upload_end s3_multipart_complete(struct s3 *s3, const struct s3_multipart *multipart,
				      const struct s3_multipart_part *parts, unsigned count, struct error *err)
{
	cleanup_buffer struct buffer list;
	struct s3_multipart_completed completed;
	struct s3_answer answer;
	struct s3_body body;
	struct s3_request request = {
		.method = "POST",
		.key = multipart->key,
		.xml = &s3_multipart_completed_events,
		.xml_context = &completed,
		.xml_begin = forget_etag,
		.xml_check = check_etag,
		.what = "completing the upload of",
		.permission = "s3:PutObject",
	};

	buffer_init(&list, COMPLETE_MAX);
	list_parts(multipart, parts, count, &list);
	s3_body_init(&body, NULL, list.data, list.length);
	s3_request_set_body(&request, &body);
	s3_request_add_query(&request, "uploadId", multipart->id);
	s3_request_add_header(&request, "Content-Type", "application/xml");
	if (multipart->whole[0] != '\0') {
		s3_request_add_header(&request, "x-amz-checksum-type", "FULL_OBJECT");
		s3_request_add_header(&request, multipart->checksum->header, multipart->whole);
	}
	ask_unless_there(s3, multipart, &request, &answer);

	enum upload_end end = judge_last(s3, multipart, &answer, err);

	s3_answer_release(&answer);
	return end;
}

static enum upload_end compare_token(const struct http_response *response, const struct s3_multipart *multipart,
				     struct error *err)
{
	const char *token = http_field(response, S3_META_TOKEN);

	if (token != NULL && strcmp(token, multipart->token) == 0)
		return UPLOAD_DONE;
	error_set(err, "'%s' is there, and %s", multipart->key,
		  token != NULL ? "from another upload" : "does not say which upload it is from");
	return token != NULL ? UPLOAD_FAILED : UPLOAD_UNKNOWN;
}

enum upload_end s3_multipart_find(struct s3 *s3, const struct s3_multipart *multipart, struct error *err)
{
	const struct s3_request request = {.method = "HEAD",
					   .key = multipart->key,
					   .stream = true,
					   .what = "looked for",
					   .permission = "s3:GetObject"};
	enum upload_end end = UPLOAD_UNKNOWN;
	struct s3_answer answer;

	s3_ask(s3, &request, &answer);
	if (answer.status == STORE_OK)
		end = compare_token(http_response(answer.exchange), multipart, err);
	else if (answer.status == STORE_ABSENT)
		end = UPLOAD_FAILED;
	if (answer.status != STORE_OK)
		error_set(err, "%s", answer.error.message);
	s3_answer_release(&answer);
	return end;
}
