/* What the wrapper must know of `match` before it can bring its evidence. */
#ifndef MUSTER_KINDS_MATCH_H
#define MUSTER_KINDS_MATCH_H

#include <stdbool.h>

#include "../assertion.h"

/* What the pass over the artifact must compute, so that it can be compared with the object. */
void match_request(const struct check *check, const struct store_object *object, struct digest_request *request);

/* Whether the stored bytes must be read back, given what the store says without it. */
bool match_wants_read_back(const struct check *check, const struct upload_evidence *evidence);

/* By what the bytes were proven: "ETag (MD5)", "ETag (multipart, parts of 16 MiB)", "read back (SHA-256)"; "" where they were not. */
void match_proof(const struct check *check, const struct upload_evidence *evidence, char ret_proof[STORE_PROOF_MAX]);

#endif
