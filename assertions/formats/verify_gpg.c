/*
 * An encrypted OpenPGP message: RFC 9580 (and 4880) section 4.2 for packets, 10.3 for their order; GnuPG's packet 20.
 * Session keys for the recipients, then one packet of encrypted data, then the end.
 */
#include "assertions/formats/armour.h"
#include "assertions/formats/verifier.h"

enum tag {
	TAG_KEY = 1, /* a session key for a public key */
	TAG_PASSPHRASE_KEY = 3, /* a session key for a passphrase */
	TAG_ENCRYPTED = 9,
	TAG_MARKER = 10,
	TAG_ENCRYPTED_AND_PROTECTED = 18,
	TAG_ENCRYPTED_AEAD = 20,
	TAG_PADDING = 21,
};

/* Versions as a set of bits, 1 << version, of the packets that have one. */
static const struct {
	enum tag tag;
	unsigned versions;
} known_packets[] = {
	{TAG_KEY, 1 << 2 | 1 << 3 | 1 << 6},
	{TAG_PASSPHRASE_KEY, 1 << 4 | 1 << 5 | 1 << 6},
	{TAG_ENCRYPTED_AND_PROTECTED, 1 << 1 | 1 << 2},
	{TAG_ENCRYPTED_AEAD, 1 << 1},
};

struct packet {
	unsigned tag;
	uint64_t length;
	bool partial; /* more parts follow */
	bool to_the_end; /* its length is not told */
};

static const struct armour_kind armour = {.format = "gpg", .label = "PGP MESSAGE", .has_headers = true};

static bool read_number(struct cursor *cursor, size_t bytes, uint64_t *ret_number)
{
	unsigned char digits[4];

	if (cursor_take(cursor, digits, bytes) < bytes)
		return false;
	*ret_number = 0;
	for (size_t i = 0; i < bytes; i++)
		*ret_number = *ret_number << 8 | digits[i];
	return true;
}

/* New format: one, two or five bytes, or one for a part that others follow. */
static bool read_new_length(struct cursor *cursor, struct packet *packet)
{
	uint64_t first, second;

	packet->partial = false;
	if (!read_number(cursor, 1, &first))
		return false;
	if (first == 255)
		return read_number(cursor, 4, &packet->length);
	if (first >= 224) {
		packet->partial = true;
		packet->length = (uint64_t)1 << (first & 31);
		return true;
	}
	packet->length = first;
	if (first < 192)
		return true;
	if (!read_number(cursor, 1, &second))
		return false;
	packet->length = ((first - 192) << 8) + second + 192;
	return true;
}

static int read_packet(struct cursor *cursor, struct packet *ret_packet, struct trouble *trouble)
{
	uint64_t first;
	bool is_there;

	*ret_packet = (struct packet){.tag = 0};
	if (!read_number(cursor, 1, &first))
		return cursor_damaged(cursor, "gpg", "is cut: it ends", trouble);
	if ((first & 0x80) == 0)
		return cursor_damaged(cursor, "gpg", "there should be a packet", trouble);
	if ((first & 0x40) != 0) {
		ret_packet->tag = first & 0x3f;
		is_there = read_new_length(cursor, ret_packet);
	} else {
		ret_packet->tag = first >> 2 & 0xf;
		ret_packet->to_the_end = (first & 3) == 3;
		is_there = ret_packet->to_the_end || read_number(cursor, (size_t)1 << (first & 3), &ret_packet->length);
	}
	return is_there ? 0 : cursor_damaged(cursor, "gpg", "is cut: it ends", trouble);
}

static int skip_packet(struct cursor *cursor, struct packet *packet, struct trouble *trouble)
{
	if (packet->to_the_end) {
		cursor_skip(cursor, UINT64_MAX);
		return trouble_set(trouble, OPAQUE,
				   "gpg: a packet does not tell its length: whether it was cut cannot be known");
	}
	for (;;) {
		if (cursor_skip(cursor, packet->length) < packet->length)
			return cursor_damaged(cursor, "gpg", "is cut: it ends in the middle of a packet", trouble);
		if (!packet->partial)
			return 0;
		if (!read_new_length(cursor, packet))
			return cursor_damaged(cursor, "gpg", "is cut: it ends in the middle of a packet", trouble);
	}
}

/* Types that RFC 9580 leaves to later versions, to experiments and to private use. */
static bool is_unassigned(unsigned tag)
{
	return tag == 15 || tag == 16 || tag > TAG_PADDING;
}

static bool is_known(unsigned tag, unsigned version)
{
	for (size_t i = 0; i < sizeof(known_packets) / sizeof(known_packets[0]); i++)
		if (known_packets[i].tag == tag)
			return version < 32 && (known_packets[i].versions >> version & 1) != 0;
	return !is_unassigned(tag);
}

/* The first packet that is not known is noted, and the rest read all the same: a cut may still be seen. */
static void note_newer(struct cursor *cursor, const struct packet *packet, struct trouble *newer)
{
	const unsigned char *body;
	unsigned version = packet->length > 0 && cursor_view(cursor, 1, &body) > 0 ? body[0] : 0;

	if (newer->soundness == SOUND && !is_known(packet->tag, version))
		trouble_set(
			newer, OPAQUE,
			"gpg: has a packet of type %u and version %u, which is not known: muster reads up to RFC 9580",
			packet->tag, version);
}

static int verify_binary(struct cursor *cursor, struct trouble *trouble)
{
	struct trouble newer = {.soundness = SOUND};
	const unsigned char *more;

	for (;;) {
		struct packet packet;

		if (read_packet(cursor, &packet, trouble) < 0)
			return -1;
		note_newer(cursor, &packet, &newer);
		if (skip_packet(cursor, &packet, trouble) < 0)
			return -1;
		switch (packet.tag) {
		case TAG_KEY:
		case TAG_PASSPHRASE_KEY:
		case TAG_MARKER:
		case TAG_PADDING:
			continue;
		case TAG_ENCRYPTED:
		case TAG_ENCRYPTED_AND_PROTECTED:
		case TAG_ENCRYPTED_AEAD:
			if (cursor_view(cursor, 1, &more) > 0)
				return cursor_damaged(cursor, "gpg", "other bytes follow after its end", trouble);
			if (newer.soundness != SOUND)
				*trouble = newer;
			return newer.soundness == SOUND ? 0 : -1;
		default:
			if (is_unassigned(packet.tag))
				continue;
			return cursor_damaged(cursor, "gpg",
					      "has a packet that is none of an encrypted message's, before", trouble);
		}
	}
}

/* The first packet is a session key: 0, or where its version stands. */
static size_t version_at(const unsigned char *head, size_t length)
{
	if (length < 6)
		return 0;
	switch (head[0]) {
	case 0x84:
	case 0x8c:
		return 2;
	case 0x85:
		return 3;
	case 0xc1:
	case 0xc3:
		return head[1] < 192 ? 2 : 3;
	default:
		return 0;
	}
}

static unsigned first_tag(const unsigned char *head)
{
	return head[0] == 0x8c || head[0] == 0xc3 ? TAG_PASSPHRASE_KEY : TAG_KEY;
}

static bool gpg_recognises(const unsigned char *head, size_t length)
{
	size_t at = version_at(head, length);

	return armour_recognises(&armour, head, length) || (at > 0 && is_known(first_tag(head), head[at]));
}

/* Text may begin with the same first byte, but hardly with BEL or BS as the third. */
static bool gpg_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	size_t at = version_at(head, length);

	if (at == 0 || (head[at] != 7 && head[at] != 8))
		return false;
	trouble_set(ret_trouble, OPAQUE,
		    "gpg: begins with a session key of version %u, which is not known: muster reads up to RFC 9580",
		    head[at]);
	return true;
}

static int gpg_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	(void)budget;
	return armour_verify(&armour, cursor, verify_binary, ret_trouble);
}

const struct verifier verify_gpg = {
	.signs = {.recognises = gpg_recognises, .is_other_version = gpg_is_other_version},
	.verify = gpg_verify,
};
