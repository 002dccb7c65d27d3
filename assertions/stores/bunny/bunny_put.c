#include "assertions/stores/bunny/bunny_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

#define FIRST_BYTES ((size_t)64 << 10)

struct bunny_upload {
	struct upload upload; /* first: a struct upload * is a struct bunny_upload * */
	struct bunny *bunny;
	char *key;
	bool was_there; /* and what it was */
	struct store_object before;
	char *held;
	size_t held_bytes, capacity;
	int file; /* -1: all is held in memory */
	int64_t file_bytes;
};

static const char *scratch_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] == '/' ? folder : "/tmp";
}

static int open_file(struct bunny_upload *upload, struct error *err)
{
	const char *folder = scratch_folder();
	cleanup_free char *name = memory_format("%s/.muster-XXXXXX", folder);

	upload->file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (upload->file >= 0)
		return 0;
	upload->file = mkostemp(name, O_CLOEXEC);
	if (upload->file < 0)
		return error_set(err, "cannot keep what is to be uploaded in '%s': %s", folder, strerror(errno));
	unlink(name);
	return 0;
}

static int write_file(struct bunny_upload *upload, const char *data, size_t length, struct error *err)
{
	while (length > 0) {
		ssize_t written = write(upload->file, data, length);

		if (written < 0 && errno != EINTR)
			return error_set(err, "cannot keep what is to be uploaded in '%s': %s", scratch_folder(),
					 strerror(errno));
		if (written > 0) {
			data += written;
			length -= (size_t)written;
			upload->file_bytes += written;
		}
	}
	return 0;
}

static int move_to_file(struct bunny_upload *upload, struct error *err)
{
	if (open_file(upload, err) != 0 || write_file(upload, upload->held, upload->held_bytes, err) != 0)
		return -1;
	free(upload->held);
	upload->held = NULL;
	return 0;
}

static int write_bunny(struct upload *self, const void *data, size_t length, struct error *err)
{
	struct bunny_upload *upload = (struct bunny_upload *)self;

	if (upload->file < 0 && upload->held_bytes + length > BUNNY_HELD_BYTES && move_to_file(upload, err) != 0)
		return -1;
	if (upload->file >= 0)
		return write_file(upload, data, length, err);
	while (upload->held_bytes + length > upload->capacity) {
		upload->capacity = upload->capacity > 0 ? upload->capacity * 2 : FIRST_BYTES;
		upload->held = memory_grow(upload->held, upload->capacity, 1);
	}
	if (length > 0)
		memcpy(upload->held + upload->held_bytes, data, length);
	upload->held_bytes += length;
	return 0;
}

static void put(const struct bunny_upload *upload, const char *body, size_t length, struct bunny_answer *answer)
{
	cleanup_free char *whole = bunny_whole_key(upload->bunny, upload->key);
	cleanup_free char *checksum = memory_format("Checksum: %s", upload->upload.sha256);
	const struct bunny_request request = {
		.method = "PUT",
		.key = whole,
		.headers = {checksum, "Content-Type: application/octet-stream"},
		.body = length > 0 ? body : "",
		.body_length = length,
		.what = "uploading",
	};

	for (char *at = strchr(checksum, ' '); *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	bunny_ask(upload->bunny, &request, answer);
	bunny_answer_release(answer);
}

static int put_file(const struct bunny_upload *upload, struct bunny_answer *answer, struct error *err)
{
	size_t length = (size_t)upload->file_bytes;
	void *body = mmap(NULL, length, PROT_READ, MAP_SHARED, upload->file, 0);

	if (body == MAP_FAILED)
		return error_set(err, "cannot read what is to be uploaded: %s", strerror(errno));
	madvise(body, length, MADV_SEQUENTIAL);
	put(upload, body, length, answer);
	munmap(body, length);
	return 0;
}

static bool has_sha256(const struct store_object *object, const char *sha256)
{
	return object->checksum_count > 0 && strcmp(object->checksums[0].hex, sha256) == 0;
}

static bool is_as_before(const struct bunny_upload *upload, const struct store_object *object)
{
	return upload->was_there && object->size_bytes == upload->before.size_bytes &&
	       object->modified_ms == upload->before.modified_ms &&
	       strcmp(object->checksums[0].hex, upload->before.checksums[0].hex) == 0;
}

static enum upload_end remove_half(struct bunny *bunny, const struct bunny_upload *upload, struct error *err)
{
	cleanup_free char *whole = bunny_whole_key(bunny, upload->key);
	const struct bunny_request request = {.method = "DELETE", .key = whole, .what = "taking back"};
	struct bunny_answer answer;

	bunny_ask(bunny, &request, &answer);
	bunny_answer_release(&answer);
	if (answer.status == STORE_OK || answer.status == STORE_ABSENT)
		return UPLOAD_FAILED;
	error_set(err, "what is left at 'bunny://%s/%.200s' is not what was uploaded, and cannot be removed: %.300s",
		  bunny->zone, whole, answer.error.message);
	return UPLOAD_UNKNOWN;
}

/* What came under the key meanwhile, and is not what was uploaded; what is longer was never a part of it. */
static enum upload_end judge_other(struct bunny *bunny, const struct bunny_upload *upload,
				   const struct store_object *object, struct error *err)
{
	int64_t own_bytes = upload->file >= 0 ? upload->file_bytes : (int64_t)upload->held_bytes;

	if (object->size_bytes > own_bytes)
		return UPLOAD_FAILED;
	if (object->checksum_count > 0 || object->size_bytes < own_bytes)
		return remove_half(bunny, upload, err);
	error_set(err, "the store holds as many bytes under the key, and does not tell their SHA-256");
	return UPLOAD_UNKNOWN;
}

/* With a client of its own: the store's hears that muster was told to end, and this must be done all the same. */
static enum upload_end ask_what_is_there(const struct bunny_upload *upload, struct error *err)
{
	struct bunny copy = *upload->bunny;
	struct store_object object = {.size_bytes = -1};
	struct error trouble = {""};
	enum upload_end end = UPLOAD_UNKNOWN;

	copy.timeout_ms = copy.timeout_ms < BUNNY_TIDY_MS ? copy.timeout_ms : BUNNY_TIDY_MS;
	copy.http = http_client_new_like(upload->bunny->http, copy.timeout_ms, true);

	enum store_status status = copy.store.head(&copy.store, upload->key, &object, &trouble);

	if (status == STORE_ABSENT || (status == STORE_OK && is_as_before(upload, &object)))
		end = UPLOAD_FAILED;
	else if (status == STORE_OK && has_sha256(&object, upload->upload.sha256))
		end = UPLOAD_DONE;
	else if (status == STORE_OK)
		end = judge_other(&copy, upload, &object, &trouble);
	if (end == UPLOAD_UNKNOWN)
		error_set(err, "%s; %s", err->message, trouble.message);
	else if (end == UPLOAD_DONE)
		err->message[0] = '\0';
	http_client_free(copy.http);
	return end;
}

/* Refused at once: no earlier attempt can have left anything. */
static bool is_refusal(const struct bunny_answer *answer)
{
	return answer->attempts == 1 && !answer->transient && answer->http_status >= 400 && answer->http_status < 500;
}

static enum upload_end finish_bunny(struct upload *self, struct error *err)
{
	const struct bunny_upload *upload = (const struct bunny_upload *)self;
	struct bunny_answer answer;

	if (upload->file < 0)
		put(upload, upload->held, upload->held_bytes, &answer);
	else if (put_file(upload, &answer, err) != 0)
		return UPLOAD_FAILED;
	if (answer.status == STORE_OK)
		return UPLOAD_DONE;
	error_set(err, "%s%s", answer.error.message,
		  answer.http_status == 401 ? "; a read-only password may not upload" : "");
	return is_refusal(&answer) ? UPLOAD_FAILED : ask_what_is_there(upload, err);
}

static int discard_bunny(struct upload *self, struct error *err)
{
	(void)self;
	(void)err;
	return 0;
}

static void free_bunny(struct upload *self)
{
	struct bunny_upload *upload = (struct bunny_upload *)self;

	if (upload->file >= 0)
		close(upload->file);
	free(upload->held);
	free(upload->key);
	free(upload);
}

static int check_key(struct bunny_upload *upload, bool overwrite, struct error *err)
{
	struct store *store = &upload->bunny->store;
	enum store_status status = store->head(store, upload->key, &upload->before, err);

	upload->was_there = status == STORE_OK;
	if (status != STORE_OK)
		return status == STORE_ABSENT ? 0 : -1;
	return overwrite ? 0 : upload_refuse_taken(store->place, upload->key, &upload->before, err);
}

int bunny_begin_put(struct store *store, const char *key, const struct upload_options *options,
		    struct upload **ret_upload, struct error *err)
{
	struct bunny *bunny = (struct bunny *)store;
	cleanup_free char *whole = bunny_whole_key(bunny, key);

	if (key[0] == '\0' || !bunny_is_key(whole))
		return error_set(err, "no file in '%s' can have the key '%.200s'", store->place, key);
	if (options->checksum != STORE_NO_CHECKSUM && options->checksum != STORE_SHA256)
		return error_set(err, "Bunny knows no other checksum than SHA-256, which is always sent");

	struct bunny_upload *upload = memory_alloc(sizeof(*upload));

	upload->upload = (struct upload){.write = write_bunny,
					 .finish = finish_bunny,
					 .discard = discard_bunny,
					 .free = free_bunny,
					 .wants_sha256 = true};
	upload->bunny = bunny;
	upload->key = memory_string(key);
	upload->file = -1;
	if (check_key(upload, options->overwrite, err) != 0) {
		free_bunny(&upload->upload);
		return -1;
	}
	*ret_upload = &upload->upload;
	return 0;
}
