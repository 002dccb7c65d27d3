#include "assertions/checks/assertion.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/scan/scanner.h"

#define OUTPUT_MAX ((size_t)1 << 20)

struct command_parameters {
	struct parameter_list run; /* of const char * */
	struct parameter_list exit; /* of int64_t */
	struct parameter_list always; /* of struct pattern * */
	struct parameter_list never;
	int64_t timeout_ms;
};

static const struct parameter word = {.type = &value_string, .flags = PARAMETER_MAY_BE_EMPTY};
static const struct parameter code = {.type = &value_integer, .maximum = 255};
static const struct parameter pattern = {.type = &value_pattern};
static const struct parameter parameters[] = {
	{"run", &value_list, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct command_parameters, run),
	 .item = &word, .help = "the program and its arguments; no shell is between",
	 .example = "[pg_isready, -h, db]"},
	{"exit", &value_list, 0, offsetof(struct command_parameters, exit), .item = &code, .fallback = "0",
	 .more = MORE_IS_WEAKER, .help = "the codes that count as success", .example = "[0, 3]"},
	{"always", &value_list, 0, offsetof(struct command_parameters, always), .item = &pattern,
	 .more = MORE_IS_STRONGER, .help = "patterns that must be in what it prints", .example = "[accepting]"},
	{"never", &value_list, 0, offsetof(struct command_parameters, never), .item = &pattern,
	 .more = MORE_IS_STRONGER, .help = "patterns that must not be in what it prints", .example = "[rejecting]"},
	{"timeout", &value_duration, 0, offsetof(struct command_parameters, timeout_ms), .fallback = "60s",
	 .help = "how long it may take", .example = "10s"},
	{0},
};

static const struct record record = {.name = "a command",
				     .help = "a command that must succeed",
				     .size = sizeof(struct command_parameters),
				     .parameters = parameters};

static const char *word_at(const struct command_parameters *command, size_t i)
{
	return ((const char *const *)command->run.items)[i];
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct command_parameters *command = self;

	(void)row;
	buffer_string(out, "'");
	for (size_t i = 0; i < command->run.count; i++)
		buffer_print(out, "%s%s", i > 0 ? " " : "", word_at(command, i));
	buffer_string(out, "' exits with ");
	numbers_print(&command->exit, out);
	for (size_t i = 0; i < command->always.count; i++)
		buffer_print(out, ", prints /%s/", pattern_text(((struct pattern *const *)command->always.items)[i]));
	for (size_t i = 0; i < command->never.count; i++)
		buffer_print(out, ", never prints /%s/",
			     pattern_text(((struct pattern *const *)command->never.items)[i]));
}

/* True where a pattern decides that the command does not pass. */
static bool patterns_are_against(const struct command_parameters *command, const struct buffer *output,
				 struct finding *finding)
{
	size_t always = command->always.count, count = always + command->never.count;
	cleanup_free const struct pattern **all = memory_array(count, sizeof(*all));
	struct scanner *scanner;
	struct scan_match match;
	bool against = false;

	for (size_t i = 0; i < count; i++)
		all[i] = i < always ? ((struct pattern *const *)command->always.items)[i]
				    : ((struct pattern *const *)command->never.items)[i - always];
	scanner = scanner_new(all, count, SCANNER_STRIP_COLOURS | SCANNER_DECODE_UTF16);
	scanner_feed(scanner, output->data, output->length);
	scanner_finish(scanner);
	for (size_t i = count; i-- > 0 && !against;) {
		enum scan_result result = scanner_result(scanner, i, &match);
		against = true;
		if (i >= always && result == SCAN_FOUND)
			finding_fail(finding, "line %llu: %s", (unsigned long long)match.line, match.excerpt);
		else if (result == SCAN_UNDECIDED || (output->truncated && result == SCAN_ABSENT))
			finding_unproven(finding, "/%s/ could not be decided: it prints too much",
					 pattern_text(all[i]));
		else if (i < always && result == SCAN_ABSENT)
			finding_fail(finding, "no match of /%s/ in what it prints", pattern_text(all[i]));
		else
			against = false;
	}
	scanner_free(scanner);
	return against;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct command_parameters *command = self;
	const struct surroundings_evidence *around = evidence->surroundings;
	cleanup_free char **argv = memory_array(command->run.count + 1, sizeof(*argv));
	char text[PROCESS_END_TEXT_MAX];
	struct process_end end = {0};
	struct error err;
	cleanup_buffer struct buffer output;

	(void)state;
	buffer_init(&output, OUTPUT_MAX);
	for (size_t i = 0; i < command->run.count; i++)
		argv[i] = memory_string(word_at(command, i));
	if (around->command(around->context, argv, command->timeout_ms, &output, &end, &err) < 0)
		finding_unproven(findings, "%s", err.message);
	else if (secrets_blot(output.data, output.length),
		 end.outcome != PROCESS_EXITED || !numbers_hold(&command->exit, end.code))
		finding_fail(findings, "%s %s%s%.200s", argv[0], process_end_text(&end, text),
			     output.length > 0 ? ": " : "", output.data);
	else if (!patterns_are_against(command, &output, findings))
		finding_pass(findings, "%s", process_end_text(&end, text));
	for (size_t i = 0; i < command->run.count; i++)
		free(argv[i]);
}

const struct assertion_kind kind_command = {
	.name = "command",
	.subject = SUBJECT_SURROUNDINGS,
	.summary = "a command that must succeed before anything is run",
	.example = "command: {run: [sh, -c, \"exit 0\"], timeout: 10s}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};
