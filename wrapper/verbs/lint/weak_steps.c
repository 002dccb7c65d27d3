#include "wrapper/verbs/lint/lint.h"

#include <stdio.h>
#include <string.h>

#include "assertions/scan/pattern.h"
#include "wrapper/manifest/script.h"

static const struct manifest_step *step_at(const struct manifest *manifest, size_t i)
{
	return ((struct manifest_step *const *)manifest->steps.items)[i];
}

static bool is_uploaded_by_a_step(const struct manifest_artifact *artifact)
{
	return artifact->object != NULL || artifact->uploads.count > 0;
}

/* The number of steps from the first to the last whose work an artifact shows. */
static size_t shown_steps(const struct manifest *manifest)
{
	size_t shown = 0;

	for (size_t i = 0; i < manifest->artifacts.count; i++) {
		const struct manifest_artifact *artifact =
			((struct manifest_artifact *const *)manifest->artifacts.items)[i];
		if (artifact->step == NULL)
			continue;
		if (is_uploaded_by_a_step(artifact))
			return manifest->steps.count;
		for (size_t s = shown; s < manifest->steps.count; s++)
			if (strcmp(step_at(manifest, s)->name, artifact->step) == 0)
				shown = s + 1;
	}
	return shown;
}

static void step_only_its_word(const struct weakness_search *search)
{
	const struct manifest *manifest = search->manifest;

	for (size_t i = shown_steps(manifest); i < manifest->steps.count; i++) {
		const struct manifest_step *step = step_at(manifest, i);
		if (step->always || step->stdout_wanted || check_list_channels(step->expect) != 0)
			continue;
		weakness_say(search, step->place,
			     "name it as the 'step' of an artifact, or expect something of its output",
			     "only its exit code speaks for '%s'", step->name);
	}
}

const struct weakness weakness_step_only_its_word = {
	.name = "step-only-its-word",
	.summary = "nothing looks at what a step leaves behind",
	.details = "An exit code of 0 is the tool's own word. Utilities that skip what they cannot find, and pipes "
		   "whose last stage is content with nothing, give it too.",
	.example = "expect: {output: {always: ['^done: [1-9]'], never: ['^(?i:error)']}}",
	.find = step_only_its_word,
};

static void unbounded_background(const struct weakness_search *search)
{
	for (size_t i = 0; i < search->manifest->steps.count; i++) {
		const struct manifest_step *step = step_at(search->manifest, i);
		if (step->background == BACKGROUND_ALLOW && step->timeout_ms == PARAMETER_UNSET)
			weakness_say(search, step->place, "timeout: 6h",
				     "'%s' waits without end for what it leaves running", step->name);
	}
}

const struct weakness weakness_unbounded_background = {
	.name = "unbounded-background",
	.summary = "a step may leave something running, and nothing bounds how long",
	.details =
		"A daemon that a tool starts by itself (gpg-agent, a connection that ssh keeps) never ends: a backup "
		"that waits for it does not come to its end either, and neither does the next one.",
	.example = "timeout: 6h",
	.find = unbounded_background,
};

/* Outside of quotes, comments and "||". */
static bool has_pipe(const char *script)
{
	char quote = '\0', before = ' ';

	for (; *script != '\0'; before = *script++) {
		if (quote != '\0') {
			if (*script == '\\' && quote == '"' && script[1] != '\0')
				script++;
			else if (*script == quote)
				quote = '\0';
		} else if (*script == '\\' && script[1] != '\0') {
			script++;
		} else if (*script == '\'' || *script == '"') {
			quote = *script;
		} else if (*script == '#' && strchr(" \t\n;", before) != NULL) {
			script += strcspn(script, "\n");
			if (*script == '\0')
				return false;
		} else if (*script == '|' && script[1] == '|') {
			script++;
		} else if (*script == '|' && before != '>') {
			return true;
		}
	}
	return false;
}

static void pipe_in_shell(const struct weakness_search *search)
{
	const struct manifest *manifest = search->manifest;

	for (size_t i = 0; i < manifest->steps.count; i++) {
		const struct manifest_step *step = step_at(manifest, i);
		if (step->shell == NULL || !has_pipe(step->shell->written))
			continue;
		weakness_say(search, weakness_locate(manifest, step->place, step->shell->written),
			     "pipe: [[pg_dumpall], [gzip, -6]] checks every stage, and names the one that failed",
			     "a pipe inside a 'shell' script: which of its stages failed is not seen");
	}
}

const struct weakness weakness_pipe_in_shell = {
	.name = "pipe-in-shell",
	.summary = "a pipe stands in a shell script",
	.details = "muster runs scripts with pipefail, but in a subshell, behind '!' or in a condition that is lost, "
		   "and the report cannot say which stage failed. With 'pipe' each stage has its own exit status.",
	.example = "pipe: [[pg_dumpall, --clean], [gzip, -6]]",
	.find = pipe_in_shell,
};

#define NAME_OF_SECRET                                                                                                \
	"(?i)(?:^|_)(?:pass|passwd|password|pgpassword|secret|token|api_?key|secret_?key|private_?key|secret_access_" \
	"key)$"
#define SECRET_VALUE                                                                                          \
	"://[^/\\s:@]+:[^/\\s@]+@|\\bAKIA[0-9A-Z]{16}\\b|-----BEGIN [A-Z ]*PRIVATE KEY|"                      \
	"(?i)(?<![\\w-])--?(?:password|passwd|secret|token|secret[-_]key|api[-_]key)[= ][^\\s$'\"{-][^\\s]*|" \
	"\\b(?:PGPASSWORD|MYSQL_PWD|AWS_SECRET_ACCESS_KEY|RESTIC_PASSWORD)=[^\\s$'\"{][^\\s]*"

static bool is_found(const char *pattern_written, const char *text)
{
	struct pattern *pattern = NULL;
	struct error ignored;
	bool found = pattern_compile(pattern_written, &pattern, &ignored) == 0 &&
		     pattern_matches(pattern, text, strlen(text)) == 1;

	pattern_free(pattern);
	return found;
}

/* Everything that is run, word by word. */
static void visit_words(const struct weakness_search *search,
			void (*visit)(const struct weakness_search *search, const struct manifest_step *step,
				      const struct text *text, const char *where))
{
	for (size_t i = 0; i < search->manifest->steps.count; i++) {
		const struct manifest_step *step = step_at(search->manifest, i);
		for (size_t word = 0; word < step->run.count; word++)
			visit(search, step, ((struct text *const *)step->run.items)[word], "an argument");
		for (size_t stage = 0; stage < step->pipe.count; stage++) {
			const struct parameter_list *argv = &((const struct parameter_list *)step->pipe.items)[stage];
			for (size_t word = 0; word < argv->count; word++)
				visit(search, step, ((struct text *const *)argv->items)[word], "an argument");
		}
		if (step->shell != NULL)
			visit(search, step, step->shell, "a script");
	}
}

static void find_secret(const struct weakness_search *search, const struct manifest_step *step, const struct text *text,
			const char *where)
{
	if (strstr(text->written, "${") != NULL || !is_found(SECRET_VALUE, text->written))
		return;
	weakness_say(search, weakness_locate(search->manifest, step->place, text->written),
		     "env: {PGPASSWORD: {env: NAME}} or {file: PATH}", "a secret stands in clear in %s", where);
}

static void find_secret_in_environment(const struct weakness_search *search, const struct manifest_step *step)
{
	for (size_t i = 0; i < step->env.count; i++) {
		const struct parameter_map_entry *entry = &step->env.entries[i];
		const struct text *text = ((const struct text_or_secret *)entry->value)->text;
		if (text == NULL || text->written[0] == '\0' || strstr(text->written, "${") != NULL)
			continue;
		if (is_found(NAME_OF_SECRET, entry->name) || is_found(SECRET_VALUE, text->written))
			weakness_say(search, entry->place,
				     "{env: NAME} takes it from muster's environment, {file: PATH} from a file",
				     "the secret '%s' stands in clear in the manifest", entry->name);
	}
}

static void secret_in_clear(const struct weakness_search *search)
{
	for (size_t i = 0; i < search->manifest->steps.count; i++)
		find_secret_in_environment(search, step_at(search->manifest, i));
	visit_words(search, find_secret);
}

const struct weakness weakness_secret_in_clear = {
	.name = "secret-in-clear",
	.summary = "a secret is written in the manifest",
	.details = "Manifests lie in repositories and ConfigMaps, arguments in the list of processes. A secret that "
		   "muster takes from its environment or from a file is masked wherever a tool prints it.",
	.example = "env: {PGPASSWORD: {file: /run/secrets/pg}}",
	.find = secret_in_clear,
};

static bool is_of_name(char letter)
{
	return strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_", letter) != NULL &&
	       letter != '\0';
}

/* As a whole word; not where it is set, and not as ${env.NAME}, which is muster's own look. */
static bool names_variable(const char *text, const char *name)
{
	static const char own[] = "${env.";
	size_t length = strlen(name), before = sizeof(own) - 1;

	for (const char *at = text; (at = strstr(at, name)) != NULL; at++) {
		bool is_word = (at == text || !is_of_name(at[-1])) && !is_of_name(at[length]);
		bool is_own = (size_t)(at - text) >= before && strncmp(at - before, own, before) == 0;
		if (is_word && !is_own && at[length] != '=')
			return true;
	}
	return false;
}

static bool is_declared(const struct manifest_step *step, const char *name)
{
	for (size_t i = 0; i < step->env.count; i++)
		if (strcmp(step->env.entries[i].name, name) == 0)
			return true;
	return false;
}

static void find_withheld(const struct weakness_search *search, const struct manifest_step *step,
			  const struct text *text, const char *where)
{
	const struct parameter_list *withheld = &search->manifest->withheld;

	(void)where;
	for (size_t i = 0; i < withheld->count; i++) {
		const char *name = ((const char *const *)withheld->items)[i];
		char hint[256];
		if (is_declared(step, name) || !names_variable(text->written, name))
			continue;
		snprintf(hint, sizeof(hint), "env: {%.100s: {env: %.100s}} hands it on", name, name);
		weakness_say(search, weakness_locate(search->manifest, step->place, text->written), hint,
			     "'%s' is withheld from steps, since it holds a secret of a store or of 'notify'", name);
	}
}

static void withheld_variable(const struct weakness_search *search)
{
	visit_words(search, find_withheld);
}

const struct weakness weakness_withheld_variable = {
	.name = "withheld-variable",
	.summary = "a step names a variable that it does not get",
	.details =
		"A variable that a store's credentials or 'notify' take a secret from is muster's alone: no step, no "
		"inventory and no preflight check inherits it. A step that needs it declares it.",
	.example = "env: {BACKUP_SECRET_KEY: {env: BACKUP_SECRET_KEY}}",
	.find = withheld_variable,
};

static bool is_of_path(char letter)
{
	return is_of_name(letter) || (letter != '\0' && strchr("/.-+~", letter) != NULL);
}

/* As a whole path: "-o/backup/list" and "> /backup/list" name it, "/backup/list.old" does not. */
static bool names_path(const char *text, const char *path)
{
	size_t length = strlen(path);

	for (const char *at = text; (at = strstr(at, path)) != NULL; at++)
		if (!is_of_path(at[length]) && (path[0] == '/' || at == text || !is_of_path(at[-1])))
			return true;
	return false;
}

static bool step_names_path(const struct manifest_step *step, const char *path)
{
	const struct text *output = step->output != NULL ? step->output->path : NULL;
	bool is_named = (output != NULL && names_path(output->written, path)) ||
			(step->shell != NULL && names_path(step->shell->written, path));

	for (size_t word = 1; word < step->run.count; word++)
		is_named |= names_path(((struct text *const *)step->run.items)[word]->written, path);
	for (size_t stage = 0; stage < step->pipe.count; stage++) {
		const struct parameter_list *argv = &((const struct parameter_list *)step->pipe.items)[stage];
		for (size_t word = 1; word < argv->count; word++)
			is_named |= names_path(((struct text *const *)argv->items)[word]->written, path);
	}
	return is_named;
}

static void find_step_of_path(const struct weakness_search *search, const struct parameter_map_entry *inventory,
			      const char *path)
{
	for (size_t i = 0; i < search->manifest->steps.count; i++) {
		const struct manifest_step *step = step_at(search->manifest, i);
		char hint[256];
		if (!step_names_path(step, path))
			continue;
		snprintf(hint, sizeof(hint), "after: %.100s, if that step writes it", step->name);
		weakness_say(search, weakness_locate(search->manifest, inventory->place, path), hint,
			     "'%s' is read before any step is run, and the step '%s' may write it", path, step->name);
		return;
	}
}

static void inventory_before_step(const struct weakness_search *search)
{
	const struct parameter_map *map = &search->manifest->inventories;

	for (size_t i = 0; i < map->count; i++) {
		const struct manifest_inventory *inventory = map->entries[i].value;
		if (inventory->after != NULL)
			continue;
		if (inventory->file != NULL)
			find_step_of_path(search, &map->entries[i], inventory->file->written);
		for (size_t word = 1; word < inventory->run.count; word++) {
			const char *path = ((struct text *const *)inventory->run.items)[word]->written;
			if (strchr(path, '/') != NULL && strpbrk(path, " \t\n") == NULL && strcmp(path, "/") != 0)
				find_step_of_path(search, &map->entries[i], path);
		}
	}
}

const struct weakness weakness_inventory_before_step = {
	.name = "inventory-before-step",
	.summary = "an inventory reads what a step may write",
	.details = "Inventories are asked before any step is run. A list that the backup itself writes is last night's "
		   "then, or is not there: with 'after' it is read when the step is done.",
	.example = "inventories: {written: {file: /backup/list, after: dump}}",
	.find = inventory_before_step,
};

const struct weakness weakness_shell_injection = {
	.name = SCRIPT_INJECTION,
	.summary = "a variable stands where a shell would execute what it holds",
	.details =
		"An error: no verb takes such a manifest. Values reach a 'shell' script in its environment, as words: "
		"bare, in double quotes and in here-documents a variable may stand anywhere. In single quotes a shell "
		"reads none; in arithmetic, and in what 'eval' or another 'bash -c' reads again, it would execute what "
		"the value holds.",
	.example = "shell: 'psql -c \"select 1\" ${vars.database}'",
};
