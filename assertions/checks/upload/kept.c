#include "assertions/checks/assertion.h"

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"

struct kept_parameters {
	struct bounds count;
	int64_t within_ms;
	double share;
};

static const struct parameter parameters[] = {
	{"min", &value_integer, PARAMETER_SHORTHAND, offsetof(struct kept_parameters, count.min),
	 .more = MORE_IS_STRONGER, .help = "so many at least, the new one included", .example = "7", .minimum = 1},
	{"max", &value_integer, 0, offsetof(struct kept_parameters, count.max), .more = MORE_IS_WEAKER,
	 .help = "so many at most: more shows that nobody tidies up", .example = "40", .minimum = 1},
	{"within", &value_duration, 0, offsetof(struct kept_parameters, within_ms), .more = MORE_IS_WEAKER,
	 .untold_beside = "max", .help = "only those count that are not older than this", .example = "14d"},
	{"share", &value_percent, 0, offsetof(struct kept_parameters, share), .fallback = "50%",
	 .more = MORE_IS_STRONGER, .untold_beside = "max",
	 .help = "only those count that have at least this share of the median of all of them", .example = "80%"},
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

/* Of those that hold something: a heap of failed uploads must not be what is usual. */
static int64_t usual_size(const struct kept_objects *kept)
{
	cleanup_free int64_t *sizes = memory_array(kept->count, sizeof(*sizes));
	size_t count = 0;

	for (size_t i = 0; i < kept->count; i++)
		if (kept->items[i].size_bytes > 0)
			sizes[count++] = kept->items[i].size_bytes;
	return count > 0 ? median_of(sizes, count) : 0;
}

struct counts {
	int64_t plausible, empty, small, old;
	int64_t median;
};

static struct counts count(const struct kept_parameters *kept, const struct upload_evidence *upload)
{
	struct counts counts = {.median = usual_size(upload->kept)};
	double least = (double)counts.median * kept->share / 100.0;

	for (size_t i = 0; i < upload->kept->count; i++) {
		const struct kept_object *object = &upload->kept->items[i];
		if (kept->within_ms != PARAMETER_UNSET && upload->now_ms - object->made_ms > kept->within_ms)
			counts.old++;
		else if (object->size_bytes == 0)
			counts.empty++;
		else if ((double)object->size_bytes < least)
			counts.small++;
		else
			counts.plausible++;
	}
	return counts;
}

static void describe(const struct kept_parameters *kept, const struct counts *counts, struct buffer *out)
{
	char text[UNITS_TEXT_MAX];

	buffer_print(out, "%lld", (long long)counts->plausible);
	if (counts->empty > 0)
		buffer_print(out, ", left out: %lld empty", (long long)counts->empty);
	if (counts->small > 0)
		buffer_print(out, ", left out: %lld of less than %.15g%% of the usual %s", (long long)counts->small,
			     kept->share, units_format_size(counts->median, text));
	if (counts->old > 0)
		buffer_print(out, ", left out: %lld older than %s", (long long)counts->old,
			     units_declared_duration(kept->within_ms, text));
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
	if (bounds_compare(&kept->count, counts.plausible) == 0)
		finding_pass(findings, "%s", text.data);
	else
		finding_fail(findings, "%s", text.data);
	buffer_release(&text);
}

const struct assertion_kind kind_kept = {
	.name = "kept",
	.subject = SUBJECT_UPLOAD,
	.summary = "how many backups lie in the same place, counting only what may be one",
	.details = "Counted are the objects whose keys match the upload's (where every ${run...} stands for anything). "
		   "Empty ones, and those that are far smaller than usual, are what failed backups leave behind: they "
		   "do not count, so that a bad night cannot push a good one out unseen. Needs s3:ListBucket.",
	.example = "kept: {min: 7, within: 14d}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs = NEED_KEPT,
};
