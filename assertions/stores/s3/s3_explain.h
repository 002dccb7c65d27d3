/*
 * What s3.h's store would sign with and where it would ask, and why: for `muster explain credentials`.
 */
#ifndef MUSTER_STORES_S3_S3_EXPLAIN_H
#define MUSTER_STORES_S3_S3_EXPLAIN_H

#include "assertions/stores/store.h"

/* struct store_driver's explain(). `parameters` NULL: of a manifest that says nothing. */
bool s3_explain(const void *parameters, void (*note)(void *context, const char *subject, const char *finding),
		void *context);

#endif
