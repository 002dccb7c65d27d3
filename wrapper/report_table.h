/*
 * THE tables of formats. REPORT_TABLE: X(NAME) is `const struct report_format report_NAME` (report/report.h), in a file of report/. It
 * lies here since the manifest's words name them, too. LINT_TABLE: those of `lint --format`, print_NAME() in verbs/lint/lint.c.
 */
#ifndef MUSTER_REPORT_TABLE_H
#define MUSTER_REPORT_TABLE_H

#define REPORT_TABLE(X) X(json) X(junit) X(tap) X(prometheus) X(html) X(csv)
#define LINT_TABLE(X) X(human) X(json) X(github) X(sarif)

#endif
