/* test: slow */
#include "assertions/bytes/checksum.h"
#include "assertions/formats/verifier.h"
#include "bytes.h"

static const size_t blocks[] = {0, 1, 100, 4096};

static int verify(enum format format, const void *data, size_t length, size_t block, struct trouble *ret_trouble)
{
	struct source *source = source_open_memory(data, length, block);
	struct budget budget = {.ratio = 20000, .outermost = source};
	struct cursor cursor;
	int result;

	ret_trouble->soundness = SOUND;
	ret_trouble->error.message[0] = '\0';
	cursor_init(&cursor, source);
	result = verifier_find(format)->verify(&cursor, &budget, ret_trouble);
	EXPECT((result < 0) == (ret_trouble->soundness != SOUND));
	if (result == 0)
		EXPECT(source->offset == length && cursor.ended);
	source_close(source);
	return result;
}

static void expect_sound(enum format format, struct bytes bytes)
{
	size_t head = bytes.length < 1024 ? bytes.length : 1024;

	EXPECT(verifier_find(format)->signs.recognises(bytes.data, head));
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct trouble trouble;

		if (verify(format, bytes.data, bytes.length, blocks[i], &trouble) < 0)
			printf("%s\n", trouble.error.message), unit_failures++;
	}
}

static void expect_trouble(enum format format, struct bytes bytes, enum soundness soundness, const char *said)
{
	struct trouble trouble;

	EXPECT_NUMBER(verify(format, bytes.data, bytes.length, 0, &trouble), -1);
	EXPECT_NUMBER(trouble.soundness, soundness);
	if (strstr(trouble.error.message, said) == NULL)
		EXPECT_STRING(trouble.error.message, said);
}

/* Known by name, though not to be read. */
static void expect_other_version(enum format format, struct bytes bytes, const char *said)
{
	struct trouble trouble = {.soundness = SOUND};

	EXPECT(!verifier_find(format)->signs.recognises(bytes.data, bytes.length));
	EXPECT(verifier_find(format)->signs.is_other_version(bytes.data, bytes.length, &trouble));
	EXPECT_NUMBER(trouble.soundness, OPAQUE);
	if (strstr(trouble.error.message, said) == NULL)
		EXPECT_STRING(trouble.error.message, said);
}

/* Of the places where something is cut or changed, those that are tried: all at its end, else some. */
static bool is_tried(size_t place, struct bytes bytes)
{
	return place + 40 >= bytes.length || unit_turn(place, 4);
}

/* Every cut of it fails, and so does whatever is put after its end. */
static void expect_only_whole(enum format format, struct bytes bytes, size_t step)
{
	struct bytes longer = bytes_copy(bytes.data, bytes.length);
	struct trouble trouble;

	for (size_t length = 0; length < bytes.length; length += length + step < bytes.length || step == 1 ? step : 1)
		if (is_tried(length / step, bytes) &&
		    verify(format, bytes.data, length, length % 5 == 0 ? 333 : 0, &trouble) == 0)
			printf("%s cut at %zu of %zu passes\n", format_name(format), length, bytes.length),
				unit_failures++;
	longer.data = memory_grow(longer.data, bytes.length + 600, 1);
	for (size_t more = 1; more <= 600; more += more < 60 ? 1 : 54) {
		memset(longer.data + bytes.length, (int)more, more);
		/* Armour may have white space around it. */
		if (more < 60 && strchr(" \t\r\n", (int)more) != NULL)
			continue;
		if (verify(format, longer.data, bytes.length + more, 0, &trouble) == 0)
			printf("%s with %zu bytes more passes\n", format_name(format), more), unit_failures++;
	}
	memset(longer.data + bytes.length, 0, 512);
	EXPECT(verify(format, longer.data, bytes.length + 1, 0, &trouble) == -1);
	free(longer.data);
}

static struct bytes made(const char *script, const char *name)
{
	bytes_run(script);
	return bytes_load(name);
}

TEST(a_verifier_is_found_for_its_formats_only)
{
	for (enum format format = 0; format < FORMAT_COUNT; format++)
		EXPECT((verifier_find(format) != NULL) ==
		       (format != FORMAT_UNKNOWN && !format_is_compression(format) && !format_is_archive(format)));
}

TEST(sqlite_databases_of_every_kind)
{
	static const char *const scripts[] = {
		"create table t(a, b); insert into t values (1, randomblob(9000)), (2, randomblob(50));",
		"pragma page_size=512; create table t(a); insert into t values (randomblob(90000));",
		"pragma page_size=65536; create table t(a); insert into t values (randomblob(90000));",
		"pragma journal_mode=wal; create table t(a); insert into t values (1); pragma "
		"wal_checkpoint(truncate);",
		"pragma encoding=\"UTF-16le\"; create table t(a); insert into t values (1);",
		"pragma auto_vacuum=incremental; create table t(a); insert into t values (randomblob(90000)); delete "
		"from t;",
		"create table t(a); insert into t values (randomblob(90000)); delete from t;",
		"pragma user_version=5;",
		"vacuum;",
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		char *script =
			memory_format("rm -f db db-wal db-shm; sqlite3 db '%s' > /dev/null; sqlite3 db '.backup copy'",
				      scripts[i]);
		struct bytes bytes = made(script, "copy");

		expect_sound(FORMAT_SQLITE, bytes);
		expect_only_whole(FORMAT_SQLITE, bytes, 509);
		free(bytes.data);
		free(script);
	}
}

TEST(sqlite_headers_that_make_no_sense)
{
	static const struct {
		size_t at;
		unsigned char byte;
		const char *said;
	} cases[] =
		{
			{3, 'x', "does not begin"},
			{16, 0, "page size"},
			{16, 3, "page size"},
			{17, 7, "page size"},
			{18, 0, "format version"},
			{19, 0, "format version"},
			{20, 255, ""},
			{21, 63, "page layout"},
			{22, 0, "page layout"},
			{23, 1, "page layout"},
			{31, 77, "its header tells of 77 pages"},
			{35, 200, "free pages"},
			{39, 1, "free pages"},
			{59, 4, "text encoding"},
			{100, 7, "no table"},
			{27, 99, ""},
		},
	  newer[] = {
		  {18, 3, "format version 3 for writers and 1 for readers: muster reads up to 2"},
		  {19, 3, "format version 1 for writers and 3 for readers: muster reads up to 2"},
		  {47, 5, "schema format 5: muster reads up to 4"},
		  {72, 1, "reserved for a newer format"},
		  {91, 1, "reserved for a newer format"},
	  };
	struct bytes bytes = made("rm -f db; sqlite3 db 'create table t(a, b); insert into t values (1, 2);'", "db");

	expect_sound(FORMAT_SQLITE, bytes);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char before = bytes.data[cases[i].at];

		bytes.data[cases[i].at] = cases[i].byte;
		if (cases[i].said[0] != '\0')
			expect_trouble(FORMAT_SQLITE, bytes, DAMAGED, cases[i].said);
		bytes.data[cases[i].at] = before;
	}
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
		unsigned char before = bytes.data[newer[i].at];

		bytes.data[newer[i].at] = newer[i].byte;
		expect_trouble(FORMAT_SQLITE, bytes, OPAQUE, newer[i].said);
		bytes.data[newer[i].at] = before;
	}
	bytes.data[14] = '4';
	expect_other_version(FORMAT_SQLITE, bytes, "is of SQLite's format 4");
	bytes.data[14] = '3';
	/* The count of pages is not kept: whole pages must do. */
	bytes.data[27]++;
	expect_sound(FORMAT_SQLITE, bytes);
	bytes.length -= 100;
	expect_trouble(FORMAT_SQLITE, bytes, DAMAGED, "are not whole pages of 4096 bytes");
	bytes.length = 0;
	expect_trouble(FORMAT_SQLITE, bytes, DAMAGED, "is cut");
	free(bytes.data);
}

TEST(dumps_of_postgres)
{
	static const char *const names[] = {"pg15.dump", "pg15-piped.dump", "pg15-plain.dump",
					    "pg17.dump", "pg17-lz4.dump",   "pg17-zstd.dump"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes bytes = bytes_load_fixture(names[i]);

		expect_sound(FORMAT_PG_CUSTOM, bytes);
		expect_only_whole(FORMAT_PG_CUSTOM, bytes, 1);
		free(bytes.data);
	}
}

static size_t find(struct bytes bytes, const char *needle, size_t length)
{
	const unsigned char *at = memmem(bytes.data, bytes.length, needle, length);

	EXPECT(at != NULL);
	return at != NULL ? (size_t)(at - bytes.data) : 0;
}

/*
 * What PostgreSQL 16 and newer write where standard output is a file: the contents once more behind the data. Without them a dump is
 * what goes into a pipe. With statistics, the definitions are missing the second time.
 */
TEST(dumps_of_postgres_with_their_contents_once_more)
{
	static const char *const names[] = {"pg17-appended.dump", "pg18-appended.dump"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!unit_turn(i, 2))
			continue;
		struct bytes bytes = bytes_load_fixture(names[i]);
		struct trouble trouble;
		size_t whole = 0, again = find(bytes, "\0\001\0\0\0", 5);

		expect_sound(FORMAT_PG_CUSTOM, bytes);
		for (size_t length = 0; length < bytes.length; length++)
			if (verify(FORMAT_PG_CUSTOM, bytes.data, length, 0, &trouble) == 0)
				whole = whole == 0 ? length : 1;
		EXPECT(whole > again && whole < bytes.length);
		if (whole == 0)
			continue;
		for (size_t at = whole; at < bytes.length; at++) {
			if (!is_tried(at, bytes))
				continue;
			bytes.data[at] ^= 0x10;
			EXPECT(verify(FORMAT_PG_CUSTOM, bytes.data, bytes.length, 0, &trouble) == -1);
			bytes.data[at] ^= 0x10;
		}
		expect_trouble(FORMAT_PG_CUSTOM, (struct bytes){bytes.data, bytes.length - 1}, DAMAGED, "is cut");
		/* Of the contents that are read, now every byte counts. */
		size_t name = find(bytes, "CREATE TABLE", 12);

		bytes.data[name] ^= 1;
		expect_trouble(FORMAT_PG_CUSTOM, bytes, DAMAGED, "is another than the first");
		free(bytes.data);
	}
}

TEST(dumps_of_postgres_that_lack_large_objects)
{
	struct bytes bytes = bytes_load_fixture("pg18-appended.dump");
	size_t list = find(bytes, "BLOB METADATA", 13), oid = list;

	while (memcmp(bytes.data + oid, "\n", 1) != 0)
		oid++;
	bytes.data[oid - 1] ^= 1;
	expect_trouble(FORMAT_PG_CUSTOM, bytes, DAMAGED,
		       "have 5 large objects, and not all of the 5 that its table of contents tells of");
	bytes.data[oid - 1] = 'x';
	expect_trouble(FORMAT_PG_CUSTOM, bytes, DAMAGED, "a number makes no sense");
	free(bytes.data);
}

/*
 * From the first data block on every byte is needed, but for the bits that are left over in the last byte of each of the four compressed
 * streams.
 */
TEST(dumps_of_postgres_have_hardly_a_byte_that_may_change)
{
	static const char *const names[] = {"pg15.dump", "pg15-piped.dump", "pg17.dump"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!unit_turn(i, 3))
			continue;
		struct bytes bytes = bytes_load_fixture(names[i]);
		unsigned may_change = 0;
		/* The zlib header of the first piece of data, behind the block's type, id and length. */
		size_t begin = find(bytes, "\x78\x9c", 2) - 11;

		for (size_t at = begin; at < bytes.length; at++) {
			struct trouble trouble;

			bytes.data[at] ^= 0x10;
			may_change += verify(FORMAT_PG_CUSTOM, bytes.data, bytes.length, 0, &trouble) == 0;
			bytes.data[at] ^= 0x10;
		}
		EXPECT_NUMBER(may_change, 4);
		free(bytes.data);
	}
}

TEST(dumps_of_postgres_that_make_no_sense)
{
	struct bytes bytes = bytes_load_fixture("pg15.dump");
	static const struct {
		size_t at;
		unsigned char byte;
		enum soundness soundness;
		const char *said;
	} cases[] = {
		{0, 'Q', DAMAGED, "does not begin"},
		{6, 17, OPAQUE, "archive version 1.17, of a PostgreSQL newer than 18: muster reads up to 1.16"},
		{6, 2, OPAQUE, "archive version 1.2, of a PostgreSQL older than 7.1: muster reads from 1.3"},
		{5, 2, OPAQUE, "newer"},
		{8, 0, DAMAGED, "header makes no sense"},
		{8, 9, DAMAGED, "header makes no sense"},
		{9, 9, DAMAGED, "header makes no sense"},
		{10, 3, DAMAGED, "another format than custom"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char before = bytes.data[cases[i].at];

		bytes.data[cases[i].at] = cases[i].byte;
		expect_trouble(FORMAT_PG_CUSTOM, bytes, cases[i].soundness, cases[i].said);
		bytes.data[cases[i].at] = before;
	}
	free(bytes.data);
}

/* An entry's offset and its block's place are the same, or one of them is wrong. */
TEST(dumps_of_postgres_whose_offsets_are_wrong)
{
	struct bytes bytes = bytes_load_fixture("pg15.dump"), newer = bytes_load_fixture("pg17.dump");
	size_t block = find(bytes, "\x78\x9c", 2) - 11, entry;
	unsigned char offset[9] = {2, (unsigned char)block, (unsigned char)(block >> 8)};

	entry = find(bytes, (const char *)offset, sizeof(offset));
	bytes.data[entry + 1]++;
	expect_trouble(FORMAT_PG_CUSTOM, bytes, DAMAGED, "a data block is not where the table of contents has it");
	bytes.data[entry + 1]--;
	bytes.data[entry] = 7;
	expect_trouble(FORMAT_PG_CUSTOM, bytes, DAMAGED, "its table of contents makes no sense");
	bytes.data[entry] = 3;
	expect_trouble(FORMAT_PG_CUSTOM, bytes, DAMAGED, "there should be a data block");
	free(bytes.data);
	newer.data[11] = 4;
	expect_trouble(FORMAT_PG_CUSTOM, newer, OPAQUE, "are compressed by method 4: muster knows 0 to 3");
	free(newer.data);
}

static struct bytes packed(const char *script)
{
	bytes_run(script);
	return bytes_load("t");
}

TEST(directories_of_postgres)
{
	static const char *const scripts[] = {
		"gzip -dc pg15-tar.gz > t",
		"gzip -dc pg15-directory.tgz > t",
		"gzip -dc pg15-plain-directory.tgz > t",
		"rm -rf d; tar xf pg15-directory.tgz; mv d some; mkdir d; mv some d; echo x > d/README; tar cf t "
		"--sort=name d",
		"rm -rf d; tar xf pg15-directory.tgz; rm -f t; (cd d; zip -qr ../t.zip .); mv t.zip t",
		"rm -rf d; tar xf pg15-directory.tgz; (cd d; ls -r | cpio -o -H newc --quiet) > t",
		"rm -rf d; tar xf pg15-plain-directory.tgz; zstd -q --rm d0/3*.dat; lz4 -q --rm -m d0/blob_*.dat; tar "
		"cf t d0",
	};

	bytes_copy_fixtures();
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct bytes whole = packed(scripts[i]);

		expect_sound(FORMAT_PG_DIRECTORY, whole);
		free(whole.data);
	}
}

TEST(directories_of_postgres_that_lack_something)
{
	static const char *const cases[][2] = {
		{"rm d0/toc.dat", "there is no toc.dat"},
		{"truncate -s -1 d0/toc.dat", "toc.dat: is cut"},
		{"truncate -s 1000 d0/toc.dat", "toc.dat: is cut"},
		{": > d0/toc.dat", "toc.dat: does not begin as one"},
		{"echo >> d0/toc.dat", "other bytes follow"},
		{"mkdir d0/e; cp d0/toc.dat d0/e", "several files toc.dat"},
		{"mkdir d0/e; mv d0/toc.dat d0/e", "is missing"},
		{"rm $(ls d0/3*.dat | head -n 1)", ".dat' is missing"},
		{"rm $(ls d0/3*.dat | tail -n 1)", ".dat' is missing"},
		{"f=$(ls -S d0/3*.dat | head -n 1); rm $f; ln -s /elsewhere $f", ".dat' is missing"},
		{"truncate -s -1 $(ls -S d0/3*.dat | head -n 1)", NULL},
		{"truncate -s -5 $(ls -S d0/3*.dat | head -n 1)", "does not end as the data of a table do"},
		{": > $(ls d0/3*.dat | head -n 1)", "does not end as the data of a table do"},
		{"truncate -s 100 $(ls -S d0/3*.dat | head -n 1)", "does not end as the data of a table do"},
		{"truncate -s +512 $(ls -S d0/3*.dat | head -n 1)", "does not end as the data of a table do"},
		{"rm $(ls d0/blob_*.dat | head -n 1)", "blob_"},
		{"rm d0/blobs.toc", "'blobs.toc' is missing"},
		{"truncate -s -1 d0/blobs.toc", "list of large objects is cut"},
		{"sed -i 1d d0/blobs.toc", "has 1, and not all of the 2 that toc.dat tells of"},
		{": > d0/blobs.toc", "has 0, and not all of the 2 that toc.dat tells of"},
		{"gzip d0/3*.dat; truncate -s -1 $(ls -S d0/3*.dat.gz | tail -n 1)", ".dat.gz: gzip: is cut"},
		{"gzip d0/blob*.dat; truncate -s 20 $(ls d0/blob*.dat.gz | tail -n 1)", ".dat.gz: gzip: is cut"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *script =
			memory_format("rm -rf d0; tar xf pg15-plain-directory.tgz; %s; tar cf t d0", cases[i][0]);
		struct bytes bytes = packed(script);

		if (cases[i][1] != NULL)
			expect_trouble(FORMAT_PG_DIRECTORY, bytes, DAMAGED, cases[i][1]);
		else
			expect_sound(FORMAT_PG_DIRECTORY, bytes);
		free(bytes.data);
		free(script);
	}
}

/* Since PostgreSQL 17 each group of large objects has a list of its own, and one entry tells of all in it. */
TEST(directories_of_postgres_that_lack_large_objects)
{
	static const struct {
		const char *script;
		enum soundness soundness;
		const char *said;
	} cases[] = {
		{"true", SOUND, NULL},
		{"gzip d1/[0-9b]*.dat", SOUND, NULL},
		{"gzip d1/[0-9b]*.dat; gzip -d d1/blob_*.gz; lz4 -q --rm -m d1/blob_*.dat", SOUND, NULL},
		{"sed -i 1d $(ls d1/blobs_*.toc | head -n 1)", DAMAGED,
		 "has 4, and not all of the 5 that toc.dat tells of"},
		{"sed -i '$d' $(ls d1/blobs_*.toc | head -n 1)", DAMAGED,
		 "has 4, and not all of the 5 that toc.dat tells of"},
		{": > $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, "has 4, and not all of the 5 that toc.dat tells of"},
		{"rm $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, ".toc' is missing"},
		{"rm $(ls d1/blob_*.dat | tail -n 1)", DAMAGED, ".dat' is missing"},
		{"sed -i 's/^16/15/' $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, "has 5, and not all of the 5"},
		{"sed -i 's/ .*//' $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, "list of large objects makes no sense"},
		{"truncate -s -1 $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, "list of large objects is cut"},
		{"printf '1 \\0\\n' > $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, "is missing"},
		{"printf '\\0\\n' > $(ls d1/blobs_*.toc | tail -n 1)", DAMAGED, "list of large objects makes no sense"},
		{"echo more > d1/blob_1.dat", DAMAGED, "it has 5, and there are files of 6"},
		/* What lz4 and zstd leave of a large object that is empty, and what is left of one that was lost. */
		{"gzip d1/[0-9b]*.dat; : > $(ls d1/blob_*.gz | head -n 1)", DAMAGED, "gzip: is empty (0 bytes)"},
		{"lz4 -q --rm -m d1/[0-9b]*.dat; : > $(ls d1/blob_*.lz4 | head -n 1)", OPAQUE,
		 "has no bytes: the large object is empty, or"},
		{"zstd -q --rm d1/[0-9b]*.dat; : > $(ls d1/blob_*.zst | head -n 1)", OPAQUE,
		 "has no bytes: the large object is empty, or"},
		{"zstd -q --rm d1/[0-9b]*.dat; : > $(ls d1/blob_*.zst | head -n 1); truncate -s -1 $(ls -S "
		 "d1/blob_*.zst | head -n 1)",
		 DAMAGED, "zstd: is cut"},
		{"zstd -q --rm d1/[0-9b]*.dat; : > $(ls d1/[0-9]*.zst | head -n 1)", DAMAGED,
		 "zstd: is empty (0 bytes)"},
	};

	bytes_copy_fixtures();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *script = memory_format("rm -rf d1; tar xf pg18-directory.tgz; %s; tar cf t d1", cases[i].script);
		struct bytes bytes = packed(script);

		if (cases[i].soundness == SOUND)
			expect_sound(FORMAT_PG_DIRECTORY, bytes);
		else
			expect_trouble(FORMAT_PG_DIRECTORY, bytes, cases[i].soundness, cases[i].said);
		free(bytes.data);
		free(script);
	}
}

TEST(snapshots_of_etcd)
{
	struct bytes bytes = made("cat > make.py <<'E'\nimport hashlib\n"
				  "page=bytearray(4096); page[16:21]=b'\\xed\\xda\\x0c\\xed\\2'\n"
				  "body=bytes(page)+b'x'*4096*5\n"
				  "open('snapshot','wb').write(body+hashlib.sha256(body).digest())\n"
				  "body=body[:20]+b'\\3'+body[21:]\n"
				  "open('newer','wb').write(body+hashlib.sha256(body).digest())\nE\npython3 make.py",
				  "snapshot"),
		     newer = bytes_load("newer");

	expect_sound(FORMAT_ETCD, bytes);
	expect_only_whole(FORMAT_ETCD, bytes, 101);
	for (size_t at = 0; at < bytes.length; at += 211) {
		struct trouble trouble;

		bytes.data[at] ^= 0x20;
		EXPECT(verify(FORMAT_ETCD, bytes.data, bytes.length, 0, &trouble) == -1);
		bytes.data[at] ^= 0x20;
	}
	/* The sum is right: so is the version that it tells of. */
	expect_trouble(FORMAT_ETCD, newer, OPAQUE,
		       "database is of version 3, which is not known: muster reads version 2");
	free(newer.data);
	bytes.length -= 32;
	expect_trouble(FORMAT_ETCD, bytes, DAMAGED, "etcd: has no checksum at its end");
	free(bytes.data);

	/* The SHA-256 of nothing, alone: that is no snapshot, though the sum is right. */
	bytes = made("openssl dgst -sha256 -binary < /dev/null > nothing", "nothing");
	EXPECT(!verifier_find(FORMAT_ETCD)->signs.recognises(bytes.data, bytes.length));
	expect_trouble(FORMAT_ETCD, bytes, DAMAGED, "etcd: is cut");
	free(bytes.data);
}

/* Writes the checksum anew. */
static void sign_rdb(struct bytes bytes)
{
	uint64_t sum = checksum_crc64_jones(0, bytes.data, bytes.length - 8);

	for (size_t i = 0; i < 8; i++)
		bytes.data[bytes.length - 8 + i] = (unsigned char)(sum >> 8 * i);
}

static struct bytes rdb_with_magic(const char *magic)
{
	struct bytes bytes = bytes_load_fixture("redis7.rdb");

	memcpy(bytes.data, magic, 9);
	sign_rdb(bytes);
	return bytes;
}

TEST(dumps_of_redis)
{
	static const char *const magics[] = {"REDIS0005", "REDIS0009", "REDIS0014", "VALKEY080", "VALKEY081"};
	struct bytes bytes = bytes_load_fixture("redis7.rdb");

	expect_sound(FORMAT_RDB, bytes);
	expect_only_whole(FORMAT_RDB, bytes, 1);
	for (size_t at = 0; at < bytes.length; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct trouble trouble;

			if (!is_tried(at + bit, bytes))
				continue;
			bytes.data[at] ^= (unsigned char)(1 << bit);
			EXPECT(verify(FORMAT_RDB, bytes.data, bytes.length, 0, &trouble) == -1);
			bytes.data[at] ^= (unsigned char)(1 << bit);
		}
	memset(bytes.data + 300, 0, 100);
	expect_trouble(FORMAT_RDB, bytes, DAMAGED, "the checksum at its end is wrong");
	free(bytes.data);
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		bytes = rdb_with_magic(magics[i]);
		expect_sound(FORMAT_RDB, bytes);
		free(bytes.data);
	}
}

/* The sum of two dumps is right wherever the second one begins; but they are no dump. */
TEST(dumps_of_redis_behind_one_another)
{
	struct bytes one = bytes_load_fixture("redis7.rdb");

	for (size_t between = 0; between < 3000; between += between < 20 ? 1 : 487) {
		struct bytes both = {.data = memory_alloc(2 * one.length + between),
				     .length = 2 * one.length + between};

		memcpy(both.data, one.data, one.length);
		memcpy(both.data + one.length + between, one.data, one.length);
		expect_trouble(FORMAT_RDB, both, DAMAGED, "another dump follows after its end");
		for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
			EXPECT(verify(FORMAT_RDB, both.data, both.length, blocks[i], &(struct trouble){SOUND, {""}}) ==
			       -1);
		free(both.data);
	}
	free(one.data);
}

/* A dump may well be a value of another. */
TEST(dumps_of_redis_inside_of_one_another)
{
	struct bytes inner = bytes_load_fixture("redis7.rdb"), outer = {.length = inner.length + 9 + 3000 + 9};

	outer.data = memory_alloc(outer.length);
	memset(outer.data, 'R', outer.length);
	memcpy(outer.data, "REDIS0011", 9);
	memcpy(outer.data + 2000, inner.data, inner.length);
	outer.data[outer.length - 9] = 0xff;
	sign_rdb(outer);
	expect_sound(FORMAT_RDB, outer);
	free(outer.data);
	free(inner.data);
}

TEST(dumps_of_redis_that_cannot_be_proven)
{
	static const char *const others[][2] = {
		{"REDIS0015", "is of version 15 of Redis's format, which is not known: muster reads 1 to 14"},
		{"REDIS0000", "is of version 0 of Redis's format"},
		{"VALKEY082", "is of version 82 of Valkey's format, which is not known: muster reads 80 to 81"},
		{"VALKEY079", "is of version 79 of Valkey's format"},
		{"VKCS\1\1\0\0", "that Valkey compressed"},
	};
	struct bytes bytes;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bytes = rdb_with_magic(others[i][0]);
		expect_other_version(FORMAT_RDB, bytes, others[i][1]);
		expect_trouble(FORMAT_RDB, bytes, OPAQUE, others[i][1]);
		free(bytes.data);
	}
	bytes = bytes_load_fixture("redis7.rdb");
	memset(bytes.data + bytes.length - 8, 0, 8);
	expect_trouble(FORMAT_RDB, bytes, OPAQUE, "was written without a checksum");
	for (size_t length = 0; length < bytes.length; length++)
		EXPECT(!is_tried(length, bytes) ||
		       verify(FORMAT_RDB, bytes.data, length, 0, &(struct trouble){SOUND, {""}}) == -1);
	bytes.length--;
	expect_trouble(FORMAT_RDB, bytes, DAMAGED, "it was cut, or something was added");
	free(bytes.data);
	/* Before version 5 there was none. */
	bytes = rdb_with_magic("REDIS0004");
	expect_trouble(FORMAT_RDB, bytes, DAMAGED, "it was cut, or something was added");
	bytes.length -= 8;
	expect_trouble(FORMAT_RDB, bytes, OPAQUE, "is of version 4, which has no checksum");
	free(bytes.data);
	bytes = bytes_copy("REDIS00x1", 9);
	EXPECT(!verifier_find(FORMAT_RDB)->signs.recognises(bytes.data, 9));
	expect_trouble(FORMAT_RDB, bytes, DAMAGED, "does not begin as one");
	free(bytes.data);
}

#define AGE                                                                                                           \
	"rm -f key; age-keygen -o key 2>/dev/null; r=$(grep -o 'age1.*' key); seq 1 40000 | head -c 140000 > plain; " \
	"head -c 131072 plain > even; "

TEST(files_of_age)
{
	static const char *const scripts[] = {
		AGE "age -r $r -o t plain",
		AGE "age -r $r -o t even",
		AGE "age -r $r -o t < /dev/null",
		AGE "age -r $r -r $r -o t plain",
		AGE "printf x | age -r $r -o t",
		"ssh-keygen -q -t rsa -N '' -f rsa <<< y > /dev/null; echo hello | age -R rsa.pub -o t",
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct bytes bytes;

		if (i == 5 && system("command -v ssh-keygen > /dev/null") != 0)
			continue;
		bytes = made(scripts[i], "t");
		expect_sound(FORMAT_AGE, bytes);
		free(bytes.data);
	}
}

/* What lies in the middle of a chunk, or of the header, is missed. A cut between two chunks cannot be seen without the key. */
TEST(files_of_age_that_are_cut)
{
	struct bytes bytes = made(AGE "age -r $r -o t plain", "t");
	size_t payload = find(bytes, "\n---", 4) + 4 + 45 + 16;
	struct trouble trouble;

	for (size_t length = 0; length < bytes.length; length += length < payload + 20 ? 1 : 67) {
		bool between = length >= payload + 32 && (length - payload) % (65536 + 16) == 0;
		bool short_chunk = length > payload + 16 && (length - payload) % (65536 + 16) > 16;

		if (between || short_chunk || length == payload + 16)
			continue;
		EXPECT(verify(FORMAT_AGE, bytes.data, length, 0, &trouble) == -1);
	}
	free(bytes.data);
}

TEST(headers_of_age_that_make_no_sense)
{
#define FIRST "age-encryption.org/v1\n"
#define MAC "--- 0123456789012345678901234567890123456789012\n"
#define FULL_LINE "0123456789012345678901234567890123456789012345678901234567890123"
	static const struct {
		const char *header, *said;
	} cases[] = {
		{FIRST "-> a b\nshort\n" MAC, ""},
		{FIRST "-> a b\n" FULL_LINE "\n\n-> c\nshort\n" MAC, ""},
		{FIRST "-> a b\n" FULL_LINE "\n" MAC, "header"},
		{FIRST "-> a b\n" FULL_LINE "x\n" MAC, "a line of its header is too long"},
		{FIRST MAC, "its header's end makes no sense"},
		{FIRST "-> a b\nshort\n--- short\n", "its header's end makes no sense"},
		{FIRST "-> a b\nshort\nwhat\n" MAC, "its header makes no sense"},
		{FIRST "-> a b\nshort\n--- 01234567", "is cut in the middle of its header"},
		{"age-encryption.org/v2\n-> a b\nshort\n" MAC, ""},
		{"age-encryption.org/v1 \n", "does not begin as one"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes bytes = bytes_copy(cases[i].header, strlen(cases[i].header));

		bytes.data = memory_grow(bytes.data, bytes.length + 50, 1);
		memset(bytes.data + bytes.length, 'p', 50);
		if (cases[i].said[0] != '\0')
			bytes.length += strstr(cases[i].said, "is cut") != NULL ? 0 : 50;
		else
			bytes.length += 50;
		if (cases[i].said[0] != '\0')
			expect_trouble(FORMAT_AGE, bytes, DAMAGED, cases[i].said);
		else if (bytes.data[20] == '2')
			expect_other_version(FORMAT_AGE, bytes,
					     "age: is of version v2 of the format, which is not known");
		else
			expect_sound(FORMAT_AGE, bytes);
		free(bytes.data);
	}
}

TEST(armoured_files_of_age)
{
	struct bytes bytes = made(AGE "head -c 3000 plain | age -r $r -a -o t", "t");

	expect_sound(FORMAT_AGE, bytes);
	/* The line end of the last line may be missing. */
	bytes.length--;
	expect_only_whole(FORMAT_AGE, bytes, 1);
	bytes.data[100] = '!';
	expect_trouble(FORMAT_AGE, bytes, DAMAGED, "other characters than base64");
	free(bytes.data);
	bytes = made(AGE
		     "age -r $r plain | sed '1s/v1/v2/' | base64 | "
		     "{ echo '-----BEGIN AGE ENCRYPTED FILE-----'; cat; echo '-----END AGE ENCRYPTED FILE-----'; } > t",
		     "t");
	expect_trouble(FORMAT_AGE, bytes, OPAQUE, "age: is of version v2");
	free(bytes.data);
}

/* Makes t0, t1 and so on, all in one go: gpg is slow to start. */
static const char gpg_script[] =
	"export GNUPGHOME=$PWD/gnupg; mkdir -m 700 gnupg\n"
	"g() { gpg --batch --yes -q --pinentry-mode loopback --passphrase secret --s2k-count 1024 --trust-model always "
	"\"$@\" 2>/dev/null; }\n"
	"seq 1 40000 > plain; head -c 3000 plain > short; r='-r t@example.com'\n"
	"g --passphrase '' --quick-gen-key t@example.com future-default default never\n"
	"g -c -o t0 plain; head -c 10 plain | g -c > t1; g -c < plain > t2; g $r -e -o t3 plain; g $r -s -e -o t4 "
	"plain\n"
	"g $r -e -z 0 < plain > t5\n"
	"g -c -a < short > a0; g -c -a --comment 'a comment' < short > a1; g -c -a < short | sed 's/$/\\r/' > a2\n"
	"g -c -a < short | grep -v ^= > a3; gpgconf --kill gpg-agent";

static struct bytes message(const char *name)
{
	static bool made;

	if (!made)
		bytes_run(gpg_script);
	made = true;
	return bytes_load(name);
}

TEST(messages_of_gpg)
{
	static const char *const names[] = {"t0", "t1", "t2", "t3", "t4", "t5"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes bytes = message(names[i]);

		expect_sound(FORMAT_GPG, bytes);
		expect_only_whole(FORMAT_GPG, bytes, 53);
		free(bytes.data);
	}
}

TEST(armoured_messages_of_gpg)
{
	static const char *const names[] = {"a0", "a1", "a2", "a3"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes bytes = message(names[i]);

		expect_sound(FORMAT_GPG, bytes);
		while (bytes.data[bytes.length - 1] == '\n' || bytes.data[bytes.length - 1] == '\r')
			bytes.length--;
		expect_only_whole(FORMAT_GPG, bytes, 1);
		if (i == 0) {
			size_t at = bytes.length / 2;

			bytes.data[at] = bytes.data[at] == 'A' ? 'B' : 'A';
			expect_trouble(FORMAT_GPG, bytes, DAMAGED, "checksum of its armour is wrong");
		}
		free(bytes.data);
	}
}

/* Nothing but white space is around armour, and its lines are what they should be. */
TEST(armour_that_makes_no_sense)
{
	static const struct {
		const char *change, *said;
	} cases[] = {
		{"{ printf ' \\n\\n'; cat a0; printf '\\n \\t\\n'; } > t", ""},
		{"{ cat a0; echo rubbish; } > t", "other bytes follow after its end"},
		{"{ cat a0; cat a0; } > t", "other bytes follow after its end"},
		{"head -n -1 a0 > t", "is cut: its armour ends"},
		{"sed '2s/.*/no header/' a0 > t", "a header line of its armour makes no sense"},
		{"sed 's/^=.*/=ab!d/' a0 > t", "the checksum of its armour makes no sense"},
		{"sed '5s/..$/==/' a0 > t", "other characters than base64"},
		{"{ head -n 1 a0; printf 'a%.0s' $(seq 1 1100); } > t", "a line of its armour makes no sense"},
		{"sed '/^=/i abc' a0 > t", "gpg: "},
		{"sed 's/END PGP/END/' a0 > t", "gpg: "},
	};

	free(message("a0").data);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes bytes = made(cases[i].change, "t");

		if (cases[i].said[0] == '\0')
			expect_sound(FORMAT_GPG, bytes);
		else
			expect_trouble(FORMAT_GPG, bytes, DAMAGED, cases[i].said);
		free(bytes.data);
	}
}

TEST(messages_for_keys_of_every_kind)
{
	static const char *const begins[] = {"\x84\x5e\x03",     "\x85\x01\x0c\x03", "\xc1\x5e\x03",
					     "\xc1\xc0\x4c\x03", "\x8c\x0d\x04",     "\xc3\x0d\x05"};
	static const char *const others[] = {"\x84\x5e\x09", "\x85\x01\x0c\x01", "\x8c\x0d\x03", "\xd2\x5e\x03",
					     "hello",        "\x80\x80\x80"};
	unsigned char head[8];

	for (size_t i = 0; i < 6; i++) {
		memset(head, 1, sizeof(head));
		memcpy(head, begins[i], strlen(begins[i]));
		EXPECT(verifier_find(FORMAT_GPG)->signs.recognises(head, sizeof(head)));
		memset(head, 1, sizeof(head));
		memcpy(head, others[i], strlen(others[i]));
		EXPECT(!verifier_find(FORMAT_GPG)->signs.recognises(head, sizeof(head)));
	}
	EXPECT(!verifier_find(FORMAT_GPG)->signs.recognises(head, 3));
	for (size_t i = 0; i < 6; i++) {
		memset(head, 1, sizeof(head));
		memcpy(head, begins[i], strlen(begins[i]));
		head[strlen(begins[i]) - 1] = 7;
		expect_other_version(FORMAT_GPG, (struct bytes){head, sizeof(head)}, "a session key of version 7");
	}
	EXPECT(!verifier_find(FORMAT_GPG)
			->signs.is_other_version((const unsigned char *)"\xc3\xa9t\xc3\xa9", 6,
						 &(struct trouble){.soundness = SOUND}));
}

TEST(packets_that_make_no_sense)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum soundness soundness;
		const char *said;
	} cases[] = {
		{"\x8c\x04\x04\x09\x03\x02", 6, DAMAGED, "is cut: it ends"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x03\x01xy", 11, SOUND, ""},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x03\x01xyz", 12, DAMAGED, "other bytes follow"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x04\x01xy", 11, DAMAGED, "in the middle of a packet"},
		{"\x8c\x04\x04\x09\x03\x02\xcb\x03\x01xy", 11, DAMAGED, "none of an encrypted message's"},
		{"\x8c\x04\x04\x09\x03\x02\x52\x03\x01xy", 11, DAMAGED, "there should be a packet"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\xe1\x01y\x01z", 12, SOUND, ""},
		{"\x8c\x04\x04\x09\x03\x02\xd2\xe1\x01y", 10, DAMAGED, "in the middle of a packet"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\xe1\x01y\xe0z", 12, DAMAGED, "in the middle of a packet"},
		{"\x8c\x04\x04\x09\x03\x02\xa7xyz", 10, OPAQUE, "does not tell its length"},
		{"\x8c\x04\x04\x09\x03\x02\xa6\0\0\0\x02xy", 13, SOUND, ""},
		{"\x8c\x04\x04\x09\x03\x02\xd2\xff\0\0\0\x02\x02y", 14, SOUND, ""},
		{"\x8c\x04\x04\x09\x03\x02\xd2\xff\0\0", 10, DAMAGED, "is cut"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x03\x03xy", 11, OPAQUE, "type 18 and version 3, which is not known"},
		{"\x8c\x04\x04\x09\x03\x02\xd4\x03\x02xy", 11, OPAQUE, "type 20 and version 2, which is not known"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x00", 8, OPAQUE, "type 18 and version 0, which is not known"},
		{"\x8c\x04\x04\x09\x03\x02\xc3\x01\x07\xd2\x03\x01xy", 14, OPAQUE, "type 3 and version 7"},
		{"\x8c\x04\x04\x09\x03\x02\xd6\x01\x01\xd2\x03\x01xy", 14, OPAQUE, "type 22 and version 1"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x03\x03xyz", 12, DAMAGED, "other bytes follow"},
		{"\x8c\x04\x04\x09\x03\x02\xd2\x04\x03xy", 11, DAMAGED, "in the middle of a packet"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes bytes = bytes_copy(cases[i].bytes, cases[i].length);

		if (cases[i].soundness == SOUND)
			expect_sound(FORMAT_GPG, bytes);
		else
			expect_trouble(FORMAT_GPG, bytes, cases[i].soundness, cases[i].said);
		free(bytes.data);
	}
}

UNIT_MAIN
