/* The manual pages, muster(1) and muster.yaml(5), in mdoc(7), to standard output: made of the tables that everything else is made of. */
#ifndef MUSTER_VERBS_EXPLAIN_EXPLAIN_MAN_H
#define MUSTER_VERBS_EXPLAIN_EXPLAIN_MAN_H

#include "wrapper/reference.h"

/* -1 where there is no page of that name ("muster", "muster.yaml"), which has been said. */
int explain_man(const struct reference *reference, const char *page);

#endif
