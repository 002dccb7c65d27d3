#include "wrapper/verbs/learn/learn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/stores/folder/directory.h"
#include "wrapper/command.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/process/outfile.h"
#include "wrapper/process/supervise.h"
#include "wrapper/process/temporary.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/lint/lint.h"

#define BUCKET_SCHEME "s3://"
#define LOG_SCHEME "log:"
#define LOG_ENDING ".log"

enum source_sort { SOURCE_FILE, SOURCE_FOLDER, SOURCE_BUCKET, SOURCE_LOG, SOURCE_REPORT, SOURCE_NONE };

struct learning {
	struct draft *draft;
	const struct command_options *options;
	int *ret_code;
	struct error *err;
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static const char *log_path(const char *source)
{
	return begins(source, LOG_SCHEME) ? source + strlen(LOG_SCHEME) : source;
}

static enum source_sort sort_of(const char *source)
{
	size_t length = strlen(source), ending = strlen(LOG_ENDING);
	struct stat status;

	if (begins(source, BUCKET_SCHEME))
		return SOURCE_BUCKET;
	if (stat(log_path(source), &status) < 0)
		return SOURCE_NONE;
	if (S_ISDIR(status.st_mode))
		return SOURCE_FOLDER;
	if (begins(source, LOG_SCHEME) || (length > ending && strcmp(source + length - ending, LOG_ENDING) == 0))
		return SOURCE_LOG;
	return report_steps_is_report(source) ? SOURCE_REPORT : SOURCE_FILE;
}

void learn_know_contents(struct draft *draft, const char *location, struct traits *traits)
{
	const char *slash = strrchr(location, '/'), *name = slash != NULL ? slash + 1 : location;

	if (strcmp(name, LEARN_PG_CONTENTS) != 0 || traits->layer_count != 1 || traits->layers[0] != FORMAT_PG_CUSTOM)
		return;
	traits->layer_count = 0;
	traits->trouble = (struct trouble){0};
	draft_note(
		draft,
		"the folder of '%s' is what pg_dump -Fd writes: packed as a tar, 'format: pg_directory' finds a table "
		"that is missing in it",
		location);
}

int learn_judge(const char *location, const struct traits *traits, int *ret_code, struct error *err)
{
	const struct trouble *trouble = &traits->trouble;

	if (trouble->soundness == SOUND)
		return 0;
	*ret_code = trouble->soundness == UNREADABLE ? EXIT_UNPROVEN : EXIT_FAILED;
	return error_set(err, "nothing is learnt from '%s', which is not sound: %s", location, trouble->error.message);
}

static char *declare_file(const char *path)
{
	cleanup_buffer struct buffer glob;
	struct buffer text;

	buffer_init(&glob, DRAFT_BYTES_MAX);
	buffer_init(&text, DRAFT_BYTES_MAX);
	glob_quote(path, &glob);
	buffer_string(&text, "file: ");
	yaml_text_scalar(glob.data, &text);
	return buffer_take(&text);
}

static int look_at_file(const struct learning *learning, const char *path, bool is_log, struct traits *traits,
			struct source_file_facts *ret_facts)
{
	struct source *source = NULL;

	*learning->ret_code = EXIT_UNPROVEN;
	if (source_open_file(path, &source, ret_facts, learning->err) < 0)
		return -1;
	traits_find(&(struct traits_request){.path = path, .source = source, .is_log = is_log}, traits);
	source_close(source);
	return 0;
}

static int learn_one_file(const struct learning *learning, const char *path, bool is_log)
{
	struct draft_artifact artifact = {.traits = traits_new()};
	struct source_file_facts facts;
	cleanup_buffer struct buffer glob;

	buffer_init(&glob, DRAFT_BYTES_MAX);
	if (look_at_file(learning, path, is_log, artifact.traits, &facts) < 0) {
		traits_free(artifact.traits);
		return -1;
	}
	path_glob(path, PATH_GLOB_STABLE, &glob);
	artifact.name = path_glob_name(glob.data);
	artifact.place = declare_file(path);
	artifact.location = memory_string(path);
	draft_history_add(&artifact.history, path, facts.modified_ms, facts.size_bytes);
	learn_know_contents(learning->draft, path, artifact.traits);
	int result = learn_judge(path, artifact.traits, learning->ret_code, learning->err);
	draft_add(learning->draft, artifact);
	return result;
}

/* Whether a file before this one was learnt from as one of the same backups. */
static bool was_taken(const struct learning *learning, size_t before, const char *folder, const char *glob)
{
	struct glob *compiled = NULL;
	struct error ignored;
	bool taken = false;

	if (glob_compile(glob, &compiled, &ignored) < 0)
		return false;
	for (size_t i = 0; i < before && !taken; i++) {
		const char *slash = strrchr(learning->options->arguments[i], '/'),
			   *name = slash != NULL ? slash + 1 : learning->options->arguments[i];
		cleanup_free char *other = memory_substring(learning->options->arguments[i],
							    (size_t)(name - learning->options->arguments[i]));
		taken = strcmp(other, folder) == 0 && glob_matches(compiled, name) &&
			sort_of(learning->options->arguments[i]) == SOURCE_FILE;
	}
	glob_free(compiled);
	return taken;
}

static bool is_given(const struct learning *learning, const char *folder, const char *name)
{
	cleanup_free char *path = memory_format("%s%s", folder, name);

	for (size_t i = 0; name != NULL && i < learning->options->argument_count; i++)
		if (strcmp(learning->options->arguments[i], path) == 0)
			return true;
	return false;
}

/*
 * A file with a date in its name is one of many: tomorrow's lies beside it. Only where the newest of these is not the one that
 * is vouched for, it stands for itself.
 */
static int learn_file(const struct learning *learning, size_t index)
{
	const char *path = learning->options->arguments[index], *slash = strrchr(path, '/'),
		   *name = slash != NULL ? slash + 1 : path;
	cleanup_free char *folder = memory_substring(path, (size_t)(name - path)), *newest = NULL;
	cleanup_buffer struct buffer glob;
	struct place_of_backups *place = NULL;
	size_t declared = learning->draft->stores.length;
	int result;

	buffer_init(&glob, DRAFT_BYTES_MAX);
	if (path_glob(name, PATH_GLOB_STABLE, &glob) != PATH_GLOB_STABLE || path_glob_is_literal(glob.data))
		return learn_one_file(learning, path, false);
	if (was_taken(learning, index, folder, glob.data))
		return 0;
	place = places_open_directory(learning->draft, folder[0] != '\0' ? folder : ".", learning->err);
	newest = place != NULL ? places_newest(place, glob.data) : NULL;
	if (newest != NULL && is_given(learning, folder, newest)) {
		result = places_learn_glob(learning->draft, place, glob.data, learning->ret_code, learning->err);
	} else {
		draft_forget_store(learning->draft, declared);
		draft_note(learning->draft, "'%s' is looked for by its whole name: a newer file beside it is like it",
			   path);
		result = learn_one_file(learning, path, false);
	}
	places_close(place);
	return result;
}

static int learn_folder(const struct learning *learning, const char *path)
{
	struct place_of_backups *place = places_open_directory(learning->draft, path, learning->err);
	int result = -1;

	*learning->ret_code = EXIT_UNPROVEN;
	if (place != NULL)
		result = places_learn_prefix(learning->draft, place, "", learning->ret_code, learning->err);
	places_close(place);
	return result;
}

/* One object, or what lies below a prefix. */
static int learn_key(const struct learning *learning, struct place_of_backups *place, const char *key)
{
	cleanup_buffer struct buffer glob;
	cleanup_free char *newest = NULL;

	buffer_init(&glob, DRAFT_BYTES_MAX);
	if (!places_has(place, key))
		return places_learn_prefix(learning->draft, place, key, learning->ret_code, learning->err);
	path_glob(key, PATH_GLOB_STABLE, &glob);
	newest = places_newest(place, glob.data);
	if (newest == NULL || strcmp(newest, key) != 0) {
		buffer_clear(&glob);
		glob_quote(key, &glob);
	}
	return places_learn_glob(learning->draft, place, glob.data, learning->ret_code, learning->err);
}

static int learn_bucket(const struct learning *learning, const char *address)
{
	const char *from = address + strlen(BUCKET_SCHEME), *slash = strchr(from, '/');
	cleanup_free char *bucket = memory_substring(from, slash != NULL ? (size_t)(slash - from) : strlen(from));
	struct place_of_backups *place;
	int result = -1;

	*learning->ret_code = EXIT_USAGE;
	if (bucket[0] == '\0')
		return error_set(learning->err, "'%s' names no bucket", address);
	*learning->ret_code = EXIT_UNPROVEN;
	place = places_open_bucket(learning->draft, bucket, learning->options, learning->err);
	if (place != NULL)
		result = learn_key(learning, place, slash != NULL ? slash + 1 : "");
	places_close(place);
	return result;
}

/* The same lists are of use where the log is made: beside the step that prints it. */
static void write_step_of_log(struct draft *draft, const struct traits *traits)
{
	buffer_string(&draft->steps,
		      "# Where muster runs what prints the log, the same is expected of its output:\n"
		      "# steps:\n#   - name: backup\n#     run: [your-backup-tool]\n#     expect:\n#       output:\n");
	draft_text_lists(traits, 8, "# ", &draft->steps);
}

static int learn_log(const struct learning *learning, const char *path)
{
	int result = learn_one_file(learning, path, true);
	const struct draft *draft = learning->draft;

	if (result == 0)
		write_step_of_log(learning->draft, draft->artifacts[draft->artifact_count - 1].traits);
	return result;
}

static int learn_source(const struct learning *learning, size_t index)
{
	const char *source = learning->options->arguments[index];

	switch (sort_of(source)) {
	case SOURCE_BUCKET:
		return learn_bucket(learning, source);
	case SOURCE_FOLDER:
		return learn_folder(learning, source);
	case SOURCE_LOG:
		return learn_log(learning, log_path(source));
	case SOURCE_REPORT:
		return report_steps_learn(learning->draft, source, learning->ret_code, learning->err);
	case SOURCE_FILE:
		return learn_file(learning, index);
	case SOURCE_NONE:
		break;
	}
	*learning->ret_code = EXIT_USAGE;
	return error_set(learning->err, "cannot look at '%s': %s", source, strerror(errno));
}

/* A draft that the loader would refuse is an error inside muster: it is never given out. */
static int append_weak_spots(const struct draft *draft, struct buffer *text, struct error *err)
{
	const struct manifest_options options = {.unset_env_is_warning = true, .run_id = "learn"};
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_parse("the draft", text->data, text->length, &options, &diagnostics);

	if (manifest == NULL)
		error_set(err, "the draft is not valid: line %d: %s",
			  diagnostics.count > 0 ? diagnostics.items[0].place.line : 0,
			  diagnostics.count > 0 ? diagnostics.items[0].message : "it cannot be read");
	else
		weakness_find_all(manifest, &diagnostics);
	if (manifest != NULL && (diagnostics.count > 0 || draft->notes.length > 0))
		buffer_string(text, "\n# Weak spots:\n");
	for (size_t i = 0; manifest != NULL && i < diagnostics.count; i++) {
		const struct diagnostic *item = &diagnostics.items[i];
		buffer_print(text, "# - %s: %s; %s\n", item->name != NULL ? item->name : "warning", item->message,
			     item->hint != NULL ? item->hint : "see 'muster explain'");
	}
	buffer_append(text, draft->notes.data, draft->notes.length);
	diagnostics_release(&diagnostics);
	manifest_free(manifest);
	return manifest != NULL ? 0 : -1;
}

static int write_file(const char *path, bool overwrite, const struct buffer *text, struct error *err)
{
	struct outfile file;
	struct stat status;

	if (!overwrite && lstat(path, &status) == 0)
		return error_set(err, "'%s' is there already: --overwrite replaces it", path);
	int result = outfile_open(&file, path, clock_monotonic_ms() + REPORT_PIPE_MS, 0, err);
	if (result == 0) {
		outfile_write(&file, text->data, text->length);
		result = outfile_finish(&file, err);
	}
	if (result == 0) {
		cleanup_free char *target = NULL;
		char *temporary = outfile_take(&file, &target);
		result = temporary != NULL ? outfile_rename(temporary, target, err) : 0;
		temporary_end(temporary);
	}
	outfile_release(&file);
	return result;
}

static int give_out(const struct command_options *options, const struct buffer *text, struct error *err)
{
	cleanup_buffer struct buffer masked;

	buffer_init(&masked, 2 * DRAFT_BYTES_MAX);
	secrets_mask(text->data, text->length, &masked);
	if (options->output != NULL && strcmp(options->output, "-") != 0)
		return write_file(options->output, options->overwrite, &masked, err);
	if (fwrite(masked.data, 1, masked.length, stdout) != masked.length || fflush(stdout) != 0)
		return error_set(err, "cannot write the draft: %s", strerror(errno));
	return 0;
}

static int draft_manifest(const struct command_options *options, struct draft *draft, struct error *err)
{
	cleanup_buffer struct buffer text;
	int code = EXIT_INTERNAL;
	const struct learning learning = {draft, options, &code, err};

	buffer_init(&text, DRAFT_BYTES_MAX);
	for (size_t i = 0; i < options->argument_count; i++)
		if (learn_source(&learning, i) < 0)
			return code;
	draft_write(draft, &text);
	if (text.truncated)
		error_set(err, "the draft has more than %zu bytes: learn from fewer sources at once", DRAFT_BYTES_MAX);
	else if (append_weak_spots(draft, &text, err) == 0)
		return give_out(options, &text, err) < 0 ? EXIT_USAGE : EXIT_PASSED;
	return EXIT_INTERNAL;
}

static int learn(const struct command_options *options)
{
	struct draft draft;
	struct error err = {""};
	int code;

	if (options->output != NULL && !options->overwrite && access(options->output, F_OK) == 0) {
		fprintf(stderr, "muster: learn: '%s' is there already: --overwrite replaces it\n", options->output);
		return EXIT_USAGE;
	}
	draft_init(&draft, clock_now_ms());
	store_set_cancelled(traits_cancelled, NULL);
	code = draft_manifest(options, &draft, &err);
	if (code != EXIT_PASSED && supervise_signal() != 0)
		code = EXIT_SIGNAL_BASE + supervise_signal();
	if (code != EXIT_PASSED) {
		secrets_mask_string(err.message);
		fprintf(stderr, "muster: learn: %s\n", err.message);
	}
	draft_release(&draft);
	return code;
}

const struct command command_learn = {
	.name = "learn",
	.arguments = "SOURCE...",
	.help = "draft a manifest from a backup that is known to be good: a file, a folder, s3://BUCKET/PREFIX, a log",
	.arguments_min = 1,
	.arguments_max = 1000,
	.run = learn,
};
