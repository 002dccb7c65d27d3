#include "assertions/checks/assertion.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/scan/pattern.h"

struct env_parameters {
	const char *name;
	const char *equals;
	struct pattern *matches;
};

static const struct parameter parameters[] = {
	{"name", &value_string, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct env_parameters, name),
	 .help = "the variable, which must be set and not empty", .example = "BACKUP_BUCKET_NAME"},
	{"equals", &value_string, PARAMETER_MAY_BE_EMPTY, offsetof(struct env_parameters, equals),
	 .help = "what its value must be", .example = "\"${stores.backups.bucket}\""},
	{"matches", &value_pattern, 0, offsetof(struct env_parameters, matches),
	 .help = "a pattern that must be found in its value", .example = "'\\Ahttps://'"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	const struct env_parameters *env = self;

	if (strchr(env->name, '=') != NULL)
		return error_set(err, "a variable's name has no '=' in it: '%s'", env->name);
	return 0;
}

static const struct record record = {.name = "an env",
				     .help = "a variable of the environment",
				     .size = sizeof(struct env_parameters),
				     .parameters = parameters,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct env_parameters *env = self;

	(void)row;
	buffer_print(out, "%s ", env->name);
	if (env->equals != NULL)
		buffer_print(out, "is '%s'", env->equals);
	if (env->matches != NULL)
		buffer_print(out, "%smatches /%s/", env->equals != NULL ? " and " : "", pattern_text(env->matches));
	if (env->equals == NULL && env->matches == NULL)
		buffer_string(out, "is set");
}

/* A password that is compared must not be shown by the comparison's failing. */
static bool looks_secret(const char *name, const char *value)
{
	static const char *const secret_words[] = {"SECRET", "TOKEN", "PASS", "KEY", "CREDENTIAL", "AUTH", "PRIVATE"};

	for (size_t i = 0; i < sizeof(secret_words) / sizeof(secret_words[0]); i++)
		if (strcasestr(name, secret_words[i]) != NULL)
			return true;
	/* "postgres://user:password@host/db" */
	return strstr(value, "://") != NULL && strchr(value, '@') != NULL;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct env_parameters *env = self;
	const char *value = getenv(env->name);
	const char *shown = value != NULL && looks_secret(env->name, value) ? "a value that is not shown" : value;
	int matched;

	(void)state;
	(void)evidence;
	if (value == NULL || (value[0] == '\0' && (env->equals == NULL || env->equals[0] != '\0'))) {
		finding_fail(findings, "%s is %s", env->name, value == NULL ? "not set" : "empty");
		return;
	}
	if (env->equals != NULL && strcmp(value, env->equals) != 0) {
		finding_fail(findings, "%s is '%s'", env->name, shown);
		finding_hint(findings,
			     "what the Job is configured with is not what the manifest declares: one of them is wrong");
		return;
	}
	matched = env->matches != NULL ? pattern_matches(env->matches, value, strlen(value)) : 1;
	if (matched < 0)
		finding_unproven(findings, "the pattern could not be decided");
	else if (matched == 0)
		finding_fail(findings, "%s is '%s'", env->name, shown);
	else
		finding_pass(findings, "%s is %s%s%s", env->name, env->equals != NULL ? "'" : "set",
			     env->equals != NULL ? shown : "", env->equals != NULL ? "'" : "");
}

const struct assertion_kind kind_env = {
	.name = "env",
	.subject = SUBJECT_SURROUNDINGS,
	.summary = "a variable of the environment that the Job was given",
	.details = "Compare what the tool will use with what the manifest declares: a bucket's name in the "
		   "configuration that is not the bucket's name is how backups stay empty for weeks.",
	.example = "env: {name: BACKUP_BUCKET_NAME, equals: my-backups}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};
