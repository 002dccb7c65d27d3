/*
 * `muster explain credentials [MANIFEST]`: where credentials were looked for, in order, what was found, and where
 * endpoint, region and CA certificates are from. No secret is shown.
 */
#ifndef MUSTER_VERBS_EXPLAIN_EXPLAIN_CREDENTIALS_H
#define MUSTER_VERBS_EXPLAIN_EXPLAIN_CREDENTIALS_H

#include "wrapper/command.h"

/* Of a store for which a manifest gives none. */
void explain_credentials_here(void);

/* Of each store of the manifest; an enum exit_code. */
int explain_credentials_of(const char *manifest, const struct command_options *options);

#endif
