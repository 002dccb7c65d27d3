/*
 * The one way in which functions say what went wrong.
 *
 *     int thing_read(const char *path, struct error *err)
 *     {
 *             if (open(...) < 0)
 *                     return error_set(err, "cannot read '%s': %s", path, strerror(errno));
 *
 * A function that can fail returns 0, or -1 with *err filled. Callers that know
 * more put it in front with error_wrap(). Messages are lower case, the problem
 * first, the subject in single quotes, no full stop at the end.
 * A mismatch between a backup and its manifest is not an error: it is a finding.
 */
#ifndef MUSTER_BASE_ERROR_H
#define MUSTER_BASE_ERROR_H

#define ERROR_MAX 1024

struct error {
	char message[ERROR_MAX];
};

/* Always -1, so that it can be returned. Longer messages are cut. */
int error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts the text, ": " and what stood there before one after the other. Always -1. */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
