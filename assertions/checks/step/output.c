#include "assertions/checks/assertion.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scanner.h"
#include "assertions/checks/inventory.h"

#define EACH_ITEMS_MAX 2000
#define PLACEHOLDER "{item}"

struct each_parameters {
	const char *inventory;
	struct pattern *pattern;
};

struct output_parameters {
	struct parameter_list always; /* of struct pattern * */
	struct parameter_list never;
	struct each_parameters *each;
};

/* A line of one is never torn by the other, nor is what one says last glued to it. */
enum stream { STREAM_OUT, STREAM_ERRORS, STREAMS };

struct output_state {
	/* always, never, then one for each item; NULL: it said nothing */
	struct scanner *scanners[STREAMS];
	struct pattern **each;
	size_t each_count;
	const struct inventory *inventory;
	struct error each_error; /* why there is nothing to look for; "" */
};

static const struct parameter pattern_item = {.type = &value_pattern};
static const struct parameter each_table[] = {
	{"inventory", &value_inventory, PARAMETER_REQUIRED, offsetof(struct each_parameters, inventory),
	 .help = "the inventory whose items are looked for", .example = "databases"},
	{"pattern", &value_pattern, PARAMETER_REQUIRED, offsetof(struct each_parameters, pattern),
	 .help = "the pattern, in which " PLACEHOLDER " stands for the item",
	 .example = "'^Dumping {item} \\.\\.\\. done$'"},
	{0},
};

static int validate_each(const void *self, struct error *err)
{
	const struct each_parameters *each = self;

	if (strstr(pattern_text(each->pattern), PLACEHOLDER) == NULL)
		return error_set(err, "the pattern of 'each' has no " PLACEHOLDER " in it");
	return 0;
}

static const struct record each_record = {.name = "an each",
					  .help = "a pattern for every item of an inventory",
					  .size = sizeof(struct each_parameters),
					  .parameters = each_table,
					  .validate = validate_each};

static const struct parameter parameters[] = {
	{"always", &value_list, 0, offsetof(struct output_parameters, always), .item = &pattern_item,
	 .more = MORE_IS_STRONGER, .help = "patterns that must be found", .example = "['^\\[DONE\\]']"},
	{"never", &value_list, 0, offsetof(struct output_parameters, never), .item = &pattern_item,
	 .more = MORE_IS_STRONGER, .help = "patterns that must not be found; they win over 'always'",
	 .example = "[\"Bucket not found\", '^\\[Error\\]']"},
	{"each", &value_record, 0, offsetof(struct output_parameters, each), .record = &each_record,
	 .help = "a pattern that must be found for every item of an inventory",
	 .example = "{inventory: databases, pattern: '^dumping {item}$'}"},
	{0},
};

static const struct record record = {.name = "an output",
				     .help = "patterns in what a step prints",
				     .size = sizeof(struct output_parameters),
				     .parameters = parameters,
				     .needs_one = true};

static size_t rows(const void *self)
{
	const struct output_parameters *output = self;

	return output->always.count + output->never.count + (output->each != NULL);
}

static const struct pattern *row_pattern(const struct output_parameters *output, size_t row)
{
	if (row < output->always.count)
		return ((struct pattern *const *)output->always.items)[row];
	if (row - output->always.count < output->never.count)
		return ((struct pattern *const *)output->never.items)[row - output->always.count];
	return NULL;
}

static void row_name(const char *kind, const struct output_parameters *output, size_t row, struct buffer *out)
{
	if (row < output->always.count)
		buffer_print(out, "%s/always:%zu", kind, row);
	else if (row_pattern(output, row) != NULL)
		buffer_print(out, "%s/never:%zu", kind, row - output->always.count);
	else
		buffer_print(out, "%s/each", kind);
}

static void row_name_output(const void *self, size_t row, struct buffer *out)
{
	row_name("output", self, row, out);
}

static void row_name_stdout(const void *self, size_t row, struct buffer *out)
{
	row_name("stdout", self, row, out);
}

static void row_name_stderr(const void *self, size_t row, struct buffer *out)
{
	row_name("stderr", self, row, out);
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct output_parameters *output = self;
	const struct pattern *pattern = row_pattern(output, row);

	if (pattern == NULL)
		buffer_print(out, "/%s/ for every item of %s", pattern_text(output->each->pattern),
			     output->each->inventory);
	else
		buffer_print(out, "%s /%s/", row < output->always.count ? "a match of" : "no match of",
			     pattern_text(pattern));
}

static struct pattern *pattern_for_item(const struct pattern *pattern, const char *item, struct error *err)
{
	cleanup_buffer struct buffer text;
	const char *from = pattern_text(pattern);
	struct pattern *made = NULL;

	buffer_init(&text, (size_t)1 << 20);
	for (const char *found; (found = strstr(from, PLACEHOLDER)) != NULL; from = found + strlen(PLACEHOLDER)) {
		buffer_append(&text, from, (size_t)(found - from));
		pattern_quote(item, &text);
	}
	buffer_string(&text, from);
	pattern_compile(text.data, &made, err);
	return made;
}

static void begin_each(const struct output_parameters *output, struct output_state *self,
		       const struct check_context *context)
{
	const struct inventory *inventory = context->inventory(context->context, output->each->inventory);

	self->inventory = inventory;
	if (inventory == NULL || !inventory->gathered) {
		error_set(&self->each_error, "the inventory '%s' could not be had", output->each->inventory);
		return;
	}
	if (inventory->count > EACH_ITEMS_MAX) {
		error_set(&self->each_error, "the inventory '%s' has %zu items, 'each' takes at most %d",
			  inventory->name, inventory->count, EACH_ITEMS_MAX);
		return;
	}
	self->each = memory_array(inventory->count, sizeof(struct pattern *));
	for (size_t i = 0; i < inventory->count; i++) {
		struct pattern *pattern =
			pattern_for_item(output->each->pattern, inventory->items[i], &self->each_error);
		if (pattern == NULL)
			return;
		self->each[self->each_count++] = pattern;
	}
}

static void begin(const void *parameters_of_it, void *state, const struct check_context *context)
{
	const struct output_parameters *output = parameters_of_it;

	if (output->each != NULL)
		begin_each(output, state, context);
}

static struct scanner *scanner_of(const struct output_parameters *output, struct output_state *state,
				  enum stream stream)
{
	size_t fixed = output->always.count + output->never.count;
	cleanup_free const struct pattern **all = NULL;

	if (state->scanners[stream] != NULL)
		return state->scanners[stream];
	all = memory_array(fixed + state->each_count, sizeof(*all));
	for (size_t i = 0; i < fixed; i++)
		all[i] = row_pattern(output, i);
	for (size_t i = 0; i < state->each_count; i++)
		all[fixed + i] = state->each[i];
	state->scanners[stream] =
		scanner_new(all, fixed + state->each_count, SCANNER_STRIP_COLOURS | SCANNER_DECODE_UTF16);
	return state->scanners[stream];
}

static void observe(const void *self, void *state, enum channel channel, const char *data, size_t length)
{
	enum stream stream = channel == CHANNEL_STDERR ? STREAM_ERRORS : STREAM_OUT;

	scanner_feed(scanner_of(self, state, stream), data, length);
}

struct output_match {
	struct scan_match match;
	const char *of; /* which of two streams it stands in; "" where only one said anything */
};

/* Of what was found in one of them and is absent, or undecided, in the other: what is more. */
static enum scan_result result_in_any(const struct output_state *state, size_t index, struct output_match *ret_match)
{
	bool both = state->scanners[STREAM_OUT] != NULL && state->scanners[STREAM_ERRORS] != NULL;
	enum scan_result any = SCAN_ABSENT;

	for (enum stream stream = STREAM_OUT; stream < STREAMS && any != SCAN_FOUND; stream++) {
		const struct scanner *scanner = state->scanners[stream];
		enum scan_result result = SCAN_ABSENT;
		if (scanner != NULL)
			result = scanner_result(scanner, index, ret_match != NULL ? &ret_match->match : NULL);
		if (result != SCAN_ABSENT)
			any = result;
		if (ret_match != NULL && result == SCAN_FOUND)
			ret_match->of = both && stream == STREAM_ERRORS ? " of standard error" : "";
	}
	return any;
}

/* A pattern that looks at the whole, from its begin to its end or for what is not in it, says nothing of the other stream. */
static bool wants_the_whole(const struct pattern *pattern)
{
	const char *text = pattern_text(pattern);

	return strstr(text, "\\A") != NULL && (strcasestr(text, "\\z") != NULL || strstr(text, "(?!") != NULL);
}

/* Which stream it was not found in; STREAMS where it was in each that said anything. */
static enum stream stream_without(const struct output_state *state, size_t index)
{
	for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++)
		if (state->scanners[stream] != NULL &&
		    scanner_result(state->scanners[stream], index, NULL) != SCAN_FOUND)
			return stream;
	return STREAMS;
}

static uint64_t lines_said(const struct output_state *state)
{
	uint64_t lines = 0;

	for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++)
		if (state->scanners[stream] != NULL)
			lines += scanner_lines(state->scanners[stream]);
	return lines;
}

static void conclude_pattern(const struct output_state *state, const struct pattern *pattern, size_t row,
			     bool is_wanted, struct finding *finding)
{
	struct output_match match;
	enum scan_result result = result_in_any(state, row, &match);
	bool in_each = result != SCAN_FOUND || !is_wanted || !wants_the_whole(pattern) ||
		       stream_without(state, row) == STREAMS;
	void (*say)(struct finding * finding, const char *format, ...) __attribute__((format(printf, 2, 3))) =
		(result == SCAN_FOUND) == is_wanted ? finding_pass : finding_fail;

	if (result == SCAN_UNDECIDED)
		finding_unproven(finding, "a match began and did not end within %zu bytes", SCANNER_SPAN_MAX);
	else if (!in_each)
		finding_fail(finding, "not in what it says on standard %s, only on standard %s",
			     stream_without(state, row) == STREAM_OUT ? "output" : "error",
			     stream_without(state, row) == STREAM_OUT ? "error" : "output");
	else if (result == SCAN_FOUND)
		say(finding, "line %llu%s: %s", (unsigned long long)match.match.line, match.of, match.match.excerpt);
	else
		say(finding, "not in its %llu lines of output", (unsigned long long)lines_said(state));
}

/* What was found is there; what was not may stand in what was not seen, and the end was not seen. */
static void doubt_incomplete(const struct output_parameters *output, size_t row, struct finding *finding)
{
	const struct pattern *pattern = row_pattern(output, row);
	bool is_never = pattern != NULL && row >= output->always.count;
	bool found = (finding->verdict == VERDICT_PASS) != is_never;
	bool asks_for_end = pattern != NULL && strcasestr(pattern_text(pattern), "\\z") != NULL;

	if (finding->verdict == VERDICT_UNPROVEN || (found && (is_never || !asks_for_end)))
		return;
	finding_unproven(
		finding,
		"not all of its output was seen: it could not be read, or what still held it open when the step was "
		"done had to be ended");
	finding_hint(finding,
		     "let the step wait for what it starts in the background, or give that an output of its own");
}

static void conclude_each(const struct output_parameters *output, const struct output_state *state,
			  struct finding *finding)
{
	size_t fixed = output->always.count + output->never.count, missing = 0, undecided = 0;
	cleanup_buffer struct buffer names;

	buffer_init(&names, FINDING_OBSERVED_MAX / 2);
	if (state->each_error.message[0] != '\0') {
		finding_unproven(finding, "%s", state->each_error.message);
		return;
	}
	for (size_t i = 0; i < state->each_count; i++) {
		enum scan_result result = result_in_any(state, fixed + i, NULL);
		undecided += result == SCAN_UNDECIDED;
		if (result != SCAN_FOUND && missing++ < 20)
			buffer_print(&names, "%s%s", names.length > 0 ? ", " : "", state->inventory->items[i]);
	}
	if (missing == 0)
		finding_pass(finding, "all %zu", state->each_count);
	else if (missing == undecided)
		finding_unproven(finding, "could not be decided for %zu of %zu: %s", missing, state->each_count,
				 names.data);
	else
		finding_fail(finding, "%zu of %zu; missing: %s%s", state->each_count - missing, state->each_count,
			     names.data, missing > 20 ? ", ..." : "");
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct output_parameters *output = self;
	struct output_state *its = state;
	size_t count = rows(self);

	/* Of what said nothing at all: that. */
	if (its->scanners[STREAM_ERRORS] == NULL)
		scanner_of(output, its, STREAM_OUT);
	for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++)
		if (its->scanners[stream] != NULL)
			scanner_finish(its->scanners[stream]);
	for (size_t row = 0; row < count; row++) {
		if (finding_of_no_execution(&findings[row], evidence->step))
			continue;
		const struct pattern *pattern = row_pattern(output, row);
		if (pattern != NULL)
			conclude_pattern(its, pattern, row, row < output->always.count, &findings[row]);
		else
			conclude_each(output, its, &findings[row]);
		if (evidence->step->output_incomplete)
			doubt_incomplete(output, row, &findings[row]);
	}
}

static void release(const void *self, void *state)
{
	struct output_state *output = state;

	(void)self;
	for (enum stream stream = STREAM_OUT; stream < STREAMS; stream++)
		scanner_free(output->scanners[stream]);
	for (size_t i = 0; i < output->each_count; i++)
		pattern_free(output->each[i]);
	free(output->each);
}

#define DETAILS                                                                                                \
	"Patterns are PCRE2, multi-line, tried on the text with terminal colour codes removed, as it streams " \
	"by: a step may print any amount. Every pattern is a check of its own. A match may span at most 1 MiB."

/* The three kinds differ in what they listen to. */
/* clang-format off */
#define SAME                                                                                                           \
	.subject = SUBJECT_STEP,                                                                                       \
	.parameters = &record, .state_size = sizeof(struct output_state), .rows = rows, .expect = expect,              \
	.begin = begin, .observe = observe, .conclude = conclude, .release = release
/* clang-format on */

const struct assertion_kind kind_output = {
	.name = "output",
	SAME,
	.summary = "patterns in what the step prints, on standard output or on standard error",
	.details = DETAILS " Each of the two is searched by itself, so neither tears a line of the other; what goes to "
			   "a file or a store is no part of it. An 'always' that asks for the whole (\\A with \\z or "
			   "'(?!') must be found in each of the two that says anything.",
	.example = "output: {never: [\"Bucket not found\"], always: ['^\\[DONE\\]']}",
	.channels = CHANNEL_SAID | CHANNEL_STDERR,
	.row_name = row_name_output,
};

const struct assertion_kind kind_stdout = {
	.name = "stdout",
	SAME,
	.summary = "patterns in the step's standard output, also where that is written to a file",
	.details = DETAILS,
	.example = "stdout: {always: ['\\Aok\\s*\\z']}",
	.channels = CHANNEL_STDOUT,
	.row_name = row_name_stdout,
};

const struct assertion_kind kind_stderr = {
	.name = "stderr",
	SAME,
	.summary = "patterns in the step's standard error",
	.details = DETAILS,
	.example = "stderr: {never: ['(?i)\\bwarning\\b']}",
	.channels = CHANNEL_STDERR,
	.row_name = row_name_stderr,
};
