#include "assertions/stores/endpoint.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/stores/http/sigv4.h"

#define TEXT_MAX 8192
#define PORT_MAX 65535
#define BUNNY_S3_HOST "-s3.storage.bunnycdn.com"

static bool is_host_character(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
	       byte == '_';
}

static bool is_host(const char *host)
{
	size_t length = strlen(host);

	if (host[0] == '[')
		return length > 2 && host[length - 1] == ']' && strspn(host + 1, "0123456789abcdef:.") == length - 2;
	for (const char *at = host; *at != '\0'; at++)
		if (!is_host_character(*at))
			return false;
	return length > 0 && host[0] != '.' && host[0] != '-';
}

static bool is_path(const char *path)
{
	for (; *path != '\0'; path++)
		if (*path <= ' ' || *path > '~' || strchr("\"<>\\^`{|}", *path) != NULL)
			return false;
	return true;
}

/* "host:port", the port taken off. 0..PORT_MAX, -1 where it is none. */
static int take_port(char *authority)
{
	char *colon = strrchr(authority, ':');

	if (colon == NULL || strchr(colon, ']') != NULL)
		return 0;

	size_t digits = strspn(colon + 1, "0123456789");
	long port = strtol(colon + 1, NULL, 10);

	*colon = '\0';
	return digits > 0 && digits <= 5 && colon[1 + digits] == '\0' && port > 0 && port <= PORT_MAX ? (int)port : -1;
}

static int take_authority(struct endpoint *endpoint, const char *text, size_t length, struct error *err)
{
	cleanup_free char *authority = memory_substring(text, length);

	for (char *at = authority; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	endpoint->port = take_port(authority);
	if (endpoint->port < 0)
		return error_set(err, "the endpoint's port is not a number from 1 to %d", PORT_MAX);
	if (!is_host(authority) || strlen(authority) >= sizeof(endpoint->host))
		return error_set(err, "the endpoint has no valid host name: '%s'", authority);
	if (endpoint->port == (endpoint->tls ? 443 : 80))
		endpoint->port = 0;
	memcpy(endpoint->host, authority, strlen(authority) + 1);
	return 0;
}

static int take_path(struct endpoint *endpoint, const char *path, struct error *err)
{
	size_t length = strlen(path);

	if (strpbrk(path, "?#") != NULL || !is_path(path))
		return error_set(err, "the endpoint's path is not valid: it holds neither blanks nor a query");
	while (length > 0 && path[length - 1] == '/')
		length--;
	if (length >= sizeof(endpoint->path))
		return error_set(err, "the endpoint's path is longer than %d bytes", ENDPOINT_PATH_MAX - 1);
	memcpy(endpoint->path, path, length);
	endpoint->path[length] = '\0';
	return 0;
}

/* The text is not repeated, and whoever shows the line that it stands in shows no password. */
static int refuse_password(const char *text, struct error *err)
{
	secrets_register_userinfo(text);
	return error_set(err, "an endpoint holds no user and password: they belong under 'credentials'");
}

int endpoint_parse(const char *text, struct endpoint *ret_endpoint, struct error *err)
{
	struct endpoint endpoint = {.tls = true};
	const char *scheme_end = strstr(text, "://");
	const char *rest = scheme_end != NULL ? scheme_end + 3 : text;

	if (strncasecmp(text, "http://", 7) == 0)
		endpoint.tls = false;
	else if (scheme_end != NULL && strncasecmp(text, "https://", 8) != 0)
		return error_set(err, "an endpoint begins with 'https://' or 'http://'");

	size_t length = strcspn(rest, "/?#");

	if (take_authority(&endpoint, rest, length, err) != 0 || take_path(&endpoint, rest + length, err) != 0)
		return strchr(rest, '@') != NULL ? refuse_password(text, err) : -1;
	*ret_endpoint = endpoint;
	return 0;
}

int endpoint_of_region(const char *region, struct endpoint *ret_endpoint, struct error *err)
{
	bool china = strncmp(region, "cn-", 3) == 0;
	cleanup_free char *text = memory_format("https://s3.%s.amazonaws.com%s", region, china ? ".cn" : "");

	return endpoint_parse(text, ret_endpoint, err);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

bool endpoint_is_aws(const struct endpoint *endpoint)
{
	return ends_with(endpoint->host, ".amazonaws.com") || ends_with(endpoint->host, ".amazonaws.com.cn");
}

bool endpoint_is_google(const struct endpoint *endpoint)
{
	return strcmp(endpoint->host, "storage.googleapis.com") == 0 ||
	       ends_with(endpoint->host, ".storage.googleapis.com");
}

void endpoint_own_region(const struct endpoint *endpoint, char ret_region[ENDPOINT_HOST_MAX])
{
	size_t length = strspn(endpoint->host, "abcdefghijklmnopqrstuvwxyz");

	ret_region[0] = '\0';
	if (length == 0 || strcmp(endpoint->host + length, BUNNY_S3_HOST) != 0)
		return;
	memcpy(ret_region, endpoint->host, length);
	ret_region[length] = '\0';
}

bool endpoint_is_address(const struct endpoint *endpoint)
{
	return endpoint->host[0] == '[' || strspn(endpoint->host, "0123456789.") == strlen(endpoint->host);
}

static char *authority(const struct endpoint *endpoint, const char *before)
{
	const char *dot = before[0] != '\0' ? "." : "";

	if (endpoint->port == 0)
		return memory_format("%s%s%s", before, dot, endpoint->host);
	return memory_format("%s%s%s:%d", before, dot, endpoint->host, endpoint->port);
}

char *endpoint_text(const struct endpoint *endpoint)
{
	cleanup_free char *host = authority(endpoint, "");

	return memory_format("%s://%s%s", endpoint->tls ? "https" : "http", host, endpoint->path);
}

void endpoint_target(const struct endpoint *endpoint, bool virtual_host, const char *bucket, const char *key,
		     struct endpoint_target *ret_target)
{
	struct buffer path;

	buffer_init(&path, TEXT_MAX);
	buffer_string(&path, endpoint->path);
	if (!virtual_host) {
		buffer_string(&path, "/");
		sigv4_encode(bucket, false, &path);
	}
	if (key != NULL || virtual_host)
		buffer_string(&path, "/");
	if (key != NULL)
		sigv4_encode(key, true, &path);
	ret_target->path = buffer_take(&path);
	ret_target->host = authority(endpoint, virtual_host ? bucket : "");
}

void endpoint_target_release(struct endpoint_target *target)
{
	free(target->host);
	free(target->path);
	*target = (struct endpoint_target){NULL, NULL};
}
