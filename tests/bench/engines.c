/*
 * What the parts can do by themselves, on one thread, in the processor's time: the better of alternating rounds counts.
 *
 *     engines inflate FILE.gz     zlib, ISA-L, libdeflate (a member at once), and muster's own decoder over one of them
 *     engines walk FILE.tar       muster's reader of tar without digests, libarchive's, libarchive's with the data
 *
 * zlib-ng is not in Debian 12.
 */
#include <archive.h>
#include <archive_entry.h>
#include <isa-l.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "assertions/base/memory.h"
#include "assertions/inspect/inspect.h"

#define FILE_MAX ((size_t)1 << 30)
#define INFLATED_MAX ((size_t)6 << 30)
#define BLOCK_BYTES ((size_t)256 << 10)
#define ROUNDS 3

static const char *file_path;
static unsigned char *packed;
static size_t packed_bytes;
static unsigned char block[BLOCK_BYTES];

static double processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void stop(const char *what)
{
	fprintf(stderr, "%s: %s\n", file_path, what);
	exit(1);
}

static uint64_t with_zlib(void)
{
	z_stream stream = {.next_in = packed, .avail_in = (uInt)packed_bytes};
	int status;

	if (inflateInit2(&stream, 31) != Z_OK)
		stop("zlib does not start");
	do {
		stream.next_out = block;
		stream.avail_out = sizeof(block);
		status = inflate(&stream, Z_NO_FLUSH);
	} while (status == Z_OK);
	if (status != Z_STREAM_END)
		stop("zlib finds it damaged");
	inflateEnd(&stream);
	return stream.total_out;
}

static uint64_t with_isal(void)
{
	struct inflate_state *state = memory_alloc(sizeof(*state));
	struct isal_gzip_header header;
	uint64_t bytes = 0;

	isal_inflate_init(state);
	isal_gzip_header_init(&header);
	state->next_in = packed;
	state->avail_in = (uint32_t)packed_bytes;
	state->crc_flag = ISAL_GZIP_NO_HDR_VER;
	if (isal_read_gzip_header(state, &header) != ISAL_DECOMP_OK)
		stop("ISA-L finds no gzip");
	while (state->block_state != ISAL_BLOCK_FINISH) {
		state->next_out = block;
		state->avail_out = sizeof(block);
		if (isal_inflate(state) != ISAL_DECOMP_OK)
			stop("ISA-L finds it damaged");
		bytes += sizeof(block) - state->avail_out;
	}
	free(state);
	return bytes;
}

static uint64_t with_libdeflate(void)
{
	static unsigned char *whole;
	struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
	size_t bytes;

	if (whole == NULL)
		whole = memory_alloc(INFLATED_MAX);
	if (libdeflate_gzip_decompress(decompressor, packed, packed_bytes, whole, INFLATED_MAX, &bytes) !=
	    LIBDEFLATE_SUCCESS)
		stop("libdeflate finds it damaged");
	libdeflate_free_decompressor(decompressor);
	return bytes;
}

static uint64_t inspected(unsigned wants)
{
	struct inspect_listener listener = {.wants = wants};
	struct inspect_request request = {.path = file_path, .listener = &listener};
	struct inspect_result *result = memory_alloc(sizeof(*result));
	struct source_file_facts facts;
	struct error err;
	uint64_t answer;

	if (source_open_file(file_path, &request.source, &facts, &err) < 0)
		stop(err.message);
	inspect(&request, result);
	source_close(request.source);
	if (result->trouble.soundness != SOUND)
		stop(result->trouble.error.message);
	answer = wants == INSPECT_MEMBERS ? result->members : (uint64_t)result->unpacked_bytes;
	free(result);
	return answer;
}

static uint64_t with_muster(void)
{
	return inspected(INSPECT_LAYERS | INSPECT_TEXT);
}

static uint64_t walk_with_muster(void)
{
	return inspected(INSPECT_MEMBERS);
}

static uint64_t walk_with_libarchive(bool data)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	uint64_t members = 0;
	const void *bytes;
	size_t length;
	la_int64_t offset;

	archive_read_support_format_tar(archive);
	if (archive_read_open_filename(archive, file_path, BLOCK_BYTES) != ARCHIVE_OK)
		stop(archive_error_string(archive));
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		members++;
		while (data && archive_read_data_block(archive, &bytes, &length, &offset) == ARCHIVE_OK)
			;
	}
	archive_read_free(archive);
	return members;
}

static uint64_t walk_headers(void)
{
	return walk_with_libarchive(false);
}

static uint64_t walk_data(void)
{
	return walk_with_libarchive(true);
}

struct engine {
	const char *name;
	uint64_t (*go)(void);
	double best;
	uint64_t answer;
};

static void race(struct engine *engines, const char *unit, double scale)
{
	for (int round = 0; round < ROUNDS; round++)
		for (struct engine *engine = engines; engine->name != NULL; engine++) {
			double begin = processor_seconds(), took;
			engine->answer = engine->go();
			took = processor_seconds() - begin;
			if (round == 0 || took < engine->best)
				engine->best = took;
		}
	for (const struct engine *engine = engines; engine->name != NULL; engine++) {
		printf("  %-36s %8.3f s %10.2f %s  %5.2fx\n", engine->name, engine->best,
		       (double)engine->answer / scale / engine->best, unit, engine->best / engines->best);
		if (engine->answer != engines->answer)
			stop("the engines do not agree");
	}
}

static void load(void)
{
	FILE *file = fopen(file_path, "rb");

	packed = memory_alloc(FILE_MAX);
	if (file == NULL)
		stop("cannot be read");
	packed_bytes = fread(packed, 1, FILE_MAX, file);
	if (packed_bytes == FILE_MAX)
		stop("is too large for this");
	fclose(file);
}

int main(int argc, char **argv)
{
	struct engine inflaters[] = {{.name = "muster's decoder", .go = with_muster},
				     {.name = "ISA-L", .go = with_isal},
				     {.name = "zlib", .go = with_zlib},
				     {.name = "libdeflate, all in memory", .go = with_libdeflate},
				     {0}};
	struct engine walkers[] = {{.name = "muster's reader of tar", .go = walk_with_muster},
				   {.name = "libarchive, headers", .go = walk_headers},
				   {.name = "libarchive, data as well", .go = walk_data},
				   {0}};

	file_path = argc == 3 ? argv[2] : "usage: engines inflate FILE.gz | walk FILE.tar";
	if (argc == 3 && strcmp(argv[1], "inflate") == 0) {
		load();
		race(inflaters, "MB/s", 1e6);
	} else if (argc == 3 && strcmp(argv[1], "walk") == 0) {
		race(walkers, "million members/s", 1e6);
	} else {
		stop("no such race");
	}
	return 0;
}
