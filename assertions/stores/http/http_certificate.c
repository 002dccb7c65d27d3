#include "assertions/stores/http/http_private.h"

#include <string.h>
#include <time.h>

#include "assertions/value/parameter.h"

#define FIELD "Expire date:"

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
