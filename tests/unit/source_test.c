#include "assertions/bytes/source.h"
#include "bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static char *path_of(const char *name)
{
	return memory_format("%s/%s", bytes_folder(), name);
}

static struct source *open_file(const char *name, struct source_file_facts *ret_facts)
{
	struct source *source = NULL;
	struct error err = {""};
	char *path = path_of(name);

	if (source_open_file(path, &source, ret_facts, &err) < 0) {
		printf("%s\n", err.message);
		exit(1);
	}
	free(path);
	return source;
}

static int read_all(struct source *source, uint64_t *ret_bytes, struct trouble *ret_trouble)
{
	const unsigned char *data;
	size_t length;
	int result;

	while ((result = source_next(source, &data, &length, ret_trouble)) == 0 && length > 0)
		;
	*ret_bytes = source->offset;
	return result;
}

TEST(memory_comes_in_blocks_of_the_size_asked_for)
{
	struct source *source = source_open_memory("abcdefg", 7, 3);
	const unsigned char *data;
	struct trouble trouble;
	size_t length;

	EXPECT(source_next(source, &data, &length, &trouble) == 0 && length == 3 && memcmp(data, "abc", 3) == 0);
	EXPECT(source_next(source, &data, &length, &trouble) == 0 && length == 3 && memcmp(data, "def", 3) == 0);
	EXPECT(source_next(source, &data, &length, &trouble) == 0 && length == 1 && *data == 'g');
	EXPECT(source_next(source, &data, &length, &trouble) == 0 && length == 0);
	EXPECT_NUMBER(source->offset, 7);
	source_close(source);
	source_close(NULL);
}

TEST(a_file_is_read_from_its_begin_to_its_end)
{
	struct source_file_facts facts;
	struct trouble trouble;
	uint64_t bytes;

	bytes_run("head -c 1000000 /dev/zero > file; touch -d @1700000000.25 file; : > empty");
	struct source *source = open_file("file", &facts);
	EXPECT_NUMBER(facts.size_bytes, 1000000);
	EXPECT_NUMBER(facts.modified_ms, 1700000000250);
	EXPECT(read_all(source, &bytes, &trouble) == 0);
	EXPECT_NUMBER(bytes, 1000000);
	source_close(source);

	source = open_file("empty", &facts);
	EXPECT(read_all(source, &bytes, &trouble) == 0);
	EXPECT_NUMBER(bytes, 0);
	source_close(source);
}

TEST(a_file_is_read_into_memory_of_the_callers)
{
	struct source_file_facts facts;
	struct trouble trouble;
	unsigned char into[10];
	size_t length;

	bytes_run("printf 0123456789abc > file");
	struct source *source = open_file("file", &facts);
	EXPECT(source_read(source, into, sizeof(into), &length, &trouble) == 0);
	EXPECT(length == 10 && memcmp(into, "0123456789", 10) == 0);
	EXPECT(source_read(source, into, sizeof(into), &length, &trouble) == 0 && length == 3);
	EXPECT(source_read(source, into, sizeof(into), &length, &trouble) == 0 && length == 0);
	EXPECT_NUMBER(source->offset, 13);
	source_close(source);
}

/* Runs a script between the first block and the others. */
static enum soundness read_while(const char *script, struct trouble *trouble)
{
	struct source_file_facts facts;
	const unsigned char *data;
	uint64_t bytes;
	size_t length;
	int result;

	bytes_run("head -c 1000000 /dev/zero > file; touch -d @1700000000 file");
	struct source *source = open_file("file", &facts);
	trouble->soundness = SOUND;
	EXPECT(source_next(source, &data, &length, trouble) == 0 && length > 0);
	bytes_run(script);
	result = read_all(source, &bytes, trouble);
	EXPECT((result < 0) == (trouble->soundness != SOUND));
	source_close(source);
	return trouble->soundness;
}

TEST(a_file_that_is_written_to_meanwhile_is_damaged)
{
	struct trouble trouble;

	EXPECT_NUMBER(read_while("true", &trouble), SOUND);
	EXPECT_NUMBER(read_while("printf x >> file", &trouble), DAMAGED);
	EXPECT(strstr(trouble.error.message, "grew") != NULL);
	EXPECT_NUMBER(read_while("truncate -s 999999 file", &trouble), DAMAGED);
	EXPECT(strstr(trouble.error.message, "shrank") != NULL);
	EXPECT_NUMBER(read_while("truncate -s 0 file", &trouble), DAMAGED);
	EXPECT_NUMBER(read_while("printf x | dd of=file conv=notrunc status=none", &trouble), DAMAGED);
	EXPECT(strstr(trouble.error.message, "changed") != NULL);
	EXPECT_NUMBER(read_while("rm file", &trouble), SOUND);
}

TEST(only_regular_files_are_opened)
{
	static const struct {
		const char *name, *said;
	} cases[] = {
		{"folder", "is a folder"},
		{"pipe", "is a pipe"},
		{"nothing", "No such file"},
		{"dangling", "No such file"},
	};

	bytes_run("mkdir folder; mkfifo pipe; ln -s nothing dangling; printf 1 > target; ln -s target link");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_file_facts facts;
		struct source *source = NULL;
		struct error err = {""};
		char *path = path_of(cases[i].name);

		EXPECT(source_open_file(path, &source, &facts, &err) == -1);
		EXPECT(source == NULL);
		EXPECT(strstr(err.message, cases[i].said) != NULL);
		EXPECT(strstr(err.message, path) != NULL);
		free(path);
	}
	struct source_file_facts facts;
	source_close(open_file("link", &facts));
	EXPECT_NUMBER(facts.size_bytes, 1);

	struct source *source = NULL;
	struct error err;
	EXPECT(source_open_file("/dev/null", &source, &facts, &err) == -1);
}

/* A page of /proc/self/mem that is not mapped: read() fails with EIO on what fstat() calls a regular file. */
TEST(a_file_that_cannot_be_read_is_unreadable)
{
	struct source_file_facts facts;
	struct source *source = NULL;
	const unsigned char *data;
	struct trouble trouble;
	struct error err;
	size_t length;

	EXPECT(source_open_file("/proc/self/mem", &source, &facts, &err) == 0);
	EXPECT(source_next(source, &data, &length, &trouble) == -1);
	EXPECT_NUMBER(trouble.soundness, UNREADABLE);
	EXPECT(strstr(trouble.error.message, "cannot read '/proc/self/mem' at byte 0") != NULL);
	source_close(source);
}

UNIT_MAIN
