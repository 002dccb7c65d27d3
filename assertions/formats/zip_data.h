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
#ifndef MUSTER_FORMATS_ZIP_DATA_H
#define MUSTER_FORMATS_ZIP_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/formats/decode.h"
#include "assertions/formats/zip_private.h"

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

/* Those that can be unpacked here. */
bool zip_method_is_known(unsigned method);

void zip_data_begin(struct zip_data *data, struct cursor *cursor, const struct zip_header *header);

/* 0 with a length of 0 at the end, at once where they are opaque. -1: *ret_trouble says why in a clause. */
int zip_data_next(struct zip_data *data, const unsigned char **ret_bytes, size_t *ret_length,
		  struct trouble *ret_trouble);
void zip_data_end(struct zip_data *data); /* more than once is harmless */
void zip_data_release(struct zip_data *data); /* behind the last member */

#endif
