/*
 * What the kinds on stores, and on the objects that lie in them, have in common: the findings where nothing could be seen or
 * asked for, and the comparisons that hold for a bucket's setting as for what became of an object.
 */
#ifndef MUSTER_CHECKS_STORED_H
#define MUSTER_CHECKS_STORED_H

#include <stdbool.h>

#include "assertions/checks/assertion.h"
#include "assertions/stores/bucket.h"

/* Of a kind that is declared with `true`, or not at all: its `record`. */
struct wanted_parameters {
	bool wanted;
};
int wanted_validate(const struct wanted_parameters *wanted, const char *kind, struct error *err);

#define WANTED_RECORD(kind, what, meaning)                                                                       \
	static const struct parameter parameters[] = {                                                           \
		{"wanted", &value_bool, PARAMETER_REQUIRED | PARAMETER_SHORTHAND,                                \
		 offsetof(struct wanted_parameters, wanted), .more = MORE_IS_STRONGER, .help = "true: " meaning, \
		 .example = "true"},                                                                             \
		{0},                                                                                             \
	};                                                                                                       \
	static int validate(const void *self, struct error *err)                                                 \
	{                                                                                                        \
		return wanted_validate(self, kind, err);                                                         \
	}                                                                                                        \
	static const struct record record = {.name = "a " kind,                                                  \
					     .help = what,                                                       \
					     .size = sizeof(struct wanted_parameters),                           \
					     .parameters = parameters,                                           \
					     .validate = validate};

/* Not proven, for what the probe came to. */
void store_finding_unproven(struct finding *finding, const struct store_probe *probe);
/* Where the store did not answer at all: the finding is made and true returned. */
bool bucket_finding_of_silence(struct finding *finding, const struct store_evidence *evidence);
/* The same, and also where it is a store that has no settings. */
bool bucket_finding_of_no_settings(struct finding *finding, const struct store_evidence *evidence);

/* Not proven, for want of the permission where that is the reason, else for what the store answered. */
void bucket_finding_unproven(struct finding *finding, enum store_status status, const struct error *trouble,
			     const char *permission);

/* Where the object was not seen: the finding is made and true returned. */
bool upload_finding_of_absence(struct finding *finding, const struct upload_evidence *upload);
/* The same, and also where it lies in a store that has no such thing. */
bool upload_finding_of_silence(struct finding *finding, const struct upload_evidence *upload);

/* What locks an object, for value_choice. */
extern const char *const lock_modes[];
/* `wanted`: of lock_modes, -1: either. 'compliance' is as good for 'governance'. */
bool lock_mode_is_enough(int wanted, const char *mode);

/*
 * When a store takes an object away, compared with when it should.
 *
 * A rule of N days takes it away at the first midnight (UTC) after them, so that N up to N + 1 days after it was written is
 * what N days look like (docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html).
 */
#define EXPIRY_DAY_MS INT64_C(86400000)

/* Judges the object by what HEAD said; `name` is how it is called. */
void expiry_judge(const struct store_object *object, const char *name, int64_t after_ms, struct finding *finding);
struct expiry_of {
	const char *keys; /* whole: what they begin with */
	bool is_one; /* it is the key of one object */
};

/* Judges by the rules of the bucket. */
void expiry_judge_by_rules(const struct bucket_lifecycle *lifecycle, const struct expiry_of *of, int64_t after_ms,
			   struct finding *finding);
/* For validate(): whole days, at least one. */
int expiry_validate(int64_t after_ms, struct error *err);

/*
 * What a store tells of an object, compared with the digests of the artifact: every proof that can be had without
 * reading it back.
 *
 * In the order of what they prove: checksums that the store made of all bytes, the ETag where it is an MD5, ETag and checksums
 * of the parts where these can be computed. A checksum of parts is only ever equal or unknown: who uploaded may have cut them
 * otherwise. What the uploader wrote beside the object proves nothing of the bytes that lie there: a script that hashes today's
 * file and uploads yesterday's writes it, too, and a copy carries it along. It says no more than which digest to expect.
 */
enum proof_source { PROOF_OF_CHECKSUMS = 1, PROOF_OF_ETAGS = 2, WORDS_OF_UPLOADER = 4 };

struct proofs {
	char equal[STORE_PROOF_MAX]; /* the strongest that is equal, "" where none is */
	char different[STORE_PROOF_MAX]; /* the strongest of the store's own that should be equal and is not */
	bool equal_is_strongest; /* of these two */
	char promised[STORE_PROOF_MAX],
		doubtful[STORE_PROOF_MAX]; /* the uploader's, where it is equal, where it differs */
};

/* upload/proofs.c. `sources`: of enum proof_source. */
struct proofs proofs_of(const struct store_object *object, const struct digest_result *digests, unsigned sources);

/* What must be computed for that. */
void proofs_request(const struct store_object *object, unsigned sources, struct digest_request *request);

#endif
