/*
 * One run of one manifest, from the roll to the verdict; what the verbs `run` and `verify` share.
 *
 *     struct run run;
 *     run_begin(&run, manifest, &options);    every check is entered on the roll, which is closed
 *     run_execute(&run, &human_listener);     evidence is brought, every row is answered
 *     ... the reports ...
 *     run_release(&run);
 *
 * engine.c is the order of things; stores.c, inventories.c, steps.c, artifacts.c and uploads.c bring the evidence.
 */
#ifndef MUSTER_RUN_RUN_H
#define MUSTER_RUN_RUN_H

#include "wrapper/outcome.h"

/* -1, and trouble_place, where the manifest declares the same check twice, or waives one that there is not. */
int run_begin(struct run *run, const struct manifest *manifest, const struct run_options *options, struct error *err);
void run_execute(struct run *run, const struct run_listener *listener);
void run_release(struct run *run);

#endif
