#include "assertions/checks/assertion.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/units.h"

static void set_observed(struct finding *finding, enum verdict verdict, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));
static void set_observed(struct finding *finding, enum verdict verdict, const char *format, va_list arguments)
{
	char *text = NULL;
	size_t length = 0;

	finding->verdict = verdict;
	if (vasprintf(&text, format, arguments) < 0)
		return;
	/* Before it is cut: the begin of a secret is one too. */
	secrets_blot(text, strlen(text));
	for (; text[length] != '\0' && length < sizeof(finding->observed) - 1; length++)
		finding->observed[length] =
			(unsigned char)text[length] < ' ' || text[length] == 127 ? ' ' : text[length];
	finding->observed[length] = '\0';
	free(text);
}

void finding_pass(struct finding *finding, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	set_observed(finding, VERDICT_PASS, format, arguments);
	va_end(arguments);
}

void finding_fail(struct finding *finding, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	set_observed(finding, VERDICT_FAIL, format, arguments);
	va_end(arguments);
}

void finding_unproven(struct finding *finding, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	set_observed(finding, VERDICT_UNPROVEN, format, arguments);
	va_end(arguments);
}

void finding_hint(struct finding *finding, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(finding->hint, sizeof(finding->hint), format, arguments);
	va_end(arguments);
}

bool finding_of_trouble(struct finding *finding, const struct bytes_evidence *evidence)
{
	const struct trouble *trouble = &evidence->result->trouble;

	switch (trouble->soundness) {
	case SOUND:
		return false;
	case DAMAGED:
	case BOUNDED:
		finding_fail(finding, "%s", trouble->error.message);
		return true;
	case UNREADABLE:
	case OPAQUE:
		break;
	}
	finding_unproven(finding, "%s", trouble->error.message);
	return true;
}

bool finding_of_no_execution(struct finding *finding, const struct step_evidence *evidence)
{
	for (size_t i = 0; i < evidence->stage_count; i++)
		if (evidence->stages[i].outcome != PROCESS_NOT_STARTED)
			return false;
	finding_unproven(finding, "nothing was executed");
	return true;
}

bool trouble_is_of_reading(const struct inspect_result *result)
{
	for (size_t i = 0; i < result->layer_count; i++)
		if (result->layers[i].trouble.soundness != SOUND)
			return false;
	return result->trouble.soundness == DAMAGED || result->trouble.soundness == UNREADABLE;
}

bool finding_of_future(struct finding *finding, int64_t moment_ms, int64_t now_ms)
{
	char moment[CLOCK_TEXT_MAX];

	if (moment_ms <= now_ms + CLOCK_TOLERANCE_MS)
		return false;
	finding_fail(finding, "its time lies in the future: %s", clock_format_rfc3339(moment_ms, moment));
	finding_hint(finding,
		     "a clock was wrong when it was written, or its time or its name was set: its age cannot be told");
	return true;
}

void finding_of_origin(struct finding *finding, enum origin origin, const char *moment, const char *began)
{
	if (origin == ORIGIN_BEFORE)
		finding_fail(finding, "it is what lay there before %s began, last written %s", began, moment);
	else if (origin == ORIGIN_OLD)
		finding_fail(finding, "last written %s, before %s began", moment, began);
	else
		finding_unproven(finding, "last written %s, and nothing tells whether it came to be since %s began",
				 moment, began);
}

void finding_of_age(struct finding *finding, int64_t moment_ms, int64_t now_ms, int64_t max_ms)
{
	int64_t age_ms = now_ms > moment_ms ? now_ms - moment_ms : 0;
	char moment[CLOCK_TEXT_MAX], old[UNITS_TEXT_MAX];

	if (finding_of_future(finding, moment_ms, now_ms))
		return;
	clock_format_rfc3339(moment_ms, moment);
	units_format_duration(age_ms, old);
	if (max_ms == PARAMETER_UNSET || age_ms <= max_ms)
		finding_pass(finding, "%s old (%s)", old, moment);
	else
		finding_fail(finding, "%s old (%s)", old, moment);
}

struct walk {
	void (*visit)(void *context, const struct check *check);
	void *context;
};

static void walk_child(void *context, const char *segment, const struct check_list *list)
{
	const struct walk *walk = context;

	(void)segment;
	check_list_walk(list, walk->visit, walk->context);
}

void check_list_walk(const struct check_list *list, void (*visit)(void *context, const struct check *check),
		     void *context)
{
	struct walk walk = {visit, context};

	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct check *check = list->items[i];
		visit(context, check);
		if (check->kind->children != NULL)
			check->kind->children(check->parameters, walk_child, &walk);
	}
}

static void settle(void *context, const struct check *check)
{
	const struct finding *finding = context;

	for (size_t row = 0; row < check->rows; row++) {
		check->tallies[row].evaluated++;
		if (finding->verdict > check->tallies[row].worst.verdict)
			check->tallies[row].worst = *finding;
	}
}

void check_list_settle(const struct check_list *list, const struct finding *finding)
{
	struct finding same = *finding;

	check_list_walk(list, settle, &same);
}

struct check *check_new(const struct assertion_kind *kind, void *parameters, struct place place)
{
	struct check *check = memory_alloc(sizeof(*check));

	check->kind = kind;
	check->parameters = parameters;
	check->place = place;
	check->rows = kind->rows != NULL ? kind->rows(parameters) : 1;
	check->tallies = memory_array(check->rows, sizeof(*check->tallies));
	return check;
}

void check_free(struct check *check)
{
	if (check != NULL)
		free(check->tallies);
	free(check);
}

void check_list_release(struct check_list *list)
{
	free(list->items);
	*list = (struct check_list){0};
}

void check_list_add(struct check_list *list, struct check *check)
{
	list->items = memory_grow(list->items, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = check;
}

const struct check *check_list_find(const struct check_list *list, const char *kind_name)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (strcmp(list->items[i]->kind->name, kind_name) == 0)
			return list->items[i];
	return NULL;
}

void check_row_name(const struct check *check, size_t row, struct buffer *out)
{
	if (check->kind->row_name != NULL)
		check->kind->row_name(check->parameters, row, out);
	else
		buffer_string(out, check->kind->name);
}

void check_expect(const struct check *check, size_t row, struct buffer *out)
{
	if (check->kind->expected != NULL)
		buffer_string(out, check->kind->expected);
	else
		check->kind->expect(check->parameters, row, out);
}

unsigned check_channels(const struct check *check)
{
	return check->kind->channels_of != NULL ? check->kind->channels_of(check->parameters) : check->kind->channels;
}

unsigned check_list_channels(const struct check_list *list)
{
	unsigned channels = 0;

	for (size_t i = 0; list != NULL && i < list->count; i++)
		channels |= check_channels(list->items[i]);
	return channels;
}

static unsigned needs_of(const struct check *check)
{
	return check->kind->needs_of != NULL ? check->kind->needs_of(check->parameters) : check->kind->needs;
}

unsigned check_list_needs(const struct check_list *list)
{
	unsigned needs = 0;

	for (size_t i = 0; list != NULL && i < list->count; i++)
		needs |= needs_of(list->items[i]);
	return needs;
}

const struct check *check_list_needing(const struct check_list *list, enum check_need need)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (needs_of(list->items[i]) & need)
			return list->items[i];
	return NULL;
}
