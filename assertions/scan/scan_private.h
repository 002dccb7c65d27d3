/*
 * What a pattern is made of, for pattern.c and scanner.c only.
 */
#ifndef MUSTER_SCAN_PRIVATE_H
#define MUSTER_SCAN_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stddef.h>

#include "assertions/scan/literal.h"
#include "assertions/scan/pattern.h"

struct pattern {
	pcre2_code *code;
	char *text;
	bool is_utf;
	bool has_circumflex;
	bool stays_matched; /* where it matches it does whatever follows: the text's end plays no part */
	size_t behind_bytes; /* how far before its start a match may look */
	struct literal_set literals;
};

/* What a match may cost, and the memory for it. One for each thread that matches. */
struct pattern_limits {
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

void pattern_limits_init(struct pattern_limits *limits);
void pattern_limits_release(struct pattern_limits *limits);

/* As pcre2_match(). Every other negative number than NOMATCH and PARTIAL is "could not be decided". */
int pattern_try(const struct pattern *pattern, const struct pattern_limits *limits, const char *text, size_t length,
		size_t start, unsigned options, pcre2_match_data *ret_data);

#endif
