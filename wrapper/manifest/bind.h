/*
 * Fills a struct from a node of the manifest, as its `struct record` says: the one engine for every word.
 *
 *     struct binder binder = {.arena = &arena, .diagnostics = &diagnostics, .expander = expander};
 *     bind_record(&binder, &manifest_record, document.root, manifest);
 *
 * It goes on after an error, so that everything that is wrong is reported at once; what could not be read is
 * left unset. Names of stores, inventories and steps are collected, for whoever knows which there are, and so are those of
 * environment variables that hold a secret.
 */
#ifndef MUSTER_MANIFEST_BIND_H
#define MUSTER_MANIFEST_BIND_H

#include "wrapper/manifest/diagnostics.h"
#include "wrapper/manifest/expand.h"

#define BIND_RECORDS_MAX 1000                   /* of one list or map whose items are mappings, of one map, of one expect */

struct bind_reference {
	const struct value_type *type;          /* value_store, _inventory, _step; _secret: an environment variable that holds one */
	bool output;                            /* of a step: its output, ${step.NAME.stdout} */
	const char *name;
	struct place place;
	const char *section;                    /* the key of the outermost record below which it stands: "steps" */
	size_t index;                           /* the entry of that list or map */
};

struct binder {
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct expander *expander;
	struct bind_reference *references;      /* the arena's */
	size_t reference_count;
	const char *section;                    /* where it is */
	size_t index;
	unsigned records, lists;                /* how deep it is in them */
};

/* 0, or -1 where something is wrong: the struct is filled as far as it could be. It was zero before. */
int bind_record(struct binder *binder, const struct record *record, const struct node *node, void *ret_struct);

/* The same for a record below a key, of which the parameter tells type and example. */
int bind_nested(struct binder *binder, const struct parameter *parameter, const struct node *node, const struct node *key,
		void *ret_struct);

#endif
