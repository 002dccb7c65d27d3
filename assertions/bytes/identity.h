/*
 * What a file, or an object, is, whatever it is called: told by looking at it, never by its name or by what others say of it.
 *
 * Two looks are compared: what is the same as before was not made meanwhile. Of what is not the same its times tell when it
 * came to be. ctime proves nothing there, since mv, chmod and ln renew it; an old modification time disproves nothing, since
 * cp -p, tar -x and rsync -t make such files: the time of birth tells of these, where the file system keeps one (statx(2)).
 *
 *     struct identity before, now;
 *     if (identity_of_path(AT_FDCWD, path, &before) < 0) ...         errno says why
 *     origin = identity_origin(&now, &before, began_ms);             NULL: it was not there before
 */
#ifndef MUSTER_BYTES_IDENTITY_H
#define MUSTER_BYTES_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

struct identity {
	int64_t size_bytes;
	int64_t modified_ms; /* Unix time, by the clock of where it lies */
	bool is_file;
	/* of a file */
	dev_t device;
	ino_t inode;
	struct timespec modified, changed;
	struct timespec born; /* zero where that is not told */
	/* of an object: hashes of what its store says; 0 where it does not say */
	uint64_t etag, version;
	uint64_t upload; /* which of muster's own uploads it is from */
};

enum origin {
	ORIGIN_UNKNOWN, /* zero: it was not asked for */
	ORIGIN_THIS_RUN,
	ORIGIN_BEFORE, /* it lay there before, just as it does now */
	ORIGIN_OLD, /* it is another one than lay there, and older than the run */
	ORIGIN_UNTOLD, /* nothing tells when it came to be */
};

/* Of the file behind a link, as fstatat(2): -1, and errno. */
int identity_of_path(int folder, const char *path, struct identity *ret_identity);
/* Without the time of birth. */
struct identity identity_of_status(const struct stat *status);

/* Of an object, by what its store says; "" where it does not. */
struct identity identity_of_words(int64_t size_bytes, int64_t modified_ms, const char *etag, const char *version,
				  const char *upload);

/* Nothing was written there between the two looks. */
bool identity_is_same(const struct identity *one, const struct identity *other);
/* They are one file under two names, or one version of one object. */
bool identity_is_one(const struct identity *one, const struct identity *other);

/* Its time may have been cut to seconds, so that two that follow each other may look the same. */
bool identity_is_cut(const struct identity *identity);

/* Where what is there now came from, given what lay in its place before, and when the run began by the clock of that place. */
enum origin identity_origin(const struct identity *now, const struct identity *before, int64_t since_ms);

#endif
