#include "assertions/checks/assertion.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/version.h"

#define VERSION_TIMEOUT_MS 30000
#define VERSION_OUTPUT_MAX 65536

struct tool_parameters {
	const char *name;
	struct version_range *version;
	const char *version_option;
};

static const struct parameter parameters[] = {
	{"name", &value_string, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct tool_parameters, name),
	 .help = "a program that is on the PATH, or a path", .example = "s3cmd"},
	{"version", &value_version_range, 0, offsetof(struct tool_parameters, version),
	 .help = "which versions will do", .example = "\">=2.3\""},
	{"version_option", &value_string, 0, offsetof(struct tool_parameters, version_option), .fallback = "--version",
	 .help = "the option that makes it print its version", .example = "-V"},
	{0},
};

static const struct record record = {.name = "a tool",
				     .help = "a program",
				     .size = sizeof(struct tool_parameters),
				     .parameters = parameters};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct tool_parameters *tool = self;

	(void)row;
	buffer_print(out, "%s%s%s", tool->name, tool->version != NULL ? ", version " : " can be executed",
		     tool->version != NULL ? version_range_text(tool->version) : "");
}

static enum value_change compare_versions(const struct version_range *before, const struct version_range *after)
{
	if (before == NULL || after == NULL)
		return before == after ? VALUE_SAME : before == NULL ? VALUE_STRONGER : VALUE_WEAKER;
	if (version_range_is_within(after, before))
		return version_range_is_within(before, after) ? VALUE_SAME : VALUE_STRONGER;
	return version_range_is_within(before, after) ? VALUE_WEAKER : VALUE_CHANGED;
}

static enum value_change compare(const void *before, size_t row_before, const void *after, size_t row_after)
{
	const struct tool_parameters *old = before, *new = after;
	enum value_change others = value_compare_records(&record, NULL, before, after);
	enum value_change versions = compare_versions(old->version, new->version);

	(void)row_before;
	(void)row_after;
	return others > versions ? others : versions;
}

static bool is_program(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static char *find_program(const char *name)
{
	const char *from = getenv("PATH");

	if (strchr(name, '/') != NULL)
		return is_program(name) ? memory_string(name) : NULL;
	if (from == NULL)
		from = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t length = strcspn(from, ":");
		cleanup_free char *path =
			length > 0 ? memory_format("%.*s/%s", (int)length, from, name) : memory_format("./%s", name);
		if (is_program(path))
			return memory_string(path);
		if (from[length] == '\0')
			return NULL;
		from += length + 1;
	}
}

static void check_version(const struct tool_parameters *tool, char *path, const struct surroundings_evidence *around,
			  struct finding *finding)
{
	cleanup_free char *option = memory_string(tool->version_option);
	char *const argv[] = {path, option, NULL};
	char version[64], text[PROCESS_END_TEXT_MAX];
	struct process_end end = {0};
	struct error err;
	cleanup_buffer struct buffer output;

	buffer_init(&output, VERSION_OUTPUT_MAX);
	if (around->command(around->context, argv, VERSION_TIMEOUT_MS, &output, &end, &err) < 0)
		finding_unproven(finding, "%s: %s", path, err.message);
	else if (end.outcome != PROCESS_EXITED || end.code != 0)
		finding_fail(finding, "'%s %s' %s", path, option, process_end_text(&end, text));
	else if (version_find(output.data, version, sizeof(version)) < 0)
		finding_unproven(finding, "'%s %s' names no version", path, option);
	else if (!version_in_range(tool->version, version))
		finding_fail(finding, "%s is version %s", path, version);
	else
		finding_pass(finding, "%s, version %s", path, version);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct tool_parameters *tool = self;
	cleanup_free char *path = find_program(tool->name);

	(void)state;
	if (path == NULL) {
		finding_fail(findings, "'%s' is not on the PATH", tool->name);
		finding_hint(findings, "install it in the image, or correct its name");
	} else if (tool->version == NULL) {
		finding_pass(findings, "%s", path);
	} else {
		check_version(tool, path, evidence->surroundings, findings);
	}
}

const struct assertion_kind kind_tool = {
	.name = "tool",
	.subject = SUBJECT_SURROUNDINGS,
	.summary = "a program is there, and of a version that will do",
	.details = "The version is the first number that 'NAME --version' prints.",
	.example = "tool: {name: s3cmd, version: \">=2.3\"}",
	.parameters = &record,
	.expect = expect,
	.compare = compare,
	.conclude = conclude,
};
