/*
 * verify --sample: listings in full, of the bytes only what they begin and end with.
 *
 * What head and tail cannot say is not proven. Where the manifest has `sample: true` such checks are not entered instead,
 * and the row "artifact:NAME/sample" says how many they are.
 */
#ifndef MUSTER_RUN_SAMPLING_H
#define MUSTER_RUN_SAMPLING_H

#include "assertions/formats/sample.h"
#include "assertions/checks/examine.h"
#include "wrapper/run/run.h"

#define SAMPLING_REASON "not read: --sample"

/* Whether the bytes of an artifact of that size are only sampled: what is no larger than head and tail is read whole. */
bool sampling_is_for(const struct run *run, int64_t size_bytes);

/* Whether checks that need more are left to a full verify, by leave of the manifest. */
bool sampling_leaves_out(const struct run *run);
/* Takes out of the list what head, tail and listings cannot answer; returns how many rows that were. */
size_t sampling_leave_out(struct check_list *list);

struct sampling_subject {
	const char *path;               /* of a file */
	struct store *store;            /* NULL: a file */
	const struct store_object *object;
	int64_t size_bytes, modified_ms;
};

/* Two short reads, or one; released by the caller. */
void sampling_read(const struct sampling_subject *subject, struct sample *ret_sample);

/* `request` as for examine(), but for its source; what it has of `checks` that cannot be answered is not proven, and not reached. */
void sampling_examine(const struct examine_request *request, const struct sample *sample);

/* Without what needs bytes, which is not proven. The caller releases it. */
struct check_list sampling_without_bytes(const struct check_list *list);

#endif
