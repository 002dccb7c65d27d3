#include "assertions/base/secrets.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"

#define SECRET_MIN 4
#define SECRET_LINE_MIN 8
#define SECRET_PART_MIN 16 /* of a URL: words such as "services" are none */

struct form { /* a spelling of a secret */
	char *bytes;
	size_t length;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct form *forms; /* longest first */
static size_t form_count;

static const char replacement[] = "[secret]";

static void wipe(char *bytes, size_t length)
{
	explicit_bzero(bytes, length);
	free(bytes);
}

/* Takes the bytes over. */
static void add_form(char *bytes, size_t length)
{
	size_t index = 0;

	while (index < form_count && forms[index].length >= length) {
		if (forms[index].length == length && memcmp(forms[index].bytes, bytes, length) == 0) {
			wipe(bytes, length);
			return;
		}
		index++;
	}
	forms = memory_grow(forms, form_count + 1, sizeof(*forms));
	memmove(forms + index + 1, forms + index, (form_count - index) * sizeof(*forms));
	forms[index] = (struct form){bytes, length};
	form_count++;
}

static void add_plain(const char *value, size_t length)
{
	add_form(memory_substring(value, length), length);
}

/* Without padding, so that it is found with and without it. */
static void add_base64(const char *value, size_t length, const char last_two[2])
{
	char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789??";
	char *encoded = memory_array(length / 3 + 1, 4);
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t out = 0;

	memcpy(alphabet + 62, last_two, 2);
	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | (unsigned char)value[i];
		for (bit_count += 8; bit_count >= 6; bit_count -= 6)
			encoded[out++] = alphabet[bits >> (bit_count - 6) & 63];
	}
	if (bit_count > 0)
		encoded[out++] = alphabet[bits << (6 - bit_count) & 63];
	add_form(encoded, out);
}

static void add_percent(const char *value, size_t length, const char *hex, const char *unreserved)
{
	char *encoded = memory_array(length, 3);
	size_t out = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)value[i];
		if ((byte < 128 && isalnum(byte)) || strchr(unreserved, byte) != NULL) {
			encoded[out++] = value[i];
		} else {
			encoded[out++] = '%';
			encoded[out++] = hex[byte >> 4];
			encoded[out++] = hex[byte & 15];
		}
	}
	add_form(encoded, out);
}

static void add_lines(const char *value)
{
	while (*value != '\0') {
		size_t length = strcspn(value, "\r\n");
		if (length >= SECRET_LINE_MIN)
			add_plain(value, length);
		value += length;
		value += strspn(value, "\r\n");
	}
}

static void add_url(const char *value)
{
	const char *authority = strstr(value, "://");

	if (authority == NULL || strncasecmp(value, "http", 4) != 0)
		return;

	const char *rest = authority + 3 + strcspn(authority + 3, "/?#");

	if (strlen(rest) > SECRET_LINE_MIN)
		add_plain(rest + 1, strlen(rest + 1));
	for (const char *at = rest; *at != '\0'; at += *at != '\0') {
		size_t length = strcspn(at, "/?#&=");
		if (length >= SECRET_PART_MIN)
			add_plain(at, length);
		at += length;
	}
}

void secrets_register(const char *value)
{
	size_t length = strlen(value);

	if (length < SECRET_MIN)
		return;
	pthread_mutex_lock(&mutex);
	add_plain(value, length);
	add_base64(value, length, "+/");
	add_base64(value, length, "-_");
	add_percent(value, length, "0123456789ABCDEF", "-._~");
	add_percent(value, length, "0123456789abcdef", "-._~");
	add_percent(value, length, "0123456789ABCDEF", "-._~/");
	add_lines(value);
	add_url(value);
	pthread_mutex_unlock(&mutex);
}

void secrets_register_userinfo(const char *url)
{
	const char *scheme_end = strstr(url, "://"), *begin = scheme_end != NULL ? scheme_end + 3 : url;
	const char *end = strrchr(begin, '@');

	if (end == NULL)
		return;

	char *userinfo = memory_substring(begin, (size_t)(end - begin));
	const char *colon = strchr(userinfo, ':');

	secrets_register(userinfo);
	if (colon != NULL)
		secrets_register(colon + 1);
	wipe(userinfo, strlen(userinfo));
}

void secrets_forget_all(void)
{
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < form_count; i++)
		wipe(forms[i].bytes, forms[i].length);
	free(forms);
	forms = NULL;
	form_count = 0;
	pthread_mutex_unlock(&mutex);
}

/* Where each form stands next at or after a place. */
struct form_search {
	const char *text;
	size_t length;
	size_t *next; /* one for each form, `length` where there is none */
};

static size_t find_from(const struct form_search *search, const struct form *form, size_t from)
{
	if (from >= search->length)
		return search->length;
	const char *hit = memmem(search->text + from, search->length - from, form->bytes, form->length);
	return hit != NULL ? (size_t)(hit - search->text) : search->length;
}

static void search_begin(struct form_search *search, const char *text, size_t length)
{
	*search = (struct form_search){text, length, memory_array(form_count, sizeof(size_t))};
	for (size_t i = 0; i < form_count; i++)
		search->next[i] = find_from(search, &forms[i], 0);
}

/*
 * The next stretch that secrets cover. Those that overlap are one stretch:
 * hiding only the first of them would show the other's end.
 */
static bool search_next(struct form_search *search, size_t *ret_begin, size_t *ret_end)
{
	size_t begin = search->length, end = 0;

	for (size_t i = 0; i < form_count; i++) {
		if (search->next[i] < begin || (search->next[i] == begin && begin + forms[i].length > end)) {
			begin = search->next[i];
			end = begin + forms[i].length;
		}
	}
	if (begin == search->length)
		return false;
	for (size_t i = 0; i < form_count; i++) {
		while (search->next[i] < end) {
			size_t own_end = search->next[i] + forms[i].length;
			search->next[i] = find_from(search, &forms[i], search->next[i] + 1);
			if (own_end > end) {
				end = own_end;
				i = (size_t)-1; /* it may reach the beginnings of forms that were passed over */
				break;
			}
		}
	}
	*ret_begin = begin;
	*ret_end = end;
	return true;
}

void secrets_blot(char *text, size_t length)
{
	size_t begin, end;
	struct form_search search;

	pthread_mutex_lock(&mutex);
	search_begin(&search, text, length);
	while (search_next(&search, &begin, &end))
		memset(text + begin, '*', end - begin);
	free(search.next);
	pthread_mutex_unlock(&mutex);
}

size_t secrets_longest(void)
{
	pthread_mutex_lock(&mutex);
	size_t longest = form_count > 0 ? forms[0].length : 0;
	pthread_mutex_unlock(&mutex);
	return longest;
}

void secrets_mask(const char *text, size_t length, struct buffer *out)
{
	size_t from = 0, begin, end;
	struct form_search search;

	pthread_mutex_lock(&mutex);
	search_begin(&search, text, length);
	while (search_next(&search, &begin, &end)) {
		buffer_append(out, text + from, begin - from);
		buffer_append(out, replacement, strlen(replacement));
		from = end;
	}
	buffer_append(out, text + from, length - from);
	free(search.next);
	pthread_mutex_unlock(&mutex);
}

void secrets_mask_string(char *text)
{
	size_t length = strlen(text), from = 0, written = 0, begin, end;
	struct form_search search;

	pthread_mutex_lock(&mutex);
	search_begin(&search, text, length);
	while (search_next(&search, &begin, &end)) {
		size_t shown = end - begin < strlen(replacement) ? end - begin : strlen(replacement);
		memmove(text + written, text + from, begin - from);
		written += begin - from;
		memcpy(text + written, replacement, shown);
		written += shown;
		from = end;
	}
	memmove(text + written, text + from, length - from + 1);
	free(search.next);
	pthread_mutex_unlock(&mutex);
}
