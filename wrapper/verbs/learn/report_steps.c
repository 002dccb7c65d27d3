#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/bytes/source.h"
#include "assertions/scan/pattern.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/learn/learn.h"
#include "wrapper/verbs/report_load.h"

#define HEAD_BYTES 64
#define MASKED "[secret]"
#define SECRET_WORD "(?i)^-.*(?:pass|secret|token|key)"
#define SECRET_VALUE "(?i)(?:pass|secret|token|key)[^=]*=.|://[^/\\s]*@|-----BEGIN|\\bAKIA[0-9A-Z]{16}\\b"
#define DURATION_FACTOR 3
#define DURATION_MIN_MS 60000

bool report_steps_is_report(const char *path)
{
	struct source_file_facts facts;
	struct source *source = NULL;
	struct trouble trouble;
	struct error ignored;
	char head[HEAD_BYTES + 1] = "";
	const unsigned char *data;
	size_t length;

	if (source_open_file(path, &source, &facts, &ignored) < 0)
		return false;
	if (source_next(source, &data, &length, &trouble) == 0)
		memcpy(head, data, length < HEAD_BYTES ? length : HEAD_BYTES);
	source_close(source);
	length = strlen(head);
	size_t begin = strspn(head, " \t\r\n{");
	return length > begin && strchr(head, '{') != NULL && strncmp(head + begin, "\"muster\":", 9) == 0;
}

/* Where it cannot be told it may be one. */
static bool is_found(const char *written, const char *text)
{
	return markers_match(written, text, strlen(text)) != 0;
}

/* What a manifest must not hold, it does not get, though the command line of last time had it. */
static bool write_argv(const json_t *argv, struct buffer *out)
{
	bool is_value = false, masked = false;

	buffer_string(out, "[");
	for (size_t i = 0; i < json_array_size(argv); i++) {
		const char *word = json_string_value(json_array_get(argv, i));
		bool hidden = is_value || is_found(SECRET_VALUE, word) || strstr(word, MASKED) != NULL;
		is_value = !hidden && is_found(SECRET_WORD, word) && strchr(word, '=') == NULL;
		masked |= hidden;
		buffer_string(out, i > 0 ? ", " : "");
		yaml_text_scalar(hidden ? MASKED : word, out);
	}
	buffer_string(out, "]");
	return masked;
}

static bool is_argv(const json_t *argv)
{
	for (size_t i = 0; i < json_array_size(argv); i++)
		if (!json_is_string(json_array_get(argv, i)))
			return false;
	return json_array_size(argv) > 0;
}

static bool write_command(const json_t *stages, struct buffer *out)
{
	bool masked = false;

	if (json_array_size(stages) == 1) {
		buffer_string(out, "    run: ");
		masked = write_argv(json_object_get(json_array_get(stages, 0), "argv"), out);
		buffer_string(out, "\n");
		return masked;
	}
	buffer_string(out, "    pipe:\n");
	for (size_t i = 0; i < json_array_size(stages); i++) {
		buffer_string(out, "      - ");
		masked |= write_argv(json_object_get(json_array_get(stages, i), "argv"), out);
		buffer_string(out, "\n");
	}
	return masked;
}

static bool can_be_written(const json_t *stages)
{
	for (size_t i = 0; i < json_array_size(stages); i++)
		if (!is_argv(json_object_get(json_array_get(stages, i), "argv")))
			return false;
	return json_array_size(stages) > 0;
}

static void write_step(struct draft *draft, const struct report_step *step, const json_t *stages)
{
	struct buffer *out = &draft->steps;
	int64_t took_ms = (int64_t)(step->seconds * 1000.0) * DURATION_FACTOR;
	char text[YAML_TEXT_SIZE_MAX];

	buffer_string(out, "  - name: ");
	yaml_text_scalar(step->name, out);
	buffer_string(out, "\n");
	if (write_command(stages, out))
		draft_note(draft,
			   "an argument of step '%s' was a secret: take it from the environment or a file, by 'env'",
			   step->name);
	buffer_print(out, "    expect:\n      exit: %lld\n      duration: {max: %s}  # three times what it took\n",
		     (long long)step->code,
		     yaml_text_duration(took_ms > DURATION_MIN_MS ? took_ms : DURATION_MIN_MS, text));
}

static int write_steps(struct draft *draft, const struct report *report, const char *path, struct error *err)
{
	const json_t *steps = json_object_get(report->document, "steps");

	if (!report->passed)
		return error_set(err, "nothing is learnt from '%s': that run did not pass", path);
	if (report->step_count > 0)
		buffer_string(&draft->steps,
			      "steps:  # as they were run; what they write to a file is not in a report\n");
	for (size_t i = 0; i < report->step_count; i++) {
		const json_t *stages = json_object_get(json_array_get(steps, i), "stages");
		if (!can_be_written(stages) || strcmp(report->steps[i].outcome, "exited") != 0)
			return error_set(err, "nothing is learnt from '%s': it does not say how the step '%s' was run",
					 path, report->steps[i].name);
		write_step(draft, &report->steps[i], stages);
	}
	for (size_t i = 0; i < report->artifact_count; i++)
		if (report->artifacts[i].location != NULL)
			draft_note(
				draft,
				"the report tells of an artifact '%s' at '%s': give it as a SOURCE too, to learn what "
				"is in it",
				report->artifacts[i].name, report->artifacts[i].location);
	return 0;
}

int report_steps_learn(struct draft *draft, const char *path, int *ret_code, struct error *err)
{
	struct report *report;
	int code = report_load(path, &report, err), result;

	*ret_code = code == EXIT_USAGE ? EXIT_UNPROVEN : EXIT_FAILED;
	if (code != EXIT_PASSED)
		return -1;
	result = write_steps(draft, report, path, err);
	report_free(report);
	return result;
}
