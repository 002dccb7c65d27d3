#include "wrapper/report/progress.h"

#include <stdio.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/units.h"
#include "wrapper/report/console.h"
#include "wrapper/report/report.h"

#define BAR_MS 100
#define BAR_PATIENCE_MS 500
#define BAR_WIDTH 30

static struct {
	char name[128];
	int64_t size_bytes;
	int64_t began_ms, told_ms;
	bool drawn;
} progress;

void progress_begin(const char *name, int64_t size_bytes)
{
	snprintf(progress.name, sizeof(progress.name), "%s", name);
	progress.size_bytes = size_bytes;
	progress.began_ms = progress.told_ms = clock_monotonic_ms();
	progress.drawn = false;
}

static void format_state(uint64_t bytes, int64_t elapsed_ms, char *text, size_t size)
{
	char done[UNITS_TEXT_MAX], all[UNITS_TEXT_MAX], rate[UNITS_TEXT_MAX], left[UNITS_TEXT_MAX];
	int64_t a_second = elapsed_ms > 0 ? (int64_t)((double)bytes * 1000.0 / (double)elapsed_ms) : 0;

	units_format_size((int64_t)bytes, done);
	units_format_size(a_second, rate);
	if (progress.size_bytes < (int64_t)bytes || a_second == 0) {
		snprintf(text, size, "%s, %s/s", done, rate);
		return;
	}
	units_format_size(progress.size_bytes, all);
	units_format_duration((progress.size_bytes - (int64_t)bytes) / a_second * 1000, left);
	snprintf(text, size, "%s of %s, %s/s, %s left", done, all, rate, left);
}

static void draw_bar(const struct run *run, uint64_t bytes, const char *state)
{
	char bar[BAR_WIDTH + 1];
	double part = progress.size_bytes > 0 ? (double)bytes / (double)progress.size_bytes : 0;
	size_t full = part < 1 ? (size_t)(part * BAR_WIDTH) : BAR_WIDTH;

	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = '\0';
	fprintf(run->options.terminal, "\r\033[K[%s] %s", bar, state);
	fflush(run->options.terminal);
	progress.drawn = true;
}

void progress_tell(const struct run *run, uint64_t bytes)
{
	int64_t now_ms = clock_monotonic_ms(), elapsed_ms = now_ms - progress.began_ms;
	bool bar = console_is_terminal(run->options.terminal);
	char state[4 * UNITS_TEXT_MAX + 32];

	if (now_ms - progress.told_ms < (bar ? BAR_MS : HUMAN_PROGRESS_MS) || elapsed_ms < BAR_PATIENCE_MS)
		return;
	progress.told_ms = now_ms;
	format_state(bytes, elapsed_ms, state, sizeof(state));
	if (bar) {
		draw_bar(run, bytes, state);
		return;
	}
	fprintf(run->options.terminal, "%s: %s\n", progress.name, state);
	fflush(run->options.terminal);
}

void progress_clear(const struct run *run)
{
	if (progress.drawn)
		fprintf(run->options.terminal, "\r\033[K");
	progress.drawn = false;
}
