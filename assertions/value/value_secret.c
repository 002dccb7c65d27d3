#include "assertions/value/value.h"

#include "assertions/value/parameter.h"

static const struct parameter table[] = {
	{"env", &value_string, PARAMETER_ALTERNATIVE, offsetof(struct secret, env),
	 .help = "the environment variable that holds it", .example = "AWS_SECRET_ACCESS_KEY"},
	{"file", &value_string, PARAMETER_ALTERNATIVE, offsetof(struct secret, file),
	 .help = "the file that holds it; one line end after it is dropped", .example = "/run/secrets/key"},
	{0},
};

static const struct record secret_record = {
	.name = "a secret",
	.help = "where a secret is read from; it is never written in the manifest, and masked wherever it would appear",
	.size = sizeof(struct secret),
	.parameters = table};

static enum value_change compare_secrets(const struct parameter *parameter, const void *before, const void *after)
{
	const struct secret *old = *(const struct secret *const *)before, *new = *(const struct secret *const *)after;

	(void)parameter;
	if (old == NULL || new == NULL)
		return old == new ? VALUE_SAME : VALUE_CHANGED;
	return value_compare_records(&secret_record, NULL, old, new) == VALUE_SAME ? VALUE_SAME : VALUE_CHANGED;
}

const struct value_type value_secret = {
	.one = "a secret",
	.many = "secrets",
	.size = sizeof(struct secret *),
	.example = "{env: NAME}",
	.record = &secret_record,
	.compare = compare_secrets,
};

static enum value_change compare_texts_or_secrets(const struct parameter *parameter, const void *before,
						  const void *after)
{
	const struct text_or_secret *old = before, *new = after;
	const struct parameter text = {.type = &value_text};
	enum value_change secrets = compare_secrets(parameter, &old->secret, &new->secret);

	return secrets != VALUE_SAME ? secrets : value_compare_printed(&text, &old->text, &new->text);
}

const struct value_type value_text_or_secret = {
	.one = "a string or a secret",
	.many = "strings or secrets",
	.size = sizeof(struct text_or_secret),
	.record = &secret_record,
	.schema = {{"string", "number", "boolean"}},
	.compare = compare_texts_or_secrets,
};
