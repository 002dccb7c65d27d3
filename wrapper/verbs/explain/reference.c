#include "wrapper/verbs/explain/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/verbs/lint/lint.h"

const struct reference_note reference_values[] = {
	{"boolean", "true or false, in small letters and without quotes; nothing else is one.", "always: true"},
	{"number", "A number, without quotes; a whole one where that is said.", "min: 10"},
	{"size",
	 "A whole number of bytes, or a number with a unit: B, kB, MB, GB, TB are powers of 1000, KiB, MiB, GiB, TiB "
	 "powers of 1024.",
	 "min: 10KiB"},
	{"duration",
	 "One or more numbers with units, the largest first: w, d, h, m, s, ms. A number alone is an error, since "
	 "nobody can tell its unit.",
	 "max_age: 1d12h"},
	{"percent", "A number with a percent sign.", "shrink: 20%"},
	{"date", "A day, which ends at midnight UTC.", "until: 2027-01-31"},
	{"pattern",
	 "A regular expression (PCRE2), looked for anywhere in the text. It is multi-line: ^ and $ stand for the "
	 "begin and the end of a line, \\A and \\z for those of the whole text. Terminal colour codes are removed "
	 "from a step's output before. Write patterns in single quotes, in which a backslash is itself.",
	 "never: ['^\\[Error\\]', 'Bucket not found']"},
	{"glob",
	 "A path with wildcards: * and ? within a part of the path, ** across parts, [a-z] one of several characters, "
	 "{a,b} one of several texts; a backslash makes the next character itself. A leading ./ is no part of a path. "
	 "One that begins with * needs quotes.",
	 "path: '{uploads,artifacts}.tar.gz'"},
	{"version",
	 "One or more conditions on a version number, all of which must hold: >=2.3 >2 <=3 <4.1 =2.3.1, with commas or "
	 "spaces between.",
	 "version: '>=2.3, <4'"},
	{"list",
	 "Values in brackets, or below each other with a dash each. Where a list is expected one value may stand "
	 "alone, but for commands, steps and artifacts. An empty list is an error.",
	 "never: [error, 'Skipping backup']"},
	{"secret",
	 "Where a secret is read from: an environment variable or a file, of which one line end is dropped. It is "
	 "never written in the manifest, and masked wherever it would appear.",
	 "secret_key: {file: /run/secrets/s3}"},
	{"variables",
	 "${vars.NAME} is a value of 'vars' or of --var, ${env.NAME} an environment variable, ${stores.NAME.KEY} what "
	 "a store says of itself (its bucket, its endpoint), ${run.id}, ${run.date} (2026-04-21) and ${run.time} "
	 "(20260421T023000Z) are this run's, and ${step.NAME.stdout} is what a step printed; that one can stand in "
	 "commands, paths and keys of what comes after the step. $$ is a dollar sign: $${x} gives ${x}. Something "
	 "that is not set is an error, never an empty text. In a pattern or a glob a value means itself. When "
	 "verifying, ${run...} in a path, a key or a pattern matches anything.",
	 "key: 'pg/all-${run.date}.sql.gz'"},
	{"path", "Where it is relative it is taken from the current directory.", "file: backup/all.sql.gz"},
	{"id",
	 "Every check has an id that stays the same from run to run, made of its subject and its kind: "
	 "store:backups/region, step:dump/output/never:0, artifact:tar/member:db/database.sql.gz/text, upload:cluster "
	 "dump@offsite/match.",
	 NULL},
	{0},
};

const struct reference_note reference_exit_codes[] = {
	{"0", "Every declared check was evaluated and passed.", NULL},
	{"1", "At least one check failed.", NULL},
	{"2", "The command line is wrong.", NULL},
	{"3", "The manifest is not valid; nothing was run.", NULL},
	{"4", "A store check or the preflight failed; nothing was run.", NULL},
	{"5",
	 "No check failed, but at least one could not be proven: a store could not be reached, a permission is "
	 "missing.",
	 NULL},
	{"70", "An error inside muster.", NULL},
	{"128+N", "Ended by signal N: the children were ended and reaped, the report was written, the verdict is fail.",
	 NULL},
	{0},
};

bool reference_is_written(const struct assertion_kind *kind)
{
	return !kind->never_written && kind->parameters != NULL;
}

static bool is_there(const struct reference *reference, const struct record *record)
{
	for (size_t i = 0; i < reference->count; i++)
		if (reference->records[i].record == record)
			return true;
	return false;
}

static void add_record(struct reference *reference, const char *path, const struct record *record,
		       const struct assertion_kind *kind);

static void add_parameter(struct reference *reference, const char *path, const struct parameter *parameter,
			  const char *name, const struct assertion_kind *kind)
{
	cleanup_free char *inner = memory_format("%s%s%s", path, path[0] != '\0' ? "." : "", name);

	if (parameter->type == &value_record && !is_there(reference, parameter->record))
		add_record(reference, inner, parameter->record, kind);
	else if (parameter->type == &value_list)
		add_parameter(reference, path, parameter->item, name, kind);
	else if (parameter->type == &value_map)
		add_parameter(reference, inner, parameter->item, "NAME", kind);
}

static void add_record(struct reference *reference, const char *path, const struct record *record,
		       const struct assertion_kind *kind)
{
	if (reference->count == REFERENCE_RECORDS_MAX)
		return;
	struct reference_record *entry = &reference->records[reference->count++];
	snprintf(entry->path, sizeof(entry->path), "%s", path);
	entry->record = record;
	entry->kind = kind;
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		add_parameter(reference, path, parameter, parameter->name, kind);
}

struct reference *reference_new(void)
{
	struct reference *reference = memory_alloc(sizeof(*reference));

	add_record(reference, "", &manifest_record, NULL);
	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if (reference_is_written(*kind))
			add_record(reference, (*kind)->name, (*kind)->parameters, *kind);
	return reference;
}

void reference_free(struct reference *reference)
{
	free(reference);
}

bool reference_is_kind_on(const struct reference_record *record, enum subject subject)
{
	return record->kind != NULL && record->kind->subject == subject && record->record == record->kind->parameters;
}

void reference_list_alone(const struct record *record, char quote, struct buffer *out)
{
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if ((parameter->flags & PARAMETER_SHORTHAND) != 0)
			buffer_print(out, "%s%c%s%c", out->length > 0 ? " and " : "", quote, parameter->name, quote);
}

static void add_alternatives(const struct record *record, const struct parameter *parameter, struct buffer *out)
{
	const char *separator = ", instead of ";

	for (const struct parameter *other = record->parameters; other->name != NULL; other++) {
		if (other == parameter || (other->flags & PARAMETER_ALTERNATIVE) == 0)
			continue;
		buffer_print(out, "%s'%s'", separator, other->name);
		separator = " or ";
	}
}

const char *reference_value(const struct record *record, const struct parameter *parameter,
			    char text[REFERENCE_VALUE_MAX])
{
	const struct parameter *value = (parameter->flags & PARAMETER_REST) != 0 ? parameter->item : parameter;
	char type[PARAMETER_TYPE_NAME_MAX];
	cleanup_buffer struct buffer out;

	buffer_init(&out, REFERENCE_VALUE_MAX - 1);
	if (value->type == &value_choice)
		value_name(value, &out);
	else
		buffer_string(&out, parameter_type_name(value, type));
	if ((parameter->flags & PARAMETER_REQUIRED) != 0)
		buffer_string(&out, ", required");
	if ((parameter->flags & PARAMETER_ALTERNATIVE) != 0)
		add_alternatives(record, parameter, &out);
	if (parameter->needs != NULL)
		buffer_print(&out, ", with '%s' beside it", parameter->needs);
	if (parameter->excludes != NULL)
		buffer_print(&out, ", not beside '%s'", parameter->excludes);
	if (parameter->fallback != NULL)
		buffer_print(&out, ", %s unless said", parameter->fallback);
	memcpy(text, out.data, out.length + 1);
	return text;
}

struct names {
	const char **items;
	size_t count;
};

static void add(struct names *names, const char *name)
{
	if (names->count < REFERENCE_NAMES_MAX)
		names->items[names->count++] = name;
}

static void add_notes(struct names *names, const struct reference_note *note)
{
	for (; note->name != NULL; note++)
		add(names, note->name);
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t drop_doubles(struct names *names)
{
	size_t kept = 0;

	qsort(names->items, names->count, sizeof(*names->items), compare);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || strcmp(names->items[kept - 1], names->items[i]) != 0)
			names->items[kept++] = names->items[i];
	return kept;
}

size_t reference_names(const struct reference *reference, const char *ret_names[REFERENCE_NAMES_MAX])
{
	struct names names = {.items = ret_names};

	for (size_t i = 0; i < reference->count; i++) {
		const struct parameter *parameter = reference->records[i].record->parameters;
		for (; parameter->name != NULL; parameter++)
			add(&names, parameter->name);
	}
	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if (reference_is_written(*kind))
			add(&names, (*kind)->name);
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++)
		add(&names, (*weakness)->name);
	add_notes(&names, reference_values);
	add_notes(&names, reference_exit_codes);
	return drop_doubles(&names);
}
