#include "assertions/formats/sample.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/bytes/source.h"
#include "unit.h"

#define LARGE ((size_t)5 << 20)

/* As it would be read: head and tail apart, or one piece. */
static enum sample_end judge(const unsigned char *bytes, size_t length, enum format format, struct trouble *ret_trouble)
{
	struct sample sample;
	enum sample_end end;

	sample_init(&sample, (int64_t)length);
	memcpy(sample.head, bytes, sample.head_length);
	if (!sample_is_one_piece(&sample))
		memcpy(sample.tail, bytes + length - sample.tail_length, sample.tail_length);
	end = sample_judge(&sample, format, ret_trouble);
	sample_release(&sample);
	return end;
}

static unsigned char *noise(size_t length)
{
	unsigned char *bytes = memory_alloc(length);
	uint32_t state = 1;

	for (size_t i = 0; i < length; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = (unsigned char)(state >> 24) | 1;
	}
	return bytes;
}

/* An empty file's header of ustar, by hand: only its checksum is looked at here. */
static void make_tar_header(unsigned char *block)
{
	unsigned sum = 0;

	memset(block, 0, 512);
	memcpy(block, "a", 1);
	memcpy(block + 100, "0000644", 7);
	memcpy(block + 108, "0000000", 7);
	memcpy(block + 116, "0000000", 7);
	memcpy(block + 124, "00000000000", 11);
	memcpy(block + 136, "00000000000", 11);
	memset(block + 148, ' ', 8);
	block[156] = '0';
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < 512; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
}

TEST(small_bytes_are_one_piece)
{
	struct sample sample;

	sample_init(&sample, 2 * (int64_t)SAMPLE_BYTES);
	EXPECT(sample_is_one_piece(&sample));
	EXPECT_NUMBER(sample.head_length, 2 * SAMPLE_BYTES);
	sample_release(&sample);
	sample_init(&sample, 2 * (int64_t)SAMPLE_BYTES + 1);
	EXPECT(!sample_is_one_piece(&sample));
	EXPECT_NUMBER(sample.head_length, SAMPLE_BYTES);
	EXPECT_NUMBER(sample.tail_length, SAMPLE_BYTES);
	sample_release(&sample);
	sample_init(&sample, 0);
	EXPECT_NUMBER(sample.head_length, 0);
	sample_release(&sample);
}

TEST(tar_ends_in_zeros)
{
	unsigned char *bytes = noise(LARGE);
	struct trouble trouble;

	make_tar_header(bytes);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_TAR, &trouble), SAMPLE_WRONG);
	EXPECT(strstr(trouble.error.message, "is cut") != NULL);
	memset(bytes + LARGE - 1024, 0, 1024);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_TAR, &trouble), SAMPLE_COMPLETE);
	for (size_t cut = 1; cut <= 1024; cut += 93)
		EXPECT_NUMBER(judge(bytes, LARGE - cut, FORMAT_TAR, &trouble), SAMPLE_WRONG);
	EXPECT_NUMBER(judge(bytes, 512, FORMAT_TAR, &trouble), SAMPLE_WRONG);
	bytes[0] = 'b';
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_TAR, &trouble), SAMPLE_WRONG);
	EXPECT(strstr(trouble.error.message, "expected tar") != NULL);
	free(bytes);
}

TEST(zip_ends_in_its_record)
{
	unsigned char *bytes = noise(LARGE);
	unsigned char end[22] = "PK\005\006";
	struct trouble trouble;

	memcpy(bytes, "PK\003\004", 4);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_ZIP, &trouble), SAMPLE_WRONG);
	end[12] = 100;
	end[17] = 4;
	memcpy(bytes + LARGE - sizeof(end), end, sizeof(end));
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_ZIP, &trouble), SAMPLE_COMPLETE);
	EXPECT_NUMBER(judge(bytes, LARGE - 1, FORMAT_ZIP, &trouble), SAMPLE_WRONG);
	end[19] = 0x7f;
	memcpy(bytes + LARGE - sizeof(end), end, sizeof(end));
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_ZIP, &trouble), SAMPLE_WRONG);
	EXPECT(strstr(trouble.error.message, "not there") != NULL);
	end[19] = 0;
	end[20] = 0x10;
	memcpy(bytes + LARGE - sizeof(end) - 16, end, sizeof(end));
	memset(bytes + LARGE - 16, 'c', 16);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_ZIP, &trouble), SAMPLE_COMPLETE);
	EXPECT_NUMBER(judge(bytes, LARGE - 5, FORMAT_ZIP, &trouble), SAMPLE_WRONG);
	EXPECT_NUMBER(judge(bytes, 4, FORMAT_ZIP, &trouble), SAMPLE_WRONG);
	free(bytes);
}

TEST(xz_ends_in_a_footer)
{
	unsigned char *bytes = noise(LARGE);
	struct trouble trouble;

	memcpy(bytes, "\3757zXZ", 6);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_XZ, &trouble), SAMPLE_WRONG);
	memcpy(bytes + LARGE - 2, "YZ", 2);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_XZ, &trouble), SAMPLE_COMPLETE);
	EXPECT_NUMBER(judge(bytes, LARGE - 1, FORMAT_XZ, &trouble), SAMPLE_WRONG);
	memcpy(bytes + LARGE - 10, "YZ\0\0\0\0\0\0\0\0", 10);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_XZ, &trouble), SAMPLE_COMPLETE);
	EXPECT_NUMBER(judge(bytes, LARGE - 2, FORMAT_XZ, &trouble), SAMPLE_WRONG);
	memset(bytes + LARGE - SAMPLE_BYTES, 0, SAMPLE_BYTES);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_XZ, &trouble), SAMPLE_UNTOLD);
	EXPECT_NUMBER(judge(bytes, 6, FORMAT_XZ, &trouble), SAMPLE_WRONG);
	free(bytes);
}

TEST(sqlite_and_etcd_have_a_size)
{
	unsigned char *bytes = noise(LARGE);
	struct trouble trouble;

	memset(bytes, 0, 100);
	memcpy(bytes, "SQLite format 3", 16);
	bytes[16] = 0x10;
	bytes[18] = bytes[19] = 1;
	bytes[21] = 64;
	bytes[22] = bytes[23] = 32;
	bytes[30] = 5;
	bytes[100] = 13;
	EXPECT_NUMBER(judge(bytes, 0x500 * 0x1000, FORMAT_SQLITE, &trouble), SAMPLE_COMPLETE);
	EXPECT_NUMBER(judge(bytes, 0x500 * 0x1000 - 0x1000, FORMAT_SQLITE, &trouble), SAMPLE_WRONG);
	EXPECT_NUMBER(judge(bytes, 101, FORMAT_SQLITE, &trouble), SAMPLE_WRONG);
	bytes[19] = 3;
	EXPECT_NUMBER(judge(bytes, 0x500 * 0x1000, FORMAT_SQLITE, &trouble), SAMPLE_OPAQUE);
	memcpy(bytes + 16, "\355\332\014\355\2\0\0\0", 8);
	EXPECT_NUMBER(judge(bytes, LARGE - 480, FORMAT_ETCD, &trouble), SAMPLE_COMPLETE);
	EXPECT_NUMBER(judge(bytes, LARGE - 512, FORMAT_ETCD, &trouble), SAMPLE_WRONG);
	EXPECT_NUMBER(judge(bytes, LARGE - 479, FORMAT_ETCD, &trouble), SAMPLE_WRONG);
	bytes[20] = 3;
	EXPECT_NUMBER(judge(bytes, LARGE - 480, FORMAT_ETCD, &trouble), SAMPLE_OPAQUE);
	free(bytes);
}

TEST(of_others_the_end_tells_nothing)
{
	static const struct {
		enum format format;
		const char *magic;
		size_t length;
	} kinds[] = {{FORMAT_GZIP, "\037\213\010\0\0\0\0\0\0\3", 10},
		     {FORMAT_ZSTD, "\050\265\057\375", 4},
		     {FORMAT_BZIP2, "BZh91AY&SY", 10},
		     {FORMAT_PG_CUSTOM, "PGDMP\001\016\0\4\10\1", 11}};
	unsigned char *bytes = noise(LARGE);
	struct trouble trouble;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		memcpy(bytes, kinds[i].magic, kinds[i].length);
		EXPECT_NUMBER(judge(bytes, LARGE, kinds[i].format, &trouble), SAMPLE_UNTOLD);
		bytes[0] ^= 1;
		EXPECT_NUMBER(judge(bytes, LARGE, kinds[i].format, &trouble), SAMPLE_WRONG);
		EXPECT_NUMBER(judge(bytes, 0, kinds[i].format, &trouble), SAMPLE_WRONG);
	}
	free(bytes);
}

TEST(rdb_ends_in_its_mark_and_a_checksum)
{
	unsigned char *bytes = noise(LARGE);
	struct trouble trouble;

	memcpy(bytes, "REDIS0011", 9);
	bytes[LARGE - 9] = 0xff;
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_RDB, &trouble), SAMPLE_COMPLETE);
	bytes[LARGE - 10] = 1;
	EXPECT_NUMBER(judge(bytes, LARGE - 1, FORMAT_RDB, &trouble), SAMPLE_WRONG);
	EXPECT_NUMBER(judge(bytes, 9, FORMAT_RDB, &trouble), SAMPLE_WRONG);
	memset(bytes + LARGE - 8, 0, 8);
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_RDB, &trouble), SAMPLE_OPAQUE);
	bytes[8] = '9';
	bytes[7] = '9';
	EXPECT_NUMBER(judge(bytes, LARGE, FORMAT_RDB, &trouble), SAMPLE_OPAQUE);
	EXPECT(strstr(trouble.error.message, "is of version 99") != NULL);
	free(bytes);
}

/* A version that is not known is told from the head, also where whoever wants a sample would take anything between. */
TEST(samples_of_other_versions_are_opaque)
{
	static const struct {
		enum format format;
		const char *magic;
		size_t length;
	} kinds[] = {{FORMAT_GZIP, "\037\213\011\0\0\0\0\0\0\3", 10},
		     {FORMAT_GZIP, "\037\213\010\200\0\0\0\0\0\3", 10},
		     {FORMAT_ZSTD, "\050\265\057\375\054", 5},
		     {FORMAT_LZ4, "\004\042\115\030\244\100", 6},
		     {FORMAT_BZIP2, "BZ091AY&SY", 10},
		     {FORMAT_CPIO, "0707030000000000000000000000", 28},
		     {FORMAT_AGE, "age-encryption.org/v2\n", 22}};
	unsigned char *bytes = noise(LARGE);
	struct trouble trouble;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		memcpy(bytes, kinds[i].magic, kinds[i].length);
		EXPECT_NUMBER(judge(bytes, LARGE, kinds[i].format, &trouble), SAMPLE_OPAQUE);
		EXPECT_NUMBER(trouble.soundness, OPAQUE);
	}
	free(bytes);
}

TEST(no_format_outlives_any_short_length)
{
	unsigned char *bytes = noise(4096);
	struct trouble trouble;

	/* Without its magic. */
	for (size_t length = 0; length < 300; length++)
		for (enum format format = FORMAT_GZIP; format < FORMAT_COUNT; format++) {
			unsigned char *exact = memory_alloc(length > 0 ? length : 1);
			memcpy(exact, bytes, length);
			EXPECT(judge(exact, length, format, &trouble) == SAMPLE_WRONG);
			free(exact);
		}
	free(bytes);
}

UNIT_MAIN
