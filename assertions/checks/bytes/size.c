#include "assertions/checks/assertion.h"

#include "assertions/base/units.h"

struct size_parameters {
	struct bounds bounds;
	double shrink_percent, grow_percent; /* -1 where not given */
	int64_t of;
};

static const struct parameter parameters[] = {
	{"min", &value_size, 0, offsetof(struct size_parameters, bounds.min), .more = MORE_IS_STRONGER,
	 .help = "at least so many bytes", .example = "10KiB"},
	{"max", &value_size, 0, offsetof(struct size_parameters, bounds.max), .more = MORE_IS_WEAKER,
	 .help = "at most so many bytes", .example = "20GiB"},
	{"shrink", &value_percent, 0, offsetof(struct size_parameters, shrink_percent), .more = MORE_IS_WEAKER,
	 .help = "at most so much smaller than the median of the last accepted backups in the same place",
	 .example = "20%"},
	{"grow", &value_percent, 0, offsetof(struct size_parameters, grow_percent), .more = MORE_IS_WEAKER,
	 .help = "at most so much larger than that median", .example = "100%"},
	{"of", &value_integer, 0, offsetof(struct size_parameters, of), .fallback = "7", .minimum = 1,
	 .maximum = EARLIER_MAX, .help = "how many of the last backups the median is taken of", .example = "14"},
	{0},
};

static bool has_drift(const struct size_parameters *size)
{
	return size->shrink_percent >= 0 || size->grow_percent >= 0;
}

static int validate(const void *self, struct error *err)
{
	const struct size_parameters *size = self;

	if (size->bounds.min == PARAMETER_UNSET && size->bounds.max == PARAMETER_UNSET && !has_drift(size))
		return error_set(err, "one of 'min', 'max', 'shrink' and 'grow' must be given");
	if (size->shrink_percent > 100)
		return error_set(err, "nothing can shrink by more than 100%%");
	return bounds_validate(&size->bounds, err);
}

static const struct record record = {.name = "a size",
				     .help = "bounds of a size",
				     .size = sizeof(struct size_parameters),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = validate};

static const struct parameter unpacked_parameters[] = {
	{"min", &value_size, 0, offsetof(struct bounds, min), .more = MORE_IS_STRONGER,
	 .help = "at least so many bytes", .example = "50MiB"},
	{"max", &value_size, 0, offsetof(struct bounds, max), .more = MORE_IS_WEAKER, .help = "at most so many bytes",
	 .example = "100GiB"},
	{0},
};

static const struct record unpacked_record = {.name = "an unpacked size",
					      .help = "bounds of a size",
					      .size = sizeof(struct bounds),
					      .parameters = unpacked_parameters,
					      .needs_one = true,
					      .validate = bounds_validate};

static void expect_size(const void *self, size_t row, struct buffer *out)
{
	const struct size_parameters *size = self;
	size_t before = out->length;

	(void)row;
	bounds_expect(&size->bounds, BOUNDS_SIZE, out);
	if (!has_drift(size))
		return;
	if (out->length > before)
		buffer_string(out, ", ");
	if (size->shrink_percent >= 0)
		buffer_print(out, "at most %.15g%% smaller%s", size->shrink_percent,
			     size->grow_percent >= 0 ? " and " : "");
	if (size->grow_percent >= 0)
		buffer_print(out, "at most %.15g%% larger", size->grow_percent);
	buffer_print(out, " than the median of the last %lld", (long long)size->of);
}

static void expect_unpacked(const void *self, size_t row, struct buffer *out)
{
	(void)row;
	bounds_expect(self, BOUNDS_SIZE, out);
}

static void compare(const struct bounds *bounds, int64_t bytes, struct finding *finding)
{
	char text[UNITS_TEXT_MAX];

	units_format_size(bytes, text);
	if (bounds_compare(bounds, bytes) == 0)
		finding_pass(finding, "%s", text);
	else
		finding_fail(finding, "%s (%lld bytes)", text, (long long)bytes);
}

static bool shrank(const struct size_parameters *size, double change)
{
	return size->shrink_percent >= 0 && -change > size->shrink_percent;
}

static bool grew(const struct size_parameters *size, double change)
{
	return size->grow_percent >= 0 && change > size->grow_percent;
}

static size_t least(int64_t of, size_t count)
{
	return count < (size_t)of ? count : (size_t)of;
}

static bool accepts(const void *self, int64_t bytes, const struct earlier_backups *before)
{
	const struct size_parameters *size = self;
	size_t count = least(size->of, before->count);
	double change = count > 0 ? median_drift(bytes, median_of(before->sizes, count)) : 0;

	return bounds_compare(&size->bounds, bytes) == 0 && !shrank(size, change) && !grew(size, change);
}

/* "; 3 of the last 7 were not accepted", or nothing. */
static void describe_rejected(const struct earlier_backups *earlier, int64_t of, struct buffer *out)
{
	size_t count = least(of, earlier->nights), rejected = 0;

	for (size_t i = 0; i < count; i++)
		rejected += earlier->was_rejected[i];
	if (rejected > 0)
		buffer_print(out, "; %zu of the last %zu %s not accepted", rejected, count,
			     rejected == 1 ? "was" : "were");
}

static void compare_with_median(const struct size_parameters *size, int64_t bytes,
				const struct earlier_backups *earlier, const char *rejected, struct finding *finding)
{
	size_t count = least(size->of, earlier->count);
	int64_t median = median_of(earlier->sizes, count);
	char text[UNITS_TEXT_MAX], middle[UNITS_TEXT_MAX];
	double change = median_drift(bytes, median);

	units_format_size(bytes, text);
	units_format_size(median, middle);
	if (shrank(size, change)) {
		finding_fail(finding, "%s, %.1f%% smaller than the median of the last %zu (%s)%s", text, -change, count,
			     middle, rejected);
		finding_hint(finding,
			     "is something missing from it? Compare its contents with those of an earlier backup");
	} else if (grew(size, change)) {
		finding_fail(finding, "%s, %.1f%% larger than the median of the last %zu (%s)%s", text, change, count,
			     middle, rejected);
	} else {
		/* What is written as 0.0 has no sign. */
		finding_pass(finding, "%s, %+.1f%% against the median of the last %zu (%s)%s", text,
			     change < 0 && change > -0.05 ? 0.0 : change, count, middle, rejected);
	}
}

static void compare_drift(const struct size_parameters *size, const struct bytes_evidence *bytes,
			  struct finding *finding)
{
	const struct earlier_backups *earlier = bytes->earlier;
	int64_t size_bytes = bytes->result->size_bytes;
	char text[UNITS_TEXT_MAX];
	struct buffer rejected;

	if (earlier == NULL) {
		finding_unproven(finding,
				 "a member has no earlier backups: 'shrink' and 'grow' belong on the artifact");
		return;
	}
	if (earlier->trouble != NULL) {
		finding_unproven(finding, "the earlier backups could not be seen: %s", earlier->trouble);
		return;
	}
	buffer_init(&rejected, UNITS_TEXT_MAX * 2);
	describe_rejected(earlier, size->of, &rejected);
	if (earlier->count == 0)
		finding_pass(finding, "%s; the first backup in this place: there is none before it to compare with%s",
			     units_format_size(size_bytes, text), rejected.data);
	else
		compare_with_median(size, size_bytes, earlier, rejected.data, finding);
	buffer_release(&rejected);
}

static void conclude_size(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct size_parameters *size = self;
	const struct bytes_evidence *bytes = evidence->bytes;

	(void)state;
	if (bytes->result->trouble.soundness == UNREADABLE && finding_of_trouble(findings, bytes))
		return;
	compare(&size->bounds, bytes->result->size_bytes, findings);
	if (findings->verdict == VERDICT_PASS && has_drift(size))
		compare_drift(size, bytes, findings);
}

static void conclude_unpacked(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct bytes_evidence *bytes = evidence->bytes;

	(void)state;
	if (!finding_of_trouble(findings, bytes))
		compare(self, bytes->result->unpacked_bytes, findings);
}

static unsigned needs_of(const void *self)
{
	return has_drift(self) ? NEED_EARLIER : 0;
}

const struct assertion_kind kind_size = {
	.name = "size",
	.subject = SUBJECT_BYTES,
	.summary = "how large it is, as it lies, and how much that differs from the backups before",
	.details =
		"An empty gzip has 20 bytes, a tar.gz of an empty folder about 100: a minimum says what is more "
		"than nothing. 'shrink' and 'grow' compare with the median of the last 'of' backups in the same "
		"place: files that match the artifact's glob, or objects under the key's pattern, where ${run...} "
		"stands for anything. Of these one a night counts, and only what would itself have passed this check "
		"in its turn: what was rejected stays rejected, however often it comes, until the manifest is "
		"changed. Of an even number the median is the mean of the two in the middle. The first backup in a "
		"place passes, and says so: give 'min' too.",
	.example = "size: {min: 10KiB, shrink: 20%}",
	.parameters = &record,
	.expect = expect_size,
	.conclude = conclude_size,
	.needs_of = needs_of,
	.bounds_size = true,
	.of_listing = true,
	.accepts = accepts,
};

const struct assertion_kind kind_unpacked = {
	.name = "unpacked",
	.subject = SUBJECT_BYTES,
	.summary = "how many bytes there are once every layer of compression is taken off",
	.details = "Every layer is read to its last byte and its checksums verified: a damaged one fails.",
	.example = "unpacked: {min: 50MiB}",
	.parameters = &unpacked_record,
	.bounds_size = true,
	.channels = CHANNEL_LAYERS,
	.expect = expect_unpacked,
	.conclude = conclude_unpacked,
};
