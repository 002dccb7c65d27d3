#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/secrets.h"
#include "wrapper/command.h"
#include "wrapper/verbs/learn/sources.h"
#include "wrapper/verbs/lint/lint.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/process/supervise.h"
#include "wrapper/roll.h"

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
	cleanup_fd int fd =
		open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (overwrite ? O_TRUNC : O_EXCL), 0666);

	if (fd < 0 && errno == EEXIST)
		return error_set(err, "'%s' is there already: --overwrite replaces it", path);
	if (fd < 0)
		return error_set(err, "cannot write '%s': %s", path, strerror(errno));
	for (size_t done = 0; done < text->length;) {
		ssize_t written = write(fd, text->data + done, text->length - done);
		if (written < 0 && errno != EINTR)
			return error_set(err, "cannot write '%s': %s", path, strerror(errno));
		done += written > 0 ? (size_t)written : 0;
	}
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS
		       ? error_set(err, "cannot write '%s': %s", path, strerror(errno))
		       : 0;
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
	const struct sources_options how = {options->endpoint, options->region};
	cleanup_buffer struct buffer text;
	int code = EXIT_INTERNAL;

	buffer_init(&text, DRAFT_BYTES_MAX);
	if (sources_learn(draft, options->arguments, options->argument_count, &how, &code, err) < 0)
		return code;
	draft_write(draft, &text);
	if (text.truncated)
		error_set(err, "the draft has more than %zu bytes: learn from fewer sources at once", DRAFT_BYTES_MAX);
	else if (append_weak_spots(draft, &text, err) == 0)
		return give_out(options, &text, err) < 0 ? EXIT_USAGE : EXIT_PASSED;
	return EXIT_INTERNAL;
}

static bool is_cancelled(void *context)
{
	(void)context;
	return supervise_signal() != 0;
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
	store_set_cancelled(is_cancelled, NULL);
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
