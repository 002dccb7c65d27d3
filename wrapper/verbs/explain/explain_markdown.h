/* The whole reference as Markdown, to standard output: examples/REFERENCE.md. */
#ifndef MUSTER_VERBS_EXPLAIN_EXPLAIN_MARKDOWN_H
#define MUSTER_VERBS_EXPLAIN_EXPLAIN_MARKDOWN_H

#include "wrapper/reference.h"

void explain_markdown(const struct reference *reference);

#endif
