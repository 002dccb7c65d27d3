#include "wrapper/run/evidence.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/checks/observation.h"

/* Damage is told before what could not be read, whichever of them was met first. */
static const struct trouble *worst_trouble(const struct examined *outcomes, size_t count)
{
	const struct trouble *worst = &outcomes[0].trouble;

	for (size_t i = 1; i < count && worst->soundness != DAMAGED; i++)
		if (worst->soundness == SOUND || outcomes[i].trouble.soundness == DAMAGED)
			worst = &outcomes[i].trouble;
	return worst;
}

static const char *location_of(const struct run_artifact *artifact, const struct finds *finds)
{
	if (finds->matched == 1 && artifact->location != NULL)
		return artifact->location;
	return finds->location != NULL ? finds->location : artifact->artifact->name;
}

static void judge(struct run *run, size_t index, const struct finds *finds, const struct examined *outcomes,
		  size_t count)
{
	const struct run_artifact *artifact = &run->artifacts[index];
	const struct run_step *step = examine_maker(run, artifact->artifact);
	struct artifact_evidence evidence = {
		.location = location_of(artifact, finds),
		.status = finds->status,
		.trouble = finds->trouble.message,
		.found = finds->matched,
		.reading = count > 0 ? *worst_trouble(outcomes, count) : (struct trouble){.soundness = SOUND},
		.failed_step = step != NULL && step->verdict == VERDICT_FAIL ? step->step->name : NULL,
		.twin = finds->twin[0] != '\0' ? finds->twin : NULL,
		.newest_ms = finds->own > 0 ? finds->items[0].made_ms : PARAMETER_UNSET,
		.now_ms = finds->now_ms,
	};

	observation_make(&run->state->artifacts[index].presence, &run->state->context,
			 &(struct evidence){SUBJECT_ARTIFACT, .artifact = &evidence}, 0);
	roll_call_answer(run, &run->state->artifacts[index].presence, "not reached");
	roll_call_answer(run, &run->state->artifacts[index].bytes,
			 finds->trouble.message[0] != '\0' ? finds->trouble.message : "there was nothing to examine");
}

/* Only of the last of its own place are the artifact's facts told, and of several nobody needs what the ones before consist of. */
static size_t examine_all(struct run *run, size_t index, const struct finds *finds,
			  const struct destinations *destinations, struct examined *outcomes)
{
	size_t i;

	for (i = 0; i < finds->count && !run_is_cancelled(run); i++) {
		struct run_artifact further = {.artifact = run->artifacts[index].artifact,
					       .modified_ms = PARAMETER_UNSET};
		bool is_own = i < finds->own;
		if (is_own && i > 0) {
			free(outcomes[i - 1].result);
			outcomes[i - 1].result = NULL;
		}
		examine_found(run, index, finds, &finds->items[i], destinations,
			      is_own ? &run->artifacts[index] : &further, &outcomes[i]);
		free(further.location);
	}
	return i;
}

static void skip(struct run *run, size_t index, const char *reason)
{
	roll_call_answer(run, &run->state->artifacts[index].presence, reason);
	roll_call_answer(run, &run->state->artifacts[index].bytes, reason);
	uploads_skip(run, index, reason);
}

static void examine_artifact(struct run *run, size_t index)
{
	const struct examined nothing = {.found = NULL};
	cleanup_free struct examined *outcomes = NULL;
	struct destinations destinations;
	struct finds finds;

	uploads_find(run, index, &destinations);
	if (find_artifact(run, index, &destinations, &finds) < 0) {
		skip(run, index, finds.trouble.message);
	} else {
		outcomes = memory_array(finds.count, sizeof(*outcomes));
		size_t count = examine_all(run, index, &finds, &destinations, outcomes);
		/* What an upload is made from, and compared with, must be one. */
		const struct examined *artifact = finds.own == 1 && count > 0 ? &outcomes[0] : &nothing;
		judge(run, index, &finds, outcomes, count);
		vouched_add_artifact(run, index, &finds);
		put_all(run, index, &destinations, artifact);
		uploads_conclude(run, &destinations, artifact);
		for (size_t i = 0; i < count; i++)
			free(outcomes[i].result);
	}
	finds_release(&finds);
	free(destinations.items);
}

void artifacts_examine(struct run *run)
{
	for (size_t i = 0; i < run->artifact_count && !run_is_cancelled(run); i++) {
		const struct run_step *step = examine_maker(run, run->artifacts[i].artifact);
		if (step != NULL && !step->started) {
			cleanup_free char *reason =
				memory_format("step '%s', which makes it, was not run", step->step->name);
			skip(run, i, reason);
			continue;
		}
		examine_artifact(run, i);
	}
}
