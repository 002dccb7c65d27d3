#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/value/secret.h"
#include "assertions/stores/credentials/credentials_provider.h"
#include "assertions/stores/http/environment.h"
#include "assertions/stores/http/ini.h"

static enum credentials_result keep(struct s3cfg *s3cfg, struct credentials *found, struct error *err)
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

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	bool given = credentials_given(question) == CREDENTIALS_GIVEN_S3CFG;
	cleanup_free char *path = given ? environment_path(question->given->s3cfg) : s3cfg_path();
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
	return keep(s3cfg, found, err);
}

const struct credentials_provider credentials_s3cfg = {.name = "s3cmd's settings",
						       .asked_for = CREDENTIALS_GIVEN_NOTHING | CREDENTIALS_GIVEN_S3CFG,
						       .find = find};
