/*
 * The databases that a dump names, fed whole and byte by byte.
 */
#include "assertions/scan/sql_dump.h"
#include "assertions/base/buffer.h"
#include "unit.h"

#include <string.h>

static void take_name(void *context, const char *name, size_t length)
{
	struct buffer *names = context;

	buffer_append(names, name, length);
	buffer_string(names, ";");
}

static void expect_names(const char *text, const char *expected, const char *unfinished)
{
	for (size_t step = 1; step <= strlen(text); step += step == 1 ? 6 : strlen(text)) {
		struct buffer names;
		buffer_init(&names, 4096);
		struct sql_dump *dump = sql_dump_new(take_name, &names);
		for (size_t at = 0; at < strlen(text); at += step)
			sql_dump_feed(dump, text + at, step < strlen(text) - at ? step : strlen(text) - at);
		EXPECT_STRING(names.data, expected);
		const char *open = sql_dump_unfinished(dump);
		EXPECT_STRING(open != NULL ? open : "", unfinished);
		sql_dump_free(dump);
		buffer_release(&names);
	}
}

/* As pg_dumpall writes them: fmtId() for plain names, a connection string for the others. */
TEST(names_of_pg_dumpall)
{
	expect_names(
		"--\n-- PostgreSQL database cluster dump\n--\n\n\\restrict abc\n\\connect template1\n\\connect shop\n",
		"template1;shop;", "");
	expect_names("\\connect \"Shop\"\n\\connect \"user\"\n", "Shop;user;", "");
	expect_names("\\connect -reuse-previous=on \"dbname='my-app'\"\n", "my-app;", "");
	expect_names("\\connect -reuse-previous=on \"dbname='it\\'s'\"\n", "it's;", "");
	expect_names("\\connect -reuse-previous=on \"dbname='quo\"\"te'\"\n", "quo\"te;", "");
	expect_names("\\connect -reuse-previous=on \"dbname='back\\\\slash'\"\n", "back\\slash;", "");
	expect_names("\\connect -reuse-previous=on \"dbname='two  words '\"\r\n", "two  words ;", "");
	expect_names("\\connect -reuse-previous=on \"dbname='\xc3\xbc\xf0\x9f\x90\x98'\"\n",
		     "\xc3\xbc\xf0\x9f\x90\x98;", "");
	expect_names("\\connect -reuse-previous=on \"dbname=a.b\"\n\\c plain\n", "a.b;plain;", "");
	expect_names("\\connection x\n\\encoding UTF8\n\\unrestrict abc\n", "", "");
}

TEST(what_only_looks_like_one)
{
	expect_names("COPY public.t (a) FROM stdin;\n1\n\\connect no\n\\\\connect no\n\\.\n\\connect yes\n", "yes;",
		     "");
	expect_names("COPY public.t (a) FROM stdin;\r\n\\.\r\n\\connect yes\n", "yes;", "");
	expect_names("COPY public.t (a) FROM stdin;\n\\.x\n\\connect no\n", "", "the data of a COPY");
	expect_names("COPY public.t (a) TO stdout;\n\\connect yes\n", "yes;", "");
	expect_names("SELECT '\n\\connect no\n';\n\\connect yes\n", "yes;", "");
	expect_names("SELECT 'a\\';\n\\connect yes\n", "yes;", "");
	expect_names("SELECT E'a\\'\n\\connect no\n';\n\\connect yes\n", "yes;", "");
	expect_names("SELECT fine'a\\';\n\\connect yes\n", "yes;", "");
	expect_names("SELECT E'a''\\'\n\\connect no\n';\n\\connect yes\n", "yes;", "");
	expect_names("SET standard_conforming_strings = off;\nSELECT 'a\\'\n\\connect no\n';\n\\connect yes\n", "yes;",
		     "");
	expect_names("SELECT \"a\n\\connect no\n\"\"\n\\connect no\n\";\n\\connect yes\n", "yes;", "");
	expect_names("SELECT $$\n\\connect no\n$a$\n$$;\n\\connect yes\n", "yes;", "");
	expect_names("SELECT $a$\n\\connect no\n$$ $b$ $a a$ $$a$;\n\\connect yes\n", "yes;", "");
	expect_names("SELECT $1, a$b$\n;\n\\connect yes\n", "yes;", "");
	expect_names("-- it's\n\\connect yes\n", "yes;", "");
	expect_names("/* it's /* \n\\connect no\n*/\n\\connect no\n*/\n\\connect yes\n", "yes;", "");
	expect_names("/**/\\connect no\n", "", "");
	expect_names("SELECT 'cut", "", "a quoted text");
	expect_names("SELECT $$cut$", "", "a quoted text");
	expect_names("/* cut *", "", "a comment");
}

TEST(names_of_mysqldump)
{
	expect_names("-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\nCREATE DATABASE /*!32312 IF NOT EXISTS*/ "
		     "`my-app`;\n\nUSE `my-app`;\n",
		     "my-app;", "");
	expect_names("/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\nUSE `a``b`;\nuse plain ;\n",
		     "a`b;plain;", "");
	expect_names("-- MySQL dump 10.13\nINSERT INTO `t` VALUES ('it\\'s;\nUSE `no`;\n','\\\\');\nUSE `yes`;\n",
		     "yes;", "");
	expect_names("-- MySQL dump 10.13\nINSERT INTO `t` VALUES (\"\\\";\nUSE `no`;\n\");\nUSE `yes`;\n", "yes;", "");
	expect_names("-- MySQL dump 10.13\n# it's\n/* USE `no`; /* */\nUSE `yes`;\n", "yes;", "");
	expect_names("-- PostgreSQL database dump\nUSE `no`;\n", "", "");
}

UNIT_MAIN
