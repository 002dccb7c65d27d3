/* test: runs 15000 */
/* Any text is read as a manifest's document, or refused; the tree keeps its promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wrapper/manifest/document.h"

static size_t walk(const struct node *node, unsigned depth)
{
	size_t weight = 1;

	if (depth > DOCUMENT_DEPTH_MAX || node->place.line < 1 || node->place.column < 1)
		abort();
	if (node->kind == NODE_SCALAR && (node->value == NULL || node->end < node->begin))
		abort();
	for (size_t i = 0; i < node->count; i++) {
		if (node->kind == NODE_MAPPING && node_get(node, node->keys[i]->value) != node->items[i])
			abort();
		weight += walk(node->items[i], depth + 1);
	}
	return weight;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct diagnostics diagnostics = {0};
	struct document document;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	int loaded = document_parse("fuzz", (const char *)data, size, &document, &diagnostics);
	if ((loaded == 0) != (document.root != NULL) || (loaded != 0 && diagnostics.errors == 0))
		abort();
	if (loaded == 0 && walk(document.root, 1) > 2 * DOCUMENT_NODES_MAX)
		abort();
	diagnostics_print(&diagnostics, nowhere);
	document_release(&document);
	diagnostics_release(&diagnostics);
	return 0;
}
