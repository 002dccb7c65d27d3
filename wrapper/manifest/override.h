/* --var NAME=VALUE: the document is changed before anything is read from it. */
#ifndef MUSTER_MANIFEST_OVERRIDE_H
#define MUSTER_MANIFEST_OVERRIDE_H

#include "wrapper/manifest/document.h"

/*
 * Sets `vars` of the document's root; of one name the last counts. The values are literal: a dollar sign in
 * them is one. Where `vars` is no mapping nothing is done, since the manifest is wrong anyway.
 */
void override_vars(struct document *document, const char *const *settings, size_t count, struct diagnostics *diagnostics);

#endif
