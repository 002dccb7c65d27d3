/*
 * YAML or JSON as a tree in which every node knows its line and column.
 *
 * One loader (libyaml) reads both. Anchors, aliases and merge keys (<<) are resolved here, within
 * DOCUMENT_NODES_MAX nodes and DOCUMENT_DEPTH_MAX levels, every alias counted as what it stands for: a small
 * file cannot become a large tree. A node that is referred to several times is one node with several parents.
 * Duplicate keys, tags, several documents, keys that are not plain strings, values that are missing
 * (`key:` with nothing after it, null) are reported. JSON with tabs and with surrogate pairs is read too.
 *
 * Columns count characters (code points), lines end with LF, CR LF or CR, a byte order mark is no character.
 */
#ifndef MUSTER_MANIFEST_DOCUMENT_H
#define MUSTER_MANIFEST_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/value/parameter.h"
#include "wrapper/manifest/arena.h"
#include "wrapper/manifest/diagnostics.h"

enum node_kind {
	NODE_SCALAR,
	NODE_SEQUENCE,
	NODE_MAPPING,
	NODE_BROKEN, /* something is wrong here that was reported already */
};

struct node {
	enum node_kind kind;
	struct place place;
	size_t begin, end; /* bytes of the document's text that a scalar was written in; else 0 */
	char *value; /* NODE_SCALAR: without NULs inside */
	bool plain; /* written without quotes: true, false and numbers are told by that */
	bool literal; /* from the command line: holds no variables */
	struct node **items; /* NODE_SEQUENCE: values; NODE_MAPPING: values, in the order written */
	struct node **keys; /* NODE_MAPPING: scalars, each name once */
	size_t *sorted; /* NODE_MAPPING: indexes in the order of the keys' names */
	size_t count;
	size_t weight; /* nodes of this tree, aliases followed */
	unsigned height; /* levels below */
};

#define DOCUMENT_BYTES_MAX ((size_t)1 << 20)
#define DOCUMENT_NODES_MAX 100000
#define DOCUMENT_DEPTH_MAX 64
#define DOCUMENT_ANCHORS_MAX 1000

struct document {
	char *path; /* as given; "-" is "standard input" */
	char *text; /* as read */
	size_t length;
	struct node *root; /* NULL where there is none */
	struct arena arena;
};

/*
 * Everything that is wrong goes to the diagnostics; the tree is as complete as it can be. -1 where it cannot
 * be read at all: not there, too large, no YAML. The diagnostics get the path and the text for their messages.
 */
int document_load(const char *path, struct document *ret_document, struct diagnostics *diagnostics);

/* The same for a text in memory; `name` stands for the path. */
int document_parse(const char *name, const char *text, size_t length, struct document *ret_document,
		   struct diagnostics *diagnostics);
/* Of the text as read. For whoever asks: OpenSSL takes longer to begin than a short run does. */
void document_sha256(const struct document *document, char ret_hex[65]);
void document_release(struct document *document);

/* NULL where there is none of that name. */
struct node *node_get(const struct node *mapping, const char *key);
/* The key itself, which knows its place. */
struct node *node_key(const struct node *mapping, const char *key);

/* Fills `sorted`, which node_get() needs; the keys may hold doubles. Indexes of one name are in ascending order. */
void node_sort(struct node *mapping, struct arena *arena);

/* "a list", "a mapping", "'x'", "the text 'x'" where it has quotes: for messages; cut where it is long. */
#define NODE_TEXT_MAX 96
const char *node_describe(const struct node *node, char text[NODE_TEXT_MAX]);

#endif
