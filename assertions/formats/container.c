#include "assertions/formats/container.h"

#include <stdio.h>
#include <string.h>

const char *container_strip_path(char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path[0] != '\0' ? path : ".";
}

static int member_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	struct member_source *member = (struct member_source *)source;
	int result = member->container->data(member->container, ret_data, ret_length, &member->trouble);

	if (result == 0 && *ret_length > 0 && member->spending != NULL)
		result = budget_spend(member->spending, *ret_length, &member->trouble);
	if (result < 0)
		*ret_trouble = member->trouble;
	return result;
}

void member_source_init(struct member_source *member, struct container *container, struct spending *spending)
{
	member->source = (struct source){.next = member_next};
	member->container = container;
	member->spending = spending;
	trouble_clear(&member->trouble);
}

/* Only where a piece ends in a zero is more than its last byte looked at. */
void container_note_bytes(struct container *container, const unsigned char *data, size_t length)
{
	size_t zeros = 0;

	while (zeros < length && data[length - 1 - zeros] == 0)
		zeros++;
	container->zeros = zeros == length ? container->zeros + zeros : zeros;
}

void container_note_end(struct container *container, const char *path)
{
	struct zero_tails *tails = &container->zero_tails;
	char shown[RECOGNISE_TEXT_MAX];

	if (container->zeros >= ZERO_TAIL_BYTES) {
		tails->members++;
		if (container->zeros > tails->bytes) {
			tails->bytes = container->zeros;
			snprintf(tails->path, sizeof(tails->path), "%.*s", ZERO_TAIL_PATH_MAX - 1,
				 recognise_printable(path, strlen(path), shown));
		}
	}
	container->zeros = 0;
}

int container_refuse_elsewhere(const char *format, struct trouble *ret_trouble)
{
	return trouble_set(
		ret_trouble, UNREADABLE,
		"%s: it is a hard link: its bytes are stored with another member, and are checked under that "
		"member's path",
		format);
}
