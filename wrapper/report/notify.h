/*
 * Who is told of a run: a ping in the manner of healthchecks.io (healthchecks.io/docs/http_api), a webhook that gets the JSON
 * report, a Prometheus Pushgateway (github.com/prometheus/pushgateway, "API"), and the stores into which the manifest wants its reports
 * put, where they make a history.
 *
 *     notify_begin(run);                      "/start"
 *     ... run, reports written ...
 *     notify_deliver_reports(run, false);
 *     notify_end(run);                        what the verdict is
 *
 * It never changes the verdict. What was sent and what was not is kept in the run, for the reports.
 */
#ifndef MUSTER_REPORT_NOTIFY_H
#define MUSTER_REPORT_NOTIFY_H

#include "wrapper/outcome.h"

/* Both do nothing where the manifest has no `notify`, or none for this verb. */
void notify_begin(struct run *run);
void notify_end(struct run *run);

/* Under `run` only: `verify` writes nothing. `again`: those that are there have become untrue meanwhile. */
void notify_deliver_reports(struct run *run, bool again);

#endif
