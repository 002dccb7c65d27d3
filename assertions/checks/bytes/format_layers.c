#include "assertions/checks/assertion.h"

#include <string.h>

struct format_parameters {
	struct parameter_list layers; /* of int: index into format_names[] */
};

static const struct parameter layer = {.type = &value_choice, .choices = format_names};
static const struct parameter parameters[] = {
	{"layers", &value_list, PARAMETER_SHORTHAND | PARAMETER_REQUIRED, offsetof(struct format_parameters, layers),
	 .item = &layer, .help = "the layers, outermost first", .example = "[gzip, tar]"},
	{0},
};

static enum format layer_at(const struct format_parameters *format, size_t i)
{
	return (enum format)(((const int *)format->layers.items)[i] + 1);
}

static int validate(const void *self, struct error *err)
{
	const struct format_parameters *format = self;

	if (format->layers.count > INSPECT_LAYERS_MAX)
		return error_set(err, "more than %d layers", INSPECT_LAYERS_MAX);
	for (size_t i = 0; i + 1 < format->layers.count; i++)
		if (!format_is_compression(layer_at(format, i)))
			return error_set(err, "nothing can be inside '%s': it must be the last layer",
					 format_name(layer_at(format, i)));
	return 0;
}

static const struct record record = {.name = "a format",
				     .help = "layers of formats",
				     .size = sizeof(struct format_parameters),
				     .parameters = parameters,
				     .validate = validate};

/*
 * What is named inside of what was named is more that must hold. Not so a compression: the other checks look for what they expect below
 * the layers that are declared.
 */
static enum value_change compare(const void *before, size_t row_before, const void *after, size_t row_after)
{
	const struct format_parameters *old = before, *new = after;
	size_t shorter = old->layers.count < new->layers.count ? old->layers.count : new->layers.count;

	(void)row_before;
	(void)row_after;
	for (size_t i = 0; i < shorter; i++)
		if (layer_at(old, i) != layer_at(new, i))
			return VALUE_CHANGED;
	if (new->layers.count < old->layers.count)
		return VALUE_WEAKER;
	if (new->layers.count == old->layers.count)
		return VALUE_SAME;
	return format_is_compression(layer_at(new, shorter)) ? VALUE_CHANGED : VALUE_STRONGER;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct format_parameters *format = self;

	(void)row;
	for (size_t i = 0; i < format->layers.count; i++)
		buffer_print(out, "%s%s", i == 0 ? "" : ", in it ", format_name(layer_at(format, i)));
	buffer_string(out, ", sound to the last byte");
}

static size_t layers(const void *self, enum format ret_layers[INSPECT_LAYERS_MAX])
{
	const struct format_parameters *format = self;

	for (size_t i = 0; i < format->layers.count; i++)
		ret_layers[i] = layer_at(format, i);
	return format->layers.count;
}

/* The last chunk of age may have any length, and only its key tells whether it is the last. */
static bool ends_in_age(const struct format_parameters *format)
{
	return layer_at(format, format->layers.count - 1) == FORMAT_AGE;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct format_parameters *format = self;
	const struct bytes_evidence *bytes = evidence->bytes;
	const struct inspect_result *result = bytes->result;

	(void)state;
	for (size_t i = 0; i < format->layers.count && i < result->layer_count; i++) {
		const struct trouble *trouble = &result->layers[i].trouble;
		if (trouble->soundness == UNREADABLE || trouble->soundness == OPAQUE)
			finding_unproven(findings, "%s", trouble->error.message);
		else if (trouble->soundness != SOUND)
			finding_fail(findings, "%s", trouble->error.message);
		else if (result->layers[i].format != layer_at(format, i))
			finding_fail(findings, "%s", format_name(result->layers[i].format));
		else
			continue;
		return;
	}
	if (!trouble_is_of_reading(result) || !finding_of_trouble(findings, bytes)) {
		if (result->layer_count >= format->layers.count && ends_in_age(format))
			finding_unproven(
				findings,
				"what can be seen of it is sound; without its key nobody can tell whether it was cut");
		else if (result->layer_count >= format->layers.count)
			finding_pass(findings, "read to the last byte");
		else
			finding_fail(findings, "%zu of its %zu layers are there", result->layer_count,
				     format->layers.count);
	}
}

const struct assertion_kind kind_format = {
	.name = "format",
	.subject = SUBJECT_BYTES,
	.summary = "the layers that it consists of, outermost first, each read to its last byte",
	.details =
		"Checksums are verified, the end must be there, rubbish after it is a failure. A version of a format "
		"that muster does not know is no failure, but not proven. age and gpg are checked as far as that goes "
		"without the key: what is inside stays unproven. Of age that is so little that it never passes: a file "
		"that was cut can look whole. No format without checksums (tar, sqlite) can tell a changed byte, and "
		"none whose parts follow one another (gzip, zstd, xz, bzip2, lz4) a cut between two of them. rdb, a "
		"dump of Redis or Valkey, is not proven where its checksum was switched off. pg_directory is what "
		"'pg_dump -Ft' writes, and the folder of 'pg_dump -Fd' packed as a tar, zip or cpio: toc.dat must be "
		"whole, every file that it tells of be there, unpack without an error and end as a table's data do. "
		"Its members are looked at by that format alone: 'archive' and 'covers' beside it are not proven.",
	.example = "format: [gzip, sqlite]",
	.parameters = &record,
	.channels = CHANNEL_LAYERS,
	.compare = compare,
	.expect = expect,
	.conclude = conclude,
	.layers = layers,
};
