#include "assertions/stores/http/http_fields.h"

#include <string.h>

#include "assertions/base/units.h"

int64_t http_number(const struct http_response *response, const char *name)
{
	const char *text = http_field(response, name);
	struct error ignored;
	int64_t number;

	return text != NULL && units_parse_integer(text, &number, &ignored) == 0 ? number : -1;
}

int http_range(const char *text, int64_t *ret_begin, int64_t *ret_size)
{
	char begin[24], size[24];
	const char *dash = strchr(text, '-'), *slash = strchr(text, '/');
	struct error ignored;

	if (strncasecmp(text, "bytes ", 6) != 0 || dash == NULL || slash == NULL || dash > slash ||
	    dash - (text + 6) >= (long)sizeof(begin) || strlen(slash + 1) >= sizeof(size))
		return -1;
	memcpy(begin, text + 6, (size_t)(dash - text) - 6);
	begin[dash - text - 6] = '\0';
	memcpy(size, slash + 1, strlen(slash + 1) + 1);
	if (units_parse_integer(begin, ret_begin, &ignored) != 0 || units_parse_integer(size, ret_size, &ignored) != 0)
		return -1;
	return 0;
}

void http_etag(const char *text, char *ret_etag, size_t room)
{
	size_t length = strlen(text);

	ret_etag[0] = '\0';
	if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
		text++;
		length -= 2;
	}
	if (length >= room)
		return;
	for (size_t i = 0; i < length; i++)
		ret_etag[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	ret_etag[length] = '\0';
}
