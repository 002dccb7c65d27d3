/*
 * The reader of tars beside libarchive's. Checksums of headers are put right first, so that changes get past them. What
 * both take for a whole archive must have the same members in it, with the same bytes.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/formats/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK 512
#define READ_MAX (1 << 20)
#define LOG_MAX (4 << 20)

static void put_sums_right(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
		uint8_t *header = data + at;
		unsigned sum = 0;
		char digits[8];

		if (memcmp(header + 257, "ustar", 5) != 0)
			continue;
		/* libarchive reads the fields of sparse files in every header of GNU's, GNU tar in those of sparse files. */
		if (header[262] == ' ' && header[156] != 'S')
			memset(header + 386, 0, 109);
		/* Nor is a link to nothing one to libarchive. */
		if (header[156] == '1' && header[157] == '\0')
			header[157] = 'x';
		memset(header + 148, ' ', 8);
		for (size_t i = 0; i < BLOCK; i++)
			sum += header[i];
		snprintf(digits, sizeof(digits), "%06o", sum);
		memcpy(header + 148, digits, 7);
	}
}

static uint64_t mix(uint64_t hash, const void *data, size_t length, uint64_t *left)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < length && *left != 0; i++, --*left)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return hash;
}

/* True where it is whole, and understood. */
static bool walk_own(const uint8_t *data, size_t size, size_t block, struct buffer *log)
{
	struct source *source = source_open_memory(data, size, block);
	struct container *container = archive_find(FORMAT_TAR)->open(source);
	struct inspect_member member;
	struct trouble trouble = {.soundness = SOUND};
	bool opaque = false;
	int more;

	while ((more = container->next(container, &member, &trouble)) > 0) {
		uint64_t hash = 0, left = READ_MAX;
		const unsigned char *piece;
		size_t length;

		while (left > 0 && container->data(container, &piece, &length, &trouble) == 0 && length > 0)
			hash = mix(hash, piece, length, &left);
		opaque = opaque || (left > 0 && trouble.soundness == OPAQUE);
		if (member.type == MEMBER_FILE)
			buffer_print(log, "%s %llu %llx\n", member.path, (unsigned long long)(READ_MAX - left),
				     (unsigned long long)hash);
	}
	if (more == 0 && source->offset != size)
		abort();
	container->close(container);
	source_close(source);
	return more == 0 && !opaque;
}

static bool walk_libarchive(const uint8_t *data, size_t size, struct buffer *log)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int result;

	archive_read_support_format_tar(archive);
	archive_read_open_memory(archive, data, size);
	while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK) {
		char *path = memory_string(archive_entry_pathname(entry) != NULL ? archive_entry_pathname(entry) : "");
		uint64_t hash = 0, left = READ_MAX;
		static uint8_t piece[65536];
		la_ssize_t got;

		while (left > 0 && (got = archive_read_data(archive, piece, sizeof(piece))) > 0)
			hash = mix(hash, piece, (size_t)got, &left);
		if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == NULL)
			buffer_print(log, "%s %llu %llx\n", container_strip_path(path),
				     (unsigned long long)(READ_MAX - left), (unsigned long long)hash);
		free(path);
	}
	archive_read_free(archive);
	return result == ARCHIVE_EOF;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = memory_grow(NULL, size + 1, 1);
	struct buffer own, pieces, theirs;
	bool whole;

	memcpy(copy, data, size);
	put_sums_right(copy, size);
	buffer_init(&own, LOG_MAX);
	buffer_init(&pieces, LOG_MAX);
	buffer_init(&theirs, LOG_MAX);
	(void)archive_find(FORMAT_TAR)->signs.recognises(copy, size);
	whole = walk_own(copy, size, 0, &own);
	if (walk_own(copy, size, 1 + size % 700, &pieces) != whole || (whole && strcmp(own.data, pieces.data) != 0))
		abort();
	if (whole && walk_libarchive(copy, size, &theirs) && strcmp(own.data, theirs.data) != 0) {
		fprintf(stderr, "own:\n%s\ntheirs:\n%s\n", own.data, theirs.data);
		abort();
	}
	buffer_release(&own);
	buffer_release(&pieces);
	buffer_release(&theirs);
	free(copy);
	return 0;
}
