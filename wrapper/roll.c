#include "wrapper/roll.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/glob.h"
#include "assertions/base/memory.h"

static bool is_entered(const struct roll *roll, const char *id)
{
	for (size_t i = 0; i < roll->count; i++)
		if (strcmp(roll->rows[i].id, id) == 0)
			return true;
	return false;
}

long roll_enter(struct roll *roll, const char *id, const char *kind, struct place place, const char *expected,
		bool gate)
{
	if (roll->closed || is_entered(roll, id))
		return -1;
	if (roll->count == roll->capacity) {
		roll->capacity = roll->capacity * 2 + 32;
		roll->rows = memory_grow(roll->rows, roll->capacity, sizeof(*roll->rows));
	}
	roll->rows[roll->count] = (struct roll_row){.id = memory_string(id),
						    .kind = kind,
						    .expected = memory_string(expected),
						    .place = place,
						    .gate = gate};
	return (long)roll->count++;
}

void roll_close(struct roll *roll)
{
	roll->closed = true;
}

void roll_waive(struct roll *roll, struct roll_waiver *waiver)
{
	for (size_t i = 0; i < roll->count; i++) {
		struct roll_row *row = &roll->rows[i];
		if (!glob_matches(waiver->check, row->id))
			continue;
		waiver->matched++;
		if (row->waiver == NULL && !waiver->expired)
			row->waiver = waiver;
	}
}

static void waive(struct roll_row *row)
{
	enum verdict verdict = row->finding.verdict;

	if (row->waiver == NULL || !row->reached || (verdict != VERDICT_FAIL && verdict != VERDICT_UNPROVEN))
		return;
	row->finding.verdict = VERDICT_WAIVED;
	row->waiver->waived++;
}

void roll_answer(struct roll *roll, size_t row, const struct finding *finding, bool reached, double seconds)
{
	if (row >= roll->count) {
		roll->broken = true;
		return;
	}
	roll->rows[row].finding = *finding;
	roll->rows[row].reached = reached;
	roll->rows[row].seconds = seconds;
	roll->rows[row].answers++;
	waive(&roll->rows[row]);
}

void roll_revise(struct roll *roll, size_t row, const struct finding *finding)
{
	if (row >= roll->count || roll->rows[row].answers == 0) {
		roll->broken = true;
		return;
	}
	roll->rows[row].finding = *finding;
	roll->rows[row].reached = true;
	waive(&roll->rows[row]);
}

void roll_settle(struct roll *roll, const char *reason)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll->rows[i].answers == 0)
			finding_unproven(&roll->rows[i].finding, "%s", reason);
}

struct roll_counts roll_count(const struct roll *roll)
{
	struct roll_counts counts = {.declared = roll->count};

	for (size_t i = 0; i < roll->count; i++) {
		switch (roll->rows[i].finding.verdict) {
		case VERDICT_PASS:
			counts.passed++;
			break;
		case VERDICT_FAIL:
			counts.failed++;
			break;
		case VERDICT_WAIVED:
			counts.waived++;
			break;
		case VERDICT_UNEVALUATED:
		case VERDICT_UNPROVEN:
			counts.unproven++;
			break;
		}
	}
	return counts;
}

/* A row that was answered twice, or an answer without a row, means that something here is not as it is thought to be. */
static bool is_sound(const struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll->rows[i].answers > 1)
			return false;
	return roll->closed && !roll->broken;
}

bool roll_passed(const struct roll *roll)
{
	size_t answers = 0;

	if (!is_sound(roll) || roll->count == 0)
		return false;
	for (size_t i = 0; i < roll->count; i++) {
		enum verdict verdict = roll->rows[i].finding.verdict;
		if (verdict != VERDICT_PASS && verdict != VERDICT_WAIVED)
			return false;
		answers += roll->rows[i].answers;
	}
	return answers == roll->count;
}

static bool gate_failed(const struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll->rows[i].gate && roll->rows[i].finding.verdict == VERDICT_FAIL)
			return true;
	return false;
}

int roll_exit_code(const struct roll *roll, int signal, bool broken)
{
	if (signal > 0)
		return EXIT_SIGNAL_BASE + signal;
	if (broken || !is_sound(roll))
		return EXIT_INTERNAL;
	if (roll_passed(roll))
		return EXIT_PASSED;
	if (gate_failed(roll))
		return EXIT_PREFLIGHT;
	return roll_count(roll).failed > 0 ? EXIT_FAILED : EXIT_UNPROVEN;
}

void roll_release(struct roll *roll)
{
	for (size_t i = 0; i < roll->count; i++) {
		free(roll->rows[i].id);
		free(roll->rows[i].expected);
	}
	free(roll->rows);
	*roll = (struct roll){0};
}
