#include "assertions/checks/assertion.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scanner.h"

struct text_parameters {
	struct pattern *starts;
	struct pattern *ends;
	struct parameter_list always; /* of struct pattern * */
	struct parameter_list never;
	struct bounds *lines;
};

struct text_state {
	struct scanner *scanner; /* always, never, starts, ends */
	struct pattern *starts, *ends; /* tied to the begin and the end */
	struct error error;
};

static const struct parameter bounds_table[] = {
	{"min", &value_integer, PARAMETER_SHORTHAND, offsetof(struct bounds, min), .more = MORE_IS_STRONGER,
	 .help = "at least so many", .example = "100"},
	{"max", &value_integer, PARAMETER_SHORTHAND, offsetof(struct bounds, max), .more = MORE_IS_WEAKER,
	 .help = "at most so many", .example = "5000"},
	{0},
};

static const struct record lines_record = {.name = "a number of lines",
					   .help = "bounds of a number of lines",
					   .size = sizeof(struct bounds),
					   .parameters = bounds_table,
					   .needs_one = true,
					   .validate = bounds_validate};

static const struct parameter pattern_item = {.type = &value_pattern};
static const struct parameter parameters[] = {
	{"starts", &value_pattern, 0, offsetof(struct text_parameters, starts),
	 .help = "a pattern that the text must begin with", .example = "'--\\n-- PostgreSQL database'"},
	{"ends", &value_pattern, 0, offsetof(struct text_parameters, ends),
	 .help = "a pattern that the text must end with, white space after it aside", .example = "'COMMIT;'"},
	{"always", &value_list, 0, offsetof(struct text_parameters, always), .item = &pattern_item,
	 .more = MORE_IS_STRONGER, .help = "patterns that must be found",
	 .example = "[\"^-- PostgreSQL database cluster dump complete\"]"},
	{"never", &value_list, 0, offsetof(struct text_parameters, never), .item = &pattern_item,
	 .more = MORE_IS_STRONGER, .help = "patterns that must not be found",
	 .example = "['^ROLLBACK; -- due to errors']"},
	{"lines", &value_record, 0, offsetof(struct text_parameters, lines), .record = &lines_record,
	 .help = "how many lines there must be", .example = "{min: 1000}"},
	{0},
};

static const struct record record = {.name = "a text",
				     .help = "patterns in a text",
				     .size = sizeof(struct text_parameters),
				     .parameters = parameters,
				     .needs_one = true};

static size_t pattern_count(const struct text_parameters *text)
{
	return text->always.count + text->never.count;
}

static const struct pattern *pattern_at(const struct text_parameters *text, size_t i)
{
	if (i < text->always.count)
		return ((struct pattern *const *)text->always.items)[i];
	return ((struct pattern *const *)text->never.items)[i - text->always.count];
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct text_parameters *text = self;
	const char *separator = "";

	(void)row;
	if (text->starts != NULL)
		buffer_print(out, "it begins with /%s/", pattern_text(text->starts)), separator = "; ";
	for (size_t i = 0; i < pattern_count(text); i++) {
		buffer_print(out, "%s%s /%s/", separator, i < text->always.count ? "a match of" : "no match of",
			     pattern_text(pattern_at(text, i)));
		separator = "; ";
	}
	if (text->ends != NULL)
		buffer_print(out, "%sit ends with /%s/", separator, pattern_text(text->ends)), separator = "; ";
	if (text->lines != NULL) {
		buffer_string(out, separator);
		bounds_expect(text->lines, BOUNDS_COUNT, out);
		buffer_string(out, " lines");
	}
}

static struct pattern *tied(const struct pattern *pattern, const char *before, const char *after, struct error *err)
{
	cleanup_free char *text = memory_format("%s(?:%s)%s", before, pattern_text(pattern), after);
	struct pattern *made = NULL;

	pattern_compile(text, &made, err);
	return made;
}

static void begin(const void *parameters_of_it, void *state, const struct check_context *context)
{
	const struct text_parameters *text = parameters_of_it;
	struct text_state *self = state;
	size_t count = pattern_count(text);
	cleanup_free const struct pattern **all = memory_array(count + 2, sizeof(*all));

	(void)context;
	for (size_t i = 0; i < count; i++)
		all[i] = pattern_at(text, i);
	if (text->starts != NULL && (self->starts = tied(text->starts, "\\A", "", &self->error)) != NULL)
		all[count++] = self->starts;
	if (text->ends != NULL && (self->ends = tied(text->ends, "", "\\s*\\z", &self->error)) != NULL)
		all[count++] = self->ends;
	self->scanner = scanner_new(all, count, SCANNER_DECODE_UTF16);
}

static void observe(const void *self, void *state, enum channel channel, const char *data, size_t length)
{
	struct text_state *text = state;

	(void)self;
	(void)channel;
	scanner_feed(text->scanner, data, length);
}

/* True where this pattern decides that the text does not pass. */
static bool is_against(const struct text_state *state, size_t i, bool wanted, const struct pattern *pattern,
		       struct finding *finding)
{
	struct scan_match match;
	enum scan_result result = scanner_result(state->scanner, i, &match);

	if (result == SCAN_UNDECIDED)
		finding_unproven(finding, "a match of /%s/ began and did not end within %zu bytes",
				 pattern_text(pattern), SCANNER_SPAN_MAX);
	else if (wanted && result == SCAN_ABSENT)
		finding_fail(finding, "no match of /%s/ in its %llu lines", pattern_text(pattern),
			     (unsigned long long)scanner_lines(state->scanner));
	else if (!wanted && result == SCAN_FOUND)
		finding_fail(finding, "line %llu: %s", (unsigned long long)match.line, match.excerpt);
	else
		return false;
	return true;
}

static bool lines_are_against(const struct text_parameters *text, const struct text_state *state,
			      struct finding *finding)
{
	uint64_t lines = scanner_lines(state->scanner);

	if (text->lines == NULL || bounds_compare(text->lines, (int64_t)lines) == 0)
		return false;
	finding_fail(finding, "%llu lines", (unsigned long long)lines);
	return true;
}

/* What must not be there is said first: it explains the rest. A failure wins over what could not be decided. */
static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct text_parameters *text = self;
	struct text_state *its = state;
	size_t always = text->always.count, all = pattern_count(text), next = all;
	struct finding other = {0};
	bool against = false;

	scanner_finish(its->scanner);
	if (its->error.message[0] != '\0') {
		finding_unproven(findings, "%s", its->error.message);
		return;
	}
	for (size_t i = always; i < all && findings->verdict != VERDICT_FAIL; i++)
		against |= is_against(its, i, false, pattern_at(text, i), findings);
	if (findings->verdict != VERDICT_FAIL && finding_of_trouble(&other, evidence->bytes)) {
		*findings = other;
		return;
	}
	for (size_t i = 0; i < always && findings->verdict != VERDICT_FAIL; i++)
		against |= is_against(its, i, true, pattern_at(text, i), findings);
	if (its->starts != NULL && findings->verdict != VERDICT_FAIL)
		against |= is_against(its, next++, true, text->starts, findings);
	if (its->ends != NULL && findings->verdict != VERDICT_FAIL)
		against |= is_against(its, next, true, text->ends, findings);
	if (findings->verdict != VERDICT_FAIL)
		against |= lines_are_against(text, its, findings);
	if (!against)
		finding_pass(findings, "%llu lines read", (unsigned long long)scanner_lines(its->scanner));
}

static void release(const void *self, void *state)
{
	struct text_state *text = state;

	(void)self;
	scanner_free(text->scanner);
	pattern_free(text->starts);
	pattern_free(text->ends);
}

const struct assertion_kind kind_text = {
	.name = "text",
	.subject = SUBJECT_BYTES,
	.summary = "patterns in the unpacked text, and how many lines it has",
	.details =
		"The bytes with every layer of compression taken off, read to their end. Patterns are PCRE2, "
		"multi-line, and see every byte, those of terminal colours too. UTF-16 is decoded; where no byte order mark "
		"tells it, what looks so is also read as it is. End markers belong under 'always': since 2025 pg_dump writes a line after its marker.",
	.example = "text: {always: [\"-- PostgreSQL database dump complete\"], lines: {min: 100}}",
	.parameters = &record,
	.channels = CHANNEL_TEXT | CHANNEL_LAYERS,
	.state_size = sizeof(struct text_state),
	.expect = expect,
	.begin = begin,
	.observe = observe,
	.conclude = conclude,
	.release = release,
};
