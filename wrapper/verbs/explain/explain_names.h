/* Everything that `muster explain` knows by a name: words, kinds, how values are written, exit codes, warnings of 'lint'. */
#ifndef MUSTER_VERBS_EXPLAIN_EXPLAIN_NAMES_H
#define MUSTER_VERBS_EXPLAIN_EXPLAIN_NAMES_H

#include "wrapper/reference.h"

#define EXPLAIN_NAMES_MAX 2048

/* Sorted, each once; gives how many. They live as long as the program. */
size_t explain_names(const struct reference *reference, const char *ret_names[EXPLAIN_NAMES_MAX]);

#endif
