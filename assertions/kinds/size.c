#include "../assertion.h"

#include "../base/units.h"
#include "bounds.h"

static const struct parameter parameters[] = {
	{"min", PARAMETER_SIZE, 0, offsetof(struct bounds, min), .help = "at least so many bytes", .example = "10KiB"},
	{"max", PARAMETER_SIZE, 0, offsetof(struct bounds, max), .help = "at most so many bytes", .example = "20GiB"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	return bounds_validate(self, err);
}

static const struct record record = {.name = "a size", .help = "bounds of a size", .size = sizeof(struct bounds),
				     .parameters = parameters, .needs_one = true, .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
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

static void conclude_size(const void *self, void *state, const void *evidence, struct finding *findings)
{
	const struct bytes_evidence *bytes = evidence;

	(void)state;
	if (bytes->result->trouble.soundness == UNREADABLE)
		finding_of_trouble(findings, bytes);
	else
		compare(self, bytes->result->size_bytes, findings);
}

static void conclude_unpacked(const void *self, void *state, const void *evidence, struct finding *findings)
{
	const struct bytes_evidence *bytes = evidence;

	(void)state;
	if (!finding_of_trouble(findings, bytes))
		compare(self, bytes->result->unpacked_bytes, findings);
}

const struct assertion_kind kind_size = {
	.name = "size",
	.subject = SUBJECT_BYTES,
	.summary = "how large it is, as it lies",
	.details = "An empty gzip has 20 bytes, a tar.gz of an empty folder about 100: a minimum says what is more than nothing.",
	.example = "size: {min: 10KiB, max: 20GiB}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude_size,
};

const struct assertion_kind kind_unpacked = {
	.name = "unpacked",
	.subject = SUBJECT_BYTES,
	.summary = "how many bytes there are once every layer of compression is taken off",
	.details = "Every layer is read to its last byte and its checksums verified: a damaged one fails.",
	.example = "unpacked: {min: 50MiB}",
	.parameters = &record,
	.channels = CHANNEL_LAYERS,
	.expect = expect,
	.conclude = conclude_unpacked,
};
