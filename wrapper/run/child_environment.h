/*
 * The environment that a child gets: muster's own, without the variables that only muster needs (manifest.h, `withheld`), and
 * what the manifest declares for it; or the latter alone.
 *
 *     char **environment;
 *     if (child_environment_prepare(run, &step->env, step->env_only, &environment, err) < 0) ...
 *     child_environment_free(environment);
 */
#ifndef MUSTER_RUN_CHILD_ENVIRONMENT_H
#define MUSTER_RUN_CHILD_ENVIRONMENT_H

#include "wrapper/run/run.h"

/* `declared`, of struct text_or_secret, may be NULL: nothing. -1 where a text or a secret of it could not be had. */
int child_environment_prepare(struct run *run, const struct parameter_map *declared, bool only, char ***ret_environment,
			      struct error *err);
/* Overwrites what is in it. */
void child_environment_free(char **environment);

#endif
