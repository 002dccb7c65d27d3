/* test: slow, about 8 */
#include "assertions/inspect/inspect.h"
#include "tar_builder.h"

#include <sys/resource.h>

static struct inspect_result result;
static struct witness witness;

#define ALL (INSPECT_LAYERS | INSPECT_TEXT | INSPECT_MEMBERS)

/* Inspects a file that the script makes, `t`; the answers are in `result` and `witness`. */
static void inspect_made(const char *script, unsigned wants, unsigned member_wants)
{
	bytes_run(script);
	struct bytes bytes = bytes_load("t");

	witness_release(&witness);
	witness_init(&witness, wants, member_wants);
	bytes_inspect(bytes.data, bytes.length, 0, &witness, &result);
	free(bytes.data);
}

static void inspect_declared(const char *script, unsigned wants, const enum format *layers, size_t count)
{
	bytes_run(script);
	struct bytes bytes = bytes_load("t");

	witness_release(&witness);
	witness_init(&witness, wants, ALL);
	witness_declare(&witness, layers, count);
	bytes_inspect(bytes.data, bytes.length, 0, &witness, &result);
	free(bytes.data);
}

#define DECLARED(script, wants, ...)                                            \
	inspect_declared((script), (wants), (const enum format[]){__VA_ARGS__}, \
			 sizeof((const enum format[]){__VA_ARGS__}) / sizeof(enum format))

static void expect_layers(const char *expected)
{
	struct buffer seen;

	buffer_init(&seen, 1 << 12);
	for (size_t i = 0; i < result.layer_count; i++)
		buffer_print(&seen, "%s%s:%d", i > 0 ? " " : "", format_name(result.layers[i].format),
			     (int)result.layers[i].trouble.soundness);
	EXPECT_STRING(seen.data, expected);
	buffer_release(&seen);
}

static void expect_trouble(enum soundness soundness, const char *said)
{
	EXPECT_NUMBER(result.trouble.soundness, soundness);
	if (strstr(result.trouble.error.message, said) == NULL)
		EXPECT_STRING(result.trouble.error.message, said);
}

TEST(format_names)
{
	EXPECT_STRING(format_name(FORMAT_GZIP), "gzip");
	EXPECT_STRING(format_name(FORMAT_GPG), "gpg");
	EXPECT_STRING(format_name(FORMAT_UNKNOWN), "unknown");
	EXPECT_STRING(format_name(FORMAT_COUNT), "unknown");
	for (int i = 0; format_names[i] != NULL; i++)
		EXPECT_STRING(format_names[i], format_name((enum format)(i + 1)));
	EXPECT(format_is_compression(FORMAT_LZ4) && !format_is_compression(FORMAT_TAR));
	EXPECT(format_is_archive(FORMAT_CPIO) && !format_is_archive(FORMAT_SQLITE) &&
	       !format_is_archive(FORMAT_UNKNOWN));
}

TEST(with_nobody_listening_bytes_are_counted_and_digested)
{
	struct source *source = source_open_memory("abc", 3, 0);
	struct inspect_request request = {.path = "t", .source = source, .digests = {.sha256 = 1, .md5 = 1}};

	inspect(&request, &result);
	EXPECT_NUMBER(result.size_bytes, 3);
	EXPECT_NUMBER(result.unpacked_bytes, -1);
	EXPECT_NUMBER(result.layer_count, 0);
	EXPECT(!result.walked);
	EXPECT_STRING(result.digests.md5, "900150983cd24fb0d6963f7d28e17f72");
	EXPECT_NUMBER(result.digests.bytes, 3);
	expect_trouble(SOUND, "");
	source_close(source);

	inspect_made("seq 1 100 | gzip > t", 0, 0);
	EXPECT_NUMBER(result.unpacked_bytes, -1);
	EXPECT_NUMBER(result.layer_count, 0);
	EXPECT_STRING(witness.log.data, "done - 0\n");
	inspect_made("seq 1 100 | gzip | head -c 50 > t", 0, 0);
	expect_trouble(SOUND, "");
}

TEST(compression_is_recognised_layer_by_layer)
{
	inspect_made("seq 1 1000 | gzip | zstd -q | xz | bzip2 | lz4 -q > t", INSPECT_LAYERS, 0);
	expect_layers("lz4:0 bzip2:0 xz:0 zstd:0 gzip:0");
	EXPECT_NUMBER(result.unpacked_bytes, 3893);
	inspect_made("seq 1 1000 > t", INSPECT_LAYERS, 0);
	expect_layers("");
	EXPECT_NUMBER(result.unpacked_bytes, 3893);
	expect_trouble(SOUND, "");
	inspect_made(": > t", ALL & ~(unsigned)INSPECT_MEMBERS, 0);
	expect_layers("");
	EXPECT_NUMBER(result.unpacked_bytes, 0);
	expect_trouble(SOUND, "");
	inspect_made("x=1; seq 1 10 > t; for i in 1 2 3 4 5 6 7 8; do gzip -c t > u; mv u t; done", INSPECT_LAYERS, 0);
	EXPECT_NUMBER(result.layer_count, 8);
	expect_trouble(SOUND, "");
	inspect_made("x=1; seq 1 10 > t; for i in 1 2 3 4 5 6 7 8 9; do gzip -c t > u; mv u t; done", INSPECT_LAYERS,
		     0);
	EXPECT_NUMBER(result.layer_count, 8);
	expect_trouble(BOUNDED, "more than 8 layers");
}

TEST(text_is_what_is_left_when_compression_is_off)
{
	inspect_made("seq 1 1000 > plain; gzip -c plain | zstd -q > t", INSPECT_TEXT, 0);
	struct bytes plain = bytes_load("plain");
	EXPECT_NUMBER(witness.text_length, plain.length);
	EXPECT(witness.text_hash == bytes_hash(0, plain.data, plain.length));
	free(plain.data);

	inspect_made("mkdir -p d; seq 1 9 > d/a; tar -cf plain d; gzip -c plain > t", ALL, 0);
	plain = bytes_load("plain");
	EXPECT(witness.text_hash == bytes_hash(0, plain.data, plain.length));
	EXPECT_NUMBER(result.members, 1);
	free(plain.data);
	inspect_made("mkdir -p d; seq 1 9 > d/a; rm -f t.zip; zip -qr t.zip d; mv t.zip t; cp t plain", ALL, 0);
	plain = bytes_load("plain");
	EXPECT(witness.text_hash == bytes_hash(0, plain.data, plain.length));
	free(plain.data);
}

TEST(text_that_came_before_the_damage_stays)
{
	inspect_made("seq 1 100000 > plain; gzip -c plain | head -c 100000 > t", INSPECT_TEXT, 0);
	struct bytes plain = bytes_load("plain");
	expect_trouble(DAMAGED, "gzip: is cut");
	EXPECT(witness.text_length > 100000 && witness.text_length < plain.length);
	EXPECT_NUMBER(result.unpacked_bytes, witness.text_length);
	EXPECT(witness.text_hash == bytes_hash(0, plain.data, witness.text_length));
	EXPECT_NUMBER(result.size_bytes, 100000);
	free(plain.data);

	/* The walk fails early, the text goes on. */
	inspect_made("mkdir -p d; seq 1 50000 > d/a; tar -cf plain d; printf x | dd of=plain bs=1 seek=20 conv=notrunc "
		     "status=none; gzip -c plain > t",
		     ALL, 0);
	plain = bytes_load("plain");
	expect_trouble(DAMAGED, "expected an archive");
	EXPECT(witness.text_hash == bytes_hash(0, plain.data, plain.length));
	free(plain.data);
}

TEST(declared_layers_are_taken_off_and_no_others)
{
	DECLARED("seq 1 1000 | gzip | gzip > t", INSPECT_LAYERS, FORMAT_GZIP);
	expect_layers("gzip:0");
	EXPECT(result.unpacked_bytes < 3893);
	DECLARED("seq 1 1000 | gzip | gzip > t", INSPECT_LAYERS, FORMAT_GZIP, FORMAT_GZIP);
	expect_layers("gzip:0 gzip:0");
	EXPECT_NUMBER(result.unpacked_bytes, 3893);
	DECLARED("seq 1 1000 | gzip | gzip > t", INSPECT_LAYERS, FORMAT_GZIP, FORMAT_ZSTD, FORMAT_GZIP);
	expect_layers("gzip:0 zstd:1");
	expect_trouble(DAMAGED, "expected zstd, saw gzip");
	inspect_declared("seq 1 1000 | gzip > t", INSPECT_LAYERS, (const enum format[]){FORMAT_GZIP}, 0);
	expect_layers("");
	EXPECT(result.unpacked_bytes < 3893);
}

TEST(what_is_not_what_it_was_declared_to_be)
{
	DECLARED("printf '<html>\\nnot found' > t", INSPECT_LAYERS, FORMAT_GZIP, FORMAT_TAR);
	expect_layers("gzip:1");
	expect_trouble(DAMAGED, "expected gzip, saw text that begins with \"<html>\"");
	DECLARED("seq 1 10 | gzip > t", INSPECT_LAYERS, FORMAT_GZIP, FORMAT_TAR);
	expect_layers("gzip:0 tar:1");
	expect_trouble(DAMAGED, "expected tar, saw text that begins with \"1\"");
	DECLARED("head -c 100 /dev/zero > t", INSPECT_LAYERS, FORMAT_SQLITE);
	expect_trouble(DAMAGED, "expected sqlite, saw zeros");
	DECLARED("printf '\\1\\2\\3\\377' > t", INSPECT_LAYERS, FORMAT_ZIP);
	expect_trouble(DAMAGED, "expected zip, saw bytes that begin with 01 02 03 ff");
	/* Where the bytes cannot be had, nothing is said of what they look like. */
	DECLARED("printf '\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\0\\3\\377\\377' > t", INSPECT_LAYERS, FORMAT_GZIP,
		 FORMAT_TAR);
	expect_layers("gzip:1 tar:1");
	expect_trouble(DAMAGED, "gzip: data are damaged");
	DECLARED("seq 1 10 > t", INSPECT_TEXT, FORMAT_GZIP);
	EXPECT_NUMBER(witness.text_length, 0);
}

TEST(nothing_is_none_of_the_formats)
{
	for (int i = 0; format_names[i] != NULL; i++) {
		enum format format = (enum format)(i + 1);

		inspect_declared(": > t", INSPECT_LAYERS, &format, 1);
		EXPECT_NUMBER(result.layer_count, 1);
		EXPECT_NUMBER(result.layers[0].trouble.soundness, DAMAGED);
		expect_trouble(DAMAGED, "saw nothing (0 bytes)");
	}
	inspect_made(": > t", INSPECT_MEMBERS, 0);
	expect_layers("unknown:1");
	expect_trouble(DAMAGED, "expected an archive (tar, zip, cpio), saw nothing (0 bytes)");
	inspect_made("gzip < /dev/null > t", INSPECT_MEMBERS, 0);
	expect_layers("gzip:0 unknown:1");
	EXPECT(!result.walked);
}

TEST(members_are_announced_and_inspected)
{
	inspect_made("rm -rf d; mkdir -p d/sub; seq 1 100 > d/a; ln -s a d/link; seq 1 50 > d/sub/b; "
		     "tar -cf t --sort=name ./d",
		     ALL, INSPECT_LAYERS | INSPECT_TEXT);
	EXPECT_STRING(
		witness.log.data,
		"member d folder 0\ndone d 0\nmember d/a file 292\ndone d/a 0\nmember d/link link 0\ndone d/link 0\n"
		"member d/sub folder 0\ndone d/sub 0\nmember d/sub/b file 141\ndone d/sub/b 0\ndone - 0\n");
	EXPECT_NUMBER(result.members, 3);
	EXPECT(result.walked);
	expect_layers("tar:0");
}

TEST(archives_are_inside_of_archives)
{
	inspect_made("rm -rf d; mkdir -p d; seq 1 100 > d/a; tar -C d -czf x.tgz a; tar -cf y.tar x.tgz; zip -q y.zip "
		     "y.tar; tar -cf t.tar y.zip; mv t.tar t",
		     ALL, ALL);
	EXPECT(strstr(witness.log.data,
		      "\nmember a file 292\ndone a 0\ndone x.tgz 0\ndone y.tar 0\ndone y.zip 0\ndone - 0\n") != NULL);
	expect_trouble(SOUND, "");
}

/* Which of the members were sound, and the whole. */
static void expect_done(const char *expected)
{
	struct buffer seen;

	buffer_init(&seen, 1 << 16);
	for (char *line = strtok(witness.log.data, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "done ", 5) == 0)
			buffer_print(&seen, "%s%s", seen.length > 0 ? ", " : "", line + 5);
	EXPECT_STRING(seen.data, expected);
	buffer_release(&seen);
}

TEST(a_members_damage_is_not_the_archives)
{
	inspect_made(
		"seq 1 9000 | gzip > a.gz; head -c 1000 a.gz > b.gz; seq 1 9 | gzip > c.gz; tar -cf t a.gz b.gz c.gz",
		ALL, ALL);
	expect_done("a.gz 0, b.gz 1, c.gz 0, - 0");
	expect_layers("tar:0");
	expect_trouble(SOUND, "");
	/* A tar that was cut between two members, then compressed; then put into another. */
	inspect_made("seq 1 9 > a; seq 1 9 > b; tar -b1 -cf x a b; head -c 2048 x | gzip > x.tgz; tar -cf t x.tgz a",
		     ALL, ALL);
	expect_done("a 0, b 0, x.tgz 1, a 0, - 0");
	inspect_made("seq 1 9 > a; seq 1 9 > b; tar -b1 -cf x a b; head -c 1024 x | gzip > x.tgz; tar -cf t x.tgz a",
		     ALL, ALL);
	expect_done("a 0, x.tgz 1, a 0, - 0");
	/* A gzip that was cut, then compressed once more. */
	inspect_made("seq 1 9000 | gzip | head -c 1000 | gzip > t", INSPECT_TEXT, 0);
	expect_layers("gzip:0 gzip:1");
	expect_trouble(DAMAGED, "gzip: is cut: it ends after byte 1000");
}

TEST(an_archives_damage_reaches_the_member_at_hand)
{
	inspect_made("seq 1 9000 > a; seq 1 9000 > b; tar -b1 -cf x a b; head -c 60000 x > t", ALL, ALL);
	expect_done("a 0, b 1, - 1");
	expect_trouble(DAMAGED, "tar: is cut: it ends after byte 60000, in the middle of member 'b'");
	inspect_made("seq 1 9000 > a; seq 1 9000 > b; tar -b1 -cf x a b; gzip -c x | head -c -100 > t", ALL, ALL);
	expect_layers("gzip:1 tar:1");
	expect_trouble(DAMAGED, "gzip: is cut");
	/* Its members are skipped, and must be there all the same. */
	inspect_made("seq 1 9000 > a; seq 1 9000 > b; tar -b1 -cf x a b; head -c 60000 x > t", INSPECT_MEMBERS, 0);
	expect_trouble(DAMAGED, "tar: is cut");
	EXPECT_NUMBER(result.members, 2);
}

TEST(what_is_no_archive)
{
	inspect_made("echo 'CREATE TABLE a' > t", ALL, 0);
	expect_layers("unknown:1");
	expect_trouble(DAMAGED, "expected an archive (tar, zip, cpio), saw text that begins with \"CREATE TABLE a\"");
	EXPECT_NUMBER(witness.text_length, 15);
	inspect_made("echo 'CREATE TABLE a' | gzip | zstd -q > t", ALL, 0);
	expect_layers("zstd:0 gzip:0 unknown:1");
	inspect_made("rm -f db; sqlite3 db 'create table a(b)'; cp db t", ALL, 0);
	expect_trouble(DAMAGED, "saw sqlite");
	DECLARED("rm -f db; sqlite3 db 'create table a(b)'; cp db t", INSPECT_MEMBERS, FORMAT_SQLITE);
	expect_layers("sqlite:0 unknown:1");
	DECLARED("seq 1 9 | gzip | gzip > t", INSPECT_MEMBERS, FORMAT_GZIP);
	expect_layers("gzip:0 unknown:1");
	expect_trouble(DAMAGED, "expected an archive (tar, zip, cpio), saw gzip");
}

TEST(an_archive_is_found_behind_the_declared_compression)
{
	DECLARED("seq 1 9 > a; tar -czf t a", INSPECT_MEMBERS, FORMAT_GZIP);
	expect_layers("gzip:0 tar:0");
	EXPECT_NUMBER(result.members, 1);
	DECLARED("seq 1 9 > a; tar -czf t a", INSPECT_LAYERS, FORMAT_GZIP, FORMAT_TAR);
	EXPECT(result.walked);
	EXPECT_NUMBER(result.members, 1);
	EXPECT_STRING(witness.log.data, "done - 0\n");
	inspect_made("head -c 10240 /dev/zero > t", INSPECT_MEMBERS, 0);
	expect_layers("tar:0");
	EXPECT_NUMBER(result.members, 0);
}

TEST(declared_formats_are_verified)
{
	DECLARED("rm -f db; sqlite3 db 'create table a(b)'; gzip -c db > t", INSPECT_LAYERS, FORMAT_GZIP,
		 FORMAT_SQLITE);
	expect_layers("gzip:0 sqlite:0");
	DECLARED("rm -f db; sqlite3 db 'create table a(b)'; head -c 4096 db | gzip > t", INSPECT_LAYERS, FORMAT_GZIP,
		 FORMAT_SQLITE);
	expect_layers("gzip:0 sqlite:1");
	expect_trouble(DAMAGED, "sqlite: is cut");
	DECLARED("rm -f db; sqlite3 db 'create table a(b)'; gzip -c db | head -c -1 > t", INSPECT_LAYERS, FORMAT_GZIP,
		 FORMAT_SQLITE);
	expect_layers("gzip:1 sqlite:1");
	expect_trouble(DAMAGED, "gzip: is cut");
	DECLARED("seq 1 9 > a; tar -cf t a", INSPECT_LAYERS, FORMAT_TAR, FORMAT_GZIP);
	expect_layers("tar:0 gzip:1");
	expect_trouble(DAMAGED, "tar is no layer that gzip could be inside of");
}

#define AGE "rm -f key; age-keygen -o key 2>/dev/null; seq 1 90000 | age -r $(grep -o 'age1.*' key) > t; "

TEST(what_is_encrypted_is_opaque)
{
	DECLARED(AGE, INSPECT_LAYERS, FORMAT_AGE);
	expect_layers("age:0");
	expect_trouble(SOUND, "");
	DECLARED(AGE, INSPECT_TEXT, FORMAT_AGE);
	expect_layers("age:0");
	expect_trouble(OPAQUE, "age: it is encrypted");
	EXPECT_NUMBER(witness.text_length, 0);
	DECLARED(AGE, INSPECT_MEMBERS, FORMAT_AGE);
	expect_trouble(OPAQUE, "age: it is encrypted");
	DECLARED(AGE, INSPECT_LAYERS, FORMAT_AGE, FORMAT_GZIP);
	expect_layers("age:0 gzip:3");
	expect_trouble(OPAQUE, "gzip would be inside of age, which is encrypted");
	DECLARED(AGE "head -c 170 t > u; mv u t", INSPECT_TEXT, FORMAT_AGE);
	expect_layers("age:1");
	expect_trouble(DAMAGED, "age: is cut");
	inspect_made(AGE, INSPECT_TEXT, 0);
	expect_layers("age:0");
	expect_trouble(OPAQUE, "age: it is encrypted");
	inspect_made(AGE, INSPECT_LAYERS, 0);
	expect_layers("");
	expect_trouble(SOUND, "");
	inspect_made(AGE "gzip -c t > u; mv u t", INSPECT_MEMBERS, 0);
	expect_layers("gzip:0 age:0");
	expect_trouble(OPAQUE, "age: it is encrypted");
}

TEST(what_cannot_be_read_here_is_opaque)
{
	inspect_made("printf '7z\\xbc\\xaf\\x27\\x1c and more' > t", INSPECT_TEXT, 0);
	expect_layers("unknown:3");
	expect_trouble(OPAQUE, "this is a 7z archive");
	EXPECT_NUMBER(witness.text_length, 0);
	inspect_made("printf '7z\\xbc\\xaf\\x27\\x1c and more' > t", INSPECT_MEMBERS, 0);
	expect_trouble(OPAQUE, "this is a 7z archive");
	inspect_made("printf '7z\\xbc\\xaf\\x27\\x1c and more' > t", INSPECT_LAYERS, 0);
	expect_trouble(SOUND, "");
	inspect_made("seq 1 9 | openssl enc -aes-256-cbc -k x -pbkdf2 > t", INSPECT_TEXT, 0);
	expect_trouble(OPAQUE, "encrypted by OpenSSL");
	inspect_made("seq 1 5000 | lz4 -q -l -c > t", INSPECT_TEXT, 0);
	expect_layers("lz4:3");
	expect_trouble(OPAQUE, "legacy");
	inspect_made("seq 1 900 > a; rm -f t.zip; zip -q -P secret t.zip a; mv t.zip t", ALL, ALL);
	expect_done("a 3, - 3");
	expect_layers("zip:3");
}

static void inspect_within(struct bytes bytes, struct inspect_limits limits, unsigned wants, unsigned member_wants)
{
	struct source *source = source_open_memory(bytes.data, bytes.length, 0);
	struct inspect_request request = {
		.path = "t", .source = source, .listener = &witness.listener, .limits = limits, .digests = {.md5 = 1}};

	witness_release(&witness);
	witness_init(&witness, wants, member_wants);
	inspect(&request, &result);
	EXPECT_NUMBER(result.size_bytes, bytes.length);
	EXPECT_NUMBER(strlen(result.digests.md5), 32);
	source_close(source);
}

TEST(depth_is_bounded)
{
	bytes_run("seq 1 9 > a; tar -cf 1.tar a; tar -cf 2.tar 1.tar; tar -cf 3.tar 2.tar; tar -cf 4.tar 3.tar");
	struct bytes bytes = bytes_load("4.tar");

	inspect_within(bytes, (struct inspect_limits){.depth = 4}, ALL, ALL);
	expect_done("a 0, 1.tar 0, 2.tar 0, 3.tar 0, - 0");
	inspect_within(bytes, (struct inspect_limits){.depth = 3}, ALL, ALL);
	expect_done("1.tar 4, 2.tar 0, 3.tar 0, - 0");
	inspect_within(bytes, (struct inspect_limits){.depth = 1}, ALL, ALL);
	expect_done("3.tar 4, - 0");
	free(bytes.data);
}

TEST(members_are_bounded)
{
	bytes_run("rm -rf d; mkdir d; touch d/1 d/2 d/3 d/4; tar -cf t d");
	struct bytes bytes = bytes_load("t");

	inspect_within(bytes, (struct inspect_limits){.members = 4}, INSPECT_MEMBERS, 0);
	expect_trouble(SOUND, "");
	inspect_within(bytes, (struct inspect_limits){.members = 3}, INSPECT_MEMBERS, 0);
	expect_trouble(BOUNDED, "has more than 3 members");
	expect_layers("tar:4");
	free(bytes.data);
}

TEST(bombs_are_bounded)
{
	static const struct {
		const char *script;
		const char *layers;
	} cases[] = {
		{"head -c 150M /dev/zero | zstd -q > t", "zstd:4"},
		{"head -c 80M /dev/zero | bzip2 > t", "bzip2:4"},
		{"head -c 120M /dev/zero | gzip -1 | gzip > t", "gzip:4 gzip:4"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes_run(cases[i].script);
		struct bytes bytes = bytes_load("t");

		inspect_within(bytes, (struct inspect_limits){.depth = 0}, INSPECT_TEXT, 0);
		expect_trouble(BOUNDED, "it may be a decompression bomb");
		expect_layers(cases[i].layers);
		EXPECT(witness.text_length >= 60 << 20 && witness.text_length < 140 << 20);
		if (i == 0) {
			inspect_within(bytes, (struct inspect_limits){.ratio = 1e9}, INSPECT_LAYERS, 0);
			expect_trouble(SOUND, "");
		}
		free(bytes.data);
	}
}

/* None of them is one by itself: members of an archive add up. */
TEST(bombs_in_archives_are_bounded)
{
	bytes_run("rm -rf d; mkdir d; head -c 35M /dev/zero | bzip2 > d/1; cp d/1 d/2; cp d/1 d/3; tar --sort=name "
		  "-cjf t d");
	struct bytes bytes = bytes_load("t");

	inspect_within(bytes, (struct inspect_limits){.depth = 0}, ALL, INSPECT_LAYERS);
	expect_done("d 0, d/1 0, d/2 4, d/3 4, - 0");
	free(bytes.data);
	bytes_run("head -c 70M /dev/zero > z; rm -f t.zip; zip -q -Z bzip2 t.zip z; mv t.zip t");
	bytes = bytes_load("t");
	inspect_within(bytes, (struct inspect_limits){.depth = 0}, INSPECT_MEMBERS, 0);
	expect_trouble(BOUNDED, "it may be a decompression bomb");
	expect_layers("zip:4");
	inspect_within(bytes, (struct inspect_limits){.depth = 0}, INSPECT_MEMBERS, INSPECT_TEXT);
	expect_done("z 4, - 4");
	free(bytes.data);
	bytes_run("truncate -s 3T huge; tar -S --format=posix -cf t huge; rm huge");
	bytes = bytes_load("t");
	inspect_within(bytes, (struct inspect_limits){.depth = 0}, INSPECT_MEMBERS, 0);
	expect_trouble(SOUND, "");
	inspect_within(bytes, (struct inspect_limits){.depth = 0}, INSPECT_MEMBERS, INSPECT_TEXT);
	expect_done("huge 4, - 0");
	free(bytes.data);
}

struct failing {
	struct source source;
	struct bytes bytes;
	uint64_t at;
	enum soundness soundness;
};

static int failing_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
			struct trouble *ret_trouble)
{
	struct failing *failing = (struct failing *)source;
	uint64_t left = failing->at - source->offset;

	if (left == 0)
		return trouble_set(ret_trouble, failing->soundness, "the disk is broken");
	*ret_data = failing->bytes.data + source->offset;
	*ret_length = left < 1000 ? (size_t)left : 1000;
	return 0;
}

static void inspect_failing(uint64_t at, enum soundness soundness, unsigned wants)
{
	struct failing failing = {.source = {.next = failing_next},
				  .bytes = bytes_load("t"),
				  .at = at,
				  .soundness = soundness};
	struct inspect_request request = {.path = "t",
					  .source = &failing.source,
					  .listener = &witness.listener,
					  .digests = {.sha256 = 1}};

	witness_release(&witness);
	witness_init(&witness, wants, ALL);
	inspect(&request, &result);
	EXPECT_NUMBER(result.size_bytes, at);
	EXPECT_STRING(result.digests.sha256, "");
	free(failing.bytes.data);
}

TEST(what_cannot_be_read_is_not_called_damaged)
{
	bytes_run("head -c 50000 /dev/urandom > a; tar -czf t a");
	for (unsigned wants = 0; wants <= ALL; wants++) {
		inspect_failing(30000, UNREADABLE, wants);
		expect_trouble(UNREADABLE, "the disk is broken");
		inspect_failing(0, UNREADABLE, wants);
		expect_trouble(UNREADABLE, "the disk is broken");
		EXPECT_NUMBER(result.layer_count, 0);
	}
	inspect_failing(30000, UNREADABLE, ALL);
	expect_layers("gzip:2 tar:2");
	expect_done("a 2, - 2");
	inspect_failing(30000, DAMAGED, ALL);
	expect_layers("gzip:1 tar:1");
	expect_done("a 1, - 1");
	/* Damage that was met before is damage. */
	bytes_run("head -c 50000 /dev/urandom > a; tar -czf t a; printf xxxx | dd of=t bs=1 seek=9000 conv=notrunc "
		  "status=none");
	inspect_failing(50000, UNREADABLE, ALL);
	EXPECT_NUMBER(result.trouble.soundness, UNREADABLE);
	bytes_run(
		"head -c 50000 /dev/zero > a; tar -cf t a; printf xxxx | dd of=t bs=1 seek=9 conv=notrunc status=none");
	inspect_failing(50000, UNREADABLE, ALL);
	expect_trouble(DAMAGED, "expected an archive");
}

static int asked, cancel_at;

static bool cancelled(void *context)
{
	(void)context;
	return ++asked >= cancel_at;
}

TEST(it_stops_when_it_is_told_to)
{
	bytes_run("rm -rf d; mkdir d; head -c 3M /dev/urandom > d/a; head -c 30M /dev/zero | gzip > d/b.gz; tar -czf t "
		  "d");
	struct bytes bytes = bytes_load("t");

	for (cancel_at = 1; cancel_at < 250; cancel_at += cancel_at < 20 ? 1 : 23) {
		if (!unit_turn((size_t)cancel_at, 4))
			continue;
		struct source *source = source_open_memory(bytes.data, bytes.length, 10000);
		struct inspect_request request = {.path = "t",
						  .source = source,
						  .listener = &witness.listener,
						  .cancelled = cancelled,
						  .digests = {.sha256 = 1}};

		asked = 0;
		witness_release(&witness);
		witness_init(&witness, ALL, ALL);
		inspect(&request, &result);
		expect_trouble(UNREADABLE, "stopped before everything was read");
		source_close(source);
	}
	free(bytes.data);
}

/* Ever more of the same takes no more memory. */
TEST(memory_does_not_grow)
{
	struct rusage before, after;

	bytes_run("rm -rf d; mkdir -p d; seq 1 400000 > d/a; tar -C d -czf x.tgz a; for i in 1 2 3 4 5 6 7 8; do cp "
		  "x.tgz d/$i.tgz; done\n"
		  "for i in $(seq 1 1000); do printf x > d/$i; done; tar -cf t d d d d");
	inspect_made("true", ALL, ALL);
	expect_trouble(SOUND, "");
	getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < 2; i++)
		inspect_made("true", ALL, ALL);
	getrusage(RUSAGE_SELF, &after);
	/* Under a sanitizer what was freed is kept for a while. */
	EXPECT(after.ru_maxrss - before.ru_maxrss < 512 * 1024);
}

UNIT_MAIN
