#include "container_libarchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../base/buffer.h"
#include "../base/memory.h"
#include "cursor.h"
#include "history.h"
#include "recognise.h"
#include "zip_directory.h"

#define PATH_BYTES_MAX (64 * 1024)
#define ZIP_LOCAL_BYTES 30
#define CPIO_SUM_AT 102
#define CPIO_SUM_DIGITS 8
#define CPIO_TRAILER "TRAILER!!!"
#define CPIO_TRAILER_HEAD_MAX 128

struct reader {
	struct container container;
	struct source raw; /* what libarchive has not taken yet */
	enum format format;
	struct archive *archive;
	struct archive_entry *entry;
	struct source *source;
	const unsigned char *left; /* of the source's block */
	size_t left_length;
	struct history history;
	struct trouble source_trouble, trouble;
	struct buffer name, path; /* as it stands there, and stripped */

	bool in_member;
	bool opaque; /* the member at hand cannot be unpacked */
	bool has_descriptor; /* and its sizes stand behind its data */
	bool has_no_length; /* and only there */
	struct zip_member zip;
	struct zip_tally tally;
	struct trouble unknown_method; /* of the first such member */
	bool has_sum; /* cpio: the header tells the sum of the data's bytes */
	uint32_t sum, told_sum;
};

static int fail(struct reader *reader, enum soundness soundness, const char *what)
{
	if (reader->source_trouble.soundness != SOUND)
		reader->trouble = reader->source_trouble;
	else
		trouble_set(&reader->trouble, soundness, "%s: %s", format_name(reader->format), what);
	return -1;
}

static int fail_at_member(struct reader *reader, enum soundness soundness, const char *what)
{
	char path[RECOGNISE_TEXT_MAX], text[2 * RECOGNISE_TEXT_MAX + 64];

	recognise_printable(reader->name.data, reader->name.length, path);
	snprintf(text, sizeof(text), "%.*s in member '%s'", RECOGNISE_TEXT_MAX, what, path);
	return fail(reader, soundness, text);
}

/* Of what libarchive warns of, only names that it could not convert are harmless: their bytes are taken as they are. */
static int judge(struct reader *reader, int result)
{
	const char *said = archive_error_string(reader->archive);
	char ended[64];

	if (result == ARCHIVE_OK || result == ARCHIVE_EOF)
		return 0;
	if (result == ARCHIVE_WARN && said != NULL && strstr(said, "converted") != NULL)
		return 0;
	if (archive_errno(reader->archive) == ENOMEM)
		return fail(reader, UNREADABLE, "there is no memory for its reader");
	if (said == NULL) {
		snprintf(ended, sizeof(ended), "is cut: it ends after byte %llu",
			 (unsigned long long)reader->history.end);
		said = ended;
	}
	return reader->in_member ? fail_at_member(reader, DAMAGED, said) : fail(reader, DAMAGED, said);
}

static int raw_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble)
{
	struct reader *reader = (struct reader *)((char *)source - offsetof(struct reader, raw));

	if (reader->source_trouble.soundness == SOUND && reader->left_length == 0)
		(void)source_next(reader->source, &reader->left, &reader->left_length, &reader->source_trouble);
	if (reader->source_trouble.soundness != SOUND) {
		*ret_trouble = reader->source_trouble;
		return -1;
	}
	*ret_data = reader->left;
	*ret_length = reader->left_length < HISTORY_PIECE_MAX ? reader->left_length : HISTORY_PIECE_MAX;
	reader->left += *ret_length;
	reader->left_length -= *ret_length;
	return 0;
}

static la_ssize_t give_to_libarchive(struct archive *archive, void *context, const void **ret_data)
{
	struct reader *reader = context;
	const unsigned char *data = NULL;
	struct trouble trouble;
	size_t length = 0;

	if (source_next(&reader->raw, &data, &length, &trouble) < 0) {
		archive_set_error(archive, EIO, "cannot be read");
		return ARCHIVE_FATAL;
	}
	history_add(&reader->history, data, length);
	*ret_data = data;
	return (la_ssize_t)length;
}

/* What libarchive has read already, from `at` on, then what it has not. */
struct tail {
	struct source source;
	struct reader *reader;
	uint64_t at;
	unsigned char piece[4096];
};

static int tail_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		     struct trouble *ret_trouble)
{
	struct tail *tail = (struct tail *)source;
	uint64_t left = tail->reader->history.end - tail->at;

	if (left == 0)
		return source_next(&tail->reader->raw, ret_data, ret_length, ret_trouble);
	*ret_length = left < sizeof(tail->piece) ? (size_t)left : sizeof(tail->piece);
	*ret_data = tail->piece;
	if (!history_copy(&tail->reader->history, tail->at, tail->piece, *ret_length))
		return trouble_set(ret_trouble, UNREADABLE, "%s: its end cannot be found",
				   format_name(tail->reader->format));
	tail->at += *ret_length;
	return 0;
}

static int check_cpio_end(struct cursor *cursor, struct trouble *ret_trouble)
{
	const unsigned char *head, *trailer;
	size_t length = cursor_view(cursor, CPIO_TRAILER_HEAD_MAX, &head);

	trailer = length > 0 ? memmem(head, length, CPIO_TRAILER, sizeof(CPIO_TRAILER)) : NULL;
	if (trailer == NULL)
		return trouble_set(ret_trouble, DAMAGED, "cpio: ends without its trailer: it was cut");
	cursor_advance(cursor, (size_t)(trailer - head) + sizeof(CPIO_TRAILER));
	cursor_skip_zeros(cursor, UINT64_MAX);
	if (cursor->length > 0)
		return trouble_set(ret_trouble, DAMAGED, "cpio: other bytes follow after its end");
	return cursor_failed(cursor, ret_trouble) ? -1 : 0;
}

/*
 * Where libarchive found the header that it has come to. A data descriptor behind data that it passed over, because they
 * are encrypted, it takes for bytes of nothing: its length is not told anywhere, so the next header is looked for.
 */
static uint64_t header_position(const struct reader *reader)
{
	static const size_t descriptors[] = {0, 12, 16, 20, 24};
	uint64_t at = (uint64_t)archive_read_header_position(reader->archive);
	unsigned char signature[4];

	for (size_t i = 0; reader->has_descriptor && i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		if (history_copy(&reader->history, at + descriptors[i], signature, sizeof(signature)) &&
		    signature[0] == 'P' && signature[1] == 'K' && (signature[2] == 1 || signature[2] == 3))
			return at + descriptors[i];
	return at;
}

static int check_end(struct reader *reader)
{
	struct tail tail = {.source = {.next = tail_next}, .reader = reader};
	struct cursor cursor;
	int result;

	tail.at = header_position(reader);
	cursor_init(&cursor, &tail.source);
	if (reader->format == FORMAT_CPIO)
		result = check_cpio_end(&cursor, &reader->trouble);
	else
		result = zip_directory_check(&cursor, tail.at, &reader->tally, &reader->trouble);
	if (result == 0 && reader->unknown_method.soundness != SOUND)
		reader->trouble = reader->unknown_method;
	return reader->trouble.soundness == SOUND ? 0 : -1;
}

static uint64_t little_endian(const unsigned char *bytes, size_t length)
{
	uint64_t value = 0;

	while (length-- > 0)
		value = value << 8 | bytes[length];
	return value;
}

static int refuse_data(const struct reader *reader, struct trouble *ret_trouble)
{
	char path[RECOGNISE_TEXT_MAX];

	recognise_printable(reader->name.data, reader->name.length, path);
	if (reader->zip.encrypted)
		return trouble_set(ret_trouble, OPAQUE, "zip: member '%s' is encrypted", path);
	return trouble_set(ret_trouble, OPAQUE, "zip: member '%s' is compressed by method %u, which is not known here",
			   path, reader->zip.method);
}

/* libarchive converts names by the locale, and hides the method: both are taken from the header itself. */
static int read_zip_header(struct reader *reader)
{
	uint64_t at = header_position(reader);
	unsigned char fixed[ZIP_LOCAL_BYTES];
	char name[PATH_BYTES_MAX];
	size_t name_length;

	if (!history_copy(&reader->history, at, fixed, sizeof(fixed)) || memcmp(fixed, "PK\003\004", 4) != 0)
		return fail(reader, DAMAGED, "there are bytes between its members that belong to none");
	name_length = (size_t)little_endian(fixed + 26, 2);
	if (!history_copy(&reader->history, at + ZIP_LOCAL_BYTES, name, name_length))
		return fail(reader, DAMAGED, "is cut in the middle of a header");
	buffer_clear(&reader->name);
	buffer_append(&reader->name, name, name_length);
	reader->zip = (struct zip_member){
		.offset = at,
		.method = (unsigned)little_endian(fixed + 8, 2),
		.encrypted = (fixed[6] & 1) != 0 || archive_entry_is_encrypted(reader->entry),
	};
	reader->opaque = reader->zip.encrypted || !zip_method_is_known(reader->zip.method);
	reader->has_descriptor = reader->opaque && (fixed[6] & 8) != 0;
	reader->has_no_length = reader->has_descriptor && little_endian(fixed + 18, 4) == 0;
	if (reader->opaque && !reader->zip.encrypted && reader->unknown_method.soundness == SOUND)
		refuse_data(reader, &reader->unknown_method);
	return 0;
}

static int read_cpio_header(struct reader *reader)
{
	uint64_t at = (uint64_t)archive_read_header_position(reader->archive);
	const char *name = archive_entry_pathname(reader->entry);
	char digits[CPIO_SUM_DIGITS + 1] = "";

	buffer_clear(&reader->name);
	buffer_string(&reader->name, name != NULL ? name : "");
	reader->opaque = false;
	reader->sum = reader->told_sum = 0;
	reader->has_sum = archive_format(reader->archive) == ARCHIVE_FORMAT_CPIO_SVR4_CRC &&
			  archive_entry_filetype(reader->entry) == AE_IFREG && archive_entry_size(reader->entry) > 0;
	if (!reader->has_sum)
		return 0;
	if (!history_copy(&reader->history, at + CPIO_SUM_AT, digits, CPIO_SUM_DIGITS))
		return fail(reader, DAMAGED, "is cut in the middle of a header");
	reader->told_sum = (uint32_t)strtoul(digits, NULL, 16);
	return 0;
}

static enum member_type type_of(struct archive_entry *entry, const struct buffer *name)
{
	if (archive_entry_hardlink(entry) != NULL)
		return MEMBER_LINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFLNK:
		return MEMBER_LINK;
	case AE_IFDIR:
		return MEMBER_FOLDER;
	case AE_IFREG:
	case 0:
		return name->length > 0 && name->data[name->length - 1] == '/' ? MEMBER_FOLDER : MEMBER_FILE;
	default:
		return MEMBER_OTHER;
	}
}

static void describe(struct reader *reader, struct inspect_member *ret_member)
{
	struct archive_entry *entry = reader->entry;

	buffer_clear(&reader->path);
	buffer_append(&reader->path, reader->name.data, reader->name.length);
	ret_member->type = type_of(entry, &reader->name);
	ret_member->path = container_strip_path(reader->path.data);
	ret_member->size_bytes = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1;
	ret_member->modified_ms = INT64_MIN;
	if (archive_entry_mtime_is_set(entry))
		ret_member->modified_ms =
			(int64_t)archive_entry_mtime(entry) * 1000 + archive_entry_mtime_nsec(entry) / 1000000;
	ret_member->encrypted = reader->format == FORMAT_ZIP && reader->zip.encrypted;
}

/* 0 with a length of 0 at the member's end. */
static int member_data(struct reader *reader, const unsigned char **ret_data, size_t *ret_length)
{
	const void *data = NULL;
	size_t length = 0;
	la_int64_t offset = 0;
	int result;

	do {
		result = archive_read_data_block(reader->archive, &data, &length, &offset);
		if (judge(reader, result) < 0)
			return -1;
	} while (result != ARCHIVE_EOF && length == 0);
	if (result == ARCHIVE_EOF)
		length = 0;
	*ret_data = data;
	*ret_length = length;
	reader->zip.size += length;
	if (reader->format == FORMAT_ZIP && length > 0)
		reader->zip.crc = (uint32_t)crc32_z(reader->zip.crc, data, length);
	for (size_t i = 0; reader->has_sum && i < length; i++)
		reader->sum += (*ret_data)[i];
	return 0;
}

/* A link's target is its data, which libarchive has read with the header. */
static void take_target(struct reader *reader)
{
	const char *target = archive_entry_symlink(reader->entry);

	if (reader->zip.size > 0 || target == NULL)
		return;
	reader->zip.size = strlen(target);
	reader->zip.crc = (uint32_t)crc32_z(0, (const unsigned char *)target, strlen(target));
}

static int finish_member(struct reader *reader)
{
	const unsigned char *data;
	size_t length = 1;

	while (reader->in_member && !reader->opaque && length > 0)
		if (member_data(reader, &data, &length) < 0)
			return -1;
	if (reader->in_member && reader->has_no_length)
		return fail_at_member(reader, OPAQUE, "what follows cannot be found, for no length is told");
	if (reader->in_member && reader->has_sum && reader->sum != reader->told_sum)
		return fail_at_member(reader, DAMAGED, "checksum of the data is wrong");
	if (reader->in_member && reader->format == FORMAT_ZIP) {
		take_target(reader);
		reader->zip.name = reader->name.data;
		reader->zip.name_length = reader->name.length;
		zip_tally_add(&reader->tally, &reader->zip);
	}
	reader->in_member = false;
	return 0;
}

static int next_member(struct reader *reader, struct inspect_member *ret_member)
{
	int result;

	if (finish_member(reader) < 0)
		return -1;
	result = archive_read_next_header(reader->archive, &reader->entry);
	if (judge(reader, result) < 0)
		return -1;
	if (result == ARCHIVE_EOF)
		return check_end(reader);
	if ((reader->format == FORMAT_ZIP ? read_zip_header(reader) : read_cpio_header(reader)) < 0)
		return -1;
	reader->in_member = true;
	describe(reader, ret_member);
	return 1;
}

static int reader_next(struct container *container, struct inspect_member *ret_member, struct trouble *ret_trouble)
{
	struct reader *reader = (struct reader *)container;
	int result = reader->trouble.soundness == SOUND ? next_member(reader, ret_member) : -1;

	if (result < 0)
		*ret_trouble = reader->trouble;
	return result;
}

static int reader_data(struct container *container, const unsigned char **ret_data, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	struct reader *reader = (struct reader *)container;
	int result = -1;

	if (reader->trouble.soundness == SOUND && reader->opaque)
		return refuse_data(reader, ret_trouble);
	if (reader->trouble.soundness == SOUND)
		result = member_data(reader, ret_data, ret_length);
	if (result < 0)
		*ret_trouble = reader->trouble;
	return result;
}

static void reader_close(struct container *container)
{
	struct reader *reader = (struct reader *)container;

	archive_read_free(reader->archive);
	history_release(&reader->history);
	buffer_release(&reader->name);
	buffer_release(&reader->path);
	free(reader);
}

struct container *container_libarchive_open(enum format format, struct source *source)
{
	struct reader *reader = memory_alloc(sizeof(*reader));

	reader->container = (struct container){.next = reader_next, .data = reader_data, .close = reader_close};
	reader->container.unpacks = true;
	reader->raw = (struct source){.next = raw_next};
	reader->format = format;
	reader->source = source;
	history_init(&reader->history);
	buffer_init(&reader->name, PATH_BYTES_MAX);
	buffer_init(&reader->path, PATH_BYTES_MAX);
	reader->archive = archive_read_new();
	if (reader->archive == NULL) {
		fail(reader, UNREADABLE, "there is no memory for its reader");
		return &reader->container;
	}
	if (format == FORMAT_ZIP)
		archive_read_support_format_zip_streamable(reader->archive);
	else
		archive_read_support_format_cpio(reader->archive);
	(void)judge(reader, archive_read_open(reader->archive, reader, NULL, give_to_libarchive, NULL));
	return &reader->container;
}
