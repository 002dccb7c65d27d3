/*
 * The variables in a manifest's strings.
 *
 * ${vars.NAME}, ${env.NAME}, ${stores.NAME.KEY}, ${run.id}, ${run.date}, ${run.time} and ${step.NAME.stdout};
 * $$ is a dollar sign, and so is one that neither { nor $ follows. What is found is not read again: a value of
 * the environment or of --var that holds "${" keeps it. Vars may refer to vars.
 *
 *     struct expander *expander = expand_new(&document, options, &arena, &diagnostics);
 *     if (expand_scalar(expander, node, &expansion) == 0)
 *             text = expand_text(expander, &expansion, TEXT_GLOB);
 */
#ifndef MUSTER_MANIFEST_EXPAND_H
#define MUSTER_MANIFEST_EXPAND_H

#include "wrapper/manifest/diagnostics.h"
#include "wrapper/manifest/document.h"
#include "wrapper/manifest/expansion.h"

#define EXPAND_TOTAL_MAX ((size_t)16 << 20)     /* bytes of all scalars of a manifest together */
#define EXPAND_VARIABLES_MAX 1000               /* in one scalar */
#define EXPAND_CHAIN_MAX 50                     /* vars that refer to vars */
#define EXPAND_KNOWN_MAX 2000                   /* scalars that are referred to */

struct manifest_options;
struct expander;

/* Everything is borrowed and must outlive the expander. */
struct expander *expand_new(const struct document *document, const struct manifest_options *options,
			    struct arena *arena, struct diagnostics *diagnostics);
void expand_free(struct expander *expander);

/* -1: something is wrong, which has been reported. */
int expand_scalar(struct expander *expander, const struct node *scalar, struct expansion *ret_expansion);

/* The whole of it, or parts from..to-1; see expansion_render(). */
char *expand_text(struct expander *expander, const struct expansion *expansion, enum text_quoting quoting);
char *expand_range(struct expander *expander, const struct expansion *expansion, size_t from, size_t to,
		   enum text_quoting quoting);

/* As a glob in which what is different in every run matches anything, whatever the options say. */
char *expand_anywhen(struct expander *expander, const struct expansion *expansion);

/* Vars of the command line (see override.h) that nothing referred to are errors. Call it last. */
void expand_report_unused(struct expander *expander);

#endif
