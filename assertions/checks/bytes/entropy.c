/* Shannon's entropy of the unpacked bytes: text has 4 to 6 bits a byte, what is compressed or encrypted nearly 8, zeros none. */
#include <math.h>

#include "assertions/checks/assertion.h"

struct entropy_parameters {
	double min, max;
};

struct entropy_state {
	uint64_t counts[256];
};

static const struct parameter parameters[] = {
	{"min", &value_fraction, 0, offsetof(struct entropy_parameters, min), .maximum = 8, .more = MORE_IS_STRONGER,
	 .help = "at least so many bits a byte: zeros, and one line over and over, have few", .example = "3.5"},
	{"max", &value_fraction, 0, offsetof(struct entropy_parameters, max), .maximum = 8, .more = MORE_IS_WEAKER,
	 .help = "at most so many bits a byte: what is encrypted, or packed twice, has nearly 8", .example = "7.9"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	const struct entropy_parameters *entropy = self;

	if (entropy->min >= 0 && entropy->max >= 0 && entropy->min > entropy->max)
		return error_set(err, "'min' is more than 'max'");
	return 0;
}

static const struct record record = {.name = "an entropy",
				     .help = "bounds of an entropy",
				     .size = sizeof(struct entropy_parameters),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct entropy_parameters *entropy = self;

	(void)row;
	if (entropy->min >= 0)
		buffer_print(out, "at least %.15g", entropy->min);
	if (entropy->max >= 0)
		buffer_print(out, "%sat most %.15g", entropy->min >= 0 ? " and " : "", entropy->max);
	buffer_string(out, " bits a byte");
}

static void observe(const void *self, void *state, enum channel channel, const char *data, size_t length)
{
	struct entropy_state *its = state;

	(void)self;
	(void)channel;
	for (size_t i = 0; i < length; i++)
		its->counts[(unsigned char)data[i]]++;
}

static double bits_of(const struct entropy_state *its, double total)
{
	double bits = 0;

	for (size_t i = 0; i < 256; i++)
		if (its->counts[i] > 0)
			bits -= (double)its->counts[i] / total * log2((double)its->counts[i] / total);
	return bits > 0 ? bits : 0;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct entropy_parameters *entropy = self;
	const struct entropy_state *its = state;
	uint64_t total = 0;
	double bits;

	if (finding_of_trouble(findings, evidence->bytes))
		return;
	for (size_t i = 0; i < 256; i++)
		total += its->counts[i];
	bits = total > 0 ? bits_of(its, (double)total) : 0;
	if (total == 0)
		finding_fail(findings, "there are no bytes");
	else if (entropy->min >= 0 && bits < entropy->min)
		finding_fail(findings, "%.3f bits a byte", bits);
	else if (entropy->max >= 0 && bits > entropy->max)
		finding_fail(findings, "%.3f bits a byte", bits);
	else
		finding_pass(findings, "%.3f bits a byte", bits);
	if (findings->verdict == VERDICT_FAIL && total > 0 && bits > 7.9)
		finding_hint(findings, "is it encrypted, or packed once more inside?");
}

const struct assertion_kind kind_entropy = {
	.name = "entropy",
	.subject = SUBJECT_BYTES,
	.summary = "how much the unpacked bytes tell, in bits a byte",
	.details = "Of the bytes with every layer of compression taken off. SQL and other text has 4 to 6, a database "
		   "2 to 7, what was encrypted by somebody, or compressed twice, more than 7.9, and a file full of "
		   "zeros none.",
	.example = "entropy: {min: 3, max: 7.9}",
	.parameters = &record,
	.channels = CHANNEL_TEXT | CHANNEL_LAYERS,
	.state_size = sizeof(struct entropy_state),
	.expect = expect,
	.observe = observe,
	.conclude = conclude,
};
