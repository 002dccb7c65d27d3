/*
 * The tables that every word of the manifest is read by.
 *
 * A struct that the manifest can fill is described once, by a `struct record`: its keys,
 * their types, what they mean, where in the struct they go. The loader fills the struct from
 * it, and `lint`, `schema`, `explain` and examples/REFERENCE.md read the same table.
 *
 *     struct size_parameters { int64_t min_bytes, max_bytes; };
 *     static const struct parameter parameters[] = {
 *             {"min", &value_size, .offset = offsetof(struct size_parameters, min_bytes), .help = "..."},
 *             {"max", &value_size, .offset = offsetof(struct size_parameters, max_bytes), .help = "..."},
 *             {NULL},
 *     };
 *
 * What is not written in the manifest takes the value of `fallback`, read as if it had been
 * written; without a fallback it is unset: see value/value.h.
 */
#ifndef MUSTER_VALUE_PARAMETER_H
#define MUSTER_VALUE_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/value/value.h"

#define PARAMETER_UNSET INT64_MIN

/* what a kind of check looks at */
enum subject {
	SUBJECT_STEP,
	SUBJECT_BYTES, /* an artifact, an object, a member */
	SUBJECT_ARTIFACT, /* that it is there; entered only, never written */
	SUBJECT_UPLOAD,
	SUBJECT_STORE,
	SUBJECT_SURROUNDINGS, /* preflight */
	SUBJECT_INVENTORY,
	SUBJECT_COUNT,
};

enum parameter_flags {
	PARAMETER_REQUIRED = 1,
	PARAMETER_SHORTHAND = 2, /* filled when the record is written as this value alone; several share it */
	PARAMETER_ALTERNATIVE = 4, /* exactly one of those flagged so must be given */
	PARAMETER_MAY_BE_EMPTY = 8,
	PARAMETER_STRICT_LIST = 16, /* a list that must be written as one */
	PARAMETER_REST = 32, /* a map of the keys that no other parameter has; its name stands for them: "STAGE" */
};

/* what a larger number, a longer list is to a check; of a bool: true; of a choice: a later one */
enum parameter_more {
	MORE_IS_UNTOLD,
	MORE_IS_STRONGER, /* less passes */
	MORE_IS_WEAKER,
};

struct record;

struct parameter {
	const char *name; /* NULL ends a table */
	const struct value_type *type;
	unsigned flags;
	size_t offset;
	const char *fallback; /* as it would be written */
	const char *help; /* a clause: "at least so many bytes" */
	const char *example; /* YAML, as it would be written */
	const char *const *choices; /* value_choice, ended by NULL */
	const struct parameter *item; /* value_list, value_map: its name and offset are not used */
	const struct record *record; /* value_record */
	enum subject subject; /* value_checks */
	int64_t minimum, maximum; /* of a number or a date, in its unit; 0: none */
	enum parameter_more more; /* for `plan --no-weaker` */
	/* a key beside which that cannot be told: what makes fewer count helps to stay below a maximum */
	const char *untold_beside;
	const char *excludes; /* a key that cannot stand beside it */
	const char *needs; /* a key that must */
	/* value_string: a regular expression of JSON Schema that it matches; validate() tells people */
	const char *pattern;
};

struct record {
	const char *name; /* "a retry": for messages and the schema's $defs */
	const char *help;
	size_t size;
	const struct parameter *parameters;
	bool needs_one; /* at least one key must be given */
	size_t place_offset; /* of a struct place that gets the record's place, where has_place */
	bool has_place;
	/* What a table cannot say (min over max). The error is reported at the record's place. May be NULL. */
	int (*validate)(const void *record, struct error *err);
};

struct place { /* in the manifest, from 1; 0 where there is none */
	int line, column;
};

struct parameter_list {
	void *items; /* an array of what stands at an item's offset; pointers for value_record and the like */
	size_t count;
};

struct parameter_map_entry {
	const char *name;
	struct place place;
	void *value; /* points at what would stand at the item's offset; for value_record it is the struct */
};

struct parameter_map {
	struct parameter_map_entry *entries;
	size_t count;
};

struct secret {
	const char *env; /* one of the two */
	const char *file;
};

struct text_or_secret {
	struct text *text; /* one of the two */
	struct secret *secret;
};

#define PARAMETER_TYPE_NAME_MAX 64
/* What a value of this type is called, for messages and the reference: "a size", "a list of patterns". */
const char *parameter_type_name(const struct parameter *parameter, char text[PARAMETER_TYPE_NAME_MAX]);

#endif
