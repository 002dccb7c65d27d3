#include "assertions/checks/assertion.h"

#include <string.h>

#include "assertions/base/units.h"
#include "assertions/checks/accepted.h"

struct kept_parameters {
	struct bounds count;
	int64_t within_ms;
	double share;
};

static const struct parameter parameters[] = {
	{"min", &value_integer, PARAMETER_SHORTHAND, offsetof(struct kept_parameters, count.min),
	 .more = MORE_IS_STRONGER,
	 .help = "so many at least, the new one included, one a day; where that is more than one a day of 'within', one in each "
		 "such part of it",
	 .example = "7", .minimum = 1},
	{"max", &value_integer, 0, offsetof(struct kept_parameters, count.max), .more = MORE_IS_WEAKER,
	 .help = "so many at most, whatever they are: more shows that nobody tidies up", .example = "40", .minimum = 1},
	{"within", &value_duration, 0, offsetof(struct kept_parameters, within_ms), .more = MORE_IS_WEAKER,
	 .untold_beside = "max", .help = "only those count that are not older than this", .example = "14d"},
	{"share", &value_percent, 0, offsetof(struct kept_parameters, share), .fallback = "50%",
	 .more = MORE_IS_STRONGER, .untold_beside = "max",
	 .help = "only those count that have at least this share of the usual size: of the accepted ones, of those after it, "
		 "and of the artifact just verified",
	 .example = "80%"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	const struct kept_parameters *kept = self;

	if (kept->count.min == PARAMETER_UNSET && kept->count.max == PARAMETER_UNSET)
		return error_set(err, "one of 'min' and 'max' must be given");
	if (kept->share < 0 || kept->share > 100)
		return error_set(err, "'share' is between 0%% and 100%%");
	return bounds_validate(&kept->count, err);
}

static const struct record record = {.name = "a kept",
				     .help = "how many backups there are",
				     .size = sizeof(struct kept_parameters),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct kept_parameters *kept = self;
	char text[UNITS_TEXT_MAX];

	(void)row;
	bounds_expect(&kept->count, BOUNDS_COUNT, out);
	bool is_one = kept->count.min == 1 && (kept->count.max == PARAMETER_UNSET || kept->count.max == 1);
	buffer_string(out, is_one ? " backup" : " backups");
	if (kept->within_ms != PARAMETER_UNSET)
		buffer_print(out, " not older than %s", units_declared_duration(kept->within_ms, text));
}

struct counts {
	int64_t counted, empty, old, small, rejected, same_night;
	int64_t all; /* but for the old ones */
	int64_t usual; /* that the newest of the small ones was measured against */
};

/* Where more than one a day are asked for they may lie as close as that: half of it, since none comes on the minute. */
static int64_t night_of(const struct kept_parameters *kept)
{
	int64_t apart_ms = INT64_MAX;

	if (kept->within_ms != PARAMETER_UNSET && kept->count.min != PARAMETER_UNSET)
		apart_ms = kept->within_ms / kept->count.min / 2;
	return apart_ms < ACCEPTED_NIGHT_MS ? apart_ms : ACCEPTED_NIGHT_MS;
}

/* The last that were counted, the artifact just verified to begin with: a heap of leftovers must not be what is usual. */
struct newer {
	int64_t sizes[MEDIAN_OF];
	size_t count;
};

static void note_newer(struct newer *newer, int64_t bytes)
{
	memmove(&newer->sizes[1], newer->sizes, sizeof(newer->sizes) - sizeof(newer->sizes[0]));
	newer->sizes[0] = bytes;
	newer->count += newer->count < MEDIAN_OF;
}

static int64_t usual_size(const struct kept_objects *kept, const struct newer *newer)
{
	int64_t of_all = kept->accepted.count > 0 ? median_of(kept->accepted.sizes, kept->accepted.count) : 0;
	int64_t of_newer = newer->count > 0 ? median_of(newer->sizes, newer->count) : 0;

	return of_newer > of_all ? of_newer : of_all;
}

static bool is_old(const struct kept_parameters *kept, const struct kept_object *object, int64_t now_ms)
{
	return kept->within_ms != PARAMETER_UNSET && now_ms - object->made_ms > kept->within_ms;
}

/* Where it belongs among those that do not count, or NULL. */
static int64_t *left_out_as(const struct kept_parameters *kept, const struct kept_object *object, int64_t now_ms,
			    int64_t usual, struct counts *counts)
{
	if (object->size_bytes == 0)
		return &counts->empty;
	if (is_old(kept, object, now_ms))
		return &counts->old;
	if ((double)object->size_bytes < (double)usual * kept->share / 100.0)
		return &counts->small;
	return object->is_rejected ? &counts->rejected : NULL;
}

/* The newest first. */
static struct counts count(const struct kept_parameters *kept, const struct upload_evidence *upload)
{
	struct counts counts = {0};
	struct newer newer = {.count = 0};
	int64_t night_ms = night_of(kept), night_begin_ms = 0;

	if (upload->artifact_size > 0)
		note_newer(&newer, upload->artifact_size);
	for (size_t i = upload->kept->count; i-- > 0;) {
		const struct kept_object *object = &upload->kept->items[i];
		int64_t usual = usual_size(upload->kept, &newer);
		int64_t *left_out = left_out_as(kept, object, upload->now_ms, usual, &counts);
		if (left_out == &counts.small && counts.small == 0)
			counts.usual = usual;
		if (left_out == NULL && counts.counted > 0 && night_begin_ms - object->made_ms < night_ms)
			left_out = &counts.same_night;
		if (left_out == NULL) {
			left_out = &counts.counted;
			night_begin_ms = object->made_ms;
			note_newer(&newer, object->size_bytes);
		}
		(*left_out)++;
		counts.all += !is_old(kept, object, upload->now_ms);
	}
	return counts;
}

static void describe(const struct kept_parameters *kept, const struct counts *counts, struct buffer *out)
{
	char text[UNITS_TEXT_MAX];

	buffer_print(out, "%lld", (long long)counts->counted);
	if (counts->empty > 0)
		buffer_print(out, ", left out: %lld empty", (long long)counts->empty);
	if (counts->small > 0)
		buffer_print(out, ", left out: %lld of less than %.15g%% of the usual %s", (long long)counts->small,
			     kept->share, units_format_size(counts->usual, text));
	if (counts->rejected > 0)
		buffer_print(out, ", left out: %lld that 'size' does not accept", (long long)counts->rejected);
	if (counts->same_night > 0)
		buffer_print(out, ", left out: %lld of a night that has one", (long long)counts->same_night);
	if (counts->old > 0)
		buffer_print(out, ", left out: %lld older than %s", (long long)counts->old,
			     units_declared_duration(kept->within_ms, text));
	if (kept->count.max != PARAMETER_UNSET && counts->all > counts->counted)
		buffer_print(out, "; %lld lie there", (long long)counts->all);
}

static bool is_enough(const struct bounds *bounds, const struct counts *counts)
{
	return bounds_compare(&(struct bounds){bounds->min, PARAMETER_UNSET}, counts->counted) == 0 &&
	       bounds_compare(&(struct bounds){PARAMETER_UNSET, bounds->max}, counts->all) == 0;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct kept_parameters *kept = self;
	const struct upload_evidence *upload = evidence->upload;
	struct counts counts;
	struct buffer text;

	(void)state;
	if (upload->kept == NULL || upload->kept->is_unknown) {
		finding_unproven(findings, "they could not be counted: %s",
				 upload->kept != NULL ? upload->kept->trouble.message : "the store could not be asked");
		return;
	}
	counts = count(kept, upload);
	buffer_init(&text, FINDING_OBSERVED_MAX);
	describe(kept, &counts, &text);
	if (is_enough(&kept->count, &counts))
		finding_pass(findings, "%s", text.data);
	else
		finding_fail(findings, "%s", text.data);
	buffer_release(&text);
}

const struct assertion_kind kind_kept = {
	.name = "kept",
	.subject = SUBJECT_UPLOAD,
	.summary = "how many backups lie in the same place, counting only what may be one",
	.details =
		"Counted are the objects whose keys match the upload's (where every ${run...} stands for anything), one a "
		"day. Empty ones, those that are far smaller than usual, and those that the artifact's own 'size' "
		"would not have accepted in their turn are what failed backups leave behind: they do not count, so "
		"that a bad night cannot push a good one out unseen. For more than one a day say how many 'within' what "
		"time: {min: 24, within: 1d}. Needs s3:ListBucket.",
	.example = "kept: {min: 7, within: 14d}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs = NEED_KEPT,
};
