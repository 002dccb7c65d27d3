#include "wrapper/run/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"
#include "assertions/formats/sample.h"

#define SIDECAR_MAX ((size_t)64 << 10)

const struct run_step *examine_maker(const struct run *run, const struct manifest_artifact *artifact)
{
	return run->options.mode == RUN_MODE_RUN && artifact->step != NULL ? steps_find(run, artifact->step) : NULL;
}

static void read_sidecar(const struct found *found, const char *suffix, struct sidecar *sidecar)
{
	cleanup_free char *name = memory_format("%s%s", found->name, suffix);
	struct source_file_facts facts;
	struct source *source = NULL;
	cleanup_buffer struct buffer text;

	buffer_init(&text, SIDECAR_MAX);
	if (found->store != NULL) {
		enum store_status status = found->store->get(found->store, name, NULL, &source, &sidecar->trouble);
		sidecar->is_missing = status == STORE_ABSENT || status == STORE_NO_BUCKET;
		if (status != STORE_OK)
			source = NULL;
	} else if (source_open_file(name, &source, &facts, &sidecar->trouble) < 0) {
		source = NULL;
		sidecar->is_missing = access(name, F_OK) < 0 && errno == ENOENT;
	}
	if (source == NULL)
		return;
	if (find_text(source, &text, &sidecar->trouble) < 0)
		return;
	if (text.truncated)
		error_set(&sidecar->trouble, "it has more than %zu KiB", SIDECAR_MAX >> 10);
	else
		sidecar->text = buffer_take(&text);
}

/* What the bytes are compared with. */
struct comparisons {
	struct earlier_backups earlier;
	struct newest_earlier newest_earlier;
	struct sidecar sidecar;
};

/* Before they are read. */
static void bring_comparisons(struct run *run, const struct found *found, bool is_read, struct examine_request *request,
			      struct comparisons *comparisons)
{
	const struct check *check = check_list_needing(request->checks, NEED_SIDECAR);

	earlier_backups(run, found, &comparisons->earlier);
	request->evidence.earlier = &comparisons->earlier;
	if (!is_read)
		return;
	earlier_newest(run, found, &comparisons->newest_earlier);
	request->evidence.newest_earlier = &comparisons->newest_earlier;
	request->digests.md5 |= comparisons->newest_earlier.md5[0] != '\0';
	if (check == NULL)
		return;
	read_sidecar(found, check->kind->which(check->parameters), &comparisons->sidecar);
	request->evidence.sidecar = &comparisons->sidecar;
	request->digests.md5 = 1;
}

struct siblings {
	const struct finds *finds;
	void (*saw)(void *self, const char *name, int64_t modified_ms);
	void *self;
};

static int saw_sibling(void *context, const char *name, const struct identity *identity)
{
	const struct siblings *siblings = context;

	siblings->saw(siblings->self, name, identity->modified_ms);
	return 0;
}

static int tell_siblings(const void *context, void (*saw)(void *self, const char *name, int64_t modified_ms),
			 void *self, struct error *err)
{
	struct siblings siblings = {context, saw, self};

	return find_each(siblings.finds->store, siblings.finds->glob, saw_sibling, &siblings, err);
}

/* A callback of the inspection; the context is the run. */
static void told_progress(void *run, uint64_t bytes)
{
	((const struct run *)run)->listener->progress(run, bytes);
}

static struct inspect_limits limits_of(const struct manifest_artifact *artifact)
{
	const struct manifest_limits *limits = artifact->limits;

	if (limits == NULL)
		return (struct inspect_limits){0};
	return (struct inspect_limits){
		.depth = (unsigned)limits->depth,
		.members = (uint64_t)limits->members,
		.window_bytes = (uint64_t)limits->window_bytes,
		.ratio = (double)limits->ratio,
	};
}

/* When the step that makes it began, or the run, by the clock of where it lies. */
static int64_t since_ms(const struct run *run, const struct run_step *maker, const struct store *store)
{
	if (run->options.mode != RUN_MODE_RUN)
		return PARAMETER_UNSET;
	return (maker != NULL ? maker->result.started_ms : run->started_ms) +
	       (store != NULL ? store->clock_offset_ms : 0);
}

static enum origin origin_of(const struct run *run, const struct found *found, const struct run_step *maker)
{
	return run->options.mode == RUN_MODE_RUN ? before_origin(run, found->shelf, found->name, &found->identity,
								 since_ms(run, maker, found->store))
						 : ORIGIN_UNKNOWN;
}

static struct bytes_evidence evidence_of(const struct run *run, size_t artifact, const struct found *found)
{
	const struct run_step *maker = examine_maker(run, run->artifacts[artifact].artifact);

	return (struct bytes_evidence){.modified_ms = found->made_ms,
				       .now_ms = clock_now_ms() +
						 (found->store != NULL ? found->store->clock_offset_ms : 0),
				       .made_after_ms =
					       maker != NULL ? since_ms(run, maker, found->store) : PARAMETER_UNSET,
				       .since_ms = since_ms(run, maker, found->store),
				       .origin = origin_of(run, found, maker),
				       .made_by = maker != NULL ? maker->step->name : NULL};
}

/*
 * What lies there from another run is not examined: what it consists of says nothing of this one's. Only its age is judged; a
 * waiver for that lets it pass for this run's.
 */
static bool refuse_another_run(struct run *run, size_t index, const struct found *found)
{
	const struct check_list *list = &run->state->artifacts[index].bytes;
	const struct check *age = check_list_find(list, registry_on(SUBJECT_BYTES, OCCASION_MAKER)->name);
	const struct sample nothing = {.size_bytes = found->identity.size_bytes};
	struct check_list aged = {0}, rest = {0};
	struct examine_request request = {.path = found->name,
					  .checks = &aged,
					  .context = &run->state->context,
					  .evidence = evidence_of(run, index, found)};
	struct finding finding = {0};

	if ((request.evidence.origin != ORIGIN_BEFORE && request.evidence.origin != ORIGIN_OLD) ||
	    request.evidence.made_by == NULL || age == NULL || run->roll.rows[age->first_row].waiver != NULL)
		return false;
	for (size_t i = 0; i < list->count; i++)
		check_list_add(list->items[i] == age ? &aged : &rest, list->items[i]);
	finding_unproven(&finding, "what lies there is not of this run");
	check_list_settle(&rest, &finding);
	examine_sample(&request, &nothing);
	check_list_release(&aged);
	check_list_release(&rest);
	return true;
}

static void keep_result(const struct found *found, struct run_artifact *artifact, struct examined *examined)
{
	const struct inspect_result *result = examined->result;

	if (trouble_is_of_reading(result))
		examined->trouble = result->trouble;
	examined->is_whole = !examined->is_sample && result->trouble.soundness != UNREADABLE &&
			     (found->store != NULL || examined->trouble.soundness == SOUND);
	artifact->examined = true;
	artifact->size_bytes = result->size_bytes;
	artifact->modified_ms = found->identity.modified_ms;
	artifact->made_ms = found->made_ms;
	artifact->digests = result->digests;
	artifact->members = result->members;
	artifact->walked = result->walked;
}

/* `source` is NULL where it is only sampled. */
static void examine_opened(struct run *run, size_t index, const struct finds *finds, const struct found *found,
			   const struct destinations *destinations, struct source *source,
			   struct run_artifact *artifact, struct examined *examined)
{
	bool has_siblings = finds->glob != NULL && found->destination == NULL;
	int64_t began_ms = clock_monotonic_ms();
	struct comparisons comparisons = {0};
	struct examine_request request = {
		.path = artifact->location,
		.source = source,
		.checks = &run->state->artifacts[index].bytes,
		.context = &run->state->context,
		.digests = {.sha256 = 1},
		.evidence = evidence_of(run, index, found),
		.siblings = has_siblings ? tell_siblings : NULL,
		.siblings_context = finds,
		.limits = limits_of(artifact->artifact),
		.cancelled = run_is_cancelled,
		.cancelled_context = run,
		.progress = told_progress,
	};

	bring_comparisons(run, found, source != NULL, &request, &comparisons);
	artifact->earlier = comparisons.earlier;
	uploads_request(destinations, &request.digests);
	put_request(destinations, found->identity.size_bytes, &request.digests);
	run->listener->artifact_begin(run, artifact->artifact->name, artifact->location, found->identity.size_bytes);
	examined->result = memory_alloc(sizeof(*examined->result));
	examined->is_sample = source == NULL;
	if (source != NULL)
		examine(&request, examined->result);
	else
		sampling_examine(&request, found, examined->result);
	keep_result(found, artifact, examined);
	artifact->seconds = (double)(clock_monotonic_ms() - began_ms) / 1000.0;
	run->listener->artifact_end(run, artifact);
	earlier_newest_release(&comparisons.newest_earlier);
	free(comparisons.sidecar.text);
}

/* What is there and could not be opened leaves every check on it unproven, whatever the others of its name say. */
static void note_unread(struct run *run, size_t index, const char *location, const struct error *trouble,
			struct examined *examined)
{
	struct finding finding = {0};

	run->listener->note(run, "%s: %s", location, trouble->message);
	finding_unproven(&finding, "%s: %s", location, trouble->message);
	check_list_settle(&run->state->artifacts[index].bytes, &finding);
	examined->trouble.soundness = UNREADABLE;
	examined->trouble.error = *trouble;
}

/* What is only sampled is not opened, but for a file: one that cannot be opened is told of in the same words. */
static int open_found(const struct run *run, struct found *found, struct source **ret_source, struct error *err)
{
	struct store *store = found->store;
	struct source_file_facts facts;

	*ret_source = NULL;
	if (store != NULL)
		return sampling_is_for(run, found->identity.size_bytes) ||
				       store->get(store, found->name, found->object, ret_source, err) == STORE_OK
			       ? 0
			       : -1;
	if (source_open_file(found->name, ret_source, &facts, err) < 0)
		return -1;
	found->identity.size_bytes = facts.size_bytes;
	if (sampling_is_for(run, facts.size_bytes)) {
		source_close(*ret_source);
		*ret_source = NULL;
	}
	return 0;
}

void examine_found(struct run *run, size_t index, const struct finds *finds, const struct found *found,
		   const struct destinations *destinations, struct run_artifact *ret_artifact,
		   struct examined *ret_examined)
{
	struct found opened = *found;
	struct source *source;
	struct error trouble;

	*ret_examined = (struct examined){.found = found, .trouble = {.soundness = SOUND}};
	free(ret_artifact->location);
	ret_artifact->location = memory_format("%s%s", found->store != NULL ? found->store->place : "", found->name);
	if (refuse_another_run(run, index, found))
		return;
	if (open_found(run, &opened, &source, &trouble) < 0) {
		note_unread(run, index, ret_artifact->location, &trouble, ret_examined);
	} else {
		examine_opened(run, index, finds, &opened, destinations, source, ret_artifact, ret_examined);
		source_close(source);
	}
	if (found->destination == NULL)
		return;
	found->destination->upload->earlier = ret_artifact->earlier;
	if (ret_examined->is_whole)
		found->destination->read = ret_examined->result;
}
