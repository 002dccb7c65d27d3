#include "assertions/checks/observation.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

struct watch {
	struct check *check;
	void *state;
	struct finding *findings;
};

struct observation {
	struct watch *watches;
	size_t count;
	unsigned channels;
};

static void watch_begin(struct watch *watch, struct check *check, const struct check_context *context)
{
	const struct assertion_kind *kind = check->kind;

	watch->check = check;
	watch->state = memory_alloc(kind->state_size);
	watch->findings = memory_array(check->rows, sizeof(*watch->findings));
	if (kind->begin != NULL)
		kind->begin(check->parameters, watch->state, context);
}

struct observation *observation_begin(const struct check_list *const *lists, size_t list_count,
				      const struct check_context *context)
{
	struct observation *observation = memory_alloc(sizeof(*observation));
	size_t total = 0;

	for (size_t l = 0; l < list_count; l++)
		total += lists[l] != NULL ? lists[l]->count : 0;
	observation->watches = memory_array(total, sizeof(*observation->watches));
	for (size_t l = 0; l < list_count; l++) {
		for (size_t i = 0; lists[l] != NULL && i < lists[l]->count; i++)
			watch_begin(&observation->watches[observation->count++], lists[l]->items[i], context);
		observation->channels |= check_list_channels(lists[l]);
	}
	return observation;
}

unsigned observation_channels(const struct observation *observation)
{
	return observation->channels;
}

void observation_feed(struct observation *observation, enum channel channel, const char *data, size_t length)
{
	if ((observation->channels & channel) == 0)
		return;
	for (size_t i = 0; i < observation->count; i++) {
		const struct watch *watch = &observation->watches[i];
		if (check_channels(watch->check) & channel)
			watch->check->kind->observe(watch->check->parameters, watch->state, channel, data, length);
	}
}

void observation_member(struct observation *observation, const struct inspect_member *member,
			struct member_checks *ret_checks)
{
	ret_checks->count = 0;
	for (size_t i = 0; i < observation->count; i++) {
		const struct watch *watch = &observation->watches[i];
		if (watch->check->kind->member != NULL)
			watch->check->kind->member(watch->check->parameters, watch->state, member, ret_checks);
	}
}

void observation_sibling(struct observation *observation, const char *name, int64_t modified_ms)
{
	for (size_t i = 0; i < observation->count; i++) {
		const struct watch *watch = &observation->watches[i];
		if (check_channels(watch->check) & CHANNEL_SIBLINGS)
			watch->check->kind->sibling(watch->check->parameters, watch->state, name, modified_ms);
	}
}

void observation_conclude(struct observation *observation, const struct evidence *evidence)
{
	for (size_t i = 0; i < observation->count; i++) {
		struct watch *watch = &observation->watches[i];
		assert(watch->check->kind->subject == evidence->subject);
		watch->check->kind->conclude(watch->check->parameters, watch->state, evidence, watch->findings);
		for (size_t row = 0; row < watch->check->rows; row++)
			if (watch->findings[row].verdict == VERDICT_UNEVALUATED)
				finding_unproven(&watch->findings[row],
						 "the check gave no answer: an error inside muster");
	}
}

void observation_override(struct observation *observation, const struct finding *finding)
{
	for (size_t i = 0; i < observation->count; i++)
		if (observation->watches[i].check->kind->always)
			observation->watches[i].findings[0] = *finding;
}

enum verdict observation_verdict_of(const struct observation *observation,
				    bool (*counts)(void *context, const struct check *check, size_t row), void *context)
{
	enum verdict worst = VERDICT_PASS;

	for (size_t i = 0; i < observation->count; i++) {
		const struct watch *watch = &observation->watches[i];
		for (size_t row = 0; row < watch->check->rows; row++)
			if (watch->findings[row].verdict > worst &&
			    (counts == NULL || counts(context, watch->check, row)))
				worst = watch->findings[row].verdict;
	}
	return worst;
}

enum verdict observation_verdict(const struct observation *observation)
{
	return observation_verdict_of(observation, NULL, NULL);
}

static void tally_add(struct tally *tally, const struct finding *finding, const char *where, double seconds)
{
	tally->evaluated++;
	tally->seconds += seconds;
	if (finding->verdict != VERDICT_PASS)
		tally->not_passed++;
	if (finding->verdict <= tally->worst.verdict)
		return;
	tally->worst = *finding;
	snprintf(tally->where, sizeof(tally->where), "%s", where != NULL ? where : "");
}

void observation_commit(struct observation *observation, const char *where, double seconds)
{
	for (size_t i = 0; i < observation->count; i++) {
		const struct watch *watch = &observation->watches[i];
		for (size_t row = 0; row < watch->check->rows; row++)
			tally_add(&watch->check->tallies[row], &watch->findings[row], where, seconds);
	}
}

void observation_free(struct observation *observation)
{
	if (observation == NULL)
		return;
	for (size_t i = 0; i < observation->count; i++) {
		struct watch *watch = &observation->watches[i];
		if (watch->check->kind->release != NULL)
			watch->check->kind->release(watch->check->parameters, watch->state);
		free(watch->state);
		free(watch->findings);
	}
	free(observation->watches);
	free(observation);
}

void observation_make(const struct check_list *list, const struct check_context *context,
		      const struct evidence *evidence, double seconds)
{
	struct observation *observation = observation_begin(&list, 1, context);

	observation_conclude(observation, evidence);
	observation_commit(observation, NULL, seconds);
	observation_free(observation);
}

size_t observation_layers(const struct observation *observation, enum format ret_layers[INSPECT_LAYERS_MAX])
{
	size_t longest = 0;

	for (size_t i = 0; i < observation->count; i++) {
		const struct check *check = observation->watches[i].check;
		enum format layers[INSPECT_LAYERS_MAX];
		size_t count = check->kind->layers != NULL ? check->kind->layers(check->parameters, layers) : 0;
		if (count > longest) {
			longest = count;
			memcpy(ret_layers, layers, count * sizeof(layers[0]));
		}
	}
	return longest;
}
