/*
 * What a zip is made of, for the zip_*.c files: headers, the data of members, the central directory.
 *
 * pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12 to 4.3.16 and 4.5; the extra fields of other makers are
 * those of Info-ZIP's proginfo/extrafld.txt.
 */
#ifndef MUSTER_FORMATS_ZIP_PRIVATE_H
#define MUSTER_FORMATS_ZIP_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/format.h"

/* A member as a header tells of it: the local one that stands before its data, or its entry in the central directory. */

#define ZIP_SIGNATURE_BYTES 4
#define ZIP_LOCAL 0x04034b50u
#define ZIP_ENTRY 0x02014b50u
#define ZIP_DESCRIPTOR 0x08074b50u
#define ZIP_EXTRA_DATA 0x08064b50u /* what an encrypted central directory is unpacked by */
#define ZIP_SIGNED 0x05054b50u
#define ZIP_END64 0x06064b50u
#define ZIP_LOCATOR64 0x07064b50u
#define ZIP_END 0x06054b50u

#define ZIP_FLAG_ENCRYPTED 0x0001u
#define ZIP_FLAG_PACKING 0x0006u /* how hard it was tried to pack: no matter to who unpacks */
#define ZIP_FLAG_DESCRIPTOR 0x0008u
#define ZIP_FLAG_STRONG 0x0040u
#define ZIP_FLAG_UTF8 0x0800u
#define ZIP_FLAG_MASKED 0x2000u /* the central directory is encrypted */
#define ZIP_FLAGS_KNOWN                                                                                  \
	(ZIP_FLAG_ENCRYPTED | ZIP_FLAG_PACKING | ZIP_FLAG_DESCRIPTOR | ZIP_FLAG_STRONG | ZIP_FLAG_UTF8 | \
	 ZIP_FLAG_MASKED)

#define ZIP_METHOD_STORED 0
#define ZIP_METHOD_DEFLATE 8
#define ZIP_METHOD_BZIP2 12
#define ZIP_METHOD_ZSTD 93
#define ZIP_METHOD_XZ 95
#define ZIP_METHOD_AES 99

#define ZIP_IN_ZIP64_32 0xffffffffu
#define ZIP_IN_ZIP64_16 0xffffu
#define ZIP_TEXT_MAX (2 * 0xffff)

struct zip_field {
	const unsigned char *data; /* NULL: it is not there */
	size_t length;
};

struct zip_header {
	uint64_t offset; /* of the local header */
	unsigned version; /* of the format, that is needed to extract it; 63 is 6.3 */
	unsigned flags, method;
	uint32_t stamp; /* date and time, as MS-DOS has them */
	uint32_t crc;
	uint64_t packed, size;
	uint32_t disk, attributes; /* only the central directory tells */
	const char *name; /* as it stands there */
	size_t name_length;
	struct zip_field zip64, unicode, aes, times, ntfs, owner;
	unsigned char text[ZIP_TEXT_MAX]; /* that the name and the fields stand in */
};

enum zip_taken { ZIP_TAKEN, ZIP_CUT, ZIP_SENSELESS }; /* senseless: *ret_what says what is */

/* The signature is at hand and was looked at. */
enum zip_taken zip_header_take_local(struct cursor *cursor, struct zip_header *header, const char **ret_what);
enum zip_taken zip_header_take_entry(struct cursor *cursor, struct zip_header *header, const char **ret_what);

uint64_t zip_number(const unsigned char *bytes, size_t length);
bool zip_header_is_encrypted(const struct zip_header *header);

/* In UTF-8, as whoever restores would have it. */
void zip_header_path(const struct zip_header *header, struct buffer *out);

/* By its name, and where the central directory tells, by its attributes. */
enum member_type zip_header_type(const struct zip_header *header);

int64_t zip_header_modified_ms(const struct zip_header *header); /* INT64_MIN where it does not say */

/*
 * The data of one member of a zip, unpacked and held to what its header says, or what the descriptor behind them says.
 *
 *     zip_data_begin(data, cursor, header);
 *     while (zip_data_next(data, &bytes, &length, &trouble) == 0 && length > 0)
 *             ...
 *     zip_data_end(data);
 *     ... other members, with the same memory, which was all zero before the first ...
 *     zip_data_release(data);
 *
 * Where no length is told before, data that tell their own end are unpacked up to there; for others the descriptor is looked
 * for: it must tell as many bytes as went by, with their checksum, and another header must follow.
 */

#define ZIP_OUT_BYTES (128 * 1024)

struct zip_data {
	struct cursor *cursor;
	const struct codec *codec; /* NULL: they are stored, or opaque */
	void *state; /* the codec's */
	const struct codec *kept; /* of a member before, whose state can be used again */
	void *kept_state;
	bool opaque; /* they cannot be unpacked: what is told of them is believed, and proves nothing */
	bool has_descriptor, has_length;
	bool went_by; /* all of them, up to what follows */
	bool ended;
	uint64_t told_packed, told_size;
	uint32_t told_crc;
	uint64_t packed, size; /* that went by; of opaque data the size is what was told */
	uint32_t crc;
	unsigned char out[ZIP_OUT_BYTES];
};

void zip_data_begin(struct zip_data *data, struct cursor *cursor, const struct zip_header *header);

/* 0 with a length of 0 at the end, at once where they are opaque. -1: *ret_trouble says why in a clause. */
int zip_data_next(struct zip_data *data, const unsigned char **ret_bytes, size_t *ret_length,
		  struct trouble *ret_trouble);
void zip_data_end(struct zip_data *data); /* more than once is harmless */
void zip_data_release(struct zip_data *data); /* behind the last member */

/*
 * The central directory, compared with the members that were walked. It is what tools that restore go by, the local headers are what
 * a stream can be read by: both must say the same.
 *
 *     zip_directory_begin(&directory, &cursor, header);
 *     while ((more = zip_directory_next(&directory, &walked, &trouble)) > 0)
 *             ... the header is that entry's ...
 */

/* Of what not every tool writes in both places: compared where it stands as often in the one as in the other. */
struct zip_pairs {
	uint64_t count, sum;
};

/* Members, in no order: two tallies are equal where the members are. */
struct zip_tally {
	uint64_t count, sum;
	unsigned version; /* the highest */
	struct zip_pairs times, ntfs, owner;
};

/* With length and checksum as they are, whatever the header says. */
void zip_tally_add(struct zip_tally *tally, const struct zip_header *header);

struct zip_directory {
	struct cursor *cursor;
	struct zip_header *header;
	uint64_t begin, end; /* the entries' */
	struct zip_tally listed;
	bool has_signature, has_end64, has_locator;
	uint64_t end64_at, end64_here, end64_count, end64_bytes, end64_begin;
	struct trouble *trouble;
};

/* At the directory's first byte. Both are borrowed. */
void zip_directory_begin(struct zip_directory *directory, struct cursor *cursor, struct zip_header *header);

/* 1 for an entry; 0 where it was the end of the stream, and everything fits; -1. */
int zip_directory_next(struct zip_directory *directory, const struct zip_tally *walked, struct trouble *ret_trouble);

/* As in struct format_signs. */
int zip_end_in_sample(const struct sample *sample, struct trouble *ret_trouble);

#endif
