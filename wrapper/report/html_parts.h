/*
 * The parts of the HTML report, for html*.c only. The page holds no script and loads nothing: whatever a name or a line of
 * output may hold, it can only be read.
 */
#ifndef MUSTER_REPORT_HTML_PARTS_H
#define MUSTER_REPORT_HTML_PARTS_H

#include "wrapper/report/report.h"

extern const char *const html_style[];          /* CSS; ended by NULL */

/* <element class="class">text</element>, escaped; class may be NULL. */
void html_element(FILE *file, const char *element, const char *class, const char *text);
void html_badge(FILE *file, enum verdict verdict);      /* a verdict as a word in its colour */
const char *html_verdict_word(enum verdict verdict);    /* "failed" */

/* Each a section with its heading, or nothing where there is nothing to show. */
void html_reasons(FILE *file, const struct report *report);     /* why it did not pass, and what is waived */
void html_roll(FILE *file, const struct report *report);        /* every check, with filters */
void html_timeline(FILE *file, const struct report *report);
void html_coverage(FILE *file, const struct report *report);
void html_history(FILE *file, const struct report *report);
void html_members(FILE *file, const struct report *report);

#endif
