/*
 * How a document becomes a struct manifest, for the files of this folder only (and the test of the tables).
 *
 *     document_load()                         source_text.c makes JSON fit for libyaml, node.c holds the tree
 *     override_vars()                         --var
 *     struct expander *expander = expand_new(&document, options, &arena, &diagnostics);
 *     struct binder binder = {.arena = &arena, .diagnostics = &diagnostics, .expander = expander};
 *     bind_record(&binder, &manifest_record, document.root, manifest);
 *     consistency_check(manifest, &binder);
 *     expand_report_unused(expander);
 *     expand_free(expander);
 */
#ifndef MUSTER_MANIFEST_MANIFEST_PRIVATE_H
#define MUSTER_MANIFEST_MANIFEST_PRIVATE_H

#include "assertions/value/text.h"
#include "wrapper/manifest/manifest.h"

/*
 * source_text.c: JSON made fit for a YAML parser.
 *
 * JSON is YAML but for a few things: tabs before a token, a line break before a colon, surrogate pairs
 * (\ud83d\ude00), and line separators (U+0085, U+2028, U+2029) that YAML folds inside strings. Where a text is
 * JSON these are rewritten; `shifts` tells where the characters of the new text came from.
 */
struct json_shift { /* from this character of the new text on */
	size_t character;
	size_t original; /* stands the one with this number in the old text */
};

struct json_text {
	char *text;
	size_t length;
	struct json_shift *shifts;
	size_t count;
};

/* False, and nothing to release, where the text is not JSON. */
bool json_text_from(const char *text, size_t length, struct json_text *ret_json);
size_t json_text_original(const struct json_text *json, size_t character);
void json_text_release(struct json_text *json);

/* source_text.c: where the n-th character of a text stands. Asked for in ascending order a whole text costs one pass. */
struct position {
	size_t character; /* from 0 */
	size_t byte;
	struct place place;
};

struct position_finder {
	const char *text;
	size_t length;
	struct position last, before; /* a little way back costs little */
};

/* `text` is borrowed. */
void position_init(struct position_finder *finder, const char *text, size_t length);
/* The place after the last character where there are fewer. */
struct position position_of_character(struct position_finder *finder, size_t character);
struct position position_of_byte(struct position_finder *finder, size_t byte);

/* node.c: what a list or a mapping holds, while it is read; and what becomes of a mapping's keys: merged, each once. */
struct node_members { /* all zero: none yet */
	struct node **keys, **items; /* keys: NULL in a list */
	size_t count, capacity;
};

void node_members_add(struct node_members *members, struct node *key, struct node *item);
/*
 * Fills the list or the mapping, and releases the members. The keys of mappings behind `<<` stand after the mapping's own, which win,
 * as the first of several such mappings does (yaml.org/type/merge.html). Keys that are no scalars are left out.
 */
void node_members_take(struct node_members *members, struct node *ret_node, struct arena *arena,
		       struct diagnostics *diagnostics);

/*
 * expand.c: the variables in a manifest's strings.
 *
 * ${vars.NAME}, ${env.NAME}, ${stores.NAME.KEY}, ${run.id}, ${run.date}, ${run.time} and ${step.NAME.stdout};
 * $$ is a dollar sign, and so is one that neither { nor $ follows. What is found is not read again: a value of
 * the environment or of --var that holds "${" keeps it. Vars may refer to vars.
 *
 *     if (expand_scalar(expander, node, &expansion) == 0)
 *             text = expand_range(expander, &expansion, 0, expansion.count, TEXT_GLOB);
 *
 * What became of a scalar is kept in parts, because where it ends up decides how a value is written. In a glob or a pattern
 * a value means itself, and when verifying, what is different in every run matches anything.
 */
#define EXPAND_TOTAL_MAX ((size_t)16 << 20) /* bytes of all scalars of a manifest together */
#define EXPAND_VARIABLES_MAX 1000 /* in one scalar */
#define EXPAND_CHAIN_MAX 50 /* vars that refer to vars */
#define EXPAND_KNOWN_MAX 2000 /* scalars that are referred to */

enum expansion_origin {
	EXPANSION_WRITTEN, /* stands there */
	EXPANSION_VALUE, /* a variable's value */
	EXPANSION_RUN, /* a value that every run has its own of */
	EXPANSION_STEP, /* the output of the step that `text` names */
};

struct expansion_part {
	enum expansion_origin origin;
	const char *text;
	struct place place; /* of the variable; 0 for what is written */
	const char *token; /* of the variable, in the scalar's value; NULL for what is written */
	size_t token_length;
};

struct expansion {
	struct expansion_part *parts;
	size_t count;
	bool variable; /* there was one in it */
	/* an environment variable is not set, which was a warning: it stands there as written, and means nothing */
	bool unknown;
};

enum expand_state { EXPAND_STATE_BUSY, EXPAND_STATE_DONE, EXPAND_STATE_BROKEN };

struct expand_known { /* a scalar that variables refer to, expanded once */
	const struct node *node;
	enum expand_state state;
	struct expansion expansion;
};

struct expander {
	const struct document *document;
	const struct manifest_options *options;
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct expand_known **known;
	size_t known_count;
	unsigned chain;
	size_t total;
	bool exceeded;
};

struct expand_job { /* one scalar, while it is expanded */
	struct expander *expander;
	const struct node *node;
	const char *token; /* the variable that is looked at, in node->value; from its dollar sign on */
	size_t token_length;
	const char *name; /* what stands between its braces */
	size_t variables; /* so far */
	struct expansion *expansion;
	bool broken;
};

/* Everything is borrowed and must outlive the expander. */
struct expander *expand_new(const struct document *document, const struct manifest_options *options,
			    struct arena *arena, struct diagnostics *diagnostics);
void expand_free(struct expander *expander);

/* -1: something is wrong, which has been reported. */
int expand_scalar(struct expander *expander, const struct node *scalar, struct expansion *ret_expansion);

/* Parts from..to-1 as one string of the arena, steps' output left out. */
char *expand_range(struct expander *expander, const struct expansion *expansion, size_t from, size_t to,
		   enum text_quoting quoting);
/* The same as a glob in which what is different in every run matches anything, whatever the options say. */
char *expand_anywhen(struct expander *expander, const struct expansion *expansion, size_t from, size_t to);

/* The first part that is a step's output, or NULL. */
const struct expansion_part *expansion_find_step(const struct expansion *expansion);

/* Vars of the command line (see override_vars()) that nothing referred to are errors. Call it last. */
void expand_report_unused(struct expander *expander);

/* At the variable's place; the job is broken then. */
void expand_report(struct expand_job *job, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void expand_add_part(struct expand_job *job, enum expansion_origin origin, const char *text);
/* The value of another scalar of the manifest. */
void expand_add_scalar(struct expand_job *job, const struct node *node);
/* Where the variable stands. */
struct place expand_place(const struct expand_job *job);

/* variable.c: looks a variable up. Adds what job->name stands for, or reports why there is nothing. */
void variable_add(struct expand_job *job);

/*
 * --var NAME=VALUE: the document is changed before anything is read from it. Sets `vars` of the document's root; of one name the
 * last counts. The values are literal: a dollar sign in them is one. Where `vars` is no mapping nothing is done, since the
 * manifest is wrong anyway.
 */
void override_vars(struct document *document, const char *const *settings, size_t count,
		   struct diagnostics *diagnostics);

/*
 * bind.c: fills a struct from a node of the manifest, as its `struct record` says: the one engine for every word.
 *
 * It goes on after an error, so that everything that is wrong is reported at once; what could not be read is
 * left unset. Names of stores, inventories and steps are collected, for whoever knows which there are, and so are those of
 * environment variables that hold a secret.
 */
#define BIND_RECORDS_MAX 1000 /* of one list or map whose items are mappings, of one map, of one expect */
#define BIND_HINT_MAX 512

struct bind_reference {
	/* value_store, _inventory, _step; _secret: `secret`, of the environment variable `name`, or NULL of a file */
	const struct value_type *type;
	bool output; /* of a step: its output, ${step.NAME.stdout} */
	const char *name;
	const struct secret *secret;
	struct place place;
	const char *section; /* the key of the outermost record below which it stands: "steps" */
	size_t index; /* the entry of that list or map */
};

struct binder {
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct expander *expander;
	struct bind_reference *references; /* the arena's */
	size_t reference_count;
	const char *section; /* where it is */
	size_t index;
	unsigned records, lists; /* how deep it is in them */
};

struct bind_site { /* what a value is called in messages */
	const char *key; /* 'always'; NULL: the manifest */
	bool item; /* an item of it */
};

/* 0, or -1 where something is wrong: the struct is filled as far as it could be. It was zero before. */
int bind_record(struct binder *binder, const struct record *record, const struct node *node, void *ret_struct);
/* The same for a record below a key, of which the parameter tells type and example. */
int bind_nested(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct node *key, void *ret_struct);

/* NULL where there is none of that name; and the name that was most likely meant. */
const struct parameter *bind_find_parameter(const struct record *record, const char *name);
const char *bind_suggest_parameter(const struct record *record, const char *name);
/* "'a', 'b' and 'c'", where " and " is `last`. */
void bind_list_names(const char *const *names, size_t count, const char *last, struct buffer *out);
/* Names go into ids, logs and reports: a line end or an escape sequence in one would forge them. */
bool bind_is_fit_name(const char *name);

/* bind_values.c: single values, of a type that parses. -1: reported, or not known while linting. */
int bind_scalar(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target);
/* {env: NAME} or {file: PATH}, into a struct secret *. */
int bind_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target);
int bind_text_or_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
			const struct bind_site *site, void *target);
/*
 * An `expect`: a mapping of kinds of checks, each with its parameters, into a struct check_list *. The list is there as soon as the
 * node is a mapping; checks that could not be read whole are not in it.
 */
int bind_checks(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target);

/* "'steps' must be a list, not 'x'", with an example for a hint. Always -1. */
int bind_wrong_type(struct binder *binder, const struct parameter *parameter, const struct node *node,
		    const struct bind_site *site, const char *expected);
/* "'always'", "an item of 'always'". */
#define BIND_SITE_MAX 160
const char *bind_site_text(const struct bind_site *site, char text[BIND_SITE_MAX]);

/*
 * consistency.c: what a manifest says about itself. Every name that is used is declared, once, and in time; every check has an id
 * of its own. Also notes which steps' output is asked for, and which variables are withheld from children. The manifest may be
 * incomplete.
 */
void consistency_check(struct manifest *manifest, const struct binder *binder);

/* stages.c: what checks say of the stages of steps. */
void stages_check(const struct manifest *manifest, struct diagnostics *diagnostics);

/* The tables of the manifest's own keys: tables.c, and for what comes after a run tables_notify.c. */
#define STRUCT(type) .size = sizeof(struct type)
#define AT(type, field) offsetof(struct type, field)
#define PLACED(type) .has_place = true, .place_offset = offsetof(struct type, place)
extern const struct record manifest_waiver_record, manifest_notify_record, manifest_report_record;

#endif
