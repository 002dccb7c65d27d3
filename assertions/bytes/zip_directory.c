#include "zip_directory.h"

#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/memory.h"

#define SIGNATURE_BYTES 4
#define ENTRY 0x02014b50u
#define ENTRY_BYTES 46
#define SIGNED 0x05054b50u
#define SIGNED_BYTES 6
#define END64 0x06064b50u
#define END64_BYTES 56
#define LOCATOR64 0x07064b50u
#define LOCATOR64_BYTES 20
#define END 0x06054b50u
#define END_BYTES 22
#define FLAG_ENCRYPTED 1
#define EXTRA_ZIP64 1
#define VERSION_MAX 63
#define IN_ZIP64_32 0xffffffffu
#define IN_ZIP64_16 0xffffu

static uint64_t number(const unsigned char *bytes, size_t length)
{
	uint64_t value = 0;

	for (size_t i = length; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

bool zip_method_is_known(unsigned method)
{
	/* Stored, deflated, bzip2. libarchive 3.6 reads others too, but takes sound ones for damaged. */
	return method == 0 || method == 8 || method == 12;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

void zip_tally_add(struct zip_tally *tally, const struct zip_member *member)
{
	bool compared = !member->encrypted && zip_method_is_known(member->method);
	uint64_t hash = mix(mix(1, member->offset), member->method);

	hash = mix(hash, compared ? member->size : 0);
	hash = mix(hash, compared ? member->crc : 0);
	for (size_t i = 0; i < member->name_length; i++)
		hash = mix(hash, (unsigned char)member->name[i]);
	tally->sum += hash;
	tally->version = member->version > tally->version ? member->version : tally->version;
	tally->count++;
}

struct directory {
	struct cursor *cursor;
	uint64_t begin, bytes; /* the entries' */
	struct zip_tally listed;
	bool has_end64;
	uint64_t end64_at, end64_count, end64_bytes, end64_begin;
	struct trouble *trouble;
};

static int wrong(struct directory *directory, const char *what)
{
	struct cursor *cursor = directory->cursor;

	if (cursor_failed(cursor, directory->trouble))
		return -1;
	return trouble_set(directory->trouble, DAMAGED, "zip: %s at byte %llu", what,
			   (unsigned long long)(directory->begin + cursor->offset));
}

static int cut(struct directory *directory)
{
	return wrong(directory, "is cut: it ends in the middle of its central directory");
}

/* Size and offset that do not fit into 32 bits stand in an extra field, in this order, those only. */
static void read_zip64(struct zip_member *member, bool packed_is_there, const unsigned char *extra, size_t length)
{
	while (length >= 4) {
		size_t id = (size_t)number(extra, 2), size = (size_t)number(extra + 2, 2);
		const unsigned char *at = extra + 4, *end;

		if (size > length - 4)
			return;
		end = at + size;
		if (id == EXTRA_ZIP64) {
			if (member->size == IN_ZIP64_32 && end - at >= 8) {
				member->size = number(at, 8);
				at += 8;
			}
			if (packed_is_there && end - at >= 8)
				at += 8;
			if (member->offset == IN_ZIP64_32 && end - at >= 8)
				member->offset = number(at, 8);
			return;
		}
		extra = end;
		length -= 4 + size;
	}
}

static int read_entry(struct directory *directory)
{
	unsigned char fixed[ENTRY_BYTES];
	size_t name_length, extra_length, comment_length;
	cleanup_free char *name_and_extra = NULL;
	struct zip_member member;

	if (cursor_take(directory->cursor, fixed, ENTRY_BYTES) < ENTRY_BYTES)
		return cut(directory);
	name_length = (size_t)number(fixed + 28, 2);
	extra_length = (size_t)number(fixed + 30, 2);
	comment_length = (size_t)number(fixed + 32, 2);
	name_and_extra = memory_grow(NULL, name_length + extra_length, 1);
	if (cursor_take(directory->cursor, name_and_extra, name_length + extra_length) < name_length + extra_length ||
	    cursor_skip(directory->cursor, comment_length) < comment_length)
		return cut(directory);
	member = (struct zip_member){
		.offset = number(fixed + 42, 4),
		.size = number(fixed + 24, 4),
		.crc = (uint32_t)number(fixed + 16, 4),
		.method = (unsigned)number(fixed + 10, 2),
		.version = fixed[6],
		.encrypted = (number(fixed + 8, 2) & FLAG_ENCRYPTED) != 0,
		.name = name_and_extra,
		.name_length = name_length,
	};
	read_zip64(&member, number(fixed + 20, 4) == IN_ZIP64_32, (const unsigned char *)name_and_extra + name_length,
		   extra_length);
	zip_tally_add(&directory->listed, &member);
	return 0;
}

static int read_signature(struct directory *directory)
{
	unsigned char fixed[SIGNED_BYTES];
	uint64_t length;

	if (cursor_take(directory->cursor, fixed, SIGNED_BYTES) < SIGNED_BYTES)
		return cut(directory);
	length = number(fixed + 4, 2);
	return cursor_skip(directory->cursor, length) == length ? 0 : cut(directory);
}

static int read_end64(struct directory *directory)
{
	unsigned char fixed[END64_BYTES];
	uint64_t length;

	directory->end64_at = directory->begin + directory->cursor->offset;
	if (cursor_take(directory->cursor, fixed, END64_BYTES) < END64_BYTES)
		return cut(directory);
	length = number(fixed + 4, 8);
	if (length < END64_BYTES - 12)
		return wrong(directory, "the zip64 end record makes no sense");
	if (cursor_skip(directory->cursor, length - (END64_BYTES - 12)) < length - (END64_BYTES - 12))
		return cut(directory);
	directory->has_end64 = true;
	directory->end64_count = number(fixed + 32, 8);
	directory->end64_bytes = number(fixed + 40, 8);
	directory->end64_begin = number(fixed + 48, 8);
	return 0;
}

static int read_locator64(struct directory *directory)
{
	unsigned char fixed[LOCATOR64_BYTES];

	if (cursor_take(directory->cursor, fixed, LOCATOR64_BYTES) < LOCATOR64_BYTES)
		return cut(directory);
	if (!directory->has_end64 || number(fixed + 8, 8) != directory->end64_at)
		return wrong(directory, "the zip64 end record is not where its locator says,");
	return 0;
}

/* What the end record says, where zip64's does not say it instead. */
static bool agrees(uint64_t told, uint64_t in_zip64, uint64_t is, const struct directory *directory)
{
	if (directory->has_end64 && told == in_zip64)
		return true;
	return told == (is & in_zip64);
}

/* The directory's word or a member's own: whoever restores may go by either. */
static int check_version(struct directory *directory, const struct zip_tally *walked)
{
	unsigned listed = directory->listed.version, version = listed > walked->version ? listed : walked->version;

	if (version <= VERSION_MAX)
		return 1;
	return trouble_set(directory->trouble, OPAQUE,
			   "zip: a member needs version %u.%u of the format: muster reads up to %d.%d", version / 10,
			   version % 10, VERSION_MAX / 10, VERSION_MAX % 10);
}

static int read_end(struct directory *directory, const struct zip_tally *walked)
{
	unsigned char fixed[END_BYTES];
	uint64_t comment_length;
	const unsigned char *more;

	if (cursor_take(directory->cursor, fixed, END_BYTES) < END_BYTES)
		return cut(directory);
	comment_length = number(fixed + 20, 2);
	if (cursor_skip(directory->cursor, comment_length) < comment_length)
		return cut(directory);
	if (cursor_view(directory->cursor, 1, &more) > 0)
		return wrong(directory, "other bytes follow after its end");
	if (cursor_failed(directory->cursor, directory->trouble))
		return -1;
	if (number(fixed + 4, 2) != 0 && number(fixed + 4, 2) != IN_ZIP64_16)
		return wrong(directory, "it is the last part of a split archive, which ends");
	if (directory->has_end64 &&
	    (directory->end64_count != directory->listed.count || directory->end64_bytes != directory->bytes ||
	     directory->end64_begin != directory->begin))
		return wrong(directory, "the zip64 end record does not fit the central directory, which ends");
	if (!agrees(number(fixed + 10, 2), IN_ZIP64_16, directory->listed.count, directory) ||
	    !agrees(number(fixed + 12, 4), IN_ZIP64_32, directory->bytes, directory) ||
	    !agrees(number(fixed + 16, 4), IN_ZIP64_32, directory->begin, directory))
		return wrong(directory, "the end record does not fit the central directory, which ends");
	if (directory->listed.count != walked->count)
		return trouble_set(directory->trouble, DAMAGED,
				   "zip: %llu members are listed in the central directory, but %llu are there",
				   (unsigned long long)directory->listed.count, (unsigned long long)walked->count);
	if (directory->listed.sum != walked->sum)
		return trouble_set(
			directory->trouble, DAMAGED,
			"zip: the central directory does not fit the members (name, place, size or checksum)");
	return check_version(directory, walked);
}

/* 1 at the end, 0, -1. */
static int read_record(struct directory *directory, const struct zip_tally *walked)
{
	const unsigned char *signature;

	if (cursor_view(directory->cursor, SIGNATURE_BYTES, &signature) < SIGNATURE_BYTES)
		return cut(directory);
	switch (number(signature, SIGNATURE_BYTES)) {
	case ENTRY:
		if (read_entry(directory) < 0)
			return -1;
		directory->bytes = directory->cursor->offset;
		return 0;
	case SIGNED:
		return read_signature(directory);
	case END64:
		return read_end64(directory);
	case LOCATOR64:
		return read_locator64(directory);
	case END:
		return read_end(directory, walked);
	default:
		return wrong(directory, "there should be an entry of the central directory");
	}
}

int zip_directory_check(struct cursor *cursor, uint64_t begin, const struct zip_tally *walked,
			struct trouble *ret_trouble)
{
	struct directory directory = {.cursor = cursor, .begin = begin, .trouble = ret_trouble};
	int result;

	do {
		result = read_record(&directory, walked);
	} while (result == 0);
	return result < 0 ? -1 : 0;
}
