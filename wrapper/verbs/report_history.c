#include "wrapper/verbs/report_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/stores/http/printable.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"

#define NAME_SHOWN_MAX 256
#define REPORT_READ_MAX ((size_t)64 << 20)

struct entry {
	char key[STORE_KEY_MAX];
	int64_t modified_ms;
};

struct gathering {
	const struct glob *glob;
	struct entry newest[REPORT_HISTORY_MAX]; /* the oldest of them first */
	size_t count;
	uint64_t seen;
};

static int found(void *context, const struct store_object *object)
{
	struct gathering *gathering = context;
	size_t place;

	if (!glob_matches(gathering->glob, object->key))
		return 0;
	gathering->seen++;
	for (place = gathering->count; place > 0 && gathering->newest[place - 1].modified_ms > object->modified_ms;
	     place--)
		;
	if (gathering->count < REPORT_HISTORY_MAX) {
		memmove(&gathering->newest[place + 1], &gathering->newest[place],
			(gathering->count - place) * sizeof(gathering->newest[0]));
		gathering->count++;
	} else if (place == 0) {
		return 0;
	} else {
		place--;
		memmove(&gathering->newest[0], &gathering->newest[1], place * sizeof(gathering->newest[0]));
	}
	memcpy(gathering->newest[place].key, object->key, sizeof(gathering->newest[place].key));
	gathering->newest[place].modified_ms = object->modified_ms;
	return 0;
}

static struct report *read_report(struct store *store, const char *key, struct error *err)
{
	struct source *source = NULL;
	struct buffer text;
	struct trouble trouble;
	const unsigned char *data;
	size_t length = 0;
	struct report *report = NULL;
	int result;

	if (store->get(store, key, NULL, &source, err) != STORE_OK)
		return NULL;
	buffer_init(&text, REPORT_READ_MAX);
	while ((result = source_next(source, &data, &length, &trouble)) == 0 && length > 0 && !text.truncated)
		buffer_append(&text, (const char *)data, length);
	if (result < 0)
		*err = trouble.error;
	else
		report = report_parse(text.data, text.length, err);
	source_close(source);
	buffer_release(&text);
	return report;
}

/* "+3%" against the size of that artifact in the report before. */
static void print_size(const struct report_artifact *artifact, const struct report *before)
{
	char text[UNITS_TEXT_MAX], name[NAME_SHOWN_MAX];

	printable_copy(name, sizeof(name), artifact->name);
	printf("  %s %s", name, units_format_size(artifact->size_bytes, text));
	for (size_t i = 0; before != NULL && i < before->artifact_count; i++) {
		int64_t then = before->artifacts[i].size_bytes;
		if (strcmp(before->artifacts[i].name, artifact->name) == 0 && then > 0)
			printf(" (%+.0f%%)", 100.0 * (double)(artifact->size_bytes - then) / (double)then);
	}
}

static void print_line(const struct report *report, const struct report *before)
{
	char moment[CLOCK_TEXT_MAX], mode[NAME_SHOWN_MAX];

	printable_copy(mode, sizeof(mode), report->mode);
	printf("%.19sZ  %-7s %-5s %4zu of %-4zu %8.1f s", clock_format_rfc3339(report->started_ms, moment), mode,
	       report->passed ? "pass" : "FAIL", report->counts.passed, report->counts.declared,
	       report_seconds(report));
	for (size_t i = 0; i < report->artifact_count; i++)
		if (report->artifacts[i].size_bytes > 0)
			print_size(&report->artifacts[i], before);
	putchar('\n');
}

static size_t longest_streak(const bool *passed, size_t count)
{
	size_t streak = 0;

	while (streak < count && passed[count - 1 - streak])
		streak++;
	return streak;
}

static int print_all(struct store *store, const struct gathering *gathering)
{
	struct report *before = NULL;
	bool passed[REPORT_HISTORY_MAX];
	size_t read = 0, good = 0;
	struct error err;

	printf("%-20s  %-7s %-5s %-12s %10s  artifacts\n", "begun", "verb", "", "checks", "took");
	for (size_t i = 0; i < gathering->count; i++) {
		struct report *report = read_report(store, gathering->newest[i].key, &err);
		if (report == NULL) {
			char key[STORE_KEY_MAX];
			printable_copy(key, sizeof(key), gathering->newest[i].key);
			fprintf(stderr, "muster: report: '%s': %s\n", key, err.message);
			continue;
		}
		print_line(report, before);
		passed[read++] = report->passed;
		good += report->passed;
		report_free(before);
		before = report;
	}
	report_free(before);
	if (gathering->seen > gathering->count)
		printf("%llu older ones are not shown\n", (unsigned long long)(gathering->seen - gathering->count));
	printf("%zu of %zu passed; the last %zu in a row\n", good, read, longest_streak(passed, read));
	return read < gathering->count ? EXIT_UNPROVEN : EXIT_PASSED;
}

static const struct manifest_report *find_declared(const struct manifest *manifest, const char *store)
{
	struct manifest_report *const *reports = manifest->reports.items;

	for (size_t i = 0; i < manifest->reports.count; i++)
		if (strcmp(reports[i]->store, store) == 0 &&
		    strcmp(manifest_report_formats[reports[i]->format], "json") == 0)
			return reports[i];
	return NULL;
}

static int show(const struct manifest *manifest, const struct manifest_report *declared, struct error *err)
{
	const struct manifest_store *place = manifest_store(manifest, declared->store);
	cleanup_free char *key = text_describe(declared->key);
	struct gathering *gathering = memory_alloc(sizeof(*gathering));
	struct store *store = NULL;
	struct glob *glob = NULL;
	int code = EXIT_UNPROVEN;

	if (glob_compile_key(key, &glob, err) == 0 && place->driver->open(place->config, &store, err) == 0) {
		gathering->glob = glob;
		if (store->list(store, glob_prefix(glob), found, gathering, err) == STORE_OK) {
			err->message[0] = '\0';
			code = print_all(store, gathering);
		}
	}
	store_close(store);
	glob_free(glob);
	free(gathering);
	return code;
}

int report_history(const struct command_options *options)
{
	const struct manifest_options how = {.verify = true,
					     .vars = options->vars,
					     .var_count = options->var_count,
					     .unset_env_is_warning = true,
					     .run_id = "history",
					     .run_started_ms = clock_now_ms()};
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_load(options->arguments[0], &how, &diagnostics);
	const struct manifest_report *declared = manifest != NULL ? find_declared(manifest, options->history) : NULL;
	struct error err = {""};
	int code = EXIT_MANIFEST;

	diagnostics_print(&diagnostics, stderr);
	if (declared != NULL)
		code = show(manifest, declared, &err);
	else if (manifest != NULL)
		error_set(&err, "the manifest puts no JSON reports into a store '%s': see 'reports'", options->history);
	if (err.message[0] != '\0')
		fprintf(stderr, "muster: report: %s\n", err.message);
	manifest_free(manifest);
	diagnostics_release(&diagnostics);
	return code;
}
