#include "wrapper/verbs/execution.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/units.h"
#include "assertions/base/utf8.h"
#include "assertions/checks/numbers.h"
#include "wrapper/report/report.h"

#define BACKUP_COLUMNS 32
#define NEWEST_COLUMNS 25
#define CELL_BYTES 512
#define CELLS 6

/* Masked now, while the secrets are known. */
static char *masked(const char *text)
{
	struct buffer buffer;

	buffer_init(&buffer, 8192);
	secrets_mask(text, strlen(text), &buffer);
	return buffer_take(&buffer);
}

static struct overview_row *add(struct overview *overview, const char *backup, enum verdict verdict)
{
	overview->rows = memory_grow(overview->rows, overview->count + 1, sizeof(*overview->rows));
	overview->rows[overview->count] = (struct overview_row){.backup = masked(backup),
								.verdict = verdict,
								.size_bytes = PARAMETER_UNSET,
								.age_ms = PARAMETER_UNSET};
	return &overview->rows[overview->count++];
}

static enum verdict worst_of(const struct roll *roll, struct row_range range)
{
	enum verdict worst = VERDICT_PASS;
	bool waived = false;

	for (size_t i = range.from; i < range.to; i++) {
		enum verdict verdict = roll->rows[i].finding.verdict;
		waived |= verdict == VERDICT_WAIVED;
		if (verdict != VERDICT_WAIVED && verdict > worst)
			worst = verdict;
	}
	return worst == VERDICT_PASS && waived ? VERDICT_WAIVED : worst;
}

static void set_drift(struct overview_row *row, const struct earlier_backups *earlier)
{
	int64_t median;

	if (earlier->count == 0)
		return;
	median = median_of(earlier->sizes, earlier->count < MEDIAN_OF ? earlier->count : MEDIAN_OF);
	row->drift_percent = median_drift(row->size_bytes, median);
	row->has_drift = true;
}

static void set_found(struct overview_row *row, const char *newest, int64_t size_bytes, int64_t made_ms, int64_t now_ms,
		      const struct earlier_backups *earlier)
{
	row->newest = masked(newest);
	row->size_bytes = size_bytes;
	if (made_ms != PARAMETER_UNSET)
		row->age_ms = now_ms > made_ms ? now_ms - made_ms : 0;
	set_drift(row, earlier);
}

static void add_artifact(struct overview *overview, const struct run *run, size_t i)
{
	const struct run_artifact *artifact = &run->artifacts[i];
	cleanup_free char *backup = memory_format("%s/%s", run->manifest->name, artifact->artifact->name);
	struct overview_row *row = add(overview, backup, worst_of(&run->roll, artifact->rows));

	if (artifact->examined)
		set_found(row, artifact->location, artifact->size_bytes, artifact->made_ms, run->finished_ms,
			  &artifact->earlier);
}

static void add_upload(struct overview *overview, const struct run *run, size_t i)
{
	const struct run_upload *upload = &run->uploads[i];
	cleanup_free char *backup =
		memory_format("%s/%s@%s", run->manifest->name, upload->artifact->name, upload->upload->store);
	struct overview_row *row = add(overview, backup, worst_of(&run->roll, upload->rows));

	if (upload->found)
		set_found(row, upload->object.key, upload->object.size_bytes, upload->made_ms, run->finished_ms,
			  &upload->earlier);
}

/* What is wrong elsewhere (a store, an inventory, a waiver, a report) must not leave a table in which all is well. */
static void add_rest(struct overview *overview, const struct run *run, size_t first, int code)
{
	enum verdict worst = VERDICT_PASS;

	for (size_t i = first; i < overview->count; i++)
		if (overview->rows[i].verdict == VERDICT_FAIL || overview->rows[i].verdict > worst)
			worst = overview->rows[i].verdict == VERDICT_WAIVED ? worst : overview->rows[i].verdict;
	if (code == EXIT_PASSED || worst == VERDICT_FAIL || (worst == VERDICT_UNPROVEN && code == EXIT_UNPROVEN))
		return;
	add(overview, run->manifest->name, code == EXIT_UNPROVEN ? VERDICT_UNPROVEN : VERDICT_FAIL);
}

void overview_add_run(struct overview *overview, const struct run *run)
{
	size_t first = overview->count, upload = 0;
	int code = run_exit_code(run);

	for (size_t i = 0; i < run->artifact_count; i++) {
		add_artifact(overview, run, i);
		while (upload < run->upload_count && run->uploads[upload].artifact == run->artifacts[i].artifact)
			add_upload(overview, run, upload++);
	}
	add_rest(overview, run, first, code);
	overview->manifests++;
	overview->passed += code == EXIT_PASSED;
	overview->sampled |= run->options.sample;
}

void overview_add_path(struct overview *overview, const char *path, enum verdict verdict)
{
	add(overview, path, verdict);
	overview->manifests++;
}

/* In columns of a terminal, as far as one character is one. */
static size_t columns_of(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

/* Nothing in it moves a terminal's cursor; returns where it ends. */
static char *put_character(char *at, const char *text, size_t *ret_bytes)
{
	uint32_t code_point = 0;
	size_t bytes = utf8_character(text, strlen(text), &code_point);
	bool fits = bytes > 0 && code_point >= 0x20 && (code_point < 0x7f || code_point >= 0xa0);

	*ret_bytes = bytes > 0 ? bytes : 1;
	if (fits)
		memcpy(at, text, bytes);
	else
		*at = '?';
	return at + (fits ? bytes : 1);
}

static void cell(const char *text, size_t columns, char ret_cell[CELL_BYTES])
{
	cleanup_free char *clean = memory_alloc(strlen(text) + 1);
	char *end = clean, *at = ret_cell;
	size_t bytes, width, number = 0;

	for (const char *from = text; *from != '\0'; from += bytes)
		end = put_character(end, from, &bytes);
	*end = '\0';
	width = columns_of(clean);
	for (const char *from = clean; *from != '\0'; from += bytes, number++) {
		bytes = utf8_character(from, strlen(from), NULL);
		if (width > columns && number >= columns / 2 - 1 && number < width - (columns - columns / 2 - 2)) {
			if (number == columns / 2 - 1)
				at = stpcpy(at, "...");
			continue;
		}
		memcpy(at, from, bytes);
		at += bytes;
	}
	*at = '\0';
}

static void fill(const struct overview_row *row, char ret_cells[CELLS][CELL_BYTES])
{
	char text[UNITS_TEXT_MAX];

	cell(row->backup, BACKUP_COLUMNS, ret_cells[0]);
	cell(row->newest != NULL ? row->newest : "-", NEWEST_COLUMNS, ret_cells[1]);
	strcpy(ret_cells[2], row->age_ms == PARAMETER_UNSET ? "-" : units_format_duration(row->age_ms, text));
	strcpy(ret_cells[3], row->size_bytes == PARAMETER_UNSET ? "-" : units_format_size(row->size_bytes, text));
	strcpy(ret_cells[4], "-");
	if (row->has_drift && row->drift_percent < 9999.5)
		snprintf(ret_cells[4], CELL_BYTES, "%+.1f%%", row->drift_percent);
	else if (row->has_drift)
		strcpy(ret_cells[4], ">+9999%");
	strcpy(ret_cells[5], verdict_name(row->verdict));
}

static const char *paint(enum verdict verdict)
{
	return verdict == VERDICT_PASS ? "\033[32m" : verdict == VERDICT_FAIL ? "\033[31m" : "\033[33m";
}

static void put_row(FILE *file, const size_t widths[CELLS], char cells[CELLS][CELL_BYTES], const char *color)
{
	for (size_t c = 0; c < CELLS; c++) {
		int blanks = (int)(widths[c] - columns_of(cells[c]));
		bool is_number = c >= 2 && c <= 4, is_last = c + 1 == CELLS;
		if (is_last)
			fprintf(file, "%s%s%s\n", color, cells[c], color[0] != '\0' ? "\033[0m" : "");
		else if (is_number)
			fprintf(file, "%*s%s  ", blanks, "", cells[c]);
		else
			fprintf(file, "%s%*s  ", cells[c], blanks, "");
	}
}

static void put_table(const struct overview *overview, FILE *file, bool color)
{
	static char titles[CELLS][CELL_BYTES] = {"backup", "newest", "age", "size", "drift", "verdict"};
	size_t widths[CELLS];
	char cells[CELLS][CELL_BYTES];

	for (size_t c = 0; c < CELLS; c++)
		widths[c] = columns_of(titles[c]);
	for (size_t i = 0; i < overview->count; i++) {
		fill(&overview->rows[i], cells);
		for (size_t c = 0; c < CELLS; c++)
			if (columns_of(cells[c]) > widths[c])
				widths[c] = columns_of(cells[c]);
	}
	put_row(file, widths, titles, "");
	for (size_t i = 0; i < overview->count; i++) {
		fill(&overview->rows[i], cells);
		put_row(file, widths, cells, color ? paint(overview->rows[i].verdict) : "");
	}
}

void overview_print(const struct overview *overview, FILE *file, bool color, int code)
{
	fprintf(file, "\n");
	put_table(overview, file, color);
	fprintf(file, "%zu of %zu manifest%s passed (exit code %d)%s\n", overview->passed, overview->manifests,
		overview->manifests == 1 ? "" : "s", code,
		overview->sampled ? "; sampled: of the bytes only heads and tails were read" : "");
	fflush(file);
}

void overview_release(struct overview *overview)
{
	for (size_t i = 0; i < overview->count; i++) {
		free(overview->rows[i].backup);
		free(overview->rows[i].newest);
	}
	free(overview->rows);
	*overview = (struct overview){0};
}
