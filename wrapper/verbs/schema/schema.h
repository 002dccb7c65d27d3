/* What `muster schema` says of a single value: which texts and numbers it may be, and how an example is written in JSON. */
#ifndef MUSTER_VERBS_SCHEMA_SCHEMA_H
#define MUSTER_VERBS_SCHEMA_SCHEMA_H

#include <jansson.h>

#include "assertions/value/parameter.h"

/*
 * The schema of a parameter that is a scalar. Wherever a value is no text it may be a text with a variable. The keyword
 * patternErrorMessage is one of editors' language servers; validators ignore it.
 */
json_t *schema_scalar(const struct parameter *parameter);

/* YAML as a value. What is no YAML by itself, such as a glob that begins with a star, is a text. */
json_t *schema_example(const char *yaml);

#endif
