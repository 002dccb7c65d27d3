#include "wrapper/verbs/learn/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/stores/folder/directory.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/learn/yaml_text.h"

#define BUCKET_SCHEME "s3://"
#define LOG_SCHEME "log:"
#define LOG_ENDING ".log"

enum source_sort { SOURCE_FILE, SOURCE_FOLDER, SOURCE_BUCKET, SOURCE_LOG, SOURCE_REPORT, SOURCE_NONE };

struct learning {
	struct draft *draft;
	const char *const *sources;
	size_t count;
	const struct sources_options *options;
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

int sources_judge(const char *location, const struct seen *seen, int *ret_code, struct error *err)
{
	const struct trouble *trouble = &seen->trouble;

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

static int look_at_file(const struct learning *learning, const char *path, bool is_log, struct seen *seen,
			struct source_file_facts *ret_facts)
{
	struct source *source = NULL;

	*learning->ret_code = EXIT_UNPROVEN;
	if (source_open_file(path, &source, ret_facts, learning->err) < 0)
		return -1;
	seen_look(&(struct seen_request){.path = path, .source = source, .is_log = is_log}, seen);
	source_close(source);
	return 0;
}

static int learn_one_file(const struct learning *learning, const char *path, bool is_log)
{
	struct draft_artifact artifact = {.seen = seen_new()};
	struct source_file_facts facts;
	cleanup_buffer struct buffer glob;

	buffer_init(&glob, DRAFT_BYTES_MAX);
	if (look_at_file(learning, path, is_log, artifact.seen, &facts) < 0) {
		seen_free(artifact.seen);
		return -1;
	}
	shape_of(path, SHAPE_STABLE, &glob);
	artifact.name = shape_name(glob.data);
	artifact.place = declare_file(path);
	artifact.location = memory_string(path);
	draft_history_add(&artifact.history, facts.modified_ms, facts.size_bytes);
	int result = sources_judge(path, artifact.seen, learning->ret_code, learning->err);
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
		const char *slash = strrchr(learning->sources[i], '/'),
			   *name = slash != NULL ? slash + 1 : learning->sources[i];
		cleanup_free char *other =
			memory_substring(learning->sources[i], (size_t)(name - learning->sources[i]));
		taken = strcmp(other, folder) == 0 && glob_matches(compiled, name) &&
			sort_of(learning->sources[i]) == SOURCE_FILE;
	}
	glob_free(compiled);
	return taken;
}

static bool is_given(const struct learning *learning, const char *folder, const char *name)
{
	cleanup_free char *path = memory_format("%s%s", folder, name);

	for (size_t i = 0; name != NULL && i < learning->count; i++)
		if (strcmp(learning->sources[i], path) == 0)
			return true;
	return false;
}

/*
 * A file with a date in its name is one of many: tomorrow's lies beside it. Only where the newest of these is not the one that
 * is vouched for, it stands for itself.
 */
static int learn_file(const struct learning *learning, size_t index)
{
	const char *path = learning->sources[index], *slash = strrchr(path, '/'),
		   *name = slash != NULL ? slash + 1 : path;
	cleanup_free char *folder = memory_substring(path, (size_t)(name - path)), *newest = NULL;
	cleanup_buffer struct buffer glob;
	struct place_of_backups *place = NULL;
	size_t declared = learning->draft->stores.length;
	int result;

	buffer_init(&glob, DRAFT_BYTES_MAX);
	if (shape_of(name, SHAPE_STABLE, &glob) != SHAPE_STABLE || shape_is_literal(glob.data))
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
	shape_of(key, SHAPE_STABLE, &glob);
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
static void write_step_of_log(struct draft *draft, const struct seen *seen)
{
	buffer_string(&draft->steps,
		      "# Where muster runs what prints the log, the same is expected of its output:\n"
		      "# steps:\n#   - name: backup\n#     run: [your-backup-tool]\n#     expect:\n#       output:\n");
	draft_text_lists(seen, 8, "# ", &draft->steps);
}

static int learn_log(const struct learning *learning, const char *path)
{
	int result = learn_one_file(learning, path, true);
	const struct draft *draft = learning->draft;

	if (result == 0)
		write_step_of_log(learning->draft, draft->artifacts[draft->artifact_count - 1].seen);
	return result;
}

static int learn_source(const struct learning *learning, size_t index)
{
	const char *source = learning->sources[index];

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

int sources_learn(struct draft *draft, const char *const *sources, size_t count, const struct sources_options *options,
		  int *ret_code, struct error *err)
{
	const struct learning learning = {draft, sources, count, options, ret_code, err};

	for (size_t i = 0; i < count; i++)
		if (learn_source(&learning, i) < 0)
			return -1;
	return 0;
}
