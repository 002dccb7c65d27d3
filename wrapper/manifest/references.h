/* What a manifest says about itself: every name that is used is declared, once, and in time. */
#ifndef MUSTER_MANIFEST_REFERENCES_H
#define MUSTER_MANIFEST_REFERENCES_H

#include "wrapper/manifest/bind.h"
#include "wrapper/manifest/manifest.h"

/* Also notes which steps' output is asked for, and which variables are withheld from children. The manifest may be incomplete. */
void references_check(struct manifest *manifest, const struct binder *binder);

#endif
