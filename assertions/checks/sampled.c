#include "assertions/checks/assertion.h"

#include <stdio.h>

#include "assertions/base/units.h"
#include "assertions/formats/sample.h"

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct sample_parameters *wanted = self;

	(void)row;
	if (wanted->outermost != FORMAT_UNKNOWN)
		buffer_print(out, "head and tail are those of %s", format_name(wanted->outermost));
	else
		buffer_string(out, "head and tail can be read");
	if (!wanted->is_allowed)
		buffer_string(out, ", and so is what lies between");
	if (wanted->left_out > 0)
		buffer_print(out, "; %zu check%s left to a full verify", wanted->left_out,
			     wanted->left_out == 1 ? " is" : "s are");
}

static void conclude_whole(const struct bytes_evidence *bytes, struct finding *finding)
{
	char text[UNITS_TEXT_MAX];

	if (bytes->result->trouble.soundness != OPAQUE && finding_of_trouble(finding, bytes))
		return;
	finding_pass(finding, "read whole, being small: %s", units_format_size(bytes->result->size_bytes, text));
}

static enum format outermost(const struct sample_parameters *wanted, const struct sample *sample)
{
	if (wanted->outermost != FORMAT_UNKNOWN)
		return wanted->outermost;
	if ((wanted->channels & (CHANNEL_LAYERS | CHANNEL_TEXT | CHANNEL_MEMBERS)) == 0)
		return FORMAT_UNKNOWN;
	return sample_recognise(sample, (wanted->channels & CHANNEL_MEMBERS) != 0);
}

static void describe(enum format format, enum sample_end end, char *ret_text, size_t size)
{
	if (format == FORMAT_UNKNOWN)
		snprintf(ret_text, size, "head and tail can be read; no format says what they must be");
	else if (end == SAMPLE_COMPLETE)
		snprintf(ret_text, size, "begins and ends as %s does", format_name(format));
	else
		snprintf(ret_text, size, "begins as %s does, whose end does not tell", format_name(format));
}

static void conclude_sample(const struct sample_parameters *wanted, const struct sample *sample,
			    struct finding *finding)
{
	enum format format = outermost(wanted, sample);
	enum sample_end end = SAMPLE_UNTOLD;
	struct trouble trouble;
	char text[200], between[UNITS_TEXT_MAX];

	if (format != FORMAT_UNKNOWN)
		end = sample_judge(sample, format, &trouble);
	describe(format, end, text, sizeof(text));
	units_format_size(sample->size_bytes - (int64_t)(sample->head_length + sample->tail_length), between);
	if (end == SAMPLE_WRONG)
		finding_fail(finding, "%s", trouble.error.message);
	else if (end == SAMPLE_OPAQUE)
		finding_unproven(finding, "%s", trouble.error.message);
	else if (sample_is_one_piece(sample))
		finding_pass(finding, "%s", text);
	else if (wanted->is_allowed)
		finding_pass(finding, "%s; %s between them were not read", text, between);
	else
		finding_unproven(finding, "%s; %s between them were not read: --sample", text, between);
	if (finding->verdict == VERDICT_UNPROVEN && end != SAMPLE_OPAQUE)
		finding_hint(finding, "verify without --sample, or let the manifest say 'sample: true'");
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct bytes_evidence *bytes = evidence->bytes;

	(void)state;
	if (bytes->sample == NULL)
		conclude_whole(bytes, findings);
	else if (bytes->sample->trouble.soundness != SOUND)
		finding_unproven(findings, "%s", bytes->sample->trouble.error.message);
	else
		conclude_sample(self, bytes->sample, findings);
}

const struct assertion_kind kind_sample = {
	.name = "sample",
	.subject = SUBJECT_BYTES,
	.never_written = true,
	.occasion = OCCASION_SAMPLE,
	.summary = "under verify --sample, what the first and the last MiB show",
	.details = "The head must be that of the outermost layer of 'format'. What a tail tells: tar ends in two "
		   "blocks of zeros, zip in the record of its directory, xz in a footer, rdb in a mark and a checksum, "
		   "and the size of sqlite and etcd follows from their own rules; of the others only reading them "
		   "tells. What lies between, and with it other checks on the bytes, is not proven, or, where the "
		   "manifest has 'sample: true', left to a full verify. Of an artifact of 2 MiB or less nothing is "
		   "left unread, unless the manifest allows it.",
	.of_listing = true,
	.expect = expect,
	.conclude = conclude,
};
