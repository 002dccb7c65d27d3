/* What the kinds on a store's settings have in common: the findings where a setting could not be asked for. */
#ifndef MUSTER_CHECKS_STORE_BUCKET_FINDINGS_H
#define MUSTER_CHECKS_STORE_BUCKET_FINDINGS_H

#include <stdbool.h>

#include "assertions/checks/assertion.h"
#include "assertions/stores/bucket.h"

/* Where the store did not answer at all: the finding is made and true returned. */
bool bucket_finding_of_silence(struct finding *finding, const struct store_evidence *evidence);
/* The same, and also where it is a store that has no settings. */
bool bucket_finding_of_no_settings(struct finding *finding, const struct store_evidence *evidence);

/* Not proven, for want of the permission where that is the reason, else for what the store answered. */
void bucket_finding_unproven(struct finding *finding, enum store_status status, const struct error *trouble,
			     const char *permission);

#endif
