/*
 * Who is told of a run: a ping in the manner of healthchecks.io (healthchecks.io/docs/http_api), a webhook that gets the JSON
 * report, a Prometheus Pushgateway (github.com/prometheus/pushgateway, "API").
 *
 *     notify_begin(run);              "/start"
 *     ... run, reports written ...
 *     notify_end(run);                what the verdict is
 *
 * It never changes the verdict. What was sent and what was not is kept in the run, for the reports.
 */
#ifndef MUSTER_REPORT_NOTIFY_H
#define MUSTER_REPORT_NOTIFY_H

#include "wrapper/outcome.h"

#define NOTIFY_SUMMARY_MAX 10000        /* bytes of a ping's body */

/* Both do nothing where the manifest has no `notify`, or none for this verb. */
void notify_begin(struct run *run);
void notify_end(struct run *run);

/* What became of telling somebody; `trouble` NULL: it was sent. */
void notify_take_down(struct run *run, const char *kind, const char *trouble, int status);

/* A UUID made of the run's id, so that the begin and the end of a run are told to be one; 36 characters. */
void notify_uuid(const char *run_id, char ret_uuid[37]);

#endif
