#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/report/report_private.h"

#define LAST_SUCCESS "muster_last_success_timestamp_seconds"
#define KNOWN_MAX 1000 /* as many as there may be manifests in one go */
#define FORMER_LINES_MAX 1000000
#define LABELS_MAX ((size_t)64 << 10)

struct exposition {
	const struct report *report;
	FILE *file;
	struct buffer run_labels; /* those that every sample has */
};

static void add_label(struct buffer *labels, const char *name, const char *value)
{
	buffer_print(labels, "%s%s=\"", labels->length > 0 ? "," : "", name);
	for (; *value != '\0'; value++)
		if (*value == '\\' || *value == '"')
			buffer_print(labels, "\\%c", *value);
		else if (*value == '\n')
			buffer_string(labels, "\\n");
		else
			buffer_append(labels, value, 1);
	buffer_string(labels, "\"");
}

static void put_family(const struct exposition *exposition, const char *name, const char *help)
{
	fprintf(exposition->file, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Label and value in turn, ended by NULL. */
static void put_sample(const struct exposition *exposition, const char *name, const char *const *labels, double value)
{
	cleanup_buffer struct buffer text;

	buffer_init(&text, LABELS_MAX);
	for (; labels[0] != NULL; labels += 2)
		add_label(&text, labels[0], labels[1]);
	fprintf(exposition->file, "%s{%s%s%s} ", name, exposition->run_labels.data, text.length > 0 ? "," : "",
		text.data);
	/* Whole numbers as such: a size in bytes is exact. */
	if (value == floor(value) && fabs(value) < 1e15)
		fprintf(exposition->file, "%.0f\n", value);
	else
		fprintf(exposition->file, "%.3f\n", value);
}

static void put_one(const struct exposition *exposition, const char *name, const char *help, double value)
{
	static const char *const none[] = {NULL};

	put_family(exposition, name, help);
	put_sample(exposition, name, none, value);
}

/* The value of a line such as `NAME{LABELS} 1776738600.000`, or 0. */
static double value_of(const char *line, const char *labels)
{
	size_t name_length = strlen(LAST_SUCCESS), labels_length = strlen(labels);
	const char *at = line + name_length;
	char *end;

	if (strncmp(line, LAST_SUCCESS, name_length) != 0 || at[0] != '{' ||
	    strncmp(at + 1, labels, labels_length) != 0 || strncmp(at + 1 + labels_length, "} ", 2) != 0)
		return 0;
	double value = strtod(at + labels_length + 3, &end);
	return end != at + labels_length + 3 && isfinite(value) && value > 0 ? value : 0;
}

/* A time that is yet to come would keep everybody calm until then; that of this very run is told by this run. */
static bool is_credible(const struct exposition *exposition, double value)
{
	double own = (double)exposition->report->finished_ms / 1000.0;

	return value <= (double)clock_now_ms() / 1000.0 && fabs(value - own) >= 0.001;
}

/* The latest that the report before knew of, 0 where it knew of none; -1 where it cannot be read. */
static double read_success(const struct exposition *exposition, const char *former, struct error *err)
{
	cleanup_file FILE *file = former != NULL ? fopen(former, "re") : NULL;
	cleanup_free char *line = NULL;
	size_t capacity = 0;
	double latest = 0;

	if (former != NULL && file == NULL) {
		error_set(err, "cannot read the last success from the report before: %s", strerror(errno));
		return -1;
	}
	for (int i = 0; file != NULL && i < FORMER_LINES_MAX && getline(&line, &capacity, file) >= 0; i++) {
		double value = value_of(line, exposition->run_labels.data);
		if (value > latest && is_credible(exposition, value))
			latest = value;
	}
	if (file != NULL && ferror(file)) {
		error_set(err, "cannot read the last success from the report before: %s", strerror(errno));
		return -1;
	}
	return latest;
}

/* A run may write its report several times, of which the first replaces what the run before it left. */
static double former_success(const struct exposition *exposition, const char *former, struct error *err)
{
	static struct {
		char *path, *labels;
		double success;
	} known[KNOWN_MAX];
	static size_t count;

	for (size_t i = 0; former != NULL && i < count; i++)
		if (strcmp(known[i].path, former) == 0 && strcmp(known[i].labels, exposition->run_labels.data) == 0)
			return known[i].success;
	double success = read_success(exposition, former, err);
	if (success >= 0 && former != NULL && count < KNOWN_MAX) {
		known[count].path = memory_string(former);
		known[count].labels = memory_string(exposition->run_labels.data);
		known[count++].success = success;
	}
	return success;
}

static void put_checks(const struct exposition *exposition)
{
	const struct report *report = exposition->report;

	put_family(exposition, "muster_check_verdict", "The verdict of a check is what the label says; always 1.");
	for (size_t i = 0; i < report->check_count; i++) {
		const struct report_check *check = &report->checks[i];
		put_sample(exposition, "muster_check_verdict",
			   (const char *const[]){"check", check->id, "kind", check->kind, "verdict",
						 verdict_name(check->verdict), NULL},
			   1);
	}
	put_family(exposition, "muster_check_duration_seconds", "How long a check took to evaluate.");
	for (size_t i = 0; i < report->check_count; i++)
		put_sample(exposition, "muster_check_duration_seconds",
			   (const char *const[]){"check", report->checks[i].id, NULL}, report->checks[i].seconds);
	put_family(exposition, "muster_coverage_percent",
		   "How much of an inventory is covered; 100 only for all of it.");
	for (size_t i = 0; i < report->check_count; i++) {
		const struct report_check *check = &report->checks[i];
		if (check->coverable > 0)
			put_sample(exposition, "muster_coverage_percent",
				   (const char *const[]){"check", check->id, NULL},
				   floor((double)check->covered * 100000 / (double)check->coverable) / 1000);
	}
}

static void put_counts(const struct exposition *exposition)
{
	const struct roll_counts *counts = &exposition->report->counts;

	put_family(exposition, "muster_checks", "How many checks came to a verdict.");
	for (size_t i = 0; i < REPORT_VERDICTS; i++)
		put_sample(exposition, "muster_checks",
			   (const char *const[]){"verdict", verdict_name(report_verdicts[i]), NULL},
			   (double)report_verdict_count(counts, report_verdicts[i]));
}

static void put_steps(const struct exposition *exposition)
{
	const struct report *report = exposition->report;

	put_family(exposition, "muster_step_duration_seconds", "How long the last attempt at a step took.");
	for (size_t i = 0; i < report->step_count; i++)
		if (report->steps[i].started_ms != PARAMETER_UNSET)
			put_sample(exposition, "muster_step_duration_seconds",
				   (const char *const[]){"step", report->steps[i].name, NULL},
				   report->steps[i].seconds);
	put_family(exposition, "muster_step_attempts", "How often a step was tried.");
	for (size_t i = 0; i < report->step_count; i++)
		put_sample(exposition, "muster_step_attempts",
			   (const char *const[]){"step", report->steps[i].name, NULL},
			   (double)report->steps[i].attempts);
}

static void put_artifact_values(const struct exposition *exposition, const char *name, const char *help, size_t offset,
				double scale)
{
	const struct report *report = exposition->report;

	put_family(exposition, name, help);
	for (size_t i = 0; i < report->artifact_count; i++) {
		int64_t value;
		memcpy(&value, (const char *)&report->artifacts[i] + offset, sizeof(value));
		if (value != PARAMETER_UNSET)
			put_sample(exposition, name, (const char *const[]){"artifact", report->artifacts[i].name, NULL},
				   (double)value * scale);
	}
}

static void put_artifacts(const struct exposition *exposition)
{
	put_artifact_values(exposition, "muster_artifact_size_bytes", "The size of an artifact.",
			    offsetof(struct report_artifact, size_bytes), 1);
	put_artifact_values(exposition, "muster_artifact_members", "The members of an archive, folders not counted.",
			    offsetof(struct report_artifact, members), 1);
	put_artifact_values(exposition, "muster_artifact_modified_timestamp_seconds",
			    "When an artifact was last written.", offsetof(struct report_artifact, modified_ms), 0.001);
}

static void put_uploads(const struct exposition *exposition)
{
	const struct report *report = exposition->report;

	put_family(exposition, "muster_upload_size_bytes", "The size of what lies in a store.");
	for (size_t i = 0; i < report->upload_count; i++) {
		const struct report_upload *upload = &report->uploads[i];
		if (upload->size_bytes != PARAMETER_UNSET)
			put_sample(exposition, "muster_upload_size_bytes",
				   (const char *const[]){"artifact", upload->artifact, "store", upload->store, NULL},
				   (double)upload->size_bytes);
	}
}

static void put_notifications(const struct exposition *exposition)
{
	const struct report *report = exposition->report;
	size_t sent = 0;

	for (size_t i = 0; i < report->notification_count; i++)
		sent += report->notifications[i].sent;
	put_family(exposition, "muster_notifications", "How many notifications were sent, and how many could not be.");
	put_sample(exposition, "muster_notifications", (const char *const[]){"outcome", "sent", NULL}, (double)sent);
	put_sample(exposition, "muster_notifications", (const char *const[]){"outcome", "failed", NULL},
		   (double)(report->notification_count - sent));
}

static int put_metrics(const struct exposition *exposition, const char *former, struct error *err)
{
	const struct report *report = exposition->report;
	double finished = (double)report->finished_ms / 1000.0;
	double success = former_success(exposition, former, err);

	if (success < 0)
		return -1;
	put_one(exposition, "muster_last_run_timestamp_seconds", "When the last run ended.", finished);
	put_one(exposition, LAST_SUCCESS, "When the last run that passed ended; 0 where none is known.",
		report->passed && finished > success ? finished : success);
	put_one(exposition, "muster_last_run_passed", "1 where every check of the last run was evaluated and passed.",
		report->passed ? 1 : 0);
	put_one(exposition, "muster_last_run_exit_code", "The exit code of the last run.", report->exit_code);
	put_one(exposition, "muster_last_run_duration_seconds", "How long the last run took.", report_seconds(report));
	put_counts(exposition);
	put_checks(exposition);
	put_steps(exposition);
	put_artifacts(exposition);
	put_uploads(exposition);
	put_notifications(exposition);
	return 0;
}

static int write_prometheus(const struct report *report, const char *former, FILE *file, struct error *err)
{
	struct exposition exposition = {.report = report, .file = file};

	buffer_init(&exposition.run_labels, LABELS_MAX);
	add_label(&exposition.run_labels, "name", report->name);
	add_label(&exposition.run_labels, "mode", report->mode);
	int result = put_metrics(&exposition, former, err);
	buffer_release(&exposition.run_labels);
	return result;
}

const struct report_format report_prometheus = {
	.name = "prometheus",
	.extension = "prom",
	.help = "metrics for node_exporter's textfile collector; the last success outlives failures",
	.remembers = true,
	.write = write_prometheus,
};
