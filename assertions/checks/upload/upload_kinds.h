/* What the kinds on an uploaded object have in common. */
#ifndef MUSTER_CHECKS_UPLOAD_UPLOAD_KINDS_H
#define MUSTER_CHECKS_UPLOAD_UPLOAD_KINDS_H

#include "assertions/checks/assertion.h"

/* Where the object was not seen, or lies in a store that has no such thing: the finding is made and true returned. */
bool upload_finding_of_silence(struct finding *finding, const struct upload_evidence *upload);

#endif
