/*
 * YAML or JSON as a tree in which every node knows its line and column.
 *
 * One loader (libyaml) reads both. Anchors, aliases and merge keys (<<) are resolved here, within
 * DOCUMENT_NODES_MAX nodes and DOCUMENT_DEPTH_MAX levels: a small file cannot become a large tree.
 * Duplicate keys, tags, several documents, keys that are not plain strings, values that are missing
 * (`key:` with nothing after it) are reported. JSON with tabs and with surrogate pairs is read too.
 */
#ifndef MUSTER_MANIFEST_DOCUMENT_H
#define MUSTER_MANIFEST_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "../../assertions/parameter.h"
#include "diagnostics.h"

#define DOCUMENT_BYTES_MAX ((size_t)1 << 20)
#define DOCUMENT_NODES_MAX 100000
#define DOCUMENT_DEPTH_MAX 64

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
	enum node_kind kind;
	struct place place;
	char *value;                    /* NODE_SCALAR: without NULs inside */
	bool plain;                     /* written without quotes: true, false and numbers are told by that */
	struct node **items;            /* NODE_SEQUENCE: values; NODE_MAPPING: values, in the order written */
	struct node **keys;             /* NODE_MAPPING: scalars */
	size_t count;
};

struct document {
	char *path;                     /* as given; "-" is "standard input" */
	char *text;                     /* as read */
	size_t length;
	char sha256[65];                /* of the text */
	struct node *root;              /* NULL where there is none */
};

/* Everything that is wrong goes to the diagnostics; the tree is as complete as it can be. -1 where it cannot be read at all. */
int document_load(const char *path, struct document *ret_document, struct diagnostics *diagnostics);
void document_release(struct document *document);

/* NULL where there is none of that name. */
struct node *node_get(const struct node *mapping, const char *key);

#endif
