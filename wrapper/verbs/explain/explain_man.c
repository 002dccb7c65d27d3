#include "wrapper/verbs/explain/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"
#include "wrapper/command.h"
#include "wrapper/report/report.h"
#include "wrapper/verbs/lint/lint.h"

#define WIDTH 76

/* A word of text; a dot or a quote that begins a line would make a request of it. */
static void print_word(const char *word, size_t length, bool begins)
{
	if (begins && (word[0] == '.' || word[0] == '\''))
		printf("\\&");
	for (size_t i = 0; i < length; i++)
		printf(word[i] == '\\' ? "\\e" : "%c", word[i]);
}

static bool ends_sentence(const char *word, size_t length)
{
	return strchr(".!?", word[length - 1]) != NULL ||
	       (length > 1 && word[length - 1] == ')' && word[length - 2] == '.');
}

/* Every sentence begins a line, as mdoc(7) wants it. */
static void print_text(const char *text)
{
	size_t column = 0;

	for (text += strspn(text, " \n"); *text != '\0'; text += strspn(text, " \n")) {
		size_t length = strcspn(text, " \n");
		if (column > 0 && column + 1 + length > WIDTH) {
			putchar('\n');
			column = 0;
		}
		if (column > 0)
			putchar(' ');
		print_word(text, length, column == 0);
		column += length + 1;
		if (ends_sentence(text, length)) {
			putchar('\n');
			column = 0;
		}
		text += length;
	}
	if (column > 0)
		putchar('\n');
}

static void print_sentence(const char *text)
{
	size_t length = strlen(text);
	bool ended = length > 0 && ends_sentence(text, length);
	cleanup_free char *sentence =
		memory_format("%c%s%s", toupper((unsigned char)text[0]), length > 0 ? text + 1 : "", ended ? "" : ".");

	print_text(sentence);
}

static void print_example(const char *key, const char *example)
{
	if (example == NULL)
		return;
	printf(".Bd -literal -offset indent\n");
	if (key != NULL)
		printf("%s: ", key);
	for (; *example != '\0'; example++) {
		if (*example == '\\')
			printf("\\e");
		else
			putchar(*example);
	}
	printf("\n.Ed\n");
}

/* SOURCE_DATE_EPOCH (reproducible-builds.org) for those who package it. */
static void print_begin(const char *page, const char *section, const char *name)
{
	const char *given = getenv("SOURCE_DATE_EPOCH");
	time_t now = given != NULL ? (time_t)strtoll(given, NULL, 10) : (time_t)(clock_now_ms() / 1000);
	struct tm day = {0};
	char date[64] = "";

	gmtime_r(&now, &day);
	strftime(date, sizeof(date), "%B %e, %Y", &day);
	printf(".Dd %s\n.Dt %s %s\n.Os\n.Sh NAME\n.Nm %s\n", date, page, section, name);
}

static void print_item(const char *macro, const char *name)
{
	printf(".It %s ", macro);
	print_word(name, strlen(name), true);
	putchar('\n');
}

static void print_notes(const struct reference_note *note)
{
	printf(".Bl -tag -width Ds\n");
	for (; note->name != NULL; note++) {
		print_item("Cm", note->name);
		print_text(note->text);
		print_example(NULL, note->example);
	}
	printf(".El\n");
}

static void print_verbs(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct command *const *command = commands; *command != NULL; command++) {
		printf(".It Cm %s", (*command)->name);
		if ((*command)->arguments[0] != '\0')
			printf(" Ar %s", (*command)->arguments);
		putchar('\n');
		print_sentence((*command)->help);
	}
	printf(".El\n");
}

static void print_options(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct command_option *option = command_options; option->name != NULL; option++) {
		printf(".It ");
		if (option->letter != 0)
			printf("Fl %c , ", option->letter);
		printf("Fl Fl %s", option->name);
		if (option->value != NULL)
			printf(" Ar %s", option->value);
		putchar('\n');
		if (option->verbs != NULL)
			printf("For\n.Cm %s :\n", option->verbs);
		print_sentence(option->help);
	}
	printf(".El\n");
}

static void print_formats(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct report_format *const *format = report_formats; *format != NULL; format++) {
		print_item("Cm", (*format)->name);
		print_sentence((*format)->help);
	}
	printf(".El\n");
}

static void print_environment(void)
{
	static const struct reference_note variables[] = {
		{"MUSTER_TERMINATION_LOG", "Where the termination message goes, instead of to /dev/termination-log.",
		 NULL},
		{"MUSTER_GRACE", "How long muster takes at most once it is told to end, where --grace does not say.",
		 NULL},
		{"MUSTER_REPORT", "The JSON report that 'muster explain ID' looks a check up in.", NULL},
		{"NO_COLOR", "Where it is set to anything, nothing is coloured unless --color says so.", NULL},
		{0},
	};

	printf(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n");
	for (const struct reference_note *variable = variables; variable->name != NULL; variable++) {
		print_item("Ev", variable->name);
		print_text(variable->text);
	}
	printf(".El\n");
}

static void print_program(void)
{
	print_begin("MUSTER", "1", "muster");
	printf(".Nd takes a roll call of a backup\n.Sh SYNOPSIS\n.Nm\n.Ar verb\n.Op Ar options\n.Op Ar arguments\n"
	       ".Sh DESCRIPTION\n.Nm\n");
	print_text("runs the steps that a manifest declares, looks for itself at everything that they should have left "
		   "behind, and exits 0 only when every declared check was evaluated and passed.");
	printf("What a manifest may say is in\n.Xr muster.yaml 5 .\n.Pp\nThe verbs are:\n");
	print_verbs();
	printf(".Pp\nThe options are:\n");
	print_options();
	printf(".Pp\nThe formats of reports are:\n");
	print_formats();
	print_environment();
	printf(".Sh EXIT STATUS\n");
	print_notes(reference_exit_codes);
	printf(".Sh EXAMPLES\nA backup Job, and the canary that looks at what it left behind:\n"
	       ".Bd -literal -offset indent\n"
	       "muster run --report json=report.json backup.yml\nmuster verify backup.yml\n"
	       "muster explain step:dump/exit\n.Ed\n.Sh SEE ALSO\n.Xr muster.yaml 5\n");
}

static void print_record(const struct record *record)
{
	char value[REFERENCE_VALUE_MAX];

	printf(".Bl -tag -width Ds\n");
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		print_item("Cm", parameter->name);
		print_sentence(reference_value(record, parameter, value));
		if (parameter->help != NULL)
			print_sentence(parameter->help);
		print_example(parameter->name, parameter->example);
	}
	printf(".El\n");
}

static void print_words(const struct reference *reference)
{
	printf(".Sh WORDS OF THE MANIFEST\n");
	for (size_t i = 0; i < reference->count; i++) {
		const struct reference_record *entry = &reference->records[i];
		if (entry->kind != NULL)
			continue;
		printf(".Ss %c%s", toupper((unsigned char)entry->record->name[0]), entry->record->name + 1);
		printf(entry->path[0] != '\0' ? " (%s)\n" : "\n", entry->path);
		print_sentence(entry->record->help);
		print_record(entry->record);
	}
}

static void print_kind(const struct reference *reference, size_t i)
{
	const struct assertion_kind *kind = reference->records[i].kind;

	printf(".Ss %s\n", kind->name);
	print_sentence(kind->summary);
	if (kind->details != NULL)
		print_text(kind->details);
	print_example(NULL, kind->example);
	print_record(reference->records[i].record);
	for (i++; i < reference->count && reference->records[i].kind == kind; i++) {
		printf(".Pp\n");
		print_sentence(reference->records[i].record->name);
		print_sentence(reference->records[i].record->help);
		print_record(reference->records[i].record);
	}
}

static void print_kinds(const struct reference *reference)
{
	for (enum subject subject = 0; subject < SUBJECT_COUNT; subject++) {
		bool any = false;
		for (size_t i = 0; i < reference->count; i++) {
			if (!reference_is_kind_on(&reference->records[i], subject))
				continue;
			if (!any) {
				printf(".Sh CHECKS ON ");
				for (const char *name = registry_subject_name(subject); *name != '\0'; name++)
					putchar(toupper((unsigned char)*name));
				putchar('\n');
			}
			any = true;
			print_kind(reference, i);
		}
	}
}

static void print_manifest(const struct reference *reference)
{
	print_begin("MUSTER.YAML", "5", "muster.yaml");
	printf(".Nd what a backup must consist of, and what makes it\n.Sh DESCRIPTION\n"
	       "A manifest is YAML or JSON, read by\n.Xr muster 1 .\n");
	print_text("Unknown keys, duplicate keys, empty lists and variables that are not set are errors.");
	print_words(reference);
	print_kinds(reference);
	printf(".Sh HOW VALUES ARE WRITTEN\n");
	print_notes(reference_values);
	printf(".Sh WARNINGS OF MUSTER LINT\n.Bl -tag -width Ds\n");
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++) {
		print_item("Cm", (*weakness)->name);
		print_sentence((*weakness)->summary);
		print_text((*weakness)->details);
		print_example(NULL, (*weakness)->example);
	}
	printf(".El\n.Sh SEE ALSO\n.Xr muster 1\n");
}

void explain_man(const struct reference *reference, const char *page)
{
	if (strcmp(page, "muster") == 0)
		print_program();
	else
		print_manifest(reference);
}
