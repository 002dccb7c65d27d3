#include <stddef.h>

#include "assertions/formats/container.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/format.h"
#include "assertions/formats/verifier.h"

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
