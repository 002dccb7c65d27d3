#include "wrapper/verbs/learn/markers.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/scan/pattern.h"

#define WORD_MAX 30
#define BLANKS " \t\r"

enum { PG_ALL, PG_ONE, MYSQL, SQLITE, SQLITE_END, GITLAB };

static const struct marker dumps[] = {
	[PG_ALL] = {"^-- PostgreSQL database cluster dump complete",
		    "pg_dumpall's last words: a dump that was cut lacks them", MARKER_ALWAYS, -1},
	[PG_ONE] = {"^-- PostgreSQL database dump complete", "pg_dump's last words: a dump that was cut lacks them",
		    MARKER_ALWAYS, -1},
	[MYSQL] = {"^-- Dump completed", "mysqldump's last words: a dump that was cut lacks them", MARKER_ALWAYS, -1},
	[SQLITE] = {"\\APRAGMA foreign_keys=OFF;\\s+BEGIN TRANSACTION;", NULL, MARKER_SIGN, -1},
	[SQLITE_END] = {"^COMMIT;$", "the end of sqlite3's .dump", MARKER_ALWAYS, SQLITE},
	[GITLAB] = {"^:gitlab_version: \\S", "GitLab's description of its own backup", MARKER_ALWAYS, -1},
	{"^:db_version: \\S", "it was written after the database was dumped", MARKER_ALWAYS, GITLAB},
	{"^ROLLBACK; -- due to errors", "sqlite3's .dump met damage", MARKER_NEVER, SQLITE},
	{"^COPY .* FROM stdin;$", "the data of tables, not their schema alone", MARKER_ALWAYS, -1},
	{"^INSERT INTO ", "the data of tables, not their schema alone", MARKER_ALWAYS, MYSQL},
	{"^INSERT INTO ", "the data of tables, not their schema alone", MARKER_ALWAYS, SQLITE},
	{0},
};

static const struct marker logs[] = {
	{"(?i)\\berrors?\\b", "not in the log that was learnt from", MARKER_NEVER, -1},
	{"(?i)\\bfatal\\b", "not in it either, as the others below", MARKER_NEVER, -1},
	{"(?i)\\bfail(?:ed|ure|s)?\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bpanic\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bwarning\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bskipp(?:ed|ing)\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bnot found\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bno such\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\b(?:unable to|could not|cannot)\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\b(?:denied|forbidden|unauthorized)\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bno space left\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\btimed? ?out\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\bconnection (?:refused|reset|closed)\\b", NULL, MARKER_NEVER, -1},
	{"(?i)\\b(?:aborted|killed|terminated)\\b", NULL, MARKER_NEVER, -1},
	{"^Traceback \\(most recent call last\\)", NULL, MARKER_NEVER, -1},
	{0},
};

const struct marker_table markers_of_dumps = {dumps}, markers_of_logs = {logs};

static const char *const templates[] = {"template0", "template1", NULL};
static const char *const views[] = {"information_schema", "performance_schema", "sys", NULL};

const struct marker_inventory_kind markers_inventories[MARKERS_INVENTORIES] = {
	[MARKERS_PG] = {"[psql, -AtXc, 'select datname from pg_database where not datistemplate', postgres]",
			"PostgreSQL", templates},
	[MARKERS_MYSQL] =
		{"[mysql, -NBe, \"select schema_name from information_schema.schemata where schema_name not in "
		 "('information_schema', 'performance_schema', 'sys')\"]",
		 "MySQL", views},
};

const char *const markers_components[] = {
	"db",       "repositories", "uploads",         "builds",         "artifacts", "pages", "lfs", "terraform_state",
	"registry", "packages",     "ci_secure_files", "external_diffs", NULL,
};

int markers_match(const char *pattern_written, const char *text, size_t length)
{
	struct pattern *pattern = NULL;
	struct error ignored;
	int found =
		pattern_compile(pattern_written, &pattern, &ignored) == 0 ? pattern_matches(pattern, text, length) : 0;

	pattern_free(pattern);
	return found;
}

/* What has digits, paths, addresses, names of hosts and the like is another one tomorrow. */
static bool is_stable(const char *word, size_t length)
{
	if (length > WORD_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalpha((unsigned char)word[i]) && strchr(".,:;!()[]-'\"", word[i]) == NULL)
			return false;
	for (size_t i = 0; i + 1 < length; i++)
		if (strchr(".:", word[i]) != NULL && isalnum((unsigned char)word[i + 1]))
			return false;
	return true;
}

static void append_words(const char *line, bool may_have_colours, struct buffer *out)
{
	bool skipped = may_have_colours;

	for (const char *word = line + strspn(line, BLANKS); *word != '\0'; word += strspn(word, BLANKS)) {
		size_t length = strcspn(word, BLANKS);
		if (!is_stable(word, length)) {
			skipped = true;
		} else {
			cleanup_free char *text = memory_substring(word, length);
			if (out->length > 0)
				buffer_string(out, skipped ? ".*" : " +");
			else if (!skipped)
				buffer_string(out, "^ *");
			pattern_quote(text, out);
			skipped = may_have_colours;
		}
		word += length;
	}
}

char *markers_line_pattern(const char *line, size_t length, bool may_have_colours)
{
	cleanup_buffer struct buffer pattern;

	buffer_init(&pattern, (size_t)MARKERS_LINE_MAX * 4);
	if (length == 0 || length > MARKERS_LINE_MAX || memchr(line, '\0', length) != NULL ||
	    markers_match(MARKERS_SECRET, line, length) == 1)
		return NULL;
	cleanup_free char *text = memory_substring(line, length);
	append_words(text, may_have_colours, &pattern);
	/* What makes the line one that says that something is done must be among what is left of it. */
	if (pattern.truncated || markers_match(MARKERS_DONE, pattern.data, pattern.length) != 1 ||
	    markers_match(pattern.data, line, length) != 1)
		return NULL;
	return buffer_take(&pattern);
}
