/*
 * When a store takes an object away, compared with when it should.
 *
 * A rule of N days takes it away at the first midnight (UTC) after them, so that N up to N + 1 days after it was written is
 * what N days look like (docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html).
 */
#ifndef MUSTER_CHECKS_UPLOAD_EXPIRY_H
#define MUSTER_CHECKS_UPLOAD_EXPIRY_H

#include "assertions/checks/assertion.h"

/* Judges the object by what HEAD said; `place` names it. */
void expiry_judge(const struct store_object *object, const char *place, int64_t after_ms, struct finding *finding);

/* For validate(): whole days, at least one. */
int expiry_validate(int64_t after_ms, struct error *err);

#define EXPIRY_DAY_MS INT64_C(86400000)

#endif
