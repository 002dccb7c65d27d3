#include "container.h"

#include <string.h>

const char *container_strip_path(char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path[0] != '\0' ? path : ".";
}
