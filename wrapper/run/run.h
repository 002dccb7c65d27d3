/*
 * One run of one manifest, from the roll to the verdict; what the verbs `run` and `verify` share.
 *
 *     struct run run;
 *     run_begin(&run, manifest, &options);    every check is entered on the roll, which is closed
 *     run_execute(&run);                      evidence is brought, every row is answered
 *     ... the reports ...
 *     if (run_look_again(&run)) ...          what they were written over is not there any more: they say so
 *     run_release(&run);
 *
 * order.c is the order of things, roll_call.c what is entered; the others bring the evidence.
 */
#ifndef MUSTER_RUN_RUN_H
#define MUSTER_RUN_RUN_H

#include "wrapper/outcome.h"

/* -1, and trouble_place, where the manifest declares the same check twice, or waives one that there is not. */
int run_begin(struct run *run, const struct manifest *manifest, const struct run_options *options, struct error *err);
void run_execute(struct run *run);
/* After something was written that may lie where a backup did; true where the verdict may be another one. */
bool run_look_again(struct run *run);
void run_release(struct run *run);

#endif
