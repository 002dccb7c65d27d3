/*
 * What children are started with: a step of the manifest as it is executed, its texts resolved, its environment put together.
 *
 * The environment is muster's own, without the variables that only muster needs (manifest.h, `withheld`), and what the manifest
 * declares for the child; or the latter alone.
 *
 *     char **environment;
 *     if (child_environment_prepare(run, &step->env, step->env_only, &environment, err) < 0) ...
 *     child_environment_free(environment);
 */
#ifndef MUSTER_RUN_LAUNCH_H
#define MUSTER_RUN_LAUNCH_H

#include "wrapper/run/run.h"

struct launch {
	char ***stages; /* argv of each, NULL-ended */
	size_t stage_count;
	char **environment;
	char **values; /* what the variables of its script stand for, as "NAME=VALUE", until they are in the environment; NULL */
	char *working_folder, *stdin_path, *stdout_path;
	char *stdout_key; /* in the store that the step names; NULL */
};

/* -1 where a text or a secret of the step could not be had. */
int launch_prepare(struct run *run, const struct manifest_step *step, struct launch *ret_launch, struct error *err);
/* The words of a command, of struct text, ended by NULL; what there is of them is the caller's also for -1. */
int launch_resolve_argv(struct run *run, const struct parameter_list *texts, char ***ret_argv, struct error *err);
void launch_free_argv(char **argv);
void launch_free_stages(char ***stages, size_t count);
/* The stages are not released with it: they are for the report. */
void launch_release(struct launch *launch);

/* `declared`, of struct text_or_secret, may be NULL: nothing. -1 where a text or a secret of it could not be had. */
int child_environment_prepare(struct run *run, const struct parameter_map *declared, bool only, char ***ret_environment,
			      struct error *err);
/* Overwrites what is in it. */
void child_environment_free(char **environment);

#endif
