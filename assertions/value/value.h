/*
 * The types of what the tables of parameter.h describe: all that is known of a type is its `struct value_type`.
 *
 *     {"min", &value_size, .offset = offsetof(struct size_parameters, min_bytes), .help = "..."},
 *
 * A new type of scalar is one struct in the file of its family (value_number.c, text.c, ...), and its declaration
 * here: loader, messages, schema, reference and `plan` read the struct. What is no scalar (a list, a map, a record) is read
 * by wrapper/manifest/bind.c, which knows how a manifest is written.
 */
#ifndef MUSTER_VALUE_H
#define MUSTER_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"
#include "assertions/value/text.h"

struct parameter;
struct record;

struct value_written { /* a scalar whose variables have been looked up */
	const char *text; /* outlives the value */
	const char *quoted; /* as messages quote it: "'x'", "the text 'x'" */
	bool plain; /* without quotes */
	bool by_user; /* and no fallback of a table's */
};

struct value_error { /* begins as zero */
	struct error why;
	bool is_predicate; /* "'min' must be ..., not 'x'", instead of "'min': ..." */
	bool show_example; /* it would help */
	char hint[512]; /* or this would */
};

/* of what a check accepts; the worse the later */
enum value_change {
	VALUE_SAME,
	VALUE_STRONGER,
	VALUE_CHANGED, /* whether it is weaker cannot be told */
	VALUE_WEAKER,
};

struct value_schema { /* of a scalar, for JSON Schema */
	const char *types[4]; /* "string", "integer"; ended by NULL, or none */
	const char *pattern; /* of a string, unless it holds a variable */
	const char *message; /* that it is none of these; NULL: any text is one */
};

struct value_type {
	const char *one, *many; /* "a size", "sizes"; NULL: see `name` */
	size_t size; /* of what stands at the parameter's offset */
	const void *unset; /* what stands there when nothing was written; NULL: zeros */
	const char *example; /* YAML */
	bool late; /* a struct text, which may wait for ${step.NAME.stdout} */
	enum text_quoting quoting; /* of variables' values in it */
	const char *refers_to; /* "store": a name that the manifest declares */
	const struct record *record; /* the mapping that it is, or may be, written as */
	struct value_schema schema;
	void (*name)(const struct parameter *parameter, struct buffer *out);
	/* What is `late` is only checked. 0, or -1 with *err filled and *ret_value untouched. */
	int (*parse)(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		     struct value_error *err);
	void (*release)(void *value); /* of the pointer that `parse` gave */
	/* Numbers: one of the two reads what was written, and `format` writes a bound, in at most UNITS_TEXT_MAX bytes. */
	int (*read_whole)(const char *text, int64_t *ret_value, struct error *err);
	int (*read_real)(const char *text, double *ret_value, struct error *err);
	const char *(*format)(int64_t value, char *text);
	void (*remember)(int64_t value, const char *written); /* so that it is told as it was declared; NULL */
	char *(*print)(const void *value); /* Texts: the caller's, NULL where unset */
	/* NULL: what it comes to is in the words of the checks. */
	enum value_change (*compare)(const struct parameter *parameter, const void *before, const void *after);
};

/* What stands at the offset; what is unset is INT64_MIN, -1, false, NULL, an empty list. */
extern const struct value_type value_bool; /* bool; only true and false */
extern const struct value_type value_integer; /* int64_t */
extern const struct value_type value_size; /* int64_t, bytes */
extern const struct value_type value_duration; /* int64_t, milliseconds */
extern const struct value_type value_date; /* int64_t, Unix milliseconds at the end of that day */
extern const struct value_type value_percent; /* double, 20 for "20%" */
extern const struct value_type value_fraction; /* double, 7.9 */
extern const struct value_type value_string; /* const char *; not empty unless PARAMETER_MAY_BE_EMPTY */
extern const struct value_type
	value_script; /* struct text *: for a shell, which gets the values of variables as such */
extern const struct value_type value_text; /* struct text *: may hold ${step.NAME.stdout}, see text.h */
extern const struct value_type value_store; /* const char *, the name of a declared store */
extern const struct value_type value_inventory; /* const char *, the name of a declared inventory */
extern const struct value_type value_step; /* const char *, the name of a declared step */
extern const struct value_type value_glob; /* struct glob * */
extern const struct value_type value_glob_text; /* struct text *, whose value is a glob (values in it are quoted) */
extern const struct value_type value_pattern; /* struct pattern * */
extern const struct value_type value_version_range; /* struct version_range * */
extern const struct value_type value_choice; /* int, index into `choices` */
extern const struct value_type value_secret; /* struct secret *: {env: NAME} or {file: PATH} */
extern const struct value_type value_text_or_secret; /* struct text_or_secret */
extern const struct value_type value_record; /* pointer to the struct that `record` describes, NULL where absent */
extern const struct value_type value_list; /* struct parameter_list of `item`s; one alone may stand without its list */
extern const struct value_type value_map; /* struct parameter_map: names chosen by the user, each with an `item` */
extern const struct value_type value_checks; /* struct check_list *: an `expect` on `subject`, NULL where absent */

/* Makes a value that of a parameter which is not written. */
void value_unset(const struct value_type *type, void *ret_value);

/* What a value is called: "a size", "a list of patterns". */
void value_name(const struct parameter *parameter, struct buffer *out);

/* What two values differ in. */
enum value_change value_compare(const struct parameter *parameter, const void *before, const void *after);

/* What the tables' values of two structs differ in; of the parameters with these names, ended by NULL, or of all. */
enum value_change value_compare_records(const struct record *record, const char *const *names, const void *before,
					const void *after);

/* For the types. */
char *value_print_text(const void *value);
int value_refuse_empty(const struct parameter *parameter, const struct value_written *written, struct value_error *err);
enum value_change value_grown(const struct parameter *parameter, bool grown); /* or else shrunk */
enum value_change value_compare_printed(const struct parameter *parameter, const void *before, const void *after);

#endif
