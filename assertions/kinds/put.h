/* What became of an upload that muster was to make itself: entered for `put: true`, never written in an `expect`. */
#ifndef MUSTER_KINDS_PUT_H
#define MUSTER_KINDS_PUT_H

#include "../store/upload.h"

struct put_evidence {
	enum upload_end end;
	const char *place;              /* for people: "s3://ge-pg/all.gz" */
	const char *trouble;            /* in the store's words, where it is not UPLOAD_DONE */
	int64_t size_bytes, duration_ms;
	bool is_taken;                  /* refused before anything was sent: the key may not be had */
};

#endif
