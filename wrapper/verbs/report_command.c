#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/stores/http/printable.h"
#include "wrapper/command.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/given_manifests.h"
#include "wrapper/verbs/report_load.h"

#define NAME_SHOWN_MAX 256
#define HISTORY_MAX 100 /* the newest */
#define REPORT_READ_MAX ((size_t)64 << 20)

struct put_report {
	char key[STORE_KEY_MAX];
	int64_t modified_ms;
};

struct put_reports {
	const struct glob *glob;
	struct put_report newest[HISTORY_MAX]; /* the oldest of them first */
	size_t count;
	uint64_t found;
};

static int add_if_newest(void *context, const struct store_object *object)
{
	struct put_reports *reports = context;
	size_t place;

	if (!glob_matches(reports->glob, object->key))
		return 0;
	reports->found++;
	for (place = reports->count; place > 0 && reports->newest[place - 1].modified_ms > object->modified_ms; place--)
		;
	if (reports->count < HISTORY_MAX) {
		memmove(&reports->newest[place + 1], &reports->newest[place],
			(reports->count - place) * sizeof(reports->newest[0]));
		reports->count++;
	} else if (place == 0) {
		return 0;
	} else {
		place--;
		memmove(&reports->newest[0], &reports->newest[1], place * sizeof(reports->newest[0]));
	}
	memcpy(reports->newest[place].key, object->key, sizeof(reports->newest[place].key));
	reports->newest[place].modified_ms = object->modified_ms;
	return 0;
}

static struct report *read_put_report(struct store *store, const char *key, struct error *err)
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

static int print_trend(struct store *store, const struct put_reports *reports)
{
	struct report *before = NULL;
	bool passed[HISTORY_MAX];
	size_t read = 0, good = 0;
	struct error err;

	printf("%-20s  %-7s %-5s %-12s %10s  artifacts\n", "begun", "verb", "", "checks", "took");
	for (size_t i = 0; i < reports->count; i++) {
		struct report *report = read_put_report(store, reports->newest[i].key, &err);
		if (report == NULL) {
			char key[STORE_KEY_MAX];
			printable_copy(key, sizeof(key), reports->newest[i].key);
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
	if (reports->found > reports->count)
		printf("%llu older ones are not shown\n", (unsigned long long)(reports->found - reports->count));
	printf("%zu of %zu passed; the last %zu in a row\n", good, read, longest_streak(passed, read));
	return read < reports->count ? EXIT_UNPROVEN : EXIT_PASSED;
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

static int show_history(const struct manifest *manifest, const struct manifest_report *declared, struct error *err)
{
	const struct manifest_store *place = manifest_store(manifest, declared->store);
	cleanup_free char *key = text_describe(declared->key);
	struct put_reports *reports = memory_alloc(sizeof(*reports));
	struct store *store = NULL;
	struct glob *glob = NULL;
	int code = EXIT_UNPROVEN;

	if (glob_compile_key(key, &glob, err) == 0 && place->driver->open(place->config, &store, err) == 0) {
		reports->glob = glob;
		if (store->list(store, glob_prefix(glob), add_if_newest, reports, err) == STORE_OK) {
			err->message[0] = '\0';
			code = print_trend(store, reports);
		}
	}
	store_close(store);
	glob_free(glob);
	free(reports);
	return code;
}

/* `--history STORE`: the JSON reports that runs have put there, with their trend. 0 where they could be read, whatever they say. */
static int report_history(const struct command_options *options)
{
	struct manifest_options how = given_manifests_options(options, "history");
	struct diagnostics diagnostics = {0};
	struct error err = {""};
	int code = EXIT_MANIFEST;

	how.verify = true;
	struct manifest *manifest = manifest_load(options->arguments[0], &how, &diagnostics);
	const struct manifest_report *declared = manifest != NULL ? find_declared(manifest, options->history) : NULL;
	diagnostics_print(&diagnostics, stderr);
	if (declared != NULL)
		code = show_history(manifest, declared, &err);
	else if (manifest != NULL)
		error_set(&err, "the manifest puts no JSON reports into a store '%s': see 'reports'", options->history);
	if (err.message[0] != '\0')
		fprintf(stderr, "muster: report: %s\n", err.message);
	manifest_free(manifest);
	diagnostics_release(&diagnostics);
	return code;
}

static void print_human(const struct report *report, const struct command_options *options)
{
	const struct human_options how = {stdout, options->quiet, options->verbose,
					  options->color == 1 || (options->color < 0 && isatty(STDOUT_FILENO))};

	human_print(report, &how);
}

static int render(const struct report *report, const struct command_options *options)
{
	struct error err;
	int code = EXIT_PASSED;

	if (options->report_count == 0)
		print_human(report, options);
	if (ferror(stdout))
		return EXIT_INTERNAL;
	for (size_t i = 0; i < options->report_count; i++) {
		if (report_write(options->reports[i].format, report, options->reports[i].path, &err) == 0)
			continue;
		fprintf(stderr, "muster: %s\n", err.message);
		code = EXIT_INTERNAL;
	}
	return code;
}

static int report_command(const struct command_options *options)
{
	struct error err;
	struct report *report;
	int code;

	if (options->history != NULL)
		return report_history(options);
	code = report_load(options->arguments[0], &report, &err);
	if (code != EXIT_PASSED) {
		fprintf(stderr, "muster: report: %s\n", err.message);
		return code;
	}
	code = render(report, options);
	report_free(report);
	return code;
}

const struct command command_report = {
	.name = "report",
	.arguments = "FILE",
	.help = "render a JSON report in other formats, or for people (0: it was rendered, not: it passed); with "
		"--history STORE: the trend of those that a manifest put into a store",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = report_command,
};
