/*
 * The formats that bytes can be of, by name, and what an archive says of a member. How each is read: decode.h (compressions),
 * container.h (archives), verifier.h (the others).
 */
#ifndef MUSTER_FORMATS_FORMAT_H
#define MUSTER_FORMATS_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

enum format {
	FORMAT_UNKNOWN, /* none that is known: text, or anything */
	FORMAT_GZIP,
	FORMAT_ZSTD,
	FORMAT_XZ,
	FORMAT_BZIP2,
	FORMAT_LZ4,
	FORMAT_TAR,
	FORMAT_ZIP,
	FORMAT_CPIO,
	FORMAT_SQLITE,
	FORMAT_PG_CUSTOM,
	FORMAT_RDB,
	FORMAT_ETCD,
	FORMAT_AGE,
	FORMAT_GPG,
	FORMAT_PG_DIRECTORY,
	FORMAT_COUNT,
};

const char *format_name(enum format format); /* "gzip"; "unknown" */
extern const char *const format_names[]; /* all that can be declared, ended by NULL; [i] is format i + 1 */
bool format_is_compression(enum format format);
bool format_is_archive(enum format format);

enum member_type { MEMBER_FILE, MEMBER_FOLDER, MEMBER_LINK, MEMBER_OTHER };

struct inspect_member {
	const char *path; /* as a person would write it: no leading "./" or "/", no trailing "/" */
	enum member_type type;
	int64_t size_bytes; /* unpacked; -1 where the archive does not say */
	int64_t modified_ms; /* INT64_MIN where it does not say */
	bool encrypted;
	bool symbolic; /* a symbolic link: there are no bytes of its own in the archive */
	bool corrected; /* announced before, as a file: what it is after all, as only the archive's end tells; without bytes */
	bool elsewhere; /* a hard link: its bytes are another member's, and are UNREADABLE here */
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
