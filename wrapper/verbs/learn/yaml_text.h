/*
 * Writes YAML that the manifest's loader reads back as what was meant, whatever a name is made of.
 */
#ifndef MUSTER_VERBS_LEARN_YAML_TEXT_H
#define MUSTER_VERBS_LEARN_YAML_TEXT_H

#include <stdint.h>

#include "assertions/base/buffer.h"

/*
 * Appends the text as a scalar, fit for a flow collection too: plain where nobody can mistake it, else quoted. "${" and "$$" are written
 * such that they are no variable. What is no UTF-8 becomes U+FFFD: who needs the bytes to match leaves them to a glob.
 */
void yaml_text_scalar(const char *text, struct buffer *out);

/* Appends the text as part of a comment: one line, control characters replaced, cut where it is long. */
void yaml_text_comment(const char *text, struct buffer *out);

/* A size for `min`, of at least the bytes where that can be written briefly without passing `most`; at most `most`. */
#define YAML_TEXT_SIZE_MAX 32
const char *yaml_text_size(int64_t bytes, int64_t most, char text[YAML_TEXT_SIZE_MAX]);

/* A duration in its two largest units, rounded up: "26h", "7d12h". */
const char *yaml_text_duration(int64_t ms, char text[YAML_TEXT_SIZE_MAX]);

#endif
