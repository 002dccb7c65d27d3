#include "assertion.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static void set_observed(struct finding *finding, enum verdict verdict, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));
static void set_observed(struct finding *finding, enum verdict verdict, const char *format, va_list arguments)
{
	finding->verdict = verdict;
	vsnprintf(finding->observed, sizeof(finding->observed), format, arguments);
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

size_t check_rows(const struct check *check)
{
	return check->rows;
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
