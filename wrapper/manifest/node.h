/*
 * A node of a document: a scalar, a list, a mapping, each with its line and column.
 *
 * The tree is read by document_load(), which owns it.
 */
#ifndef MUSTER_MANIFEST_NODE_H
#define MUSTER_MANIFEST_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/value/parameter.h"
#include "wrapper/manifest/arena.h"

enum node_kind {
	NODE_SCALAR,
	NODE_SEQUENCE,
	NODE_MAPPING,
	NODE_BROKEN,                    /* something is wrong here that was reported already */
};

struct node {
	enum node_kind kind;
	struct place place;
	size_t begin, end;              /* bytes of the document's text that a scalar was written in; else 0 */
	char *value;                    /* NODE_SCALAR: without NULs inside */
	bool plain;                     /* written without quotes: true, false and numbers are told by that */
	bool literal;                   /* from the command line: holds no variables */
	struct node **items;            /* NODE_SEQUENCE: values; NODE_MAPPING: values, in the order written */
	struct node **keys;             /* NODE_MAPPING: scalars, each name once */
	size_t *sorted;                 /* NODE_MAPPING: indexes in the order of the keys' names */
	size_t count;
	size_t weight;                  /* nodes of this tree, aliases followed */
	unsigned height;                /* levels below */
};

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
