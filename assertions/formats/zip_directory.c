#include "assertions/formats/zip_private.h"

#include "assertions/formats/sample.h"

#define SIGNED_BYTES 6
#define END64_BYTES 56
#define LOCATOR64_BYTES 20
#define END_BYTES 22
#define VERSION_MAX 63
#define PADDING_UNIT 512
#define PADDING_MAX 10240 /* a record of a tape, which bsdtar fills up to */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint64_t mix_bytes(uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	hash = mix(hash, length);
	for (size_t i = 0; i < length; i++)
		hash = mix(hash, at[i]);
	return hash;
}

static void pair_add(struct zip_pairs *pairs, uint64_t offset, const void *bytes, size_t length)
{
	pairs->count++;
	pairs->sum += mix_bytes(mix(1, offset), bytes, length);
}

/* The directory has the first of several times only, of Info-ZIP's and of Windows'. */
static void add_pairs(struct zip_tally *tally, const struct zip_header *header)
{
	if (header->times.length >= 5 && (header->times.data[0] & 1) != 0)
		pair_add(&tally->times, header->offset, header->times.data + 1, 4);
	if (header->ntfs.length >= 16)
		pair_add(&tally->ntfs, header->offset, header->ntfs.data, 16);
	if (header->owner.length > 0)
		pair_add(&tally->owner, header->offset, header->owner.data, header->owner.length);
}

void zip_tally_add(struct zip_tally *tally, const struct zip_header *header)
{
	uint64_t hash = mix(mix(1, header->offset), header->method);

	hash = mix(hash, header->flags & ~ZIP_FLAG_PACKING);
	hash = mix(hash, header->stamp);
	hash = mix(hash, header->packed);
	hash = mix(hash, header->size);
	hash = mix(hash, header->crc);
	hash = mix_bytes(hash, header->name, header->name_length);
	hash = mix_bytes(hash, header->unicode.data, header->unicode.length);
	hash = mix_bytes(hash, header->aes.data, header->aes.length);
	tally->sum += hash;
	tally->version = header->version > tally->version ? header->version : tally->version;
	tally->count++;
	add_pairs(tally, header);
}

static int wrong(struct zip_directory *directory, const char *what)
{
	return cursor_damaged(directory->cursor, "zip", what, directory->trouble);
}

static int cut(struct zip_directory *directory)
{
	return wrong(directory, "is cut: it ends in the middle of its central directory");
}

static int read_entry(struct zip_directory *directory)
{
	struct zip_header *header = directory->header;
	const char *what = "";

	if (directory->has_signature || directory->has_end64)
		return wrong(directory, "there should be an end record, and not an entry of the central directory,");
	switch (zip_header_take_entry(directory->cursor, header, &what)) {
	case ZIP_CUT:
		return cut(directory);
	case ZIP_SENSELESS:
		return trouble_set(directory->trouble, DAMAGED,
				   "zip: %s in an entry of the central directory, before byte %llu", what,
				   (unsigned long long)directory->cursor->offset);
	default:
		break;
	}
	if (header->disk != 0)
		return wrong(directory, "a member is in another part of a split archive: its entry ends");
	zip_tally_add(&directory->listed, header);
	directory->end = directory->cursor->offset;
	return 1;
}

static int read_signature(struct zip_directory *directory)
{
	unsigned char fixed[SIGNED_BYTES];
	uint64_t length;

	if (directory->has_signature || directory->has_end64)
		return wrong(directory, "there should be an end record, and not a signature,");
	if (cursor_take(directory->cursor, fixed, SIGNED_BYTES) < SIGNED_BYTES)
		return cut(directory);
	length = zip_number(fixed + 4, 2);
	directory->has_signature = true;
	return cursor_skip(directory->cursor, length) == length ? 0 : cut(directory);
}

/* The directory's word or a member's own: whoever restores may go by either. */
static int check_version(struct zip_directory *directory, unsigned version, const char *who)
{
	if (version <= VERSION_MAX)
		return 0;
	return trouble_set(directory->trouble, OPAQUE,
			   "zip: %s needs version %u.%u of the format: muster reads up to %d.%d", who, version / 10,
			   version % 10, VERSION_MAX / 10, VERSION_MAX % 10);
}

static int read_end64(struct zip_directory *directory)
{
	unsigned char fixed[END64_BYTES];
	uint64_t length;

	if (directory->has_end64)
		return wrong(directory, "there is a second zip64 end record");
	directory->end64_at = directory->cursor->offset;
	if (cursor_take(directory->cursor, fixed, END64_BYTES) < END64_BYTES)
		return cut(directory);
	length = zip_number(fixed + 4, 8);
	if (length < END64_BYTES - 12)
		return wrong(directory, "the zip64 end record makes no sense");
	if (cursor_skip(directory->cursor, length - (END64_BYTES - 12)) < length - (END64_BYTES - 12))
		return cut(directory);
	if (zip_number(fixed + 16, 4) != 0 || zip_number(fixed + 20, 4) != 0)
		return wrong(directory, "its zip64 end record is that of a split archive: it ends");
	directory->has_end64 = true;
	directory->end64_here = zip_number(fixed + 24, 8);
	directory->end64_count = zip_number(fixed + 32, 8);
	directory->end64_bytes = zip_number(fixed + 40, 8);
	directory->end64_begin = zip_number(fixed + 48, 8);
	if (fixed[14] > directory->listed.version)
		directory->listed.version = fixed[14];
	return 0;
}

static int read_locator64(struct zip_directory *directory)
{
	unsigned char fixed[LOCATOR64_BYTES];

	if (cursor_take(directory->cursor, fixed, LOCATOR64_BYTES) < LOCATOR64_BYTES)
		return cut(directory);
	if (!directory->has_end64 || directory->has_locator || zip_number(fixed + 8, 8) != directory->end64_at)
		return wrong(directory, "the zip64 end record is not where its locator says,");
	if (zip_number(fixed + 4, 4) != 0 || zip_number(fixed + 16, 4) > 1)
		return wrong(directory, "its locator is that of a split archive: it ends");
	directory->has_locator = true;
	return 0;
}

/* What the end record says, where zip64's does not say it instead. */
static bool agrees(uint64_t told, uint64_t in_zip64, uint64_t is, const struct zip_directory *directory)
{
	if (directory->has_end64 && told == in_zip64)
		return true;
	return told == (is & in_zip64);
}

static bool pairs_differ(const struct zip_pairs *one, const struct zip_pairs *other)
{
	return one->count == other->count && one->sum != other->sum;
}

static int compare(struct zip_directory *directory, const struct zip_tally *walked)
{
	const struct zip_tally *listed = &directory->listed;

	if (listed->count != walked->count)
		return trouble_set(directory->trouble, DAMAGED,
				   "zip: %llu members are listed in the central directory, but %llu are there",
				   (unsigned long long)listed->count, (unsigned long long)walked->count);
	if (listed->sum != walked->sum)
		return trouble_set(directory->trouble, DAMAGED,
				   "zip: the central directory does not fit the members (name, place, size, checksum, "
				   "time or method)");
	if (pairs_differ(&listed->times, &walked->times) || pairs_differ(&listed->ntfs, &walked->ntfs) ||
	    pairs_differ(&listed->owner, &walked->owner))
		return trouble_set(
			directory->trouble, DAMAGED,
			"zip: the central directory does not fit the members (times or owners in extra fields)");
	return check_version(directory, listed->version > walked->version ? listed->version : walked->version,
			     "a member");
}

static int read_padding(struct zip_directory *directory)
{
	uint64_t end = directory->cursor->offset, zeros = cursor_skip_zeros(directory->cursor, PADDING_MAX);
	const unsigned char *more;

	if (cursor_view(directory->cursor, 1, &more) == 0 && !cursor_failed(directory->cursor, directory->trouble) &&
	    (zeros == 0 || (zeros < PADDING_MAX && (end + zeros) % PADDING_UNIT == 0)))
		return 0;
	if (cursor_failed(directory->cursor, directory->trouble))
		return -1;
	return trouble_set(directory->trouble, DAMAGED, "zip: other bytes follow after its end at byte %llu",
			   (unsigned long long)end);
}

static int read_end(struct zip_directory *directory, const struct zip_tally *walked)
{
	unsigned char fixed[END_BYTES];
	uint64_t comment_length, count, bytes = directory->end - directory->begin;

	if (cursor_take(directory->cursor, fixed, END_BYTES) < END_BYTES)
		return cut(directory);
	comment_length = zip_number(fixed + 20, 2);
	count = zip_number(fixed + 10, 2);
	if (cursor_skip(directory->cursor, comment_length) < comment_length)
		return cut(directory);
	if (read_padding(directory) < 0)
		return -1;
	if ((zip_number(fixed + 4, 2) != 0 && zip_number(fixed + 4, 2) != ZIP_IN_ZIP64_16) ||
	    (zip_number(fixed + 6, 2) != 0 && zip_number(fixed + 6, 2) != ZIP_IN_ZIP64_16))
		return wrong(directory, "it is the last part of a split archive, which ends");
	if (directory->has_end64 && !directory->has_locator)
		return wrong(directory, "there is no locator of the zip64 end record: it ends");
	if (directory->has_end64 &&
	    (directory->end64_count != directory->listed.count || directory->end64_here != directory->end64_count ||
	     directory->end64_bytes != bytes || directory->end64_begin != directory->begin))
		return wrong(directory, "the zip64 end record does not fit the central directory, which ends");
	if (zip_number(fixed + 8, 2) != count || !agrees(count, ZIP_IN_ZIP64_16, directory->listed.count, directory) ||
	    !agrees(zip_number(fixed + 12, 4), ZIP_IN_ZIP64_32, bytes, directory) ||
	    !agrees(zip_number(fixed + 16, 4), ZIP_IN_ZIP64_32, directory->begin, directory))
		return wrong(directory, "the end record does not fit the central directory, which ends");
	return compare(directory, walked);
}

void zip_directory_begin(struct zip_directory *directory, struct cursor *cursor, struct zip_header *header)
{
	*directory = (struct zip_directory){.cursor = cursor,
					    .header = header,
					    .begin = cursor->offset,
					    .end = cursor->offset};
}

int zip_directory_next(struct zip_directory *directory, const struct zip_tally *walked, struct trouble *ret_trouble)
{
	const unsigned char *signature;
	int result = 0;

	directory->trouble = ret_trouble;
	while (result == 0) {
		if (cursor_view(directory->cursor, ZIP_SIGNATURE_BYTES, &signature) < ZIP_SIGNATURE_BYTES)
			return cut(directory);
		switch (zip_number(signature, ZIP_SIGNATURE_BYTES)) {
		case ZIP_ENTRY:
			result = read_entry(directory);
			break;
		case ZIP_SIGNED:
			result = read_signature(directory);
			break;
		case ZIP_END64:
			result = read_end64(directory);
			break;
		case ZIP_LOCATOR64:
			result = read_locator64(directory);
			break;
		case ZIP_END:
			return read_end(directory, walked);
		default:
			return wrong(directory, "there should be an entry of the central directory");
		}
	}
	return result;
}

/* What bsdtar writes to a pipe is filled up with zeros to a record of a tape. */
static bool is_padding(const struct sample *sample, size_t length)
{
	return length == 0 || (length < PADDING_MAX && sample->size_bytes % PADDING_UNIT == 0 &&
			       bytes_are_zero(sample->tail + sample->tail_length - length, length));
}

/* Its record of the end has a comment of up to 65535 bytes, and nothing but such zeros comes after that. */
int zip_end_in_sample(const struct sample *sample, struct trouble *ret_trouble)
{
	size_t farthest = END_BYTES + UINT16_MAX + PADDING_MAX;

	for (size_t left = END_BYTES; left <= sample->tail_length && left <= farthest; left++) {
		const unsigned char *end = sample->tail + sample->tail_length - left;
		uint64_t bytes = zip_number(end + 12, 4), begin = zip_number(end + 16, 4);
		size_t comment = (size_t)zip_number(end + 20, 2);

		if (zip_number(end, ZIP_SIGNATURE_BYTES) != ZIP_END || comment > left - END_BYTES ||
		    !is_padding(sample, left - END_BYTES - comment))
			continue;
		if (bytes != ZIP_IN_ZIP64_32 && begin != ZIP_IN_ZIP64_32 &&
		    bytes + begin > (uint64_t)sample->size_bytes - left)
			return trouble_set(ret_trouble, DAMAGED,
					   "zip: its end tells of a central directory that is not there");
		return 0;
	}
	return trouble_set(ret_trouble, DAMAGED, "zip: is cut: it does not end in the record of its central directory");
}
