#include "assertions/stores/upload.h"

#include <string.h>

#include "assertions/base/clock.h"

#define MIB ((int64_t)1 << 20)

int upload_begin(struct store *store, const char *key, const struct upload_options *options, struct upload **ret_upload,
		 struct error *err)
{
	struct digest_request digests = {.sha256 = 1};

	if (store->begin_put == NULL)
		return error_set(err, "nothing can be uploaded to '%s'", store->description);
	if (store->begin_put(store, key, options, ret_upload, err) != 0)
		return -1;

	struct upload *upload = *ret_upload;

	upload->size_bytes = options->size_bytes;
	if (options->sha256 != NULL)
		memcpy(upload->expected_sha256, options->sha256, sizeof(upload->expected_sha256));
	if (upload->wants_sha256 || options->sha256 != NULL)
		upload->digest = digest_new(&digests);
	return 0;
}

int upload_refuse_taken(const char *place, const char *key, const struct store_object *object, struct error *err)
{
	char moment[CLOCK_TEXT_MAX];

	return error_set(err, "'%s%s' is there already: %lld bytes, written %s", place, key,
			 (long long)object->size_bytes, clock_format_rfc3339(object->modified_ms, moment));
}

int upload_write(struct upload *upload, const void *data, size_t length, struct error *err)
{
	if (upload->failed)
		return error_set(err, "the upload has failed");
	if (upload->digest != NULL)
		digest_update(upload->digest, data, length);
	upload->written_bytes += (int64_t)length;
	if (upload->write(upload, data, length, err) == 0)
		return 0;
	upload->failed = true;
	return -1;
}

static int verify(struct upload *upload, struct error *err)
{
	struct digest_result result;

	if (upload->failed)
		return error_set(err, "the upload has failed");
	if (upload->digest != NULL) {
		digest_finish(upload->digest, &result);
		memcpy(upload->sha256, result.sha256, sizeof(upload->sha256));
	}
	if (upload->size_bytes >= 0 && upload->written_bytes != upload->size_bytes)
		return error_set(err, "%lld bytes were to be uploaded, and %lld came", (long long)upload->size_bytes,
				 (long long)upload->written_bytes);
	if (upload->expected_sha256[0] != '\0' && strcmp(upload->sha256, upload->expected_sha256) != 0)
		return error_set(err,
				 "the bytes are not those that were examined: their SHA-256 is %.16s..., not %.16s...",
				 upload->sha256, upload->expected_sha256);
	return 0;
}

static void free_upload(struct upload *upload)
{
	digest_free(upload->digest);
	upload->free(upload);
}

enum upload_end upload_finish(struct upload *upload, struct error *err)
{
	enum upload_end end = UPLOAD_FAILED;
	struct error left = {""};

	err->message[0] = '\0';
	if (verify(upload, err) == 0)
		end = upload->finish(upload, err);
	else if (upload->discard(upload, &left) != 0)
		error_set(err, "%s; %s", err->message, left.message);
	free_upload(upload);
	return end;
}

int upload_discard(struct upload *upload, struct error *err)
{
	if (upload == NULL)
		return 0;

	int result = upload->discard(upload, err);

	free_upload(upload);
	return result;
}

static int64_t stream_part(unsigned number)
{
	int64_t size = UPLOAD_STREAM_PART_BYTES;

	for (unsigned step = (number - 1) / UPLOAD_STREAM_STEP; step > 0 && size < UPLOAD_STREAM_PART_BYTES_MAX; step--)
		size *= 2;
	return size;
}

int64_t upload_parts_size(int64_t size_bytes, unsigned number)
{
	if (size_bytes < 0)
		return stream_part(number);

	int64_t needed = size_bytes / UPLOAD_PARTS_MAX + (size_bytes % UPLOAD_PARTS_MAX != 0);

	if (needed <= UPLOAD_PART_BYTES)
		return UPLOAD_PART_BYTES;
	return needed / MIB * MIB + (needed % MIB != 0 ? MIB : 0);
}

unsigned upload_parts_senders(int64_t part_bytes)
{
	int64_t senders = UPLOAD_MEMORY_BYTES / part_bytes - 1;

	if (senders < 1)
		return 1;
	return senders < UPLOAD_SENDERS_MAX ? (unsigned)senders : UPLOAD_SENDERS_MAX;
}
