/* A JSON report of a run, from a file or standard input. */
#ifndef MUSTER_VERBS_REPORT_LOAD_H
#define MUSTER_VERBS_REPORT_LOAD_H

#include "wrapper/report/report.h"

/*
 * An enum exit_code: EXIT_PASSED; EXIT_USAGE where "-" or the file cannot be read; EXIT_MANIFEST where it is no sound report.
 * report_free() is the caller's.
 */
int report_load(const char *path, struct report **ret_report, struct error *err);

#endif
