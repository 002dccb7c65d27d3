#include "assertions/stores/http/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

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

struct place { /* of the line that is read */
	struct ini_entry entry;
	const char *opened; /* the last key without a value: indented lines are its block */
};

static bool take_section(struct place *place, char *line)
{
	size_t length = strlen(line);

	if (line[0] != '[' || line[length - 1] != ']')
		return false;
	line[length - 1] = '\0';
	*place = (struct place){.entry = {.section = trim(line + 1), .block = ""}};
	return true;
}

static bool take_pair(struct place *place, char *line, bool indented)
{
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return false;
	*equals = '\0';
	place->entry.block = indented && place->opened != NULL ? place->opened : "";
	place->entry.key = trim(line);
	place->entry.value = trim(equals + 1);
	if (place->entry.block[0] == '\0')
		place->opened = place->entry.value[0] == '\0' ? place->entry.key : NULL;
	return place->entry.key[0] != '\0';
}

void ini_parse(char *text, void (*found)(void *context, const struct ini_entry *entry), void *context)
{
	struct place place = {.entry = {.section = "", .block = ""}};
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		bool indented = line[0] == ' ' || line[0] == '\t';

		line = trim(line);
		if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
			continue;
		if (take_section(&place, line) || take_pair(&place, line, indented))
			found(context, &place.entry);
	}
}

int ini_read(const char *path, const char *what, char **ret_text, struct error *err)
{
	cleanup_file FILE *file = fopen(path, "re");

	*ret_text = NULL;
	if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (file == NULL)
		return error_set(err, "cannot read the %s '%s': %s", what, path, strerror(errno));

	char *text = memory_alloc(INI_FILE_MAX + 2);
	size_t length = fread(text, 1, INI_FILE_MAX + 1, file);
	int result = 0;

	if (ferror(file))
		result = error_set(err, "cannot read the %s '%s': %s", what, path, strerror(errno));
	else if (length > INI_FILE_MAX)
		result = error_set(err, "the %s '%s' is longer than %zu bytes", what, path, INI_FILE_MAX);
	else
		*ret_text = memory_substring(text, length);
	explicit_bzero(text, INI_FILE_MAX + 2);
	free(text);
	return result;
}
