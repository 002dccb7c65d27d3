/* What `exists` expects: entered by the wrapper for every artifact and upload, never written in a manifest. */
#ifndef MUSTER_CHECKS_EXISTS_H
#define MUSTER_CHECKS_EXISTS_H

#include "assertions/checks/assertion.h"
#include "assertions/checks/bounds.h"

struct exists_parameters {
	const char *location;           /* for people: a path, a store and a key */
	struct bounds count;            /* of an artifact's files */
};

#endif
