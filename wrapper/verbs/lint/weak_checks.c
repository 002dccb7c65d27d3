#include "wrapper/verbs/lint/lint.h"

#include <ctype.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/scan/pattern.h"
#include "assertions/scan/scanner.h"

enum atom {
	ATOM_OTHER, /* may be anything, or nothing */
	ATOM_LITERAL, /* one character that is no line's end, at least once */
	ATOM_BEGIN, /* ^ */
	ATOM_END, /* $ */
};

/* A character class, as one atom of which nothing is known. */
static const char *skip_class(const char *at)
{
	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at != '\0' && *at != ']')
		at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
	return *at == ']' ? at + 1 : at;
}

/* The next atom; what is not understood is ATOM_OTHER. */
static enum atom next_atom(const char **at)
{
	char byte = *(*at)++;

	switch (byte) {
	case '^':
		return ATOM_BEGIN;
	case '$':
		return ATOM_END;
	case '[':
		*at = skip_class(*at);
		return ATOM_OTHER;
	case '\\':
		byte = *(*at)++;
		return byte != '\0' && ispunct((unsigned char)byte) ? ATOM_LITERAL : ATOM_OTHER;
	case '.':
	case '|':
	case '(':
	case ')':
	case '?':
	case '*':
	case '+':
	case '{':
	case '}':
	case '\n':
	case '\r':
		return ATOM_OTHER;
	default:
		return ATOM_LITERAL;
	}
}

static bool may_be_skipped(const char *at)
{
	return *at == '?' || *at == '*' || *at == '{';
}

/*
 * "$" with a character behind it, or "^" with one before it, where there can be no line's end: "costs $5", "a^b". Patterns
 * with alternatives, options or quoting of their own are passed over: it is better to say nothing than to be wrong.
 */
static const char *find_impossible(const char *pattern)
{
	enum atom before = ATOM_OTHER;

	if (strpbrk(pattern, "|(") != NULL || strstr(pattern, "\\Q") != NULL || strstr(pattern, "\\E") != NULL)
		return NULL;
	for (const char *at = pattern; *at != '\0';) {
		const char *begin = at;
		enum atom atom = next_atom(&at);
		bool certain = !may_be_skipped(at);
		if (atom == ATOM_BEGIN && before == ATOM_LITERAL && certain)
			return begin;
		if (atom == ATOM_LITERAL && before == ATOM_END && certain)
			return begin - 1;
		before = certain ? atom : ATOM_OTHER;
	}
	return NULL;
}

static void check_pattern(const struct weakness_search *search, const struct check *check,
			  const struct pattern *pattern)
{
	const char *text = pattern != NULL ? pattern_text(pattern) : "";
	const char *impossible = find_impossible(text);

	if (impossible == NULL)
		return;
	weakness_say(search, weakness_locate(search->manifest, check->place, text),
		     *impossible == '$' ? "\\$ is the character; in double quotes it is written \"\\\\$\""
					: "\\^ is the character",
		     "the pattern '%s' cannot match: '%c' is the %s of a line", text, *impossible,
		     *impossible == '$' ? "end" : "begin");
}

static bool is_always_in(const struct parameter_list *list, const struct pattern *pattern)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(pattern_text(((struct pattern *const *)list->items)[i]), pattern_text(pattern)) == 0)
			return true;
	return false;
}

static void find_contradiction(const struct weakness_search *search, const struct check *check)
{
	const struct parameter_list *always = weakness_parameter(check, "always"),
				    *never = weakness_parameter(check, "never");

	for (size_t i = 0; always != NULL && never != NULL && i < never->count; i++) {
		const struct pattern *pattern = ((struct pattern *const *)never->items)[i];
		if (is_always_in(always, pattern))
			weakness_say(search, check->place, "'never' wins: take one of them out",
				     "'%s' must be found and must not be found", pattern_text(pattern));
	}
}

static void visit_patterns(const struct weakness_search *search, const struct check *check,
			   void (*visit)(const struct weakness_search *search, const struct check *check,
					 const struct pattern *pattern))
{
	const struct parameter *parameter =
		check->kind->parameters != NULL ? check->kind->parameters->parameters : NULL;

	for (; parameter != NULL && parameter->name != NULL; parameter++) {
		const void *value = (const char *)check->parameters + parameter->offset;
		if (parameter->type == &value_pattern)
			visit(search, check, *(struct pattern *const *)value);
		if (parameter->type != &value_list || parameter->item->type != &value_pattern)
			continue;
		const struct parameter_list *list = value;
		for (size_t i = 0; i < list->count; i++)
			visit(search, check, ((struct pattern *const *)list->items)[i]);
	}
}

static void pattern_cannot_match(const struct weakness_search *search, const struct check *check)
{
	visit_patterns(search, check, check_pattern);
	find_contradiction(search, check);
}

const struct weakness weakness_pattern_cannot_match = {
	.name = "pattern-cannot-match",
	.summary = "a pattern cannot match anything",
	.details =
		"'never' with such a pattern is a check that nothing can fail. '$' and '^' are the ends of a line, not "
		"characters, unless a backslash stands before them.",
	.example = "output: {never: ['costs \\$5']}",
	.find_in_check = pattern_cannot_match,
};

/* Whether "(?s)", "(?ims:" or the like stands before the place: a dot is a line's end, too. */
static bool has_dotall(const char *pattern, const char *place)
{
	for (const char *at = pattern; (at = strstr(at, "(?")) != NULL && at < place; at += 2) {
		size_t letters = strspn(at + 2, "imsxnJU");
		if (memchr(at + 2, 's', letters) != NULL && strchr("-:)", at[2 + letters]) != NULL)
			return true;
	}
	return false;
}

/* What stands for any character whatever, with any number of them behind it and something after that. NULL where there is none. */
static const char *find_span(const char *pattern)
{
	static const char *const anything[] = {"[\\s\\S]", "[\\S\\s]",  "[\\d\\D]", "[\\D\\d]",  "[\\w\\W]", "[\\W\\w]",
					       "(.|\\n)",  "(?:.|\\n)", "(\\n|.)",  "(?:\\n|.)", "\\C",      "."};

	for (const char *at = pattern; *at != '\0'; at++) {
		for (size_t i = 0; i < sizeof(anything) / sizeof(anything[0]); i++) {
			size_t length = strlen(anything[i]);
			const char *behind = at + length;
			if (strncmp(at, anything[i], length) != 0 || (*at == '.' && !has_dotall(pattern, at)))
				continue;
			if (*behind != '*' && *behind != '+')
				continue;
			behind += 1 + strspn(behind + 1, "?+");
			if (behind[strspn(behind, ")")] != '\0')
				return at;
		}
		if (*at == '\\' && at[1] != '\0')
			at++;
	}
	return NULL;
}

static void check_span(const struct weakness_search *search, const struct check *check, const struct pattern *pattern)
{
	const char *text = pattern != NULL ? pattern_text(pattern) : "";

	if (find_span(text) == NULL)
		return;
	weakness_say(
		search, weakness_locate(search->manifest, check->place, text),
		"look for the begin and for the end, each with a pattern of its own",
		"a match of '%s' may span any number of lines; where it is not done within %zu MiB, nothing is proven",
		text, SCANNER_SPAN_MAX >> 20);
}

static void pattern_spans_window(const struct weakness_search *search, const struct check *check)
{
	visit_patterns(search, check, check_span);
}

const struct weakness weakness_pattern_spans_window = {
	.name = "pattern-spans-window",
	.summary = "a pattern may span more than what is searched at a time",
	.details =
		"Texts are searched as they stream by, 1 MiB at a time. A match that began and has not ended by then is "
		"not proven, whatever comes after it: such a run ends with exit code 5, on the day on which the text "
		"has grown enough.",
	.example = "text: {always: ['^-- begin', '^-- end']}",
	.find_in_check = pattern_spans_window,
};

static void find_ended_waivers(const struct weakness_search *search, int64_t now_ms)
{
	struct manifest_waiver *const *waivers = search->manifest->waivers.items;
	char date[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < search->manifest->waivers.count; i++)
		if (waivers[i]->until_ms <= now_ms)
			weakness_say(search, waivers[i]->place,
				     "mend what it waived and take it out, or give it a new date",
				     "the waiver of '%s' ended on %s", glob_text(waivers[i]->check),
				     clock_format_date(waivers[i]->until_ms - 1, date));
}

/* Items have the same names elsewhere in an inventory: the entry itself is looked for, by its number. */
static struct place place_of_exception(const struct weakness_search *search,
				       const struct parameter_map_entry *inventory, size_t number)
{
	const struct node *inventories = node_get(search->manifest->document.root, "inventories");
	const struct node *node = inventories != NULL ? node_get(inventories, inventory->name) : NULL;
	const struct node *except = node != NULL && node->kind == NODE_MAPPING ? node_get(node, "except") : NULL;

	if (except != NULL && except->kind == NODE_SEQUENCE && number < except->count)
		return except->items[number]->place;
	return except != NULL ? except->place : inventory->place;
}

static void find_ended_exceptions(const struct weakness_search *search, int64_t now_ms)
{
	const struct parameter_map *inventories = &search->manifest->inventories;
	char date[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < inventories->count; i++) {
		const struct manifest_inventory *inventory = inventories->entries[i].value;
		for (size_t e = 0; e < inventory->except.count; e++) {
			const struct manifest_exception *exception =
				((struct manifest_exception *const *)inventory->except.items)[e];
			if (exception->until_ms == PARAMETER_UNSET || exception->until_ms > now_ms)
				continue;
			weakness_say(search, place_of_exception(search, &inventories->entries[i], e),
				     "take it out of 'except', or give it a new date",
				     "the exception of '%s' ended on %s", exception->item,
				     clock_format_date(exception->until_ms - 1, date));
		}
	}
}

static void has_ended(const struct weakness_search *search)
{
	int64_t now_ms = clock_now_ms();

	find_ended_waivers(search, now_ms);
	find_ended_exceptions(search, now_ms);
}

const struct weakness weakness_has_ended = {
	.name = "has-ended",
	.summary = "the last day of a waiver or an exception has passed",
	.details = "From the next day on what it excused fails again, and so does the waiver itself: the next run does "
		   "not pass.",
	.example = "waivers: [{check: 'step:dump/duration', reason: the new disk comes in June, until: 2037-06-30}]",
	.find = has_ended,
};
