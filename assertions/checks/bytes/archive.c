#include "assertions/checks/assertion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/checks/distinct.h"

#define NAMES_MAX 20

struct member_parameters {
	struct glob *path;
	struct bounds *count; /* NULL: at least one */
	struct check_list *expect;
};

struct archive_parameters {
	struct parameter_list members; /* of struct member_parameters * */
	bool only;
	struct bounds *count;
	int zero_tail;
};

enum zero_tail { ZERO_TAIL_REPORT, ZERO_TAIL_FAIL };

struct archive_state {
	uint64_t *times; /* by declared member: how often it was found */
	uint64_t *symbolic; /* links, which are not counted among these */
	struct distinct *files; /* by row, where a count is declared: names that are not counted twice */
	uint64_t undeclared;
	struct buffer undeclared_names;
};

static const struct parameter count_table[] = {
	{"min", &value_integer, PARAMETER_SHORTHAND, offsetof(struct bounds, min), .more = MORE_IS_STRONGER,
	 .help = "at least so many", .example = "1"},
	{"max", &value_integer, PARAMETER_SHORTHAND, offsetof(struct bounds, max), .more = MORE_IS_WEAKER,
	 .help = "at most so many", .example = "10"},
	{0},
};

static const struct record count_record = {.name = "a count",
					   .help = "how many; a number alone is exactly so many",
					   .size = sizeof(struct bounds),
					   .parameters = count_table,
					   .needs_one = true,
					   .validate = bounds_validate};

static const struct parameter member_table[] = {
	{"path", &value_glob, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct member_parameters, path),
	 .help = "a glob of paths in the archive; a leading ./ is no part of them", .example = "db/database.sql.gz"},
	{"count", &value_record, 0, offsetof(struct member_parameters, count), .record = &count_record,
	 .help = "how many files match, whatever number of times one is in it; without it at least one",
	 .example = "{min: 10}"},
	{"expect", &value_checks, 0, offsetof(struct member_parameters, expect), .subject = SUBJECT_BYTES,
	 .help = "checks on the bytes of every member that matches", .example = "{size: {min: 200B}}"},
	{0},
};

static const struct record member_record = {.name = "a member",
					    .help = "a member of an archive, or several",
					    .size = sizeof(struct member_parameters),
					    .parameters = member_table};

static const struct parameter member_item = {.type = &value_record, .record = &member_record};
static const struct parameter parameters[] = {
	{"members", &value_list, PARAMETER_STRICT_LIST, offsetof(struct archive_parameters, members),
	 .item = &member_item, .help = "what must be in it",
	 .example = "[{path: db/database.sql.gz, expect: {text: {always: [\"dump complete\"]}}}]"},
	{"only", &value_bool, 0, offsetof(struct archive_parameters, only), .fallback = "false",
	 .more = MORE_IS_STRONGER, .help = "a member that nobody declared fails too", .example = "true"},
	{"count", &value_record, 0, offsetof(struct archive_parameters, count), .record = &count_record,
	 .help = "how many files there are, each once; folders and symbolic links are not counted",
	 .example = "{min: 1}"},
	{"zero_tail", &value_choice, 0, offsetof(struct archive_parameters, zero_tail),
	 .choices = (const char *const[]){"report", "fail", NULL}, .fallback = "report", .more = MORE_IS_STRONGER,
	 .help = "what becomes of a member of a tar or cpio that ends in 512 zero bytes or more, as one does whose "
		 "file shrank while it was read",
	 .example = "fail"},
	{0},
};

static const struct member_parameters *member_at(const struct archive_parameters *archive, size_t i)
{
	return ((struct member_parameters *const *)archive->members.items)[i];
}

static int validate(const void *self, struct error *err)
{
	const struct archive_parameters *archive = self;

	if (archive->only && archive->members.count == 0)
		return error_set(err, "'only' without 'members': nothing would be allowed in it");
	for (size_t i = 0; i < archive->members.count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(glob_text(member_at(archive, i)->path), glob_text(member_at(archive, j)->path)) == 0)
				return error_set(err, "member '%s' is declared twice",
						 glob_text(member_at(archive, i)->path));
	return 0;
}

static const struct record record = {.name = "an archive",
				     .help = "what is in an archive",
				     .size = sizeof(struct archive_parameters),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = validate};

static size_t rows(const void *self)
{
	return 1 + ((const struct archive_parameters *)self)->members.count;
}

static void row_name(const void *self, size_t row, struct buffer *out)
{
	if (row == 0)
		buffer_string(out, "archive");
	else
		buffer_print(out, "member:%s", glob_text(member_at(self, row - 1)->path));
}

static const struct bounds *count_of(const struct member_parameters *member)
{
	static const struct bounds at_least_one = {1, PARAMETER_UNSET};

	return member->count != NULL ? member->count : &at_least_one;
}

static enum value_change compare(const void *before, size_t row_before, const void *after, size_t row_after)
{
	if (row_before == 0)
		return value_compare_records(&record, NULL, before, after);
	return bounds_change(count_of(member_at(before, row_before - 1)), count_of(member_at(after, row_after - 1)));
}

/* Where nothing else may be in it: a member that need not be there, or any number of them. */
static bool permits(const void *before, const void *after, size_t row)
{
	const struct member_parameters *member = row > 0 ? member_at(after, row - 1) : NULL;

	return member != NULL && ((const struct archive_parameters *)before)->only &&
	       (!glob_is_literal(member->path) || count_of(member)->min < 1);
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct archive_parameters *archive = self;

	if (row == 0) {
		buffer_string(out, "a complete archive");
		if (archive->count != NULL) {
			buffer_string(out, " of ");
			bounds_expect(archive->count, BOUNDS_COUNT, out);
			buffer_string(out, " members");
		}
		buffer_string(out, archive->only ? ", nothing in it that is not declared" : "");
		return;
	}
	const struct member_parameters *member = member_at(archive, row - 1);
	if (member->count != NULL)
		bounds_expect(member->count, BOUNDS_COUNT, out);
	else
		buffer_string(out, glob_is_literal(member->path) ? "is there" : "at least 1");
}

/* NULL: none is declared. */
static const struct bounds *row_count(const struct archive_parameters *archive, size_t row)
{
	return row == 0 ? archive->count : member_at(archive, row - 1)->count;
}

static void begin(const void *self, void *state, const struct check_context *context)
{
	struct archive_state *archive = state;

	(void)context;
	archive->times = memory_array(rows(self), sizeof(*archive->times));
	archive->symbolic = memory_array(rows(self), sizeof(*archive->symbolic));
	archive->files = memory_array(rows(self), sizeof(*archive->files));
	for (size_t row = 0; row < rows(self); row++)
		if (row_count(self, row) != NULL)
			archive->files[row].limit = distinct_limit(row_count(self, row));
	buffer_init(&archive->undeclared_names, FINDING_OBSERVED_MAX / 2);
}

/* It was taken for a file, and holds nothing that could be restored. */
static void correct(const struct archive_parameters *archive, struct archive_state *its,
		    const struct inspect_member *told)
{
	bool declared = false;

	distinct_remove(&its->files[0], told->path);
	for (size_t i = 0; i < archive->members.count; i++) {
		if (!glob_matches(member_at(archive, i)->path, told->path))
			continue;
		declared = true;
		its->times[i] -= its->times[i] > 0;
		its->symbolic[i] += told->symbolic;
		distinct_remove(&its->files[i + 1], told->path);
	}
	if (!declared && told->type == MEMBER_FOLDER)
		its->undeclared -= its->undeclared > 0;
}

/* A file under several names is one, and so is one that is there several times, as 'tar -r' adds it every night. */
static void count_file(const struct archive_parameters *archive, struct archive_state *its, size_t row,
		       const struct inspect_member *told)
{
	if (row_count(archive, row) != NULL)
		distinct_add(&its->files[row], told->file != NULL ? told->file : told->path);
}

/* Folders are neither counted nor asked for: they hold nothing that could be restored. */
static void member(const void *self, void *state, const struct inspect_member *told, struct member_checks *ret_checks)
{
	const struct archive_parameters *archive = self;
	struct archive_state *its = state;
	bool declared = false;

	if (told->corrected) {
		correct(archive, its, told);
		return;
	}
	if (told->type == MEMBER_FOLDER)
		return;
	if (!told->symbolic)
		count_file(archive, its, 0, told);
	for (size_t i = 0; i < archive->members.count; i++) {
		const struct member_parameters *wanted = member_at(archive, i);
		if (!glob_matches(wanted->path, told->path))
			continue;
		declared = true;
		if (told->symbolic) {
			its->symbolic[i]++;
			continue;
		}
		its->times[i]++;
		count_file(archive, its, i + 1, told);
		if (wanted->expect != NULL && ret_checks->count < MEMBER_CHECKS_MAX)
			ret_checks->lists[ret_checks->count++] = wanted->expect;
	}
	if (declared)
		return;
	if (its->undeclared++ < NAMES_MAX)
		buffer_print(&its->undeclared_names, "%s%s", its->undeclared_names.length > 0 ? ", " : "", told->path);
}

/* A database's last pages and an image's end may well be zeros: only where the manifest says so is it a failure. */
static void remark_zero_tails(const struct archive_parameters *archive, const struct zero_tails *tails,
			      struct finding *finding)
{
	char size[UNITS_TEXT_MAX], observed[FINDING_OBSERVED_MAX];

	if (tails->members == 0)
		return;
	memcpy(observed, finding->observed, sizeof(observed));
	units_format_size((int64_t)tails->bytes, size);
	if (archive->zero_tail == ZERO_TAIL_FAIL)
		finding_fail(finding, "%llu of its members end in zeros, up to %s of them: %s",
			     (unsigned long long)tails->members, size, tails->path);
	else if (tails->members == 1)
		finding_pass(finding, "%s; 1 member ends in %s of zeros: %s (did its file shrink?)", observed, size,
			     tails->path);
	else
		finding_pass(finding, "%s; %llu members end in zeros, up to %s of them: %s (did its file shrink?)",
			     observed, (unsigned long long)tails->members, size, tails->path);
	finding_hint(finding,
		     "tar and cpio fill up with zeros what they could not read of a file that was made shorter "
		     "meanwhile, and exit with 1: dump or stop what writes to it first");
}

static void conclude_count(const struct distinct *files, const struct bounds *wanted, unsigned long long members,
			   struct finding *finding)
{
	enum distinct_result result = distinct_compare(files, wanted);
	char several[64] = "";

	if (result == DISTINCT_UNKNOWN) {
		finding_unproven(finding, "%llu members, of which no more than %zu can be told apart", members,
				 files->limit);
		return;
	}
	if (!files->is_full && files->count != members)
		snprintf(several, sizeof(several), ", which are %zu files, links aside", files->count);
	if (result == DISTINCT_WITHIN)
		finding_pass(finding, "complete, %llu members%s", members, several);
	else
		finding_fail(finding, "%llu members%s", members, several);
}

static void conclude_archive(const struct archive_parameters *archive, const struct archive_state *state,
			     const struct inspect_result *result, struct finding *finding)
{
	unsigned long long members = (unsigned long long)result->members;

	if (archive->only && state->undeclared > 0) {
		finding_fail(finding, "%llu that nobody declared: %s%s", (unsigned long long)state->undeclared,
			     state->undeclared_names.data, state->undeclared > NAMES_MAX ? ", ..." : "");
		finding_hint(finding,
			     "declare what belongs into the backup under 'members', or find out why it is there");
	} else if (archive->count == NULL) {
		finding_pass(finding, "complete, %llu members", members);
		remark_zero_tails(archive, &result->zero_tails, finding);
	} else {
		conclude_count(&state->files[0], archive->count, members, finding);
		if (finding->verdict == VERDICT_PASS)
			remark_zero_tails(archive, &result->zero_tails, finding);
	}
}

/* What a symbolic link points to is not in it, whatever its name says. */
static void add_symbolic(uint64_t symbolic, struct finding *finding)
{
	char observed[FINDING_OBSERVED_MAX];

	if (symbolic == 0)
		return;
	memcpy(observed, finding->observed, sizeof(observed));
	if (finding->verdict == VERDICT_FAIL)
		finding_fail(finding, "%s, and %llu symbolic link%s, which hold%s no bytes", observed,
			     (unsigned long long)symbolic, symbolic == 1 ? "" : "s", symbolic == 1 ? "s" : "");
	else if (finding->verdict == VERDICT_PASS)
		finding_pass(finding, "%s, and %llu symbolic link%s, not counted", observed,
			     (unsigned long long)symbolic, symbolic == 1 ? "" : "s");
}

static enum distinct_result compare_count(const struct bounds *wanted, uint64_t times, const struct distinct *files)
{
	if (wanted == NULL)
		return times > 0 ? DISTINCT_WITHIN : DISTINCT_BELOW;
	return distinct_compare(files, wanted);
}

static void conclude_member(const struct member_parameters *wanted, uint64_t times, const struct distinct *files,
			    const struct bytes_evidence *bytes, struct finding *finding)
{
	enum distinct_result compared = compare_count(wanted->count, times, files);
	unsigned long long shown = wanted->count == NULL || files->is_full ? times : files->count;

	/* What was not seen may stand behind the place where reading ended. */
	if (compared == DISTINCT_BELOW && bytes->result->trouble.soundness == UNREADABLE)
		finding_of_trouble(finding, bytes);
	else if (compared != DISTINCT_ABOVE && bytes->result->trouble.soundness == OPAQUE)
		finding_of_trouble(finding, bytes);
	else if (compared == DISTINCT_UNKNOWN)
		finding_unproven(finding, "%llu, of which no more than %zu can be told apart", shown, files->limit);
	else if (compared == DISTINCT_WITHIN)
		finding_pass(finding, shown == 1 ? "there" : "%llu", shown);
	else if (times == 0)
		finding_fail(finding, "missing");
	else
		finding_fail(finding, "%llu", shown);
}

/* What may be missing, and is, has nothing that its checks could find fault with. */
static void settle_absent(const struct archive_parameters *archive, const struct archive_state *state)
{
	struct finding none = {0};

	finding_pass(&none, "none is there, and none need be");
	for (size_t i = 0; i < archive->members.count; i++) {
		const struct member_parameters *member = member_at(archive, i);
		if (state->times[i] == 0 && member->count != NULL && bounds_compare(member->count, 0) == 0)
			check_list_settle(member->expect, &none);
	}
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct archive_parameters *archive = self;
	const struct archive_state *its = state;
	const struct bytes_evidence *bytes = evidence->bytes;

	if (!finding_of_trouble(&findings[0], bytes)) {
		conclude_archive(archive, its, bytes->result, &findings[0]);
		settle_absent(archive, its);
	}
	for (size_t i = 0; i < archive->members.count; i++) {
		conclude_member(member_at(archive, i), its->times[i], &its->files[i + 1], bytes, &findings[i + 1]);
		add_symbolic(its->symbolic[i], &findings[i + 1]);
	}
}

static void release(const void *self, void *state)
{
	struct archive_state *archive = state;

	for (size_t row = 0; archive->files != NULL && row < rows(self); row++)
		distinct_release(&archive->files[row]);
	free(archive->files);
	free(archive->times);
	free(archive->symbolic);
	buffer_release(&archive->undeclared_names);
}

static void children(const void *self,
		     void (*visit)(void *context, const char *segment, const struct check_list *checks), void *context)
{
	const struct archive_parameters *archive = self;

	for (size_t i = 0; i < archive->members.count; i++) {
		cleanup_free char *segment = memory_format("member:%s", glob_text(member_at(archive, i)->path));
		if (member_at(archive, i)->expect != NULL)
			visit(context, segment, member_at(archive, i)->expect);
	}
}

const struct assertion_kind kind_archive = {
	.name = "archive",
	.subject = SUBJECT_BYTES,
	.summary = "what is in a tar, zip or cpio, compressed or not, and that it is complete",
	.details =
		"A tar is complete when every member is whole and it ends in its two zero blocks: one that was cut at "
		"the end of a member fails. Every declared member is a check of its own; its 'expect' takes whatever "
		"an artifact's takes, to any depth. Folders are not counted, and a symbolic link is no member that was "
		"asked for: it holds no bytes. What is expected of a hard link is not proven: its bytes stand under "
		"another member's path. A count tells files apart: one that is there several times, or under several names, "
		"is one. Nor is a zip with members that are encrypted, or packed in another way than "
		"stored, deflate, bzip2, zstd and xz. A member that ends in many zeros is named; 'zero_tail: fail' "
		"makes it a failure.",
	.example = "archive: {only: true, members: [backup_information.yml, {path: \"repositories/**\", count: {min: "
		   "10}}]}",
	.parameters = &record,
	.channels = CHANNEL_MEMBERS | CHANNEL_LAYERS,
	.state_size = sizeof(struct archive_state),
	.rows = rows,
	.row_name = row_name,
	.compare = compare,
	.permits = permits,
	.expect = expect,
	.begin = begin,
	.member = member,
	.conclude = conclude,
	.release = release,
	.children = children,
};
