/* The part of bind.h that reads an `expect`: a mapping of kinds of checks, each with its parameters. */
#ifndef MUSTER_MANIFEST_CHECKS_H
#define MUSTER_MANIFEST_CHECKS_H

#include "assertions/checks/assertion.h"
#include "wrapper/manifest/scalar.h"

/* Fills a struct check_list *. The list is there as soon as the node is a mapping; checks that could not be read whole are not in it. */
int checks_bind(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target);

/* "a step", "bytes": a subject in few words. */
#define CHECKS_SUBJECT_MAX 64
const char *checks_subject(enum subject subject, char text[CHECKS_SUBJECT_MAX]);

#endif
