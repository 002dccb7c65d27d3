/* test: slow, about 6 */
/*
 * Damage of every kind to files of every format: the whole one passes, cut ones do not, nor those
 * with something behind their end; and where there are checksums, a changed byte is noticed wherever it changes anything.
 */
#include "bytes.h"

#define RANDOM_PLACES 200
#define LAYERS_MAX 3

enum may {
	MAY_CHANGE = 1, /* the format has no checksums of its data */
	MAY_REPEAT = 2, /* the same once more behind it is a sound one, of twice as much */
	MAY_END_IN_ZEROS = 4,
	MAY_LOSE_ZEROS = 8, /* its padding is no part of it */
};

struct subject {
	const char *name, *script; /* makes the file `t` */
	enum format layers[LAYERS_MAX]; /* FORMAT_UNKNOWN ends them; none: recognised */
	unsigned may;
};

#define FILES                                                                                                    \
	"rm -rf d; mkdir -p d/sub; seq 1 2000 > d/a; openssl enc -aes-128-ctr -nosalt -K 0 -iv 0 -in /dev/zero " \
	"2>/dev/null | head -c 3000 > d/sub/b; printf hello > d/c; : > d/nothing; "
#define GPG                                                                                                        \
	"export GNUPGHOME=$PWD/gnupg; mkdir -p -m 700 gnupg; gpg --batch -q --pinentry-mode loopback --s2k-count " \
	"1024 --passphrase x "                                                                                     \
	"-c "

static const struct subject subjects[] = {
	{"gzip", "seq 1 5000 | gzip > t", {FORMAT_GZIP}, MAY_REPEAT | MAY_END_IN_ZEROS},
	{"gzip, hardly compressed",
	 "openssl enc -aes-128-ctr -nosalt -K 0 -iv 0 -in /dev/zero 2>/dev/null | head -c 9000 | gzip > t",
	 {FORMAT_GZIP},
	 MAY_REPEAT | MAY_END_IN_ZEROS},
	{"zstd", "seq 1 5000 | zstd -q --check > t", {FORMAT_ZSTD}, MAY_REPEAT},
	{"xz", "seq 1 5000 | xz > t", {FORMAT_XZ}, MAY_REPEAT | MAY_END_IN_ZEROS},
	{"bzip2", "seq 1 5000 | bzip2 > t", {FORMAT_BZIP2}, MAY_REPEAT},
	{"lz4", "seq 1 5000 | lz4 -q > t", {FORMAT_LZ4}, MAY_REPEAT},
	{"nothing in gzip", "gzip < /dev/null > t", {FORMAT_GZIP}, MAY_REPEAT | MAY_END_IN_ZEROS},
	{"recognised gzip in zstd", "seq 1 5000 | gzip | zstd -q > t", {FORMAT_UNKNOWN}, MAY_REPEAT},
	{"tar of GNU", FILES "tar -b1 --format=gnu -cf t d", {FORMAT_TAR}, MAY_CHANGE | MAY_END_IN_ZEROS},
	{"tar of pax", FILES "tar -b1 --format=posix -cf t d", {FORMAT_TAR}, MAY_CHANGE | MAY_END_IN_ZEROS},
	{"tar of v7", FILES "tar -b1 --format=v7 -cf t d", {FORMAT_TAR}, MAY_CHANGE | MAY_END_IN_ZEROS},
	{"tar in gzip", FILES "tar -czf t d", {FORMAT_GZIP, FORMAT_TAR}, MAY_END_IN_ZEROS},
	{"tar in zstd", FILES "tar -cf - d | zstd -q > t", {FORMAT_ZSTD, FORMAT_TAR}, 0},
	{"tar in gzip in tar",
	 FILES "tar -czf e.tar.gz d; tar -b1 -cf t e.tar.gz d/c",
	 {FORMAT_TAR},
	 MAY_CHANGE | MAY_END_IN_ZEROS},
	{"tar of tars in xz",
	 FILES "tar -cf e.tar d; tar -cf f.tar e.tar; tar -cJf t f.tar",
	 {FORMAT_UNKNOWN},
	 MAY_END_IN_ZEROS},
	{"zip", FILES "rm -f t.zip; zip -qr t.zip d; mv t.zip t", {FORMAT_ZIP}, 0},
	{"zip, stored", FILES "rm -f t.zip; zip -qr0 t.zip d; mv t.zip t", {FORMAT_ZIP}, 0},
	{"zip, streamed", FILES "zip -qr - d | cat > t", {FORMAT_ZIP}, 0},
	{"zip, encrypted", FILES "rm -f t.zip; zip -qr -P x t.zip d; mv t.zip t", {FORMAT_ZIP}, MAY_CHANGE},
	{"cpio",
	 FILES "find d | cpio -o -H newc > t 2>/dev/null",
	 {FORMAT_CPIO},
	 MAY_CHANGE | MAY_END_IN_ZEROS | MAY_LOSE_ZEROS},
	{"cpio with sums",
	 FILES "find d | cpio -o -H crc > t 2>/dev/null",
	 {FORMAT_CPIO},
	 MAY_CHANGE | MAY_END_IN_ZEROS | MAY_LOSE_ZEROS},
	{"cpio of old",
	 FILES "find d | cpio -o -H odc > t 2>/dev/null",
	 {FORMAT_CPIO},
	 MAY_CHANGE | MAY_END_IN_ZEROS | MAY_LOSE_ZEROS},
	{"sqlite",
	 "rm -f db; sqlite3 db 'create table a(b); insert into a values (randomblob(30000))'; cp db t",
	 {FORMAT_SQLITE},
	 MAY_CHANGE},
	{"sqlite in gzip",
	 "rm -f db; sqlite3 db 'create table a(b); insert into a values (randomblob(30000))'; gzip -c db > t",
	 {FORMAT_GZIP, FORMAT_SQLITE},
	 MAY_END_IN_ZEROS},
	{"pg_custom", "cp pg15.dump t", {FORMAT_PG_CUSTOM}, MAY_CHANGE},
	{"pg_custom in gzip, its contents twice",
	 "gzip -c pg18-appended.dump > t",
	 {FORMAT_GZIP, FORMAT_PG_CUSTOM},
	 MAY_END_IN_ZEROS},
	{"pg_directory of PostgreSQL 18 in gzip",
	 "gzip -dc pg18-directory.tgz | gzip > t",
	 {FORMAT_GZIP, FORMAT_PG_DIRECTORY},
	 MAY_END_IN_ZEROS},
	{"pg_custom in gzip", "gzip -c pg17-zstd.dump > t", {FORMAT_GZIP, FORMAT_PG_CUSTOM}, MAY_END_IN_ZEROS},
	{"pg_directory of -Ft", "gzip -dc pg15-tar.gz > t", {FORMAT_PG_DIRECTORY}, MAY_CHANGE | MAY_END_IN_ZEROS},
	{"pg_directory of -Fd in gzip",
	 "gzip -dc pg15-directory.tgz | gzip > t",
	 {FORMAT_GZIP, FORMAT_PG_DIRECTORY},
	 MAY_END_IN_ZEROS},
	{"pg_directory of -Fd in zip",
	 "rm -rf d t.zip; tar -xzf pg15-directory.tgz; zip -qr t.zip d; mv t.zip t",
	 {FORMAT_PG_DIRECTORY},
	 MAY_CHANGE},
	{"etcd",
	 "{ head -c 16 /dev/zero; printf '\\xed\\xda\\x0c\\xed\\2\\0\\0\\0'; openssl enc -aes-128-ctr -nosalt -K 0 -iv "
	 "0 -in /dev/zero 2>/dev/null | head -c 8168; } > body; { cat body; openssl dgst -sha256 -binary body; } > t",
	 {FORMAT_ETCD},
	 0},
	{"rdb", "cp redis7.rdb t", {FORMAT_RDB}, 0},
	{"rdb in gzip", "gzip -c redis7.rdb > t", {FORMAT_GZIP, FORMAT_RDB}, MAY_END_IN_ZEROS},
	{"gpg",
	 "openssl enc -aes-128-ctr -nosalt -K 0 -iv 0 -in /dev/zero 2>/dev/null | head -c 20000 | { " GPG "; } > t",
	 {FORMAT_GPG},
	 MAY_CHANGE},
	{"gpg, armoured", "seq 1 500 | { " GPG "-a; } | head -c -1 > t", {FORMAT_GPG}, 0},
	{"age, armoured",
	 "rm -f k; age-keygen -o k 2>/dev/null; seq 1 900 | age -a -r $(grep -o 'age1.*' k) | head -c -1 > t",
	 {FORMAT_AGE},
	 MAY_CHANGE},
};

struct seen {
	bool sound;
	uint64_t hash; /* of all text and all names */
};

/* Sound is what is sound all through: the bytes, and those of each member. */
static struct seen look(const struct subject *subject, const unsigned char *data, size_t length, size_t block)
{
	static struct inspect_result result;
	struct witness witness;
	struct seen seen;
	size_t layers = 0;
	/* To look inside of what is encrypted is not what is tried here. */
	bool opens = subject->layers[0] != FORMAT_GPG && subject->layers[0] != FORMAT_AGE &&
		     strstr(subject->name, "encrypted") == NULL;

	while (layers < LAYERS_MAX && subject->layers[layers] != FORMAT_UNKNOWN)
		layers++;
	witness_init(&witness, opens ? INSPECT_LAYERS | INSPECT_TEXT : INSPECT_LAYERS,
		     INSPECT_LAYERS | INSPECT_TEXT | INSPECT_MEMBERS);
	if (layers > 0)
		witness_declare(&witness, subject->layers, layers);
	if (opens &&
	    (format_is_archive(subject->layers[layers > 0 ? layers - 1 : 0]) || strstr(subject->name, "tar") != NULL))
		witness.listener.wants |= INSPECT_MEMBERS;
	bytes_inspect(data, length, block, &witness, &result);
	EXPECT_NUMBER(result.size_bytes, length);
	/* Of what is encrypted that is all there is to say. */
	seen.sound = result.trouble.soundness == SOUND || (result.trouble.soundness == OPAQUE && !opens);
	for (const char *at = witness.log.data; (at = strstr(at, "\ndone ")) != NULL; at++) {
		const char *end = strchr(at + 1, '\n');

		seen.sound = seen.sound && end[-2] == ' ' && end[-1] == '0';
	}
	/* A zip's headers repeat one another, and say things that matter to nobody. */
	seen.hash = witness.inner_hash;
	if (subject->layers[0] != FORMAT_ZIP)
		seen.hash = bytes_hash(witness.text_hash, &witness.inner_hash, sizeof(witness.inner_hash));
	witness_release(&witness);
	return seen;
}

static void fail(const struct subject *subject, const char *what, size_t at, size_t length)
{
	printf("%s: %s at byte %zu of %zu passes\n", subject->name, what, at, length);
	unit_failures++;
}

static void cut(const struct subject *subject, struct bytes whole, size_t at)
{
	static size_t asked;

	if (!unit_turn(asked++, 3))
		return;
	/* A few bytes of what is only recognised are just a few bytes. */
	if (subject->layers[0] == FORMAT_UNKNOWN && at < 16)
		return;
	if (at >= whole.length)
		return;
	if ((subject->may & MAY_LOSE_ZEROS) != 0 && whole.data[at] == 0 &&
	    memcmp(whole.data + at, whole.data + at + 1, whole.length - at - 1) == 0)
		return;
	if (look(subject, whole.data, at, at % 3 == 0 ? 1000 : 0).sound)
		fail(subject, "cut", at, whole.length);
}

static void cut_everywhere(const struct subject *subject, struct bytes whole)
{
	uint64_t random = whole.length;

	for (size_t at = 0; at < whole.length; at += 512) {
		cut(subject, whole, at);
		cut(subject, whole, at + 1);
		cut(subject, whole, at + 511);
	}
	for (size_t at = 0; at < 64; at++) {
		cut(subject, whole, at);
		cut(subject, whole, whole.length - at);
	}
	for (int i = 0; i < RANDOM_PLACES; i++)
		cut(subject, whole, bytes_random(&random) % whole.length);
	/* Members begin at any multiple of four there, and records of the directory anywhere. */
	for (size_t at = 0; at < whole.length && subject->layers[0] == FORMAT_CPIO; at += 4)
		cut(subject, whole, at);
	for (size_t at = 0; at < whole.length && subject->layers[0] == FORMAT_ZIP; at++)
		if (memcmp(whole.data + at, "PK", whole.length - at < 2 ? 1 : 2) == 0)
			cut(subject, whole, at);
}

static void change_anywhere(const struct subject *subject, struct bytes whole, uint64_t hash)
{
	uint64_t random = whole.length + 1;

	for (int i = 0; i < RANDOM_PLACES; i++) {
		size_t at = bytes_random(&random) % whole.length;
		unsigned char before = whole.data[at];
		struct seen seen;

		whole.data[at] ^= (unsigned char)(1 + bytes_random(&random) % 255);
		if (!unit_turn((size_t)i, 3)) {
			whole.data[at] = before;
			continue;
		}
		seen = look(subject, whole.data, whole.length, i % 2 == 0 ? 0 : 700);
		if (seen.sound && seen.hash != hash)
			fail(subject, "a change", at, whole.length);
		whole.data[at] = before;
	}
}

static void append(const struct subject *subject, struct bytes whole)
{
	struct bytes longer = bytes_copy(whole.data, whole.length);
	uint64_t random = 1;

	longer.data = memory_grow(longer.data, 2 * whole.length + 2000, 1);
	for (size_t more = 1; more < 2000; more = more * 3 + 1) {
		for (size_t i = 0; i < more; i++)
			longer.data[whole.length + i] = (unsigned char)(0x80 | bytes_random(&random));
		if (look(subject, longer.data, whole.length + more, 0).sound)
			fail(subject, "rubbish after the end", whole.length, whole.length + more);
	}
	memset(longer.data + whole.length, 0, 1024);
	if ((subject->may & MAY_END_IN_ZEROS) == 0 && look(subject, longer.data, whole.length + 1024, 0).sound)
		fail(subject, "zeros after the end", whole.length, whole.length + 1024);
	memcpy(longer.data + whole.length, whole.data, whole.length);
	if ((subject->may & MAY_REPEAT) == 0 && look(subject, longer.data, 2 * whole.length, 0).sound)
		fail(subject, "itself after the end", whole.length, 2 * whole.length);
	free(longer.data);
}

TEST(only_what_is_whole_passes)
{
	bytes_copy_fixtures();
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		const struct subject *subject = &subjects[i];
		static const size_t blocks[] = {0, 1, 513, 4096};

		bytes_run(subject->script);
		struct bytes whole = bytes_load("t");
		struct seen seen = look(subject, whole.data, whole.length, 0);
		for (size_t k = 0; k < sizeof(blocks) / sizeof(blocks[0]); k++) {
			struct seen again = look(subject, whole.data, whole.length, blocks[k]);

			if (!again.sound || again.hash != seen.hash)
				printf("%s: the whole one does not pass in blocks of %zu\n", subject->name, blocks[k]),
					unit_failures++;
		}
		cut_everywhere(subject, whole);
		append(subject, whole);
		if ((subject->may & MAY_CHANGE) == 0)
			change_anywhere(subject, whole, seen.hash);
		free(whole.data);
	}
}

/* Where there is a checksum for headers only, these are tried: a tar's are at its multiples of 512 here. */
TEST(a_changed_header_of_a_tar_is_noticed)
{
	const struct subject subject = {"tar of empty files", "", {FORMAT_TAR}, 0};

	bytes_run("rm -rf d; mkdir d; touch d/1 d/2 d/3; tar -b1 --format=ustar --sort=name -cf t d");
	struct bytes whole = bytes_load("t");
	for (size_t at = 0; at < whole.length - 1024; at++) {
		if (!unit_turn(at, 4))
			continue;
		/* A NUL and a space end a number alike. */
		whole.data[at] ^= 1;
		if (look(&subject, whole.data, whole.length, 0).sound)
			fail(&subject, "a change", at, whole.length);
		whole.data[at] ^= 1;
	}
	for (size_t at = whole.length - 1024; at < whole.length; at++) {
		if (!unit_turn(at, 4))
			continue;
		whole.data[at] ^= 0x40;
		if (look(&subject, whole.data, whole.length, 0).sound)
			fail(&subject, "a change", at, whole.length);
		whole.data[at] ^= 0x40;
	}
	free(whole.data);
}

TEST(changed_data_of_a_cpio_with_sums_are_noticed)
{
	const struct subject subject = {"cpio with sums", "", {FORMAT_CPIO}, 0};

	bytes_run("rm -rf d; mkdir d; seq 1 1000 > d/a; find d/a | cpio -o -H crc > t 2>/dev/null");
	struct bytes whole = bytes_load("t");
	for (size_t at = 116; at < 116 + 3893; at += 17) {
		whole.data[at] ^= 1;
		if (look(&subject, whole.data, whole.length, 0).sound)
			fail(&subject, "a change", at, whole.length);
		whole.data[at] ^= 1;
	}
	free(whole.data);
}

UNIT_MAIN
