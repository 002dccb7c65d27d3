/*
 * What a store tells of an object, compared with the digests of the artifact: every proof that can be had without
 * reading it back.
 *
 * In the order of what they prove: checksums that the store made of all bytes, the ETag where it is an MD5, ETag and checksums
 * of the parts where these can be computed, what the uploader wrote beside it. A checksum of parts is
 * only ever equal or unknown: who uploaded may have cut them otherwise. What the uploader wrote shows what it meant to store, and
 * that is weaker than everything that the store computed: it is copied along with an object, whatever bytes there are.
 */
#ifndef MUSTER_CHECKS_UPLOAD_PROOFS_H
#define MUSTER_CHECKS_UPLOAD_PROOFS_H

#include "assertions/checks/assertion.h"

enum proof_source { PROOF_OF_CHECKSUMS = 1, PROOF_OF_ETAGS = 2, PROOF_OF_UPLOADER = 4 };

struct proofs {
	char equal[STORE_PROOF_MAX]; /* the strongest that is equal, "" where none is */
	char different[STORE_PROOF_MAX]; /* the strongest of the store's own that should be equal and is not */
	char doubtful[STORE_PROOF_MAX]; /* the uploader's, where it differs */
	bool equal_is_strongest; /* of the first two */
	/*
	 * Where only the uploader's is equal: what the store has and that speaks against it, though not for certain; "". An
	 * ETag that is not asked for, or one of parts of the sizes that the store tells.
	 */
	char contrary[STORE_PROOF_MAX];
};

/* `sources`: of enum proof_source. */
struct proofs proofs_of(const struct store_object *object, const struct digest_result *digests, unsigned sources);

/* What must be computed for that. */
void proofs_request(const struct store_object *object, unsigned sources, struct digest_request *request);

#endif
