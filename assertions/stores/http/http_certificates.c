#include "assertions/stores/http/http_private.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assertions/stores/http/environment.h"
#include "assertions/value/parameter.h"

#define VARIABLE "SSL_CERT_FILE"
#define FIELD "Expire date:"

/* A muster that was put into an image uses that image's. */
static const char *const places[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine */
	"/etc/pki/tls/certs/ca-bundle.crt", /* Red Hat, Fedora, Amazon */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* the same without the old name */
	"/etc/ssl/ca-bundle.pem", /* SUSE */
	"/etc/ssl/cert.pem", /* Alpine without the package */
};

#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

static int fail_to_read(const struct http_exchange *exchange, const char *path, const char *origin,
			struct http_failure *failure)
{
	return http_failure_set(failure, HTTP_IMPOSSIBLE, "cannot read the CA certificates for '%s' in '%s' (%s): %s",
				exchange->origin, path, origin, strerror(errno));
}

static int fail_to_find(const struct http_exchange *exchange, struct http_failure *failure)
{
	char text[ERROR_MAX];
	size_t length = 0;

	for (size_t i = 0; i < PLACE_COUNT; i++)
		length +=
			(size_t)snprintf(text + length, sizeof(text) - length, "%s'%s'", i > 0 ? ", " : "", places[i]);
	return http_failure_set(
		failure, HTTP_IMPOSSIBLE,
		"there are no CA certificates to trust '%s' by: none of %s is there; name a file of them under "
		"'ca_file' or in " VARIABLE " (for S3 also AWS_CA_BUNDLE)",
		exchange->origin, text);
}

int http_find_ca_file(const struct http_exchange *exchange, const char **ret_path, struct http_failure *ret_failure)
{
	const char *named = environment_value(VARIABLE);

	/* What was named and is not there must not widen what is trusted. */
	if (named != NULL && access(named, R_OK) != 0)
		return fail_to_read(exchange, named, VARIABLE, ret_failure);
	if (named != NULL) {
		*ret_path = named;
		return 0;
	}
	for (size_t i = 0; i < PLACE_COUNT; i++) {
		if (access(places[i], F_OK) != 0)
			continue;
		if (access(places[i], R_OK) != 0)
			return fail_to_read(exchange, places[i], "the system's", ret_failure);
		*ret_path = places[i];
		return 0;
	}
	return fail_to_find(exchange, ret_failure);
}

/* As OpenSSL prints it: "Jan  1 00:00:00 2027 GMT". */
static int64_t parse_date(const char *text)
{
	struct tm moment = {0};
	const char *end = strptime(text, "%b %d %H:%M:%S %Y", &moment);

	return end != NULL && strcmp(end, " GMT") == 0 ? (int64_t)timegm(&moment) * 1000 : PARAMETER_UNSET;
}

/* The first certificate is the server's own. */
int64_t http_certificate_end_ms(const struct http_exchange *exchange)
{
	struct curl_certinfo *certificates = NULL;

	if (curl_easy_getinfo(exchange->easy, CURLINFO_CERTINFO, &certificates) != CURLE_OK || certificates == NULL ||
	    certificates->num_of_certs < 1)
		return PARAMETER_UNSET;
	for (const struct curl_slist *field = certificates->certinfo[0]; field != NULL; field = field->next)
		if (strncmp(field->data, FIELD, strlen(FIELD)) == 0)
			return parse_date(field->data + strlen(FIELD));
	return PARAMETER_UNSET;
}
