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
#ifndef MUSTER_BYTES_CONTAINER_H
#define MUSTER_BYTES_CONTAINER_H

#include <stdbool.h>

#include "inspect.h"

struct container {
	/* 1, 0 at the end, -1. The member's path is the container's and good until the next call. */
	int (*next)(struct container *container, struct inspect_member *ret_member, struct trouble *ret_trouble);
	/* As a source's next(). After OPAQUE the walk can go on, after any other trouble next() fails as well. */
	int (*data)(struct container *container, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble);
	void (*close)(struct container *container);
	bool unpacks; /* its members are compressed: they must be read to be verified, and may be bombs */
	bool expands; /* the member at hand is longer than what is stored of it */
};

/* In place: as a person would write it, "./a/b/" is "a/b"; the folder that everything is in is ".". */
const char *container_strip_path(char *path);

#endif
