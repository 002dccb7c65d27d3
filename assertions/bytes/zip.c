#include "zip.h"

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

struct zip {
	struct container container;
	struct source raw; /* what libarchive has not taken yet */
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
	struct zip_member member;
	struct zip_tally tally;
	struct trouble unknown_method; /* of the first such member */
};

static int fail(struct zip *zip, enum soundness soundness, const char *what)
{
	if (zip->source_trouble.soundness != SOUND)
		zip->trouble = zip->source_trouble;
	else
		trouble_set(&zip->trouble, soundness, "zip: %s", what);
	return -1;
}

static int fail_at_member(struct zip *zip, enum soundness soundness, const char *what)
{
	char path[RECOGNISE_TEXT_MAX], text[2 * RECOGNISE_TEXT_MAX + 64];

	recognise_printable(zip->name.data, zip->name.length, path);
	snprintf(text, sizeof(text), "%.*s in member '%s'", RECOGNISE_TEXT_MAX, what, path);
	return fail(zip, soundness, text);
}

/* Of what libarchive warns of, only names that it could not convert are harmless: their bytes are taken as they are. */
static int judge(struct zip *zip, int result)
{
	const char *said = archive_error_string(zip->archive);
	char ended[64];

	if (result == ARCHIVE_OK || result == ARCHIVE_EOF)
		return 0;
	if (result == ARCHIVE_WARN && said != NULL && strstr(said, "converted") != NULL)
		return 0;
	if (archive_errno(zip->archive) == ENOMEM)
		return fail(zip, UNREADABLE, "there is no memory for its reader");
	if (said == NULL) {
		snprintf(ended, sizeof(ended), "is cut: it ends after byte %llu", (unsigned long long)zip->history.end);
		said = ended;
	}
	return zip->in_member ? fail_at_member(zip, DAMAGED, said) : fail(zip, DAMAGED, said);
}

static int raw_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble)
{
	struct zip *zip = (struct zip *)((char *)source - offsetof(struct zip, raw));

	if (zip->source_trouble.soundness == SOUND && zip->left_length == 0)
		(void)source_next(zip->source, &zip->left, &zip->left_length, &zip->source_trouble);
	if (zip->source_trouble.soundness != SOUND) {
		*ret_trouble = zip->source_trouble;
		return -1;
	}
	*ret_data = zip->left;
	*ret_length = zip->left_length < HISTORY_PIECE_MAX ? zip->left_length : HISTORY_PIECE_MAX;
	if (*ret_length > 0)
		zip->left += *ret_length;
	zip->left_length -= *ret_length;
	return 0;
}

static la_ssize_t give_to_libarchive(struct archive *archive, void *context, const void **ret_data)
{
	struct zip *zip = context;
	const unsigned char *data = NULL;
	struct trouble trouble;
	size_t length = 0;

	if (source_next(&zip->raw, &data, &length, &trouble) < 0) {
		archive_set_error(archive, EIO, "cannot be read");
		return ARCHIVE_FATAL;
	}
	history_add(&zip->history, data, length);
	*ret_data = data;
	return (la_ssize_t)length;
}

/* What libarchive has read already, from `at` on, then what it has not. */
struct tail {
	struct source source;
	struct zip *zip;
	uint64_t at;
	unsigned char piece[4096];
};

static int tail_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		     struct trouble *ret_trouble)
{
	struct tail *tail = (struct tail *)source;
	uint64_t left = tail->zip->history.end - tail->at;

	if (left == 0)
		return source_next(&tail->zip->raw, ret_data, ret_length, ret_trouble);
	*ret_length = left < sizeof(tail->piece) ? (size_t)left : sizeof(tail->piece);
	*ret_data = tail->piece;
	if (!history_copy(&tail->zip->history, tail->at, tail->piece, *ret_length))
		return trouble_set(ret_trouble, UNREADABLE, "zip: its end cannot be found");
	tail->at += *ret_length;
	return 0;
}

/*
 * Where libarchive found the header that it has come to. A data descriptor behind data that it passed over, because they
 * are encrypted, it takes for bytes of nothing: its length is not told anywhere, so the next header is looked for.
 */
static uint64_t header_position(const struct zip *zip)
{
	static const size_t descriptors[] = {0, 12, 16, 20, 24};
	uint64_t at = (uint64_t)archive_read_header_position(zip->archive);
	unsigned char signature[4];

	for (size_t i = 0; zip->has_descriptor && i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		if (history_copy(&zip->history, at + descriptors[i], signature, sizeof(signature)) &&
		    signature[0] == 'P' && signature[1] == 'K' && (signature[2] == 1 || signature[2] == 3))
			return at + descriptors[i];
	return at;
}

static int check_end(struct zip *zip)
{
	struct tail tail = {.source = {.next = tail_next}, .zip = zip};
	struct cursor cursor;
	int result;

	tail.at = header_position(zip);
	cursor_init(&cursor, &tail.source);
	result = zip_directory_check(&cursor, tail.at, &zip->tally, &zip->trouble);
	if (result == 0 && zip->unknown_method.soundness != SOUND)
		zip->trouble = zip->unknown_method;
	return zip->trouble.soundness == SOUND ? 0 : -1;
}

static uint64_t little_endian(const unsigned char *bytes, size_t length)
{
	uint64_t value = 0;

	while (length-- > 0)
		value = value << 8 | bytes[length];
	return value;
}

static int refuse_data(const struct zip *zip, struct trouble *ret_trouble)
{
	char path[RECOGNISE_TEXT_MAX];

	recognise_printable(zip->name.data, zip->name.length, path);
	if (zip->member.encrypted)
		return trouble_set(ret_trouble, OPAQUE, "zip: member '%s' is encrypted", path);
	return trouble_set(ret_trouble, OPAQUE, "zip: member '%s' is compressed by method %u, which is not known here",
			   path, zip->member.method);
}

/* libarchive converts names by the locale, and hides the method: both are taken from the header itself. */
static int read_header(struct zip *zip)
{
	uint64_t at = header_position(zip);
	unsigned char fixed[ZIP_LOCAL_BYTES];
	char name[PATH_BYTES_MAX];
	size_t name_length;

	if (!history_copy(&zip->history, at, fixed, sizeof(fixed)) || memcmp(fixed, "PK\003\004", 4) != 0)
		return fail(zip, DAMAGED, "there are bytes between its members that belong to none");
	name_length = (size_t)little_endian(fixed + 26, 2);
	if (!history_copy(&zip->history, at + ZIP_LOCAL_BYTES, name, name_length))
		return fail(zip, DAMAGED, "is cut in the middle of a header");
	if (memchr(name, '\0', name_length) != NULL)
		return fail(zip, DAMAGED, "a name makes no sense");
	buffer_clear(&zip->name);
	buffer_append(&zip->name, name, name_length);
	zip->member = (struct zip_member){
		.offset = at,
		.method = (unsigned)little_endian(fixed + 8, 2),
		.version = fixed[4],
		.encrypted = (fixed[6] & 1) != 0 || archive_entry_is_encrypted(zip->entry),
	};
	zip->opaque = zip->member.encrypted || !zip_method_is_known(zip->member.method);
	zip->has_descriptor = zip->opaque && (fixed[6] & 8) != 0;
	zip->has_no_length = zip->has_descriptor && little_endian(fixed + 18, 4) == 0;
	if (zip->opaque && !zip->member.encrypted && zip->unknown_method.soundness == SOUND)
		refuse_data(zip, &zip->unknown_method);
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

static void describe(struct zip *zip, struct inspect_member *ret_member)
{
	struct archive_entry *entry = zip->entry;

	buffer_clear(&zip->path);
	buffer_append(&zip->path, zip->name.data, zip->name.length);
	ret_member->type = type_of(entry, &zip->name);
	ret_member->path = container_strip_path(zip->path.data);
	ret_member->size_bytes = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1;
	ret_member->modified_ms = INT64_MIN;
	if (archive_entry_mtime_is_set(entry))
		ret_member->modified_ms =
			(int64_t)archive_entry_mtime(entry) * 1000 + archive_entry_mtime_nsec(entry) / 1000000;
	ret_member->encrypted = zip->member.encrypted;
	ret_member->symbolic = ret_member->type == MEMBER_LINK;
	ret_member->elsewhere = false;
}

/* 0 with a length of 0 at the member's end. */
static int member_data(struct zip *zip, const unsigned char **ret_data, size_t *ret_length)
{
	const void *data = NULL;
	size_t length = 0;
	la_int64_t offset = 0;
	int result;

	do {
		result = archive_read_data_block(zip->archive, &data, &length, &offset);
		if (judge(zip, result) < 0)
			return -1;
	} while (result != ARCHIVE_EOF && length == 0);
	if (result == ARCHIVE_EOF)
		length = 0;
	*ret_data = data;
	*ret_length = length;
	zip->member.size += length;
	if (length > 0)
		zip->member.crc = (uint32_t)crc32_z(zip->member.crc, data, length);
	return 0;
}

/* A link's target is its data, which libarchive has read with the header. */
static void take_target(struct zip *zip)
{
	const char *target = archive_entry_symlink(zip->entry);

	if (zip->member.size > 0 || target == NULL)
		return;
	zip->member.size = strlen(target);
	zip->member.crc = (uint32_t)crc32_z(0, (const unsigned char *)target, strlen(target));
}

static int finish_member(struct zip *zip)
{
	const unsigned char *data;
	size_t length = 1;

	while (zip->in_member && !zip->opaque && length > 0)
		if (member_data(zip, &data, &length) < 0)
			return -1;
	if (zip->in_member && zip->has_no_length)
		return fail_at_member(zip, OPAQUE, "what follows cannot be found, for no length is told");
	if (zip->in_member) {
		take_target(zip);
		zip->member.name = zip->name.data;
		zip->member.name_length = zip->name.length;
		zip_tally_add(&zip->tally, &zip->member);
	}
	zip->in_member = false;
	return 0;
}

static int next_member(struct zip *zip, struct inspect_member *ret_member)
{
	int result;

	if (finish_member(zip) < 0)
		return -1;
	result = archive_read_next_header(zip->archive, &zip->entry);
	if (judge(zip, result) < 0)
		return -1;
	if (result == ARCHIVE_EOF)
		return check_end(zip);
	if (read_header(zip) < 0)
		return -1;
	zip->in_member = true;
	describe(zip, ret_member);
	return 1;
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

	if (zip->trouble.soundness == SOUND && zip->opaque)
		return refuse_data(zip, ret_trouble);
	if (zip->trouble.soundness == SOUND)
		result = member_data(zip, ret_data, ret_length);
	if (result < 0)
		*ret_trouble = zip->trouble;
	return result;
}

static void zip_close(struct container *container)
{
	struct zip *zip = (struct zip *)container;

	archive_read_free(zip->archive);
	history_release(&zip->history);
	buffer_release(&zip->name);
	buffer_release(&zip->path);
	free(zip);
}

struct container *zip_open(struct source *source)
{
	struct zip *zip = memory_alloc(sizeof(*zip));

	zip->container = (struct container){.next = zip_next, .data = zip_data, .close = zip_close};
	zip->container.unpacks = true;
	zip->raw = (struct source){.next = raw_next};
	zip->source = source;
	history_init(&zip->history);
	buffer_init(&zip->name, PATH_BYTES_MAX);
	buffer_init(&zip->path, PATH_BYTES_MAX);
	zip->archive = archive_read_new();
	if (zip->archive == NULL) {
		fail(zip, UNREADABLE, "there is no memory for its reader");
		return &zip->container;
	}
	archive_read_support_format_zip_streamable(zip->archive);
	(void)judge(zip, archive_read_open(zip->archive, zip, NULL, give_to_libarchive, NULL));
	return &zip->container;
}
