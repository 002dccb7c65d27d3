/*
 * Where a step's standard output goes that is no file: it takes what comes and keeps it only when it is told to.
 *
 * A struct of which this is the first member is behind each. open(), any number of write()s, then exactly one of commit() and
 * discard(), both also after a write() that failed; neither where open() failed. May be opened again afterwards.
 */
#ifndef MUSTER_PROCESS_SINK_H
#define MUSTER_PROCESS_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"

struct sink {
	const char *name;               /* for messages: "s3://ge-pg/all.sql.gz" */
	int64_t deadline_ms;            /* clock_monotonic_ms() at which open() and write() give up; set before open() */
	int (*open)(struct sink *sink, struct error *err);
	int (*write)(struct sink *sink, const char *data, size_t length, struct error *err);
	int (*commit)(struct sink *sink, struct error *err);    /* 0 with an *err that is not "": to be said all the same */
	int (*discard)(struct sink *sink, struct error *err);   /* -1: something half-made is left, *err says what */
};

#endif
