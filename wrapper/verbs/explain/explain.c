#include "wrapper/verbs/explain/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/process_end.h"
#include "assertions/base/secrets.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/registry.h"
#include "assertions/stores/store.h"
#include "wrapper/command.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/given_manifests.h"
#include "wrapper/verbs/lint/lint.h"

#define SUBJECT_WIDTH 18
#define LINE_MAX 4096
#define WIDTH 80
#define NAMES_BYTES_MAX 4096

/*
 * `muster explain credentials [MANIFEST]`: where credentials were looked for, in order, what was found, and where endpoint, region
 * and CA certificates are from. No secret is shown.
 */
static void print_finding(void *context, const char *subject, const char *finding)
{
	cleanup_buffer struct buffer line, masked;

	(void)context;
	buffer_init(&line, LINE_MAX);
	buffer_init(&masked, LINE_MAX);
	buffer_print(&line, "    %-*s %s\n", SUBJECT_WIDTH, subject, finding);
	secrets_mask(line.data, line.length, &masked);
	fputs(masked.data, stdout);
}

/* Of a store for which a manifest gives none. */
static void explain_credentials_here(void)
{
	const struct store_driver *driver = store_driver_find("s3");

	printf("Here, for an S3 store of which a manifest says nothing else, in this order:\n");
	driver->explain(NULL, print_finding, NULL);
	printf("'muster explain credentials MANIFEST' says the same of each of its stores.\n");
}

/* 0 where a store has no credentials. */
static int explain_stores(const struct manifest *manifest)
{
	int good = 1;

	for (size_t i = 0; i < manifest->stores.count; i++) {
		const struct manifest_store *store = manifest->stores.entries[i].value;
		const struct store_driver *driver = store->driver;

		printf("%s%s: %s\n", i > 0 ? "\n" : "", manifest->stores.entries[i].name, driver->help);
		if (driver->explain != NULL)
			good = driver->explain(store->config, print_finding, NULL) && good;
		else
			print_finding(NULL, "credentials",
				      driver->has_server ? "what the manifest names, and nothing else"
							 : "none are needed");
	}
	if (manifest->stores.count == 0)
		printf("the manifest declares no stores\n");
	return good;
}

/* Of each store of the manifest. */
static int explain_credentials_of(const char *path, const struct command_options *options)
{
	const struct manifest_options how = given_manifests_options(options, "explain");
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_load(path, &how, &diagnostics);
	int code = given_manifests_code(manifest, &diagnostics);

	if (manifest != NULL)
		code = explain_stores(manifest) ? EXIT_PASSED : EXIT_PREFLIGHT;
	else
		diagnostics_print(&diagnostics, stderr);
	manifest_free(manifest);
	diagnostics_release(&diagnostics);
	return code;
}

static void print_wrapped(int indent, const char *text)
{
	options_print_wrapped(stdout, printf("%*s", indent, ""), indent, WIDTH, text);
}

static void print_example(int indent, const char *key, const char *example)
{
	if (key != NULL)
		printf("%*sfor example  %s: %s\n", indent, "", key, example);
	else
		printf("%*sfor example  %s\n", indent, "", example);
}

static void print_meaning(int indent, const struct parameter *parameter)
{
	if (parameter->help != NULL)
		print_wrapped(indent, parameter->help);
	if (parameter->example != NULL)
		print_example(indent, parameter->name, parameter->example);
}

static void print_parameter(const struct record *record, const struct parameter *parameter)
{
	char value[REFERENCE_VALUE_MAX];

	printf("    %s: %s\n", parameter->name, reference_value(record, parameter, value));
	print_meaning(8, parameter);
}

static void print_parameters(const struct record *record)
{
	cleanup_buffer struct buffer alone;

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		putchar('\n');
		print_parameter(record, parameter);
	}
	buffer_init(&alone, WIDTH * 4);
	reference_list_alone(record, '\'', &alone);
	if (alone.length > 0)
		printf("\n    A value alone, without the mapping, is its %s.\n", alone.data);
}

/* The last two may be NULL. */
static void print_entry(const char *name, const char *what, const char *text, const char *details, const char *example)
{
	printf("%s: %s\n", name, what);
	print_wrapped(4, text);
	if (details != NULL)
		print_wrapped(4, details);
	if (example != NULL)
		print_example(4, NULL, example);
}

static void print_kind(const struct assertion_kind *kind)
{
	cleanup_free char *what = memory_format("a check on %s", registry_subject_name(kind->subject));

	print_entry(kind->name, what, kind->summary, kind->details, kind->example);
	print_parameters(kind->parameters);
}

/* "attempts", "retry.attempts" and "steps.retry.attempts" are all the same word. */
static bool is_end_of(const char *word, const char *path)
{
	size_t word_length = strlen(word), path_length = strlen(path);

	if (word_length > path_length || strcmp(path + path_length - word_length, word) != 0)
		return false;
	return word_length == path_length || path[path_length - word_length - 1] == '.';
}

/* The record that a word's value is written as, if it is one. */
static const struct record *record_below(const struct parameter *parameter)
{
	while (parameter->item != NULL)
		parameter = parameter->item;
	return parameter->record;
}

static void print_word(const char *path, const struct record *record, const struct parameter *parameter,
		       const struct assertion_kind *kind)
{
	char value[REFERENCE_VALUE_MAX];

	if (kind != NULL)
		printf("%s: in the check '%s', %s\n", path, kind->name, reference_value(record, parameter, value));
	else
		printf("%s: in %s, %s\n", path, record->name, reference_value(record, parameter, value));
	print_meaning(4, parameter);
	const struct record *below = record_below(parameter);
	if (below == NULL)
		return;
	printf("\n    It holds %s: %s.\n", below->name, below->help);
	print_parameters(below);
}

static unsigned explain_words(const struct reference *reference, const char *word)
{
	unsigned found = 0;

	for (size_t i = 0; i < reference->count; i++) {
		const struct reference_record *entry = &reference->records[i];
		const struct parameter *parameter = entry->record->parameters;
		for (; parameter->name != NULL; parameter++) {
			cleanup_free char *path = memory_format("%s%s%s", entry->path,
								entry->path[0] != '\0' ? "." : "", parameter->name);
			if (!is_end_of(word, path))
				continue;
			if (found++ > 0)
				putchar('\n');
			print_word(path, entry->record, parameter, entry->kind);
		}
	}
	return found;
}

static unsigned explain_kinds(const char *word)
{
	unsigned found = 0;

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++) {
		if (!reference_is_written(*kind) || strcmp((*kind)->name, word) != 0)
			continue;
		if (found++ > 0)
			putchar('\n');
		print_kind(*kind);
	}
	return found;
}

static unsigned explain_notes(const char *word, const struct reference_note *notes, const char *what)
{
	for (; notes->name != NULL; notes++) {
		if (strcmp(notes->name, word) != 0)
			continue;
		print_entry(notes->name, what, notes->text, NULL, notes->example);
		return 1;
	}
	return 0;
}

/* 128 and more, as a shell or Kubernetes shows it. */
static unsigned explain_signal(const char *word)
{
	char name[PROCESS_END_TEXT_MAX];
	char *end;
	long code = strtol(word, &end, 10);

	if (*end != '\0' || code <= EXIT_SIGNAL_BASE || code > EXIT_SIGNAL_BASE + 64)
		return 0;
	printf("%ld: an exit code\n", code);
	printf("    Ended by %s: the children were ended and reaped, the report was written, the\n    verdict is "
	       "fail.\n",
	       process_signal_name((int)code - EXIT_SIGNAL_BASE, name));
	return 1;
}

static unsigned explain_weaknesses(const char *word)
{
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++) {
		if (strcmp((*weakness)->name, word) != 0)
			continue;
		print_entry(word, "a warning of 'muster lint'", (*weakness)->summary, (*weakness)->details,
			    (*weakness)->example);
		return 1;
	}
	return 0;
}

static const char *nearest_word(const struct reference *reference, const char *word)
{
	const char *names[REFERENCE_NAMES_MAX];
	size_t count = reference_names(reference, names);

	return suggest_nearest(word, names, count);
}

static int explain_word(const struct reference *reference, const char *word)
{
	unsigned found = explain_kinds(word);

	if (found > 0)
		putchar('\n');
	unsigned values = explain_notes(word, reference_values, "how a value is written");
	if (values > 0)
		putchar('\n');
	found += values + explain_notes(word, reference_exit_codes, "an exit code") + explain_signal(word) +
		 explain_weaknesses(word);
	found += explain_words(reference, word);
	if (found > 0)
		return EXIT_PASSED;
	const char *nearest = nearest_word(reference, word);
	fprintf(stderr, "muster: explain: there is no word '%s'", word);
	fprintf(stderr, nearest != NULL ? "; did you mean '%s'?\n" : "; 'muster explain' lists them\n", nearest);
	return EXIT_USAGE;
}

/* Under one title, with commas between. */
static void add_name(struct buffer *names, const char *name)
{
	buffer_print(names, "%s%s", names->length > 0 ? ", " : "", name);
}

static void print_names(const char *title, struct buffer *names)
{
	if (names->length > 0) {
		printf("\n%s\n", title);
		print_wrapped(2, names->data);
	}
	buffer_clear(names);
}

static void print_notes_list(const char *title, const struct reference_note *note, struct buffer *names)
{
	for (; note->name != NULL; note++)
		add_name(names, note->name);
	print_names(title, names);
}

static void print_record_list(const struct reference_record *entry, struct buffer *names)
{
	cleanup_free char *title = entry->path[0] == '\0'
					   ? memory_string("The manifest")
					   : memory_format("%c%s (%s)", toupper((unsigned char)entry->record->name[0]),
							   entry->record->name + 1, entry->path);

	for (const struct parameter *parameter = entry->record->parameters; parameter->name != NULL; parameter++)
		add_name(names, parameter->name);
	print_names(title, names);
}

static void print_kinds_list(enum subject subject, struct buffer *names)
{
	cleanup_free char *title = memory_format("Checks on %s", registry_subject_name(subject));

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if ((*kind)->subject == subject && reference_is_written(*kind))
			add_name(names, (*kind)->name);
	print_names(title, names);
}

static void print_contents(const struct reference *reference)
{
	cleanup_buffer struct buffer names;

	buffer_init(&names, NAMES_BYTES_MAX);
	printf("'muster explain WORD' says what a word means: one of these, an exit code, or a path such\n"
	       "as retry.attempts where a word stands in several places.\n");
	for (size_t i = 0; i < reference->count; i++)
		if (reference->records[i].kind == NULL)
			print_record_list(&reference->records[i], &names);
	for (enum subject subject = 0; subject < SUBJECT_COUNT; subject++)
		print_kinds_list(subject, &names);
	print_notes_list("How values are written", reference_values, &names);
	print_notes_list("Exit codes", reference_exit_codes, &names);
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++)
		add_name(&names, (*weakness)->name);
	print_names("Warnings of 'muster lint'", &names);
}

static int explain_of_manifest(const struct command_options *options)
{
	if (strcmp(options->arguments[0], "credentials") == 0)
		return explain_credentials_of(options->arguments[1], options);
	fprintf(stderr, "muster: explain: only 'credentials' takes a manifest, not '%s'\n", options->arguments[0]);
	return EXIT_USAGE;
}

static int explain(const struct command_options *options)
{
	struct reference *reference = reference_new();
	int code = EXIT_PASSED;

	if (options->markdown)
		explain_markdown(reference);
	else if (options->man != NULL)
		explain_man(reference, options->man);
	else if (options->argument_count == 0)
		print_contents(reference);
	else if (options->argument_count == 2)
		code = explain_of_manifest(options);
	else if (explain_check_is_id(options->arguments[0]))
		code = explain_check(options->arguments[0], options);
	else
		code = explain_word(reference, options->arguments[0]);
	if (options->argument_count == 1 && strcmp(options->arguments[0], "credentials") == 0) {
		putchar('\n');
		explain_credentials_here();
	}
	reference_free(reference);
	return code;
}

const struct command command_explain = {
	.name = "explain",
	.arguments = "[WORD|ID]",
	.help = "the reference for a word of the manifest, a kind of check, an exit code, a check of the last "
		"report; 'credentials' also finds them",
	.arguments_max = 2,
	.run = explain,
};
