/*
 * Reads bytes of one format to their end and says whether they are whole: formats that are
 * neither compressions nor archives.
 *
 * A verifier is one const struct, one file, one line of FORMAT_TABLE (format.h). The bytes stand for themselves: nothing is unpacked for anybody.
 */
#ifndef MUSTER_FORMATS_VERIFIER_H
#define MUSTER_FORMATS_VERIFIER_H

#include "assertions/bytes/budget.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/format.h"

struct verifier {
	struct format_signs signs;
	/*
	 * Up to the end of the cursor's source; 0, or -1 and why. Where it is the source that failed, that is told by the caller, so
	 * a verifier may take the end of what can be read for the end.
	 */
	int (*verify)(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble);
};

/* NULL where there is none for it. */
const struct verifier *verifier_find(enum format format);

#endif
