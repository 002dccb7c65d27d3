#include "assertions/stores/s3/s3_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/backoff.h"

#define PATIENCE_MS 2000 /* for the id of an upload that has been begun, once told to end */
#define TIDY_MS 10000 /* for taking back: kubelet gives 30 s from its signal on, the steps have theirs first */
#define CHECK_HOLDS_MS 1000 /* how long it is believed that a key is not taken */
#define FIRST_BYTES ((size_t)1 << 20) /* of the memory for a part whose size is not known */

/*
 * Uploads to S3: in one request what fits a part (upload.h), else as a multipart upload, which is begun with the
 * first byte that does not fit, and whose parts go several at once.
 *
 * A key that is taken is refused, unless it may be overwritten: the store is asked before anything is sent, and again
 * with the last request (If-None-Match), where it knows that condition. When the connection breaks off before the last
 * answer, the object itself is asked which upload it is from. An upload that does not come to its end
 * is taken back with AbortMultipartUpload, also when muster was told to end.
 */

struct s3_upload {
	struct upload upload; /* first: a struct upload * is a struct s3_upload * */
	struct s3 *s3;
	char *key; /* whole */
	char sha256[65]; /* known before, or "" */
	struct s3_multipart multipart;
	struct checksum *whole; /* NULL: none is made of the whole */
	struct s3_part_senders *senders; /* NULL: not begun as a multipart upload */
	int64_t size_bytes; /* -1 */
	int64_t checked_ms; /* that the key was not taken, by the monotonic clock */
	unsigned number; /* of the part that is being filled */
	size_t part_bytes; /* when it is full */
	unsigned char *data;
	size_t length, capacity;
};

static void make_room(struct s3_upload *upload, size_t needed)
{
	size_t capacity = upload->capacity > 0 ? upload->capacity : FIRST_BYTES;

	if (needed <= upload->capacity)
		return;
	if (upload->size_bytes >= 0)
		capacity = (size_t)upload->size_bytes < upload->part_bytes ? (size_t)upload->size_bytes
									   : upload->part_bytes;
	while (capacity < needed)
		capacity *= 2;
	if (capacity > upload->part_bytes)
		capacity = upload->part_bytes;
	upload->data = memory_grow(upload->data, capacity, 1);
	upload->capacity = capacity;
}

/* With a client of its own: once the store has begun it, its id must not be lost because muster was told to end. */
static int begin_parts(struct s3_upload *upload, struct error *err)
{
	struct s3 copy;

	s3_copy_for_thread(upload->s3, upload->s3->timeout_ms, false, &copy);
	http_client_set_patience(copy.http, PATIENCE_MS);

	int result = s3_multipart_begin(&copy, &upload->multipart, err);

	s3_copy_release(&copy);
	return result;
}

/* Gives up the part that is full, or the last. */
static int send_part(struct s3_upload *upload, struct error *err)
{
	if (upload->senders == NULL) {
		if (begin_parts(upload, err) != 0)
			return -1;
		upload->senders = s3_part_senders_new(upload->s3, &upload->multipart,
						      upload_parts_senders((int64_t)upload->part_bytes));
	}
	if (upload->number > UPLOAD_PARTS_MAX)
		return error_set(err, "it does not fit into %u parts", UPLOAD_PARTS_MAX);
	if (s3_part_senders_give(upload->senders, upload->number, &upload->data, &upload->capacity, upload->length,
				 err) != 0)
		return -1;
	upload->length = 0;
	upload->number++;
	upload->part_bytes = (size_t)upload_parts_size(upload->size_bytes, upload->number);
	return 0;
}

static int write_s3(struct upload *self, const void *data, size_t length, struct error *err)
{
	struct s3_upload *upload = (struct s3_upload *)self;
	const unsigned char *at = data;

	if (upload->whole != NULL)
		checksum_update(upload->whole, data, length);
	while (length > 0) {
		/* A full part goes with the first byte after it, so that what fits one part exactly is no multipart upload. */
		if (upload->length == upload->part_bytes && send_part(upload, err) != 0)
			return -1;

		size_t room = upload->part_bytes - upload->length;
		size_t piece = length < room ? length : room;

		make_room(upload, upload->length + piece);
		memcpy(upload->data + upload->length, at, piece);
		upload->length += piece;
		at += piece;
		length -= piece;
	}
	return 0;
}

static bool has_begun(const struct s3_multipart *multipart)
{
	return multipart->id[0] != '\0' || multipart->doubtful > 0;
}

static void add_trouble(struct error *err, const struct error *trouble)
{
	if (err->message[0] == '\0')
		*err = *trouble;
	else
		error_set(err, "%s; %s", err->message, trouble->message);
}

/* With a client of its own: the store's hears that muster was told to end, and this must be done all the same. */
static void copy_for_tidying(const struct s3_upload *upload, struct s3 *ret_copy)
{
	int64_t silence_ms = upload->s3->timeout_ms < TIDY_MS ? upload->s3->timeout_ms : TIDY_MS;

	s3_copy_for_thread(upload->s3, silence_ms, true, ret_copy);
	http_client_set_end(ret_copy->http, clock_monotonic_ms() + TIDY_MS);
	ret_copy->retry_budget_ms = silence_ms;
	ret_copy->retry_attempts = BACKOFF_ATTEMPTS_MAX;
}

/* UPLOAD_FAILED: it is not there, and nothing of it but what *ret_swept being false and *err say. */
static enum upload_end take_back(struct s3_upload *upload, bool may_be_complete, bool *ret_swept, struct error *err)
{
	enum upload_end end = UPLOAD_FAILED;
	struct error trouble = {""};
	struct s3 copy;
	bool gone = false;

	*ret_swept = true;
	s3_part_senders_free(upload->senders);
	upload->senders = NULL;
	if (!has_begun(&upload->multipart))
		return UPLOAD_FAILED;
	copy_for_tidying(upload, &copy);
	if (upload->multipart.id[0] != '\0' && s3_unfinished_abort(&copy, &upload->multipart, &gone, err) != 0)
		end = UPLOAD_UNKNOWN;
	else if (gone && may_be_complete)
		end = s3_multipart_find(&copy, &upload->multipart, err);
	if (s3_unfinished_sweep(&copy, &upload->multipart, &trouble) != 0) {
		add_trouble(err, &trouble);
		*ret_swept = false;
	}
	s3_copy_release(&copy);
	return end;
}

static int discard_s3(struct upload *self, struct error *err)
{
	bool swept;

	err->message[0] = '\0';
	return take_back((struct s3_upload *)self, false, &swept, err) == UPLOAD_FAILED && swept ? 0 : -1;
}

static struct checksum *take_whole(struct s3_upload *upload)
{
	struct checksum *whole = upload->whole;

	upload->whole = NULL;
	return whole;
}

/* There are stores that pass over the condition of the last request, and a stream may take hours. */
static int check_again(struct s3_upload *upload, struct error *err)
{
	struct s3 *s3 = upload->s3;
	const char *key = upload->key + strlen(s3->prefix);
	struct store_object object;
	struct error ignored, taken;

	if (upload->multipart.overwrite || clock_monotonic_ms() - upload->checked_ms < CHECK_HOLDS_MS ||
	    s3->store.head(&s3->store, key, &object, &ignored) != STORE_OK)
		return 0;
	upload_refuse_taken(s3->store.place, key, &object, &taken);
	return error_set(err, "%s, and came while this was uploaded", taken.message);
}

static enum upload_end complete(struct s3_upload *upload, struct error *err)
{
	unsigned count;
	const struct s3_multipart_part *parts;

	if ((upload->length > 0 && send_part(upload, err) != 0) || s3_part_senders_finish(upload->senders, err) != 0 ||
	    check_again(upload, err) != 0)
		return UPLOAD_FAILED;
	parts = s3_part_senders_parts(upload->senders, &count);
	if (upload->whole != NULL)
		s3_checksum_end(take_whole(upload), upload->multipart.whole);
	return s3_multipart_complete(upload->s3, &upload->multipart, parts, count, err);
}

/* What is to be said although it is there. */
static void say_besides(struct s3_upload *upload, struct error *err)
{
	struct error trouble = {""};
	unsigned count, confirmed = 0;
	const struct s3_multipart_part *parts = s3_part_senders_parts(upload->senders, &count);
	struct s3 copy;

	err->message[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		confirmed += parts[i].confirmed;
	if (upload->multipart.checksum != NULL && confirmed < count)
		s3_multipart_say_unconfirmed(&upload->multipart, err);
	if (upload->multipart.doubtful == 0)
		return;
	copy_for_tidying(upload, &copy);
	if (s3_unfinished_sweep(&copy, &upload->multipart, &trouble) != 0)
		add_trouble(err, &trouble);
	s3_copy_release(&copy);
}

static enum upload_end finish_s3(struct upload *self, struct error *err)
{
	struct s3_upload *upload = (struct s3_upload *)self;
	struct error left = {""};
	enum upload_end end;
	bool swept;

	if (upload->senders == NULL && check_again(upload, err) != 0)
		return UPLOAD_FAILED;
	if (upload->senders == NULL)
		return s3_multipart_put(upload->s3, &upload->multipart, upload->data, upload->length, err);
	end = complete(upload, err);
	if (end == UPLOAD_DONE) {
		say_besides(upload, err);
		return end;
	}

	enum upload_end after = take_back(upload, end == UPLOAD_UNKNOWN, &swept, &left);

	if (after == UPLOAD_DONE) {
		*err = left;
		return after;
	}
	if (left.message[0] != '\0')
		error_set(err, "%s; %s", err->message, left.message);
	/* Once it is taken back it cannot be completed any more. */
	return end == UPLOAD_UNKNOWN ? after : UPLOAD_FAILED;
}

static void free_s3(struct upload *self)
{
	struct s3_upload *upload = (struct s3_upload *)self;

	s3_part_senders_free(upload->senders);
	checksum_free(upload->whole);
	free(upload->data);
	free(upload->key);
	free(upload);
}

static int check_free(struct s3 *s3, const char *key, struct error *err)
{
	struct store_object object;
	struct error trouble;

	switch (s3->store.head(&s3->store, key, &object, &trouble)) {
	case STORE_OK:
		return upload_refuse_taken(s3->store.place, key, &object, err);
	case STORE_ABSENT:
		return 0;
	case STORE_DENIED:
		/* AWS itself refuses in its answer to the last request. */
		if (endpoint_is_aws(&s3->endpoint))
			return 0;
		error_set(err, "it cannot be told whether the key is taken: %s", trouble.message);
		return -1;
	case STORE_UNREACHABLE:
	case STORE_NO_BUCKET:
	case STORE_BAD_CREDENTIALS:
	case STORE_SKEWED:
	case STORE_UNSUPPORTED:
	case STORE_BROKEN:
		break;
	}
	*err = trouble;
	return -1;
}

int s3_begin_put(struct store *store, const char *key, const struct upload_options *options, struct upload **ret_upload,
		 struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;

	if (s3_check_key(s3, key, err) != 0)
		return -1;
	if (!options->overwrite && check_free(s3, key, err) != 0)
		return -1;

	struct s3_upload *upload = memory_alloc(sizeof(*upload));
	struct upload_options known = *options;

	if (options->sha256 != NULL)
		memcpy(upload->sha256, options->sha256, sizeof(upload->sha256));
	known.sha256 = upload->sha256;
	upload->upload = (struct upload){write_s3, finish_s3, discard_s3, free_s3};
	upload->s3 = s3;
	upload->key = s3_whole_key(s3, key);
	upload->size_bytes = options->size_bytes;
	upload->checked_ms = clock_monotonic_ms();
	upload->number = 1;
	upload->part_bytes = (size_t)upload_parts_size(options->size_bytes, 1);
	s3_multipart_init(&upload->multipart, upload->key, &known);
	if (upload->multipart.checksum != NULL && upload->multipart.checksum->of_whole)
		upload->whole = s3_checksum_begin(upload->multipart.checksum);
	*ret_upload = &upload->upload;
	return 0;
}
