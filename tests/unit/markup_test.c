#include <stdlib.h>

#include "wrapper/report/report_private.h"
#include "unit.h"

static char *marked(const char *text, int is_attribute)
{
	char *marked = NULL;
	size_t length;
	FILE *file = open_memstream(&marked, &length);

	if (is_attribute)
		markup_attribute(file, "a", text);
	else
		markup_text(file, text);
	fclose(file);
	return marked;
}

static void expect_marked(const char *text, const char *between_tags, const char *in_attribute)
{
	char *seen = marked(text, 0);
	EXPECT_STRING(seen, between_tags);
	free(seen);
	seen = marked(text, 1);
	EXPECT_STRING(seen, in_attribute);
	free(seen);
}

TEST(what_has_a_meaning_is_escaped)
{
	expect_marked("<a href='x'>&amp;\"</a>", "&lt;a href=&#39;x&#39;&gt;&amp;amp;&quot;&lt;/a&gt;",
		      " a=\"&lt;a href=&#39;x&#39;&gt;&amp;amp;&quot;&lt;/a&gt;\"");
	expect_marked("]]>", "]]&gt;", " a=\"]]&gt;\"");
	expect_marked("", "", " a=\"\"");
}

TEST(line_ends_survive_in_attributes)
{
	expect_marked("a\n\tb\r", "a\n\tb&#13;", " a=\"a&#10;&#9;b&#13;\"");
}

TEST(what_xml_forbids_is_replaced)
{
	expect_marked("\x01\x1b[31m\x7f", "\xef\xbf\xbd\xef\xbf\xbd[31m\x7f",
		      " a=\"\xef\xbf\xbd\xef\xbf\xbd[31m\x7f\"");
	expect_marked("\xef\xbf\xbe|\xef\xbf\xbf", "\xef\xbf\xbd|\xef\xbf\xbd", " a=\"\xef\xbf\xbd|\xef\xbf\xbd\"");
	expect_marked("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		      " a=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	expect_marked("\xc3", "\xef\xbf\xbd", " a=\"\xef\xbf\xbd\"");
}

TEST(text_stays)
{
	expect_marked("\xc3\xa9 \xf0\x9f\x98\x80 %s {}", "\xc3\xa9 \xf0\x9f\x98\x80 %s {}",
		      " a=\"\xc3\xa9 \xf0\x9f\x98\x80 %s {}\"");
}

UNIT_MAIN
