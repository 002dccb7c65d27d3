/*
 * For tests of assertions/bytes: inputs made by real tools in a folder of their own, and a
 * listener that writes down what it is told.
 */
#ifndef MUSTER_TESTS_BYTES_H
#define MUSTER_TESTS_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/inspect/inspect.h"
#include "unit.h"

struct bytes {
	unsigned char *data;
	size_t length;
};

static char bytes_folder_path[] = "/tmp/muster-bytes-XXXXXX";

static inline void bytes_remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "chmod -R u+rwX '%s'; rm -rf '%s'", bytes_folder_path, bytes_folder_path);
	if (system(command) != 0)
		printf("cannot remove '%s'\n", bytes_folder_path);
}

/* Removed when the test ends. */
static inline const char *bytes_folder(void)
{
	static bool made;

	if (!made) {
		if (mkdtemp(bytes_folder_path) == NULL) {
			perror("mkdtemp");
			exit(1);
		}
		atexit(bytes_remove_folder);
		made = true;
	}
	return bytes_folder_path;
}

/* Runs a script in the folder; a test without its input is no test. */
static inline void bytes_run(const char *script)
{
	char *command =
		memory_format("exec bash -c 'cd %s && set -eu && . /dev/stdin' <<'END_OF_SCRIPT'\n%s\nEND_OF_SCRIPT\n",
			      bytes_folder(), script);
	int status = system(command);

	if (status != 0) {
		printf("cannot make the input: %s\n", script);
		exit(1);
	}
	free(command);
}

static inline struct bytes bytes_load_path(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct bytes bytes = {.data = NULL};

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	fseek(file, 0, SEEK_END);
	bytes.length = (size_t)ftell(file);
	rewind(file);
	bytes.data = memory_grow(NULL, bytes.length + 1, 1);
	if (fread(bytes.data, 1, bytes.length, file) != bytes.length)
		exit(1);
	fclose(file);
	return bytes;
}

static inline struct bytes bytes_load(const char *name)
{
	char *path = memory_format("%s/%s", bytes_folder(), name);
	struct bytes bytes = bytes_load_path(path);

	free(path);
	return bytes;
}

/* A file of tests/unit/fixtures. */
static inline struct bytes bytes_load_fixture(const char *name)
{
	const char *here = __FILE__;
	char *path = memory_format("%.*s/fixtures/%s", (int)(strrchr(here, '/') - here), here, name);
	struct bytes bytes = bytes_load_path(path);

	free(path);
	return bytes;
}

/* Beside what scripts make. */
static inline void bytes_copy_fixtures(void)
{
	const char *here = __FILE__;
	char *folder = memory_substring(here, (size_t)(strrchr(here, '/') - here)), *absolute = realpath(folder, NULL);
	char *script = memory_format("cp '%s/fixtures'/* .", absolute != NULL ? absolute : folder);

	bytes_run(script);
	free(script);
	free(absolute);
	free(folder);
}

static inline struct bytes bytes_copy(const void *data, size_t length)
{
	struct bytes copy = {.data = memory_grow(NULL, length + 1, 1), .length = length};

	if (length > 0)
		memcpy(copy.data, data, length);
	return copy;
}

/* A listener and what it was told. Members are listened to with the same wants, but for a plain file no members are asked of it. */
struct witness {
	struct inspect_listener listener;
	unsigned member_wants; /* 0: members are not listened to */
	uint64_t text_hash; /* of the outermost text */
	uint64_t text_length;
	uint64_t inner_hash; /* of members' paths and texts, in order */
	struct buffer log; /* "member PATH TYPE SIZE\n", "done PATH SOUNDNESS\n" */
	struct inspect_listener inner;
};

static inline uint64_t bytes_hash(uint64_t hash, const void *data, size_t length)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return hash;
}

static void witness_text(void *self, const char *data, size_t length)
{
	struct witness *witness = self;

	witness->text_hash = bytes_hash(witness->text_hash, data, length);
	witness->text_length += length;
}

static void witness_inner_text(void *self, const char *data, size_t length)
{
	struct witness *witness = self;

	witness->inner_hash = bytes_hash(witness->inner_hash, data, length);
}

static struct inspect_listener *witness_member(void *self, const struct inspect_member *member)
{
	static const char *const types[] = {"file", "folder", "link", "other"};
	struct witness *witness = self;
	const char *dot = strrchr(member->path, '.');
	bool is_archive = dot != NULL && (strstr(dot, "tar") != NULL || strstr(dot, "tgz") != NULL ||
					  strstr(member->path, ".tar.") != NULL || strcmp(dot, ".zip") == 0);

	buffer_print(&witness->log, "member %s %s %lld%s\n", member->path, types[member->type],
		     (long long)member->size_bytes, member->encrypted ? " encrypted" : "");
	witness->inner_hash = bytes_hash(witness->inner_hash, member->path, strlen(member->path));
	if (witness->member_wants == 0 || member->corrected)
		return NULL;
	witness->inner.wants = witness->member_wants & ~(is_archive ? 0u : (unsigned)INSPECT_MEMBERS);
	return &witness->inner;
}

static void witness_done(void *self, const struct inspect_member *member, const struct inspect_result *result)
{
	struct witness *witness = self;

	buffer_print(&witness->log, "done %s %d\n", member != NULL ? member->path : "-",
		     (int)result->trouble.soundness);
}

static inline void witness_init(struct witness *witness, unsigned wants, unsigned member_wants)
{
	*witness = (struct witness){.member_wants = member_wants};
	buffer_init(&witness->log, 1 << 20);
	witness->listener = (struct inspect_listener){
		.wants = wants, .text = witness_text, .member = witness_member, .done = witness_done, .self = witness};
	witness->inner = witness->listener;
	witness->inner.text = witness_inner_text;
}

static inline void witness_declare(struct witness *witness, const enum format *layers, size_t count)
{
	witness->listener.layers = layers;
	witness->listener.layer_count = count;
}

static inline void witness_release(struct witness *witness)
{
	buffer_release(&witness->log);
}

static inline void bytes_inspect(const void *data, size_t length, size_t block, struct witness *witness,
				 struct inspect_result *ret_result)
{
	struct source *source = source_open_memory(data, length, block);
	struct inspect_request request = {.path = "test", .source = source, .listener = &witness->listener};

	inspect(&request, ret_result);
	source_close(source);
}

/* A number that looks random, the same in every run. */
static inline uint64_t bytes_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15u;
	uint64_t mixed = (*state ^ *state >> 30) * 0xbf58476d1ce4e5b9u;

	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return mixed ^ mixed >> 31;
}

#endif
