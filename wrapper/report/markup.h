/*
 * Text from outside, made fit for XML 1.0 and for HTML, between tags as well as in a quoted attribute: what has a meaning
 * there is escaped, what XML forbids (control characters, U+FFFE, U+FFFF, bytes that are no UTF-8) is U+FFFD.
 */
#ifndef MUSTER_REPORT_MARKUP_H
#define MUSTER_REPORT_MARKUP_H

#include <stdio.h>

void markup_text(FILE *file, const char *text);
/* Line ends and tabs survive in it, which an attribute's normalisation would make spaces of. */
void markup_attribute(FILE *file, const char *name, const char *value);

#endif
