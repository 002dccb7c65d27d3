#include "wrapper/run/evidence.h"

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"

struct entering {
	struct run *run;
	const char *prefix;
	bool gate;
	struct error *err;
	int result;
};

static void enter_list(struct entering *entering, const struct check_list *list);

static void enter_child(void *context, const char *segment, const struct check_list *list)
{
	struct entering *outer = context;
	cleanup_free char *prefix = memory_format("%s%s/", outer->prefix, segment);
	struct entering inner = *outer;

	inner.prefix = prefix;
	enter_list(&inner, list);
	outer->result |= inner.result;
}

static void enter_check(struct entering *entering, struct check *check)
{
	for (size_t row = 0; row < check->rows; row++) {
		cleanup_buffer struct buffer id, expected;
		buffer_init(&id, 8192);
		buffer_init(&expected, 4096);
		buffer_string(&id, entering->prefix);
		check_row_name(check, row, &id);
		check_expect(check, row, &expected);
		long entered = roll_enter(&entering->run->roll, id.data, check->kind->name, check->place, expected.data,
					  entering->gate);
		if (entered < 0) {
			entering->run->trouble_place = check->place;
			entering->result = error_set(entering->err, "the check '%s' is declared twice", id.data);
		}
		if (entered >= 0) {
			entering->run->roll.rows[entered].check = check;
			entering->run->roll.rows[entered].check_row = row;
		}
		if (row == 0)
			check->first_row = entered < 0 ? 0 : (size_t)entered;
	}
	if (check->kind->children != NULL)
		check->kind->children(check->parameters, enter_child, entering);
}

static void enter_list(struct entering *entering, const struct check_list *list)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		enter_check(entering, list->items[i]);
}

static int enter(struct run *run, const char *prefix, const struct check_list *list, bool gate, struct error *err)
{
	struct entering entering = {.run = run, .prefix = prefix, .gate = gate, .err = err};

	enter_list(&entering, list);
	return entering.result;
}

static void free_check(void *check)
{
	check_free(check);
}

static void release_list(void *list)
{
	check_list_release(list);
}

static void add(struct arena *arena, struct check_list *list, struct check *check)
{
	if (list->items == NULL)
		arena_defer(arena, release_list, list);
	check_list_add(list, check);
}

/* A check that the manifest does not own. The parameters are the arena's, too. */
static void add_own(struct arena *arena, struct check_list *list, const struct assertion_kind *kind, void *parameters,
		    struct place place)
{
	struct check *check = check_new(kind, parameters, place);

	arena_defer(arena, free_check, check);
	add(arena, list, check);
}

/* The checks that stand for every subject, then the declared ones; an always-on kind that is declared is that check. */
static void add_checks(struct arena *arena, struct check_list *list, enum subject subject,
		       const struct check_list *declared, struct place place, bool has_server)
{
	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if ((*kind)->subject == subject && (*kind)->always && (has_server || !(*kind)->remote_only) &&
		    check_list_find(declared, (*kind)->name) == NULL && check_list_find(list, (*kind)->name) == NULL)
			add_own(arena, list, *kind,
				arena_alloc(arena, (*kind)->parameters != NULL ? (*kind)->parameters->size : 1), place);
	for (size_t i = 0; declared != NULL && i < declared->count; i++)
		add(arena, list, declared->items[i]);
}

static void add_with_number(struct arena *arena, struct check_list *list, enum subject subject, enum occasion occasion,
			    int64_t number, struct place place)
{
	const struct assertion_kind *kind = registry_on(subject, occasion);
	int64_t *parameters = arena_alloc(arena, kind->parameters != NULL ? kind->parameters->size : sizeof(number));

	*parameters = number;
	add_own(arena, list, kind, parameters, place);
}

static void add_exists(struct arena *arena, struct check_list *list, enum subject subject, const char *location,
		       struct bounds count, struct place place)
{
	struct exists_parameters *parameters = arena_alloc(arena, sizeof(*parameters));

	*parameters = (struct exists_parameters){arena_string(arena, location), count};
	add_own(arena, list, registry_on(subject, OCCASION_PRESENCE), parameters, place);
}

static void drop_for_verify(struct check_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->kind->not_under_verify)
			list->items[i--] = list->items[--list->count];
}

static int enter_stores(struct run *run, struct error *err)
{
	struct evidence_state *state = run->state;
	int result = 0;

	for (size_t i = 0; i < state->store_count; i++) {
		struct run_store *store = &state->stores[i];
		cleanup_free char *prefix = memory_format("store:%s/", store->name);
		add_checks(&state->arena, &store->checks, SUBJECT_STORE, store->store->expect, store->store->place,
			   store->store->driver->has_server);
		if (run->options.mode == RUN_MODE_VERIFY)
			drop_for_verify(&store->checks);
		result |= enter(run, prefix, &store->checks, true, err);
	}
	return result;
}

static int enter_preflight(struct run *run, struct error *err)
{
	struct check_list *const *lists = run->manifest->preflight.items;
	int result = 0;

	for (size_t i = 0; run->options.mode != RUN_MODE_VERIFY && i < run->manifest->preflight.count; i++) {
		cleanup_free char *prefix = memory_format("preflight:%zu/", i);
		result |= enter(run, prefix, lists[i], true, err);
	}
	return result;
}

static int enter_inventories(struct run *run, struct error *err)
{
	const struct parameter_map *map = &run->manifest->inventories;
	int result = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct manifest_inventory *inventory = map->entries[i].value;
		cleanup_free char *prefix = memory_format("inventory:%s/", map->entries[i].name);
		add_with_number(&run->state->arena, &run->state->inventories[i].checks, SUBJECT_INVENTORY,
				OCCASION_INVENTORY, inventory->minimum, map->entries[i].place);
		result |= enter(run, prefix, &run->state->inventories[i].checks, false, err);
	}
	return result;
}

static int enter_steps(struct run *run, struct error *err)
{
	int result = 0;

	for (size_t i = 0; run->options.mode == RUN_MODE_RUN && i < run->step_count; i++) {
		const struct manifest_step *step = run->steps[i].step;
		cleanup_free char *prefix = memory_format("step:%s/", step->name);
		add_checks(&run->state->arena, &run->state->steps[i], SUBJECT_STEP, step->expect, step->place, true);
		result |= enter(run, prefix, &run->state->steps[i], false, err);
	}
	return result;
}

static int enter_uploads_of(struct run *run, const struct manifest_artifact *artifact, struct error *err)
{
	struct arena *arena = &run->state->arena;
	int result = 0;

	for (size_t i = 0; i < run->upload_count; i++) {
		const struct manifest_upload *upload = run->uploads[i].upload;
		if (run->uploads[i].artifact != artifact)
			continue;
		cleanup_free char *prefix = memory_format("upload:%s@%s/", artifact->name, upload->store);
		struct check_list *list = &run->state->uploads[i].stored;
		cleanup_free char *key = text_describe(upload->key);
		cleanup_free char *location = memory_format("%s in store %s", key, upload->store);
		if (put_is_one(run, &run->uploads[i]))
			add_own(arena, &run->state->uploads[i].put, registry_on(SUBJECT_UPLOAD, OCCASION_PUT),
				arena_alloc(arena, 1), upload->place);
		result |= enter(run, prefix, &run->state->uploads[i].put, false, err);
		add_exists(arena, list, SUBJECT_UPLOAD, location, (struct bounds){1, 1}, upload->place);
		add_checks(arena, list, SUBJECT_UPLOAD, upload->expect, upload->place, true);
		if (run->options.mode == RUN_MODE_VERIFY && run->manifest->max_age_ms != PARAMETER_UNSET)
			add_with_number(arena, list, SUBJECT_UPLOAD, OCCASION_MAX_AGE, run->manifest->max_age_ms,
					upload->place);
		if (run->options.mode == RUN_MODE_VERIFY)
			drop_for_verify(list);
		if (sampling_leaves_out(run))
			sampling_leave_out(list);
		run->uploads[i].rows.from = run->roll.count;
		result |= enter(run, prefix, list, false, err);
		run->uploads[i].rows.to = run->roll.count;
	}
	return result;
}

/* Of the uploads only what needs the stored bytes is left out. */
static size_t left_out_of_uploads(const struct manifest_artifact *artifact)
{
	size_t rows = 0;

	for (size_t i = 0; i < artifact->uploads.count; i++) {
		const struct manifest_upload *upload = ((struct manifest_upload *const *)artifact->uploads.items)[i];
		rows += check_list_needing(upload->expect, NEED_STORED_BYTES) != NULL;
	}
	return rows;
}

static enum format outermost_of(const struct check_list *list)
{
	enum format layers[INSPECT_LAYERS_MAX];

	for (size_t i = 0; i < list->count; i++) {
		const struct check *check = list->items[i];
		if (check->kind->layers != NULL && check->kind->layers(check->parameters, layers) > 0)
			return layers[0];
	}
	return FORMAT_UNKNOWN;
}

static void add_sample(struct run *run, const struct manifest_artifact *artifact, struct check_list *list)
{
	struct sample_parameters *parameters = arena_alloc(&run->state->arena, sizeof(*parameters));

	if (!run->options.sample)
		return;
	parameters->outermost = outermost_of(list);
	parameters->channels = check_list_channels(list);
	parameters->is_allowed = run->manifest->sample;
	if (sampling_leaves_out(run))
		parameters->left_out = sampling_leave_out(list) + left_out_of_uploads(artifact);
	add_own(&run->state->arena, list, registry_on(SUBJECT_BYTES, OCCASION_SAMPLE), parameters, artifact->place);
}

/* Under verify the backups of other nights lie there too. */
static struct bounds count_of(const struct run *run, const struct manifest_artifact *artifact)
{
	struct bounds count = {1, 1};

	if (artifact->count != NULL)
		count = (struct bounds){artifact->count->min != PARAMETER_UNSET ? artifact->count->min : 1,
					artifact->count->max};
	if (run->options.mode == RUN_MODE_VERIFY)
		count.max = PARAMETER_UNSET;
	return count;
}

static char *location_of(const struct manifest_artifact *artifact)
{
	cleanup_free char *key = NULL;

	if (artifact->file != NULL)
		return text_describe(artifact->file);
	key = text_describe(artifact->object->key);
	return memory_format("%s in store %s", key, artifact->object->store);
}

static int enter_artifacts(struct run *run, struct error *err)
{
	struct evidence_state *state = run->state;
	struct arena *arena = &state->arena;
	const struct assertion_kind *made = registry_on(SUBJECT_BYTES, OCCASION_MAKER);
	bool verify = run->options.mode == RUN_MODE_VERIFY;
	int result = 0;

	for (size_t i = 0; i < run->artifact_count; i++) {
		const struct manifest_artifact *artifact = run->artifacts[i].artifact;
		cleanup_free char *prefix = memory_format("artifact:%s/", artifact->name);
		cleanup_free char *location = location_of(artifact);
		add_exists(arena, &state->artifacts[i].presence, SUBJECT_ARTIFACT, location, count_of(run, artifact),
			   artifact->place);
		if (verify && run->manifest->max_age_ms != PARAMETER_UNSET)
			add_with_number(arena, &state->artifacts[i].presence, SUBJECT_ARTIFACT, OCCASION_MAX_AGE,
					run->manifest->max_age_ms, artifact->place);
		if (!verify && artifact->step != NULL && check_list_find(artifact->expect, made->name) == NULL)
			add_with_number(arena, &state->artifacts[i].bytes, SUBJECT_BYTES, OCCASION_MAKER,
					PARAMETER_UNSET, artifact->place);
		add_checks(arena, &state->artifacts[i].bytes, SUBJECT_BYTES, artifact->expect, artifact->place, true);
		add_sample(run, artifact, &state->artifacts[i].bytes);
		run->artifacts[i].rows.from = run->roll.count;
		result |= enter(run, prefix, &state->artifacts[i].presence, false, err);
		result |= enter(run, prefix, &state->artifacts[i].bytes, false, err);
		run->artifacts[i].rows.to = run->roll.count;
		result |= enter_uploads_of(run, artifact, err);
	}
	return result;
}

int roll_call_enter(struct run *run, struct error *err)
{
	int result = enter_stores(run, err);

	result |= enter_preflight(run, err);
	if (run->options.mode == RUN_MODE_PROBE)
		return result != 0 ? -1 : 0;
	result |= enter_inventories(run, err);
	result |= enter_steps(run, err);
	result |= enter_artifacts(run, err);
	return result != 0 ? -1 : 0;
}

struct answering {
	struct run *run;
	const char *reason;
};

static void answer_row(const struct answering *answering, const struct check *check, size_t row)
{
	const struct tally *tally = &check->tallies[row];
	struct finding finding = tally->worst;

	if (tally->evaluated == 0)
		finding_unproven(&finding, "%s", answering->reason);
	else if (tally->evaluated > 1 && finding.verdict == VERDICT_PASS)
		finding_pass(&finding, "all %u; the first: %s", tally->evaluated, tally->worst.observed);
	else if (tally->evaluated > 1) {
		cleanup_free char *observed =
			memory_format("%s%s%s (%u of %u)", tally->where, tally->where[0] != '\0' ? ": " : "",
				      tally->worst.observed, tally->not_passed, tally->evaluated);
		snprintf(finding.observed, sizeof(finding.observed), "%s", observed);
	}
	roll_answer(&answering->run->roll, check->first_row + row, &finding, tally->evaluated > tally->unread,
		    tally->seconds);
}

static void answer_child(void *context, const char *segment, const struct check_list *list)
{
	const struct answering *answering = context;

	(void)segment;
	roll_call_answer(answering->run, list, "no member that it applies to was read");
}

void roll_call_answer(struct run *run, const struct check_list *list, const char *reason)
{
	struct answering answering = {run, reason};

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct check *check = list->items[i];
		for (size_t row = 0; row < check->rows; row++)
			answer_row(&answering, check, row);
		if (check->kind->children != NULL)
			check->kind->children(check->parameters, answer_child, &answering);
	}
}
