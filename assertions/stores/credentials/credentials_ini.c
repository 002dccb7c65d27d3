#include "assertions/stores/credentials/credentials_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/patient.h"

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

struct reading { /* how far it has come */
	struct ini_setting setting;
	const char *opened; /* the last key without a value: indented lines are its block */
};

static bool take_section(struct reading *reading, char *line)
{
	size_t length = strlen(line);

	if (line[0] != '[' || line[length - 1] != ']')
		return false;
	line[length - 1] = '\0';
	*reading = (struct reading){.setting = {.section = trim(line + 1), .block = ""}};
	return true;
}

static bool take_pair(struct reading *reading, char *line, bool indented)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return false;
	*equals = '\0';
	reading->setting.block = indented && reading->opened != NULL ? reading->opened : "";
	reading->setting.key = trim(line);
	reading->setting.value = trim(equals + 1);
	if (reading->setting.block[0] == '\0')
		reading->opened = reading->setting.value[0] == '\0' ? reading->setting.key : NULL;
	return reading->setting.key[0] != '\0';
}

void ini_parse(const char *text, void (*found)(void *context, const struct ini_setting *setting), void *context)
{
	struct reading reading = {.setting = {.section = "", .block = ""}};
	char *copy = memory_string(text), *rest = copy, *line;
	size_t length = strlen(copy);

	while ((line = strsep(&rest, "\n")) != NULL) {
		bool indented = line[0] == ' ' || line[0] == '\t';

		line = trim(line);
		if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
			continue;
		if (take_section(&reading, line) || take_pair(&reading, line, indented))
			found(context, &reading.setting);
	}
	explicit_bzero(copy, length);
	free(copy);
}

int ini_read(const char *path, const char *what, char **ret_text, struct error *err)
{
	cleanup_fd int fd = patient_open(path);

	*ret_text = NULL;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return error_set(err, "cannot read the %s '%s': %s", what, path, strerror(errno));

	char *text = memory_alloc(INI_FILE_MAX + 2);
	size_t length = 0;
	ssize_t got = 1;
	int result = 0;

	while (length <= INI_FILE_MAX && got > 0) {
		got = patient_read(fd, text + length, INI_FILE_MAX + 1 - length, INI_SILENCE_MS, NULL);
		length += got > 0 ? (size_t)got : 0;
	}
	if (got < 0 && errno == ETIMEDOUT)
		result = error_set(
			err, "cannot read the %s '%s': it is a pipe whose writer gave nothing, or no end, within %d s",
			what, path, INI_SILENCE_MS / 1000);
	else if (got < 0)
		result = error_set(err, "cannot read the %s '%s': %s", what, path, strerror(errno));
	else if (length > INI_FILE_MAX)
		result = error_set(err, "the %s '%s' is longer than %zu bytes", what, path, INI_FILE_MAX);
	else
		*ret_text = memory_substring(text, length);
	explicit_bzero(text, INI_FILE_MAX + 2);
	free(text);
	return result;
}
