#include "wrapper/verbs/explain/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/registry.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/report_load.h"

#define MEMBER "/member:"

static const struct id_subject {
	const char *prefix, *called; /* "step:dump/..." is a check of the step 'dump' */
	enum subject subjects[2]; /* of the kinds that stand behind it */
} id_subjects[] = {
	{"store:", "the store", {SUBJECT_STORE, SUBJECT_STORE}},
	{"preflight:", "the preflight, entry", {SUBJECT_SURROUNDINGS, SUBJECT_SURROUNDINGS}},
	{"inventory:", "the inventory", {SUBJECT_INVENTORY, SUBJECT_INVENTORY}},
	{"step:", "the step", {SUBJECT_STEP, SUBJECT_STEP}},
	{"artifact:", "the artifact", {SUBJECT_BYTES, SUBJECT_ARTIFACT}},
	{"upload:", "the upload (artifact@store)", {SUBJECT_UPLOAD, SUBJECT_UPLOAD}},
	{"waiver:", "the waiver, entry", {SUBJECT_COUNT, SUBJECT_COUNT}},
	{0},
};

static const struct id_subject *find_subject(const char *id)
{
	for (const struct id_subject *subject = id_subjects; subject->prefix != NULL; subject++)
		if (strncmp(id, subject->prefix, strlen(subject->prefix)) == 0)
			return subject;
	return NULL;
}

bool explain_check_is_id(const char *word)
{
	return find_subject(word) != NULL && strchr(word, '/') != NULL;
}

/* The last part that is the name of a kind, and where it begins: behind it stands a row of its own, "output/never:0". */
static const struct assertion_kind *find_kind(const struct id_subject *subject, const char *id, size_t *ret_at)
{
	cleanup_free char *rest = memory_string(id);

	for (char *slash; (slash = strrchr(rest, '/')) != NULL; *slash = '\0') {
		slash[1 + strcspn(slash + 1, ":")] = '\0';
		for (size_t i = 0; subject->subjects[0] != SUBJECT_COUNT && i < 2; i++) {
			const struct assertion_kind *kind = registry_find(subject->subjects[i], slash + 1);
			if (kind != NULL) {
				*ret_at = (size_t)(slash - rest);
				return kind;
			}
		}
	}
	return NULL;
}

static void print_field(const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		printf("    %-11s %s\n", name, text);
}

/* Names may hold slashes: the kind and the member end them. */
static void print_parts(const char *id)
{
	const struct id_subject *found = find_subject(id), *subject = found != NULL ? found : id_subjects;
	size_t begin = strlen(subject->prefix), end = begin + strcspn(id + begin, "/"), member_end;
	const struct assertion_kind *kind = find_kind(subject, id, &end);
	const char *member = strstr(id, MEMBER);

	member_end = end;
	if (member != NULL && member < id + end)
		end = (size_t)(member - id);
	cleanup_free char *of = memory_format("%s '%.*s'", subject->called, (int)(end - begin), id + begin);
	cleanup_free char *inside =
		member == NULL || member_end <= end
			? NULL
			: memory_format("%.*s", (int)(member_end - end - strlen(MEMBER)), member + strlen(MEMBER));

	printf("%s\n", id);
	print_field("a check of", of);
	print_field("member", inside);
	if (kind == NULL)
		return;
	cleanup_free char *says = memory_format("%s: %s", kind->name, kind->summary);
	print_field("kind", says);
	if (!kind->never_written && kind->parameters != NULL)
		printf("    %-11s 'muster explain %s' says what can be declared\n", "", kind->name);
}

static void print_check(const struct report *report, const char *path, const struct report_check *check)
{
	char moment[CLOCK_TEXT_MAX];
	cleanup_free char *place = memory_format("line %d of %s", check->line, report->manifest_path);
	cleanup_free char *from =
		memory_format("%s, %s of %s", path, report->mode, clock_format_rfc3339(report->started_ms, moment));
	cleanup_free char *waived = check->waived_because == NULL
					    ? NULL
					    : memory_format("%s (until %s)", check->waived_because,
							    check->waived_until != NULL ? check->waived_until : "?");

	print_parts(check->id);
	if (check->line > 0)
		print_field("declared", place);
	print_field("report", from);
	print_field("verdict", verdict_name(check->verdict));
	print_field("expected", check->expected);
	print_field("seen", check->observed);
	print_field("waived", waived);
	print_field("what to do", check->hint);
}

static int explain_in(const struct report *report, const char *path, const char *id)
{
	cleanup_free const char **ids = memory_array(report->check_count + 1, sizeof(*ids));

	for (size_t i = 0; i < report->check_count; i++) {
		ids[i] = report->checks[i].id;
		if (strcmp(ids[i], id) != 0)
			continue;
		print_check(report, path, &report->checks[i]);
		return EXIT_PASSED;
	}
	const char *nearest = suggest_nearest(id, ids, report->check_count);
	fprintf(stderr, "muster: explain: '%s' has no check '%s'", path, id);
	fprintf(stderr, nearest != NULL ? "; did you mean '%s'?\n" : "; 'muster report --verbose' lists them\n",
		nearest);
	return EXIT_USAGE;
}

int explain_check(const char *id, const struct command_options *options)
{
	const char *named = getenv("MUSTER_REPORT");
	const char *path = options->from != NULL               ? options->from
			   : named != NULL && named[0] != '\0' ? named
							       : "report.json";
	struct report *report;
	struct error err;
	int code;

	if (options->from == NULL && access(path, F_OK) < 0) {
		print_parts(id);
		printf("\n    There is no '%s': --from REPORT.json, or MUSTER_REPORT in the environment, names the "
		       "report\n"
		       "    that says what was seen ('muster run --report json=report.json').\n",
		       path);
		return EXIT_PASSED;
	}
	code = report_load(path, &report, &err);
	if (code != EXIT_PASSED) {
		fprintf(stderr, "muster: explain: %s\n", err.message);
		return code;
	}
	code = explain_in(report, path, id);
	report_free(report);
	return code;
}
