#include "unit.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/stores/http/printable.h"
#include "assertions/stores/http/xml.h"

static struct buffer seen;

static void note_begin(void *context, const char *path)
{
	(void)context;
	buffer_print(&seen, "<%s>", path);
}

static int note_end(void *context, const char *path, const char *text, struct error *err)
{
	(void)context;
	buffer_print(&seen, "[%s=%s]", path, text);
	return strcmp(text, "stop") == 0 ? error_set(err, "stopped") : 0;
}

static const struct xml_events events = {note_begin, note_end};

/* Also byte by byte: the same must come of it. */
static int read_text(const char *text, size_t length, struct error *err)
{
	cleanup_free char *whole = NULL;
	struct xml_reader *reader = xml_reader_new(&events, NULL);
	struct error again = {""};

	buffer_clear(&seen);

	int result = xml_read(&events, NULL, text, length, err);

	whole = strdup(seen.data);
	buffer_clear(&seen);

	int other = 0;

	for (size_t i = 0; i < length && other == 0; i++)
		other = xml_reader_feed(reader, text + i, 1, &again);
	if (other == 0)
		other = xml_reader_finish(reader, &again);
	xml_reader_free(reader);
	EXPECT_NUMBER(other, result);
	EXPECT_STRING(seen.data, whole);
	return result;
}

static void expect(const char *text, const char *expected)
{
	struct error err = {""};

	EXPECT_NUMBER(read_text(text, strlen(text), &err), 0);
	EXPECT_STRING(seen.data, expected);
	EXPECT_STRING(err.message, "");
}

static void expect_error(const char *text, const char *part)
{
	struct error err = {""};

	EXPECT_NUMBER(read_text(text, strlen(text), &err), -1);
	EXPECT(strstr(err.message, part) != NULL);
	if (strstr(err.message, part) == NULL)
		printf("  %s\n", err.message);
}

TEST(elements_and_their_text)
{
	buffer_init(&seen, 1 << 20);
	expect("<a><b>1</b><c>2 &amp; &#x33;</c></a>", "<a><a/b>[a/b=1]<a/c>[a/c=2 & 3][a=]");
	expect("<?xml version=\"1.0\"?>\n<!-- x --><a> x </a>\n", "<a>[a= x ]");
	expect("<a><![CDATA[<b>]]></a>", "<a>[a=<b>]");
	expect("<a>before<b/>after</a>", "<a><a/b>[a/b=][a=after]");
}

TEST(names_are_local)
{
	expect("<x:a xmlns:x='u'><x:b xmlns='v'>1</x:b></x:a>", "<a><a/b>[a/b=1][a=]");
	expect("<a xmlns='http://s3.amazonaws.com/doc/2006-03-01/'/>", "<a>[a=]");
}

TEST(what_is_not_well_formed)
{
	expect_error("", "not well-formed");
	expect_error("<a>", "not well-formed");
	expect_error("<a></b>", "not well-formed");
	expect_error("<a/><b/>", "not well-formed");
	expect_error("<a>\x01</a>", "not well-formed");
	expect_error("<a>&nbsp;</a>", "not well-formed");
	expect_error("no XML", "not well-formed");
	expect_error("<a>\xff</a>", "not well-formed");
}

TEST(a_doctype_is_refused)
{
	expect_error("<!DOCTYPE a><a/>", "DOCTYPE");
	expect_error("<!DOCTYPE a [<!ENTITY b 'bb'>]><a>&b;</a>", "DOCTYPE");
	expect_error("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "DOCTYPE");
	EXPECT(strstr(seen.data, "bb") == NULL);
}

TEST(the_callers_refusal_ends_it)
{
	expect_error("<a><b>stop</b><c>2</c></a>", "stopped");
	EXPECT(strstr(seen.data, "a/c") == NULL);
}

static void append_many(struct buffer *text, const char *part, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_string(text, part);
}

TEST(depth_is_bounded)
{
	cleanup_buffer struct buffer text;
	struct error err = {""};

	buffer_init(&text, 1 << 20);
	append_many(&text, "<a>", XML_DEPTH_MAX);
	append_many(&text, "</a>", XML_DEPTH_MAX);
	EXPECT_NUMBER(read_text(text.data, text.length, &err), 0);
	buffer_clear(&text);
	append_many(&text, "<a>", XML_DEPTH_MAX + 1);
	append_many(&text, "</a>", XML_DEPTH_MAX + 1);
	EXPECT_NUMBER(read_text(text.data, text.length, &err), -1);
	EXPECT_STRING(err.message, "the XML is nested too deep");
}

TEST(text_is_bounded)
{
	cleanup_buffer struct buffer text;
	struct error err = {""};

	buffer_init(&text, 1 << 20);
	buffer_string(&text, "<a>");
	append_many(&text, "x", XML_TEXT_MAX);
	buffer_string(&text, "</a>");
	EXPECT_NUMBER(read_text(text.data, text.length, &err), 0);
	text.data[text.length - 4] = '\0';
	text.length -= 4;
	buffer_string(&text, "x</a>");
	EXPECT_NUMBER(read_text(text.data, text.length, &err), -1);
	EXPECT_STRING(err.message, "an element of the XML is too long");
}

TEST(tags_are_bounded)
{
	cleanup_buffer struct buffer text;
	struct error err = {""};

	buffer_init(&text, 4 << 20);
	buffer_string(&text, "<a b='");
	append_many(&text, "0123456789abcdef", (3 << 20) / 16);
	buffer_string(&text, "'/>");
	EXPECT_NUMBER(xml_read(&events, NULL, text.data, text.length, &err), -1);
	EXPECT_STRING(err.message, "a tag of the XML is too long");
	buffer_clear(&text);
	buffer_string(&text, "<");
	append_many(&text, "n", XML_PATH_MAX);
	buffer_string(&text, "/>");
	EXPECT_NUMBER(xml_read(&events, NULL, text.data, text.length, &err), -1);
}

TEST(many_small_things_are_not_bounded)
{
	cleanup_buffer struct buffer text;
	struct error err = {""};

	buffer_init(&text, 4 << 20);
	buffer_string(&text, "<a>");
	append_many(&text, "<!-- a comment -->", 50000);
	append_many(&text, "<?pi x?>", 50000);
	buffer_string(&text, "</a>");
	EXPECT_NUMBER(xml_read(&events, NULL, text.data, text.length, &err), 0);
	EXPECT_STRING(err.message, "");
}

TEST(ends_of_paths)
{
	EXPECT(xml_path_ends("Error/Code", "Error/Code"));
	EXPECT(xml_path_ends("ErrorResponse/Error/Code", "Error/Code"));
	EXPECT(!xml_path_ends("NoError/Code", "Error/Code"));
	EXPECT(!xml_path_ends("Code", "Error/Code"));
	buffer_release(&seen);
}

TEST(printable_text)
{
	char text[8];

	printable_copy(text, sizeof(text), "ab\033[1m\n");
	EXPECT_STRING(text, "ab?[1m?");
	printable_copy(text, sizeof(text),
		       "\xc2\x9b"
		       "1\x7f\xc3\xa9");
	EXPECT_STRING(text, "??1?\xc3\xa9");
	printable_copy(text, 4, "ab\xc3\xa9");
	EXPECT_STRING(text, "ab");
	printable_copy(text, 5, "ab\xc3\xa9");
	EXPECT_STRING(text, "ab\xc3\xa9");
	printable_copy(text, 1, "abc");
	EXPECT_STRING(text, "");
}

UNIT_MAIN
