#include "assertions/checks/examine_bytes.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/formats/sample.h"
#include "assertions/checks/observation.h"

#define MEMBER_CUT_MS 2000
#define MEMBER_TICK_MS 20 /* as file systems stamp */

/* What listens on one level: an artifact, or a member at some depth. */
struct listening {
	struct inspect_listener listener;
	enum format layers[INSPECT_LAYERS_MAX];
	struct observation *observation;
	const struct examine_request *request;
	char *path;
	int64_t began_ms;
	struct error siblings_trouble; /* "" */
	const struct sample *sample; /* NULL: all was read */
};

static void hear_text(void *self, const char *data, size_t length)
{
	struct listening *listening = self;

	observation_feed(listening->observation, CHANNEL_TEXT, data, length);
}

static struct inspect_listener *hear_member(void *self, const struct inspect_member *member);
static void hear_done(void *self, const struct inspect_member *member, const struct inspect_result *result);

static struct listening *listening_new(const struct examine_request *request, const struct check_list *const *lists,
				       size_t list_count, const char *outer, const char *path)
{
	struct listening *listening = memory_alloc(sizeof(*listening));
	unsigned channels;

	listening->observation = observation_begin(lists, list_count, request->context);
	listening->request = request;
	listening->path = outer != NULL ? memory_format("%s: %s", outer, path) : memory_string(path);
	listening->began_ms = clock_monotonic_ms();
	channels = observation_channels(listening->observation);
	listening->listener = (struct inspect_listener){
		.wants = (channels & (CHANNEL_TEXT | CHANNEL_MEMBERS | CHANNEL_LAYERS) ? INSPECT_LAYERS : 0u) |
			 (channels & CHANNEL_TEXT ? INSPECT_TEXT : 0u) |
			 (channels & CHANNEL_MEMBERS ? INSPECT_MEMBERS : 0u),
		.layer_count = observation_layers(listening->observation, listening->layers),
		.text = hear_text,
		.member = hear_member,
		.done = hear_done,
		.self = listening,
	};
	if (listening->listener.layer_count > 0)
		listening->listener.layers = listening->layers;
	return listening;
}

static void listening_free(struct listening *listening)
{
	observation_free(listening->observation);
	free(listening->path);
	free(listening);
}

static void hear_sibling(void *self, const char *name, int64_t modified_ms)
{
	observation_sibling(((struct listening *)self)->observation, name, modified_ms);
}

static void ask_for_siblings(struct listening *listening, bool is_member)
{
	const struct examine_request *request = listening->request;

	if ((observation_channels(listening->observation) & CHANNEL_SIBLINGS) == 0)
		return;
	if (is_member || request->siblings == NULL)
		error_set(&listening->siblings_trouble, "there are no files or objects beside it that could be listed");
	else if (request->siblings(request->siblings_context, hear_sibling, listening, &listening->siblings_trouble) ==
		 0)
		listening->siblings_trouble.message[0] = '\0';
}

static struct inspect_listener *hear_member(void *self, const struct inspect_member *member)
{
	struct listening *listening = self;
	struct member_checks checks;

	observation_member(listening->observation, member, &checks);
	if (checks.count == 0)
		return NULL;
	listening = listening_new(listening->request, checks.lists, checks.count, listening->path, member->path);
	ask_for_siblings(listening, true);
	return &listening->listener;
}

/* Archives cut times, to seconds or, as zip does, to two. */
static enum origin origin_of_member(const struct examine_request *request, const struct inspect_member *member)
{
	bool is_cut = member->modified_ms % 1000 == 0;

	return member->modified_ms + (is_cut ? MEMBER_CUT_MS : MEMBER_TICK_MS) < request->evidence.since_ms
		       ? ORIGIN_OLD
		       : ORIGIN_THIS_RUN;
}

static void hear_done(void *self, const struct inspect_member *member, const struct inspect_result *result)
{
	struct listening *listening = self;
	const struct examine_request *request = listening->request;
	struct bytes_evidence evidence = request->evidence;

	if (member != NULL)
		evidence = (struct bytes_evidence){.modified_ms = member->modified_ms,
						   .now_ms = request->evidence.now_ms,
						   .is_member = true,
						   .made_after_ms = PARAMETER_UNSET,
						   .since_ms = request->evidence.since_ms,
						   .origin = origin_of_member(request, member),
						   .made_by = request->evidence.made_by};
	evidence.path = listening->path;
	evidence.result = result;
	evidence.sample = listening->sample;
	if (listening->siblings_trouble.message[0] != '\0')
		evidence.siblings_trouble = listening->siblings_trouble.message;
	observation_conclude(listening->observation, &(struct evidence){SUBJECT_BYTES, .bytes = &evidence});
	observation_commit(listening->observation, listening->path,
			   (double)(clock_monotonic_ms() - listening->began_ms) / 1000.0);
	listening_free(listening);
}

void examine(const struct examine_request *request, struct inspect_result *ret_result)
{
	struct inspect_request inspection = {
		.path = request->path,
		.source = request->source,
		.digests = request->digests,
		.limits = request->limits,
		.cancelled = request->cancelled,
		.cancelled_context = request->cancelled_context,
		.progress = request->progress,
	};

	if (request->checks != NULL) {
		struct listening *listening = listening_new(request, &request->checks, 1, NULL, request->path);

		ask_for_siblings(listening, false);
		inspection.listener = &listening->listener;
	}
	inspect(&inspection, ret_result);
}

void examine_sample(const struct examine_request *request, const struct sample *sample)
{
	struct inspect_result listed = {.size_bytes = sample->size_bytes, .unpacked_bytes = -1};
	struct listening *listening = listening_new(request, &request->checks, 1, NULL, request->path);

	listening->sample = sample;
	ask_for_siblings(listening, false);
	hear_done(listening, NULL, &listed);
}
