#include "assertions/bytes/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

/* File systems stamp with a clock that may lag behind by a tick. */
#define TICK_MS 20

/* Times in whole seconds were cut to them, and the clock of a store is known to half of one. */
#define CUT_MS 1600

static int64_t to_ms(struct timespec moment)
{
	return (int64_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

struct identity identity_of_status(const struct stat *status)
{
	return (struct identity){.size_bytes = status->st_size,
				 .modified_ms = to_ms(status->st_mtim),
				 .is_file = true,
				 .device = status->st_dev,
				 .inode = status->st_ino,
				 .modified = status->st_mtim,
				 .changed = status->st_ctim};
}

static struct timespec to_timespec(const struct statx_timestamp *moment)
{
	return (struct timespec){.tv_sec = moment->tv_sec, .tv_nsec = moment->tv_nsec};
}

int identity_of_path(int folder, const char *path, struct identity *ret_identity)
{
	struct statx extended;
	struct stat status;

	if (statx(folder, path, 0, STATX_BASIC_STATS | STATX_BTIME, &extended) == 0) {
		*ret_identity = (struct identity){.size_bytes = (int64_t)extended.stx_size,
						  .is_file = true,
						  .device = makedev(extended.stx_dev_major, extended.stx_dev_minor),
						  .inode = extended.stx_ino,
						  .modified = to_timespec(&extended.stx_mtime),
						  .changed = to_timespec(&extended.stx_ctime)};
		ret_identity->modified_ms = to_ms(ret_identity->modified);
		if (extended.stx_mask & STATX_BTIME)
			ret_identity->born = to_timespec(&extended.stx_btime);
		return 0;
	}
	/* Old kernels do not know it, and what filters system calls may forbid it. */
	if ((errno != ENOSYS && errno != EPERM) || fstatat(folder, path, &status, 0) != 0)
		return -1;
	*ret_identity = identity_of_status(&status);
	return 0;
}

/* FNV-1a; 0 of nothing. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	if (text[0] == '\0')
		return 0;
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash != 0 ? hash : 1;
}

struct identity identity_of_words(int64_t size_bytes, int64_t modified_ms, const char *etag, const char *version,
				  const char *upload)
{
	return (struct identity){.size_bytes = size_bytes,
				 .modified_ms = modified_ms,
				 .etag = hash_of(etag),
				 .version = hash_of(version),
				 .upload = hash_of(upload)};
}

static bool is_equal(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

/* A listing says less than what the object itself is asked for. */
static bool may_be_equal(uint64_t one, uint64_t other)
{
	return one == 0 || other == 0 || one == other;
}

static bool is_one_file(const struct identity *one, const struct identity *other)
{
	return one->is_file && other->is_file && one->device == other->device && one->inode == other->inode;
}

bool identity_is_same(const struct identity *one, const struct identity *other)
{
	if (one->is_file != other->is_file || one->size_bytes != other->size_bytes)
		return false;
	if (one->is_file)
		return is_one_file(one, other) && is_equal(one->modified, other->modified);
	/* A listing tells milliseconds where HEAD tells seconds. */
	return one->modified_ms / 1000 == other->modified_ms / 1000 && may_be_equal(one->etag, other->etag) &&
	       may_be_equal(one->version, other->version) && may_be_equal(one->upload, other->upload);
}

bool identity_is_one(const struct identity *one, const struct identity *other)
{
	if (one->is_file || other->is_file)
		return is_one_file(one, other);
	return one->upload != 0 && one->upload == other->upload && identity_is_same(one, other);
}

bool identity_is_cut(const struct identity *identity)
{
	return identity->is_file ? identity->modified.tv_nsec == 0 : true;
}

static bool is_older(int64_t moment_ms, int64_t tolerance_ms, int64_t since_ms)
{
	return moment_ms + tolerance_ms < since_ms;
}

static enum origin origin_of_file(const struct identity *now, const struct identity *before, int64_t since_ms)
{
	bool has_birth = now->born.tv_sec != 0;

	if (!is_older(now->modified_ms, identity_is_cut(now) ? CUT_MS : TICK_MS, since_ms))
		return ORIGIN_THIS_RUN;
	if (has_birth && !is_older(to_ms(now->born), TICK_MS, since_ms))
		return ORIGIN_THIS_RUN;
	if (is_older(to_ms(now->changed), TICK_MS, since_ms))
		return ORIGIN_OLD;
	/* Written in its place, and then given the time of what it was copied from: cp -p onto a file that is there. */
	if (before != NULL && is_one_file(now, before))
		return ORIGIN_THIS_RUN;
	return has_birth ? ORIGIN_OLD : ORIGIN_UNTOLD;
}

enum origin identity_origin(const struct identity *now, const struct identity *before, int64_t since_ms)
{
	if (before != NULL && identity_is_same(now, before))
		return ORIGIN_BEFORE;
	if (now->is_file)
		return origin_of_file(now, before, since_ms);
	return is_older(now->modified_ms, CUT_MS, since_ms) ? ORIGIN_OLD : ORIGIN_THIS_RUN;
}
