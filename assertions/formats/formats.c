#include "assertions/formats/format.h"

#include <stdio.h>
#include <string.h>

#include "assertions/base/utf8.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/container.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/verifier.h"

#define SHOWN_BYTES 60

#define DECLARE_COMPRESSION(name) extern const struct codec decode_##name;
#define DECLARE_ARCHIVE(name) extern const struct archive_format archive_##name;
#define DECLARE_VERIFIED(name) extern const struct verifier verify_##name;
#define DECLARE_ENCRYPTED(name) DECLARE_VERIFIED(name)
#define DECLARE_FOLDER(name) DECLARE_VERIFIED(name)
#define DECLARE(id, name, class) DECLARE_##class(name)
FORMAT_TABLE(DECLARE)

#define READ_BY_COMPRESSION(name) &decode_##name.signs, .codec = &decode_##name
#define READ_BY_ARCHIVE(name) &archive_##name.signs, .archive = &archive_##name
#define READ_BY_VERIFIED(name) &verify_##name.signs, .verifier = &verify_##name
#define READ_BY_ENCRYPTED(name) READ_BY_VERIFIED(name)
#define READ_BY_FOLDER(name) READ_BY_VERIFIED(name)
#define ROW(id, name, class) [FORMAT_##id] = {FORMAT_##class, READ_BY_##class(name)},
#define NAME(id, name, class) #name,

static const struct {
	enum format_class class;
	const struct format_signs *signs;
	const struct codec *codec;
	const struct archive_format *archive;
	const struct verifier *verifier;
} rows[FORMAT_COUNT] = {FORMAT_TABLE(ROW)};

const char *const format_names[] = {FORMAT_TABLE(NAME) NULL};

const char *format_name(enum format format)
{
	return format > FORMAT_UNKNOWN && format < FORMAT_COUNT ? format_names[format - 1] : "unknown";
}

enum format_class format_class(enum format format)
{
	return rows[format].class;
}

const struct format_signs *format_signs(enum format format)
{
	return rows[format].signs;
}

bool format_is_compression(enum format format)
{
	return rows[format].class == FORMAT_COMPRESSION;
}

bool format_is_archive(enum format format)
{
	return rows[format].class == FORMAT_ARCHIVE;
}

const struct codec *decode_find(enum format format)
{
	return rows[format].codec;
}

const struct archive_format *archive_find(enum format format)
{
	return rows[format].archive;
}

const struct verifier *verifier_find(enum format format)
{
	return rows[format].verifier;
}

bool recognise_is(enum format format, const unsigned char *head, size_t length)
{
	const struct format_signs *signs = format_signs(format);

	return signs != NULL && signs->recognises(head, length);
}

bool recognise_other_version(enum format format, const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	const struct format_signs *signs = format_signs(format);

	return signs != NULL && signs->is_other_version != NULL && signs->is_other_version(head, length, ret_trouble);
}

enum format recognise_of(enum format_class class, const unsigned char *head, size_t length)
{
	for (enum format format = FORMAT_UNKNOWN + 1; format < FORMAT_COUNT; format++)
		if (format_class(format) == class && recognise_is(format, head, length))
			return format;
	return FORMAT_UNKNOWN;
}

const char *recognise_foreign(const unsigned char *head, size_t length)
{
	static const struct {
		const char *magic;
		size_t length;
		const char *name;
	} kinds[] = {
		{"7z\xbc\xaf\x27\x1c", 6, "a 7z archive"},
		{"Rar!\x1a\x07", 6, "a RAR archive"},
		{"LZIP\x01", 5, "lzip"},
		{"\x89LZO\0\r\n\x1a\n", 9, "lzop"},
		{"\x1f\x9d", 2, "compress (.Z)"},
		{"\x1f\xa0", 2, "LZH-compressed data"},
		{"LRZI\0", 5, "lrzip"},
		{"\x5d\0\0", 3, "LZMA alone"},
		{"\xff\x06\0\0sNaPpY", 10, "snappy"},
		{"Salted__", 8, "data encrypted by OpenSSL"},
		{"LUKS\xba\xbe", 6, "an encrypted LUKS volume"},
		{"hsqs", 4, "a squashfs file system"},
		{"!<arch>\n", 8, "an ar archive"},
		{"MSCF\0\0\0\0", 8, "a cabinet archive"},
		{"$ANSIBLE_VAULT;", 15, "data encrypted by Ansible Vault"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (length >= kinds[i].length && memcmp(head, kinds[i].magic, kinds[i].length) == 0)
			return kinds[i].name;
	return NULL;
}

/* Bytes of the UTF-8 character that stands there; 0 where there is none, or one that moves a terminal's cursor. */
static size_t character(const char *bytes, size_t length)
{
	uint32_t code_point;
	size_t size = utf8_character(bytes, length, &code_point);

	return size > 0 && code_point >= ' ' && (code_point < 0x7f || code_point >= 0xa0) ? size : 0;
}

const char *recognise_printable(const char *bytes, size_t length, char text[RECOGNISE_TEXT_MAX])
{
	size_t room = RECOGNISE_TEXT_MAX - sizeof("..."), from = 0, to = 0;

	while (from < length) {
		size_t size = character(bytes + from, length - from);

		if (to + (size > 0 ? size : 1) > room)
			break;
		if (size == 0)
			text[to] = '?';
		else
			memcpy(text + to, bytes + from, size);
		to += size > 0 ? size : 1;
		from += size > 0 ? size : 1;
	}
	snprintf(text + to, RECOGNISE_TEXT_MAX - to, "%s", from < length ? "..." : "");
	return text;
}

static bool is_text(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] == 0x7f || (bytes[i] < ' ' && memchr("\t\n\r\f\x1b", bytes[i], 5) == NULL))
			return false;
	return true;
}

static const char *describe_unknown(const unsigned char *head, size_t length, char text[RECOGNISE_TEXT_MAX])
{
	size_t shown = length < SHOWN_BYTES ? length : SHOWN_BYTES, line = 0;
	char inner[RECOGNISE_TEXT_MAX];
	int done;

	if (is_text(head, length)) {
		while (line < shown && head[line] != '\n' && head[line] != '\r')
			line++;
		recognise_printable((const char *)head, line, inner);
		snprintf(text, RECOGNISE_TEXT_MAX, "text that begins with \"%.*s\"", SHOWN_BYTES, inner);
		return text;
	}
	done = snprintf(text, RECOGNISE_TEXT_MAX, "bytes that begin with");
	for (size_t i = 0; i < 8 && i < length; i++)
		done += snprintf(text + done, RECOGNISE_TEXT_MAX - (size_t)done, " %02x", head[i]);
	return text;
}

const char *recognise_describe(const unsigned char *head, size_t length, char text[RECOGNISE_TEXT_MAX])
{
	const char *foreign = recognise_foreign(head, length);

	if (length == 0)
		return "nothing (0 bytes)";
	if (bytes_are_zero(head, length))
		return "zeros";
	for (enum format format = FORMAT_UNKNOWN + 1; format < FORMAT_COUNT; format++)
		if (recognise_is(format, head, length))
			return format_name(format);
	return foreign != NULL ? foreign : describe_unknown(head, length, text);
}
