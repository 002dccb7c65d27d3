#include "assertions/value/parameter.h"

#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/scan/pattern.h"
#include "assertions/base/version.h"

static void release_glob(void *glob)
{
	glob_free(glob);
}

static int parse_glob(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		      struct value_error *err)
{
	return value_refuse_empty(parameter, written, err) < 0 ? -1 : glob_compile(written->text, ret_value, &err->why);
}

static char *print_glob(const void *value)
{
	const struct glob *glob = *(const struct glob *const *)value;

	return glob != NULL ? memory_string(glob_text(glob)) : NULL;
}

const struct value_type value_glob = {
	.one = "a glob",
	.many = "globs",
	.size = sizeof(struct glob *),
	.example = "'*.tar.gz'",
	.quoting = TEXT_GLOB,
	.schema = {{"string", "number", "boolean"}},
	.parse = parse_glob,
	.release = release_glob,
	.print = print_glob,
	.compare = value_compare_printed,
};

/* What will be a glob must be one already, with any output of a step. */
static int check_glob(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		      struct value_error *err)
{
	struct glob *glob;

	(void)ret_value;
	if (parse_glob(parameter, written, &glob, err) < 0)
		return -1;
	glob_free(glob);
	return 0;
}

const struct value_type value_glob_text = {
	.one = "a glob",
	.many = "globs",
	.size = sizeof(struct text *),
	.example = "'*.tar.gz'",
	.late = true,
	.quoting = TEXT_GLOB,
	.schema = {{"string", "number", "boolean"}},
	.parse = check_glob,
	.print = value_print_text,
	.compare = value_compare_printed,
};

static void release_pattern(void *pattern)
{
	pattern_free(pattern);
}

static int parse_pattern(const struct parameter *parameter, const struct value_written *written, void *ret_value,
			 struct value_error *err)
{
	return value_refuse_empty(parameter, written, err) < 0 ? -1
							       : pattern_compile(written->text, ret_value, &err->why);
}

static char *print_pattern(const void *value)
{
	const struct pattern *pattern = *(const struct pattern *const *)value;

	return pattern != NULL ? memory_string(pattern_text(pattern)) : NULL;
}

const struct value_type value_pattern = {
	.one = "a pattern",
	.many = "patterns",
	.size = sizeof(struct pattern *),
	.example = "'^dump complete$'",
	.quoting = TEXT_PATTERN,
	.schema = {{"string", "number", "boolean"}},
	.parse = parse_pattern,
	.release = release_pattern,
	.print = print_pattern,
	.compare = value_compare_printed,
};

static void release_version_range(void *range)
{
	version_range_free(range);
}

static int parse_version_range(const struct parameter *parameter, const struct value_written *written, void *ret_value,
			       struct value_error *err)
{
	int result = version_range_parse(written->text, ret_value, &err->why);

	(void)parameter;
	err->show_example = result < 0;
	return result;
}

const struct value_type value_version_range = {
	.one = "a version range",
	.many = "version ranges",
	.size = sizeof(struct version_range *),
	.example = "'>=2.3'",
	.schema = {{"string", "number", "boolean"}},
	.parse = parse_version_range,
	.release = release_version_range,
};
