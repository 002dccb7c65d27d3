#include "wrapper/manifest/manifest_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/patient.h"
#include "assertions/bytes/digest.h"
#include "wrapper/process/supervise.h"

struct anchor {
	char *name;
	struct node *node;
	bool complete; /* its last event was read: an alias before that would stand inside itself */
};

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one that is looked at */
	struct document *document;
	struct diagnostics *diagnostics;
	struct json_text json;
	bool is_json;
	size_t mark_bytes; /* of the byte order mark */
	struct position_finder positions;
	struct anchor *anchors;
	size_t anchor_count;
	size_t nodes; /* so far, aliases followed */
	bool stopped; /* there is no going on; it has been reported */
};

static struct position find_position(struct reader *reader, const yaml_mark_t *mark)
{
	size_t character = reader->is_json ? json_text_original(&reader->json, mark->index) : mark->index;
	struct position position = position_of_character(&reader->positions, character);

	position.byte += reader->mark_bytes;
	return position;
}

static struct place event_place(struct reader *reader)
{
	return find_position(reader, &reader->event.start_mark).place;
}

/* libyaml's words for the mistakes that people make most, with what to do about them. */
static const char *syntax_hint(const yaml_parser_t *parser, char byte)
{
	static const struct {
		const char *problem, *hint;
	} hints[] = {
		{"mapping values are not allowed", "a text that holds ': ' needs quotes"},
		{"unknown escape character", "a backslash is itself in single quotes: write patterns in those"},
		{"expected alphabetic or numeric", "a text that begins with '*' or '&' needs quotes"},
		{"cannot start any token", "a text that begins with '@', '`' or '%' needs quotes"},
		{"did not find expected key", "keys of one mapping stand below each other, in the same column"},
		{"could not find expected ':'", "a key is followed by ': '"},
		{"did not find expected ',' or",
		 "within { } and [ ] a text that holds a brace, a bracket or a comma needs quotes: \"${run.time}\""},
	};

	if (byte == '\t')
		return "indent with spaces: YAML takes no tabs there";
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strstr(parser->problem, hints[i].problem) != NULL)
			return hints[i].hint;
	return NULL;
}

static void report_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem != NULL ? parser->problem : "it cannot be read";
	struct position position;

	if (parser->error == YAML_READER_ERROR) {
		position = position_of_byte(&reader->positions, parser->problem_offset);
		diagnostics_error(reader->diagnostics, position.place, "a manifest is UTF-8 text", "not valid YAML: %s",
				  problem);
		return;
	}
	position = find_position(reader, &parser->problem_mark);
	char byte = position.byte < reader->document->length ? reader->document->text[position.byte] : '\0';
	diagnostics_error(reader->diagnostics, position.place,
			  parser->problem != NULL ? syntax_hint(parser, byte) : NULL, "not valid YAML: %s%s%s", problem,
			  parser->context != NULL ? " " : "", parser->context != NULL ? parser->context : "");
}

static bool next_event(struct reader *reader)
{
	if (reader->stopped)
		return false;
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event))
		return true;
	if (reader->parser.error == YAML_MEMORY_ERROR)
		memory_exhausted();
	report_syntax(reader);
	reader->stopped = true;
	return false;
}

static bool count_nodes(struct reader *reader, struct place place, size_t nodes, unsigned levels)
{
	reader->nodes += nodes;
	if (reader->nodes > DOCUMENT_NODES_MAX)
		diagnostics_error(reader->diagnostics, place, "every alias counts as all that it stands for",
				  "more than %d values", DOCUMENT_NODES_MAX);
	else if (levels > DOCUMENT_DEPTH_MAX)
		diagnostics_error(reader->diagnostics, place, NULL, "more than %d levels deep", DOCUMENT_DEPTH_MAX);
	else
		return true;
	reader->stopped = true;
	return false;
}

static struct node *new_node(struct reader *reader, enum node_kind kind)
{
	struct node *node = arena_alloc(&reader->document->arena, sizeof(*node));

	node->kind = kind;
	node->place = event_place(reader);
	node->weight = 1;
	node->height = 1;
	return node;
}

static void refuse_tag(struct reader *reader, const struct node *node, const unsigned char *tag)
{
	if (tag != NULL)
		diagnostics_error(reader->diagnostics, node->place, "leave the tag out",
				  "the tag '%s' means nothing here", (const char *)tag);
}

static struct anchor *find_anchor(struct reader *reader, const unsigned char *name)
{
	for (size_t i = reader->anchor_count; i > 0; i--)
		if (strcmp(reader->anchors[i - 1].name, (const char *)name) == 0)
			return &reader->anchors[i - 1];
	return NULL;
}

/* An anchor's name may be given again: later aliases mean the later one. */
static size_t add_anchor(struct reader *reader, struct node *node, const unsigned char *name)
{
	struct arena *arena = &reader->document->arena;

	if (name == NULL)
		return SIZE_MAX;
	if (reader->anchor_count == DOCUMENT_ANCHORS_MAX) {
		diagnostics_error(reader->diagnostics, node->place, NULL, "more than %d anchors", DOCUMENT_ANCHORS_MAX);
		reader->stopped = true;
		return SIZE_MAX;
	}
	reader->anchors[reader->anchor_count] =
		(struct anchor){.name = arena_string(arena, (const char *)name), .node = node};
	return reader->anchor_count++;
}

static void complete_anchor(struct reader *reader, size_t anchor)
{
	if (anchor != SIZE_MAX)
		reader->anchors[anchor].complete = true;
}

static struct node *read_alias(struct reader *reader, unsigned depth)
{
	const unsigned char *name = reader->event.data.alias.anchor;
	const struct anchor *anchor = find_anchor(reader, name);
	struct node *broken = new_node(reader, NODE_BROKEN);

	if (anchor == NULL)
		diagnostics_error(reader->diagnostics, broken->place, "a text that begins with '*' needs quotes",
				  "no anchor '&%s' stands before '*%s'", (const char *)name, (const char *)name);
	else if (!anchor->complete)
		diagnostics_error(reader->diagnostics, broken->place, NULL, "'*%s' stands inside what it refers to",
				  (const char *)name);
	else if (count_nodes(reader, broken->place, anchor->node->weight, depth + anchor->node->height))
		return anchor->node;
	return broken;
}

static bool is_null(const yaml_event_t *event)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (event->type != YAML_SCALAR_EVENT || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (strcmp((const char *)event->data.scalar.value, nulls[i]) == 0)
			return true;
	return false;
}

static struct node *read_scalar(struct reader *reader)
{
	struct node *node = new_node(reader, NODE_SCALAR);
	const char *value = (const char *)reader->event.data.scalar.value;
	size_t length = reader->event.data.scalar.length;

	refuse_tag(reader, node, reader->event.data.scalar.tag);
	node->plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->begin = find_position(reader, &reader->event.start_mark).byte;
	node->end = find_position(reader, &reader->event.end_mark).byte;
	if (strlen(value) != length) {
		diagnostics_error(reader->diagnostics, node->place, NULL, "a text holds the character NUL");
		node->kind = NODE_BROKEN;
	}
	node->value = arena_substring(&reader->document->arena, value, length);
	complete_anchor(reader, add_anchor(reader, node, reader->event.data.scalar.anchor));
	return node;
}

static struct node *read_node(struct reader *reader, unsigned depth);

/* A value, or something in its place that says that it was missing. */
static struct node *read_value(struct reader *reader, const struct node *key, unsigned depth)
{
	if (!is_null(&reader->event))
		return read_node(reader, depth);
	struct node *broken = new_node(reader, NODE_BROKEN);
	const char *written = (const char *)reader->event.data.scalar.value;
	const char *hint = written[0] == '\0' ? NULL : "in quotes it would be a text";
	complete_anchor(reader, add_anchor(reader, broken, reader->event.data.scalar.anchor));
	if (key != NULL)
		diagnostics_error(reader->diagnostics, key->place, hint, "'%.100s' has no value", key->value);
	else
		diagnostics_error(reader->diagnostics, broken->place, hint, "an item of a list has no value");
	return broken;
}

static struct node *read_key(struct reader *reader, unsigned depth)
{
	bool missing = is_null(&reader->event);
	struct node *key = missing ? new_node(reader, NODE_BROKEN) : read_node(reader, depth);

	if (key == NULL || key->kind == NODE_SCALAR)
		return key;
	if (missing)
		diagnostics_error(reader->diagnostics, key->place, NULL, "a key has no name");
	else if (key->kind != NODE_BROKEN)
		diagnostics_error(reader->diagnostics, key->place, "a text that begins with '{' or '[' needs quotes",
				  "a key must be a name, not %s", key->kind == NODE_SEQUENCE ? "a list" : "a mapping");
	return key;
}

static void read_entries(struct reader *reader, struct node_members *members, unsigned depth)
{
	while (next_event(reader) && reader->event.type != YAML_MAPPING_END_EVENT) {
		struct node *key = read_key(reader, depth + 1);
		if (!next_event(reader))
			return;
		bool unnamed = key->kind != NODE_SCALAR && is_null(&reader->event);
		struct node *item = unnamed ? new_node(reader, NODE_BROKEN) : read_value(reader, key, depth + 1);
		node_members_add(members, key, item);
	}
}

/* A list or a mapping. */
static struct node *read_collection(struct reader *reader, enum node_kind kind, const unsigned char *name,
				    const unsigned char *tag, unsigned depth)
{
	struct node *node = new_node(reader, kind);
	size_t anchor = add_anchor(reader, node, name), before = reader->nodes;
	struct node_members members = {0};

	refuse_tag(reader, node, tag);
	if (kind == NODE_MAPPING)
		read_entries(reader, &members, depth);
	while (kind == NODE_SEQUENCE && next_event(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT)
		node_members_add(&members, NULL, read_value(reader, NULL, depth + 1));
	node_members_take(&members, node, &reader->document->arena, reader->diagnostics);
	for (size_t i = 0; i < node->count; i++)
		if (node->items[i]->height >= node->height)
			node->height = node->items[i]->height + 1;
	node->weight += reader->nodes - before;
	complete_anchor(reader, anchor);
	return node;
}

/* The event that is looked at is the node's first, and afterwards its last. */
static struct node *read_node(struct reader *reader, unsigned depth)
{
	if (reader->event.type == YAML_ALIAS_EVENT)
		return read_alias(reader, depth);
	if (!count_nodes(reader, event_place(reader), 1, depth))
		return new_node(reader, NODE_BROKEN);
	const yaml_event_t *event = &reader->event;
	if (event->type == YAML_MAPPING_START_EVENT)
		return read_collection(reader, NODE_MAPPING, event->data.mapping_start.anchor,
				       event->data.mapping_start.tag, depth);
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return read_collection(reader, NODE_SEQUENCE, event->data.sequence_start.anchor,
				       event->data.sequence_start.tag, depth);
	return read_scalar(reader);
}

static void read_stream(struct reader *reader)
{
	if (!next_event(reader) || !next_event(reader))
		return;
	if (reader->event.type == YAML_STREAM_END_EVENT || !next_event(reader) || is_null(&reader->event)) {
		if (!reader->stopped)
			diagnostics_error(reader->diagnostics, (struct place){1, 1}, NULL, "the manifest is empty");
		reader->stopped = true;
		return;
	}
	struct node *root = read_node(reader, 1);
	if (!next_event(reader) || !next_event(reader))
		return;
	if (reader->event.type != YAML_STREAM_END_EVENT)
		diagnostics_error(reader->diagnostics, event_place(reader),
				  "a manifest is one document: put this in a file of its own",
				  "a second document begins");
	reader->document->root = root;
}

static int read_tree(struct document *document, struct diagnostics *diagnostics)
{
	struct reader reader = {.document = document, .diagnostics = diagnostics};
	const char *text = document->text;
	size_t length = document->length;

	reader.mark_bytes = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	text += reader.mark_bytes;
	length -= reader.mark_bytes;
	position_init(&reader.positions, text, length);
	reader.is_json = json_text_from(text, length, &reader.json);
	if (reader.is_json) {
		text = reader.json.text;
		length = reader.json.length;
	}
	if (!yaml_parser_initialize(&reader.parser))
		memory_exhausted();
	reader.anchors = memory_array(DOCUMENT_ANCHORS_MAX, sizeof(*reader.anchors));
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
	read_stream(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	json_text_release(&reader.json);
	free(reader.anchors);
	return document->root != NULL ? 0 : -1;
}

static int read_whole(int fd, const char *name, char **ret_text, size_t *ret_length, struct error *err)
{
	cleanup_free char *text = memory_alloc(DOCUMENT_BYTES_MAX + 2);
	size_t length = 0;
	ssize_t got = 1;

	while (length <= DOCUMENT_BYTES_MAX && got > 0) {
		got = patient_read(fd, text + length, DOCUMENT_BYTES_MAX + 1 - length, PATIENT_FOR_EVER,
				   supervise_is_told);
		length += got > 0 ? (size_t)got : 0;
	}
	if (got < 0 && errno == ECANCELED)
		return error_set(err, "cannot read '%s': muster was told to end", name);
	if (got < 0)
		return error_set(err, "cannot read '%s': %s", name, strerror(errno));
	if (length > DOCUMENT_BYTES_MAX)
		return error_set(err, "'%s' is larger than a manifest may be (%zu bytes)", name, DOCUMENT_BYTES_MAX);
	*ret_text = memory_substring(text, length);
	*ret_length = length;
	return 0;
}

static int read_file(const char *path, char **ret_text, size_t *ret_length, struct error *err)
{
	if (strcmp(path, "-") == 0)
		return read_whole(STDIN_FILENO, "standard input", ret_text, ret_length, err);
	cleanup_fd int fd = patient_open(path);
	struct stat status;
	if (fd < 0)
		return error_set(err, "cannot open '%s': %s", path, strerror(errno));
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
		return error_set(err, "'%s' is a folder, not a manifest", path);
	return read_whole(fd, path, ret_text, ret_length, err);
}

static void begin_document(const char *name, struct document *ret_document, struct diagnostics *diagnostics)
{
	*ret_document = (struct document){.path = memory_string(name)};
	free(diagnostics->path);
	diagnostics->path = memory_string(name);
}

/* The document takes the text. */
static int parse_text(char *text, size_t length, struct document *document, struct diagnostics *diagnostics)
{
	document->text = text;
	document->length = length;
	free(diagnostics->text);
	diagnostics->text = memory_substring(text, length);
	diagnostics->length = length;
	return read_tree(document, diagnostics);
}

int document_load(const char *path, struct document *ret_document, struct diagnostics *diagnostics)
{
	struct error err;
	char *text = NULL;
	size_t length = 0;

	begin_document(strcmp(path, "-") == 0 ? "standard input" : path, ret_document, diagnostics);
	if (read_file(path, &text, &length, &err) == 0)
		return parse_text(text, length, ret_document, diagnostics);
	diagnostics_error(diagnostics, (struct place){0}, NULL, "%s", err.message);
	return -1;
}

int document_parse(const char *name, const char *text, size_t length, struct document *ret_document,
		   struct diagnostics *diagnostics)
{
	begin_document(name, ret_document, diagnostics);
	if (length <= DOCUMENT_BYTES_MAX)
		return parse_text(memory_substring(text, length), length, ret_document, diagnostics);
	diagnostics_error(diagnostics, (struct place){0}, NULL, "larger than a manifest may be (%zu bytes)",
			  DOCUMENT_BYTES_MAX);
	return -1;
}

void document_sha256(const struct document *document, char ret_hex[65])
{
	digest_sha256_hex(document->text, document->length, ret_hex);
}

void document_release(struct document *document)
{
	arena_release(&document->arena);
	free(document->path);
	free(document->text);
	*document = (struct document){0};
}
