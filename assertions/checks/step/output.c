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

struct output_state {
	struct scanner *scanner; /* always, never, then one for each item */
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
	struct output_state *self = state;
	size_t fixed = output->always.count + output->never.count;
	cleanup_free const struct pattern **all = NULL;

	if (output->each != NULL)
		begin_each(output, self, context);
	all = memory_array(fixed + self->each_count, sizeof(*all));
	for (size_t i = 0; i < fixed; i++)
		all[i] = row_pattern(output, i);
	for (size_t i = 0; i < self->each_count; i++)
		all[fixed + i] = self->each[i];
	self->scanner = scanner_new(all, fixed + self->each_count, SCANNER_STRIP_COLOURS);
}

static void observe(const void *self, void *state, enum channel channel, const char *data, size_t length)
{
	struct output_state *output = state;

	(void)self;
	(void)channel;
	scanner_feed(output->scanner, data, length);
}

static void conclude_pattern(const struct scanner *scanner, size_t row, bool is_wanted, struct finding *finding)
{
	struct scan_match match;
	enum scan_result result = scanner_result(scanner, row, &match);
	void (*say)(struct finding * finding, const char *format, ...) __attribute__((format(printf, 2, 3))) =
		(result == SCAN_FOUND) == is_wanted ? finding_pass : finding_fail;

	if (result == SCAN_UNDECIDED)
		finding_unproven(finding, "a match began and did not end within %zu bytes", SCANNER_SPAN_MAX);
	else if (result == SCAN_FOUND)
		say(finding, "line %llu: %s", (unsigned long long)match.line, match.excerpt);
	else
		say(finding, "not in its %llu lines of output", (unsigned long long)scanner_lines(scanner));
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
		enum scan_result result = scanner_result(state->scanner, fixed + i, NULL);
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

	scanner_finish(its->scanner);
	for (size_t row = 0; row < count; row++) {
		if (finding_of_no_execution(&findings[row], evidence->step))
			continue;
		if (row_pattern(output, row) != NULL)
			conclude_pattern(its->scanner, row, row < output->always.count, &findings[row]);
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
	scanner_free(output->scanner);
	for (size_t i = 0; i < output->each_count; i++)
		pattern_free(output->each[i]);
	free(output->each);
}

/* The three kinds differ in what they listen to. */
/* clang-format off */
#define SAME                                                                                                           \
	.subject = SUBJECT_STEP,                                                                                       \
	.details = "Patterns are PCRE2, multi-line, tried on the text with terminal colour codes removed, as it "      \
		   "streams by: a step may print any amount. Every pattern is a check of its own. A match may span "    \
		   "at most 1 MiB.",                                                                                    \
	.parameters = &record, .state_size = sizeof(struct output_state), .rows = rows, .expect = expect,              \
	.begin = begin, .observe = observe, .conclude = conclude, .release = release
/* clang-format on */

const struct assertion_kind kind_output = {
	.name = "output",
	SAME,
	.summary = "patterns in what the step prints, standard output and standard error together",
	.example = "output: {never: [\"Bucket not found\"], always: ['^\\[DONE\\]']}",
	.channels = CHANNEL_OUTPUT,
	.row_name = row_name_output,
};

const struct assertion_kind kind_stdout = {
	.name = "stdout",
	SAME,
	.summary = "patterns in the step's standard output, also where that is written to a file",
	.example = "stdout: {always: ['\\Aok\\s*\\z']}",
	.channels = CHANNEL_STDOUT,
	.row_name = row_name_stdout,
};

const struct assertion_kind kind_stderr = {
	.name = "stderr",
	SAME,
	.summary = "patterns in the step's standard error",
	.example = "stderr: {never: ['(?i)\\bwarning\\b']}",
	.channels = CHANNEL_STDERR,
	.row_name = row_name_stderr,
};
