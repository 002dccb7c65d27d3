#include "wrapper/report/report_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/units.h"
#include "wrapper/report/console.h"

#define BAR_MS 100
#define BAR_PATIENCE_MS 500
#define BAR_WIDTH 30
#define TEXT_MAX ((size_t)1 << 16)

static const struct human_options *told(const struct run *run)
{
	return &((const struct human *)(const void *)run->listener)->options;
}

/* How far the reading of an artifact, or the writing of an upload, is. */
static struct {
	char name[128];
	int64_t size_bytes;
	int64_t began_ms, told_ms;
	bool drawn;
} reading;

static void begin_reading(const char *name, int64_t size_bytes)
{
	snprintf(reading.name, sizeof(reading.name), "%s", name);
	reading.size_bytes = size_bytes;
	reading.began_ms = reading.told_ms = clock_monotonic_ms();
	reading.drawn = false;
}

static void format_state(uint64_t bytes, int64_t elapsed_ms, char *text, size_t size)
{
	char done[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX], rate[UNITS_TEXT_MAX], left[UNITS_TEXT_MAX];
	int64_t a_second = elapsed_ms > 0 ? (int64_t)((double)bytes * 1000.0 / (double)elapsed_ms) : 0;

	units_format_size((int64_t)bytes, done);
	units_format_size(a_second, rate);
	if (reading.size_bytes < (int64_t)bytes || a_second == 0) {
		snprintf(text, size, "%s, %s/s", done, rate);
		return;
	}
	units_format_size(reading.size_bytes, all);
	units_format_duration((reading.size_bytes - (int64_t)bytes) / a_second * 1000, left);
	snprintf(text, size, "%s of %s, %s/s, %s left", done, all, rate, left);
}

static void draw_bar(const struct run *run, uint64_t bytes, const char *state)
{
	char bar[BAR_WIDTH + 1];
	double part = reading.size_bytes > 0 ? (double)bytes / (double)reading.size_bytes : 0;
	size_t full = part < 1 ? (size_t)(part * BAR_WIDTH) : BAR_WIDTH;

	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = '\0';
	fprintf(told(run)->file, "\r\033[K[%s] %s", bar, state);
	fflush(told(run)->file);
	reading.drawn = true;
}

static void progress(const struct run *run, uint64_t bytes)
{
	int64_t now_ms = clock_monotonic_ms(), elapsed_ms = now_ms - reading.began_ms;
	bool bar = console_is_terminal(told(run)->file);
	char state[4 * UNITS_TEXT_MAX + 32];

	if (told(run)->quiet || now_ms - reading.told_ms < (bar ? BAR_MS : HUMAN_PROGRESS_MS) ||
	    elapsed_ms < BAR_PATIENCE_MS)
		return;
	reading.told_ms = now_ms;
	format_state(bytes, elapsed_ms, state, sizeof(state));
	if (bar) {
		draw_bar(run, bytes, state);
		return;
	}
	fprintf(told(run)->file, "%s: %s\n", reading.name, state);
	fflush(told(run)->file);
}

static void clear_bar(const struct run *run)
{
	if (reading.drawn)
		fprintf(told(run)->file, "\r\033[K");
	reading.drawn = false;
}

static const char *paint(const struct run *run, enum paint color)
{
	return paint_code(told(run)->color, color);
}

/* Everything that people read comes through here: masked, in one piece. */
static void say(const struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct run *run, const char *format, ...)
{
	cleanup_buffer struct buffer masked;
	cleanup_free char *text = NULL;
	va_list arguments;

	buffer_init(&masked, TEXT_MAX);
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text == NULL)
		return;
	secrets_mask(text, strlen(text), &masked);
	fwrite(masked.data, 1, masked.length, told(run)->file);
	fflush(told(run)->file);
}

static void begin(const struct run *run)
{
	if (told(run)->quiet)
		return;
	say(run, "%smuster %s%s  %s  %s  %zu checks declared\n", paint(run, BOLD), MUSTER_VERSION, paint(run, PLAIN),
	    run_mode_name(run->options.mode), run->manifest->name, run->roll.count);
	if (run->options.sample)
		say(run, "--sample: listings are read, and of the bytes only heads and tails\n");
}

static void store(const struct run *run, const char *name, const struct store *store, bool good)
{
	if (told(run)->quiet)
		return;
	say(run, "store %s: %s%s%s%s\n", name, store != NULL ? store->description : "cannot be used",
	    paint(run, good ? GREEN : RED), good ? " answers" : ": see below", paint(run, PLAIN));
}

static void preflight(const struct run *run, size_t declared, size_t not_passed)
{
	if (told(run)->quiet || declared == 0)
		return;
	if (not_passed == 0)
		say(run, "preflight: %sall %zu as declared%s\n", paint(run, GREEN), declared, paint(run, PLAIN));
	else
		say(run, "preflight: %s%zu of %zu not as declared%s\n", paint(run, RED), not_passed, declared,
		    paint(run, PLAIN));
}

__attribute__((format(printf, 2, 3))) static void note(const struct run *run, const char *format, ...)
{
	cleanup_free char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (told(run)->quiet || vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text != NULL)
		say(run, "%s%s%s\n", paint(run, DIM), text, paint(run, PLAIN));
}

static void step_begin(const struct run *run, const struct manifest_step *step, unsigned attempt)
{
	if (told(run)->quiet)
		return;
	if (attempt > 1)
		say(run, "%sstep %s%s (attempt %u)\n", paint(run, BOLD), step->name, paint(run, PLAIN), attempt);
	else
		say(run, "%sstep %s%s\n", paint(run, BOLD), step->name, paint(run, PLAIN));
}

/* Lines are many, so what stands in front of each is made once for a step. */
static void write_line(const struct run *run, const char *name, const char *line, size_t length)
{
	static char *prefix;
	static const char *prefix_of;
	FILE *terminal = told(run)->file;

	if (prefix_of != name) {
		free(prefix);
		prefix = memory_format("%s%s |%s ", paint(run, DIM), name, paint(run, PLAIN));
		prefix_of = name;
	}
	fputs_unlocked(prefix, terminal);
	fwrite_unlocked(line, 1, length, terminal);
	putc_unlocked('\n', terminal);
}

/* Of a line that is too long for memory; what may be the begin of a secret stays for the next piece. */
static void write_piece(const struct run *run, const char *name, struct buffer *pending)
{
	size_t kept = secrets_longest() < pending->length / 2 ? secrets_longest() : pending->length / 2;
	size_t written = pending->length - kept;

	secrets_blot(pending->data, pending->length);
	write_line(run, name, pending->data, written);
	memmove(pending->data, pending->data + written, kept);
	pending->length = kept;
	pending->data[kept] = '\0';
}

static void write_masked(const struct run *run, const char *name, const char *line, size_t length)
{
	cleanup_buffer struct buffer masked = {0};

	if (secrets_longest() == 0) {
		write_line(run, name, line, length);
		return;
	}
	buffer_init(&masked, TEXT_MAX * 2);
	secrets_mask(line, length, &masked);
	write_line(run, name, masked.data, masked.length);
}

/* Takes what there is of the line that is going on, and writes it once it has come to its end; returns how much was taken. */
static size_t take_line(const struct run *run, const char *name, struct buffer *pending, const char *data,
			size_t length)
{
	const char *end = memchr(data, '\n', length);
	size_t part = end != NULL ? (size_t)(end - data) : length;

	if (end != NULL && pending->length == 0 && part <= TEXT_MAX) {
		write_masked(run, name, data, part);
		return part + 1;
	}
	if (pending->length + part > TEXT_MAX) {
		part = TEXT_MAX - pending->length;
		buffer_append(pending, data, part);
		write_piece(run, name, pending);
		return part;
	}
	buffer_append(pending, data, part);
	if (end == NULL)
		return part;
	write_masked(run, name, pending->data, pending->length);
	buffer_clear(pending);
	return part + 1;
}

/* Blocks begin and end anywhere; secrets are masked in whole lines only, so what has no end yet waits, up to a bound. */
static void step_output(const struct run *run, const struct manifest_step *step, const char *data, size_t length)
{
	static struct buffer pending = {.data = NULL, .maximum = 0};

	if (told(run)->quiet)
		return;
	if (pending.maximum == 0)
		buffer_init(&pending, TEXT_MAX);
	while (length > 0) {
		size_t taken = take_line(run, step->name, &pending, data, length);
		data += taken;
		length -= taken;
	}
	if (data == NULL && pending.length > 0) {
		write_masked(run, step->name, pending.data, pending.length);
		buffer_clear(&pending);
	}
	/* Whoever follows the log is not to wait for as many lines as fit into a buffer. */
	fflush(told(run)->file);
}

static void say_end(const struct run *run, const struct run_step *step)
{
	char text[PROCESS_END_TEXT_MAX], time[UNITS_TEXT_MAX];
	const struct pipeline_result *result = &step->result;

	units_format_duration(result->duration_ms, time);
	for (size_t i = 0; i < result->stage_count && i < step->stage_count; i++)
		say(run, "%s%s %s", i == 0 ? "" : ", ", step->stage_count > 1 ? step->stages[i][0] : step->step->name,
		    process_end_text(&result->ends[i], text));
	say(run, " after %s", time);
	if (result->left_behind > 0)
		say(run, "; %u process%s that it left running %s ended", result->left_behind,
		    result->left_behind == 1 ? "" : "es", result->left_behind == 1 ? "was" : "were");
}

static void step_end(const struct run *run, const struct run_step *step, bool will_retry)
{
	bool good = step->verdict == VERDICT_PASS;

	if (told(run)->quiet)
		return;
	step_output(run, step->step, NULL, 0);
	say(run, "%s", paint(run, good ? GREEN : step->verdict == VERDICT_FAIL ? RED : YELLOW));
	say_end(run, step);
	say(run, "%s%s%s\n",
	    good                            ? ""
	    : step->verdict == VERDICT_FAIL ? ": not as declared"
					    : ": not proven",
	    will_retry ? ", will be tried again" : "", paint(run, PLAIN));
}

static void artifact_begin(const struct run *run, const char *name, const char *location, int64_t size_bytes)
{
	begin_reading(name, size_bytes);
	if (told(run)->quiet)
		return;
	say(run, "%sartifact %s%s: reading %s\n", paint(run, BOLD), name, paint(run, PLAIN), location);
}

static void artifact_end(const struct run *run, const struct run_artifact *artifact)
{
	char size[UNITS_TEXT_MAX], time[UNITS_TEXT_MAX];
	cleanup_free char *members = NULL;

	if (told(run)->quiet)
		return;
	clear_bar(run);
	if (artifact->walked)
		members = memory_format(", %llu members", (unsigned long long)artifact->members);
	if (artifact->digests.sha256[0] == '\0') {
		say(run, "%s%s, not read whole%s\n", paint(run, DIM), units_format_size(artifact->size_bytes, size),
		    paint(run, PLAIN));
		return;
	}
	say(run, "%s%s in %s%s, sha256 %.16s...%s\n", paint(run, DIM), units_format_size(artifact->size_bytes, size),
	    units_format_duration((int64_t)(artifact->seconds * 1000), time), members != NULL ? members : "",
	    artifact->digests.sha256, paint(run, PLAIN));
}

static void put_begin(const struct run *run, const char *name, int64_t size_bytes)
{
	(void)run;
	begin_reading(name, size_bytes);
}

/* Also under --quiet: somebody waits for it. */
static void not_told(const struct run *run, const struct run_notification *notification)
{
	say(run, "%s: not sent: %s\n", notification->kind, notification->trouble.message);
}

const struct run_listener human_listener = {
	.begin = begin,
	.store = store,
	.preflight = preflight,
	.step_begin = step_begin,
	.step_output = step_output,
	.step_end = step_end,
	.artifact_begin = artifact_begin,
	.artifact_end = artifact_end,
	.upload_begin = put_begin,
	.upload_end = clear_bar,
	.progress = progress,
	.note = note,
	.not_told = not_told,
};

void human_end(const struct run *run)
{
	struct error err;
	struct report *report = report_of_run(run, &err);

	if (report != NULL) {
		human_print(report, told(run));
	} else {
		cleanup_free char *verdict = report_verdict_line(run);
		say(run, "\n%s\n%s (exit code %d)\n", err.message, verdict, run_exit_code(run));
	}
	report_free(report);
}
