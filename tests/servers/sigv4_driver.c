/*
 * Signs what it is told, for the comparison with another implementation.
 *
 * A case is lines "name<TAB>value" ended by an empty line: access, secret, token, region, service, time (Unix seconds),
 * method, path (encoded), hash, and as often as needed query and header ("name=value" and "name:value", in hexadecimal on both
 * sides of the sign). For each the signature goes to standard output, then the query, a line each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/stores/http/sigv4.h"

#define PAIRS_MAX 64

struct test_case {
	char *texts[PAIRS_MAX * 4];
	size_t text_count;
	struct sigv4_pair query[PAIRS_MAX], headers[PAIRS_MAX];
	struct sigv4_request request;
	struct sigv4_credentials credentials;
	struct sigv4_scope scope;
};

static const char *keep(struct test_case *test, char *text)
{
	test->texts[test->text_count++] = text;
	return text;
}

static const char *from_hex(struct test_case *test, const char *hex, size_t length)
{
	char *text = memory_alloc(length / 2 + 1);

	for (size_t i = 0; i + 1 < length; i += 2) {
		char digits[3] = {hex[i], hex[i + 1], '\0'};

		text[i / 2] = (char)strtol(digits, NULL, 16);
	}
	return keep(test, text);
}

static struct sigv4_pair pair_of(struct test_case *test, const char *value, char sign)
{
	const char *at = strchr(value, sign);

	return (struct sigv4_pair){from_hex(test, value, (size_t)(at - value)), from_hex(test, at + 1, strlen(at + 1))};
}

static void take(struct test_case *test, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **target;
	} texts[] = {
		{"access", &test->credentials.access_key},
		{"secret", &test->credentials.secret_key},
		{"token", &test->credentials.session_token},
		{"region", &test->scope.region},
		{"service", &test->scope.service},
		{"method", &test->request.method},
		{"path", &test->request.path},
		{"hash", &test->request.payload_hash},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(name, texts[i].name) == 0)
			*texts[i].target = keep(test, memory_string(value));
	if (strcmp(name, "time") == 0)
		test->scope.unix_ms = atoll(value) * 1000;
	if (strcmp(name, "query") == 0)
		test->query[test->request.query_count++] = pair_of(test, value, '=');
	if (strcmp(name, "header") == 0)
		test->headers[test->request.header_count++] = pair_of(test, value, ':');
}

static void finish(struct test_case *test)
{
	struct sigv4_signature signature = {0};

	test->request.query = test->query;
	test->request.headers = test->headers;
	sigv4_sign(&test->request, &test->credentials, &test->scope, &signature);
	printf("%s\n%s\n", signature.signature, signature.query);
	sigv4_signature_release(&signature);
	for (size_t i = 0; i < test->text_count; i++)
		free(test->texts[i]);
	memset(test, 0, sizeof(*test));
}

int main(void)
{
	static struct test_case test;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0) {
		line[length - 1] = '\0';

		char *tab = strchr(line, '\t');

		if (line[0] == '\0') {
			finish(&test);
		} else if (tab != NULL) {
			*tab = '\0';
			take(&test, line, tab + 1);
		}
	}
	free(line);
	return 0;
}
