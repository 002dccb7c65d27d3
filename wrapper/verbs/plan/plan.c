#include "wrapper/verbs/plan/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/units.h"
#include "wrapper/command.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/given_manifests.h"

#define LINE_MAX_BYTES 2000
#define PLAN_BYTES_MAX ((size_t)16 << 20)

struct printing {
	const struct run *run;
	FILE *file;
};

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The rows below a prefix of ids, as bullet points. */
static size_t print_rows(const struct printing *printing, int indent, const char *prefix)
{
	size_t count = 0;

	for (size_t i = 0; i < printing->run->roll.count; i++) {
		const struct roll_row *row = &printing->run->roll.rows[i];
		if (!begins_with(row->id, prefix))
			continue;
		fprintf(printing->file, "%*s- %s: %.*s\n", indent, "", row->id + strlen(prefix), LINE_MAX_BYTES,
			row->expected);
		count++;
	}
	return count;
}

/* What is written as words of a shell, but only for reading. */
static void add_word(struct buffer *out, const char *word)
{
	bool plain = word[0] != '\0' && strpbrk(word, " \t\n'\"\\$&|;<>(){}*?#!`~") == NULL;

	buffer_string(out, out->length > 0 ? " " : "");
	if (plain)
		buffer_string(out, word);
	else
		buffer_print(out, "'%s'", word);
}

static void add_argv(struct buffer *out, const struct parameter_list *argv)
{
	for (size_t i = 0; i < argv->count; i++) {
		cleanup_free char *word = text_describe(((struct text *const *)argv->items)[i]);
		add_word(out, word);
	}
}

static void add_command(struct buffer *out, const struct manifest_step *step)
{
	const struct parameter_list *stages = step->pipe.items;

	if (step->shell != NULL) {
		cleanup_free char *script = text_describe(step->shell);
		size_t length = strcspn(script, "\n");
		buffer_print(out, "bash, a script: %.*s%s", (int)length, script,
			     script[length] != '\0' && script[length + 1] != '\0' ? " ..." : "");
	}
	add_argv(out, &step->run);
	for (size_t i = 0; i < step->pipe.count; i++) {
		buffer_string(out, i > 0 ? " |" : "");
		add_argv(out, &stages[i]);
	}
}

static void print_environment(const struct printing *printing, const struct parameter_map *env)
{
	for (size_t i = 0; i < env->count; i++) {
		const struct text_or_secret *from = env->entries[i].value;
		cleanup_free char *value = from->text != NULL ? text_describe(from->text) : NULL;
		if (value != NULL)
			fprintf(printing->file, "     with %s=%s\n", env->entries[i].name, value);
		else
			fprintf(printing->file, "     with %s, a secret from %s '%s'\n", env->entries[i].name,
				from->secret->env != NULL ? "the variable" : "the file",
				from->secret->env != NULL ? from->secret->env : from->secret->file);
	}
}

static void print_output(const struct printing *printing, const struct manifest_output *output)
{
	if (output == NULL)
		return;
	cleanup_free char *to = text_describe(output->path != NULL ? output->path : output->key);
	if (output->store != NULL)
		fprintf(printing->file, "     its output goes to %s in store %s, once it has succeeded\n", to,
			output->store);
	else
		fprintf(printing->file, "     its output goes to %s, once it has succeeded\n", to);
}

static void print_conditions(const struct printing *printing, const struct manifest_step *step)
{
	char text[UNITS_TEXT_MAX];

	if (step->cwd != NULL) {
		cleanup_free char *folder = text_describe(step->cwd);
		fprintf(printing->file, "     in the folder %s\n", folder);
	}
	if (step->timeout_ms != PARAMETER_UNSET)
		fprintf(printing->file, "     ended when it takes longer than %s\n",
			units_declared_duration(step->timeout_ms, text));
	if (step->background == BACKGROUND_ALLOW)
		fprintf(printing->file, "     with what it leaves running waited for\n");
	if (step->retry != NULL)
		fprintf(printing->file, "     tried %lld times, %s between\n", (long long)step->retry->attempts,
			units_declared_duration(step->retry->wait_ms, text));
	if (step->always)
		fprintf(printing->file, "     whatever happened before\n");
	for (size_t i = 0; i < step->needs.count; i++)
		fprintf(printing->file, "     only if '%s' passed\n", ((const char *const *)step->needs.items)[i]);
}

static void print_step(const struct printing *printing, const struct manifest_step *step)
{
	cleanup_free char *prefix = memory_format("step:%s/", step->name);
	cleanup_buffer struct buffer command;

	buffer_init(&command, LINE_MAX_BYTES);
	add_command(&command, step);
	fprintf(printing->file, "   %s: %s\n", step->name, command.data);
	print_environment(printing, &step->env);
	if (step->env_only)
		fprintf(printing->file, "     with %s in its environment\n",
			step->env.count > 0 ? "nothing else" : "nothing at all");
	if (step->no_new_privs)
		fprintf(printing->file, "     unable to gain privileges\n");
	print_output(printing, step->output);
	print_conditions(printing, step);
	print_rows(printing, 5, prefix);
}

static void print_uploads(const struct printing *printing, const struct manifest_artifact *artifact)
{
	for (size_t i = 0; i < artifact->uploads.count; i++) {
		const struct manifest_upload *upload = ((struct manifest_upload *const *)artifact->uploads.items)[i];
		cleanup_free char *prefix = memory_format("upload:%s@%s/", artifact->name, upload->store);
		cleanup_free char *key = text_describe(upload->key);
		fprintf(printing->file, "     %s %s in store %s\n",
			upload->put ? "uploaded by muster to" : "looked for at", key, upload->store);
		print_rows(printing, 7, prefix);
	}
}

static void print_artifact(const struct printing *printing, const struct manifest_artifact *artifact)
{
	cleanup_free char *prefix = memory_format("artifact:%s/", artifact->name);
	cleanup_free char *place = text_describe(artifact->file != NULL ? artifact->file : artifact->object->key);

	fprintf(printing->file, "   %s: %s", artifact->name, place);
	if (artifact->object != NULL)
		fprintf(printing->file, " in store %s", artifact->object->store);
	if (artifact->step != NULL)
		fprintf(printing->file, ", made by '%s'", artifact->step);
	fputc('\n', printing->file);
	print_rows(printing, 5, prefix);
	print_uploads(printing, artifact);
}

static int begin_part(const struct printing *printing, int number, size_t count, const char *title)
{
	if (count == 0)
		return number;
	fprintf(printing->file, "\n%d. %s\n", number, title);
	return number + 1;
}

static void print_gate(const struct printing *printing)
{
	const struct manifest *manifest = printing->run->manifest;

	for (size_t i = 0; i < manifest->stores.count; i++) {
		const struct manifest_store *store = manifest->stores.entries[i].value;
		cleanup_free char *prefix = memory_format("store:%s/", manifest->stores.entries[i].name);
		fprintf(printing->file, "   store %s (%s)\n", manifest->stores.entries[i].name, store->driver->name);
		print_rows(printing, 5, prefix);
	}
	for (size_t i = 0; i < manifest->preflight.count; i++) {
		cleanup_free char *prefix = memory_format("preflight:%zu/", i);
		print_rows(printing, 3, prefix);
	}
}

static void print_inventories(const struct printing *printing)
{
	const struct manifest *manifest = printing->run->manifest;

	for (size_t i = 0; i < manifest->inventories.count; i++) {
		const struct manifest_inventory *inventory = manifest->inventories.entries[i].value;
		cleanup_free char *prefix = memory_format("inventory:%s/", manifest->inventories.entries[i].name);
		cleanup_free char *from = inventory->file != NULL      ? text_describe(inventory->file)
					  : inventory->objects != NULL ? text_describe(inventory->objects->key)
								       : NULL;
		cleanup_free char *when = inventory->after != NULL
						  ? memory_format(" (asked when '%s' is done)", inventory->after)
						  : memory_string("");
		cleanup_buffer struct buffer source;
		buffer_init(&source, LINE_MAX_BYTES);
		add_argv(&source, &inventory->run);
		fprintf(printing->file, "   %s: %s%s\n", manifest->inventories.entries[i].name,
			source.length > 0 ? source.data
			: from != NULL    ? from
					  : "the items that the manifest lists",
			when);
		print_environment(printing, &inventory->env);
		print_rows(printing, 5, prefix);
		for (size_t e = 0; e < inventory->except.count; e++) {
			const struct manifest_exception *exception =
				((struct manifest_exception *const *)inventory->except.items)[e];
			fprintf(printing->file, "     but for %s: %s\n", exception->item, exception->reason);
		}
	}
}

static size_t clean_up_begin(const struct manifest *manifest)
{
	size_t i = manifest->steps.count;

	while (i > 0 && ((struct manifest_step *const *)manifest->steps.items)[i - 1]->always)
		i--;
	return i;
}

/* What holds of everything that is run, also by a preflight check or for an inventory. */
static void print_children(const struct printing *printing)
{
	const struct manifest *manifest = printing->run->manifest;
	const char *const *withheld = manifest->withheld.items;

	if (manifest->no_new_privs)
		fprintf(printing->file, "Neither muster nor what it runs can gain privileges.\n");
	for (size_t i = 0; i < manifest->withheld.count; i++)
		fprintf(printing->file, "%s%s%s",
			i == 0 ? "Withheld from what is run, unless its 'env' says otherwise: " : ", ", withheld[i],
			i + 1 == manifest->withheld.count ? "\n" : "");
}

/* Stores and preflight, inventories, steps, artifacts and their uploads, clean-up: in the order of the run. */
static void print_plan(const struct run *run, FILE *file)
{
	const struct printing printing = {run, file};
	const struct manifest *manifest = run->manifest;
	struct manifest_step *const *steps = manifest->steps.items;
	size_t clean_up = clean_up_begin(manifest);
	int number = 1;

	fprintf(file, "%s: what 'muster run' does, in this order. Below a dash: what must hold.\n", manifest->name);
	print_children(&printing);
	number = begin_part(&printing, number, manifest->stores.count + manifest->preflight.count,
			    "Before anything is run. Where one of these fails, nothing is (exit code 4).");
	print_gate(&printing);
	number = begin_part(&printing, number, manifest->inventories.count,
			    "What there is now, to be covered by the backup");
	print_inventories(&printing);
	number = begin_part(&printing, number, clean_up, "Run. The first step that fails stops the others.");
	for (size_t i = 0; i < clean_up; i++)
		print_step(&printing, steps[i]);
	number = begin_part(&printing, number, manifest->artifacts.count,
			    "Looked for, and read to the last byte where it says so");
	for (size_t i = 0; i < manifest->artifacts.count; i++)
		print_artifact(&printing, ((struct manifest_artifact *const *)manifest->artifacts.items)[i]);
	number = begin_part(&printing, number, manifest->steps.count - clean_up, "Cleaned up, whatever happened");
	for (size_t i = clean_up; i < manifest->steps.count; i++)
		print_step(&printing, steps[i]);
	number = begin_part(&printing, number, manifest->waivers.count, "Waived for a while");
	print_rows(&printing, 3, "waiver:");
	fprintf(file, "\n%zu checks; exit code 0 only when every one of them was evaluated and passed.\n",
		run->roll.count);
	(void)number;
}

/* A manifest with its checks on a roll, nothing of which is run. */
struct planned {
	struct manifest *manifest;
	struct run run;
};

/* At one and the same time, which is in the words of ${run.time}. */
static int load(const char *path, const struct command_options *options, int64_t now_ms, struct planned *ret_planned)
{
	struct manifest_options how = given_manifests_options(options, "plan");
	const struct run_options run_options = {.mode = RUN_MODE_RUN, .id = "plan", .started_ms = now_ms};
	struct diagnostics diagnostics = {0};
	struct error err;
	int code;

	how.run_started_ms = now_ms;
	ret_planned->manifest = manifest_load(path, &how, &diagnostics);
	code = given_manifests_code(ret_planned->manifest, &diagnostics);
	diagnostics_print(&diagnostics, stderr);
	if (ret_planned->manifest != NULL &&
	    run_begin(&ret_planned->run, ret_planned->manifest, &run_options, &err) < 0) {
		fprintf(stderr, "%s:%d:%d: error: %s\n", path, ret_planned->run.trouble_place.line,
			ret_planned->run.trouble_place.column, err.message);
		code = EXIT_MANIFEST;
	}
	diagnostics_release(&diagnostics);
	return code;
}

static void release(struct planned *planned)
{
	if (planned->run.state != NULL)
		run_release(&planned->run);
	manifest_free(planned->manifest);
}

/* What is printed may quote secrets that stand in the environment. */
static void print_masked(char *text, size_t length)
{
	struct buffer masked;

	buffer_init(&masked, PLAN_BYTES_MAX);
	secrets_mask(text, length, &masked);
	fwrite(masked.data, 1, masked.length, stdout);
	buffer_release(&masked);
	free(text);
}

static int print(const struct command_options *options, const struct planned *planned, const struct planned *old)
{
	char *text;
	size_t length, weaker = 0;
	FILE *file = memory_open_stream(&text, &length);

	if (options->diff != NULL)
		weaker = plan_print_difference(&old->run, &planned->run, file);
	else
		print_plan(&planned->run, file);
	memory_end_stream(file);
	print_masked(text, length);
	return options->no_weaker && weaker > 0 ? EXIT_FAILED : EXIT_PASSED;
}

static int plan(const struct command_options *options)
{
	static struct planned planned, old;
	int64_t now_ms = clock_now_ms();
	int code;

	if (options->no_weaker && options->diff == NULL) {
		fprintf(stderr, "muster: plan: --no-weaker needs --diff OLD to compare with\n");
		return EXIT_USAGE;
	}
	code = load(options->arguments[0], options, now_ms, &planned);
	if (code == EXIT_PASSED && options->diff != NULL)
		code = load(options->diff, options, now_ms, &old);
	if (code == EXIT_PASSED)
		code = print(options, &planned, &old);
	release(&planned);
	release(&old);
	return code;
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "MANIFEST",
	.help = "say in plain words what would be run and checked; --diff OLD: what a change adds, drops or weakens",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = plan,
};
