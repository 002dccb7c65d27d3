#include "assertions/value/parameter.h"

#include <string.h>

const char *parameter_type_name(const struct parameter *parameter, char text[PARAMETER_TYPE_NAME_MAX])
{
	struct buffer name;

	buffer_init(&name, PARAMETER_TYPE_NAME_MAX - 1);
	value_name(parameter, &name);
	memcpy(text, name.data, name.length + 1);
	buffer_release(&name);
	return text;
}
