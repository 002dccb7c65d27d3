/*
 * A script for bash in which variables of the manifest stand: where each of them stands, so that its value gets there as a word and
 * never as a part of the script.
 *
 *     struct script_variable variables[] = {{.at = 5}};     in "cat  > out", between the blanks
 *     script_read(script, variables, 1);
 *
 * Values are handed over in the environment, and the script names them: "${MUSTER_VALUE_1}", with quotes where it is bare. bash
 * does not read again what such a reference stands for, so that a place that is judged wrongly here costs a word that is split, and
 * never runs what a value holds. Refused is where a reference means something else: single quotes, what is evaluated
 * again, arithmetic.
 */
#ifndef MUSTER_MANIFEST_SCRIPT_H
#define MUSTER_MANIFEST_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/value/text.h"

#define SCRIPT_INJECTION "shell-injection" /* what the refusal is called */
#define SCRIPT_VALUE "MUSTER_VALUE_" /* and a number from 1: a variable of the environment */

struct script_variable {
	size_t at; /* the offset of what follows it in the script; ascending */
	bool is_bare; /* outside of quotes */
	const char *refused, *hint; /* why it cannot stand there; NULL */
};

void script_read(const char *script, struct script_variable *variables, size_t count);

/* What is written of a script, variables left out, and these: both the caller's to free. */
char *script_of_text(const struct text *text, struct script_variable **ret_variables, size_t *ret_count);

#endif
