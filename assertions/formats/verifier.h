/*
 * Reads bytes of one format to their end and says whether they are whole: formats that are
 * neither compressions nor archives.
 *
 * A verifier is one const struct, one file, one line of FORMAT_TABLE (format.h). The bytes stand for themselves: nothing is unpacked for anybody.
 */
#ifndef MUSTER_FORMATS_VERIFIER_H
#define MUSTER_FORMATS_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/bytes/budget.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/format.h"

struct verifier {
	bool (*recognises)(const unsigned char *head, size_t length);
	/* NULL, or: it begins as this does, but in a version that cannot be read here; *ret_trouble is OPAQUE and says which. */
	bool (*is_other_version)(const unsigned char *head, size_t length, struct trouble *ret_trouble);
	/*
	 * Up to the end of the cursor's source; 0, or -1 and why. Where it is the source that failed, that is told by the caller, so
	 * a verifier may take the end of what can be read for the end.
	 */
	int (*verify)(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble);
};

/* The rules that head and size alone can break; also for who reads no more than these. */
int verify_sqlite_head(const unsigned char *head, size_t length, uint64_t size_bytes, struct trouble *ret_trouble);
int verify_etcd_head(const unsigned char *head, size_t length, uint64_t size_bytes, struct trouble *ret_trouble);

/* What a dump begins with, and the last bytes of it. */
#define VERIFY_RDB_END_BYTES 9
int verify_rdb_ends(const unsigned char *head, size_t length, uint64_t size_bytes,
		    const unsigned char end[VERIFY_RDB_END_BYTES], struct trouble *ret_trouble);

/* NULL where there is none for it. */
const struct verifier *verifier_find(enum format format);

#endif
