/*
 * Version numbers of tools: "2.3", "15.18", "1.0.2-rc1".
 *
 * Numbers are compared part by part, a missing part is 0; text after the numbers is ignored.
 */
#ifndef MUSTER_BASE_VERSION_H
#define MUSTER_BASE_VERSION_H

#include <stdbool.h>

#include "assertions/base/error.h"

struct version_range;

/* One or more of ">=2.3", ">2", "<=3", "<4.1", "=2.3.1" (or bare), joined by spaces or commas: all must hold. "=2.3" holds for 2.3.x too. */
int version_range_parse(const char *text, struct version_range **ret_range, struct error *err);
void version_range_free(struct version_range *range);

/* The first version number in a text ("s3cmd version 2.3.0" gives "2.3.0"), or -1 where there is none. */
int version_find(const char *text, char *ret_version, unsigned ret_size);
const char *version_range_text(const struct version_range *range); /* as it was written */
/* Whether every version within the one is within the other; false where that cannot be told. */
bool version_range_is_within(const struct version_range *range, const struct version_range *other);
bool version_in_range(const struct version_range *range, const char *version);

#endif
