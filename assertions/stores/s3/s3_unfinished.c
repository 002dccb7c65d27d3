#include "assertions/stores/s3/s3_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/http/printable.h"

#define ABORTS_MAX 5
#define PAUSE_MS 300
#define EARLIER_MS 2000 /* times in listings are of whole seconds, and so is what is known of the store's clock */
#define LATER_MS 10000
#define KEY_SHOWN_MAX 300

/*
 * Multipart uploads that do not come to their end: taken back, and found again where nobody was told their id.
 *
 * A part that is on its way may come to the store after the upload was aborted, and is kept (and paid for) then:
 * docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html says to abort again until ListParts finds nothing.
 * That needs s3:ListMultipartUploadParts; without it there are two aborts, one a moment after the other.
 *
 * When the answer to CreateMultipartUpload is lost, the upload may be there without anybody knowing its id.
 * ListMultipartUploads (s3:ListBucketMultipartUploads) tells the uploads of a key: those that were begun in the moment of
 * the request, have no parts, and are not more than there were such requests are the lost ones.
 */

enum remains { REMAINS_NOTHING, REMAINS_SOMETHING, REMAINS_UNKNOWN };

static void begin_upload(void *context, const char *path)
{
	struct s3_unfinished *unfinished = context;

	if (strcmp(path, "ListMultipartUploadsResult") == 0)
		unfinished->is_listing = true;
	if (strcmp(path, "ListMultipartUploadsResult/Upload") == 0)
		unfinished->has_key = unfinished->has_id = unfinished->has_time = false;
}

static int finish_upload(struct s3_unfinished *unfinished, struct error *err)
{
	if (!unfinished->has_id || !unfinished->has_time)
		return error_set(err, "an entry of the listing lacks its id or its time");
	if (unfinished->has_key && unfinished->count < S3_UNFINISHED_MAX)
		unfinished->count++;
	else if (unfinished->has_key)
		unfinished->too_many = true;
	return 0;
}

static int take_upload(void *context, const char *path, const char *text, struct error *err)
{
	static const char upload[] = "ListMultipartUploadsResult/Upload/";
	struct s3_unfinished *unfinished = context;
	bool fits = unfinished->count < S3_UNFINISHED_MAX;

	if (strcmp(path, "ListMultipartUploadsResult/Upload") == 0)
		return finish_upload(unfinished, err);
	if (strncmp(path, upload, strlen(upload)) != 0)
		return 0;
	path += strlen(upload);
	if (strcmp(path, "Key") == 0)
		unfinished->has_key = strcmp(text, unfinished->key) == 0;
	if (strcmp(path, "UploadId") == 0) {
		if (text[0] == '\0' || strlen(text) >= S3_MULTIPART_ID_MAX)
			return error_set(err, "the id of an upload is empty, or too long");
		if (fits)
			memcpy(unfinished->uploads[unfinished->count].id, text, strlen(text) + 1);
		unfinished->has_id = true;
	}
	if (strcmp(path, "Initiated") == 0) {
		int64_t begun_ms;

		if (clock_parse_rfc3339(text, &begun_ms, err) != 0)
			return -1;
		if (fits)
			unfinished->uploads[unfinished->count].begun_ms = begun_ms;
		unfinished->has_time = true;
	}
	return 0;
}

const struct xml_events s3_unfinished_events = {begin_upload, take_upload};

static void forget_uploads(void *context)
{
	struct s3_unfinished *unfinished = context;

	unfinished->count = 0;
	unfinished->too_many = unfinished->is_listing = false;
}

static int check_uploads(void *context, struct error *err)
{
	const struct s3_unfinished *unfinished = context;

	return unfinished->is_listing ? 0 : error_set(err, "the answer is no listing of uploads");
}

static void begin_part(void *context, const char *path)
{
	struct s3_unfinished_parts *parts = context;

	if (strcmp(path, "ListPartsResult") == 0)
		parts->is_listing = true;
	if (strcmp(path, "ListPartsResult/Part") == 0)
		parts->has_part = true;
}

const struct xml_events s3_unfinished_parts_events = {.begin = begin_part};

static void forget_parts(void *context)
{
	*(struct s3_unfinished_parts *)context = (struct s3_unfinished_parts){0};
}

static int check_parts(void *context, struct error *err)
{
	const struct s3_unfinished_parts *parts = context;

	return parts->is_listing ? 0 : error_set(err, "the answer is no listing of parts");
}

/* What is there under the id; *ret_empty: an upload without a part. */
static enum remains find_remains(struct s3 *s3, const char *key, const char *id, bool *ret_empty)
{
	struct s3_unfinished_parts parts = {0};
	struct s3_request request = {
		.method = "GET",
		.key = key,
		.xml = &s3_unfinished_parts_events,
		.xml_context = &parts,
		.xml_begin = forget_parts,
		.xml_check = check_parts,
		.what = "listing the parts of",
		.permission = "s3:ListMultipartUploadParts",
	};
	struct s3_answer answer;

	s3_request_add_query(&request, "max-parts", "1");
	s3_request_add_query(&request, "uploadId", id);
	s3_ask(s3, &request, &answer);
	s3_answer_release(&answer);
	*ret_empty = answer.status == STORE_OK && !parts.has_part;
	if (answer.status == STORE_OK)
		return REMAINS_SOMETHING;
	/* The second is Ceph's word. */
	if (strcmp(answer.code, "NoSuchUpload") == 0 || strcmp(answer.code, "NoSuchKey") == 0)
		return REMAINS_NOTHING;
	return REMAINS_UNKNOWN;
}

static int say_left(const struct s3 *s3, const char *key, const char *id, const char *why, struct error *err)
{
	char shown[KEY_SHOWN_MAX], shown_id[KEY_SHOWN_MAX];

	printable_copy(shown, sizeof(shown), key);
	printable_copy(shown_id, sizeof(shown_id), id);
	return error_set(
		err,
		"the unfinished upload '%s' of '%s' could not be taken back ('aws s3api abort-multipart-upload' "
		"with --bucket '%s', that --key and --upload-id removes it): %s",
		shown_id, shown, s3->bucket, why);
}

static int abort_upload(struct s3 *s3, const char *key, const char *id, bool *ret_gone, struct error *err)
{
	struct s3_request request = {.method = "DELETE",
				     .key = key,
				     .what = "taking back the upload of",
				     .permission = "s3:AbortMultipartUpload"};
	struct s3_answer answer;
	bool empty;

	s3_request_add_query(&request, "uploadId", id);
	*ret_gone = false;
	for (unsigned attempt = 1; attempt <= ABORTS_MAX; attempt++) {
		s3_ask(s3, &request, &answer);
		s3_answer_release(&answer);
		if (strcmp(answer.code, "NoSuchUpload") == 0) {
			*ret_gone = attempt == 1;
			return 0;
		}
		if (answer.status != STORE_OK)
			return say_left(s3, key, id, answer.error.message, err);

		enum remains remains = find_remains(s3, key, id, &empty);

		if (remains == REMAINS_NOTHING || (remains == REMAINS_UNKNOWN && attempt > 1))
			return 0;
		http_client_sleep(s3->http, PAUSE_MS);
	}
	return say_left(s3, key, id, "the store lists it still", err);
}

int s3_unfinished_abort(struct s3 *s3, const struct s3_multipart *multipart, bool *ret_gone, struct error *err)
{
	return abort_upload(s3, multipart->key, multipart->id, ret_gone, err);
}

static int list_uploads(struct s3 *s3, const char *key, struct s3_unfinished *unfinished, struct error *err)
{
	struct s3_request request = {
		.method = "GET",
		.xml = &s3_unfinished_events,
		.xml_context = unfinished,
		.xml_begin = forget_uploads,
		.xml_check = check_uploads,
		.what = "listing the unfinished uploads of",
		.subject = key,
		.permission = "s3:ListBucketMultipartUploads",
	};
	struct s3_answer answer;

	unfinished->key = key;
	s3_request_add_query(&request, "max-uploads", "1000");
	s3_request_add_query(&request, "prefix", key);
	s3_request_add_query(&request, "uploads", "");
	s3_ask(s3, &request, &answer);
	s3_answer_release(&answer);
	if (answer.status != STORE_OK)
		return error_set(err, "%s", answer.error.message);
	return unfinished->too_many ? error_set(err, "there are too many of that key") : 0;
}

static bool may_be_lost(const struct s3 *s3, const struct s3_multipart *multipart, const char *id, int64_t begun_ms)
{
	int64_t offset_ms = s3->store.clock_offset_ms;

	return strcmp(id, multipart->id) != 0 && begun_ms >= multipart->asked_ms + offset_ms - EARLIER_MS &&
	       begun_ms <= multipart->answered_ms + offset_ms + LATER_MS;
}

/* Only those without parts: another run may upload to the key, too. */
static int find_lost(struct s3 *s3, const struct s3_multipart *multipart, struct s3_unfinished *unfinished,
		     struct error *err)
{
	unsigned count = 0;
	bool empty;

	if (list_uploads(s3, multipart->key, unfinished, err) != 0)
		return -1;
	for (unsigned i = 0; i < unfinished->count; i++) {
		const char *id = unfinished->uploads[i].id;

		if (!may_be_lost(s3, multipart, id, unfinished->uploads[i].begun_ms))
			continue;
		if (find_remains(s3, multipart->key, id, &empty) == REMAINS_UNKNOWN)
			return error_set(err, "whether '%.100s' has parts cannot be told", id);
		if (empty)
			memmove(&unfinished->uploads[count++], &unfinished->uploads[i], sizeof(unfinished->uploads[i]));
	}
	unfinished->count = count;
	if (count > multipart->doubtful)
		return error_set(err, "%u were begun at that time, and not all by muster", count);
	return 0;
}

int s3_unfinished_sweep(struct s3 *s3, const struct s3_multipart *multipart, struct error *err)
{
	struct error why = {""};
	bool gone;
	int result = 0;

	if (multipart->doubtful == 0)
		return 0;

	struct s3_unfinished *unfinished = memory_alloc(sizeof(*unfinished));

	result = find_lost(s3, multipart, unfinished, &why);
	if (result != 0) {
		char shown[KEY_SHOWN_MAX];

		printable_copy(shown, sizeof(shown), multipart->key);
		error_set(err,
			  "an empty unfinished upload of '%s' may be left in '%s', whose beginning was not answered "
			  "('aws s3api list-multipart-uploads' tells its id, 'abort-multipart-upload' removes it): %s",
			  shown, s3->bucket, why.message);
	}
	for (unsigned i = 0; result == 0 && i < unfinished->count; i++)
		result = abort_upload(s3, multipart->key, unfinished->uploads[i].id, &gone, err);
	free(unfinished);
	return result;
}
