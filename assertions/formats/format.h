/*
 * THE table of formats that bytes can be of, and what an archive says of a member. A format is one line of it and one file:
 *
 *     X(RDB, rdb, VERIFIED)      FORMAT_RDB is called "rdb", and read by verify_rdb
 *
 * The class says what reads it: of COMPRESSION a `struct codec decode_NAME` (decode.h), of ARCHIVE a `struct archive_format archive_NAME`
 * (container.h), of the others a `struct verifier verify_NAME` (verifier.h). The order of lines is the one in which bytes are tried.
 */
#ifndef MUSTER_FORMATS_FORMAT_H
#define MUSTER_FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/bytes/source.h"

enum format_class {
	FORMAT_NO_CLASS,
	FORMAT_COMPRESSION, /* a layer that is taken off */
	FORMAT_ARCHIVE, /* its members are walked */
	FORMAT_VERIFIED, /* stands for itself */
	FORMAT_ENCRYPTED, /* the same, and its inside can only be looked at with a key */
	FORMAT_FOLDER, /* the same, packed in any archive: known only where it is declared */
};

#define FORMAT_TABLE(X)                   \
	X(GZIP, gzip, COMPRESSION)        \
	X(ZSTD, zstd, COMPRESSION)        \
	X(XZ, xz, COMPRESSION)            \
	X(BZIP2, bzip2, COMPRESSION)      \
	X(LZ4, lz4, COMPRESSION)          \
	X(TAR, tar, ARCHIVE)              \
	X(ZIP, zip, ARCHIVE)              \
	X(CPIO, cpio, ARCHIVE)            \
	X(SQLITE, sqlite, VERIFIED)       \
	X(PG_CUSTOM, pg_custom, VERIFIED) \
	X(RDB, rdb, VERIFIED)             \
	X(ETCD, etcd, VERIFIED)           \
	X(AGE, age, ENCRYPTED)            \
	X(GPG, gpg, ENCRYPTED)            \
	X(PG_DIRECTORY, pg_directory, FOLDER)

#define FORMAT_ENUMERATOR(id, name, class) FORMAT_##id,
enum format {
	FORMAT_UNKNOWN, /* none that is known: text, or anything */
	FORMAT_TABLE(FORMAT_ENUMERATOR) FORMAT_COUNT,
};
#undef FORMAT_ENUMERATOR

const char *format_name(enum format format); /* "gzip"; "unknown" */
extern const char *const format_names[]; /* all that can be declared, ended by NULL; [i] is format i + 1 */
enum format_class format_class(enum format format);
bool format_is_compression(enum format format);
bool format_is_archive(enum format format);

struct sample; /* sample.h */

/* By what bytes are told to be of a format: what is asked of every one, whatever reads it. `head` is what they begin with. */
struct format_signs {
	bool (*recognises)(const unsigned char *head, size_t length);
	/* NULL, or: it begins as this does, but in a version that cannot be read here; *ret_trouble is OPAQUE and says which. */
	bool (*is_other_version)(const unsigned char *head, size_t length, struct trouble *ret_trouble);
	/*
	 * Of what is recognised. NULL where only reading all of it tells whether it is all there, or: 0 where it ends as one does;
	 * 1 where so little of it does not tell; -1, *ret_trouble is OPAQUE where the version is not known.
	 */
	int (*end_in_sample)(const struct sample *sample, struct trouble *ret_trouble);
};

const struct format_signs *format_signs(enum format format); /* NULL of FORMAT_UNKNOWN */

#define RECOGNISE_HEAD_BYTES 1024 /* what a head has, unless there are no more */
#define RECOGNISE_TEXT_MAX 160

/* Whether they can be of that format: for one that is declared. */
bool recognise_is(enum format format, const unsigned char *head, size_t length);

/* Whether they begin as that format does, but in a version that cannot be read here: *ret_trouble is OPAQUE and says which. */
bool recognise_other_version(enum format format, const unsigned char *head, size_t length, struct trouble *ret_trouble);

/* Which one they are, of those of a class, or FORMAT_UNKNOWN. */
enum format recognise_of(enum format_class class, const unsigned char *head, size_t length);

/* What nothing here can look into, though something could: "a 7z archive"; NULL where it is none of these. */
const char *recognise_foreign(const unsigned char *head, size_t length);

/* "gzip", "nothing (0 bytes)", "text that begins with \"CREATE TABLE a\"", "bytes that begin with 7f 45 4c 46". */
const char *recognise_describe(const unsigned char *head, size_t length, char text[RECOGNISE_TEXT_MAX]);

/* Fit to be shown to a person: control characters replaced, cut with "..." where it is long. */
const char *recognise_printable(const char *bytes, size_t length, char text[RECOGNISE_TEXT_MAX]);

enum member_type { MEMBER_FILE, MEMBER_FOLDER, MEMBER_LINK, MEMBER_OTHER };

struct inspect_member {
	const char *path; /* as a person would write it: no leading "./" or "/", no trailing "/" */
	enum member_type type;
	int64_t size_bytes; /* unpacked; -1 where the archive does not say */
	int64_t modified_ms; /* INT64_MIN where it does not say */
	bool encrypted;
	bool symbolic; /* a symbolic link: there are no bytes of its own in the archive */
	/* announced before, as a file: what it is after all, as only the archive's end tells; without bytes */
	bool corrected;
	bool elsewhere; /* a hard link: its bytes are another member's, and are UNREADABLE here */
	/* the file that it is one of several names of: a path, or whatever the archive has for it; NULL: its own path is its name */
	const char *file;
};

/* Members that end in zeros, at least ZERO_TAIL_BYTES: so does what shrank while tar or cpio read it. */
#define ZERO_TAIL_BYTES 512
#define ZERO_TAIL_PATH_MAX 200

struct zero_tails {
	uint64_t members;
	uint64_t bytes; /* of the longest */
	char path[ZERO_TAIL_PATH_MAX]; /* of the longest, fit to be shown, cut where it is longer */
};

#endif
