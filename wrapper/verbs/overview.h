/*
 * What a verify of one or several manifests came to, as a table: of each artifact the newest backup in each place.
 *
 *     struct overview overview = {0};
 *     overview_add_run(&overview, &run);              for each manifest; or
 *     overview_add_invalid(&overview, path);          where it came to no run
 *     overview_print(&overview, file, color, code);
 *     overview_release(&overview);
 */
#ifndef MUSTER_VERBS_OVERVIEW_H
#define MUSTER_VERBS_OVERVIEW_H

#include "wrapper/run/run.h"

#define OVERVIEW_COLUMNS_MAX 100

struct overview_row {
	char *backup;                   /* "pg-dumpall/cluster dump", "pg-dumpall/cluster dump@offsite" */
	char *newest;                   /* path or key; NULL: none was found */
	int64_t size_bytes, age_ms;     /* PARAMETER_UNSET */
	double drift_percent;           /* against the median of the ones before it */
	bool has_drift;
	enum verdict verdict;
};

struct overview {
	struct overview_row *rows;
	size_t count;
	size_t manifests, passed;
	bool sampled;
};

void overview_add_run(struct overview *overview, const struct run *run);
void overview_add_invalid(struct overview *overview, const char *path);
void overview_add_unreached(struct overview *overview, const char *path);
/* OVERVIEW_COLUMNS_MAX columns at most: what is longer is cut in its middle. */
void overview_print(const struct overview *overview, FILE *file, bool color, int code);
void overview_release(struct overview *overview);

#endif
