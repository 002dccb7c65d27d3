/*
 * Examines bytes for the checks that are declared on them: one pass (inspect/inspect.h), in which the checks on
 * the bytes, on the members of an archive, and on theirs, observe and conclude. The findings are in the
 * checks' tallies afterwards.
 */
#ifndef MUSTER_CHECKS_EXAMINE_BYTES_H
#define MUSTER_CHECKS_EXAMINE_BYTES_H

#include "assertions/checks/assertion.h"

struct examine_request {
	const char *path; /* for messages */
	struct source *source; /* the caller closes it */
	const struct check_list *checks; /* may be NULL: counted and digested only */
	const struct check_context *context;
	struct digest_request digests;
	/* what is known of them without reading them: no `path`, no result, no sample */
	struct bytes_evidence evidence;
	/* Tells of the files or objects that these bytes were chosen from, themselves among them; NULL: there are none. */
	int (*siblings)(const void *context, void (*saw)(void *self, const char *name, int64_t modified_ms), void *self,
			struct error *err);
	const void *siblings_context;
	struct inspect_limits limits;
	bool (*cancelled)(void *context);
	void (*progress)(void *context, uint64_t bytes); /* as in struct inspect_request */
	void *cancelled_context;
};

void examine(const struct examine_request *request, struct inspect_result *ret_result);

struct sample;
/* Of what is listed and of a sample of the bytes: for checks that need no more. The request's source is not read. */
void examine_sample(const struct examine_request *request, const struct sample *sample);

#endif
