#include "wrapper/run/launch.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/manifest/script.h"
#include "wrapper/run/evidence.h"

extern char **environ;

static bool is_named(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool is_withheld(const struct manifest *manifest, const char *variable)
{
	for (size_t i = 0; i < manifest->withheld.count; i++)
		if (is_named(variable, ((const char *const *)manifest->withheld.items)[i]))
			return true;
	return false;
}

static bool is_declared(const struct parameter_map *declared, const char *variable)
{
	for (size_t i = 0; i < declared->count; i++)
		if (is_named(variable, declared->entries[i].name))
			return true;
	return false;
}

static char *declare(struct run *run, const struct parameter_map_entry *variable, struct error *err)
{
	const struct text_or_secret *from = variable->value;
	char *value = NULL, *text;

	if ((from->secret != NULL ? secret_read(from->secret, &value, err)
				  : text_resolve(from->text, steps_lookup, run, &value, err)) < 0) {
		error_wrap(err, "the variable '%s' of the environment", variable->name);
		return NULL;
	}
	text = memory_format("%s=%s", variable->name, value);
	secret_free(value);
	return text;
}

int child_environment_prepare(struct run *run, const struct parameter_map *declared, bool only, char ***ret_environment,
			      struct error *err)
{
	static const struct parameter_map nothing = {0};
	size_t inherited = 0, count = 0;

	declared = declared != NULL ? declared : &nothing;
	while (!only && environ[inherited] != NULL)
		inherited++;
	char **environment = memory_array(inherited + declared->count + 1, sizeof(*environment));
	for (size_t i = 0; i < inherited; i++)
		if (!is_withheld(run->manifest, environ[i]) && !is_declared(declared, environ[i]))
			environment[count++] = memory_string(environ[i]);
	for (size_t i = 0; i < declared->count; i++) {
		environment[count] = declare(run, &declared->entries[i], err);
		if (environment[count++] == NULL) {
			child_environment_free(environment);
			return -1;
		}
	}
	*ret_environment = environment;
	return 0;
}

void child_environment_free(char **environment)
{
	for (char **variable = environment; variable != NULL && *variable != NULL; variable++)
		secret_free(*variable);
	free(environment);
}

static int resolve(struct run *run, const struct text *text, char **ret_value, struct error *err)
{
	return text != NULL ? text_resolve(text, steps_lookup, run, ret_value, err) : 0;
}

int launch_resolve_argv(struct run *run, const struct parameter_list *texts, char ***ret_argv, struct error *err)
{
	*ret_argv = memory_array(texts->count + 1, sizeof(**ret_argv));
	for (size_t i = 0; i < texts->count; i++)
		if (resolve(run, ((struct text *const *)texts->items)[i], &(*ret_argv)[i], err) < 0)
			return -1;
	return 0;
}

/* The script with a reference in the place of each variable, whose value goes into the environment: bash never reads it as a script. */
static int resolve_script(struct run *run, const struct text *text, char **ret_script, char ***ret_values,
			  struct error *err)
{
	cleanup_free struct script_variable *variables = NULL;
	cleanup_buffer struct buffer script;
	size_t count, next = 0;
	cleanup_free char *written = script_of_text(text, &variables, &count);

	buffer_init(&script, SIZE_MAX);
	script_read(written, variables, count);
	*ret_values = memory_array(count + 1, sizeof(**ret_values));
	for (size_t i = 0; i < text->count; i++) {
		const struct text_part *part = &text->parts[i];
		const char *value = part->literal;
		if (part->step == NULL && !part->is_value) {
			buffer_string(&script, value);
			continue;
		}
		if (part->step != NULL && steps_lookup(run, part->step, &value, err) < 0)
			return -1;
		const char *quote = variables[next].is_bare ? "\"" : "";
		(*ret_values)[next] = memory_format(SCRIPT_VALUE "%zu=%s", next + 1, value);
		next++;
		buffer_print(&script, "%s${" SCRIPT_VALUE "%zu}%s", quote, next, quote);
	}
	*ret_script = buffer_take(&script);
	return 0;
}

/* What a shell hides, bash can be told not to: a failing command, an unset variable, a failing part of a pipe, and all of it inside $(...). */
static int prepare_shell(struct run *run, const struct manifest_step *step, struct launch *launch, struct error *err)
{
	static const char *const bash[] = {"bash", "-O", "inherit_errexit", "-eu", "-o", "pipefail", "-c"};
	size_t count = sizeof(bash) / sizeof(bash[0]);
	char **argv = memory_array(count + 3, sizeof(*argv));

	for (size_t i = 0; i < count; i++)
		argv[i] = memory_string(bash[i]);
	launch->stages[0] = argv;
	launch->stage_count = 1;
	if (resolve_script(run, step->shell, &argv[count], &launch->values, err) < 0)
		return -1;
	argv[count + 1] = memory_string(step->name);
	return 0;
}

static int prepare_stages(struct run *run, const struct manifest_step *step, struct launch *launch, struct error *err)
{
	const struct parameter_list *pipe = step->pipe.items;
	size_t count = step->pipe.count > 0 ? step->pipe.count : 1;

	launch->stages = memory_array(count, sizeof(*launch->stages));
	if (step->shell != NULL)
		return prepare_shell(run, step, launch, err);
	for (size_t i = 0; i < count; i++) {
		launch->stage_count++;
		if (launch_resolve_argv(run, step->pipe.count > 0 ? &pipe[i] : &step->run, &launch->stages[i], err) < 0)
			return -1;
	}
	return 0;
}

static void add_values(struct launch *launch)
{
	size_t inherited = 0, count = 0;

	while (launch->environment[inherited] != NULL)
		inherited++;
	while (launch->values != NULL && launch->values[count] != NULL)
		count++;
	launch->environment = memory_grow(launch->environment, inherited + count + 1, sizeof(*launch->environment));
	for (size_t i = 0; i < count; i++)
		launch->environment[inherited + i] = launch->values[i];
	launch->environment[inherited + count] = NULL;
	free(launch->values);
	launch->values = NULL;
}

int launch_prepare(struct run *run, const struct manifest_step *step, struct launch *ret_launch, struct error *err)
{
	*ret_launch = (struct launch){0};
	if (prepare_stages(run, step, ret_launch, err) < 0 ||
	    child_environment_prepare(run, &step->env, step->env_only, &ret_launch->environment, err) < 0)
		return -1;
	add_values(ret_launch);
	if (resolve(run, step->cwd, &ret_launch->working_folder, err) < 0 ||
	    resolve(run, step->stdin_path, &ret_launch->stdin_path, err) < 0)
		return -1;
	if (step->output == NULL)
		return 0;
	return resolve(run, step->output->path, &ret_launch->stdout_path, err) < 0
		       ? -1
		       : resolve(run, step->output->key, &ret_launch->stdout_key, err);
}

void launch_free_argv(char **argv)
{
	for (char **word = argv; word != NULL && *word != NULL; word++)
		free(*word);
	free(argv);
}

void launch_free_stages(char ***stages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		launch_free_argv(stages[i]);
	free(stages);
}

void launch_release(struct launch *launch)
{
	child_environment_free(launch->environment);
	child_environment_free(launch->values);
	free(launch->working_folder);
	free(launch->stdin_path);
	free(launch->stdout_path);
	free(launch->stdout_key);
}
