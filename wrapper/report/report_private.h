/*
 * What the formats share, for the files of this folder only: between a run and its report, markup, and the parts of the HTML page.
 */
#ifndef MUSTER_REPORT_REPORT_PRIVATE_H
#define MUSTER_REPORT_REPORT_PRIVATE_H

#include "wrapper/report/report.h"

/* json.c: the document of section 4 of the contract. The caller's. */
struct json_t *json_of_run(const struct run *run);
/* model.c: the shape alone; takes the document over, also where it fails. */
struct report *report_of_document(struct json_t *document, struct error *err);

/* The verdicts that a report may hold; in words ("not proven"), and how many checks came to one. */
#define REPORT_VERDICTS 4
extern const enum verdict report_verdicts[REPORT_VERDICTS];
const char *report_verdict_words(enum verdict verdict);
size_t report_verdict_count(const struct roll_counts *counts, enum verdict verdict);

/* What is said of a check that did not pass, beside its id and its place. Ended by a title that is NULL. */
struct report_fact {
	const char *title, *text; /* "expected" */
};
#define REPORT_FACTS_MAX 6
void report_facts(const struct report_check *check, struct report_fact ret_facts[REPORT_FACTS_MAX]);
/* Whether it is not proven for this very reason: those are said together. */
bool report_is_unproven_for(const struct report_check *check, const char *reason);

/* In memory, whole or not at all. `former` as in struct report_format. The caller frees the text. */
int report_render(const struct report_format *format, const struct report *report, const char *former, char **ret_text,
		  size_t *ret_length, struct error *err);
/* The report that one at this path takes the place of; NULL where there is none. */
const char *report_former(const char *path);
/* The file that is replaced, NULL where a link leads nowhere. The caller frees. */
char *report_place(const char *path);

/* What a terminal is told to write in; "" without `color`. */
enum paint { PLAIN, BOLD, DIM, GREEN, YELLOW, RED };
const char *paint_code(bool color, enum paint paint);

/*
 * Text from outside, made fit for XML 1.0 and for HTML, between tags as well as in a quoted attribute: what has a meaning
 * there is escaped, what XML forbids (control characters, U+FFFE, U+FFFF, bytes that are no UTF-8) is U+FFFD.
 */
void markup_text(FILE *file, const char *text);
/* Line ends and tabs survive in it, which an attribute's normalisation would make spaces of. */
void markup_attribute(FILE *file, const char *name, const char *value);

/*
 * The page holds no script and loads nothing: whatever a name or a line of output may hold, it can only be read.
 *
 * <element class="class">text</element>, escaped; class may be NULL.
 */
void html_element(FILE *file, const char *element, const char *class, const char *text);
void html_badge(FILE *file, enum verdict verdict); /* a verdict as a word in its colour */
/* Each a section with its heading, or nothing where there is nothing to show. */
void html_reasons(FILE *file, const struct report *report); /* why it did not pass, and what is waived */
void html_roll(FILE *file, const struct report *report); /* every check, with filters */
void html_members(FILE *file, const struct report *report);

#endif
