/*
 * Reads a zip as a stream, from one local header to the next, and holds what went by to the central directory:
 * everything that is told twice must be the same, the directory must be whole and stand where the end record says, and nothing but
 * the zeros that fill up a record of a tape may follow.
 *
 * Encrypted members, and those of a method that is none of stored, deflate, bzip2, zstd and xz, are OPAQUE, and so is the archive that
 * has them. What is a link or a folder only the directory tells: such a member is announced again then, as `corrected`.
 */
#include "assertions/formats/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/formats/zip_private.h"

#define PATH_BYTES_MAX (3 * 64 * 1024)

struct zip {
	struct container container;
	struct cursor cursor;
	struct trouble trouble;
	struct trouble unproven; /* the first thing that keeps it from being proven */
	struct buffer path;
	const char *shown; /* in it: as members are told */
	bool in_member, in_directory;
	struct zip_tally tally;
	struct zip_directory directory;
	struct zip_header header; /* of the member, or the entry, at hand */
	struct zip_data data;
};

static int fail(struct zip *zip, enum soundness soundness, const char *what)
{
	if (!cursor_failed(&zip->cursor, &zip->trouble))
		trouble_set(&zip->trouble, soundness, "zip: %s", what);
	return -1;
}

static int fail_at(struct zip *zip, const char *what)
{
	return cursor_damaged(&zip->cursor, "zip", what, &zip->trouble);
}

static const char *shown_path(struct zip *zip, char text[RECOGNISE_TEXT_MAX])
{
	return recognise_printable(zip->shown, strlen(zip->shown), text);
}

static int refuse_data(struct zip *zip, struct trouble *ret_trouble)
{
	char path[RECOGNISE_TEXT_MAX];

	shown_path(zip, path);
	if (zip_header_is_encrypted(&zip->header))
		return trouble_set(ret_trouble, OPAQUE, "zip: member '%s' is encrypted", path);
	return trouble_set(ret_trouble, OPAQUE, "zip: member '%s' is compressed by method %u, which is not known here",
			   path, zip->header.method);
}

static void note_unproven(struct zip *zip)
{
	unsigned strange = zip->header.flags & ~ZIP_FLAGS_KNOWN;
	char path[RECOGNISE_TEXT_MAX];

	if (zip->unproven.soundness != SOUND)
		return;
	if (strange != 0)
		trouble_set(&zip->unproven, OPAQUE, "zip: member '%s' has flags (0x%04x) that are not known here",
			    shown_path(zip, path), strange);
	else if (zip->data.opaque)
		refuse_data(zip, &zip->unproven);
}

/* As a member is compared: with what its data were, and not what was told before them. */
static void tally_member(struct zip *zip)
{
	zip->header.packed = zip->data.packed;
	zip->header.size = zip->data.size;
	zip->header.crc = zip->data.crc;
	zip_tally_add(&zip->tally, &zip->header);
}

static int member_data(struct zip *zip, const unsigned char **ret_data, size_t *ret_length)
{
	struct trouble trouble = {.soundness = DAMAGED};
	char path[RECOGNISE_TEXT_MAX];

	if (zip_data_next(&zip->data, ret_data, ret_length, &trouble) == 0)
		return 0;
	if (!cursor_failed(&zip->cursor, &zip->trouble))
		trouble_set(&zip->trouble, trouble.soundness, "zip: %s in member '%s'", trouble.error.message,
			    shown_path(zip, path));
	return -1;
}

static int finish_member(struct zip *zip)
{
	const unsigned char *data;
	size_t length = 1;

	while (length > 0)
		if (member_data(zip, &data, &length) < 0)
			return -1;
	tally_member(zip);
	zip_data_end(&zip->data);
	zip->in_member = false;
	return 0;
}

static void describe(struct zip *zip, struct inspect_member *ret_member)
{
	enum member_type type = zip_header_type(&zip->header);
	bool is_told = (zip->header.flags & ZIP_FLAG_DESCRIPTOR) == 0 ||
		       (zip->header.size != 0 && zip->header.size != ZIP_IN_ZIP64_32);

	zip_header_path(&zip->header, &zip->path);
	zip->shown = container_strip_path(zip->path.data);
	*ret_member = (struct inspect_member){
		.path = zip->shown,
		.type = type,
		.size_bytes = type != MEMBER_FILE ? 0
			      : is_told           ? (int64_t)zip->header.size
						  : -1,
		.modified_ms = zip_header_modified_ms(&zip->header),
		.encrypted = zip_header_is_encrypted(&zip->header),
		.symbolic = type == MEMBER_LINK,
		.corrected = zip->in_directory,
	};
}

static int begin_member(struct zip *zip, struct inspect_member *ret_member)
{
	const char *what = "";

	switch (zip_header_take_local(&zip->cursor, &zip->header, &what)) {
	case ZIP_CUT:
		return fail_at(zip, "is cut: it ends in the middle of a header");
	case ZIP_SENSELESS:
		return fail_at(zip, what);
	default:
		break;
	}
	if ((zip->header.flags & ZIP_FLAG_MASKED) != 0)
		return fail(zip, OPAQUE,
			    "its central directory is encrypted, and its members are told of nowhere else");
	zip_data_begin(&zip->data, &zip->cursor, &zip->header);
	zip->in_member = true;
	describe(zip, ret_member);
	note_unproven(zip);
	zip->container.told_bytes = ret_member->size_bytes;
	return 1;
}

/* What the local headers cannot tell: which of the members are links or folders, whatever their names. */
static int read_directory(struct zip *zip, struct inspect_member *ret_member)
{
	int more;

	while ((more = zip_directory_next(&zip->directory, &zip->tally, &zip->trouble)) > 0) {
		describe(zip, ret_member);
		zip->header.attributes = 0;
		if (ret_member->type != zip_header_type(&zip->header))
			return 1;
	}
	if (more == 0 && zip->unproven.soundness != SOUND) {
		zip->trouble = zip->unproven;
		return -1;
	}
	return more;
}

static int begin_directory(struct zip *zip, struct inspect_member *ret_member)
{
	zip->in_directory = true;
	zip_directory_begin(&zip->directory, &zip->cursor, &zip->header);
	return read_directory(zip, ret_member);
}

static int next_member(struct zip *zip, struct inspect_member *ret_member)
{
	const unsigned char *signature;

	if (zip->in_member && finish_member(zip) < 0)
		return -1;
	if (zip->in_directory)
		return read_directory(zip, ret_member);
	if (cursor_view(&zip->cursor, ZIP_SIGNATURE_BYTES, &signature) < ZIP_SIGNATURE_BYTES)
		return fail_at(zip, "is cut: it ends");
	switch (zip_number(signature, ZIP_SIGNATURE_BYTES)) {
	case ZIP_LOCAL:
		return begin_member(zip, ret_member);
	case ZIP_ENTRY:
	case ZIP_END64:
	case ZIP_END:
		return begin_directory(zip, ret_member);
	case ZIP_EXTRA_DATA:
		return fail(zip, OPAQUE, "its central directory is encrypted");
	default:
		return fail_at(zip, "there are bytes between its members that belong to none: there should be an entry "
				    "of the central directory, or another member,");
	}
}

static int zip_next(struct container *container, struct inspect_member *ret_member, struct trouble *ret_trouble)
{
	struct zip *zip = (struct zip *)container;
	int result = zip->trouble.soundness == SOUND ? next_member(zip, ret_member) : -1;

	if (result < 0)
		*ret_trouble = zip->trouble;
	return result;
}

static int zip_data(struct container *container, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble)
{
	struct zip *zip = (struct zip *)container;
	int result = -1;

	*ret_length = 0;
	if (zip->trouble.soundness == SOUND)
		result = zip->in_member ? member_data(zip, ret_data, ret_length) : 0;
	if (result < 0) {
		*ret_trouble = zip->trouble;
		return -1;
	}
	if (!zip->in_member || !zip->data.opaque)
		return 0;
	/* Where their size stands behind them, it is known now. */
	zip->container.told_bytes = (int64_t)zip->data.size;
	return refuse_data(zip, ret_trouble);
}

static void zip_close(struct container *container)
{
	struct zip *zip = (struct zip *)container;

	zip_data_end(&zip->data);
	zip_data_release(&zip->data);
	buffer_release(&zip->path);
	free(zip);
}

static struct container *zip_open(struct source *source)
{
	struct zip *zip = memory_alloc(sizeof(*zip));

	zip->container = (struct container){.next = zip_next, .data = zip_data, .close = zip_close};
	zip->container.unpacks = true;
	zip->container.told_bytes = -1;
	cursor_init(&zip->cursor, source);
	buffer_init(&zip->path, PATH_BYTES_MAX);
	return &zip->container;
}

/* The second is an empty one's. */
static bool zip_recognises(const unsigned char *head, size_t length)
{
	return length >= 4 && (memcmp(head, "PK\003\004", 4) == 0 || memcmp(head, "PK\005\006", 4) == 0);
}

const struct archive_format archive_zip = {.signs = {.recognises = zip_recognises, .end_in_sample = zip_end_in_sample},
					   .open = zip_open};
