#include <jansson.h>

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/secrets.h"
#include "wrapper/report/report_private.h"

#define TEXT_MAX ((size_t)1 << 16)

/* Every string of the report comes through here: masked, and UTF-8 whatever it was. */
static json_t *masked_string(const char *text)
{
	cleanup_buffer struct buffer masked;
	json_t *value;

	buffer_init(&masked, TEXT_MAX);
	if (text == NULL)
		return json_null();
	secrets_mask(text, strlen(text), &masked);
	value = json_string(masked.data);
	if (value != NULL)
		return value;
	for (size_t i = 0; i < masked.length; i++)
		if ((unsigned char)masked.data[i] >= 0x80)
			masked.data[i] = '?';
	return json_string(masked.data);
}

static json_t *moment(int64_t unix_ms)
{
	char text[CLOCK_TEXT_MAX];

	return json_string(clock_format_rfc3339(unix_ms, text));
}

static json_t *seconds(double value)
{
	return json_real(value > 0 ? value : 0);
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *run_object(const struct run *run)
{
	return json_pack("{sososososs}", "id", masked_string(run->id), "started", moment(run->started_ms), "finished",
			 moment(run->finished_ms), "host", masked_string(run->host), "version", MUSTER_VERSION);
}

static json_t *counts_object(const struct roll *roll)
{
	struct roll_counts counts = roll_count(roll);

	return json_pack("{sIsIsIsIsI}", "declared", (json_int_t)counts.declared, "passed", (json_int_t)counts.passed,
			 "failed", (json_int_t)counts.failed, "unproven", (json_int_t)counts.unproven, "waived",
			 (json_int_t)counts.waived);
}

static json_t *coverage_object(const struct finding *finding)
{
	return json_pack("{sIsI}", "covered", (json_int_t)finding->covered, "items", (json_int_t)finding->coverable);
}

static json_t *waiver_object(const struct roll_waiver *waiver)
{
	char date[CLOCK_TEXT_MAX];

	return json_pack("{sososs}", "check", masked_string(glob_text(waiver->check)), "reason",
			 masked_string(waiver->reason), "until", clock_format_date(waiver->until_ms - 1, date));
}

static json_t *checks_array(const struct roll *roll)
{
	json_t *array = json_array();

	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_row *row = &roll->rows[i];
		json_t *object = json_object();
		cleanup_free char *message = report_message(row);
		set(object, "id", masked_string(row->id));
		set(object, "kind", masked_string(row->kind));
		set(object, "verdict", json_string(verdict_name(row->finding.verdict)));
		set(object, "expected", masked_string(row->expected));
		set(object, "observed", masked_string(row->finding.observed));
		set(object, "message", masked_string(message));
		if (row->finding.hint[0] != '\0' && row->finding.verdict != VERDICT_PASS)
			set(object, "hint", masked_string(row->finding.hint));
		if (row->finding.verdict == VERDICT_WAIVED)
			set(object, "waiver", waiver_object(row->waiver));
		if (row->finding.coverable > 0)
			set(object, "coverage", coverage_object(&row->finding));
		set(object, "line", json_integer(row->place.line));
		set(object, "seconds", seconds(row->seconds));
		json_array_append_new(array, object);
	}
	return array;
}

static void set_end(json_t *object, const struct process_end *end)
{
	static const char *const outcomes[] = {[PROCESS_NOT_STARTED] = "not_started",
					       [PROCESS_EXITED] = "exited",
					       [PROCESS_SIGNALED] = "signaled",
					       [PROCESS_TIMED_OUT] = "timed_out"};

	set(object, "outcome", json_string(outcomes[end->outcome]));
	set(object, "code", end->outcome == PROCESS_EXITED ? json_integer(end->code) : json_null());
	if (end->outcome == PROCESS_SIGNALED)
		set(object, "signal", json_integer(end->signal));
}

static json_t *stages_array(const struct run_step *step)
{
	json_t *array = json_array();

	for (size_t i = 0; i < step->stage_count && i < step->result.stage_count; i++) {
		json_t *object = json_object(), *argv = json_array();
		for (char **word = step->stages[i]; *word != NULL; word++)
			json_array_append_new(argv, masked_string(*word));
		set(object, "argv", argv);
		set_end(object, &step->result.ends[i]);
		json_array_append_new(array, object);
	}
	return array;
}

/* The end of the step is that of the first stage that did not exit with 0, or of the last. */
static const struct process_end *step_end(const struct run_step *step)
{
	static const struct process_end none = {0};
	const struct pipeline_result *result = &step->result;

	for (size_t i = 0; i < result->stage_count; i++)
		if (result->ends[i].outcome != PROCESS_EXITED || result->ends[i].code != 0 ||
		    i + 1 == result->stage_count)
			return &result->ends[i];
	return &none;
}

static json_t *steps_array(const struct run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; run->options.mode == RUN_MODE_RUN && i < run->step_count; i++) {
		const struct run_step *step = &run->steps[i];
		json_t *object = json_object();
		set(object, "name", masked_string(step->step->name));
		set_end(object, step_end(step));
		if (step->skipped != NULL)
			set(object, "skipped", masked_string(step->skipped));
		if (step->started)
			set(object, "started", moment(step->started_ms));
		if (step->started)
			set(object, "finished", moment(step->result.started_ms + step->result.duration_ms));
		set(object, "attempts", json_integer(step->attempts));
		set(object, "seconds", seconds((double)step->result.duration_ms / 1000.0));
		set(object, "stages", stages_array(step));
		set(object, "left_behind", json_integer(step->result.left_behind));
		set(object, "max_rss_bytes", json_integer((json_int_t)step->result.max_rss_bytes));
		set(object, "oom_kills", json_integer((json_int_t)step->result.memory_kills));
		set(object, "cpu_seconds", seconds(step->result.cpu_seconds));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *digest(const char *hex)
{
	return hex[0] != '\0' ? json_string(hex) : json_null();
}

static json_t *earlier_array(const struct earlier_backups *earlier)
{
	json_t *array = json_array();

	for (size_t i = 0; i < earlier->count; i++)
		json_array_append_new(array, json_integer((json_int_t)earlier->sizes[i]));
	return array;
}

static json_t *artifacts_array(const struct run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->artifact_count; i++) {
		const struct run_artifact *artifact = &run->artifacts[i];
		json_t *object = json_object();
		set(object, "name", masked_string(artifact->artifact->name));
		set(object, "location", masked_string(artifact->location));
		set(object, "size", artifact->examined ? json_integer((json_int_t)artifact->size_bytes) : json_null());
		set(object, "sha256", digest(artifact->digests.sha256));
		set(object, "md5", digest(artifact->digests.md5));
		set(object, "modified",
		    artifact->examined && artifact->modified_ms != PARAMETER_UNSET ? moment(artifact->modified_ms)
										   : json_null());
		set(object, "members", artifact->walked ? json_integer((json_int_t)artifact->members) : json_null());
		if (artifact->earlier.count > 0)
			set(object, "earlier", earlier_array(&artifact->earlier));
		set(object, "seconds", seconds(artifact->seconds));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *uploads_array(const struct run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->upload_count; i++) {
		const struct run_upload *upload = &run->uploads[i];
		json_t *object = json_object();
		set(object, "artifact", masked_string(upload->artifact->name));
		set(object, "store", masked_string(upload->upload->store));
		set(object, "bucket", masked_string(upload->bucket));
		set(object, "key", masked_string(upload->key));
		set(object, "size", upload->found ? json_integer((json_int_t)upload->object.size_bytes) : json_null());
		set(object, "modified", upload->found ? moment(upload->object.modified_ms) : json_null());
		set(object, "etag", upload->found ? masked_string(upload->object.etag) : json_null());
		set(object, "proof", upload->proof[0] != '\0' ? masked_string(upload->proof) : json_null());
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *notifications_array(const struct run *run)
{
	json_t *array = json_array();

	for (size_t i = 0; i < run->notification_count; i++) {
		const struct run_notification *notification = &run->notifications[i];
		json_t *object = json_object();
		set(object, "kind", json_string(notification->kind));
		set(object, "sent", json_boolean(notification->sent));
		set(object, "status", notification->status != 0 ? json_integer(notification->status) : json_null());
		set(object, "trouble", notification->sent ? json_null() : masked_string(notification->trouble.message));
		json_array_append_new(array, object);
	}
	return array;
}

json_t *json_of_run(const struct run *run)
{
	json_t *root = json_object(), *manifest = json_object();
	int code = run_exit_code(run);
	char sha256[65];

	set(root, "muster", json_integer(MANIFEST_VERSION));
	set(root, "mode", json_string(run_mode_name(run->options.mode)));
	if (run->options.sample)
		set(root, "sample", json_true());
	set(root, "name", masked_string(run->manifest->name));
	set(root, "run", run_object(run));
	set(manifest, "path", masked_string(run->manifest->document.path));
	document_sha256(&run->manifest->document, sha256);
	set(manifest, "sha256", json_string(sha256));
	set(root, "manifest", manifest);
	set(root, "verdict", json_string(code == 0 ? "pass" : "fail"));
	set(root, "exit_code", json_integer(code));
	if (run->nothing_run != NULL)
		set(root, "nothing_run", masked_string(run->nothing_run));
	set(root, "counts", counts_object(&run->roll));
	set(root, "checks", checks_array(&run->roll));
	set(root, "steps", steps_array(run));
	set(root, "artifacts", artifacts_array(run));
	set(root, "uploads", uploads_array(run));
	if (run->notification_count > 0)
		set(root, "notifications", notifications_array(run));
	return root;
}

static int write_json(const struct report *report, const char *former, FILE *file, struct error *err)
{
	(void)former;
	if (json_dumpf(report->document, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) < 0 || fputc('\n', file) == EOF)
		return error_set(err, "it could not be written whole");
	return 0;
}

const struct report_format report_json = {.name = "json",
					  .extension = "json",
					  .help = "everything, for programs and for 'muster report'",
					  .write = write_json};
