#include "assertions/checks/assertion.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scanner.h"
#include "assertions/scan/sql_dump.h"
#include "assertions/checks/inventory.h"

#define NAMES_MAX 20
#define PLACEHOLDER "{item}"
#define GROUP "item"
#define WILDCARDS "*?[{\\"
#define STAMP_TOLERANCE_MS 2000 /* a store's times are of whole seconds */

enum covers_of { OF_DATABASES };

static const char *const ofs[] = {[OF_DATABASES] = "databases", NULL};

struct covers_parameters {
	const char *inventory;
	struct pattern *line;
	int of; /* an enum covers_of, or -1 */
	struct glob *member;
	struct glob *object;
	int64_t within_ms;
};

struct covers_state {
	const struct inventory *inventory;
	int64_t now_ms;
	struct scanner *scanner;
	struct sql_dump *dump;
	uint32_t *times; /* by item: how often it was found */
	bool takes_back; /* what is told of now was no file after all */
	int64_t *written_ms; /* by item, of the newest of its objects; where `object` is declared */
	int64_t newest_ms; /* of all objects that stand for an item */
	struct glob **globs; /* by item, where `member` is more than text around the item */
	struct glob *any; /* the same for an item of any name */
	const char *before, *after; /* of the item in `member`, where it is not */
	size_t before_length, after_length;
	uint64_t extras;
	struct buffer extra_names;
};

static const struct parameter parameters[] = {
	{"inventory", &value_inventory, PARAMETER_REQUIRED, offsetof(struct covers_parameters, inventory),
	 .help = "the list that must be covered", .example = "databases"},
	{"line", &value_pattern, PARAMETER_ALTERNATIVE, offsetof(struct covers_parameters, line),
	 .help = "a pattern with a group (?<item>...): what it finds in the unpacked text is an item",
	 .example = "'^\\\\connect \"?(?<item>[^\"\\s]+)'"},
	{"of", &value_choice, PARAMETER_ALTERNATIVE, offsetof(struct covers_parameters, of), .choices = ofs,
	 .help = "names that are read from a plain SQL dump itself (pg_dumpall, mysqldump, mariadb-dump), however they "
		 "are quoted",
	 .example = "databases"},
	{"member", &value_glob, PARAMETER_ALTERNATIVE, offsetof(struct covers_parameters, member),
	 .help = "a glob with {item}: the member that stands for an item", .example = "\"{item}.sql.gz\""},
	{"object", &value_glob, PARAMETER_ALTERNATIVE, offsetof(struct covers_parameters, object),
	 .help = "a glob with {item}: the object that stands for an item, among those that the artifact's 'key' "
		 "matches; or the file, among those that its 'file' matches",
	 .example = "\"pg/{item}-*.dump\""},
	{"within", &value_duration, 0, offsetof(struct covers_parameters, within_ms), .fallback = "24h",
	 .more = MORE_IS_WEAKER,
	 .help = "with 'object', how much older than the newest of them an item's may be; where the artifact has a "
		 "'step' they must have been written since that began",
	 .example = "26h"},
	{0},
};

/* `member` and `object` are looked for in the same way. */
static const char *item_glob(const struct covers_parameters *covers)
{
	const char *text = glob_text(covers->member != NULL ? covers->member : covers->object);

	return covers->object != NULL && strncmp(text, "./", 2) == 0 ? text + 2 : text;
}

static int validate_item_glob(const char *word, const char *text, struct error *err)
{
	const char *found = strstr(text, PLACEHOLDER);

	if (found == NULL || strstr(found + 1, PLACEHOLDER) != NULL)
		return error_set(err, "'%s' must have " PLACEHOLDER " in it, once", word);
	return 0;
}

static int validate(const void *self, struct error *err)
{
	const struct covers_parameters *covers = self;

	if (covers->line != NULL && !pattern_has_group(covers->line, GROUP))
		return error_set(err, "the pattern of 'line' has no group (?<" GROUP ">...)");
	if (covers->line != NULL || covers->of >= 0)
		return 0;
	return validate_item_glob(covers->member != NULL ? "member" : "object", item_glob(covers), err);
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

static void count_item(struct covers_state *state, size_t item, int64_t modified_ms)
{
	if (state->takes_back) {
		state->times[item] -= state->times[item] > 0;
		return;
	}
	state->times[item] += state->times[item] < UINT32_MAX;
	if (state->written_ms == NULL)
		return;
	if (modified_ms > state->written_ms[item])
		state->written_ms[item] = modified_ms;
	if (modified_ms > state->newest_ms)
		state->newest_ms = modified_ms;
}

/* Every name once, as far as they are named at all. */
static bool is_named(const struct buffer *names, const char *name, size_t length)
{
	for (const char *at = names->data; at != NULL; at = strstr(at, ", "), at = at != NULL ? at + 2 : NULL)
		if (strncmp(at, name, length) == 0 && (at[length] == '\0' || at[length] == ','))
			return true;
	return false;
}

static void saw_extra(struct covers_state *state, const char *name, size_t length)
{
	if (state->takes_back)
		return;
	if (length > 200)
		length = 200;
	if (state->extras <= NAMES_MAX && is_named(&state->extra_names, name, length))
		return;
	if (state->extras++ < NAMES_MAX)
		buffer_print(&state->extra_names, "%s%.*s", state->extra_names.length > 0 ? ", " : "", (int)length,
			     name);
}

static void saw_item_at(struct covers_state *state, const char *data, size_t length, int64_t modified_ms)
{
	long index = inventory_find(state->inventory, data, length);

	if (index >= 0) {
		count_item(state, (size_t)index, modified_ms);
		return;
	}
	saw_extra(state, data, length);
}

static void saw_item(void *context, const char *data, size_t length)
{
	saw_item_at(context, data, length, INT64_MIN);
}

/* The glob for one item; of any, where the item is NULL. */
static struct glob *compile_for(const char *around, const char *item)
{
	const char *found = strstr(around, PLACEHOLDER);
	cleanup_buffer struct buffer text;
	struct glob *glob = NULL;
	struct error ignored;

	buffer_init(&text, (size_t)1 << 16);
	buffer_append(&text, around, (size_t)(found - around));
	if (item != NULL)
		glob_quote(item, &text);
	else
		buffer_string(&text, "*");
	buffer_string(&text, found + strlen(PLACEHOLDER));
	return glob_compile(text.data, &glob, &ignored) == 0 ? glob : NULL;
}

static void compile_globs(const struct covers_parameters *covers, struct covers_state *state)
{
	state->globs = memory_array(state->inventory->count, sizeof(struct glob *));
	for (size_t i = 0; i < state->inventory->count; i++)
		state->globs[i] = compile_for(item_glob(covers), state->inventory->items[i]);
	state->any = compile_for(item_glob(covers), NULL);
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
	its->times = memory_array(its->inventory->count, sizeof(*its->times));
	if (covers->line != NULL) {
		const struct pattern *pattern = covers->line;
		its->scanner = scanner_new(&pattern, 1, SCANNER_DECODE_UTF16);
		scanner_each(its->scanner, 0, GROUP, saw_item, its);
		return;
	}
	if (covers->of >= 0) {
		its->dump = sql_dump_new(saw_item, its);
		return;
	}
	if (covers->object != NULL) {
		its->newest_ms = INT64_MIN;
		its->written_ms = memory_array(its->inventory->count, sizeof(*its->written_ms));
		for (size_t i = 0; i < its->inventory->count; i++)
			its->written_ms[i] = INT64_MIN;
	}
	its->before = item_glob(covers);
	its->before_length = (size_t)(strstr(its->before, PLACEHOLDER) - its->before);
	its->after = its->before + its->before_length + strlen(PLACEHOLDER);
	its->after_length = strlen(its->after);
	if (strcspn(its->before, WILDCARDS) < its->before_length || strcspn(its->after, WILDCARDS) < its->after_length)
		compile_globs(covers, its);
}

static void observe(const void *self, void *state, enum channel channel, const char *data, size_t length)
{
	struct covers_state *covers = state;

	(void)self;
	(void)channel;
	if (covers->scanner != NULL)
		scanner_feed(covers->scanner, data, length);
	if (covers->dump != NULL)
		sql_dump_feed(covers->dump, data, length);
}

/*
 * "pg/a-b-1.dump" fits "pg/{item}-*.dump" for the items "a" and "a-b": it stands for the longer one, or else the loss of "a"
 * would be hidden by the dump of "a-b".
 */
static void saw_path_of_glob(struct covers_state *covers, const char *path, int64_t modified_ms)
{
	size_t best = covers->inventory->count, best_length = 0;

	for (size_t i = 0; i < covers->inventory->count; i++) {
		size_t length = strlen(covers->inventory->items[i]);
		if (length > best_length && covers->globs[i] != NULL && glob_matches(covers->globs[i], path)) {
			best = i;
			best_length = length;
		}
	}
	if (best < covers->inventory->count)
		count_item(covers, best, modified_ms);
	else if (covers->any != NULL && glob_matches(covers->any, path))
		saw_extra(covers, path, strlen(path));
}

static void saw_path(struct covers_state *covers, const char *path, int64_t modified_ms)
{
	size_t length = strlen(path), around = covers->before_length + covers->after_length;

	if (covers->times == NULL || covers->before == NULL)
		return;
	if (covers->globs != NULL) {
		saw_path_of_glob(covers, path, modified_ms);
		return;
	}
	if (length > around && strncmp(path, covers->before, covers->before_length) == 0 &&
	    strcmp(path + length - covers->after_length, covers->after) == 0)
		saw_item_at(covers, path + covers->before_length, length - around, modified_ms);
}

static void member(const void *self, void *state, const struct inspect_member *told, struct member_checks *ret_checks)
{
	struct covers_state *covers = state;

	(void)ret_checks;
	if (((const struct covers_parameters *)self)->member == NULL)
		return;
	covers->takes_back = told->corrected;
	if (told->corrected || (told->type != MEMBER_FOLDER && !told->symbolic))
		saw_path(covers, told->path, INT64_MIN);
}

static void sibling(const void *self, void *state, const char *name, int64_t modified_ms)
{
	(void)self;
	saw_path(state, strncmp(name, "./", 2) == 0 ? name + 2 : name, modified_ms);
}

/* An object of long ago stands for its item no more: else nobody would notice that no new one comes. */
static size_t forget_old(const struct covers_parameters *covers, struct covers_state *state, int64_t made_after_ms)
{
	int64_t bound_ms = made_after_ms != PARAMETER_UNSET ? made_after_ms - STAMP_TOLERANCE_MS
							    : state->newest_ms - covers->within_ms;
	size_t old = 0;

	if (state->newest_ms == INT64_MIN)
		return 0;
	for (size_t i = 0; i < state->inventory->count; i++) {
		if (!state->times[i] || state->written_ms[i] >= bound_ms)
			continue;
		state->times[i] = 0;
		old++;
	}
	return old;
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

static void conclude_covered(const struct covers_state *state, size_t old, struct finding *finding)
{
	const struct inventory *inventory = state->inventory;
	size_t wanted = 0, missing = 0;
	cleanup_buffer struct buffer names;

	buffer_init(&names, FINDING_OBSERVED_MAX / 2);
	for (size_t i = 0; i < inventory->count; i++) {
		if (inventory_excepts(inventory, inventory->items[i], state->now_ms) != NULL)
			continue;
		wanted++;
		if (!state->times[i] && missing++ < NAMES_MAX)
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
		finding_fail(finding, "%zu of %zu (%zu%%); missing: %s%s", wanted - missing, wanted, percent,
			     names.data, old > 0 ? "; some of these have an old one only" : "");
	else if (state->extras > 0)
		finding_pass(finding, "%zu of %zu (100%%); not in the inventory: %s%s", wanted, wanted,
			     state->extra_names.data, state->extras > NAMES_MAX ? ", ..." : "");
	else
		finding_pass(finding, "%zu of %zu (100%%)", wanted, wanted);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct covers_parameters *covers = self;
	const struct bytes_evidence *bytes = evidence->bytes;
	struct covers_state *its = state;

	if (its->scanner != NULL)
		scanner_finish(its->scanner);
	if (its->times == NULL)
		finding_unproven(findings, "the inventory '%s' could not be had", covers->inventory);
	else if ((int64_t)its->inventory->count < its->inventory->minimum)
		finding_unproven(findings, "the inventory '%s' has %zu items, which is too few to prove anything",
				 covers->inventory, its->inventory->count);
	else if ((covers->object == NULL && finding_of_trouble(findings, bytes)) || has_stale_exception(its, findings))
		return;
	else if (its->scanner != NULL && scanner_result(its->scanner, 0, NULL) == SCAN_UNDECIDED)
		finding_unproven(findings, "a match began and did not end within %zu bytes", SCANNER_SPAN_MAX);
	else if (covers->object != NULL && bytes->siblings_trouble != NULL)
		finding_unproven(findings, "%s", bytes->siblings_trouble);
	else if (its->dump != NULL && sql_dump_unfinished(its->dump) != NULL)
		finding_unproven(findings, "it ends within %s: what else it covers cannot be told",
				 sql_dump_unfinished(its->dump));
	else
		conclude_covered(its, covers->object != NULL ? forget_old(covers, its, bytes->made_after_ms) : 0,
				 findings);
}

static void release(const void *self, void *state)
{
	struct covers_state *covers = state;

	(void)self;
	scanner_free(covers->scanner);
	sql_dump_free(covers->dump);
	for (size_t i = 0; covers->globs != NULL && i < covers->inventory->count; i++)
		glob_free(covers->globs[i]);
	free(covers->globs);
	glob_free(covers->any);
	free(covers->times);
	free(covers->written_ms);
	buffer_release(&covers->extra_names);
}

static unsigned channels_of(const void *self)
{
	const struct covers_parameters *covers = self;

	if (covers->object != NULL)
		return CHANNEL_SIBLINGS;
	return CHANNEL_LAYERS | (covers->line != NULL || covers->of >= 0 ? CHANNEL_TEXT : CHANNEL_MEMBERS);
}

const struct assertion_kind kind_covers = {
	.name = "covers",
	.subject = SUBJECT_BYTES,
	.summary = "every item of an inventory is in it",
	.details = "Items are looked for in the unpacked text, by a pattern or as the databases of a SQL dump, or by a "
		   "glob among an archive's members, or among the objects (files) that the artifact is one of. An "
		   "object that is much older than the newest stands for nothing. Gives the percentage and names what "
		   "is missing. An exception whose day has passed, or that excepts nothing, fails.",
	.example = "covers: {inventory: databases, of: databases}",
	.parameters = &record,
	.channels_of = channels_of,
	.state_size = sizeof(struct covers_state),
	.expect = expect,
	.begin = begin,
	.observe = observe,
	.member = member,
	.sibling = sibling,
	.conclude = conclude,
	.release = release,
};
