#include "wrapper/run/evidence.h"

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/observation.h"

static size_t waiver_count(const struct run *run)
{
	return run->manifest->waivers.count;
}

static const struct manifest_waiver *declared(const struct run *run, size_t i)
{
	return ((struct manifest_waiver *const *)run->manifest->waivers.items)[i];
}

static bool names_any(const struct roll *roll, const struct glob *check)
{
	for (size_t i = 0; i < roll->count; i++)
		if (glob_matches(check, roll->rows[i].id))
			return true;
	return false;
}

static int set_unknown(struct run *run, const struct manifest_waiver *waiver, struct error *err)
{
	const struct roll *roll = &run->roll;
	cleanup_free const char **ids = memory_array(roll->count, sizeof(*ids));
	const char *nearest;

	for (size_t i = 0; i < roll->count; i++)
		ids[i] = roll->rows[i].id;
	nearest = suggest_nearest(glob_text(waiver->check), ids, roll->count);
	run->trouble_place = waiver->place;
	return error_set(err, "no check has the id '%s'%s%s%s", glob_text(waiver->check),
			 nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
			 nearest != NULL ? "'?" : "");
}

static void enter_row(struct run *run, size_t i)
{
	const struct manifest_waiver *waiver = declared(run, i);
	char date[CLOCK_TEXT_MAX];
	cleanup_free char *id = memory_format("waiver:%zu/needed", i);
	cleanup_free char *expected =
		memory_format("'%s' does not pass, which is waived until %s: %s", glob_text(waiver->check),
			      clock_format_date(waiver->until_ms - 1, date), waiver->reason);
	long row = roll_enter(&run->roll, id, "waiver", waiver->place, expected, false);

	if (i == 0)
		run->state->first_waiver_row = (size_t)row;
}

/* A manifest serves two verbs: what only the other one checks is no mistake here. */
int waivers_enter(struct run *run, const struct roll *other, struct error *err)
{
	int result = 0;

	run->state->waivers = arena_array(&run->state->arena, waiver_count(run), sizeof(*run->state->waivers));
	for (size_t i = 0; i < waiver_count(run); i++) {
		struct roll_waiver *waiver = &run->state->waivers[i];
		const struct manifest_waiver *from = declared(run, i);
		*waiver = (struct roll_waiver){.check = from->check,
					       .reason = from->reason,
					       .until_ms = from->until_ms,
					       .expired = run->started_ms >= from->until_ms};
		roll_waive(&run->roll, waiver);
	}
	for (size_t i = 0; i < waiver_count(run); i++) {
		if (run->state->waivers[i].matched > 0)
			continue;
		run->state->waivers[i].elsewhere = names_any(other, declared(run, i)->check);
		if (!run->state->waivers[i].elsewhere)
			result = set_unknown(run, declared(run, i), err);
	}
	for (size_t i = 0; i < waiver_count(run); i++)
		enter_row(run, i);
	return result;
}

static const struct roll_row *first_of(const struct run *run, const struct roll_waiver *waiver,
				       bool (*is_meant)(const struct roll_row *row))
{
	for (size_t i = 0; i < run->state->first_waiver_row; i++)
		if (glob_matches(waiver->check, run->roll.rows[i].id) && is_meant(&run->roll.rows[i]))
			return &run->roll.rows[i];
	return NULL;
}

static bool is_waived(const struct roll_row *row)
{
	return row->finding.verdict == VERDICT_WAIVED;
}

static bool is_unreached(const struct roll_row *row)
{
	return !row->reached;
}

static void judge(const struct run *run, const struct roll_waiver *waiver, struct finding *finding)
{
	char date[CLOCK_TEXT_MAX];
	const struct roll_row *row;

	if (waiver->expired) {
		finding_fail(finding, "its last day was %s", clock_format_date(waiver->until_ms - 1, date));
		finding_hint(finding, "mend what it waived and take it out, or give it a new date");
	} else if (waiver->elsewhere) {
		finding_pass(finding, "what it names is not checked by '%s'", run_mode_name(run->options.mode));
	} else if (waiver->waived > 1) {
		finding_pass(finding, "waives %zu checks", waiver->waived);
	} else if ((row = first_of(run, waiver, is_waived)) != NULL) {
		finding_pass(finding, "waives %s", row->id);
	} else if ((row = first_of(run, waiver, is_unreached)) != NULL) {
		finding_unproven(finding, "%s was not reached", row->id);
	} else {
		finding_fail(finding, "it waives nothing: what it names passed");
		finding_hint(finding, "take it out, so that it hides nothing later");
	}
}

void waivers_answer(struct run *run)
{
	for (size_t i = 0; i < waiver_count(run); i++) {
		struct finding finding = {0};
		judge(run, &run->state->waivers[i], &finding);
		roll_answer(&run->roll, run->state->first_waiver_row + i, &finding, true, 0);
	}
}

static bool counts(void *context, const struct check *check, size_t row)
{
	const struct run *run = context;

	return run->roll.rows[check->first_row + row].waiver == NULL;
}

enum verdict waivers_verdict(struct run *run, const struct observation *observation)
{
	return observation_verdict_of(observation, counts, run);
}
