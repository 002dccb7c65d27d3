/*
 * What an answer of Bunny's storage means: a status, and {"HttpCode": 404, "Message": "Object Not Found"} where it is not a
 * good one.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_ANSWER_H
#define MUSTER_STORES_BUNNY_BUNNY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"

#define BUNNY_ERROR_BODY_MAX ((size_t)16 << 10)
#define BUNNY_HINT_MAX 512

struct bunny_answer {
	enum store_status status;
	int http_status; /* 0: nobody answered */
	bool transient; /* may be otherwise if asked again */
	unsigned attempts_max; /* 0: as many as fit; else for this kind of trouble */
	bool is_bunnys; /* it speaks as Bunny does: what it says of keys may be believed */
	char message[256]; /* the server's own words, harmless to print; "" */
	bool has_date;
	int64_t clock_offset_ms; /* its clock minus ours */
	int64_t retry_after_ms;
	struct http_failure failure; /* for http_status 0 */
	struct http_exchange *exchange;
	unsigned attempts; /* this one included */
	struct error error; /* one sentence for people */
	char hint[BUNNY_HINT_MAX];
};

/* What every answer's headers say. */
void bunny_answer_take_headers(struct bunny_answer *answer, const struct http_response *response);

/* What the body of an answer that is not a good one says. */
void bunny_answer_take_body(struct bunny_answer *answer, const char *body, size_t length);

/* The status, from what has been taken. `key` NULL or "": the zone. */
void bunny_answer_judge(struct bunny_answer *answer, const char *key);

/* The same for what was no answer. */
void bunny_answer_judge_failure(struct bunny_answer *answer);

/* The same for what came whole and cannot be what was asked for. */
void bunny_answer_judge_nonsense(struct bunny_answer *answer, const struct error *err);

struct bunny_question { /* for the words */
	const char *what; /* "listing", "asked for": after "when" */
	const char *zone;
	const char *key; /* NULL or "": the zone */
	const char *origin; /* "https://host" */
	unsigned attempts;
	int64_t elapsed_ms;
};

/* Fills `error` and `hint`. */
void bunny_answer_describe(struct bunny_answer *answer, const struct bunny_question *question);

#endif
