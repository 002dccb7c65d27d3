/*
 * Reports that the manifest asks for: put into stores, where they make a history. Like a notification, one that could not be
 * put there changes no verdict and is always reported.
 */
#ifndef MUSTER_REPORT_DELIVER_H
#define MUSTER_REPORT_DELIVER_H

#include "wrapper/outcome.h"

/* Under `run` only: `verify` writes nothing. What became of it is added to the run's notifications. */
void deliver_reports(struct run *run, bool again);

#endif
