/* test: runs 40000 */
/* What a server may say of an object and of itself in headers: a status, then lines "name: value". */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/stores/s3/s3_private.h"

#define FIELDS_MAX 32

static void take_lines(char *text, struct http_response *response)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL && response->count < FIELDS_MAX) {
		char *colon = strstr(line, ": ");

		if (colon == NULL)
			continue;
		*colon = '\0';
		response->fields[response->count++] = (struct http_field){line, colon + 2};
	}
}

static void check_hex(const char *text, size_t length)
{
	if (text[0] != '\0' && (strlen(text) != length || strspn(text, "0123456789abcdef") != length))
		abort();
}

static void check_object(const struct http_response *response)
{
	struct store_object object;
	struct error err = {""};

	if (s3_object_from_headers(response, &object, &err) != 0) {
		if (err.message[0] == '\0')
			abort();
		return;
	}
	if (object.size_bytes < 0 || object.part_count > S3_PARTS_MAX ||
	    (object.etag_may_be_md5 && strlen(object.etag) != 32))
		abort();
	check_hex(object.uploader_md5, 32);
	check_hex(object.uploader_sha256, 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 206, 301, 400, 403, 404, 405, 500};
	struct http_field fields[FIELDS_MAX];
	struct http_response response = {200, fields, 0};
	struct s3_answer answer = {0};

	if (size < 1)
		return 0;
	response.status = statuses[data[0] % 8];

	char *text = memory_substring((const char *)data + 1, size - 1);

	take_lines(text, &response);
	check_object(&response);
	s3_answer_take_headers(&answer, &response);
	if (answer.region[0] != '\0' && !s3_answer_is_region(answer.region))
		abort();
	s3_answer_judge(&answer, true);
	free(text);
	return 0;
}
