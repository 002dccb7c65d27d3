#include "assertions/base/buffer.h"
#include "assertions/base/glob.h"
#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct glob *compile(const char *text)
{
	struct glob *glob = NULL;
	struct error err = {""};

	if (glob_compile(text, &glob, &err) < 0) {
		printf("%s: %s\n", text, err.message);
		unit_failures++;
	}
	return glob;
}

static void expect_matches(const char *text, const char *path, bool expected)
{
	struct glob *glob = compile(text);

	if (glob != NULL && glob_matches(glob, path) != expected) {
		printf("glob '%s' %s '%s'\n", text, expected ? "must match" : "must not match", path);
		unit_failures++;
	}
	glob_free(glob);
}

#define MATCHES(text, path) expect_matches((text), (path), true)
#define MATCHES_NOT(text, path) expect_matches((text), (path), false)

static void expect_error(const char *text, const char *part)
{
	struct glob *glob = NULL;
	struct error err = {""};

	if (glob_compile(text, &glob, &err) == 0) {
		printf("glob '%s' must not be valid\n", text);
		unit_failures++;
		glob_free(glob);
	} else if (strstr(err.message, part) == NULL || strstr(err.message, text) == NULL) {
		printf("glob '%s': %s\n", text, err.message);
		unit_failures++;
	}
}

TEST(literals)
{
	MATCHES("a", "a");
	MATCHES_NOT("a", "b");
	MATCHES_NOT("a", "ab");
	MATCHES_NOT("ab", "a");
	MATCHES_NOT("a", "");
	MATCHES_NOT("a", "x/a");
	MATCHES("db/database.sql.gz", "db/database.sql.gz");
	MATCHES_NOT("db/database.sql.gz", "db/databaseXsql.gz");
	MATCHES("a,b", "a,b");
	MATCHES("a}b]c", "a}b]c");
}

TEST(stars_stay_within_a_part)
{
	MATCHES("*", "a");
	MATCHES("*", ".hidden");
	MATCHES_NOT("*", "a/b");
	MATCHES_NOT("*", "");
	MATCHES("*.gz", "x.gz");
	MATCHES("*.gz", ".gz");
	MATCHES_NOT("*.gz", "a/x.gz");
	MATCHES("a/*/c", "a/b/c");
	MATCHES_NOT("a/*/c", "a/c");
	MATCHES_NOT("a/*/c", "a//c");
	MATCHES_NOT("a/*/c", "a/b/b/c");
	MATCHES_NOT("a/*", "a/");
	MATCHES("a*", "a");
	MATCHES("*a*b*", "xaxbx");
	MATCHES_NOT("*a*b*", "xbxa");
	MATCHES("a*b/c*d", "ab/cd");
	MATCHES_NOT("a*d", "ab/cd");
	MATCHES("*_gitlab_backup.tar", "1713_2026_04_21_17.0_gitlab_backup.tar");
	MATCHES("*ab", "aab");
	MATCHES("*aab", "aaab");
}

TEST(two_stars_go_across_parts)
{
	MATCHES("**", "");
	MATCHES("**", "a");
	MATCHES("**", "a/b/c");
	MATCHES("a/**/b", "a/b");
	MATCHES("a/**/b", "a/x/b");
	MATCHES("a/**/b", "a/x/y/b");
	MATCHES_NOT("a/**/b", "axb");
	MATCHES_NOT("a/**/b", "a/xb");
	MATCHES_NOT("a/**/b", "ab");
	MATCHES("a/**", "a/b");
	MATCHES("a/**", "a/b/c");
	MATCHES_NOT("a/**", "a");
	MATCHES_NOT("a/**", "a/");
	MATCHES_NOT("a/**", "ab");
	MATCHES("**/a", "a");
	MATCHES("**/a", "x/y/a");
	MATCHES_NOT("**/a", "xa");
	MATCHES_NOT("**/a", "x/ya");
	MATCHES("**/*.gz", "a/b/x.gz");
	MATCHES("**/*.gz", "x.gz");
	MATCHES("**/a/**/b", "a/b");
	MATCHES("**/a/**/b", "x/a/a/y/b");
	MATCHES("**/**/a", "a");
	MATCHES("**/**", "a/b");
	MATCHES_NOT("**/a/*/c", "a/c/a/b/d");
	MATCHES("**/a/*/c", "a/c/a/b/c");
	MATCHES("repositories/**", "repositories/@hashed/ab/cd.bundle");
}

TEST(two_stars_in_a_part_are_one)
{
	MATCHES("a**b", "axxb");
	MATCHES_NOT("a**b", "ax/xb");
	MATCHES("**b", "ab");
	MATCHES_NOT("**b", "a/b");
	MATCHES_NOT("a/b**", "a/b/c");
	MATCHES("***", "a/b");
}

TEST(one_character)
{
	MATCHES("a?c", "abc");
	MATCHES("a?c", "a\xc3\xa4"
		       "c");
	MATCHES("a?c", "a\xff"
		       "c");
	MATCHES_NOT("a?c", "ac");
	MATCHES_NOT("a?c", "a/c");
	MATCHES_NOT("??", "\xc3\xa4");
	MATCHES_NOT("*??", "\xe2\x82\xac");
	MATCHES("*??", "\xe2\x82\xac\xe2\x82\xac");
}

TEST(classes)
{
	MATCHES("[abc]", "b");
	MATCHES_NOT("[abc]", "d");
	MATCHES("[a-c]x", "bx");
	MATCHES_NOT("[a-c]x", "dx");
	MATCHES("[!a-c]", "d");
	MATCHES("[^a-c]", "d");
	MATCHES_NOT("[!a-c]", "b");
	MATCHES_NOT("[!a]", "/");
	MATCHES_NOT("a[!x]b", "a/b");
	MATCHES_NOT("a[+-9]b", "a/b");
	MATCHES("[]a]", "]");
	MATCHES("[!]a]", "b");
	MATCHES_NOT("[!]a]", "]");
	MATCHES("[a-]", "-");
	MATCHES("[-a]", "-");
	MATCHES("[\\]]", "]");
	MATCHES("[a\\-c]", "-");
	MATCHES_NOT("[a\\-c]", "b");
	MATCHES("[{,}]", ",");
	MATCHES("[*?]", "*");
	MATCHES_NOT("[*?]", "a");
	MATCHES("[\xc3\xa4-\xc3\xbc]", "\xc3\xb6");
	MATCHES_NOT("[\xc3\xa4]", "\xc3\xb6");
	MATCHES("[\xff]", "\xff");
	MATCHES_NOT("[!\xff]", "\xff");
}

TEST(braces)
{
	MATCHES("{uploads,lfs}.tar.gz", "lfs.tar.gz");
	MATCHES_NOT("{uploads,lfs}.tar.gz", "uploads,lfs.tar.gz");
	MATCHES("a{,b}", "a");
	MATCHES("a{b,}", "a");
	MATCHES("a{,b}", "ab");
	MATCHES_NOT("a{,b}", "abb");
	MATCHES("{a{b,c},d}e", "ace");
	MATCHES("{a{b,c},d}e", "de");
	MATCHES_NOT("{a{b,c},d}e", "ae");
	MATCHES("{a,b}{c,d}", "bc");
	MATCHES("{**,x}/y", "a/b/y");
	MATCHES("{a/**,b}/y", "a/y");
	MATCHES("{a/,}b", "b");
	MATCHES("{a}", "a");
	MATCHES("x{}y", "xy");
	MATCHES("{\\,,\\}}", "}");
	MATCHES("{\\,,\\}}", ",");
	MATCHES("{[,],x}", ",");
	MATCHES("{./a,b}", "a");
}

TEST(escapes)
{
	MATCHES("\\*", "*");
	MATCHES_NOT("\\*", "a");
	MATCHES("a\\?", "a?");
	MATCHES("\\{a,b\\}", "{a,b}");
	MATCHES("\\[a]", "[a]");
	MATCHES("\\a", "a");
	MATCHES("\\\\", "\\");
}

static void expect_key(const char *text, const char *key, bool expected)
{
	struct glob *glob = NULL;
	struct error err = {""};

	EXPECT_NUMBER(glob_compile_key(text, &glob, &err), 0);
	EXPECT(glob_matches(glob, key) == expected);
	EXPECT(!expected || strncmp(key, glob_prefix(glob), strlen(glob_prefix(glob))) == 0);
	glob_free(glob);
}

TEST(a_leading_dot_is_part_of_a_key)
{
	expect_key("./a", "./a", true);
	expect_key("./a", "a", false);
	expect_key("a", "./a", false);
	expect_key("././a", "./a", false);
	expect_key(".", ".", true);
	expect_key("./", "./", true);
	expect_key("*", "./a", false);
	expect_key("*", ".", true);
	expect_key("**", "./a", true);
	expect_key("./*", "./a", true);
	expect_key("{./a,b}", "./a", true);
	expect_key("{./a,b}", "a", false);
}

TEST(a_leading_dot_is_no_part)
{
	MATCHES("./a", "a");
	MATCHES("a", "./a");
	MATCHES("./a", "./a");
	MATCHES("././a", "a");
	MATCHES("*", "./a");
	MATCHES_NOT("*", "./");
	MATCHES_NOT("*", ".");
	MATCHES("**", "./");
	MATCHES_NOT("a", "../a");
	MATCHES_NOT("./*", "a/b");
	MATCHES(".a", ".a");
	MATCHES_NOT("a", ".a");
}

TEST(errors)
{
	expect_error("", "empty");
	expect_error("a[", "unclosed [");
	expect_error("a[]", "unclosed [");
	expect_error("a[!]", "unclosed [");
	expect_error("{a,b", "unclosed {");
	expect_error("{a,{b}", "unclosed {");
	expect_error("{a,[b}", "unclosed [");
	expect_error("a\\", "nothing follows");
	expect_error("[z-a]", "the range ends before it begins");
	expect_error("[a/b]", "'/' cannot stand");
	expect_error("[[:alpha:]]", "[:...:]");
	expect_error("{[z-a],b,c}", "the range ends before it begins");
	expect_error("{a,[z-a]}", "the range ends before it begins");
	expect_error("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "too many alternatives");
}

TEST(what_is_too_large_is_an_error)
{
	char text[GLOB_TEXT_MAX + 2];
	struct glob *glob = NULL;
	struct error err;

	memset(text, 'a', sizeof(text));
	text[GLOB_TEXT_MAX + 1] = '\0';
	EXPECT(glob_compile(text, &glob, &err) == -1);
	EXPECT(strstr(err.message, "longer than 4096 bytes") != NULL);
	text[GLOB_TEXT_MAX] = '\0';
	EXPECT(glob_compile(text, &glob, &err) == 0);
	glob_free(glob);
	memset(text, '{', 101);
	EXPECT(glob_compile(text, &glob, &err) == -1);
	EXPECT(strstr(err.message, "more than 100 braces") != NULL);
}

TEST(literal_and_everything)
{
	static const struct {
		const char *text;
		bool literal, everything;
		const char *prefix;
	} cases[] = {
		{"a/b", true, false, "a/b"},
		{"a\\*b", true, false, "a*b"},
		{"./a", true, false, "a"},
		{"a*", false, false, "a"},
		{"**", false, true, ""},
		{"./**", false, true, ""},
		{"a/**", false, false, "a/"},
		{"a/**/b", false, false, "a/"},
		{"{ab,ac}x", false, false, "a"},
		{"{a,b}", false, false, ""},
		{"{a}", true, false, "a"},
		{"{a,**}", false, true, ""},
		{"{\xc3\xa4,\xc3\xb6}", false, false, ""},
		{"{ab,a}", false, false, "a"},
		{"?", false, false, ""},
		{"pg/all-*.sql.gz", false, false, "pg/all-"},
		{"**/*", false, false, ""},
		{"a{,b}", false, false, "a"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct glob *glob = compile(cases[i].text);
		EXPECT(glob_is_literal(glob) == cases[i].literal);
		EXPECT(glob_is_everything(glob) == cases[i].everything);
		EXPECT_STRING(glob_prefix(glob), cases[i].prefix);
		EXPECT_STRING(glob_text(glob), cases[i].text);
		glob_free(glob);
	}
	glob_free(NULL);
}

TEST(quoted_text_matches_itself)
{
	static const char hard[] = "a*b?c[d]e{f,g}h\\i!-^ \xc3\xa4";
	struct buffer quoted;

	buffer_init(&quoted, 200);
	glob_quote(hard, &quoted);
	MATCHES(quoted.data, hard);
	struct glob *glob = compile(quoted.data);
	EXPECT(glob_is_literal(glob));
	EXPECT_STRING(glob_prefix(glob), hard);
	glob_free(glob);
	buffer_clear(&quoted);
	buffer_string(&quoted, "{x,");
	glob_quote("a,b}", &quoted);
	buffer_string(&quoted, "}");
	MATCHES(quoted.data, "a,b}");
	MATCHES_NOT(quoted.data, "a");
	buffer_release(&quoted);
}

TEST(time_is_bounded)
{
	static char path[4001], text[4000];
	clock_t begin = clock();

	memset(path, 'a', 4000);
	MATCHES_NOT("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path);
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "*a", 2);
	strcpy(text + sizeof(text) - 3, "b");
	MATCHES_NOT(text, path);
	for (size_t i = 1; i < 4000; i += 2)
		path[i] = '/';
	MATCHES_NOT("**/a/**/a/**/a/**/a/**/a/**/*a*b", path);
	MATCHES_NOT("**/*a*a*/a/a/a/a/a/a/a/a/a/a/a/a/b", path);
	EXPECT(clock() - begin < 2 * CLOCKS_PER_SEC);
}

static char folder[] = "/tmp/glob_test.XXXXXX";

static void make(const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	for (char *slash = strchr(whole + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		EXPECT(mkdir(whole, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	FILE *file = fopen(whole, "w");
	EXPECT(file != NULL && fclose(file) == 0);
}

static void make_link(const char *target, const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	EXPECT(symlink(target, whole) == 0);
}

#define LISTED_MAX 64
struct listed {
	char *paths[LISTED_MAX];
	size_t count;
	int answer;
};

static int list(void *context, const char *path)
{
	struct listed *listed = context;

	if (listed->count < LISTED_MAX)
		listed->paths[listed->count++] = strdup(path);
	return listed->answer;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths found, sorted, each with a space behind it, without the folder's name. */
static void expect_files(const char *text, const char *expected)
{
	struct listed listed = {.count = 0};
	struct error err = {""};
	struct buffer seen;
	struct glob *glob = compile(text);

	buffer_init(&seen, 10000);
	EXPECT_NUMBER(glob_files(glob, list, &listed, &err), 0);
	EXPECT_STRING(err.message, "");
	qsort(listed.paths, listed.count, sizeof(char *), compare);
	for (size_t i = 0; i < listed.count; i++) {
		const char *path = listed.paths[i];
		if (strncmp(path, folder, strlen(folder)) == 0)
			path += strlen(folder) + 1;
		buffer_print(&seen, "%s ", path);
		free(listed.paths[i]);
	}
	EXPECT_STRING(seen.data, expected);
	buffer_release(&seen);
	glob_free(glob);
}

static void expect_below(const char *glob, const char *expected)
{
	char text[256];

	snprintf(text, sizeof(text), "%s/%s", folder, glob);
	expect_files(text, expected);
}

TEST(files)
{
	EXPECT(mkdtemp(folder) != NULL);
	make("a.gz");
	make("b.gz");
	make("sub/c.gz");
	make("sub/deep/d.gz");
	make("sub/deep/.hidden");
	make("od[d]/e.gz");
	make_link("../sub", "od[d]/loop");
	make_link("..", "sub/up");
	make_link("nowhere", "broken.gz");
	make_link("self", "self");
	make_link("a.gz", "link.gz");
	expect_below("*.gz", "a.gz b.gz link.gz ");
	expect_below("a.gz", "a.gz ");
	expect_below("none.gz", "");
	expect_below("none/*.gz", "");
	expect_below("a.gz/*", "");
	expect_below("sub", "");
	expect_below("s*", "");
	expect_below("self", "");
	expect_below("sub/*", "sub/c.gz ");
	expect_below("sub/d*/*", "sub/deep/.hidden sub/deep/d.gz ");
	expect_below("sub/**/*.gz", "sub/c.gz sub/deep/d.gz sub/up/a.gz sub/up/b.gz sub/up/link.gz sub/up/od[d]/e.gz ");
	expect_below("od\\[d]/*", "od[d]/e.gz ");
	expect_below("od\\[d]/loop/*", "od[d]/loop/c.gz ");
	expect_below("{a,*}.gz", "a.gz b.gz link.gz ");
	expect_below("{sub/c,a,[a-b]}.gz", "a.gz b.gz sub/c.gz ");
	expect_below("*/*/d.gz", "sub/deep/d.gz ");
}

TEST(files_from_here)
{
	char *before = getcwd(NULL, 0);

	EXPECT(chdir(folder) == 0);
	expect_files("*.gz", "a.gz b.gz link.gz ");
	expect_files("./sub/c.gz", "sub/c.gz ");
	expect_files("{,a.gz}", "a.gz ");
	EXPECT(chdir("sub") == 0);
	expect_files("../*.gz", "../a.gz ../b.gz ../link.gz ");
	EXPECT(chdir(before) == 0);
	free(before);
}

TEST(files_stop_when_told)
{
	struct listed listed = {.answer = 7};
	struct error err = {""};
	char text[256];

	snprintf(text, sizeof(text), "%s/*.gz", folder);
	struct glob *glob = compile(text);
	EXPECT_NUMBER(glob_files(glob, list, &listed, &err), 7);
	EXPECT_NUMBER(listed.count, 1);
	free(listed.paths[0]);
	glob_free(glob);
}

TEST(files_too_deep_are_an_error)
{
	struct listed listed = {.answer = 0};
	struct error err = {""};
	char path[400] = "deep/", text[256];

	for (size_t i = 0; i < 66; i++)
		strcat(path, "d/");
	strcat(path, "f");
	make(path);
	snprintf(text, sizeof(text), "%s/deep/**", folder);
	struct glob *glob = compile(text);
	EXPECT_NUMBER(glob_files(glob, list, &listed, &err), -1);
	EXPECT(strstr(err.message, "more than 64 folders deep") != NULL);
	glob_free(glob);
}

static void expect_trouble(const char *glob_text, const char *part)
{
	struct listed listed = {.answer = 0};
	struct error err = {""};
	char text[GLOB_TEXT_MAX];

	snprintf(text, sizeof(text), "%s/%s", folder, glob_text);
	struct glob *glob = compile(text);
	EXPECT_NUMBER(glob_files(glob, list, &listed, &err), -1);
	EXPECT(strstr(err.message, part) != NULL);
	glob_free(glob);
}

TEST(what_cannot_be_read_is_an_error)
{
	char locked[512], name[3000];

	make("locked/file");
	snprintf(locked, sizeof(locked), "%s/locked", folder);
	EXPECT(chmod(folder, 0755) == 0 && chmod(locked, 0) == 0);
	EXPECT(geteuid() != 0 || seteuid(65534) == 0);
	expect_trouble("locked/*", "cannot read the folder");
	expect_trouble("locked/file", "cannot look at");
	expect_trouble("*/file", "cannot read the folder");
	EXPECT(getuid() != 0 || seteuid(0) == 0);
	EXPECT(chmod(locked, 0755) == 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	expect_trouble(name, "File name too long");
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path);
}

TEST(cleans_up)
{
	EXPECT(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

UNIT_MAIN
