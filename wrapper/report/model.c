#include "wrapper/report/report_private.h"

#include <jansson.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"

#define COMMAND_MAX ((size_t)1 << 16)

enum need { OPTIONAL, REQUIRED };

/* The first trouble is kept; after it whatever is read is as if it were absent. */
struct reading {
	const char *where; /* "checks"; NULL at the top */
	size_t index;
	bool failed;
	struct error *err;
};

static void complain(struct reading *reading, const char *key, const char *problem)
{
	if (reading->failed)
		return;
	reading->failed = true;
	if (reading->where == NULL)
		error_set(reading->err, "'%s' %s", key, problem);
	else
		error_set(reading->err, "'%s' of %s[%zu] %s", key, reading->where, reading->index, problem);
}

static const json_t *member(struct reading *reading, const json_t *object, const char *key, enum need need)
{
	const json_t *value = json_object_get(object, key);

	if (value != NULL && !json_is_null(value))
		return value;
	if (need == REQUIRED)
		complain(reading, key, "is missing");
	return NULL;
}

/* NULL where it is not there, or is no such thing, which is complained of. */
static const json_t *typed_member(struct reading *reading, const json_t *object, const char *key, enum need need,
				  json_type type)
{
	static const char *const problems[] = {
		[JSON_OBJECT] = "is not an object", [JSON_ARRAY] = "is not a list", [JSON_STRING] = "is not a string"};
	const json_t *value = member(reading, object, key, need);

	if (value == NULL || json_typeof(value) == type)
		return value;
	complain(reading, key, problems[type]);
	return NULL;
}

static const char *string(struct reading *reading, const json_t *object, const char *key, enum need need)
{
	const char *text = json_string_value(typed_member(reading, object, key, need, JSON_STRING));

	return text != NULL || need == OPTIONAL ? text : "";
}

static const char *name(struct reading *reading, const json_t *object, const char *key)
{
	const char *value = string(reading, object, key, REQUIRED);

	if (value[0] == '\0')
		complain(reading, key, "is empty");
	return value;
}

static int64_t integer(struct reading *reading, const json_t *object, const char *key, enum need need)
{
	const json_t *value = member(reading, object, key, need);

	if (value == NULL)
		return need == REQUIRED ? 0 : PARAMETER_UNSET;
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		return json_integer_value(value);
	complain(reading, key, "is not a whole number");
	return 0;
}

static double seconds(struct reading *reading, const json_t *object, const char *key)
{
	const json_t *value = member(reading, object, key, OPTIONAL);
	double number = json_number_value(value);

	if (value == NULL)
		return 0;
	if (json_is_number(value) && isfinite(number) && number >= 0)
		return number;
	complain(reading, key, "is not a number of seconds");
	return 0;
}

static int64_t moment(struct reading *reading, const json_t *object, const char *key, enum need need)
{
	const char *text = string(reading, object, key, need);
	int64_t unix_ms = 0;
	struct error ignored;

	if (text == NULL)
		return PARAMETER_UNSET;
	if (clock_parse_rfc3339(text, &unix_ms, &ignored) == 0)
		return unix_ms;
	/* A file may be of a year that has no such name. */
	if (need == REQUIRED)
		complain(reading, key, "is not a moment");
	return PARAMETER_UNSET;
}

static enum verdict verdict(struct reading *reading, const json_t *object)
{
	const char *text = string(reading, object, "verdict", REQUIRED);

	for (size_t i = 0; i < REPORT_VERDICTS; i++)
		if (strcmp(text, verdict_name(report_verdicts[i])) == 0)
			return report_verdicts[i];
	complain(reading, "verdict", "is not one of pass, fail, unproven and waived");
	return VERDICT_UNPROVEN;
}

static void read_check(struct reading *reading, const json_t *object, void *into)
{
	struct report_check *check = into;
	const json_t *waiver = typed_member(reading, object, "waiver", OPTIONAL, JSON_OBJECT);
	const json_t *coverage = typed_member(reading, object, "coverage", OPTIONAL, JSON_OBJECT);

	check->id = name(reading, object, "id");
	check->kind = name(reading, object, "kind");
	check->expected = string(reading, object, "expected", REQUIRED);
	check->observed = string(reading, object, "observed", OPTIONAL);
	if (check->observed == NULL)
		check->observed = "";
	check->message = string(reading, object, "message", REQUIRED);
	check->hint = string(reading, object, "hint", OPTIONAL);
	check->waived_because = waiver != NULL ? string(reading, waiver, "reason", OPTIONAL) : NULL;
	check->waived_until = waiver != NULL ? string(reading, waiver, "until", OPTIONAL) : NULL;
	check->verdict = verdict(reading, object);
	int64_t line = integer(reading, object, "line", REQUIRED);
	check->line = line <= INT32_MAX ? (int)line : 0;
	check->seconds = seconds(reading, object, "seconds");
	check->covered = coverage != NULL ? integer(reading, coverage, "covered", REQUIRED) : PARAMETER_UNSET;
	check->coverable = coverage != NULL ? integer(reading, coverage, "items", REQUIRED) : PARAMETER_UNSET;
	if (check->covered > check->coverable)
		complain(reading, "coverage", "covers more than there is");
}

/* As a person would write it; what holds a space or a quote is quoted, since it is read and not executed. */
static char *command_of(struct reading *reading, const json_t *stages)
{
	struct buffer text;
	size_t s, w;
	const json_t *stage, *word;

	buffer_init(&text, COMMAND_MAX);
	json_array_foreach(stages, s, stage)
	{
		buffer_string(&text, s > 0 ? " | " : "");
		json_array_foreach(typed_member(reading, stage, "argv", REQUIRED, JSON_ARRAY), w, word)
		{
			const char *value = json_string_value(word);
			if (value == NULL)
				complain(reading, "argv", "is not a list of strings");
			else if (value[0] == '\0' || strpbrk(value, " \t\n\"'|") != NULL)
				buffer_print(&text, "%s'%s'", w > 0 ? " " : "", value);
			else
				buffer_print(&text, "%s%s", w > 0 ? " " : "", value);
		}
	}
	return buffer_take(&text);
}

static int64_t or_zero(int64_t value)
{
	return value == PARAMETER_UNSET ? 0 : value;
}

static void read_step(struct reading *reading, const json_t *object, void *into)
{
	struct report_step *step = into;

	step->name = name(reading, object, "name");
	step->outcome = name(reading, object, "outcome");
	step->skipped = string(reading, object, "skipped", OPTIONAL);
	step->command = command_of(reading, typed_member(reading, object, "stages", OPTIONAL, JSON_ARRAY));
	step->code = integer(reading, object, "code", OPTIONAL);
	step->signal = integer(reading, object, "signal", OPTIONAL);
	step->started_ms = moment(reading, object, "started", OPTIONAL);
	step->finished_ms = moment(reading, object, "finished", OPTIONAL);
	step->attempts = or_zero(integer(reading, object, "attempts", OPTIONAL));
	step->left_behind = or_zero(integer(reading, object, "left_behind", OPTIONAL));
	step->max_rss_bytes = or_zero(integer(reading, object, "max_rss_bytes", OPTIONAL));
	step->seconds = seconds(reading, object, "seconds");
	step->cpu_seconds = seconds(reading, object, "cpu_seconds");
}

static void read_artifact(struct reading *reading, const json_t *object, void *into)
{
	struct report_artifact *artifact = into;
	const json_t *earlier = typed_member(reading, object, "earlier", OPTIONAL, JSON_ARRAY), *size;
	size_t i;

	artifact->name = name(reading, object, "name");
	artifact->location = string(reading, object, "location", OPTIONAL);
	artifact->sha256 = string(reading, object, "sha256", OPTIONAL);
	artifact->md5 = string(reading, object, "md5", OPTIONAL);
	artifact->size_bytes = integer(reading, object, "size", OPTIONAL);
	artifact->modified_ms = moment(reading, object, "modified", OPTIONAL);
	artifact->members = integer(reading, object, "members", OPTIONAL);
	artifact->seconds = seconds(reading, object, "seconds");
	artifact->earlier_count = json_array_size(earlier);
	artifact->earlier_bytes = memory_array(artifact->earlier_count, sizeof(*artifact->earlier_bytes));
	json_array_foreach(earlier, i, size)
	{
		artifact->earlier_bytes[i] = json_integer_value(size);
		if (!json_is_integer(size) || json_integer_value(size) < 0)
			complain(reading, "earlier", "is not a list of sizes");
	}
}

static void read_upload(struct reading *reading, const json_t *object, void *into)
{
	struct report_upload *upload = into;

	upload->artifact = name(reading, object, "artifact");
	upload->store = name(reading, object, "store");
	upload->bucket = string(reading, object, "bucket", OPTIONAL);
	upload->key = string(reading, object, "key", OPTIONAL);
	upload->etag = string(reading, object, "etag", OPTIONAL);
	upload->proof = string(reading, object, "proof", OPTIONAL);
	upload->size_bytes = integer(reading, object, "size", OPTIONAL);
	upload->modified_ms = moment(reading, object, "modified", OPTIONAL);
}

static void read_notification(struct reading *reading, const json_t *object, void *into)
{
	struct report_notification *notification = into;
	const json_t *sent = member(reading, object, "sent", REQUIRED);

	notification->kind = name(reading, object, "kind");
	notification->trouble = string(reading, object, "trouble", OPTIONAL);
	notification->sent = json_is_true(sent);
	if (!json_is_boolean(sent))
		complain(reading, "sent", "is neither true nor false");
}

static void *read_list(struct reading *reading, const json_t *root, const char *key, enum need need, size_t size,
		       void (*read)(struct reading *reading, const json_t *object, void *into), size_t *ret_count)
{
	const json_t *array = typed_member(reading, root, key, need, JSON_ARRAY), *object;
	char *items = memory_array(json_array_size(array), size);
	size_t i;

	reading->where = key;
	json_array_foreach(array, i, object)
	{
		reading->index = i;
		if (!json_is_object(object))
			complain(reading, "it", "is not an object");
		read(reading, object, items + i * size);
	}
	reading->where = NULL;
	*ret_count = json_array_size(array);
	return items;
}

static void read_counts(struct reading *reading, const json_t *object, struct roll_counts *counts)
{
	counts->declared = (size_t)integer(reading, object, "declared", REQUIRED);
	counts->passed = (size_t)integer(reading, object, "passed", REQUIRED);
	counts->failed = (size_t)integer(reading, object, "failed", REQUIRED);
	counts->unproven = (size_t)integer(reading, object, "unproven", REQUIRED);
	counts->waived = (size_t)integer(reading, object, "waived", REQUIRED);
}

static void read_head(struct reading *reading, const json_t *root, struct report *report)
{
	const json_t *run = typed_member(reading, root, "run", REQUIRED, JSON_OBJECT);
	const json_t *manifest = typed_member(reading, root, "manifest", REQUIRED, JSON_OBJECT);
	int64_t code = integer(reading, root, "exit_code", REQUIRED);
	const char *verdict_text = string(reading, root, "verdict", REQUIRED);

	if (integer(reading, root, "muster", REQUIRED) != MANIFEST_VERSION)
		complain(reading, "muster", "is not a version of the report that is known here");
	report->mode = name(reading, root, "mode");
	report->name = name(reading, root, "name");
	report->run_id = string(reading, run, "id", REQUIRED);
	report->started_ms = moment(reading, run, "started", REQUIRED);
	report->finished_ms = moment(reading, run, "finished", REQUIRED);
	report->host = string(reading, run, "host", REQUIRED);
	report->version = string(reading, run, "version", REQUIRED);
	report->manifest_path = string(reading, manifest, "path", REQUIRED);
	report->manifest_sha256 = string(reading, manifest, "sha256", REQUIRED);
	report->nothing_run = string(reading, root, "nothing_run", OPTIONAL);
	report->passed = strcmp(verdict_text, "pass") == 0;
	if (!report->passed && strcmp(verdict_text, "fail") != 0)
		complain(reading, "verdict", "is neither pass nor fail");
	report->exit_code = code <= REPORT_CODE_MAX ? (int)code : REPORT_CODE_MAX + 1;
	read_counts(reading, typed_member(reading, root, "counts", REQUIRED, JSON_OBJECT), &report->counts);
}

struct report *report_of_document(json_t *document, struct error *err)
{
	struct report *report = memory_alloc(sizeof(*report));
	struct reading reading = {.err = err};

	report->document = document;
	if (!json_is_object(document))
		complain(&reading, "it", "is not an object");
	read_head(&reading, document, report);
	report->checks = read_list(&reading, document, "checks", REQUIRED, sizeof(*report->checks), read_check,
				   &report->check_count);
	report->steps = read_list(&reading, document, "steps", REQUIRED, sizeof(*report->steps), read_step,
				  &report->step_count);
	report->artifacts = read_list(&reading, document, "artifacts", REQUIRED, sizeof(*report->artifacts),
				      read_artifact, &report->artifact_count);
	report->uploads = read_list(&reading, document, "uploads", REQUIRED, sizeof(*report->uploads), read_upload,
				    &report->upload_count);
	report->notifications = read_list(&reading, document, "notifications", OPTIONAL, sizeof(*report->notifications),
					  read_notification, &report->notification_count);
	if (!reading.failed)
		return report;
	report_free(report);
	return NULL;
}

void report_free(struct report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->step_count; i++)
		free(report->steps[i].command);
	for (size_t i = 0; i < report->artifact_count; i++)
		free(report->artifacts[i].earlier_bytes);
	free(report->checks);
	free(report->steps);
	free(report->artifacts);
	free(report->uploads);
	free(report->notifications);
	json_decref(report->document);
	free(report);
}
