#include "assertions/stores/s3/s3_list.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/bucket.h"
#include "assertions/stores/s3/s3_request.h"

#define KEYS_A_PAGE "1000"

struct listing {
	struct s3 *s3;
	char *prefix; /* whole */
	const char *page_keys;
	bool version_1;
	bool encoded; /* ask for URL-encoded keys */
	char token[S3_TOKEN_MAX]; /* where the next page begins; "" for the first */
	char mark[S3_TOKEN_MAX]; /* one of the tokens before: a circle comes back to it */
	char first_key[STORE_KEY_MAX], last_key[STORE_KEY_MAX]; /* of the page before that held any; "" */
	struct s3_page page;
	unsigned pages, empty_pages;
};

static void begin_page(void *context)
{
	s3_page_clear(context);
}

static bool page_is_complete(void *context, struct error *err)
{
	return s3_page_finish(context, err) == 0;
}

static void ask_for_page(struct listing *listing, bool once, struct s3_answer *answer)
{
	struct s3_request request = {
		.method = "GET",
		.once = once,
		.xml = &s3_page_events,
		.xml_context = &listing->page,
		.xml_begin = begin_page,
		.xml_complete = page_is_complete,
		.what = "listing",
		.subject = listing->prefix,
		.permission = "s3:ListBucket",
	};

	if (!listing->version_1)
		s3_request_add_query(&request, "list-type", "2");
	s3_request_add_query(&request, "max-keys", listing->page_keys);
	s3_request_add_query(&request, "prefix", listing->prefix);
	if (listing->token[0] != '\0')
		s3_request_add_query(&request, listing->version_1 ? "marker" : "continuation-token", listing->token);
	if (listing->encoded)
		s3_request_add_query(&request, "encoding-type", "url");
	s3_ask(listing->s3, &request, answer);
}

static bool knows_no_version_2(const struct s3_answer *answer)
{
	return answer->status == STORE_UNSUPPORTED || strcmp(answer->code, "InvalidArgument") == 0;
}

/*
 * Keys may hold what XML cannot: then the page is not well-formed, and only encoding helps. It is no more than a
 * second choice, since some servers encode without saying so, or say so without encoding.
 */
static bool may_need_encoding(const struct s3_answer *answer)
{
	return answer->status == STORE_BROKEN && answer->http_status == 200;
}

/* Swift's server breaks down over such a key, every time. */
static bool may_have_broken_down(const struct s3_answer *answer)
{
	return answer->http_status == 500;
}

static void try_encoded(struct listing *listing, struct s3_answer *answer)
{
	struct s3_answer encoded;

	listing->encoded = true;
	ask_for_page(listing, true, &encoded);
	listing->encoded = encoded.status == STORE_OK;
	s3_answer_release(listing->encoded ? answer : &encoded);
	if (listing->encoded)
		*answer = encoded;
}

static void get_page(struct listing *listing, struct s3_answer *answer)
{
	ask_for_page(listing, false, answer);
	if (listing->pages == 0 && !listing->version_1 && knows_no_version_2(answer)) {
		s3_answer_release(answer);
		listing->version_1 = true;
		ask_for_page(listing, false, answer);
	}
	if (!listing->encoded && may_need_encoding(answer)) {
		s3_answer_release(answer);
		listing->encoded = true;
		ask_for_page(listing, false, answer);
	}
	if (!listing->encoded && may_have_broken_down(answer))
		try_encoded(listing, answer);
	listing->pages++;
}

static int nonsense(const struct listing *listing, const char *why, struct error *err)
{
	return error_set(err, "the listing of '%s' makes no sense: %s", listing->s3->store.description, why);
}

/* A server that ignores list-type answers in version 1, and goes on from a marker or else from the last key. */
static const char *next_of(struct listing *listing)
{
	const struct s3_page *page = &listing->page;

	if (!listing->version_1 && page->next_token[0] != '\0')
		return page->next_token;
	if (!listing->version_1 && !page->has_marker)
		return NULL;
	listing->version_1 = true;
	if (page->next_marker[0] != '\0')
		return page->next_marker;
	return page->count > 0 ? s3_page_key(page, page->count - 1) : NULL;
}

static bool is_power_of_two(unsigned number)
{
	return (number & (number - 1)) == 0;
}

/* 1: go on, 0: that was all, -1. */
static int advance(struct listing *listing, struct error *err)
{
	if (!listing->page.truncated)
		return 0;

	const char *next = next_of(listing);

	if (next == NULL)
		return nonsense(listing, "there is more, but it does not say where", err);
	if (strlen(next) >= sizeof(listing->token))
		return nonsense(listing, "a key is too long", err);
	if (strcmp(next, listing->token) == 0 || strcmp(next, listing->mark) == 0)
		return nonsense(listing, "the same page comes again", err);
	listing->empty_pages = listing->page.count == 0 ? listing->empty_pages + 1 : 0;
	if (listing->empty_pages > S3_EMPTY_PAGES_MAX || listing->pages > S3_PAGES_MAX)
		return nonsense(listing, "it does not end", err);
	memcpy(listing->token, next, strlen(next) + 1);
	if (is_power_of_two(listing->pages))
		memcpy(listing->mark, next, strlen(next) + 1);
	return 1;
}

static void remember(char kept[STORE_KEY_MAX], const char *key)
{
	size_t length = strlen(key);

	kept[0] = '\0';
	if (length < STORE_KEY_MAX)
		memcpy(kept, key, length + 1);
}

/* Whoever counts objects must not be told of one twice. Keys come in order almost everywhere, twins beside each other. */
static int check_twins(struct listing *listing, struct error *err)
{
	const struct s3_page *page = &listing->page;
	const char *before = listing->last_key;

	if (page->count == 0)
		return 0;
	if (listing->first_key[0] != '\0' && strcmp(s3_page_key(page, 0), listing->first_key) == 0)
		return nonsense(listing, "the same page comes again", err);
	for (size_t i = 0; i < page->count; i++) {
		const char *key = s3_page_key(page, i);

		if (strcmp(key, before) == 0 && *key != '\0')
			return nonsense(listing, "a key is listed twice", err);
		before = key;
	}
	remember(listing->first_key, s3_page_key(page, 0));
	remember(listing->last_key, before);
	return 0;
}

/* 1: go on, 0: the caller has had enough, -1. */
static int tell_page(const struct listing *listing, int (*found)(void *context, const struct store_object *object),
		     void *context, struct error *err)
{
	size_t prefix_length = strlen(listing->prefix), own_length = strlen(listing->s3->prefix);
	struct store_object object;

	for (size_t i = 0; i < listing->page.count; i++) {
		const char *key = s3_page_key(&listing->page, i);

		/* The prefix itself may be there as a folder's marker: no key below it. */
		if (strncmp(key, listing->prefix, prefix_length) != 0 || key[own_length] == '\0')
			continue;
		if (bucket_is_probe_key(key))
			continue;
		if (s3_page_object(&listing->page, i, own_length, &object, err) != 0)
			return -1;
		if (found(context, &object) != 0)
			return 0;
	}
	return 1;
}

static void run(struct listing *listing, int (*found)(void *context, const struct store_object *object), void *context,
		struct s3_answer *answer)
{
	for (;;) {
		get_page(listing, answer);
		s3_answer_release(answer);
		if (answer->status != STORE_OK)
			return;

		int told = check_twins(listing, &answer->error);

		if (told == 0)
			told = tell_page(listing, found, context, &answer->error);

		int more = told > 0 ? advance(listing, &answer->error) : told;

		if (more < 0)
			answer->status = STORE_BROKEN;
		if (more <= 0)
			return;
	}
}

void s3_list_ask(struct s3 *s3, const char *prefix, const char *page_keys,
		 int (*found)(void *context, const struct store_object *object), void *context,
		 struct s3_answer *ret_answer)
{
	struct listing *listing = memory_alloc(sizeof(*listing));

	listing->s3 = s3;
	listing->prefix = s3_whole_key(s3, prefix);
	listing->page_keys = page_keys;
	s3_page_init(&listing->page);
	run(listing, found, context, ret_answer);
	s3_page_release(&listing->page);
	free(listing->prefix);
	free(listing);
}

enum store_status s3_list(struct store *store, const char *prefix,
			  int (*found)(void *context, const struct store_object *object), void *context,
			  struct error *err)
{
	struct s3_answer answer;

	s3_list_ask((struct s3 *)store, prefix, KEYS_A_PAGE, found, context, &answer);
	if (answer.status != STORE_OK)
		error_set(err, "%s", answer.error.message);
	return answer.status;
}
