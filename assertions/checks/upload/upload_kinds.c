#include "assertions/checks/upload/upload_kinds.h"

bool upload_finding_of_silence(struct finding *finding, const struct upload_evidence *upload)
{
	if (upload->status != STORE_OK)
		finding_unproven(finding, "the stored object could not be seen: %s", store_status_text(upload->status));
	else if (!upload->has_server)
		finding_unproven(finding, "a folder has no such thing");
	else
		return false;
	return true;
}
