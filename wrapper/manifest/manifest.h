/*
 * The manifest as the program uses it. Every string in it lives as long as the manifest.
 *
 * manifest_load() reads a document through the tables in tables.c and the kinds' own, resolves variables,
 * checks every reference, and reports everything that is wrong at once.
 */
#ifndef MUSTER_MANIFEST_MANIFEST_H
#define MUSTER_MANIFEST_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/checks/assertion.h"
#include "assertions/checks/inventory.h"
#include "assertions/value/secret.h"
#include "assertions/value/text.h"
#include "wrapper/manifest/diagnostics.h"
#include "wrapper/manifest/document.h"

#define MANIFEST_VERSION 1
#define MANIFEST_GRACE_MS 10000

struct manifest_store { /* the value of an entry in manifest.stores */
	struct place place;
	const struct store_driver *driver; /* the one whose key is given */
	const void *config; /* that driver's parameters */
	struct check_list *expect; /* NULL */
	void *drivers[8]; /* config by driver, in the order of store_drivers[] */
};

struct manifest_exception { /* an entry of `except` */
	const char *item;
	const char *reason;
	int64_t until_ms;
};

struct manifest_object { /* or several, whose keys match */
	const char *store;
	struct text *key;
};

struct manifest_inventory {
	struct place place;
	struct parameter_list run; /* of struct text *: argv */
	struct parameter_map env; /* of struct text_or_secret: for `run` */
	struct text *file;
	struct parameter_list items; /* of const char * */
	struct manifest_object *objects;
	const char *after; /* the step that it is asked after; NULL: before any is run */
	struct parameter_list except; /* of struct manifest_exception * */
	int64_t minimum;
};

struct manifest_retry {
	int64_t attempts;
	int64_t wait_ms;
};

struct manifest_output { /* a file, or an object */
	struct text *path;
	const char *store;
	struct text *key;
	bool overwrite;
	int checksum; /* as in struct manifest_upload */
};

enum background { BACKGROUND_FAIL, BACKGROUND_ALLOW }; /* what a step leaves running; -1 is the first */

struct manifest_step {
	struct place place;
	const char *name;
	struct parameter_list run; /* of struct text * */
	struct parameter_list pipe; /* of struct parameter_list of struct text * */
	struct text *shell;
	struct text *stdin_path;
	struct manifest_output *output; /* where stdout goes; NULL: to muster */
	struct text *cwd;
	struct parameter_map env; /* of struct text_or_secret */
	bool env_only; /* nothing else is in its environment */
	bool no_new_privs;
	int64_t timeout_ms;
	int64_t grace_ms;
	int background;
	struct manifest_retry *retry;
	struct parameter_list needs; /* of const char *: steps */
	bool always;
	struct check_list *expect;
	bool stdout_wanted; /* somebody refers to ${step.NAME.stdout} */
};

struct manifest_count {
	int64_t min, max;
};

struct manifest_limits {
	int64_t depth, members, ratio;
	int64_t window_bytes;
};

struct manifest_upload {
	struct place place;
	const char *store;
	struct text *key;
	bool put; /* muster uploads it */
	bool overwrite;
	int checksum; /* enum store_algorithm less 1; -1: none */
	struct check_list *expect;
};

struct manifest_artifact {
	struct place place;
	const char *name;
	struct text *file;
	struct manifest_object *object;
	const char *step;
	struct manifest_count *count; /* of files that match; NULL: exactly one */
	struct check_list *expect;
	struct manifest_limits *limits; /* NULL: those of inspect/inspect.h */
	struct parameter_list uploads; /* of struct manifest_upload * */
};

struct manifest_waiver {
	struct place place;
	struct glob *check; /* of the ids of checks */
	const char *reason;
	int64_t until_ms;
};

struct manifest_webhook {
	struct text_or_secret url;
	struct parameter_map headers; /* of struct text_or_secret */
};

struct manifest_pushgateway {
	struct text_or_secret url;
	const char *job; /* NULL: the manifest's name */
	struct parameter_map headers;
};

struct manifest_notify {
	struct text_or_secret ping; /* neither: none */
	struct manifest_webhook *webhook;
	struct manifest_pushgateway *pushgateway;
	struct parameter_list on; /* of int, an enum run_mode */
	int64_t timeout_ms;
	const char *ca_file;
};

struct manifest_report {
	int format; /* index into manifest_report_formats */
	const char *store;
	struct text *key;
};

struct manifest {
	struct place place;
	int64_t version;
	const char *name;
	int64_t max_age_ms;
	bool sample; /* `verify --sample` may leave checks to a full verify */
	bool no_new_privs; /* for muster, and so for all that it runs */
	struct parameter_map vars; /* of const char * */
	struct parameter_map stores; /* of struct manifest_store */
	struct parameter_map inventories; /* of struct manifest_inventory */
	struct parameter_list preflight; /* of struct check_list * */
	struct parameter_list steps; /* of struct manifest_step * */
	struct parameter_list artifacts; /* of struct manifest_artifact * */
	struct parameter_list waivers; /* of struct manifest_waiver * */
	struct manifest_notify *notify; /* NULL */
	struct parameter_list reports; /* of struct manifest_report * */
	/* of const char *: variables that stores and `notify` name, and that no child inherits */
	struct parameter_list withheld;
	struct parameter_list secrets; /* of const struct secret *: every one that is named anywhere */
	struct document document;
	struct arena arena; /* what all of it is kept in */
};

struct manifest_options {
	bool verify; /* ${run.…} in keys and paths matches anything */
	const char *const *vars; /* "NAME=VALUE" */
	size_t var_count;
	bool unset_env_is_warning; /* lint: ${env.X} may be set where the manifest is run */
	const char *run_id; /* ${run.id} */
	int64_t run_started_ms; /* ${run.date}, ${run.time} */
};

/* The tables of the manifest's own keys, each with its type, its help and an example: the whole, and those that somebody tells apart. */
extern const struct record manifest_record, manifest_inventory_record, manifest_step_record, manifest_artifact_record;
extern const char *const manifest_report_formats[]; /* "json", ...; ended by NULL */

/*
 * NULL where there is an error in the diagnostics. Where all of them are usage errors the command line is wrong, and
 * not the manifest.
 */
struct manifest *manifest_load(const char *path, const struct manifest_options *options,
			       struct diagnostics *diagnostics);
/* The same of a text in memory. */
struct manifest *manifest_parse(const char *name, const char *text, size_t length,
				const struct manifest_options *options, struct diagnostics *diagnostics);
void manifest_free(struct manifest *manifest);

/* NULL where there is none of that name. */
const struct manifest_store *manifest_store(const struct manifest *manifest, const char *name);
const struct manifest_step *manifest_step(const struct manifest *manifest, const char *name);

/* Whether the environment variable is one of `withheld`. */
bool manifest_withholds(const struct manifest *manifest, const char *variable);

#endif
