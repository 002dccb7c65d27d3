/*
 * One look at one subject by everything that is declared on it.
 *
 *     struct observation *observation = observation_begin(&list, 1, context);
 *     observation_feed(observation, CHANNEL_STDERR, data, length);      as often as there is something
 *     observation_conclude(observation, &evidence);
 *     if (observation_verdict(observation) == VERDICT_PASS || no more attempts)
 *             observation_commit(observation, path, seconds);
 *     observation_free(observation);
 *
 * Nothing reaches the checks' tallies before observation_commit(): an attempt that is tried again leaves no trace.
 * A subject may be looked at for several lists at once, and a list may be applied to several subjects: the
 * tally of a row keeps the worst.
 */
#ifndef MUSTER_CHECKS_OBSERVATION_H
#define MUSTER_CHECKS_OBSERVATION_H

#include "assertions/checks/assertion.h"

struct observation;

struct observation *observation_begin(const struct check_list *const *lists, size_t list_count,
				      const struct check_context *context);
unsigned observation_channels(const struct observation *observation);
void observation_feed(struct observation *observation, enum channel channel, const char *data, size_t length);
void observation_member(struct observation *observation, const struct inspect_member *member,
			struct member_checks *ret_checks);
/* A path, or a key, and when it was written. */
void observation_sibling(struct observation *observation, const char *name, int64_t modified_ms);
void observation_conclude(struct observation *observation, const struct evidence *evidence);
/* All of it at once, where nothing goes by. */
void observation_make(const struct check_list *list, const struct check_context *context,
		      const struct evidence *evidence, double seconds);
/* Replaces the finding of the kind that is entered for every such subject after all: what came to light after the conclusion. */
void observation_override(struct observation *observation, const struct finding *finding);
/* The worst of all findings; VERDICT_PASS where there is no check. */
enum verdict observation_verdict(const struct observation *observation);
/* The worst of those that `counts` says do count. */
enum verdict observation_verdict_of(const struct observation *observation,
				    bool (*counts)(void *context, const struct check *check, size_t row),
				    void *context);
/* `where` says which of several subjects this was: a path. */
void observation_commit(struct observation *observation, const char *where, double seconds);
void observation_free(struct observation *observation);

/* The layers that a `format` declares, the longest list where there are several; 0 where there is none. */
size_t observation_layers(const struct observation *observation, enum format ret_layers[INSPECT_LAYERS_MAX]);

#endif
