/* Every kind of check, one row each, in the order of the reference. */
#ifndef MUSTER_CHECKS_REGISTRY_H
#define MUSTER_CHECKS_REGISTRY_H

#include "assertions/checks/assertion.h"

extern const struct assertion_kind *const registry_kinds[]; /* ended by NULL */

/* NULL where there is none of that name for the subject. */
const struct assertion_kind *registry_find(enum subject subject, const char *name);

/* The one that is entered then: there is one. */
const struct assertion_kind *registry_on(enum subject subject, enum occasion occasion);

/* "a step", "bytes (an artifact, an object, a member of an archive)", ... */
const char *registry_subject_name(enum subject subject);

#endif
