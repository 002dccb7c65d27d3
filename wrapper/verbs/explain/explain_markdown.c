#include "wrapper/verbs/explain/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/checks/registry.h"

#define ALONE_BYTES_MAX 1024

/* A cell of a table: no line ends, and the bar that ends a cell escaped. */
static void print_cell(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			putchar('\\');
		putchar(*text == '\n' ? ' ' : *text);
	}
}

/* Text outside of code: what Markdown or HTML would take for their own. */
static void print_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\*_<>|[]`", *text) != NULL)
			putchar('\\');
		putchar(*text == '\n' ? ' ' : *text);
	}
}

static void print_row(const struct record *record, const struct parameter *parameter)
{
	char value[REFERENCE_VALUE_MAX];

	printf("| `%s` | ", parameter->name);
	print_text(reference_value(record, parameter, value));
	printf(" | ");
	print_text(parameter->help != NULL ? parameter->help : "");
	printf(" | ");
	if (parameter->example != NULL) {
		printf("`");
		print_cell(parameter->example);
		printf("`");
	}
	printf(" |\n");
}

static void print_table(const struct record *record)
{
	cleanup_buffer struct buffer alone;

	buffer_init(&alone, ALONE_BYTES_MAX);
	printf("| key | value | meaning | example |\n|---|---|---|---|\n");
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		print_row(record, parameter);
	reference_list_alone(record, '`', &alone);
	if (alone.length > 0)
		printf("\nA value alone, without the mapping, is its %s.\n", alone.data);
}

static void print_capital(const char *text)
{
	putchar(toupper((unsigned char)text[0]));
	print_text(text + 1);
}

static void print_record(const struct reference_record *entry)
{
	printf("\n### ");
	print_capital(entry->record->name);
	if (entry->path[0] != '\0')
		printf(" (`%s`)", entry->path);
	printf("\n\n");
	print_capital(entry->record->help);
	printf(".\n\n");
	print_table(entry->record);
}

/* The mappings inside a kind's parameters follow it. */
static void print_kind(const struct reference *reference, size_t i)
{
	const struct assertion_kind *kind = reference->records[i].kind;

	printf("\n### `%s`\n\n", kind->name);
	print_capital(kind->summary);
	printf(".");
	if (kind->details != NULL) {
		putchar(' ');
		print_text(kind->details);
	}
	if (kind->example != NULL)
		printf("\n\n```yaml\n%s\n```", kind->example);
	printf("\n\n");
	print_table(reference->records[i].record);
	for (i++; i < reference->count && reference->records[i].kind == kind; i++)
		print_record(&reference->records[i]);
}

static void print_always(enum subject subject)
{
	const char *separator = "\nAlways checked: ";

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++) {
		if ((*kind)->subject != subject || !(*kind)->always)
			continue;
		printf("%s`%s` (", separator, (*kind)->name);
		print_text((*kind)->summary);
		printf(")");
		separator = ", ";
	}
	if (separator[0] == ',')
		printf(".\n");
}

static void print_subject(const struct reference *reference, enum subject subject)
{
	bool any = false;

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		any |= (*kind)->subject == subject && ((*kind)->always || reference_is_written(*kind));
	if (!any)
		return;
	printf("\n## Checks on ");
	print_text(registry_subject_name(subject));
	printf("\n");
	print_always(subject);
	for (size_t i = 0; i < reference->count; i++)
		if (reference_is_kind_on(&reference->records[i], subject))
			print_kind(reference, i);
}

static void print_notes(const char *title, const char *what, const struct reference_note *notes)
{
	printf("\n## %s\n\n| %s | meaning |\n|---|---|\n", title, what);
	for (; notes->name != NULL; notes++) {
		printf("| `%s` | ", notes->name);
		print_text(notes->text);
		if (notes->example != NULL) {
			printf(" `");
			print_cell(notes->example);
			printf("`");
		}
		printf(" |\n");
	}
}

void explain_markdown(const struct reference *reference)
{
	printf("# Reference\n\n`make docs` writes this page: it is what `muster explain --markdown` prints.\n\n## "
	       "Words of the manifest\n");
	for (size_t i = 0; i < reference->count; i++)
		if (reference->records[i].kind == NULL)
			print_record(&reference->records[i]);
	for (enum subject subject = 0; subject < SUBJECT_COUNT; subject++)
		print_subject(reference, subject);
	print_notes("How values are written", "value", reference_values);
	print_notes("Exit codes", "code", reference_exit_codes);
}
