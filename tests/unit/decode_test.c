/* test: slow, about 7 */
#include "assertions/formats/decode.h"
#include "bytes.h"

static const size_t blocks[] = {0, 1, 2, 5, 13, 4096};

/* Whole, and in blocks of one of these sizes, another one each time. */
static bool is_tried(size_t block)
{
	static size_t asked;

	return unit_turn(asked++, 3) || block == 0;
}

/* Unpacks all of it; -1 and the trouble, or 0. What came out is in *ret_plain either way. */
static int unpack(enum format format, struct bytes packed, size_t block, struct bytes *ret_plain,
		  struct trouble *ret_trouble)
{
	struct source *source = source_open_memory(packed.data, packed.length, block);
	struct source *plain = decode_open(decode_find(format), source);
	const unsigned char *data;
	size_t length;
	int result;

	*ret_plain = (struct bytes){.data = NULL};
	ret_trouble->soundness = SOUND;
	while ((result = source_next(plain, &data, &length, ret_trouble)) == 0 && length > 0) {
		ret_plain->data = memory_grow(ret_plain->data, ret_plain->length + length, 1);
		memcpy(ret_plain->data + ret_plain->length, data, length);
		ret_plain->length += length;
	}
	if (result == 0)
		EXPECT(source->offset == packed.length);
	source_close(plain);
	source_close(source);
	return result;
}

/* "gzip < plain > packed" and the like: the plain bytes come out again, however the packed ones are cut into blocks. */
static void expect_plain(enum format format, const char *script)
{
	bytes_run(script);
	struct bytes packed = bytes_load("packed"), plain = bytes_load("plain");

	EXPECT(decode_find(format)->signs.recognises(packed.data, packed.length < 1024 ? packed.length : 1024));
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (!is_tried(blocks[i]))
			continue;
		struct trouble trouble;
		struct bytes seen;
		int result = unpack(format, packed, blocks[i], &seen, &trouble);

		if (result < 0)
			printf("%s: %s\n", script, trouble.error.message);
		EXPECT(result == 0);
		EXPECT(seen.length == plain.length);
		EXPECT(plain.length == 0 || result < 0 || memcmp(seen.data, plain.data, plain.length) == 0);
		free(seen.data);
	}
	free(packed.data);
	free(plain.data);
}

static void expect_trouble(enum format format, const char *script, enum soundness soundness, const char *said)
{
	bytes_run(script);
	struct bytes packed = bytes_load("packed");

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (!is_tried(blocks[i]))
			continue;
		struct trouble trouble = {.soundness = SOUND};
		struct bytes seen;

		EXPECT(unpack(format, packed, blocks[i], &seen, &trouble) == -1);
		EXPECT_NUMBER(trouble.soundness, soundness);
		if (strstr(trouble.error.message, said) == NULL)
			EXPECT_STRING(trouble.error.message, said);
		free(seen.data);
	}
	free(packed.data);
}

static const struct {
	enum format format;
	const char *tool;
} tools[] = {
	{FORMAT_GZIP, "gzip"},   {FORMAT_ZSTD, "zstd -q"}, {FORMAT_XZ, "xz"},
	{FORMAT_BZIP2, "bzip2"}, {FORMAT_LZ4, "lz4 -q"},
};

static void for_each_tool(void (*run)(enum format format, const char *script), const char *format)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char script[512];

		/* Every %s of these is the tool. */
		snprintf(script, sizeof(script), "pack() { %s -c; }\n%s", tools[i].tool, format);
		run(tools[i].format, script);
	}
}

static void expect_cut(enum format format, const char *script)
{
	expect_trouble(format, script, DAMAGED, "is cut: it ends after byte");
}

static void expect_rubbish(enum format format, const char *script)
{
	expect_trouble(format, script, DAMAGED, DECODE_RUBBISH);
}

static void expect_empty(enum format format, const char *script)
{
	expect_trouble(format, script, DAMAGED, "is empty (0 bytes)");
}

TEST(every_codec_unpacks)
{
	for_each_tool(expect_plain, "seq 1 5000 > plain; pack < plain > packed");
	for_each_tool(expect_plain, "head -c 400000 /dev/urandom > plain; pack < plain > packed");
	for_each_tool(expect_plain, "head -c 1000000 /dev/zero > plain; pack < plain > packed");
	for_each_tool(expect_plain, ": > plain; pack < plain > packed");
	for_each_tool(expect_plain, "printf x > plain; pack < plain > packed");
}

TEST(streams_follow_one_another)
{
	for_each_tool(expect_plain,
		      "seq 1 5000 > plain; : > packed; seq 1 10 | pack >> packed; seq 11 4000 | pack >> packed\n"
		      "pack < /dev/null >> packed; seq 4001 5000 | pack >> packed");
}

TEST(what_ends_too_early_is_cut)
{
	for_each_tool(expect_cut, "seq 1 50000 | pack > whole; head -c -1 whole > packed");
	for_each_tool(expect_cut, "seq 1 50000 | pack > whole; head -c 3000 whole > packed");
	for_each_tool(expect_cut, "seq 1 50000 | pack > whole; head -c 3 whole > packed");
	for_each_tool(expect_cut, "seq 1 50000 | pack > whole; cat whole whole | head -c -1 > packed");
	for_each_tool(expect_empty, ": > packed");
}

TEST(other_bytes_after_the_end_are_damage)
{
	for_each_tool(expect_rubbish, "seq 1 5000 | pack > packed; echo and this follows here >> packed");
	for_each_tool(expect_rubbish,
		      "seq 1 5000 | pack > packed; head -c 5000 /dev/zero | tr '\\0' '\\377' >> packed");
}

TEST(a_codec_is_found_for_compressions_only)
{
	for (enum format format = 0; format < FORMAT_COUNT; format++)
		EXPECT((decode_find(format) != NULL) == format_is_compression(format));
}

TEST(gzip_takes_zeros_after_its_end_as_gzip_does)
{
	expect_plain(FORMAT_GZIP, "seq 1 500 > plain; { gzip < plain; head -c 10000 /dev/zero; } > packed");
	expect_trouble(FORMAT_GZIP, "{ seq 1 500 | gzip; head -c 10 /dev/zero; echo x; } > packed", DAMAGED,
		       DECODE_RUBBISH);
	expect_trouble(FORMAT_GZIP, "seq 1 500 > plain; { gzip < plain; printf '\\0'; gzip < plain; } > packed",
		       DAMAGED, DECODE_RUBBISH);
}

TEST(gzip_says_that_a_sum_is_wrong)
{
	expect_trouble(FORMAT_GZIP,
		       "seq 1 500 | gzip > packed; s=$(stat -c %s packed)\n"
		       "printf '\\0\\0' | dd of=packed bs=1 seek=$((s-8)) conv=notrunc status=none",
		       DAMAGED, " of the data is wrong at byte");
	expect_trouble(FORMAT_GZIP,
		       "seq 1 500 | gzip > packed; s=$(stat -c %s packed)\n"
		       "printf '\\377' | dd of=packed bs=1 seek=$((s-1)) conv=notrunc status=none",
		       DAMAGED, "length of the data is wrong at byte");
}

TEST(gzip_reads_every_kind_of_header)
{
	expect_plain(FORMAT_GZIP, "seq 1 500 > plain; gzip -N plain -k -c > packed");
	expect_plain(FORMAT_GZIP, "cat > make.py <<E\n"
				  "import zlib,struct\n"
				  "d=open('plain','rb').read()\n"
				  "c=zlib.compressobj(6,8,-15); b=c.compress(d)+c.flush()\n"
				  "h=b'\\x1f\\x8b\\x08\\x1f'+b'\\0'*6+struct.pack('<H',3)+b'abc'+b'name\\0comment\\0'\n"
				  "h+=struct.pack('<H',zlib.crc32(h)&0xffff)\n"
				  "open('packed','wb').write(h+b+struct.pack('<II',zlib.crc32(d),len(d)))\n"
				  "E\nseq 1 500 > plain; python3 make.py");
}

TEST(zstd_reads_frames_of_every_kind)
{
	expect_plain(FORMAT_ZSTD, "seq 1 5000 > plain; zstd -q --check -19 -c plain > packed");
	expect_plain(FORMAT_ZSTD, "seq 1 5000 > plain; zstd -q --no-check -1 -c plain > packed");
	expect_plain(FORMAT_ZSTD, "seq 1 5000 > plain; cat plain | zstd -q -c > packed");
	expect_plain(FORMAT_ZSTD, "head -c 3000000 /dev/zero > plain; zstd -q -c --long=27 plain > packed");
	expect_plain(FORMAT_ZSTD, "seq 1 5000 > plain; s() { printf \"\\x5$1\\x2a\\x4d\\x18\\x04\\0\\0\\0abcd\"; }\n"
				  "{ s 0; s f; zstd -q -c plain; s 3; } > packed");
	expect_trouble(FORMAT_ZSTD,
		       "seq 1 5000 | zstd -q -c > packed; printf '\\x50\\x2a\\x4d\\x18\\x09\\0\\0\\0abcd' >> packed",
		       DAMAGED, "is cut");
}

TEST(zstd_is_bounded)
{
	expect_trouble(FORMAT_ZSTD, "head -c 3000 /dev/zero | zstd -q -c --zstd=wlog=28 > packed", OPAQUE,
		       "asks for a window of more than the 128 MiB");
}

TEST(zstd_says_that_it_needs_a_dictionary)
{
	expect_trouble(FORMAT_ZSTD,
		       "mkdir -p samples; for i in $(seq 1 200); do seq $i $((i+300)) > samples/$i; done\n"
		       "zstd -q --train samples/* -o dictionary -f 2>/dev/null\n"
		       "seq 20 400 | zstd -q -c -D dictionary > packed",
		       OPAQUE, "needs a dictionary");
}

TEST(xz_reads_every_check_and_padding)
{
	expect_plain(FORMAT_XZ, "seq 1 5000 > plain; xz -c -C none plain > packed");
	expect_plain(FORMAT_XZ, "seq 1 5000 > plain; xz -c -C crc32 plain > packed");
	expect_plain(FORMAT_XZ, "seq 1 5000 > plain; xz -c -C sha256 --block-size=1000 plain > packed");
	expect_plain(FORMAT_XZ, "seq 1 5000 > plain; { seq 1 100 | xz; head -c 8 /dev/zero; seq 101 5000 | xz; head -c "
				"4 /dev/zero; } > packed");
	expect_trouble(FORMAT_XZ, "{ seq 1 100 | xz; head -c 3 /dev/zero; seq 1 100 | xz; } > packed", DAMAGED,
		       DECODE_RUBBISH);
	expect_trouble(FORMAT_XZ, "{ seq 1 100 | xz; head -c 3 /dev/zero; } > packed", DAMAGED, "xz:");
	expect_trouble(FORMAT_XZ,
		       "xz -c --lzma2=dict=512MiB < /dev/null > empty; seq 1 9 | xz -c --lzma2=dict=512MiB > packed",
		       OPAQUE, "asks for more than the 192 MiB");
}

/* A check of id 2 is reserved: the stream's flags say so in head and foot, each with its own sum. */
TEST(xz_with_an_unknown_check_is_opaque)
{
	expect_trouble(
		FORMAT_XZ,
		"cat > make.py <<E\n"
		"import zlib,struct,subprocess\n"
		"d=bytearray(subprocess.run(['xz','-c','-C','crc32'],input=b'hello',stdout=subprocess.PIPE).stdout)\n"
		"d[7]=2; d[8:12]=struct.pack('<I',zlib.crc32(bytes(d[6:8])))\n"
		"d[-3]=2; d[-12:-8]=struct.pack('<I',zlib.crc32(bytes(d[-8:-2])))\n"
		"open('packed','wb').write(d)\n"
		"E\npython3 make.py",
		OPAQUE, "kind of checksum");
}

/* Changes bytes of what a tool wrote; `f`, `crc` and `d` are at hand. */
#define PATCH(tool, change)                                                                              \
	"cat > make.py <<'E'\nimport struct,subprocess,zlib\n"                                           \
	"f=lambda d,at: d.__setitem__(slice(at,at+4),struct.pack('<I',zlib.crc32(bytes(d[at-2:at]))))\n" \
	"d=bytearray(subprocess.run('" tool "',shell=True,stdout=subprocess.PIPE).stdout)\n" change      \
	"\nopen('packed','wb').write(d)\nE\npython3 make.py"

/* What the next version may bring is no damage, and never sound. */
TEST(frames_of_later_versions_are_opaque)
{
	static const struct {
		enum format format;
		const char *script, *said;
	} cases[] = {
		{FORMAT_GZIP, PATCH("seq 1 500 | gzip", "d[2]=9"), "a method that is newer than RFC 1952"},
		{FORMAT_GZIP, PATCH("seq 1 500 | gzip", "d[3]|=0x20"), "flags in its header that are newer"},
		{FORMAT_GZIP, PATCH("seq 1 500 | gzip", "d[3]|=0x80"), "flags in its header that are newer"},
		{FORMAT_GZIP, PATCH("seq 1 500 | gzip", "e=bytearray(d); e[2]=7; d+=e"), "a method that is newer"},
		{FORMAT_ZSTD, PATCH("seq 1 500 | zstd -qc", "d[4]|=8"), "a frame that is newer than RFC 8878"},
		{FORMAT_ZSTD, PATCH("seq 1 500 | zstd -qc", "e=bytearray(d); e[4]|=8; d+=e"), "newer than RFC 8878"},
		{FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[4]^=0xc0"), "newer than version 1 of the format"},
		{FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[4]|=0x80"), "newer than version 1 of the format"},
		{FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[4]|=2"), "newer than version 1 of the format"},
		{FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[5]|=1"), "newer than version 1 of the format"},
		{FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[5]|=0x80"), "newer than version 1 of the format"},
		{FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[5]&=0x30"), "newer than version 1 of the format"},
		{FORMAT_XZ, PATCH("seq 1 500 | xz", "d[7]|=0x10; f(d,8)"),
		 "options or filters that are newer than liblzma"},
		{FORMAT_XZ, PATCH("seq 1 500 | xz", "d[6]=1; f(d,8)"),
		 "options or filters that are newer than liblzma"},
		{FORMAT_XZ,
		 PATCH("seq 1 500 | xz -T1", "d[13]|=4; d[20:24]=struct.pack(\"<I\",zlib.crc32(bytes(d[12:20])))"),
		 "options or filters that are newer than liblzma"},
		{FORMAT_XZ,
		 PATCH("seq 1 500 | xz -T1", "d[14]=0x7e; d[20:24]=struct.pack(\"<I\",zlib.crc32(bytes(d[12:20])))"),
		 "options or filters that are newer than liblzma"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_trouble(cases[i].format, cases[i].script, OPAQUE, cases[i].said);
	/* RFC 8878 has a bit that a reader must not look at, and a header whose own sum is wrong claims nothing. */
	expect_plain(FORMAT_ZSTD, "seq 1 500 > plain\n" PATCH("zstd -qc plain", "d[4]|=0x10"));
	expect_trouble(FORMAT_XZ, PATCH("seq 1 500 | xz", "d[7]|=0x10"), DAMAGED, "xz: ");
	expect_trouble(FORMAT_LZ4, PATCH("seq 1 500 | lz4 -qc", "d[7+3]=0x7f"), DAMAGED, "lz4: ");
}

/* Where the first bytes already tell, nothing of it is unpacked. */
TEST(other_versions_are_known_by_their_first_bytes)
{
	static const struct {
		enum format format;
		const char *head, *said;
	} cases[] = {
		{FORMAT_GZIP, "\x1f\x8b\x07", "gzip: is compressed by a method that is newer"},
		{FORMAT_BZIP2, "BZ091AY&SY", "bzip2: is of a version that is not known"},
		{FORMAT_BZIP2, "BZh01AY&SY", "bzip2: is of a version that is not known"},
		{FORMAT_ZSTD, "\x1e\xb5\x2f\xfd", "zstd: is of a version before 0.8"},
		{FORMAT_ZSTD, "\x27\xb5\x2f\xfd", "zstd: is of a version before 0.8"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct codec *codec = decode_find(cases[i].format);
		const unsigned char *head = (const unsigned char *)cases[i].head;
		size_t length = strlen(cases[i].head);
		struct trouble trouble = {.soundness = SOUND};

		EXPECT(!codec->signs.recognises(head, length));
		EXPECT(codec->signs.is_other_version(head, length, &trouble));
		EXPECT_NUMBER(trouble.soundness, OPAQUE);
		if (strstr(trouble.error.message, cases[i].said) == NULL)
			EXPECT_STRING(trouble.error.message, cases[i].said);
		EXPECT(!codec->signs.is_other_version(head, length - 1, &trouble));
		EXPECT(!codec->signs.is_other_version((const unsigned char *)"BZh9 was a fine tool", 20, &trouble));
	}
	bytes_run("echo | gzip > packed");
	struct bytes sound = bytes_load("packed");
	EXPECT(!decode_find(FORMAT_GZIP)
			->signs.is_other_version(sound.data, sound.length, &(struct trouble){.soundness = SOUND}));
	free(sound.data);
}

TEST(bzip2_knows_itself_from_text)
{
	const struct codec *codec = decode_find(FORMAT_BZIP2);

	EXPECT(!codec->signs.recognises((const unsigned char *)"BZh9 was a fine tool", 20));
	EXPECT(!codec->signs.recognises((const unsigned char *)"BZh", 3));
	expect_trouble(
		FORMAT_BZIP2,
		"seq 1 5000 | bzip2 > packed; printf '\\377' | dd of=packed bs=1 seek=900 conv=notrunc status=none",
		DAMAGED, "bzip2: data or a checksum are damaged");
}

TEST(lz4_reads_frames_of_every_kind)
{
	expect_plain(FORMAT_LZ4, "seq 1 50000 > plain; lz4 -q -c -B4 -BD --content-size plain > packed");
	expect_plain(FORMAT_LZ4, "seq 1 50000 > plain; lz4 -q -c -B7 -BX plain > packed");
	expect_plain(FORMAT_LZ4, "seq 1 50000 > plain; lz4 -q -c --no-frame-crc plain > packed");
	expect_plain(FORMAT_LZ4, "seq 1 5000 > plain; s() { printf \"\\x5$1\\x2a\\x4d\\x18\\x04\\0\\0\\0abcd\"; }\n"
				 "{ s 0; s f; lz4 -q -c plain; s 3; } > packed");
	expect_trouble(FORMAT_LZ4,
		       "seq 1 5000 | lz4 -q -c > packed; printf '\\x50\\x2a\\x4d\\x18\\x09\\0\\0\\0abcd' >> packed",
		       DAMAGED, "is cut");
	expect_trouble(FORMAT_LZ4,
		       "seq 1 5000 | lz4 -q -c -BX > packed; printf '\\377' | dd of=packed bs=1 seek=900 conv=notrunc "
		       "status=none",
		       DAMAGED, "lz4: ");
}

TEST(lz4_of_the_legacy_kind_cannot_be_read)
{
	expect_trouble(FORMAT_LZ4, "seq 1 5000 | lz4 -q -l -c > packed", OPAQUE, "legacy");
	struct bytes packed = bytes_load("packed");
	EXPECT(decode_find(FORMAT_LZ4)->signs.recognises(packed.data, packed.length));
	free(packed.data);
}

/* What comes before the damage is given out. */
TEST(what_could_be_unpacked_is_given_before_the_failure)
{
	struct trouble trouble;
	struct bytes seen;

	bytes_run("seq 1 100000 > plain; gzip -c plain | head -c 100000 > packed");
	struct bytes packed = bytes_load("packed"), plain = bytes_load("plain");
	EXPECT(unpack(FORMAT_GZIP, packed, 0, &seen, &trouble) == -1);
	EXPECT(seen.length > 100000);
	EXPECT(memcmp(seen.data, plain.data, seen.length) == 0);
	free(seen.data);
	free(plain.data);
	free(packed.data);
}

TEST(zlib_stands_inside_of_other_formats)
{
	struct source *packed = source_open_memory("\x78\x9c\x4b\x04\x00\x00\x62\x00\x62", 9, 0);
	struct source *plain = decode_open(&decode_zlib, packed);
	const unsigned char *data;
	struct trouble trouble;
	size_t length;

	EXPECT(source_next(plain, &data, &length, &trouble) == 0 && length == 1 && *data == 'a');
	EXPECT(source_next(plain, &data, &length, &trouble) == 0 && length == 0);
	source_close(plain);
	source_close(packed);
	packed = source_open_memory("\x78\x9c\x4b\x04\x00\x00\x62\x00\x62\x00", 10, 0);
	plain = decode_open(&decode_zlib, packed);
	EXPECT(source_next(plain, &data, &length, &trouble) == 0 && length == 1);
	EXPECT(source_next(plain, &data, &length, &trouble) == -1);
	EXPECT(strstr(trouble.error.message, DECODE_RUBBISH) != NULL);
	source_close(plain);
	source_close(packed);
}

UNIT_MAIN
