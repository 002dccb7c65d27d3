/*
 * An archive that is walked, member by member, once, from its first byte to the end of the stream.
 *
 *     while ((result = container->next(container, &member, &trouble)) > 0)
 *             while (container->data(container, &data, &length, &trouble) == 0 && length > 0)
 *                     ...
 *
 * A member's bytes need not be asked for: next() passes over what is left of them, and sees to it that they are there.
 * next() gives 0 only where the archive is complete and nothing but its own padding follows.
 */
#ifndef MUSTER_FORMATS_CONTAINER_H
#define MUSTER_FORMATS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/bytes/budget.h"
#include "assertions/bytes/source.h"
#include "assertions/formats/format.h"

struct container {
	/* 1, 0 at the end, -1. The member's path is the container's and good until the next call. */
	int (*next)(struct container *container, struct inspect_member *ret_member, struct trouble *ret_trouble);
	/*
	 * As a source's next(). After OPAQUE, and where the member's bytes are elsewhere, the walk can go on; after any other
	 * trouble next() fails as well.
	 */
	int (*data)(struct container *container, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble);
	void (*close)(struct container *container);
	bool unpacks; /* its members are compressed: they must be read to be verified, and may be bombs */
	bool expands; /* the member at hand is longer than what is stored of it */
	/* of a member that is OPAQUE: its size as the archive tells it; 0 or -1 where it does not */
	int64_t told_bytes;
	uint64_t zeros; /* that the member at hand ends in, so far */
	struct zero_tails zero_tails;
};

struct archive_format {
	struct format_signs signs;
	struct container *(*open)(struct source *source); /* which is borrowed */
};

/* NULL where it is no archive. */
const struct archive_format *archive_find(enum format format);

/* The bytes of the member at hand, as a source of their own. */
struct member_source {
	struct source source;
	struct container *container;
	struct spending *spending; /* NULL: its bytes are what is stored */
	struct trouble trouble;
};

void member_source_init(struct member_source *member, struct container *container, struct spending *spending);

/* For who reads a container: the member's bytes as they go by, and its end. */
void container_note_bytes(struct container *container, const unsigned char *data, size_t length);
void container_note_end(struct container *container, const char *path);

/* Always -1: there is nothing at hand of the bytes of a hard link. */
int container_refuse_elsewhere(const char *format, struct trouble *ret_trouble);

/* In place: as a person would write it, "./a/b/" is "a/b"; the folder that everything is in is ".". */
const char *container_strip_path(char *path);

#endif
