#include "assertions/checks/store/bucket_findings.h"

bool bucket_finding_of_silence(struct finding *finding, const struct store_evidence *evidence)
{
	const struct store_probe *probe = evidence->probe;

	if (!evidence->asked || (probe->status != STORE_OK && probe->status != STORE_DENIED)) {
		finding_unproven(finding, "%s",
				 probe->trouble.message[0] != '\0' ? probe->trouble.message
								   : store_status_text(probe->status));
		finding_hint(finding, "%s", probe->hint);
		return true;
	}
	if (evidence->facts == NULL)
		finding_unproven(finding, "it was not asked for");
	return evidence->facts == NULL;
}

bool bucket_finding_of_no_settings(struct finding *finding, const struct store_evidence *evidence)
{
	if (bucket_finding_of_silence(finding, evidence))
		return true;
	if (evidence->facts->cannot_be_asked)
		finding_unproven(finding, "%s is no store that can be asked for this", evidence->description);
	return evidence->facts->cannot_be_asked;
}

void bucket_finding_unproven(struct finding *finding, enum store_status status, const struct error *trouble,
			     const char *permission)
{
	const char *message = trouble->message[0] != '\0' ? trouble->message : store_status_text(status);

	if (status != STORE_DENIED) {
		finding_unproven(finding, "%s", message);
		return;
	}
	finding_unproven(finding, "not proven: needs %s (%s)", permission, message);
	finding_hint(finding, "allow these credentials %s, which only reads", permission);
}
