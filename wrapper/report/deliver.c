#include "wrapper/report/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/stores/upload.h"
#include "wrapper/manifest/words.h"
#include "wrapper/process/supervise.h"
#include "wrapper/report/notify.h"
#include "wrapper/report/report.h"

#define CORRECTION_MS 2000

static int render(const struct run *run, const struct report_format *format, char **ret_text, size_t *ret_length,
		  struct error *err)
{
	struct report *report = report_of_run(run, err);
	FILE *file;
	int result;

	if (report == NULL)
		return -1;
	file = open_memstream(ret_text, ret_length);
	result = file != NULL ? format->write(report, NULL, file, err) : error_set(err, "there is no memory for it");
	if (file != NULL && fclose(file) != 0 && result == 0)
		result = error_set(err, "there is no memory for it");
	report_free(report);
	return result;
}

static int put(struct store *store, const char *key, const char *text, size_t length, struct error *err)
{
	const struct upload_options options = {.size_bytes = (int64_t)length, .overwrite = true};
	struct upload *upload;
	struct error left;

	if (upload_begin(store, key, &options, &upload, err) < 0)
		return -1;
	if (upload_write(upload, text, length, err) < 0) {
		if (upload_discard(upload, &left) < 0)
			error_wrap(err, "%s", left.message);
		return -1;
	}
	return upload_finish(upload, err) == UPLOAD_DONE ? 0 : -1;
}

/* NULL where it would be that of several objects. */
static char *key_of(const struct manifest_report *declared, struct error *err)
{
	cleanup_free char *written = text_describe(declared->key);
	struct glob *glob = NULL;
	char *key = NULL;

	if (glob_compile_key(written, &glob, err) == 0 && glob_is_literal(glob))
		key = memory_string(glob_prefix(glob));
	else if (glob != NULL)
		error_set(err, "the key '%s' is not that of one object", written);
	glob_free(glob);
	return key;
}

static int deliver(const struct run *run, const struct manifest_report *declared, struct error *err)
{
	const struct manifest_store *place = manifest_store(run->manifest, declared->store);
	cleanup_free char *key = key_of(declared, err);
	cleanup_free char *text = NULL;
	struct store *store;
	size_t length = 0;
	int result;

	if (key == NULL || place->driver->open(place->config, &store, err) < 0)
		return -1;
	result = render(run, report_format_find(words_reports[declared->format]), &text, &length, err);
	if (result == 0)
		result = put(store, key, text, length, err);
	store_close(store);
	return result;
}

static bool is_told_to_end(void *context)
{
	const int64_t *end_ms = context;

	return supervise_signal() != 0 && clock_monotonic_ms() >= *end_ms;
}

/* A store that does not answer would take all of the time that is left, which only a report that has become untrue is worth. */
void deliver_reports(struct run *run, bool again)
{
	struct manifest_report *const *reports = run->manifest->reports.items;
	int64_t end_ms = again ? clock_monotonic_ms() + CORRECTION_MS : 0,
		last_ms = supervise_end_of(SUPERVISE_REPORTS);

	if (end_ms > last_ms)
		end_ms = last_ms;
	store_set_cancelled(is_told_to_end, &end_ms);
	for (size_t i = 0; run->options.mode == RUN_MODE_RUN && i < run->manifest->reports.count; i++) {
		struct error err = {""};
		int result = !is_told_to_end(&end_ms) ? deliver(run, reports[i], &err)
						      : error_set(&err, "muster was told to end");
		notify_take_down(run, "report", result == 0 ? NULL : err.message, 0);
	}
	store_set_cancelled(NULL, NULL);
}
