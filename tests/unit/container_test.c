/* test: slow, about 4 */
/* zip and cpio: what the tools write passes, and what their tools would let pass does not. */
#include "assertions/formats/container.h"
#include "bytes.h"

/* The members, a line each, then "end" or the trouble. */
static char *walk(enum format format, struct bytes file, size_t block)
{
	static const char types[] = {'f', 'd', 'l', 'o'};
	struct source *source = source_open_memory(file.data, file.length, block);
	struct container *container = archive_find(format)->open(source);
	struct inspect_member member;
	struct trouble trouble = {.soundness = SOUND};
	struct buffer log;
	int more;

	buffer_init(&log, 1 << 24);
	while ((more = container->next(container, &member, &trouble)) > 0) {
		const unsigned char *data;
		struct trouble inner = {.soundness = SOUND};
		uint64_t length_seen = 0;
		size_t length;

		buffer_print(&log, "%s %c %lld", member.path, types[member.type], (long long)member.size_bytes);
		while (container->data(container, &data, &length, &inner) == 0 && length > 0)
			length_seen += length;
		if (inner.soundness == OPAQUE)
			buffer_string(&log, member.encrypted ? " encrypted" : " opaque");
		else
			buffer_print(&log, " %llu", (unsigned long long)length_seen);
		buffer_string(&log, "\n");
	}
	if (more == 0)
		EXPECT(source->offset == file.length);
	buffer_string(&log, more == 0 ? "end" : trouble.error.message);
	EXPECT((more < 0) == (trouble.soundness != SOUND));
	container->close(container);
	source_close(source);
	return buffer_take(&log);
}

static const size_t blocks[] = {0, 1, 30, 1000, 100000};

static void expect_walk_either(enum format format, const char *script, const char *expected, const char *other)
{
	bytes_run(script);
	struct bytes file = bytes_load("t");

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		char *seen = walk(format, file, blocks[i]);

		EXPECT_STRING(seen, strcmp(seen, other) == 0 ? other : expected);
		free(seen);
	}
	free(file.data);
}

static void expect_walk(enum format format, const char *script, const char *expected)
{
	expect_walk_either(format, script, expected, expected);
}

/* One that ends in this. */
static void expect_trouble(enum format format, const char *script, const char *said)
{
	bytes_run(script);
	struct bytes file = bytes_load("t");

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		char *seen = walk(format, file, blocks[i]);

		if (strstr(seen, said) == NULL)
			EXPECT_STRING(seen, said);
		free(seen);
	}
	free(file.data);
}

#define TREE                                                                                                      \
	"rm -rf d t; mkdir -p d/sub; seq 1 3000 > d/a; printf hello > d/b; : > d/c; head -c 5000 /dev/urandom > " \
	"d/sub/r; "

TEST(zips_of_every_tool)
{
	static const char expected[] = "d d 0 0\nd/a f 13893 13893\nd/b f 5 5\nd/c f 0 0\nd/sub/r f 5000 5000\nend";
	static const char *const tools[] = {
		"zip -q t.zip d d/a d/b d/c d/sub/r",
		"zip -q -0 t.zip d d/a d/b d/c d/sub/r",
		"zip -q -Z bzip2 t.zip d d/a d/b d/c d/sub/r",
		"zip -q -fz t.zip d d/a d/b d/c d/sub/r",
		("python3 -c \"import zipfile; z=zipfile.ZipFile('t.zip','w',zipfile.ZIP_BZIP2); [z.write(f) for f in "
		 "('d','d/a','d/b','d/c','d/sub/r')]; z.comment=b'PK and more'; z.close()\""),
		"zip -q t.zip d d/a d/b d/c d/sub/r; echo a comment | zip -q -z t.zip",
	};

	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char *script = memory_format("%s rm -f t.zip; %s; mv t.zip t", TREE, tools[i]);

		expect_walk(FORMAT_ZIP, script, expected);
		free(script);
	}
}

/* Sizes and sums stand behind the data there. */
TEST(zips_that_were_streamed)
{
	/* bsdtar 3.6 says a file's size before its data as well, 3.7 no more. */
	expect_walk_either(FORMAT_ZIP, TREE "bsdtar --format zip -n -cf t d/a d/c d/sub/r",
			   "d/a f -1 13893\nd/c f -1 0\nd/sub/r f -1 5000\nend",
			   "d/a f 13893 13893\nd/c f -1 0\nd/sub/r f 5000 5000\nend");
	expect_walk(FORMAT_ZIP, TREE "zip -q - d/a d/sub/r | cat > t", "d/a f 13893 13893\nd/sub/r f 5000 5000\nend");
	expect_walk(FORMAT_ZIP, TREE "cat d/a | zip -q - - | cat > t", "- f -1 13893\nend");
	expect_walk(FORMAT_ZIP,
		    TREE "python3 -c \"\nimport zipfile,sys,io\nclass U(io.RawIOBase):\n def writable(s): return True\n"
			 " def write(s,b): return sys.stdout.buffer.write(b)\n"
			 "z=zipfile.ZipFile(U(),'w',zipfile.ZIP_DEFLATED); z.write('d/a')\n"
			 "with z.open('big','w',force_zip64=True) as o: o.write(b'q'*100000)\n"
			 "z.close()\" > t",
		    "d/a f -1 13893\nbig f -1 100000\nend");
}

TEST(zips_with_names_of_all_kinds)
{
	expect_walk(FORMAT_ZIP,
		    "python3 -c \"\nimport zipfile\nz=zipfile.ZipFile('t','w')\n"
		    "for n in ('./a', '/b', 'gr\\u00fc\\u00dfe', 'c/d/', '../e'): z.writestr(n, '')\nz.close()\"",
		    "a f 0 0\nb f 0 0\ngr\xc3\xbc\xc3\x9f"
		    "e f 0 0\nc/d d 0 0\n../e f 0 0\nend");
	expect_walk(FORMAT_ZIP, "python3 -c \"import zipfile; zipfile.ZipFile('t','w').close()\"", "end");
}

TEST(zips_with_more_members_than_16_bits_count)
{
	bytes_run("cat > make.py <<'E'\nfrom struct import pack\n"
		  "n=66000; common=pack('<HHHHHIIIHH',20,0,0,0,33,0,0,0,5,0)\n"
		  "listed=b''.join(b'PK\\x01\\x02\\x14\\0'+common+pack('<HHHII',0,0,0,0,35*i)+b'%05d'%i for i in "
		  "range(n))\n"
		  "local=b''.join(b'PK\\x03\\x04'+common+b'%05d'%i for i in range(n))\n"
		  "begin=len(local); size=len(listed); end=begin+size\n"
		  "tail=b'PK\\x06\\x06'+pack('<QHHIIQQQQ',44,45,45,0,0,n,n,size,begin)\n"
		  "tail+=b'PK\\x06\\x07'+pack('<IQI',0,end,1)+b'PK\\x05\\x06'+pack('<HHHHIIH',0,0,65535,65535,size,"
		  "begin,0)\n"
		  "open('t','wb').write(local+listed+tail)\nE\npython3 make.py");
	struct bytes file = bytes_load("t");
	char *seen = walk(FORMAT_ZIP, file, 0);

	EXPECT(strlen(seen) > 66000 && strcmp(seen + strlen(seen) - 3, "end") == 0);
	free(seen);
	free(file.data);
}

TEST(encrypted_members_are_opaque)
{
	expect_walk(FORMAT_ZIP, TREE "zip -q -P secret t.zip d/a d/sub/r; mv t.zip t",
		    "d/a f 13893 encrypted\nd/sub/r f 5000 encrypted\nzip: member 'd/a' is encrypted");
	expect_walk(FORMAT_ZIP, TREE "zip -q -P secret - d/a d/sub/r | cat > t",
		    "d/a f 13893 encrypted\nd/sub/r f 5000 encrypted\nzip: member 'd/a' is encrypted");
	expect_trouble(FORMAT_ZIP, TREE "zip -q -P secret t.zip d/a d/sub/r; head -c -1 t.zip > t; rm t.zip", "is cut");
}

TEST(methods_that_are_not_known_are_opaque)
{
	expect_trouble(
		FORMAT_ZIP,
		TREE
		"python3 -c \"\nimport zipfile\nz=zipfile.ZipFile('t','w'); z.write('d/b'); z.write('d/a'); z.close()\n"
		"d=bytearray(open('t','rb').read()); i=d.index(b'PK\\x01\\x02'); d[8]=9; d[i+10]=9\n"
		"open('t','wb').write(d)\"",
		"d/b f 5 opaque\nd/a f 13893 13893\nzip: member 'd/b' is compressed by method 9");
	expect_trouble(FORMAT_ZIP,
		       TREE "python3 -c \"\nimport zipfile\nz=zipfile.ZipFile('t','w',zipfile.ZIP_LZMA); "
			    "z.write('d/b'); z.close()\"",
		       "d/b f 5 opaque\nzip: member 'd/b' is compressed by method 14");
}

/* "this|or that" */
static bool says_one_of(const char *seen, const char *said)
{
	char *copy = memory_string(said), *next;
	bool found = false;

	for (char *at = copy; at != NULL; at = next) {
		next = strchr(at, '|');
		if (next != NULL)
			*next++ = '\0';
		found = found || strstr(seen, at) != NULL;
	}
	free(copy);
	return found;
}

/* What each of these changes in a zip of two members, and what is said of it. */
/* Whether the directory says so or the member: whoever restores may go by either. */
TEST(zips_that_need_a_later_version_are_opaque)
{
	static const char *const places[] = {"d.find(b'PK\\1\\2')+6", "4", "d.rfind(b'PK\\1\\2')+6"};
	static const char make[] = "rm -f t.zip; seq 1 100 > a; seq 1 200 > b; zip -q t.zip a b; cat > make.py <<'E'\n"
				   "d=bytearray(open('t.zip','rb').read()); d[%s]=%d; open('t','wb').write(d)\n"
				   "E\npython3 make.py";

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *newer = memory_format(make, places[i], 64), *known = memory_format(make, places[i], 63);

		expect_trouble(FORMAT_ZIP, newer,
			       "zip: a member needs version 6.4 of the format: muster reads up to 6.3");
		expect_walk(FORMAT_ZIP, known, "a f 292 292\nb f 692 692\nend");
		free(newer);
		free(known);
	}
}

TEST(the_central_directory_must_fit)
{
	static const struct {
		const char *change, *said;
	} cases[] = {
		{"d=d[:c]", "is cut"},
		{"d=d[:c+20]", "is cut"},
		{"d=d[:e]", "is cut"},
		{"d=d[:-1]", "is cut"},
		{"d+=b'x'", "zip: other bytes follow after its end"},
		{"d+=b'\\0'", "zip: other bytes follow after its end"},
		{"d=d+d", "zip: other bytes follow after its end"},
		{"d[e+20]=1; d+=b'xy'", "zip: other bytes follow after its end"},
		{"d[e+20]=2", "is cut"},
		{"d[e+8]=1; d[e+10]=1", "the end record does not fit"},
		{"d[e+12]^=1", "the end record does not fit"},
		{"d[e+16]^=1", "the end record does not fit"},
		{"d[c+16]^=1", "the central directory does not fit the members"},
		{"d[c+24]^=1", "the central directory does not fit the members"},
		{"d[c+42]^=1", "the central directory does not fit the members"},
		{"d[c+46]^=1", "the central directory does not fit the members"},
		{"d[c+10]=0", "the central directory does not fit the members"},
		{"d[c]=0", "bytes between its members that belong to none|there should be an entry"},
		{"d[c+28]^=1", "zip:"},
		{"d[30]^=1", "the central directory does not fit the members"},
		{"d[14]^=1", "in member 'd/a'"},
		{"d[100]^=1", "in member 'd/a'"},
		{"d[s]^=1", "bytes between its members that belong to none|there should be an entry"},
		{"d=d[:s]+d[c:]", "members are listed in the central directory, but 1 are there|does not fit"},
		{"d=d[:s]+b'junk'+d[s:]", "belong to none"},
		{"d=d[:c]+b'junk'+d[c:]", "there should be an entry"},
		{"d=d[:100]+d[101:]", "zip:"},
	};

	struct buffer script;

	buffer_init(&script, 1 << 16);
	buffer_string(
		&script, TREE
		"rm -f t.zip; zip -q t.zip d/a d/sub/r; cat > make.py <<'E'\n"
		"whole=bytearray(open('t.zip','rb').read())\n"
		"s=whole.index(b'PK\\x03\\x04',4); c=whole.index(b'PK\\x01\\x02'); e=whole.index(b'PK\\x05\\x06')\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		buffer_print(&script, "d=bytearray(whole); %s; open('t%zu','wb').write(d)\n", cases[i].change, i);
	buffer_string(&script, "E\npython3 make.py");
	bytes_run(script.data);
	buffer_release(&script);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[16];

		snprintf(name, sizeof(name), "t%zu", i);
		struct bytes file = bytes_load(name);
		char *seen = walk(FORMAT_ZIP, file, i % 2 == 0 ? 0 : 77);
		if (!says_one_of(seen, cases[i].said) || strstr(seen, "\nend") != NULL)
			printf("%s: expected \"%s\", saw \"%s\"\n", cases[i].change, cases[i].said, seen),
				unit_failures++;
		free(seen);
		free(file.data);
	}
}

TEST(cpios_of_every_kind)
{
	static const char *const kinds[] = {"newc", "crc", "odc", "bin"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *script = memory_format(
			"%s ln -s a d/l; printf '%%s\\n' ./d d/a d/b d/c d/l d/sub/r | cpio -o -H %s > t 2>/dev/null",
			TREE, kinds[i]);

		expect_walk(FORMAT_CPIO, script,
			    "d d 0 0\nd/a f 13893 13893\nd/b f 5 5\nd/c f 0 0\nd/l l 0 0\nd/sub/r f 5000 5000\nend");
		free(script);
	}
	expect_walk(FORMAT_CPIO, TREE "bsdtar --format newc -n -cf t d/a d/b", "d/a f 13893 13893\nd/b f 5 5\nend");
	expect_walk(FORMAT_CPIO, TREE "cpio -o -H newc < /dev/null > t 2>/dev/null", "end");
}

TEST(a_cpio_ends_in_its_trailer_and_zeros)
{
	expect_trouble(FORMAT_CPIO, TREE "printf 'd/a\\nd/b\\n' | cpio -o -H newc > w 2>/dev/null; head -c 14200 w > t",
		       "cpio:");
	expect_trouble(FORMAT_CPIO,
		       TREE "printf 'd/a\\nd/b\\n' | cpio -o -H newc > w 2>/dev/null\n"
			    "head -c $(($(grep -abo TRAILER w | cut -d: -f1)-110)) w > t",
		       "cpio:");
	expect_trouble(FORMAT_CPIO,
		       TREE "printf 'd/a\\nd/b\\n' | cpio -o -H newc > w 2>/dev/null\n"
			    "head -c $(($(grep -abo TRAILER w | cut -d: -f1)+9)) w > t",
		       "cpio:");
	expect_trouble(FORMAT_CPIO, TREE "printf 'd/a\\nd/b\\n' | cpio -o -H newc > t 2>/dev/null; echo x >> t",
		       "cpio: other bytes follow after its end");
	expect_trouble(FORMAT_CPIO, TREE "printf 'd/a\\nd/b\\n' | cpio -o -H newc > t 2>/dev/null; cat t t > u; mv u t",
		       "cpio: other bytes follow after its end");
}

TEST(a_cpio_with_sums_has_them_verified)
{
	expect_trouble(FORMAT_CPIO,
		       TREE "printf 'd/a\\nd/b\\n' | cpio -o -H crc > t 2>/dev/null\n"
			    "printf X | dd of=t bs=1 seek=3000 conv=notrunc status=none",
		       "cpio: checksum of the data is wrong in member 'd/a'");
	expect_trouble(FORMAT_CPIO,
		       TREE "printf 'd/a\\nd/b\\n' | cpio -o -H newc > t 2>/dev/null\n"
			    "printf X | dd of=t bs=1 seek=0 conv=notrunc status=none",
		       "cpio:");
}

TEST(cpios_of_other_kinds_are_known_by_their_first_bytes)
{
	struct trouble trouble = {.soundness = SOUND};

	bytes_run(TREE "find d | cpio -o -H newc > t 2>/dev/null");
	struct bytes file = bytes_load("t");
	EXPECT(!archive_find(FORMAT_CPIO)->signs.is_other_version(file.data, file.length, &trouble));
	file.data[5] = '3';
	EXPECT(!archive_find(FORMAT_CPIO)->signs.recognises(file.data, file.length));
	EXPECT(archive_find(FORMAT_CPIO)->signs.is_other_version(file.data, file.length, &trouble));
	EXPECT_NUMBER(trouble.soundness, OPAQUE);
	EXPECT(strstr(trouble.error.message, "begins with '070703', and muster reads 070701") != NULL);
	file.data[12] = '\n';
	EXPECT(!archive_find(FORMAT_CPIO)->signs.is_other_version(file.data, file.length, &trouble));
	free(file.data);
}

TEST(headers_of_cpio_that_make_no_sense)
{
	static const struct {
		size_t at;
		const char *bytes, *said;
	} cases[] = {
		{14, "x", "a header makes no sense"},
		{94, "00000000", "the length of a name makes no sense"},
		{94, "00100000", "the length of a name makes no sense"},
		{94, "00000005", "a name makes no sense"},
		{94, "00000003", "a name makes no sense"},
		{54, "ffffffff", "is cut: it ends in member 'd/b'"},
		{110, "D", ""},
		{0, "0", ""},
		{5, "3", "there should be a header"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes_run(TREE "echo d/b | cpio -o -H newc > t 2>/dev/null");
		struct bytes file = bytes_load("t");
		memcpy(file.data + cases[i].at, cases[i].bytes, strlen(cases[i].bytes));
		char *seen = walk(FORMAT_CPIO, file, 0);
		if (cases[i].said[0] != '\0' ? strstr(seen, cases[i].said) == NULL : strstr(seen, "end") == NULL)
			EXPECT_STRING(seen, cases[i].said);
		free(seen);
		free(file.data);
	}
	expect_trouble(FORMAT_CPIO,
		       TREE "echo d/b | cpio -o -H newc > t 2>/dev/null; at=$(grep -abo TRAILER t | cut -d: -f1)\n"
			    "printf 1 | dd of=t bs=1 seek=$((at-110+61)) conv=notrunc status=none",
		       "cpio: its trailer makes no sense");
	expect_walk(FORMAT_CPIO, "rm -rf d; mkdir d; mkfifo d/f; echo d/f | cpio -o -H newc > t 2>/dev/null",
		    "d/f o 0 0\nend");
}

/* Parts that no tool here writes. */
static const struct zip_case {
	const char *name, *python, *expected;
} zip_cases[] = {
	{"zip64 sizes and offsets", "m(b'a',z=1)", "a f 3 3\nend"},
	{"a signature", "m(b'a',sig=b'PK\\x05\\x05\\x04\\0sign')", "a f 3 3\nend"},
	{"a signature that is cut", "m(b'a',sig=b'PK\\x05\\x05\\xff\\xffsign')", "a f 3 3\nzip: is cut"},
	{"less listed than there is", "m(b'a',b'b',hide=1)",
	 "a f 3 3\nb f 3 3\nzip: 1 members are listed in the central directory, but 2 are there"},
	{"a part of several", "m(b'a',disk=2)", "a f 3 3\nzip: it is the last part of a split archive"},
	{"a name with a NUL", "m(b'a\\0b')", "zip: a name makes no sense"},
	{"a symbolic link", "m(b'a',a=0xa1ff<<16)", "a f 3 3\na l 0 0\nend"},
	{"a link of Windows", "m(b'a',a=0x400)", "a f 3 3\na l 0 0\nend"},
	{"a folder by its attributes", "m(b'a',a=0x10)", "a f 3 3\na d 0 0\nend"},
	{"a link by the name of a folder", "m(b'a/',a=0xa1ff<<16)", "a d 0 3\na l 0 0\nend"},
	{"a member of another part", "m(b'a',n=1)", "a f 3 3\nzip: a member is in another part of a split archive"},
	{"a field that does not fit", "m(b'a',y=b'UT\\5\\0\\1')", "a f 3 3\nzip: an extra field makes no sense"},
	{"a field of the member that does not fit", "m(b'a',x=b'UT\\5\\0\\1')", "zip: an extra field makes no sense"},
	{"zeros instead of a field", "m(b'a',x=b'\\0\\0\\0')", "a f 3 3\nend"},
	{"another time in a field", "m(b'a',x=b'UT\\5\\0\\1abcd',y=b'UT\\5\\0\\1abce')",
	 "a f 3 3\nzip: the central directory does not fit the members (times"},
	{"a time in the directory alone", "m(b'a',y=b'UT\\5\\0\\1abce')", "a f 3 3\nend"},
	{"a flag that is not known", "m(b'a',f=32)", "a f 3 3\nzip: member 'a' has flags (0x0020)"},
	{"a flag in the directory alone", "m(b'a'); d[d.index(b'PK\\1\\2')+9]^=8",
	 "a f 3 3\nzip: the central directory does not fit"},
	{"a directory that is encrypted", "m(b'a',f=0x2000)", "zip: its central directory is encrypted"},
	{"how hard it was packed", "m(b'a'); d[d.index(b'PK\\1\\2')+8]^=2", "a f 3 3\nend"},
	{"a name of code page 437", "m(b'\\x9aber')",
	 "\xc3\x9c"
	 "ber f 3 3\nend"},
	{"a name in UTF-8", "m('\u00fc'.encode())", "\xc3\xbc f 3 3\nend"},
	{"a name in Unicode beside it", "m(b'a',x=u(b'a',b'b'),y=u(b'a',b'b'))", "b f 3 3\nend"},
	{"a name in Unicode of another one", "m(b'a',x=u(b'c',b'b'),y=u(b'c',b'b'))", "a f 3 3\nend"},
	{"a name in Unicode in the directory alone", "m(b'a',y=u(b'a',b'b'))",
	 "a f 3 3\nzip: the central directory does not fit"},
	{"a record of a tape", "m(b'a'); d+=bytes(10240-len(d))", "a f 3 3\nend"},
	{"two records of a tape", "m(b'a'); d+=bytes(20480-len(d))", "a f 3 3\nzip: other bytes follow"},
	{"another byte in a record of a tape", "m(b'a'); d+=bytes(10239-len(d))+b'x'",
	 "a f 3 3\nzip: other bytes follow"},
	{"less than a record of a tape", "m(b'a'); d+=bytes(10239-len(d))", "a f 3 3\nzip: other bytes follow"},
	{"a zip64 end without a locator", "m(b'a',z=1); d=d[:-42]+d[-22:]",
	 "a f 3 3\nzip: there is no locator of the zip64 end record"},
	{"a zip64 end of a later version", "m(b'a',z=1); d[-84]=64", "a f 3 3\nzip: a member needs version 6.4"},
	{"a zip64 end of another part", "m(b'a',z=1); d[-82]=1",
	 "a f 3 3\nzip: its zip64 end record is that of a split archive"},
	{"an empty one that says deflated", "m(b'a',c=b'',k=8)", "a f 0 0\nend"},
	{"a descriptor, signed", "m(b'a',t='s4')", "a f -1 3\nend"},
	{"a descriptor, unsigned", "m(b'a',t='u4')", "a f -1 3\nend"},
	{"a descriptor of 64 bits, signed", "m(b'a',t='s8')", "a f -1 3\nend"},
	{"a descriptor of 64 bits, unsigned", "m(b'a',t='u8')", "a f -1 3\nend"},
	{"a descriptor that does not fit", "m(b'a',t='u4',bad=2)", "a f -1 57\nzip: is cut"},
	{"descriptors of what looks like headers", "m(b'a',b'b',c=b'PK\\3\\4'*9+b'PK\\1\\2'*300,t='u4')",
	 "a f -1 1236\nb f -1 1236\nend"},
	{"a descriptor of a folder", "m(b'a/',c=b'',t='u4')", "a d 0 0\nend"},
	{"a descriptor of what is not known", "m(b'a',b'b',k=9,t='u8')",
	 "a f -1 opaque\nb f -1 opaque\nzip: member 'a' is compressed by method 9"},
	{"no descriptor", "m(b'a',f=8)", "a f 3 3\nend"},
	{"zip64, cut", "m(b'a',z=1); d=d[:-60]", "a f 3 3\nzip: is cut"},
	{"zip64 elsewhere", "m(b'a',z=1); d[-34]^=1",
	 "a f 3 3\nzip: the zip64 end record is not where its locator says"},
	{"zip64 of more", "m(b'a',z=1); d[-66]^=1", "a f 3 3\nzip: the zip64 end record does not fit"},
	{"zip64 too short", "m(b'a',z=1); d[-94]=3", "a f 3 3\nzip: the zip64 end record makes no sense"},
};

static void make_zips(void)
{
	struct buffer script;

	buffer_init(&script, 1 << 16);
	buffer_string(
		&script,
		"cat > make.py <<'E'\nfrom struct import pack\nfrom zlib import crc32\n"
		"def u(of,name): return pack('<HHBI',0x7075,5+len(name),1,crc32(of))+name\n"
		"def m(*names,z=0,sig=b'',hide=0,disk=0,x=b'',y=b'',a=0,f=0,n=0,c=b'abc',k=0,t=None,bad=0):\n"
		" global d\n d=b''; l=b''; M=0xffffffff; S=len(c); f|=8 if t else 0; part=n\n"
		" for i,n in enumerate(names):\n"
		"  at=len(d); h=pack('<HHHHH',45 if z else 20,f,k,0,33); r=pack('<I',crc32(c))\n"
		"  d+=b'PK\\3\\4'+h+(pack('<III',0,0,0) if t else r+pack('<II',S,S))+pack('<HH',len(n),len(x))+n+x+c\n"
		"  if t: d+=(b'PK\\7\\x08' if t[0]=='s' else b'')+r+pack('<II' if t[1]=='4' else '<QQ',S+bad,S)\n"
		"  e=y+(pack('<HHQQQ',1,24,S,S,at) if z else b'')\n"
		"  s=(M,M) if z else (S,S)\n"
		"  if i<len(names)-hide: l+=b'PK\\1\\2\\x14\\0'+h+r+pack('<IIHHHHHII',*s,len(n),len(e),0,part,0,a,M if "
		"z "
		"else at)+n+e\n"
		" b=len(d); n=len(names)-hide; d+=l+sig; t=len(d)\n"
		" if z: d+=b'PK\\6\\6'+pack('<QHHIIQQQQ',44,45,45,0,0,n,n,len(l),b)+b'PK\\6\\7'+pack('<IQI',0,t,1)\n"
		" d+=b'PK\\5\\6'+pack('<HHHHIIH',disk,0,0xffff if z else n,0xffff if z else n,M if z else len(l),M if "
		"z else b,0)\n"
		" d=bytearray(d)\n");
	for (size_t i = 0; i < sizeof(zip_cases) / sizeof(zip_cases[0]); i++)
		buffer_print(&script, "%s; open('z%zu','wb').write(d)\n", zip_cases[i].python, i);
	buffer_string(&script, "E\npython3 make.py");
	bytes_run(script.data);
	buffer_release(&script);
}

TEST(zips_of_other_writers)
{
	make_zips();
	for (size_t i = 0; i < sizeof(zip_cases) / sizeof(zip_cases[0]); i++) {
		char name[16];

		snprintf(name, sizeof(name), "z%zu", i);
		struct bytes file = bytes_load(name);
		char *seen = walk(FORMAT_ZIP, file, i % 2 == 0 ? 0 : 9);
		if (strncmp(seen, zip_cases[i].expected, strlen(zip_cases[i].expected)) != 0)
			printf("%s: expected \"%s\", saw \"%s\"\n", zip_cases[i].name, zip_cases[i].expected, seen),
				unit_failures++;
		free(seen);
		free(file.data);
	}
}

/* Packed in every way that is unpacked here, with the lengths before the data, or behind them and in them alone. */
TEST(zips_of_every_method)
{
	static const char make[] =
		"seq 1 3000 > w; python3 - <<'E'\nimport bz2,lzma,subprocess,zlib\nfrom struct import pack\n"
		"w=open('w','rb').read(); c=zlib.compressobj(6,8,-15); t=b''; l=b''\n"
		"z=lambda *o: subprocess.run(['zstd','-cq',*o],input=w,stdout=subprocess.PIPE).stdout\n"
		"for n,k,p in ((b'd',8,c.compress(w)+c.flush()),(b'b',12,bz2.compress(w)),(b'z',93,z()),(b'x',95,"
		"lzma.compress(w))):\n"
		" h=pack('<HHHHH',63,%d,k,0,33); f=pack('<III',zlib.crc32(w),len(p),len(w))\n"
		" l+=b'PK\\1\\2\\x3f\\0'+h+f+pack('<HHHHHII',1,0,0,0,0,0,len(t))+n\n"
		" t+=b'PK\\3\\4'+h+%s+pack('<HH',1,0)+n+p%s\n"
		"t+=l+b'PK\\5\\6'+pack('<HHHHIIH',0,0,4,4,len(l),len(t),0)\n"
		"open('t','wb').write(t)\nE";
	char *before = memory_format(make, 0, "f", ""), *behind = memory_format(make, 8, "bytes(12)", "+f");
	char *longer = memory_format(make, 0, "f[:4]+pack('<II',len(p)+1,len(w))", "+b'x'");

	expect_walk(FORMAT_ZIP, before, "d f 13893 13893\nb f 13893 13893\nz f 13893 13893\nx f 13893 13893\nend");
	expect_walk(FORMAT_ZIP, behind, "d f -1 13893\nb f -1 13893\nz f -1 13893\nx f -1 13893\nend");
	expect_trouble(FORMAT_ZIP, longer, "zip: the data end before their length is reached in member 'd'");
	free(before);
	free(behind);
	free(longer);
}

/* Whoever does not ask for a member's bytes has them verified all the same. */
TEST(members_are_verified_without_being_asked_for)
{
	bytes_run(TREE "zip -q t.zip d/a d/b; mv t.zip t; printf X | dd of=t bs=1 seek=500 conv=notrunc status=none");
	struct bytes file = bytes_load("t");
	struct source *source = source_open_memory(file.data, file.length, 0);
	struct container *container = archive_find(FORMAT_ZIP)->open(source);
	struct inspect_member member;
	struct trouble trouble;

	EXPECT_NUMBER(container->next(container, &member, &trouble), 1);
	EXPECT_NUMBER(container->next(container, &member, &trouble), -1);
	EXPECT_NUMBER(trouble.soundness, DAMAGED);
	container->close(container);
	source_close(source);
	free(file.data);
}

UNIT_MAIN
