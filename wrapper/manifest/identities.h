/* Every check of a manifest has an id of its own: names are given once, and no two checks come out the same. */
#ifndef MUSTER_MANIFEST_IDENTITIES_H
#define MUSTER_MANIFEST_IDENTITIES_H

#include "wrapper/manifest/manifest.h"

/* The manifest may be incomplete. */
void identities_check(const struct manifest *manifest, struct diagnostics *diagnostics);

#endif
