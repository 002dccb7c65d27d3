/* What the wrapper must know of `digest` before the bytes are read. */
#ifndef MUSTER_KINDS_DIGEST_KIND_H
#define MUSTER_KINDS_DIGEST_KIND_H

#include <stdbool.h>

#include "../assertion.h"

/* What follows the artifact's name in the name of the file with its digest; NULL where none is declared. */
const char *digest_sidecar_suffix(const struct check *check);
/* Whether the backup before must be compared with. */
bool digest_wants_change(const struct check *check);

#endif
