#include "assertions/checks/assertion.h"

#include <stdio.h>
#include <string.h>

#include "assertions/checks/stored.h"

enum match_mode { MATCH_AUTO, MATCH_CHECKSUM, MATCH_ETAG, MATCH_READ_BACK };
static const char *const modes[] = {"auto", "checksum", "etag", "read_back", NULL};
static const char *const means[] = {"", "the store's checksums", "the store's ETag", "reading them back"};

static const unsigned sources[] = {
	[MATCH_AUTO] = PROOF_OF_CHECKSUMS | PROOF_OF_ETAGS | WORDS_OF_UPLOADER,
	[MATCH_CHECKSUM] = PROOF_OF_CHECKSUMS | WORDS_OF_UPLOADER,
	[MATCH_ETAG] = PROOF_OF_ETAGS,
	[MATCH_READ_BACK] = 0,
};

struct match_parameters {
	int mode;
};

static const struct parameter parameters[] = {
	{"mode", &value_choice, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct match_parameters, mode),
	 .choices = modes, .help = "the proof that is asked for", .example = "auto"},
	{0},
};

static const struct record record = {.name = "a match",
				     .help = "a proof of the stored bytes",
				     .size = sizeof(struct match_parameters),
				     .parameters = parameters};

static bool is_comparable(const struct upload_evidence *upload)
{
	return !upload->is_artifact && upload->status == STORE_OK && upload->digests != NULL &&
	       upload->artifact_size != PARAMETER_UNSET;
}

static struct proofs weigh(const struct match_parameters *match, const struct upload_evidence *upload)
{
	return proofs_of(upload->object, upload->digests, sources[match->mode]);
}

/* Proofs that contradict one another are none. */
static bool is_proven(const struct proofs *proofs)
{
	return proofs->equal[0] != '\0' && proofs->different[0] == '\0';
}

static void request_digests(const void *self, const struct store_object *object, struct digest_request *request)
{
	proofs_request(object, sources[((const struct match_parameters *)self)->mode], request);
}

/*
 * Also where something differs: an ETag that looks like an MD5 may be random, and nobody shall be alarmed for it. Where the bytes
 * differ in truth, reading them back will show it.
 */
static bool wants_read_back(const void *self, const struct upload_evidence *upload)
{
	const struct match_parameters *match = self;
	struct proofs proofs;

	if (!is_comparable(upload) || upload->object->size_bytes != upload->artifact_size)
		return false;
	if (match->mode == MATCH_READ_BACK)
		return true;
	proofs = weigh(match, upload);
	return match->mode == MATCH_AUTO && !is_proven(&proofs);
}

/* To read them back is the strongest; of the others each accepts what another does not. */
static enum value_change compare(const void *before, size_t row_before, const void *after, size_t row_after)
{
	const struct match_parameters *old = before, *new = after;

	(void)row_before;
	(void)row_after;
	if (old->mode == new->mode)
		return VALUE_SAME;
	if (old->mode == MATCH_READ_BACK)
		return VALUE_WEAKER;
	return new->mode == MATCH_READ_BACK ? VALUE_STRONGER : VALUE_CHANGED;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct match_parameters *match = self;

	(void)row;
	buffer_string(out, "the stored bytes are the artifact's");
	if (match->mode != MATCH_AUTO)
		buffer_print(out, ", by %s", means[match->mode]);
}

/* Where the artifact was examined in the store itself there is nothing else that it could be compared with. */
static void conclude_in_place(const struct upload_evidence *upload, const struct proofs *proofs,
			      struct finding *finding)
{
	if (upload->digests->sha256[0] == '\0')
		finding_unproven(finding, "it could not be read to its last byte");
	else if (proofs->equal[0] != '\0' && (proofs->equal_is_strongest || proofs->different[0] == '\0'))
		finding_pass(finding, "read to its last byte, equal to %s", proofs->equal);
	else if (proofs->different[0] != '\0')
		finding_fail(finding, "what was read differs from %s", proofs->different);
	else if (proofs->doubtful[0] != '\0')
		finding_fail(finding, "what was read differs from %s", proofs->doubtful);
	else if (proofs->promised[0] != '\0')
		finding_pass(finding, "read to its last byte, equal to %s", proofs->promised);
	else
		finding_pass(finding, "read to its last byte; here is no artifact beside it to compare with");
}

static void conclude_without(const struct upload_evidence *upload, const struct proofs *proofs, struct finding *finding)
{
	const char *why = upload->stored_trouble != NULL && upload->stored_trouble[0] != '\0'
				  ? upload->stored_trouble
				  : store_status_text(upload->stored_status);

	if (proofs->different[0] != '\0' && proofs->equal[0] == '\0')
		finding_fail(finding, "%s differs; they could not be read back: %s", proofs->different, why);
	else
		finding_unproven(finding, "they could not be read back: %s", why);
}

static void conclude_read_back(const struct upload_evidence *upload, const struct proofs *proofs,
			       struct finding *finding)
{
	const char *aside = proofs->different[0] != '\0' ? proofs->different : proofs->doubtful;

	if (upload->stored == NULL) {
		conclude_without(upload, proofs, finding);
	} else if (upload->stored_size != upload->artifact_size ||
		   strcmp(upload->stored->sha256, upload->digests->sha256) != 0) {
		finding_fail(finding, "read back %lld bytes with SHA-256 %.16s..., the artifact has %lld with %.16s...",
			     (long long)upload->stored_size, upload->stored->sha256, (long long)upload->artifact_size,
			     upload->digests->sha256);
	} else {
		finding_pass(finding, "read back, SHA-256 %.16s...", upload->digests->sha256);
		if (aside[0] != '\0')
			finding_hint(finding, "%s differs all the same: it is not what it looks like", aside);
	}
}

/* Without reading back. */
static void conclude_as_told(const struct match_parameters *match, const struct upload_evidence *upload,
			     const struct proofs *proofs, struct finding *finding)
{
	if (proofs->equal[0] != '\0')
		finding_unproven(finding, "%s is equal, %s differs", proofs->equal, proofs->different);
	else if (proofs->different[0] != '\0')
		finding_fail(finding, "%s differs: the artifact has MD5 %s, SHA-256 %.16s..., the object ETag %s",
			     proofs->different, upload->digests->md5, upload->digests->sha256, upload->object->etag);
	else if (proofs->doubtful[0] != '\0')
		finding_fail(finding, "%s differs", proofs->doubtful);
	else if (proofs->promised[0] != '\0')
		finding_unproven(finding, "no more than %s is equal, which proves nothing of the bytes",
				 proofs->promised);
	else if (match->mode == MATCH_ETAG)
		finding_unproven(finding, "the ETag '%s' is not one that can be recomputed", upload->object->etag);
	else
		finding_unproven(finding, "the store tells no checksum that can be recomputed");
}

static bool is_without_bytes(const struct upload_evidence *upload, struct finding *finding)
{
	if (upload->is_artifact)
		finding_unproven(finding, "there is no other copy to compare with");
	else if (!is_comparable(upload))
		finding_unproven(finding, "%s",
				 upload->status != STORE_OK ? "there is nothing to compare with"
							    : "the artifact was not read");
	else if (upload->object->size_bytes != upload->artifact_size)
		finding_fail(finding, "%lld bytes, the artifact has %lld", (long long)upload->object->size_bytes,
			     (long long)upload->artifact_size);
	else
		return false;
	return true;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct match_parameters *match = self;
	const struct upload_evidence *upload = evidence->upload;
	bool may_read = match->mode == MATCH_AUTO || match->mode == MATCH_READ_BACK;
	struct proofs proofs;

	(void)state;
	if (is_without_bytes(upload, findings))
		return;
	proofs = weigh(match, upload);
	if (is_proven(&proofs))
		finding_pass(findings, "%s is equal", proofs.equal);
	else if (may_read && upload->is_what_was_read)
		conclude_in_place(upload, &proofs, findings);
	else if (may_read)
		conclude_read_back(upload, &proofs, findings);
	else
		conclude_as_told(match, upload, &proofs, findings);
}

static void tell_proof(const void *self, const struct upload_evidence *upload, char ret_proof[STORE_PROOF_MAX])
{
	struct finding finding = {VERDICT_UNEVALUATED, "", ""};
	struct proofs proofs;

	ret_proof[0] = '\0';
	conclude(self, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = upload}, &finding);
	if (finding.verdict != VERDICT_PASS)
		return;
	proofs = weigh(self, upload);
	if (is_proven(&proofs))
		memcpy(ret_proof, proofs.equal, STORE_PROOF_MAX);
	else if (upload->is_what_was_read)
		memcpy(ret_proof, proofs.equal[0] != '\0' ? proofs.equal : proofs.promised, STORE_PROOF_MAX);
	else
		snprintf(ret_proof, STORE_PROOF_MAX, "read back (SHA-256)");
}

static const struct upload_proof proof = {request_digests, wants_read_back, tell_proof};

const struct assertion_kind kind_match = {
	.name = "match",
	.subject = SUBJECT_UPLOAD,
	.summary = "the stored bytes are the artifact's",
	.details =
		"'auto' takes what the store itself computed: a checksum of all bytes, the ETag where it is an MD5, "
		"ETag or checksum of the parts where these can be recomputed (with the sizes that the store tells, or "
		"else those that uploaders use); and reads the object back where there is none of these, or one "
		"differs. What the uploader wrote beside it (s3cmd, rclone, x-amz-meta-sha256) proves nothing, for "
		"muster's own uploads as for others': a script may hash today's file and upload yesterday's. 'checksum' "
		"and 'etag' never download, 'read_back' always does. An ETag that is not made of MD5s proves nothing "
		"and alarms nobody.",
	.example = "match: auto",
	.parameters = &record,
	.expect = expect,
	.compare = compare,
	.conclude = conclude,
	.needs = NEED_STORED_BYTES,
	.proof = &proof,
};
