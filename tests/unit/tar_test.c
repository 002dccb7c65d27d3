#include "assertions/formats/container.h"
#include "assertions/formats/tar_private.h"
#include "tar_builder.h"

static const size_t blocks[] = {0, 1, 511, 512, 513, 10240};

/* Walks it in blocks of every size; each time the log must be the same. "PATH TYPE SIZE DATA-HASH\n", then "end", or the trouble. */
static void walk_in_blocks(const struct tar_builder *tar, size_t block, bool read_data, struct buffer *log)
{
	static const char types[] = {'f', 'd', 'l', 'o'};
	struct source *source = source_open_memory(tar->out.data, tar->out.length, block);
	struct container *container = archive_find(FORMAT_TAR)->open(source);
	struct inspect_member member;
	struct trouble trouble = {.soundness = SOUND};
	int more;

	while ((more = container->next(container, &member, &trouble)) > 0) {
		const unsigned char *data;
		uint64_t length_seen = 0, hash = 0;
		size_t length;

		buffer_print(log, "%s %c %lld", member.path, types[member.type], (long long)member.size_bytes);
		while (read_data && container->data(container, &data, &length, &trouble) == 0 && length > 0) {
			hash = bytes_hash(hash, data, length);
			length_seen += length;
		}
		if (read_data && trouble.soundness == SOUND)
			buffer_print(log, " %llu %llx", (unsigned long long)length_seen, (unsigned long long)hash);
		if (trouble.soundness == OPAQUE)
			buffer_string(log, " opaque");
		trouble.soundness = SOUND;
		buffer_string(log, "\n");
	}
	if (more == 0) {
		buffer_string(log, "end");
		EXPECT(source->offset == tar->out.length);
	} else {
		buffer_print(log, "%d %s", (int)trouble.soundness, trouble.error.message);
		EXPECT(trouble.soundness != SOUND);
		EXPECT(container->next(container, &member, &trouble) == -1);
	}
	container->close(container);
	source_close(source);
}

static char *walk(const struct tar_builder *tar)
{
	struct buffer first, log;

	buffer_init(&first, 1 << 20);
	buffer_init(&log, 1 << 20);
	walk_in_blocks(tar, 0, false, &first);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		buffer_clear(&log);
		walk_in_blocks(tar, blocks[i], false, &log);
		EXPECT_STRING(log.data, first.data);
	}
	buffer_release(&log);
	return buffer_take(&first);
}

static void expect_walk(struct tar_builder *tar, const char *expected)
{
	char *seen = walk(tar);

	EXPECT_STRING(seen, expected);
	free(seen);
	buffer_clear(&tar->out);
}

static void expect_trouble(struct tar_builder *tar, enum soundness soundness, const char *said)
{
	char *seen = walk(tar), mark[2] = {(char)('0' + soundness), '\0'};
	const char *line = strrchr(seen, '\n') != NULL ? strrchr(seen, '\n') + 1 : seen;

	if (line[0] != mark[0] || strstr(line, said) == NULL)
		EXPECT_STRING(line, said);
	free(seen);
	buffer_clear(&tar->out);
}

TEST(names_are_as_a_person_writes_them)
{
	static const char *const names[][2] = {
		{"a", "a"},   {"./a", "a"},       {"/a", "a"},        {"././/./a/b", "a/b"},
		{"a/", "a"},  {"./a/b//", "a/b"}, {"./", "."},        {".", "."},
		{"/", "."},   {"../a", "../a"},   {"./../a", "../a"}, {".hidden", ".hidden"},
		{"..", ".."}, {"a/./b", "a/./b"}, {"./.x/", ".x"},
	};
	struct tar_builder tar;

	tar_builder_init(&tar);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char expected[128];

		tar_builder_header(&tar, names[i][0], '5', 0);
		tar_builder_zeros(&tar, 1024);
		snprintf(expected, sizeof(expected), "%s d 0\nend", names[i][1]);
		expect_walk(&tar, expected);
	}
	tar_builder_release(&tar);
}

TEST(types)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_file(&tar, "file", "hello");
	tar_builder_header(&tar, "old file", '\0', 0);
	tar_builder_header(&tar, "old folder/", '0', 0);
	tar_builder_header(&tar, "hard", '1', 0);
	tar_builder_header(&tar, "symbolic", '2', 0);
	tar_builder_header(&tar, "char", '3', 0);
	tar_builder_header(&tar, "block", '4', 0);
	tar_builder_header(&tar, "folder", '5', 0);
	tar_builder_header(&tar, "fifo", '6', 0);
	tar_builder_header(&tar, "contiguous", '7', 0);
	tar_builder_header(&tar, "label", 'V', 0);
	tar_builder_header(&tar, "unheard of", 'Q', 3);
	tar_builder_data(&tar, "abc", 3);
	tar_builder_header(&tar, "dump", 'D', 4);
	tar_builder_data(&tar, "Yx\0\0", 4);
	tar_builder_zeros(&tar, 1024);
	expect_walk(&tar,
		    "file f 5\nold file f 0\nold folder d 0\nhard l 0\nsymbolic l 0\nchar o 0\nblock o 0\nfolder d 0\n"
		    "fifo o 0\ncontiguous f 0\nunheard of f 3\ndump d 0\nend");
	tar_builder_release(&tar);
}

TEST(it_ends_in_two_zero_blocks_and_only_zeros)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_file(&tar, "a", "x");
	expect_trouble(&tar, DAMAGED,
		       "tar: ends after byte 1024, behind member 'a', without its end marker of two zero blocks");
	for (size_t zeros = 1; zeros < 1700; zeros += zeros % 512 == 511 || zeros % 512 == 0 ? 1 : 255) {
		bool whole = zeros >= 1024 && zeros % 512 == 0;

		tar_builder_file(&tar, "a", "x");
		tar_builder_zeros(&tar, zeros);
		if (whole)
			expect_walk(&tar, "a f 1\nend");
		else
			expect_trouble(&tar, DAMAGED, "is cut: it ends");
	}
	tar_builder_zeros(&tar, 10240);
	expect_walk(&tar, "end");
	tar_builder_zeros(&tar, 512);
	expect_trouble(&tar, DAMAGED, "is cut: it ends in the middle of its end marker");
	expect_trouble(&tar, DAMAGED, "without its end marker");
	tar_builder_release(&tar);
}

TEST(nothing_follows_after_the_end)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_file(&tar, "a", "x");
	tar_builder_zeros(&tar, 512);
	tar_builder_file(&tar, "b", "x");
	tar_builder_zeros(&tar, 1024);
	expect_trouble(&tar, DAMAGED, "tar: a lone zero block is followed by other data at byte 1024");

	tar_builder_file(&tar, "a", "x");
	tar_builder_zeros(&tar, 1024);
	tar_builder_file(&tar, "b", "x");
	tar_builder_zeros(&tar, 1024);
	expect_trouble(&tar, DAMAGED, "tar: other data follow after the end marker at byte 2048");

	tar_builder_file(&tar, "a", "x");
	tar_builder_zeros(&tar, 10240);
	buffer_append(&tar.out, "x", 1);
	expect_trouble(&tar, DAMAGED, "tar: other data follow after the end marker at byte 11264");
	tar_builder_release(&tar);
}

/* Every cut of it, byte by byte, fails. */
TEST(only_the_whole_one_passes)
{
	struct tar_builder tar;
	struct buffer log;

	tar_builder_init(&tar);
	buffer_init(&log, 1 << 20);
	tar_builder_header(&tar, "./folder/", '5', 0);
	tar_builder_file(&tar, "./folder/one", "some text");
	tar_builder_pax_one(&tar, "path", "a longer name");
	tar_builder_file(&tar, "short", "");
	tar_builder_zeros(&tar, 1024);
	for (size_t length = 0; length <= tar.out.length; length++) {
		struct tar_builder cut = tar;
		bool whole = length == tar.out.length;

		cut.out.length = length;
		buffer_clear(&log);
		walk_in_blocks(&cut, length % 7 == 0 ? 100 : 0, length % 2 == 0, &log);
		if ((strstr(log.data, "end") == log.data + log.length - 3 && log.length >= 3) != whole)
			printf("cut at %zu: %s\n", length, log.data), unit_failures++;
	}
	buffer_release(&log);
	tar_builder_release(&tar);
}

TEST(a_header_that_is_none_is_damage)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_file(&tar, "a", "x");
	tar_builder_file(&tar, "b", "x");
	tar.out.data[1024] ^= 1;
	tar_builder_zeros(&tar, 1024);
	expect_trouble(&tar, DAMAGED, "tar: there should be a header, but its checksum is wrong at byte 1024");
	tar_builder_file(&tar, "a", "x");
	for (size_t i = 0; i < 512; i++) {
		tar.out.data[i] ^= 4;
		EXPECT(!tar_header_is_valid((unsigned char *)tar.out.data) || tar.out.data[i] == ' ' || i >= 148);
		tar.out.data[i] ^= 4;
	}
	tar_builder_release(&tar);
}

TEST(checksums_may_be_sums_of_signed_bytes)
{
	struct tar_builder tar;
	unsigned sum = 0;

	tar_builder_init(&tar);
	tar_builder_header(&tar,
			   "gr\xc3\xbc\xc3\x9f"
			   "e",
			   '0', 0);
	EXPECT(tar_header_is_valid(tar.header));
	memset(tar.header + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned)(signed char)tar.header[i];
	snprintf((char *)tar.header + 148, 8, "%06o", sum & 0777777);
	EXPECT(tar_header_is_valid(tar.header));
	tar_builder_zeros(&tar, 1024);
	expect_walk(&tar, "gr\xc3\xbc\xc3\x9f"
			  "e f 0\nend");
	tar_builder_release(&tar);
}

TEST(numbers)
{
	static const struct {
		const char *field;
		int result;
		int64_t number;
	} cases[] = {
		{"00000000017\0", 0, 15},
		{"         17 ", 0, 15},
		{"           ", 0, 0},
		{"\0\0\0\0\0\0\0\0\0\0\0", 0, 0},
		{"777777777777", 0, 0777777777777},
		{"17\0xxxxxxxxx", -1, 0},
		{"0000000008\0", -1, 0},
		{"-0000000001\0", -1, 0},
		{"\x80\0\0\0\0\0\0\0\0\0\1\2", 0, 258},
		{"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 0, INT64_MAX},
		{"\x80\0\0\0\x80\0\0\0\0\0\0\0", -1, 0},
		{"\x80\0\0\1\0\0\0\0\0\0\0\0", -1, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 0, -2},
		{"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", 0, INT64_MIN},
		{"\xff\xff\xff\xff\x7f\0\0\0\0\0\0\0", -1, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t number = 0;

		EXPECT_NUMBER(tar_number((const unsigned char *)cases[i].field, 12, &number), cases[i].result);
		if (cases[i].result == 0)
			EXPECT_NUMBER(number, cases[i].number);
	}
}

TEST(sizes_that_make_no_sense)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_header(&tar, "a", '0', 0);
	memcpy(tar.header + 124, "1234x", 5);
	tar_builder_sum(&tar);
	tar_builder_zeros(&tar, 2048);
	expect_trouble(&tar, DAMAGED, "tar: its size field cannot be read at byte 0");
	tar_builder_header(&tar, "a", '0', 0);
	memset(tar.header + 124, 0xff, 12);
	tar_builder_sum(&tar);
	tar_builder_zeros(&tar, 2048);
	expect_trouble(&tar, DAMAGED, "tar: its size is negative at byte 0");
	/* The largest that there is: it is cut, and nothing overflows. */
	tar_builder_header(&tar, "a", '0', 0);
	memcpy(tar.header + 124, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12);
	tar_builder_sum(&tar);
	tar_builder_zeros(&tar, 2048);
	expect_trouble(&tar, DAMAGED, "tar: is cut: it ends after byte 2560, in the middle of member 'a'");
	tar_builder_release(&tar);
}

TEST(extended_headers_override)
{
	struct tar_builder tar;
	struct buffer records;
	char longest[3000];

	memset(longest, 'n', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	tar_builder_init(&tar);
	buffer_init(&records, 1 << 20);
	tar_builder_record(&records, "path", "./from/pax/");
	tar_builder_record(&records, "size", "3");
	tar_builder_record(&records, "comment", "with = and \n in it");
	tar_builder_pax(&tar, 'x', &records);
	tar_builder_header(&tar, "short", '0', 999);
	tar_builder_data(&tar, "abc", 3);
	tar_builder_file(&tar, "plain", "xy");
	tar_builder_pax_one(&tar, "path", longest);
	tar_builder_file(&tar, "short", "");
	tar_builder_zeros(&tar, 1024);
	char *expected = memory_format("from/pax d 0\nplain f 2\n%s f 0\nend", longest);
	expect_walk(&tar, expected);
	free(expected);

	/* A global one holds until the end, a member's own goes before it. */
	buffer_clear(&records);
	tar_builder_record(&records, "size", "2");
	tar_builder_pax(&tar, 'g', &records);
	tar_builder_header(&tar, "a", '0', 0);
	tar_builder_data(&tar, "12", 2);
	tar_builder_pax_one(&tar, "size", "1");
	tar_builder_header(&tar, "b", '0', 0);
	tar_builder_data(&tar, "1", 1);
	tar_builder_header(&tar, "c", '0', 0);
	tar_builder_data(&tar, "12", 2);
	tar_builder_zeros(&tar, 1024);
	expect_walk(&tar, "a f 2\nb f 1\nc f 2\nend");
	buffer_release(&records);
	tar_builder_release(&tar);
}

TEST(times_come_from_where_they_are_said_best)
{
	static const struct {
		const char *value;
		int64_t ms;
	} cases[] = {
		{"1234567890.5", 1234567890500}, {"1234567890", 1234567890000}, {"-1.25", -1250},    {"0.0009", 0},
		{"1.123456789", 1123},           {"nonsense", 1700000000000},   {"", 1700000000000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inspect_member member;
		struct tar_builder tar;
		struct trouble trouble;

		tar_builder_init(&tar);
		tar_builder_pax_one(&tar, "mtime", cases[i].value);
		tar_builder_file(&tar, "a", "");
		struct source *source = source_open_memory(tar.out.data, tar.out.length, 0);
		struct container *container = archive_find(FORMAT_TAR)->open(source);
		EXPECT_NUMBER(container->next(container, &member, &trouble), 1);
		EXPECT_NUMBER(member.modified_ms, cases[i].ms);
		container->close(container);
		source_close(source);
		tar_builder_release(&tar);
	}
}

TEST(extended_headers_that_make_no_sense)
{
	static const char *const wrong[] = {
		"5 a=\n",
		"6 a=b",
		"7 a=b\nx",
		"x a=b\n",
		"6a=b\n",
		"99999999999999999999 a=b\n",
		"-6 a=b\n",
		"6 =bc\n",
		"6 abc\n",
		"7 abcd\n",
		"10 size=x\n",
		"23 path=a longer name\n",
		"11 size=-1\n",
		"25 GNU.sparse.numbytes=1\n",
		"22 GNU.sparse.map=1,2,3\n",
		"0 a=b\n",
		"3 \n",
	};
	struct tar_builder tar;

	tar_builder_init(&tar);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tar_builder_header(&tar, "x", 'x', strlen(wrong[i]));
		tar_builder_data(&tar, wrong[i], strlen(wrong[i]));
		tar_builder_file(&tar, "a", "");
		tar_builder_zeros(&tar, 1024);
		/* The first is well-formed, for comparison. */
		if (i == 0)
			expect_walk(&tar, "a f 0\nend");
		else
			expect_trouble(&tar, DAMAGED, "tar: an extended header");
	}
	tar_builder_header(&tar, "x", 'x', 11);
	tar_builder_data(&tar, "11 path=a\0b\n", 11);
	tar_builder_zeros(&tar, 1024);
	expect_trouble(&tar, DAMAGED, "tar: an extended header");

	tar_builder_pax_one(&tar, "path", "a");
	tar_builder_zeros(&tar, 1024);
	expect_trouble(&tar, DAMAGED, "tar: an extended header belongs to no member");
	tar_builder_header(&tar, "x", 'x', 2 << 20);
	tar_builder_zeros(&tar, 4 << 20);
	expect_trouble(&tar, BOUNDED, "tar: an extended header is longer than 1 MiB");
	tar_builder_release(&tar);
}

TEST(gnu_long_names)
{
	struct tar_builder tar;
	char name[700];

	memset(name, 'g', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	tar_builder_init(&tar);
	tar_builder_header(&tar, "././@LongLink", 'K', 5);
	tar_builder_data(&tar, "link", 5);
	tar_builder_header(&tar, "././@LongLink", 'L', sizeof(name));
	tar_builder_data(&tar, name, sizeof(name));
	tar_builder_file(&tar, "cut name", "1");
	tar_builder_file(&tar, "next", "");
	tar_builder_zeros(&tar, 1024);
	char *expected = memory_format("%s f 1\nnext f 0\nend", name);
	expect_walk(&tar, expected);
	free(expected);
	tar_builder_header(&tar, "././@LongLink", 'L', 10);
	tar_builder_data(&tar, "long name", 10);
	expect_trouble(&tar, DAMAGED, "tar: is cut");
	tar_builder_release(&tar);
}

TEST(prefixes)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_header(&tar, "name", '0', 0);
	memcpy(tar.header + 345, "some/prefix", 11);
	tar_builder_sum(&tar);
	/* star keeps times where the end of a prefix would be. */
	tar_builder_header(&tar, "name", '0', 0);
	memset(tar.header + 345, 'p', 131);
	memcpy(tar.header + 345 + 131, "12345678901", 11);
	memcpy(tar.header + 508, "tar", 4);
	tar_builder_sum(&tar);
	/* GNU's header has no prefix, but other things there. */
	tar_builder_header(&tar, "gnu", '0', 0);
	memcpy(tar.header + 257, "ustar  ", 8);
	memcpy(tar.header + 345, "12345", 5);
	tar_builder_sum(&tar);
	tar_builder_header(&tar, "v7", '0', 0);
	memset(tar.header + 257, 0, 8);
	memcpy(tar.header + 345, "12345", 5);
	tar_builder_sum(&tar);
	tar_builder_zeros(&tar, 1024);
	char star[140];
	memset(star, 'p', 131);
	star[131] = '\0';
	char *expected = memory_format("some/prefix/name f 0\n%s/name f 0\ngnu f 0\nv7 f 0\nend", star);
	expect_walk(&tar, expected);
	free(expected);
	tar_builder_release(&tar);
}

TEST(hard_links_carry_bytes_in_pax_archives_only)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_header(&tar, "told only", '1', 5000);
	tar_builder_file(&tar, "a", "x");
	tar_builder_header(&tar, "carried", '1', 5);
	tar_builder_data(&tar, "hello", 5);
	tar_builder_header(&tar, "last", '1', 5);
	tar_builder_zeros(&tar, 1024);
	expect_walk(&tar, "told only l 0\na f 1\ncarried l 5\nlast l 0\nend");

	tar_builder_pax_one(&tar, "comment", "this is a pax archive");
	tar_builder_header(&tar, "carried", '1', 512);
	tar_builder_header(&tar, "looks like a header", '0', 0);
	tar_builder_zeros(&tar, 1024);
	expect_walk(&tar, "carried l 512\nend");

	tar_builder_header(&tar, "gnu", '1', 5000);
	memcpy(tar.header + 257, "ustar  ", 8);
	tar_builder_sum(&tar);
	tar_builder_zeros(&tar, 1024);
	expect_walk(&tar, "gnu l 0\nend");
	tar_builder_release(&tar);
}

TEST(what_links_have_for_bytes)
{
	struct tar_builder tar;
	struct inspect_member member;
	struct trouble trouble;
	const unsigned char *data;
	size_t length;

	tar_builder_init(&tar);
	tar_builder_file(&tar, "a", "x");
	tar_builder_header(&tar, "hard", '1', 0);
	tar_builder_header(&tar, "soft", '2', 0);
	tar_builder_file(&tar, "b", "y");
	tar_builder_zeros(&tar, 1024);

	struct source *source = source_open_memory(tar.out.data, tar.out.length, 0);
	struct container *container = archive_find(FORMAT_TAR)->open(source);

	EXPECT(container->next(container, &member, &trouble) == 1 && !member.elsewhere && !member.symbolic);
	EXPECT(container->next(container, &member, &trouble) == 1 && member.elsewhere && !member.symbolic);
	EXPECT(container->data(container, &data, &length, &trouble) < 0);
	EXPECT_NUMBER(trouble.soundness, UNREADABLE);
	EXPECT(container->next(container, &member, &trouble) == 1 && !member.elsewhere && member.symbolic);
	EXPECT(container->next(container, &member, &trouble) == 1 && !member.elsewhere && !member.symbolic);
	EXPECT(container->data(container, &data, &length, &trouble) == 0 && length == 1 && data[0] == 'y');
	EXPECT(container->next(container, &member, &trouble) == 0);
	container->close(container);
	source_close(source);
	tar_builder_release(&tar);
}

/* However the bytes are cut, and whether they are read or passed over. */
TEST(members_that_end_in_zeros)
{
	static const size_t zeros[] = {0, 511, 512, 513, 5000, 1024};
	struct tar_builder tar;
	char data[6000];

	tar_builder_init(&tar);
	for (size_t i = 0; i < 6; i++) {
		memset(data, 'x', sizeof(data));
		memset(data + 700, 0, zeros[i]);
		tar_builder_header(&tar, (char[]){(char)('a' + i), '\0'}, '0', 700 + zeros[i]);
		tar_builder_data(&tar, data, 700 + zeros[i]);
	}
	tar_builder_zeros(&tar, 1024);
	for (size_t block = 0; block < 3000; block = block * 2 + 1) {
		for (int reads = 0; reads < 2; reads++) {
			struct source *source = source_open_memory(tar.out.data, tar.out.length, block);
			struct container *container = archive_find(FORMAT_TAR)->open(source);
			struct inspect_member member;
			struct trouble trouble;
			const unsigned char *piece;
			size_t length;

			while (container->next(container, &member, &trouble) > 0)
				while (reads && container->data(container, &piece, &length, &trouble) == 0 &&
				       length > 0)
					;
			EXPECT_NUMBER(container->zero_tails.members, 4);
			EXPECT_NUMBER(container->zero_tails.bytes, 5000);
			EXPECT_STRING(container->zero_tails.path, "e");
			container->close(container);
			source_close(source);
		}
	}
	tar_builder_release(&tar);
}

TEST(a_further_volume_is_refused)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_header(&tar, "rest of a file", 'M', 5);
	tar_builder_data(&tar, "hello", 5);
	tar_builder_zeros(&tar, 1024);
	expect_trouble(&tar, DAMAGED, "multi-volume");
	tar_builder_release(&tar);
}

static void expect_sparse(struct tar_builder *tar, const char *expected)
{
	struct buffer log;

	tar_builder_zeros(tar, 1024);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		buffer_init(&log, 1 << 20);
		walk_in_blocks(tar, blocks[i], true, &log);
		EXPECT_STRING(log.data, expected);
		buffer_release(&log);
	}
	char *skipped = walk(tar);
	EXPECT(strstr(skipped, "end") != NULL);
	free(skipped);
	buffer_clear(&tar->out);
}

/* 1000 zeros, "hello", zeros up to 5000: in each of the four ways. */
static const char *sparse_log(const char *name)
{
	static unsigned char file[5000];
	static char log[200];

	memset(file, 0, sizeof(file));
	memcpy(file + 1000, "hello", 5);
	snprintf(log, sizeof(log), "%s f 5000 5000 %llx\nend", name,
		 (unsigned long long)bytes_hash(0, file, sizeof(file)));
	return log;
}

TEST(sparse_files_of_old_gnu)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_header(&tar, "old", 'S', 5);
	memcpy(tar.header + 257, "ustar  ", 8);
	tar_builder_octal(tar.header + 386, 11, 1000);
	tar_builder_octal(tar.header + 398, 11, 5);
	tar_builder_octal(tar.header + 410, 11, 5000);
	tar_builder_octal(tar.header + 422, 11, 0);
	tar_builder_octal(tar.header + 483, 11, 5000);
	tar_builder_sum(&tar);
	tar_builder_data(&tar, "hello", 5);
	expect_sparse(&tar, sparse_log("old"));

	/* With its extents in blocks of their own. */
	tar_builder_header(&tar, "extended", 'S', 5);
	memcpy(tar.header + 257, "ustar  ", 8);
	tar.header[482] = 1;
	tar_builder_octal(tar.header + 483, 11, 5000);
	tar_builder_sum(&tar);
	for (int block = 0; block < 2; block++) {
		unsigned char extents[512] = {0};

		for (int i = 0; i < 5 && block == 0; i++) {
			tar_builder_octal(extents + i * 24, 11, 1000 + (unsigned)i);
			tar_builder_octal(extents + i * 24 + 12, 11, 1);
		}
		extents[504] = block == 0;
		buffer_append(&tar.out, extents, sizeof(extents));
	}
	tar_builder_data(&tar, "hello", 5);
	expect_sparse(&tar, sparse_log("extended"));
	tar_builder_release(&tar);
}

TEST(sparse_files_of_pax)
{
	struct tar_builder tar;
	struct buffer records;

	tar_builder_init(&tar);
	buffer_init(&records, 1 << 20);
	tar_builder_record(&records, "GNU.sparse.size", "5000");
	tar_builder_record(&records, "GNU.sparse.numblocks", "2");
	tar_builder_record(&records, "GNU.sparse.offset", "1000");
	tar_builder_record(&records, "GNU.sparse.numbytes", "5");
	tar_builder_record(&records, "GNU.sparse.offset", "5000");
	tar_builder_record(&records, "GNU.sparse.numbytes", "0");
	tar_builder_pax(&tar, 'x', &records);
	tar_builder_file(&tar, "zero.zero", "hello");
	expect_sparse(&tar, sparse_log("zero.zero"));

	buffer_clear(&records);
	tar_builder_record(&records, "GNU.sparse.size", "5000");
	tar_builder_record(&records, "GNU.sparse.name", "zero.one");
	tar_builder_record(&records, "GNU.sparse.numblocks", "2");
	tar_builder_record(&records, "path", "GNUSparseFile.1/made up");
	tar_builder_record(&records, "GNU.sparse.map", "1000,3,1003,2");
	tar_builder_pax(&tar, 'x', &records);
	tar_builder_file(&tar, "made up", "hello");
	expect_sparse(&tar, sparse_log("zero.one"));

	buffer_clear(&records);
	tar_builder_record(&records, "GNU.sparse.major", "1");
	tar_builder_record(&records, "GNU.sparse.minor", "0");
	tar_builder_record(&records, "path", "GNUSparseFile.1/made up");
	tar_builder_record(&records, "GNU.sparse.name", "./one.zero");
	tar_builder_record(&records, "GNU.sparse.realsize", "5000");
	tar_builder_pax(&tar, 'x', &records);
	tar_builder_header(&tar, "made up", '0', 517);
	tar_builder_data(&tar, "2\n1000\n5\n5000\n0\n", 16);
	tar_builder_data(&tar, "hello", 5);
	expect_sparse(&tar, sparse_log("one.zero"));

	buffer_clear(&records);
	tar_builder_record(&records, "SUN.holesdata", " 0 1000 1005");
	tar_builder_pax(&tar, 'x', &records);
	tar_builder_file(&tar, "solaris", "hello");
	expect_sparse(&tar, "solaris f 5 opaque\nend");
	buffer_release(&records);
	tar_builder_release(&tar);
}

static const char *pairs_of(const char *map)
{
	unsigned commas = 0;

	for (; *map != '\0'; map++)
		commas += *map == ',';
	return commas > 1 ? "2" : "1";
}

TEST(maps_that_make_no_sense)
{
	static const char *const maps[] = {
		"1000,5,900,0",
		"1000,6",
		"1000,4",
		"6000,5",
		"4996,5",
		"1000,5,1004,0",
		"1000",
		"a,b",
		"1000,5,",
		",1000,5",
		"9223372036854775807,5",
		"99999999999999999999999,5",
		"",
		"-1,5",
	};
	static const char *const lines[] = {"1\n1000\n6\n",  "2\n1000\n5\n",
					    "x\n1000\n5\n",  "1\n1000\n\n",
					    "1\n\n5\n",      "1\n1000\n99999999999999999999999999\n",
					    "1\n1000\n5 \n", "\n"};
	struct tar_builder tar;
	struct buffer records;

	tar_builder_init(&tar);
	buffer_init(&records, 1 << 20);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		buffer_clear(&records);
		tar_builder_record(&records, "GNU.sparse.size", "5000");
		tar_builder_record(&records, "GNU.sparse.numblocks", pairs_of(maps[i]));
		tar_builder_record(&records, "GNU.sparse.map", maps[i]);
		tar_builder_pax(&tar, 'x', &records);
		tar_builder_file(&tar, "sparse", "hello");
		tar_builder_zeros(&tar, 1024);
		expect_trouble(&tar, DAMAGED, "the map of a sparse file makes no sense");
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		buffer_clear(&records);
		tar_builder_record(&records, "GNU.sparse.major", "1");
		tar_builder_record(&records, "GNU.sparse.realsize", "5000");
		tar_builder_pax(&tar, 'x', &records);
		tar_builder_header(&tar, "sparse", '0', 517);
		tar_builder_data(&tar, lines[i], strlen(lines[i]));
		tar_builder_data(&tar, "hello", 5);
		tar_builder_zeros(&tar, 1024);
		expect_trouble(&tar, DAMAGED, "the map of a sparse file makes no sense");
	}
	buffer_release(&records);
	tar_builder_release(&tar);
}

/* The parts that a sparse file has are told, each of them and how many. */
TEST(parts_of_sparse_files_that_are_not_as_many_as_told)
{
	static const char *const counts[] = {NULL, "0", "1", "3"};
	struct tar_builder tar;
	struct buffer records;

	tar_builder_init(&tar);
	buffer_init(&records, 1 << 20);
	for (size_t i = 0; i < 2 * sizeof(counts) / sizeof(counts[0]); i++) {
		const char *count = counts[i / 2];

		buffer_clear(&records);
		tar_builder_record(&records, "GNU.sparse.size", "5000");
		tar_builder_record(&records, count != NULL ? "GNU.sparse.numblocks" : "GNU.spapse.numblocks",
				   count != NULL ? count : "2");
		if (i % 2 == 0) {
			tar_builder_record(&records, "GNU.sparse.map", "1000,5,5000,0");
		} else {
			tar_builder_record(&records, "GNU.sparse.offset", "1000");
			tar_builder_record(&records, "GNU.sparse.numbytes", "5");
			tar_builder_record(&records, "GNU.sparse.offset", "5000");
			tar_builder_record(&records, "GNU.sparse.numbytes", "0");
		}
		tar_builder_pax(&tar, 'x', &records);
		tar_builder_file(&tar, "sparse", "hello");
		tar_builder_zeros(&tar, 1024);
		expect_trouble(&tar, DAMAGED, "sparse");
	}
	buffer_release(&records);
	tar_builder_release(&tar);
}

/* What is newer than what is known is told at the end, after what is damaged. */
TEST(tars_of_later_kinds_are_opaque)
{
	static const struct {
		const char *key, *value;
		char type, version;
		const char *said;
	} cases[] = {
		{"GNU.sparse.major", "2", '0', '0', "sparse member of a later kind"},
		{"GNU.sparse.minor", "2", '0', '0', "sparse member of a later kind"},
		{"GNU.sparse.checksum", "2", '0', '0', "sparse member of a later kind"},
		{NULL, "", '8', '0', "a member of the type '8'"},
		{NULL, "", 'r', '0', "a member of the type 'r'"},
		{NULL, "", '0', '1', "ustar's version '01'"},
	};
	struct tar_builder tar;
	struct buffer records;

	tar_builder_init(&tar);
	buffer_init(&records, 1 << 20);
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		size_t k = i / 2;

		buffer_clear(&records);
		tar_builder_record(&records, cases[k].key != NULL ? cases[k].key : "comment", cases[k].value);
		tar_builder_pax(&tar, 'x', &records);
		tar_builder_header(&tar, "later", cases[k].type, 5);
		tar.header[264] = (unsigned char)cases[k].version;
		tar_builder_sum(&tar);
		tar_builder_data(&tar, "hello", 5);
		tar_builder_file(&tar, "another", "x");
		tar_builder_zeros(&tar, i % 2 == 0 ? 1024 : 0);
		if (i % 2 == 0)
			expect_trouble(&tar, OPAQUE, cases[k].said);
		else
			expect_trouble(&tar, DAMAGED, "without its end marker");
	}
	buffer_release(&records);
	tar_builder_release(&tar);
}

TEST(maps_that_are_cut_or_too_long)
{
	struct tar_builder tar;
	struct buffer records;

	tar_builder_init(&tar);
	buffer_init(&records, 1 << 20);
	tar_builder_record(&records, "GNU.sparse.major", "1");
	tar_builder_record(&records, "GNU.sparse.realsize", "5000");
	tar_builder_pax(&tar, 'x', &records);
	tar_builder_header(&tar, "sparse", '0', 517);
	buffer_append(&tar.out, "2\n10", 4);
	expect_trouble(&tar, DAMAGED, "is cut in the map of a sparse file");
	for (int wrong = 0; wrong < 4; wrong++) {
		tar_builder_header(&tar, "old", 'S', 5);
		memcpy(tar.header + 257, "ustar  ", 8);
		tar.header[482] = wrong == 0;
		tar_builder_octal(tar.header + 386, 11, 1000);
		tar_builder_octal(tar.header + 398, 11, 5);
		tar_builder_octal(tar.header + 483, 11, 5000);
		if (wrong > 0)
			tar.header[wrong == 1 ? 483 : wrong == 2 ? 387 : 399] = 'x';
		tar_builder_sum(&tar);
		buffer_append(&tar.out, "hello", wrong == 0 ? 5 : 0);
		tar_builder_zeros(&tar, wrong == 0 ? 0 : 2048);
		expect_trouble(&tar, DAMAGED,
			       wrong == 0 ? "is cut in the map" : "the map of a sparse file makes no sense");
	}
	/* More than is kept of any. */
	tar_builder_header(&tar, "old", 'S', 0);
	memcpy(tar.header + 257, "ustar  ", 8);
	tar.header[482] = 1;
	tar_builder_octal(tar.header + 483, 11, 0x3fffffff);
	tar_builder_sum(&tar);
	for (unsigned block = 0; block < 12500; block++) {
		unsigned char extents[512] = {0};

		for (unsigned i = 0; i < 21; i++) {
			tar_builder_octal(extents + i * 24, 11, (block * 21 + i) * 512ull);
			tar_builder_octal(extents + i * 24 + 12, 11, 0);
		}
		extents[504] = 1;
		buffer_append(&tar.out, extents, sizeof(extents));
	}
	expect_trouble(&tar, BOUNDED, "the map of a sparse file has more than 262144 entries");
	buffer_release(&records);
	tar_builder_release(&tar);
}

TEST(names_in_messages_are_fit_to_be_shown)
{
	struct tar_builder tar;

	tar_builder_init(&tar);
	tar_builder_header(&tar,
			   "bad\x1b[2J\n\xff"
			   "name",
			   '0', 5000);
	expect_trouble(&tar, DAMAGED, "in the middle of member 'bad?[2J??name'");
	tar_builder_release(&tar);
}

UNIT_MAIN
