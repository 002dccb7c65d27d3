#include <stdlib.h>

#include "wrapper/verbs/learn/draft.h"
#include "wrapper/verbs/learn/markers.h"
#include "assertions/base/glob.h"
#include "assertions/base/units.h"
#include "wrapper/manifest/document.h"
#include "unit.h"

static const char *shape(const char *path, enum path_glob_level level)
{
	static struct buffer text;

	buffer_release(&text);
	buffer_init(&text, 8192);
	path_glob(path, level, &text);
	return text.data;
}

TEST(what_changes_from_night_to_night_is_a_star)
{
	EXPECT_STRING(shape("all-2026-04-21.sql.gz", PATH_GLOB_STABLE), "all-*.sql.gz");
	EXPECT_STRING(shape("all-20260421T023000Z.sql.gz", PATH_GLOB_STABLE), "all-*.sql.gz");
	EXPECT_STRING(shape("1776738600_2026_04_21_17.5.1-ee_gitlab_backup.tar", PATH_GLOB_STABLE),
		      "*-ee_gitlab_backup.tar");
	EXPECT_STRING(shape("x-550e8400-e29b-41d4-a716-446655440000.db", PATH_GLOB_STABLE), "x-*.db");
	EXPECT_STRING(shape("r/@hashed/6b/86/6b86b273ff34fce19d6b804eff5a3f57.git/001.bundle", PATH_GLOB_STABLE),
		      "r/@hashed/*/*/*.git/001.bundle");
	EXPECT_STRING(shape("caf\xe9/\xff\xfe.txt", PATH_GLOB_STABLE), "caf*/*.txt");
}

TEST(what_stays_is_itself)
{
	EXPECT_STRING(shape("db/database.sql.gz", PATH_GLOB_STABLE), "db/database.sql.gz");
	EXPECT_STRING(shape("db/ab", PATH_GLOB_STABLE), "*/*");
	EXPECT_STRING(shape("db/abc", PATH_GLOB_STABLE), "db/abc");
	EXPECT_STRING(shape("part-0012", PATH_GLOB_STABLE), "part-0012");
	EXPECT_STRING(shape("deadbeef", PATH_GLOB_STABLE), "deadbeef");
	EXPECT_STRING(shape("feedfacefeedfacefeed", PATH_GLOB_STABLE), "feedfacefeedfacefeed");
	EXPECT_STRING(shape("a*b{c}[d]?\\e", PATH_GLOB_STABLE), "a\\*b\\{c\\}\\[d\\]\\?\\\\e");
	EXPECT_STRING(shape("1.10.2", PATH_GLOB_STABLE), "1.10.2");
}

TEST(levels_are_more_and_more_general)
{
	EXPECT_STRING(shape("srv/user12/file-7.tar.bz2", PATH_GLOB_NUMBERS), "srv/user*/file-*.tar.bz2");
	EXPECT_STRING(shape("srv/user12/file-7.tar.bz2", PATH_GLOB_ENDING), "srv/user*/*.tar.bz2");
	EXPECT_STRING(shape("srv/user12/file-7.tar.bz2", PATH_GLOB_FOLDER), "srv/user*/**");
	EXPECT_STRING(shape("srv/user12/file-7.tar.bz2", PATH_GLOB_TOP), "srv/**");
	EXPECT_STRING(shape("srv/user12/file-7.tar.bz2", PATH_GLOB_EVERYTHING), "**");
	EXPECT_STRING(shape("file", PATH_GLOB_ENDING), "*");
	EXPECT_STRING(shape(".bashrc", PATH_GLOB_ENDING), "*");
}

static bool matches(const char *glob, const char *path)
{
	struct glob *compiled = NULL;
	struct error err;
	bool found = glob_compile(glob, &compiled, &err) == 0 && glob_matches(compiled, path);

	glob_free(compiled);
	return found;
}

TEST(a_path_is_matched_by_its_glob_on_every_level)
{
	static const char *const paths[] = {"a",
					    "a/b/c",
					    "2026-04-21/x-1.sql.gz",
					    "*",
					    "a\\*b/{1}",
					    " #: ",
					    "6b/86/x",
					    ".x",
					    "a.b/c",
					    "\xc3\xa9/\xff",
					    "0123456789abcdef0123456789abcdef/9",
					    "x//y",
					    "a\nb1"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		for (int level = PATH_GLOB_STABLE; level <= PATH_GLOB_EVERYTHING; level++)
			if (!matches(shape(paths[i], (enum path_glob_level)level), paths[i])) {
				printf("'%s' is not matched by '%s'\n", paths[i],
				       shape(paths[i], (enum path_glob_level)level));
				EXPECT(false);
			}
}

TEST(a_path_that_is_too_long_gets_a_general_glob)
{
	char path[PATH_GLOB_TEXT_MAX * 2 + 8];

	memset(path, '{', sizeof(path) - 1);
	memcpy(path, "d/", 2);
	path[sizeof(path) - 1] = '\0';
	EXPECT_STRING(shape(path, PATH_GLOB_STABLE), "d/*");
}

static void expect_name(const char *glob, const char *expected)
{
	char *name = path_glob_name(glob);

	EXPECT_STRING(name, expected);
	free(name);
}

TEST(names_are_what_a_person_would_say)
{
	expect_name("pg/all-*.sql.gz", "all");
	expect_name("*-ee_gitlab_backup.tar", "ee_gitlab_backup");
	expect_name("**", "backup");
	expect_name("srv/**", "backup");
	expect_name("\\*x\ny.z", "xy");
}

TEST(many_paths_come_together)
{
	struct path_groups *groups = path_groups_new();
	uint64_t counted = 0;
	char path[64];

	for (int i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "d%d/f%d.%s", i % 7, i, i % 2 != 0 ? "txt" : "jpg");
		EXPECT(path_groups_add(groups, path)->count > 0);
	}
	path_groups_add(groups, "db/database.sql.gz");
	path_groups_add(groups, "info.yml");
	path_groups_reduce(groups, 40);
	path_groups_sort(groups);
	for (size_t i = 0; i < groups->count; i++)
		counted += groups->items[i]->count;
	EXPECT_NUMBER(counted, 5002);
	EXPECT_NUMBER(groups->count, 4);
	EXPECT_STRING(groups->items[0]->glob, "d*/f*.jpg");
	EXPECT_STRING(groups->items[2]->glob, "db/database.sql.gz");
	path_groups_reduce(groups, 1);
	EXPECT_NUMBER(groups->count, 1);
	EXPECT_STRING(groups->items[0]->glob, "**");
	path_groups_free(groups);
}

/* What was written is what is read. */
static void expect_scalar(const char *text)
{
	const char *written = text;
	struct diagnostics diagnostics = {0};
	struct document document;
	struct buffer yaml;

	buffer_init(&yaml, 65536);
	buffer_string(&yaml, "{k: [");
	yaml_text_scalar(text, &yaml);
	buffer_string(&yaml, ", x]}\n");
	EXPECT_NUMBER(document_parse("x", yaml.data, yaml.length, &document, &diagnostics), 0);
	const struct node *list = document.root != NULL ? node_get(document.root, "k") : NULL;
	EXPECT(list != NULL && list->count == 2);
	if (list != NULL && list->count == 2)
		EXPECT_STRING(list->items[0]->value, written);
	EXPECT_NUMBER(diagnostics.count, 0);
	document_release(&document);
	diagnostics_release(&diagnostics);
	buffer_release(&yaml);
}

TEST(scalars_are_read_back_as_they_were)
{
	static const char *const texts[] = {"plain",
					    "a b",
					    "*a",
					    "# a",
					    "a: b",
					    "it's",
					    "\"q\"",
					    "a\nb",
					    "a\\nb",
					    "\xc3\xa9",
					    "{a}",
					    "a,b",
					    "true",
					    "no",
					    "12",
					    "~",
					    " a ",
					    "\x01",
					    "\x7f",
					    "\xc2\x85",
					    "\xe2\x80\xa8",
					    "\xef\xbb\xbf",
					    "\xef\xbf\xbf",
					    "\xf0\x9f\x98\x80",
					    "-",
					    "a$b",
					    "a\tb",
					    "\\\"\\'",
					    "",
					    ":"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_scalar(texts[i]);
}

TEST(no_variable_is_written_by_accident)
{
	struct buffer yaml;

	buffer_init(&yaml, 1000);
	yaml_text_scalar("${env.X} $$ $a \n${", &yaml);
	EXPECT_STRING(yaml.data, "\"$${env.X} $$$ $a \\n$${\"");
	buffer_release(&yaml);
}

TEST(floors_are_at_least_what_is_meant_and_never_too_much)
{
	for (int64_t bytes = 1; bytes < INT64_C(4) << 40; bytes = bytes * 9 / 8 + 1) {
		char text[YAML_TEXT_SIZE_MAX];
		int64_t half = bytes / 2 + 1, read = 0;
		struct error err;
		EXPECT_NUMBER(units_parse_size(yaml_text_size(half < bytes ? half : bytes, bytes, text), &read, &err),
			      0);
		EXPECT(read <= bytes && read >= bytes / 2);
	}
}

TEST(durations_are_rounded_up)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {{1, "1s"},         {90000, "90s"},       {3900000, "65m"}, {93600000, "26h"},
		     {93600001, "27h"}, {655200000, "7d14h"}, {259200000, "3d"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[YAML_TEXT_SIZE_MAX];
		EXPECT_STRING(yaml_text_duration(cases[i].ms, text), cases[i].text);
	}
}

static void expect_pattern(const char *line, const char *expected)
{
	char *pattern = markers_line_pattern(line, strlen(line), false);

	if (expected == NULL)
		EXPECT(pattern == NULL);
	else
		EXPECT_STRING(pattern, expected);
	free(pattern);
}

TEST(lines_lose_what_changes_and_what_is_secret)
{
	expect_pattern("backup done", "^ *backup +done");
	expect_pattern("[DONE] Backup can be found at s3://a/1.tar", "^ *\\[DONE\\] +Backup +can +be +found +at");
	expect_pattern("2026-04-21 02:30 db shop42 done in 3s", "db.*done +in");
	expect_pattern("uploaded 12 files", NULL);
	expect_pattern("the password is hunter done", NULL);
	expect_pattern("https://a:b@c/ done", NULL);
	expect_pattern("", NULL);
}

TEST(the_newest_are_kept_in_order)
{
	struct draft_history history = {0};

	for (int i = 0; i < 200; i++)
		draft_history_add(&history, "a", i * 7 % 200, i);
	EXPECT_NUMBER(history.count, 200);
	EXPECT_NUMBER(history.kept, DRAFT_TIMES_MAX);
	for (size_t i = 0; i < history.kept; i++)
		EXPECT_NUMBER(history.times_ms[i], 199 - (int64_t)i);
	draft_history_release(&history);
}

UNIT_MAIN
