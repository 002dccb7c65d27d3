#include "assertions/stores/http/environment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/memory.h"

const char *environment_value(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *environment_either(const char *first, const char *second)
{
	const char *value = environment_value(first);

	return value != NULL ? value : environment_value(second);
}

bool environment_is_true(const char *name)
{
	const char *value = environment_value(name);

	return value != NULL && strcasecmp(value, "true") == 0;
}

char *environment_path(const char *path)
{
	const char *home = environment_value("HOME");

	if (strncmp(path, "~/", 2) != 0)
		return memory_string(path);
	return memory_format("%s/%s", home != NULL ? home : "", path + 2);
}
