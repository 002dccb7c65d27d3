/*
 * The file that a step's standard output goes to: under a temporary name until it is known to be good.
 *
 *     struct outfile file;
 *     if (outfile_open(&file, "/backup/all.sql.gz", deadline_ms, 0, &err) < 0) ...
 *     outfile_write(&file, data, length);             as often as there is something
 *     if (outfile_finish(&file, &err) < 0) ...        flushed to the disk and closed
 *     char *temporary = outfile_take(&file, &target);
 *     outfile_rename(temporary, target, &err);        durably
 *
 * The first error is kept and ends all writing; outfile_finish() tells it, and the temporary file is gone then.
 * A target that is there and is not a regular file is written to directly; so are /dev/stdout and the like.
 *
 * It may be a sink instead (outfile_open_sink()), which whoever opened it then commits or discards.
 */
#ifndef MUSTER_PROCESS_OUTFILE_H
#define MUSTER_PROCESS_OUTFILE_H

#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"

/*
 * Where a step's standard output goes that is no file: it takes what comes and keeps it only when it is told to.
 *
 * A struct of which this is the first member is behind each. open(), any number of write()s, then exactly one of commit() and
 * discard(), both also after a write() that failed; neither where open() failed. May be opened again afterwards.
 */
struct sink {
	const char *name; /* for messages: "s3://ge-pg/all.sql.gz" */
	int64_t deadline_ms; /* clock_monotonic_ms() at which open() and write() give up; set before open() */
	int (*open)(struct sink *sink, struct error *err);
	int (*write)(struct sink *sink, const char *data, size_t length, struct error *err);
	/* 0 with an *err that is not "": to be said all the same */
	int (*commit)(struct sink *sink, struct error *err);
	int (*discard)(struct sink *sink, struct error *err); /* -1: something half-made is left, *err says what */
};

struct outfile {
	int fd; /* -1 where there is none */
	struct sink *sink; /* NULL: a file */
	char *target; /* links followed */
	char *temporary; /* NULL: written to directly */
	int64_t written_bytes;
	int64_t deadline_ms; /* clock_monotonic_ms() at which a FIFO is no longer waited for */
	int signals_ignored; /* a supervise_signal_count() above this ends the waiting too */
	struct error error; /* "" while all went well */
};

/* A new file takes the umask's permissions, one that replaces another takes that one's. */
int outfile_open(struct outfile *file, const char *path, int64_t deadline_ms, int signals_ignored, struct error *err);
int outfile_open_sink(struct outfile *file, struct sink *sink, int64_t deadline_ms, struct error *err);
void outfile_write(struct outfile *file, const char *data, size_t length);
void outfile_fail(struct outfile *file, const struct error *error);
int outfile_finish(struct outfile *file, struct error *err);

/* The temporary path, now the caller's for temporary_end(), with the target's; NULL for both where it was written to directly. */
char *outfile_take(struct outfile *file, char **ret_target);
void outfile_release(struct outfile *file);

/* On failure the file is there under neither name, or, where only its folder could not be flushed, under the target's. */
int outfile_rename(const char *temporary, const char *target, struct error *err);

#endif
