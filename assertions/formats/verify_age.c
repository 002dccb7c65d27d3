/*
 * age-encryption.org/v1 (c2sp.org/age): header lines, then a nonce and chunks of 64 KiB, each with its own tag. Without the key
 * only their framing can be verified: a file that was cut exactly between two chunks looks whole.
 */
#include <string.h>

#include "assertions/formats/armour.h"
#include "assertions/formats/verifier.h"

#define FIRST_LINE "age-encryption.org/v1"
#define ANY_VERSION "age-encryption.org/v"
#define LINE_MAX_BYTES (16 * 1024)
#define MAC_CHARACTERS 43
#define BODY_COLUMNS 64
#define NONCE_BYTES 16
#define TAG_BYTES 16
#define CHUNK_BYTES (64 * 1024 + TAG_BYTES)

static const struct armour_kind armour = {.format = "age", .label = "AGE ENCRYPTED FILE"};

static bool age_recognises(const unsigned char *head, size_t length)
{
	size_t first = strlen(FIRST_LINE);

	if (length > first && memcmp(head, FIRST_LINE, first) == 0 && head[first] == '\n')
		return true;
	return armour_recognises(&armour, head, length);
}

static bool age_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	size_t at = strlen(ANY_VERSION);

	if (length <= at || memcmp(head, ANY_VERSION, at) != 0)
		return false;
	while (at < length && head[at] >= '0' && head[at] <= '9')
		at++;
	if (at == strlen(ANY_VERSION) || at == length || head[at] != '\n' || age_recognises(head, length))
		return false;
	trouble_set(ret_trouble, OPAQUE, "age: is of version %.*s of the format, which is not known: muster reads v1",
		    (int)(at - strlen(ANY_VERSION) + 1), (const char *)head + strlen(ANY_VERSION) - 1);
	return true;
}

/* The line's begin, enough of it to tell its kind; *ret_length is the whole line's. False where no line end comes. */
static bool read_line(struct cursor *cursor, char ret_begin[8], size_t *ret_length)
{
	const unsigned char *byte;
	size_t length = 0;

	memset(ret_begin, 0, 8);
	while (length < LINE_MAX_BYTES && cursor_piece(cursor, 1, &byte) == 1) {
		if (*byte == '\n') {
			*ret_length = length;
			return true;
		}
		if (length < 7)
			ret_begin[length] = (char)*byte;
		length++;
	}
	return false;
}

/* A stanza: "-> type arguments", then base64 in full lines and one that is not full. */
static int read_header(struct cursor *cursor, struct trouble *trouble)
{
	bool in_body = false, any = false;
	char begin[8];
	const unsigned char *head;
	size_t length = cursor_view(cursor, CURSOR_VIEW_MAX, &head);

	if (age_is_other_version(head, length, trouble))
		return -1;
	if (!age_recognises(head, length) || !read_line(cursor, begin, &length))
		return cursor_damaged(cursor, "age", "does not begin as one", trouble);
	for (;;) {
		if (!read_line(cursor, begin, &length))
			return cursor_damaged(cursor, "age", "is cut in the middle of its header", trouble);
		if (in_body) {
			if (length > BODY_COLUMNS)
				return cursor_damaged(cursor, "age", "a line of its header is too long", trouble);
			in_body = length == BODY_COLUMNS;
		} else if (memcmp(begin, "-> ", 3) == 0) {
			in_body = any = true;
		} else if (memcmp(begin, "--- ", 4) == 0) {
			if (any && length == 4 + MAC_CHARACTERS)
				return 0;
			return cursor_damaged(cursor, "age", "its header's end makes no sense", trouble);
		} else {
			return cursor_damaged(cursor, "age", "its header makes no sense", trouble);
		}
	}
}

static int verify_binary(struct cursor *cursor, struct trouble *trouble)
{
	uint64_t payload, last;

	if (read_header(cursor, trouble) < 0)
		return -1;
	payload = cursor_skip(cursor, UINT64_MAX);
	if (payload < NONCE_BYTES + TAG_BYTES)
		return cursor_damaged(cursor, "age", "is cut: it ends", trouble);
	payload -= NONCE_BYTES;
	last = payload % CHUNK_BYTES;
	if (last > 0 && (last < TAG_BYTES || (last == TAG_BYTES && payload > TAG_BYTES)))
		return cursor_damaged(cursor, "age", "is cut: it ends in the middle of a chunk", trouble);
	return 0;
}

static int age_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	(void)budget;
	return armour_verify(&armour, cursor, verify_binary, ret_trouble);
}

const struct verifier verify_age = {
	.signs = {.recognises = age_recognises, .is_other_version = age_is_other_version},
	.verify = age_verify,
};
