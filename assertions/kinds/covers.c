#include "../assertion.h"

#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/cleanup.h"
#include "../base/glob.h"
#include "../base/memory.h"
#include "../base/scanner.h"
#include "../inventory.h"

#define NAMES_MAX 20
#define PLACEHOLDER "{item}"
#define GROUP "item"

struct covers_parameters {
	const char *inventory;
	struct pattern *line;
	struct glob *member;
};

struct covers_state {
	const struct inventory *inventory;
	int64_t now_ms;
	struct scanner *scanner;
	unsigned char *seen; /* by item */
	struct glob **globs; /* by item, where `member` is more than text around the item */
	const char *before, *after; /* of the item in `member`, where it is not */
	size_t before_length, after_length;
	uint64_t extras;
	struct buffer extra_names;
};

static const struct parameter parameters[] = {
	{"inventory", PARAMETER_INVENTORY, PARAMETER_REQUIRED, offsetof(struct covers_parameters, inventory),
	 .help = "the list that must be covered", .example = "databases"},
	{"line", PARAMETER_PATTERN, PARAMETER_ALTERNATIVE, offsetof(struct covers_parameters, line),
	 .help = "a pattern with a group (?<item>...): what it finds in the unpacked text is an item",
	 .example = "'^\\\\connect \"?(?<item>[^\"\\s]+)'"},
	{"member", PARAMETER_GLOB, PARAMETER_ALTERNATIVE, offsetof(struct covers_parameters, member),
	 .help = "a glob with {item}: the member that stands for an item", .example = "\"{item}.sql.gz\""},
	{0},
};

static int validate_member(const char *member, struct error *err)
{
	const char *found = strstr(member, PLACEHOLDER);

	if (found == NULL || strstr(found + 1, PLACEHOLDER) != NULL)
		return error_set(err, "'member' must have " PLACEHOLDER " in it, once");
	return 0;
}

static int validate(const void *self, struct error *err)
{
	const struct covers_parameters *covers = self;

	if (covers->line != NULL && !pattern_has_group(covers->line, GROUP))
		return error_set(err, "the pattern of 'line' has no group (?<" GROUP ">...)");
	return covers->member != NULL ? validate_member(glob_text(covers->member), err) : 0;
}

static const struct record record = {.name = "a cover",
				     .help = "an inventory that must be covered",
				     .size = sizeof(struct covers_parameters),
				     .parameters = parameters,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	(void)row;
	buffer_print(out, "every item of %s", ((const struct covers_parameters *)self)->inventory);
}

static void saw_item(void *context, const char *data, size_t length)
{
	struct covers_state *state = context;
	long index = inventory_find(state->inventory, data, length);

	if (index >= 0) {
		state->seen[index] = 1;
		return;
	}
	if (state->extras++ < NAMES_MAX)
		buffer_print(&state->extra_names, "%s%.*s", state->extra_names.length > 0 ? ", " : "",
			     (int)(length < 200 ? length : 200), data);
}

static bool has_wildcard(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (strchr("*?[{\\", text[i]) != NULL)
			return true;
	return false;
}

static void compile_globs(const struct covers_parameters *covers, struct covers_state *state)
{
	const char *member_text = glob_text(covers->member), *found = strstr(member_text, PLACEHOLDER);
	struct error ignored;

	state->globs = memory_array(state->inventory->count, sizeof(struct glob *));
	for (size_t i = 0; i < state->inventory->count; i++) {
		cleanup_buffer struct buffer text;
		buffer_init(&text, (size_t)1 << 16);
		buffer_append(&text, member_text, (size_t)(found - member_text));
		glob_quote(state->inventory->items[i], &text);
		buffer_string(&text, found + strlen(PLACEHOLDER));
		glob_compile(text.data, &state->globs[i], &ignored);
	}
}

static void begin(const void *self, void *state, const struct check_context *context)
{
	const struct covers_parameters *covers = self;
	struct covers_state *its = state;

	buffer_init(&its->extra_names, FINDING_OBSERVED_MAX / 4);
	its->now_ms = context->now_ms;
	its->inventory = context->inventory(context->context, covers->inventory);
	if (its->inventory == NULL || !its->inventory->gathered)
		return;
	its->seen = memory_alloc(its->inventory->count);
	if (covers->line != NULL) {
		const struct pattern *pattern = covers->line;
		its->scanner = scanner_new(&pattern, 1, SCANNER_STRIP_COLOURS);
		scanner_each(its->scanner, 0, GROUP, saw_item, its);
		return;
	}
	its->before = glob_text(covers->member);
	its->before_length = (size_t)(strstr(its->before, PLACEHOLDER) - its->before);
	its->after = its->before + its->before_length + strlen(PLACEHOLDER);
	its->after_length = strlen(its->after);
	if (has_wildcard(its->before, its->before_length) || has_wildcard(its->after, its->after_length))
		compile_globs(covers, its);
}

static void observe(const void *self, void *state, enum channel channel, const char *data, size_t length)
{
	struct covers_state *covers = state;

	(void)self;
	(void)channel;
	if (covers->scanner != NULL)
		scanner_feed(covers->scanner, data, length);
}

static void member(const void *self, void *state, const struct inspect_member *seen, struct member_checks *ret_checks)
{
	struct covers_state *covers = state;
	size_t length = strlen(seen->path), around = covers->before_length + covers->after_length;

	(void)self;
	(void)ret_checks;
	if (covers->seen == NULL || covers->before == NULL || seen->type == MEMBER_FOLDER || seen->symbolic)
		return;
	if (covers->globs != NULL) {
		for (size_t i = 0; i < covers->inventory->count; i++)
			if (covers->globs[i] != NULL && glob_matches(covers->globs[i], seen->path))
				covers->seen[i] = 1;
		return;
	}
	if (length > around && strncmp(seen->path, covers->before, covers->before_length) == 0 &&
	    strcmp(seen->path + length - covers->after_length, covers->after) == 0)
		saw_item(covers, seen->path + covers->before_length, length - around);
}

/* An exception that has ended, or that excepts what is not there any more, would hide the next loss. */
static bool has_stale_exception(const struct covers_state *state, struct finding *finding)
{
	const struct inventory *inventory = state->inventory;
	char moment[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < inventory->exception_count; i++) {
		const struct inventory_exception *exception = &inventory->exceptions[i];
		if (exception->until_ms != PARAMETER_UNSET && exception->until_ms < state->now_ms)
			finding_fail(finding, "the exception of '%s' ended on %s", exception->item,
				     clock_format_date(exception->until_ms - 1, moment));
		else if (inventory_find(inventory, exception->item, strlen(exception->item)) < 0)
			finding_fail(finding, "the exception of '%s' excepts nothing: it is not in the inventory",
				     exception->item);
		else
			continue;
		finding_hint(finding, "take it out of 'except' of the inventory '%s', or give it a new date",
			     inventory->name);
		return true;
	}
	return false;
}

static void conclude_covered(const struct covers_state *state, struct finding *finding)
{
	const struct inventory *inventory = state->inventory;
	size_t wanted = 0, missing = 0;
	cleanup_buffer struct buffer names;

	buffer_init(&names, FINDING_OBSERVED_MAX / 2);
	for (size_t i = 0; i < inventory->count; i++) {
		if (inventory_excepts(inventory, inventory->items[i], state->now_ms) != NULL)
			continue;
		wanted++;
		if (!state->seen[i] && missing++ < NAMES_MAX)
			buffer_print(&names, "%s%.100s", names.length > 0 ? ", " : "", inventory->items[i]);
	}
	if (wanted == 0) {
		finding_unproven(finding, "every item of the inventory is excepted: nothing is left to be covered");
		return;
	}
	/* Rounded down: 100% means all. */
	size_t percent = wanted > 0 ? (wanted - missing) * 100 / wanted : 100;
	if (missing > NAMES_MAX)
		buffer_print(&names, " and %zu more", missing - NAMES_MAX);
	finding->covered = wanted - missing;
	finding->coverable = wanted;
	if (missing > 0)
		finding_fail(finding, "%zu of %zu (%zu%%); missing: %s", wanted - missing, wanted, percent, names.data);
	else if (state->extras > 0)
		finding_pass(finding, "%zu of %zu (100%%); not in the inventory: %s%s", wanted, wanted,
			     state->extra_names.data, state->extras > NAMES_MAX ? ", ..." : "");
	else
		finding_pass(finding, "%zu of %zu (100%%)", wanted, wanted);
}

static void conclude(const void *self, void *state, const void *evidence, struct finding *findings)
{
	const struct covers_parameters *covers = self;
	struct covers_state *seen = state;

	if (seen->scanner != NULL)
		scanner_finish(seen->scanner);
	if (seen->seen == NULL)
		finding_unproven(findings, "the inventory '%s' could not be had", covers->inventory);
	else if ((int64_t)seen->inventory->count < seen->inventory->minimum)
		finding_unproven(findings, "the inventory '%s' has %zu items, which is too few to prove anything",
				 covers->inventory, seen->inventory->count);
	else if (finding_of_trouble(findings, evidence) || has_stale_exception(seen, findings))
		return;
	else if (seen->scanner != NULL && scanner_result(seen->scanner, 0, NULL) == SCAN_UNDECIDED)
		finding_unproven(findings, "a match began and did not end within %zu bytes", SCANNER_SPAN_MAX);
	else
		conclude_covered(seen, findings);
}

static void release(const void *self, void *state)
{
	struct covers_state *covers = state;

	(void)self;
	scanner_free(covers->scanner);
	for (size_t i = 0; covers->globs != NULL && i < covers->inventory->count; i++)
		glob_free(covers->globs[i]);
	free(covers->globs);
	free(covers->seen);
	buffer_release(&covers->extra_names);
}

static unsigned channels_of(const void *self)
{
	const struct covers_parameters *covers = self;

	return CHANNEL_LAYERS | (covers->line != NULL ? CHANNEL_TEXT : CHANNEL_MEMBERS);
}

const struct assertion_kind kind_covers = {
	.name = "covers",
	.subject = SUBJECT_BYTES,
	.summary = "every item of an inventory is in it",
	.details = "Items are looked for in the unpacked text, by a pattern, or among an archive's members, by a glob. "
		   "Gives the percentage and names what is missing. An exception whose day has passed, or that excepts "
		   "nothing, fails.",
	.example = "covers: {inventory: databases, member: \"{item}.sql.gz\"}",
	.parameters = &record,
	.channels_of = channels_of,
	.state_size = sizeof(struct covers_state),
	.expect = expect,
	.begin = begin,
	.observe = observe,
	.member = member,
	.conclude = conclude,
	.release = release,
};
