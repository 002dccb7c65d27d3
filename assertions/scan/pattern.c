#include "assertions/scan/pattern.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scan_private.h"

#define BACKTRACKS_MAX 4000000
#define HEAP_MAX_KIB (16 * 1024)
#define JIT_STACK_MIN ((size_t)32 * 1024)
#define JIT_STACK_MAX ((size_t)1024 * 1024)
#define BEHIND_MAX ((size_t)256 * 1024)
#define CHARACTER_MAX 4
#define QUOTED_MAX 200

static pthread_once_t memory_once = PTHREAD_ONCE_INIT;
static pcre2_general_context *memory;

static void *take(size_t size, void *context)
{
	(void)context;
	return memory_take(size);
}

static void give(void *block, void *context)
{
	(void)context;
	free(block);
}

static void begin_memory(void)
{
	memory = pcre2_general_context_create(take, give, NULL);
}

pcre2_general_context *pattern_memory(void)
{
	pthread_once(&memory_once, begin_memory);
	return memory;
}

static pcre2_code *compile(const char *text, uint32_t options, int *ret_code, size_t *ret_offset)
{
	pcre2_compile_context *context = pcre2_compile_context_create(pattern_memory());

	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE | options, ret_code,
					 ret_offset, context);
	pcre2_compile_context_free(context);
	return code;
}

static uint32_t info(const pcre2_code *code, uint32_t what)
{
	uint32_t value = 0;

	pcre2_pattern_info(code, what, &value);
	return value;
}

/* PCRE2 gives the longest single look-behind; those that stand in one another add up. */
static size_t behind_bytes(const pcre2_code *code, const char *text)
{
	size_t nested = 1;

	for (const char *group = strchr(text, '('); group != NULL; group = strchr(group + 1, '('))
		nested +=
			strncmp(group, "(?<", 3) == 0 || strncmp(group, "(*", 2) == 0 || strncmp(group, "(?(", 3) == 0;
	/* And one character that ^ looks at, with the CR before it. */
	return (info(code, PCRE2_INFO_MAXLOOKBEHIND) * nested + 2) * CHARACTER_MAX;
}

/* Whether a ^ stands outside of [...]. */
static bool has_circumflex(const char *text)
{
	bool in_class = false;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0') {
			text++;
		} else if (in_class) {
			in_class = *text != ']';
		} else if (*text == '[') {
			in_class = true;
			text += text[1] == '^';
			text += text[1] == ']';
		} else if (*text == '^') {
			return true;
		}
	}
	return false;
}

/*
 * Nothing in it looks at what follows, and nothing holds on to what it took ("a++", "(?>...)"):
 * then more text can make a match longer but cannot undo it. In doubt, false.
 */
static bool stays_matched(const char *text)
{
	static const char *const doubts[] = {"$",   "\\z", "\\Z", "\\b", "\\B", "\\G", "\\K", "\\R",
					     "\\X", "(?=", "(?!", "(?>", "(?(", "(*",  "(?C"};
	char before = '\0';

	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		if (strstr(text, doubts[i]) != NULL)
			return false;
	for (; *text != '\0'; text++) {
		if (*text == '+' && before != '\0' && strchr("+*?}", before) != NULL)
			return false;
		if (!isspace((unsigned char)*text))
			before = *text;
	}
	return true;
}

/*
 * PCRE2 begins no match at the LF of a CR LF unless the pattern has a line end in it: then "\sError" does
 * not see an Error after a CR LF, where it would after a LF. A line end repeated no times makes it
 * begin there. Not with ^, which would match between the two, nor where the match may be empty, which would count twice.
 */
static bool must_begin_at_line_feeds(const pcre2_code *code, const char *text)
{
	return info(code, PCRE2_INFO_HASCRORLF) == 0 && info(code, PCRE2_INFO_MATCHEMPTY) == 0 &&
	       info(code, PCRE2_INFO_FIRSTCODETYPE) == 0 && !has_circumflex(text);
}

static pcre2_code *compile_to_begin_at_line_feeds(const char *text, uint32_t options)
{
	const char *rest = text;
	size_t offset;
	int code_number;

	/* "(*UTF)" and the like count only in front of everything. */
	while (strncmp(rest, "(*", 2) == 0) {
		size_t length = 2 + strspn(rest + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_=0123456789");
		if (rest[length] != ')')
			break;
		rest += length + 1;
	}
	char *changed = memory_format("%.*s\\n{0}%s", (int)(rest - text), text, rest);
	pcre2_code *code = compile(changed, options, &code_number, &offset);
	free(changed);
	return code;
}

/* Returns NULL with *err filled. */
static pcre2_code *compile_as_meant(const char *text, bool *ret_is_utf, struct error *err)
{
	/* No ".*" that is only begun at a line's begin: behind a byte that is no character it would be begun nowhere. */
	const uint32_t utf = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NO_DOTSTAR_ANCHOR;
	char message[256] = "unknown error";
	bool is_utf = false;
	size_t offset;
	int code_number;

	for (const char *byte = text; *byte != '\0'; byte++)
		is_utf = is_utf || (unsigned char)*byte > 127;
	pcre2_code *code = compile(text, is_utf ? utf : 0, &code_number, &offset);
	if (code != NULL && !is_utf && (info(code, PCRE2_INFO_ALLOPTIONS) & PCRE2_UTF) != 0) {
		/* "(*UTF)" turns on UTF-8 alone, in which text that is not UTF-8 would be an error. */
		is_utf = true;
		pcre2_code_free(code);
		code = compile(text, utf, &code_number, &offset);
	}
	*ret_is_utf = is_utf;
	if (code == NULL) {
		pcre2_get_error_message(code_number, (PCRE2_UCHAR *)message, sizeof(message));
		error_set(err, "%s at offset %zu of the pattern '%.*s'", message, offset, QUOTED_MAX, text);
		return NULL;
	}
	pcre2_code *changed =
		must_begin_at_line_feeds(code, text) ? compile_to_begin_at_line_feeds(text, is_utf ? utf : 0) : NULL;
	if (changed == NULL)
		return code;
	pcre2_code_free(code);
	return changed;
}

/* Nothing is taken for known where PCRE2 read the text otherwise, as another version may: a match that is shorter. */
static void find_literals(struct pattern *pattern)
{
	literal_find(pattern->text, &pattern->literals);
	if (info(pattern->code, PCRE2_INFO_MINLENGTH) < literal_shortest(&pattern->literals) ||
	    info(pattern->code, PCRE2_INFO_MATCHEMPTY) != 0)
		pattern->literals.count = 0;
}

int pattern_compile(const char *text, struct pattern **ret_pattern, struct error *err)
{
	bool is_utf;

	if (*text == '\0')
		return error_set(err, "an empty pattern matches everything");
	if (strlen(text) > PATTERN_TEXT_MAX)
		return error_set(err, "the pattern is longer than %d bytes: '%.*s...'", PATTERN_TEXT_MAX, QUOTED_MAX,
				 text);
	pcre2_code *code = compile_as_meant(text, &is_utf, err);
	if (code == NULL)
		return -1;
	size_t behind = behind_bytes(code, text);
	if (behind > BEHIND_MAX) {
		pcre2_code_free(code);
		return error_set(err, "the pattern looks too far behind: '%.*s'", QUOTED_MAX, text);
	}
	/* Where there is no JIT, the interpreter does. */
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
	struct pattern *pattern = memory_alloc(sizeof(*pattern));
	*pattern = (struct pattern){
		.code = code,
		.text = memory_string(text),
		.is_utf = is_utf,
		.has_circumflex = has_circumflex(text),
		.stays_matched = stays_matched(text),
		.behind_bytes = behind,
	};
	if (!is_utf)
		find_literals(pattern);
	*ret_pattern = pattern;
	return 0;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	free(pattern->text);
	free(pattern);
}

const char *pattern_text(const struct pattern *pattern)
{
	return pattern->text;
}

bool pattern_has_group(const struct pattern *pattern, const char *name)
{
	int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);

	return number > 0 || number == PCRE2_ERROR_NOUNIQUESUBSTRING;
}

void pattern_limits_init(struct pattern_limits *limits)
{
	limits->context = pcre2_match_context_create(pattern_memory());
	limits->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, pattern_memory());
	pcre2_set_match_limit(limits->context, BACKTRACKS_MAX);
	pcre2_set_heap_limit(limits->context, HEAP_MAX_KIB);
	if (limits->stack != NULL)
		pcre2_jit_stack_assign(limits->context, NULL, limits->stack);
}

void pattern_limits_release(struct pattern_limits *limits)
{
	pcre2_match_context_free(limits->context);
	pcre2_jit_stack_free(limits->stack);
}

int pattern_try(const struct pattern *pattern, const struct pattern_limits *limits, const char *text, size_t length,
		size_t start, unsigned options, pcre2_match_data *ret_data)
{
	PCRE2_SPTR subject = (PCRE2_SPTR)text;
	int found = pcre2_match(pattern->code, subject, length, start, options, ret_data, limits->context);

	/* The interpreter keeps its state on the heap, of which it may have more. */
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = pcre2_match(pattern->code, subject, length, start, options | PCRE2_NO_JIT, ret_data,
				    limits->context);
	return found;
}

int pattern_matches(const struct pattern *pattern, const char *text, size_t length)
{
	struct pattern_limits limits;
	pcre2_match_data *data = pcre2_match_data_create(1, pattern_memory());

	if (data == NULL)
		return -1;
	pattern_limits_init(&limits);
	int found = pattern_try(pattern, &limits, text, length, 0, 0, data);
	pattern_limits_release(&limits);
	pcre2_match_data_free(data);
	if (found == PCRE2_ERROR_NOMATCH)
		return 0;
	return found >= 0 ? 1 : -1;
}

void pattern_quote(const char *text, struct buffer *out)
{
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;
		if (byte < 128 && !isalnum(byte) && byte != '_')
			buffer_append(out, "\\", 1);
		buffer_append(out, text, 1);
	}
}
