/*
 * THE table of report formats: X(NAME) is `const struct report_format report_NAME` (report/report.h), in a file of report/. It lies
 * here since the manifest's words name them, too.
 */
#ifndef MUSTER_REPORT_TABLE_H
#define MUSTER_REPORT_TABLE_H

#define REPORT_TABLE(X) X(json) X(junit) X(tap) X(prometheus) X(html) X(csv)

#endif
