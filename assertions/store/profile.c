#include "profile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/cleanup.h"
#include "../base/memory.h"
#include "../secret.h"

static char *trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;

	size_t length = strlen(text);

	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

static void set(char **target, const char *value)
{
	secret_free(*target);
	*target = value[0] != '\0' ? memory_string(value) : NULL;
}

static void take_entry(struct profile *profile, char *line)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return;
	*equals = '\0';

	const char *key = trim(line), *value = trim(equals + 1);

	if (strcasecmp(key, "aws_access_key_id") == 0)
		set(&profile->access_key, value);
	else if (strcasecmp(key, "aws_secret_access_key") == 0)
		set(&profile->secret_key, value);
	else if (strcasecmp(key, "aws_session_token") == 0 || strcasecmp(key, "aws_security_token") == 0)
		set(&profile->session_token, value);
}

void profile_parse(char *text, const char *name, struct profile *ret_profile)
{
	bool inside = false;
	char *rest = text, *line;

	*ret_profile = (struct profile){0};
	while ((line = strsep(&rest, "\n")) != NULL) {
		line = trim(line);

		size_t length = strlen(line);

		if (line[0] == '#' || line[0] == ';')
			continue;
		if (line[0] == '[' && line[length - 1] == ']') {
			line[length - 1] = '\0';
			inside = strcmp(trim(line + 1), name) == 0;
			ret_profile->found = ret_profile->found || inside;
		} else if (inside) {
			take_entry(ret_profile, line);
		}
	}
}

int profile_read(const char *path, const char *name, struct profile *ret_profile, struct error *err)
{
	cleanup_file FILE *file = fopen(path, "re");

	*ret_profile = (struct profile){0};
	if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (file == NULL)
		return error_set(err, "cannot read the credentials file '%s': %s", path, strerror(errno));

	char *text = memory_alloc(PROFILE_FILE_MAX + 1);
	size_t length = fread(text, 1, PROFILE_FILE_MAX + 1, file);
	int result = 0;

	if (ferror(file))
		result = error_set(err, "cannot read the credentials file '%s': %s", path, strerror(errno));
	else if (length > PROFILE_FILE_MAX)
		result = error_set(err, "the credentials file '%s' is longer than %zu bytes", path, PROFILE_FILE_MAX);
	else
		profile_parse(text, name, ret_profile);
	explicit_bzero(text, PROFILE_FILE_MAX + 1);
	free(text);
	return result;
}

void profile_release(struct profile *profile)
{
	secret_free(profile->access_key);
	secret_free(profile->secret_key);
	secret_free(profile->session_token);
	*profile = (struct profile){0};
}
