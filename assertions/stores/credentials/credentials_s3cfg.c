#include "assertions/stores/credentials/credentials_private.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/value/secret.h"
#include "assertions/stores/http/environment.h"

#define AT(member) offsetof(struct s3cfg, member)

static const struct {
	const char *key;
	size_t offset;
} settings[] = {
	{"access_key", AT(access_key)}, {"secret_key", AT(secret_key)},       {"access_token", AT(session_token)},
	{"host_base", AT(host_base)},   {"host_bucket", AT(host_bucket)},     {"bucket_location", AT(bucket_location)},
	{"use_https", AT(use_https)},   {"ca_certs_file", AT(ca_certs_file)},
};

static char **place_of(struct s3cfg *s3cfg, size_t index)
{
	return (char **)(void *)((char *)s3cfg + settings[index].offset);
}

/* As s3cmd reads it: quotes around all of it are none of it, "$NAME" is the environment's. */
static char *value_of(const char *written)
{
	size_t length = strlen(written);

	if (written[0] == '$') {
		const char *value = environment_value(written + 1);

		return memory_string(value);
	}
	if (length >= 2 && written[0] == '"' && written[length - 1] == '"')
		return length > 2 ? memory_substring(written + 1, length - 2) : NULL;
	return length > 0 && strcasecmp(written, "None") != 0 ? memory_string(written) : NULL;
}

static void take_setting(void *context, const struct ini_setting *said)
{
	struct s3cfg *s3cfg = context;

	for (size_t i = 0; said->key != NULL && i < sizeof(settings) / sizeof(settings[0]); i++) {
		char **place = place_of(s3cfg, i);

		if (strcmp(settings[i].key, said->key) != 0)
			continue;
		secret_free(*place);
		*place = value_of(said->value);
	}
}

void s3cfg_parse(const char *text, struct s3cfg *ret_s3cfg)
{
	*ret_s3cfg = (struct s3cfg){0};
	ini_parse(text, take_setting, ret_s3cfg);
}

void s3cfg_free(struct s3cfg *s3cfg)
{
	if (s3cfg == NULL)
		return;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		secret_free(*place_of(s3cfg, i));
	free(s3cfg->path);
	free(s3cfg);
}

static bool is_no(const char *value)
{
	return value != NULL && (strcasecmp(value, "false") == 0 || strcasecmp(value, "no") == 0 ||
				 strcasecmp(value, "off") == 0 || strcmp(value, "0") == 0);
}

char *s3cfg_endpoint(const struct s3cfg *s3cfg)
{
	const char *host = s3cfg->host_base;

	/* AWS's general name, which s3cmd writes where nothing was chosen: the region says where that is. */
	if (host == NULL || strcasecmp(host, "s3.amazonaws.com") == 0)
		return NULL;
	return memory_format("%s://%s", is_no(s3cfg->use_https) ? "http" : "https", host);
}

bool s3cfg_is_virtual(const struct s3cfg *s3cfg)
{
	return s3cfg->host_bucket != NULL && strncmp(s3cfg->host_bucket, "%(bucket)s.", 11) == 0;
}

const char *s3cfg_region(const struct s3cfg *s3cfg)
{
	const char *location = s3cfg->bucket_location;

	if (location == NULL || strcasecmp(location, "US") == 0)
		return NULL;
	return strcmp(location, "EU") == 0 ? "eu-west-1" : location;
}

static enum credentials_result take_keys(struct s3cfg *s3cfg, struct credentials *found, struct error *err)
{
	found->s3cfg = s3cfg;
	if (s3cfg->access_key == NULL && s3cfg->secret_key == NULL) {
		error_set(err, "'%s' has no access_key", s3cfg->path);
		return CREDENTIALS_ABSENT;
	}
	if (s3cfg->access_key == NULL || s3cfg->secret_key == NULL) {
		error_set(err, "'%s' must have both access_key and secret_key", s3cfg->path);
		return CREDENTIALS_BROKEN;
	}
	found->access_key = memory_string(s3cfg->access_key);
	found->secret_key = memory_string(s3cfg->secret_key);
	found->session_token = memory_string(s3cfg->session_token);
	found->origin = memory_format("s3cmd's settings in '%s'", s3cfg->path);
	return CREDENTIALS_FOUND;
}

/* Where s3cmd looks. */
static char *own_path(void)
{
	const char *given = environment_value("S3CMD_CONFIG");

	return environment_path(given != NULL ? given : "~/.s3cfg");
}

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	bool given = credentials_given(question) == CREDENTIALS_GIVEN_S3CFG;
	cleanup_free char *path = given ? environment_path(question->given->s3cfg) : own_path();
	char *text;

	if (ini_read(path, "file of s3cmd's settings", &text, err) != 0)
		return CREDENTIALS_BROKEN;
	if (text == NULL) {
		error_set(err, "there is no file '%s'", path);
		return CREDENTIALS_ABSENT;
	}

	struct s3cfg *s3cfg = memory_alloc(sizeof(*s3cfg));

	s3cfg_parse(text, s3cfg);
	secret_free(text);
	s3cfg->path = memory_string(path);
	return take_keys(s3cfg, found, err);
}

const struct credentials_provider credentials_s3cfg = {.name = "s3cmd's settings",
						       .asked_for = CREDENTIALS_GIVEN_NOTHING | CREDENTIALS_GIVEN_S3CFG,
						       .find = find};
