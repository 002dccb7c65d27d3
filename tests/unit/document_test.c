#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "wrapper/manifest/document.h"
#include "diagnosed.h"

static void print_node(const struct node *node, FILE *file)
{
	if (node->kind == NODE_SCALAR) {
		fprintf(file, node->plain ? "%s" : "'%s'", node->value);
		return;
	}
	if (node->kind == NODE_BROKEN) {
		fputc('!', file);
		return;
	}
	fputc(node->kind == NODE_MAPPING ? '{' : '[', file);
	for (size_t i = 0; i < node->count; i++) {
		if (i > 0)
			fputc(' ', file);
		if (node->kind == NODE_MAPPING)
			fprintf(file, "%s:", node->keys[i]->value);
		print_node(node->items[i], file);
	}
	fputc(node->kind == NODE_MAPPING ? '}' : ']', file);
}

/* The tree, then what was said, each on a line of its own. */
static char *read_bytes(const char *text, size_t length)
{
	struct diagnostics diagnostics = {0};
	struct document document;
	char *result = NULL;
	size_t size;
	FILE *file = open_memstream(&result, &size);

	int loaded = document_parse("test", text, length, &document, &diagnostics);
	if (document.root != NULL)
		print_node(document.root, file);
	else
		fputs("-", file);
	EXPECT((loaded == 0) == (document.root != NULL));
	char *said = diagnosed(&diagnostics);
	fprintf(file, "%s%s", said[0] != '\0' ? "\n" : "", said);
	free(said);
	fclose(file);
	document_release(&document);
	diagnostics_release(&diagnostics);
	return result;
}

static void expect_read(const char *text, const char *expected, int line)
{
	char *seen = read_bytes(text, strlen(text));

	unit_expect_string(seen, expected, __FILE__, line);
	free(seen);
}

#define EXPECT_READ(text, expected) expect_read(text, expected, __LINE__)

TEST(scalars_lists_and_mappings)
{
	EXPECT_READ("a: 1\nb: 'x'\nc: [1, \"2\", {d: e}]\n", "{a:1 b:'x' c:[1 '2' {d:e}]}");
	EXPECT_READ("a: |\n  one\n  two\nb: >\n  one\n  two\n", "{a:'one\ntwo\n' b:'one two\n'}");
	EXPECT_READ("- a\n- b\n", "[a b]");
	EXPECT_READ("word", "word");
	EXPECT_READ("%YAML 1.2\n---\na: b\n...\n", "{a:b}");
	EXPECT_READ("a: {}\nb: []\nc: ''\n", "{a:{} b:[] c:''}");
	EXPECT_READ("\xef\xbb\xbf"
		    "a: b",
		    "{a:b}");
	EXPECT_READ("a: b\r\nc: d\r\n", "{a:b c:d}");
}

TEST(every_node_knows_its_place)
{
	static const char text[] = "a: 1\nbb:\n  - x\n  - {k: v}\r\nc: \"\xc3\xa9\xe2\x82\xac\"  \nd: {\xc3\xa9: e}\n";
	struct diagnostics diagnostics = {0};
	struct document document;

	EXPECT_NUMBER(document_parse("test", text, strlen(text), &document, &diagnostics), 0);
	const struct node *list = node_get(document.root, "bb"), *mapping = list->items[1];
	const struct node *quoted = node_get(document.root, "c"), *flow = node_get(document.root, "d");
	EXPECT_NUMBER(document.root->keys[1]->place.line, 2);
	EXPECT_NUMBER(list->items[0]->place.line, 3);
	EXPECT_NUMBER(list->items[0]->place.column, 5);
	EXPECT_NUMBER(mapping->items[0]->place.line, 4);
	EXPECT_NUMBER(mapping->items[0]->place.column, 9);
	EXPECT_NUMBER(quoted->place.line, 5);
	EXPECT_NUMBER(quoted->place.column, 4);
	EXPECT_NUMBER(flow->items[0]->place.column, 8);
	EXPECT(strncmp(document.text + quoted->begin, "\"\xc3\xa9\xe2\x82\xac\"", quoted->end - quoted->begin) == 0);
	EXPECT(node_get(document.root, "nothing") == NULL);
	EXPECT(node_get(list, "a") == NULL);
	document_release(&document);
	diagnostics_release(&diagnostics);
}

TEST(json_is_read)
{
	EXPECT_READ("{\"a\":1,\"b\":[true,\"x\"],\"c\":{}}", "{a:1 b:[true 'x'] c:{}}");
	EXPECT_READ("\t{\n\t\"a\"\n\t:\n\t1\t,\"b\":\t\"x\\/y\\n\"}\n", "{a:1 b:'x/y\n'}");
	EXPECT_READ("{\"a\": \"\\ud83d\\ude00 \\u00e9\"}", "{a:'\xf0\x9f\x98\x80 \xc3\xa9'}");
	EXPECT_READ("{\"a\": \"x\xe2\x80\xa8y\xc2\x85z\"}", "{a:'x\xe2\x80\xa8y\xc2\x85z'}");
	EXPECT_READ("{\"a\": \"\\\\ud83d\\\\ude00\"}", "{a:'\\ud83d\\ude00'}");
	EXPECT_READ("{\"a\": \"# no comment\", \"b\": \"'\"}", "{a:'# no comment' b:'''}");
	EXPECT_READ("{\"<<\": {\"a\": 1}}", "{<<:{a:1}}");
	EXPECT_READ("{\"a\": null}", "{a:!}\n1:2: 'a' has no value");
	EXPECT_READ("{\"a\": \"x\\u0000y\"}", "{a:!}\n1:7: a text holds the character NUL");
}

TEST(places_in_json_are_those_of_the_original)
{
	EXPECT_READ("{\"a\": \"\\ud83d\\ude00\", \"b\": null}", "{a:'\xf0\x9f\x98\x80' b:!}\n1:23: 'b' has no value");
	EXPECT_READ("{\"a\": \"\xe2\x80\xa8\xe2\x80\xa9\", \"b\": null}",
		    "{a:'\xe2\x80\xa8\xe2\x80\xa9' b:!}\n1:13: 'b' has no value");
	EXPECT_READ("{\"a\":\n\t\"\\ud83d\\ude00\",\r\n\t \"b\": null}",
		    "{a:'\xf0\x9f\x98\x80' b:!}\n3:3: 'b' has no value");
}

TEST(missing_values_are_told)
{
	EXPECT_READ("a:\nb: ~\nc: null\nd: 'null'\n",
		    "{a:! b:! c:! d:'null'}\n1:1: 'a' has no value\n2:1: 'b' has no value\n3:1: 'c' has no value");
	EXPECT_READ("- a\n-\n- b\n", "[a ! b]\n2:2: an item of a list has no value");
	EXPECT_READ("?\n: x\nb: c\n", "{b:c}\n1:2: a key has no name");
	EXPECT_READ("", "-\n1:1: the manifest is empty");
	EXPECT_READ("# nothing\n", "-\n1:1: the manifest is empty");
	EXPECT_READ("---\n...\n", "-\n1:1: the manifest is empty");
	EXPECT_READ("~", "-\n1:1: the manifest is empty");
}

TEST(keys_are_plain_names_each_once)
{
	EXPECT_READ("a: 1\nb: 2\na: 3\n", "{a:1 b:2}\n3:1: duplicate key 'a', first on line 1");
	EXPECT_READ("a: 1\n'a': 2\n\"a\": 3\n",
		    "{a:1}\n2:1: duplicate key 'a', first on line 1\n3:1: duplicate key 'a', first on line 1");
	EXPECT_READ("? [x]\n: 1\nb: 2\n", "{b:2}\n1:3: a key must be a name, not a list");
	EXPECT_READ("{{x: y}: 1, b: 2}", "{b:2}\n1:2: a key must be a name, not a mapping");
	EXPECT_READ("? [x]\n:\n? \nb: 2\n", "{b:2}\n1:3: a key must be a name, not a list\n3:2: a key has no name");
	EXPECT_READ("1: x\ntrue: y\n", "{1:x true:y}");
}

TEST(tags_and_second_documents_are_refused)
{
	EXPECT_READ("a: !!int 1\n", "{a:1}\n1:4: the tag 'tag:yaml.org,2002:int' means nothing here");
	EXPECT_READ("a: !x {b: c}\nd: !y [e]\n", "{a:{b:c} d:[e]}\n1:4: the tag '!x' means nothing here\n"
						 "2:4: the tag '!y' means nothing here");
	EXPECT_READ("a: 1\n---\nb: 2\n", "{a:1}\n2:1: a second document begins");
	EXPECT_READ("a: 1\n...\n---\nb: [\n", "{a:1}\n3:1: a second document begins");
}

TEST(aliases_stand_for_what_they_refer_to)
{
	EXPECT_READ("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n", "{a:[1 2] b:[1 2] c:3 d:3}");
	EXPECT_READ("a: &k key\n*k : 1\n", "{a:key key:1}");
	EXPECT_READ("a: *x\n", "{a:!}\n1:4: no anchor '&x' stands before '*x'");
	EXPECT_READ("a: *x\nb: &x 1\n", "{a:! b:1}\n1:4: no anchor '&x' stands before '*x'");
	EXPECT_READ("a: &x [1, *x]\n", "{a:[1 !]}\n1:11: '*x' stands inside what it refers to");
	EXPECT_READ("a: &x {b: *x}\n", "{a:{b:!}}\n1:11: '*x' stands inside what it refers to");
	EXPECT_READ("a: &x\nb: *x\n", "{a:! b:!}\n1:1: 'a' has no value");
}

TEST(merges_add_what_is_not_there)
{
	EXPECT_READ("a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x, r: 4}\n", "{a:{p:1 q:2} b:{q:3 r:4 p:1}}");
	EXPECT_READ("a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}\n", "{a:{p:1} b:{p:2 q:2} c:{p:1 q:2}}");
	EXPECT_READ("a: {'<<': 1}\n", "{a:{<<:1}}");
	EXPECT_READ("a: {<<: 1}\n", "{a:{}}\n1:5: '<<' merges mappings only");
	EXPECT_READ("a: {<<: [1, {b: c}]}\n", "{a:{b:c}}\n1:10: '<<' merges mappings only");
	EXPECT_READ("a: &x {p: 1}\nb: {<<: *x, <<: *x}\n",
		    "{a:{p:1} b:{p:1}}\n2:13: duplicate key '<<', first on line 2");
	EXPECT_READ("a: {<<: *x}\n", "{a:{}}\n1:9: no anchor '&x' stands before '*x'");
}

TEST(what_is_no_yaml_is_told_with_its_place)
{
	EXPECT_READ("a: [1\nb: 2\n",
		    "-\n2:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence");
	EXPECT_READ("a:\n\tb: 1\n", "-\n2:1: not valid YAML: found character that cannot start any token while "
				    "scanning for the next token");
	EXPECT_READ("a: 'x\n", "-\n2:1: not valid YAML: found unexpected end of stream while scanning a quoted scalar");
	EXPECT_READ("a: b\n  c: d\n", "-\n2:4: not valid YAML: mapping values are not allowed in this context");
	EXPECT_READ("a: b\nc: \x01\n", "-\n2:4: not valid YAML: control characters are not allowed");
	EXPECT_READ("a: b\nc: \xff\n", "-\n2:4: not valid YAML: invalid leading UTF-8 octet");
	char *seen = read_bytes("a: b\nc: \0d\n", 11);
	EXPECT_STRING(seen, "-\n2:4: not valid YAML: control characters are not allowed");
	free(seen);
}

static char *repeat(const char *text, size_t count)
{
	char *all = malloc(strlen(text) * count + 1);

	all[0] = '\0';
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * strlen(text), text, strlen(text) + 1);
	return all;
}

TEST(a_deep_tree_ends)
{
	char *deep = repeat("[", 100), *just = repeat("[", DOCUMENT_DEPTH_MAX), *end = repeat("]", DOCUMENT_DEPTH_MAX);
	char *seen = read_bytes(deep, strlen(deep)), text[512];

	EXPECT_STRING(seen, "-\n1:65: more than 64 levels deep");
	free(seen);
	snprintf(text, sizeof(text), "%s%s", just, end);
	seen = read_bytes(text, strlen(text));
	EXPECT_STRING(seen, text);
	free(seen);
	free(deep);
	free(just);
	free(end);
}

TEST(aliases_count_as_what_they_stand_for)
{
	char text[4096] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n", *seen;

	for (int i = 1; i < 6; i++)
		snprintf(text + strlen(text), 200,
			 "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
			 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	seen = read_bytes(text, strlen(text));
	EXPECT_STRING(seen, "-\n5:45: more than 100000 values");
	free(seen);
}

TEST(aliases_make_no_deep_tree)
{
	char text[8192] = "l0: &l0 [x]\n", *seen;

	for (int i = 1; i < 80; i++)
		snprintf(text + strlen(text), 64, "l%d: &l%d [*l%d]\n", i, i, i - 1);
	seen = read_bytes(text, strlen(text));
	EXPECT(strstr(seen, "more than 64 levels deep") != NULL);
	free(seen);
}

TEST(many_anchors_end)
{
	char *text = malloc(64 * 2000), *seen;
	size_t length = 0;

	for (int i = 0; i < 2000; i++)
		length += (size_t)sprintf(text + length, "- &a%d x\n", i);
	seen = read_bytes(text, length);
	EXPECT_STRING(seen, "-\n1001:3: more than 1000 anchors");
	free(seen);
	free(text);
}

TEST(a_large_text_is_refused)
{
	char *text = repeat("# 3456789abcde\n", DOCUMENT_BYTES_MAX / 15 + 1);
	char *seen = read_bytes(text, strlen(text));

	EXPECT_STRING(seen, "-\n0:0: larger than a manifest may be (1048576 bytes)");
	free(seen);
	free(text);
}

TEST(a_file_that_is_not_there_is_told)
{
	struct diagnostics diagnostics = {0};
	struct document document;

	EXPECT_NUMBER(document_load("/nowhere/at all.yml", &document, &diagnostics), -1);
	EXPECT_STRING(diagnostics.items[0].message, "cannot open '/nowhere/at all.yml': No such file or directory");
	document_release(&document);
	EXPECT_NUMBER(document_load("/tmp", &document, &diagnostics), -1);
	EXPECT_STRING(diagnostics.items[1].message, "'/tmp' is a folder, not a manifest");
	document_release(&document);
	diagnostics_release(&diagnostics);
}

TEST(the_sha256_is_of_the_text_as_read)
{
	struct diagnostics diagnostics = {0};
	struct document document;
	char sha256[65];

	EXPECT_NUMBER(document_parse("test", "a: b\n", 5, &document, &diagnostics), 0);
	document_sha256(&document, sha256);
	EXPECT_STRING(sha256, "52c9693cf3f219d51ba6af4362ee092c55fb5e6f96d6f9da13c8ede7eff8e71b");
	EXPECT_STRING(document.path, "test");
	document_release(&document);
	diagnostics_release(&diagnostics);
}

UNIT_MAIN
