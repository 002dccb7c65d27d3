#include "match.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/units.h"

enum match_mode { MATCH_AUTO, MATCH_ETAG, MATCH_READ_BACK };
static const char *const modes[] = {"auto", "etag", "read_back", NULL};

struct match_parameters {
	int mode;
};

static const struct parameter parameters[] = {
	{"mode", PARAMETER_CHOICE, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct match_parameters, mode),
	 .choices = modes, .help = "the proof that is asked for", .example = "auto"},
	{0},
};

static const struct record record = {.name = "a match",
				     .help = "a proof of the stored bytes",
				     .size = sizeof(struct match_parameters),
				     .parameters = parameters};

enum comparison { EQUAL, DIFFERENT, NOT_COMPARABLE };

/*
 * An ETag is the MD5 of an object that was put in one piece and not encrypted with a key of its own; only then does a
 * difference prove anything. Of several pieces it is recomputed with the size of the first, as the store told it: the pieces may
 * have had different sizes, so that a difference there proves nothing either.
 */
static enum comparison compare_etag(const struct upload_evidence *upload, char proof[STORE_PROOF_MAX])
{
	const struct store_object *object = upload->object;
	const struct digest_result *digests = upload->digests;
	char text[UNITS_TEXT_MAX];

	if (object->etag_may_be_md5 && digests->md5[0] != '\0') {
		snprintf(proof, STORE_PROOF_MAX, "ETag (MD5)");
		return strcasecmp(object->etag, digests->md5) == 0 ? EQUAL : DIFFERENT;
	}
	for (size_t i = 0; i < digests->part_size_count; i++) {
		if (strcasecmp(object->etag, digests->etags[i]) != 0)
			continue;
		snprintf(proof, STORE_PROOF_MAX, "ETag (multipart, parts of %s)",
			 units_format_size(digests->part_sizes[i], text));
		return EQUAL;
	}
	return NOT_COMPARABLE;
}

static bool is_comparable(const struct upload_evidence *upload)
{
	return upload->status == STORE_OK && upload->digests != NULL && upload->artifact_size != PARAMETER_UNSET;
}

bool match_wants_read_back(const struct check *check, const struct upload_evidence *upload)
{
	const struct match_parameters *match = check->parameters;
	char proof[STORE_PROOF_MAX];

	if (!is_comparable(upload) || upload->object->size_bytes != upload->artifact_size)
		return false;
	if (match->mode == MATCH_READ_BACK)
		return true;
	return match->mode == MATCH_AUTO && compare_etag(upload, proof) == NOT_COMPARABLE;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct match_parameters *match = self;

	(void)row;
	buffer_string(out, "the stored bytes are the artifact's");
	if (match->mode != MATCH_AUTO)
		buffer_print(out, ", by %s", match->mode == MATCH_ETAG ? "the store's ETag" : "reading them back");
}

/* What the uploader wrote beside the object of what it meant to store: s3cmd, rclone. */
static enum comparison compare_with_uploader(const struct upload_evidence *upload)
{
	const struct store_object *object = upload->object;

	if (object->uploader_sha256[0] != '\0' && upload->digests->sha256[0] != '\0')
		return strcasecmp(object->uploader_sha256, upload->digests->sha256) == 0 ? EQUAL : DIFFERENT;
	if (object->uploader_md5[0] != '\0' && upload->digests->md5[0] != '\0')
		return strcasecmp(object->uploader_md5, upload->digests->md5) == 0 ? EQUAL : DIFFERENT;
	return NOT_COMPARABLE;
}

/* Where the artifact was examined in the store itself there is nothing else that it could be compared with. */
static void conclude_in_place(const struct upload_evidence *upload, struct finding *finding)
{
	switch (compare_with_uploader(upload)) {
	case EQUAL:
		finding_pass(finding, "read to its last byte, equal to the digest that the uploader wrote beside it");
		return;
	case DIFFERENT:
		finding_fail(finding, "not the bytes whose digest the uploader wrote beside it");
		return;
	case NOT_COMPARABLE:
		break;
	}
	finding_pass(finding, "read to its last byte; here is no artifact beside it to compare with");
}

static void conclude_read_back(const struct upload_evidence *upload, struct finding *finding)
{
	if (upload->is_what_was_read) {
		conclude_in_place(upload, finding);
		return;
	}
	if (upload->stored == NULL)
		finding_unproven(finding, "they could not be read back: %s",
				 upload->stored_trouble != NULL ? upload->stored_trouble
								: store_status_text(upload->stored_status));
	else if (upload->stored_size != upload->artifact_size ||
		 strcmp(upload->stored->sha256, upload->digests->sha256) != 0)
		finding_fail(finding, "read back %lld bytes with SHA-256 %.16s..., the artifact has %lld with %.16s...",
			     (long long)upload->stored_size, upload->stored->sha256, (long long)upload->artifact_size,
			     upload->digests->sha256);
	else
		finding_pass(finding, "read back, SHA-256 %.16s...", upload->digests->sha256);
}

static void conclude(const void *self, void *state, const void *evidence, struct finding *findings)
{
	const struct match_parameters *match = self;
	const struct upload_evidence *upload = evidence;
	char proof[STORE_PROOF_MAX];
	enum comparison compared;

	(void)state;
	if (!is_comparable(upload)) {
		finding_unproven(findings, "%s",
				 upload->status != STORE_OK ? "there is nothing to compare with"
							    : "the artifact was not read");
		return;
	}
	if (upload->object->size_bytes != upload->artifact_size) {
		finding_fail(findings, "%lld bytes, the artifact has %lld", (long long)upload->object->size_bytes,
			     (long long)upload->artifact_size);
		return;
	}
	compared = match->mode == MATCH_READ_BACK ? NOT_COMPARABLE : compare_etag(upload, proof);
	if (compared == EQUAL)
		finding_pass(findings, "%s is equal", proof);
	else if (compared == DIFFERENT)
		finding_fail(findings, "%s is %s, the artifact's MD5 is %s", proof, upload->object->etag,
			     upload->digests->md5);
	else if (match->mode == MATCH_ETAG)
		finding_unproven(findings, "the ETag '%s' is not one that can be recomputed", upload->object->etag);
	else
		conclude_read_back(upload, findings);
}

void match_proof(const struct check *check, const struct upload_evidence *upload, char ret_proof[STORE_PROOF_MAX])
{
	const struct match_parameters *match = check->parameters;

	ret_proof[0] = '\0';
	if (!is_comparable(upload))
		return;
	if (match->mode != MATCH_READ_BACK && compare_etag(upload, ret_proof) == EQUAL)
		return;
	ret_proof[0] = '\0';
	if (upload->is_what_was_read && compare_with_uploader(upload) == EQUAL)
		snprintf(ret_proof, STORE_PROOF_MAX, "uploader's digest");
	else if (!upload->is_what_was_read && upload->stored != NULL &&
		 strcmp(upload->stored->sha256, upload->digests->sha256) == 0)
		snprintf(ret_proof, STORE_PROOF_MAX, "read back (SHA-256)");
}

const struct assertion_kind kind_match = {
	.name = "match",
	.subject = SUBJECT_UPLOAD,
	.summary = "the stored bytes are the artifact's",
	.details = "'auto' takes the ETag where it can be recomputed (an MD5, or that of a multipart upload), and "
		   "reads the object back otherwise; "
		   "'etag' never downloads; 'read_back' always does. An ETag that is not made of MD5s proves nothing "
		   "and alarms nobody.",
	.example = "match: auto",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};
