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

#include <stddef.h>

#include "assertions/value/parameter.h"
#include "wrapper/manifest/arena.h"
#include "wrapper/manifest/diagnostics.h"
#include "wrapper/manifest/node.h"

#define DOCUMENT_BYTES_MAX ((size_t)1 << 20)
#define DOCUMENT_NODES_MAX 100000
#define DOCUMENT_DEPTH_MAX 64
#define DOCUMENT_ANCHORS_MAX 1000

struct document {
	char *path;                     /* as given; "-" is "standard input" */
	char *text;                     /* as read */
	size_t length;
	struct node *root;              /* NULL where there is none */
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

#endif
