/*
 * What `muster lint` says of a manifest beside its errors: weak spots of one that is valid, which would let a bad backup pass, known without
 * running anything.
 *
 * A weakness is one const struct and one row in weaknesses[]; `muster lint` says what it finds, `muster explain NAME` what it
 * means. The names are stable: people silence and search by them.
 */
#ifndef MUSTER_VERBS_LINT_LINT_H
#define MUSTER_VERBS_LINT_LINT_H

#include "wrapper/manifest/manifest.h"

struct weakness_search {
	const struct manifest *manifest;
	struct diagnostics *diagnostics;
	const struct weakness *weakness; /* that is being looked for */
};

/* A list of checks on bytes: of an artifact or, inside it, of a member; `path` is a file's, a key's or a member's. */
struct weakness_bytes {
	const struct manifest_artifact *artifact;
	const struct check_list *checks; /* NULL where nothing is expected */
	const char *path;
	struct place place;
	bool is_member;
};

struct weakness {
	const char *name; /* "no-minimum-size" */
	const char *summary; /* a sentence without its full stop */
	const char *details; /* why it matters, and what to do */
	const char *example; /* YAML that mends it */
	/* One of the three, or none where the manifest is refused for it as it is read: of a whole manifest, or of one list of checks on bytes or one check after the other. */
	void (*find)(const struct weakness_search *search);
	void (*find_in_bytes)(const struct weakness_search *search, const struct weakness_bytes *bytes);
	void (*find_in_check)(const struct weakness_search *search, const struct check *check);
};

extern const struct weakness *const weaknesses[]; /* ended by NULL */
extern const struct weakness weakness_no_minimum_size, weakness_shrink_without_minimum, weakness_compressed_not_read,
	weakness_glob_of_everything, weakness_artifact_of_no_step, weakness_no_max_age, weakness_step_only_its_word,
	weakness_pipe_in_shell, weakness_secret_in_clear, weakness_store_not_private, weakness_pattern_cannot_match,
	weakness_withheld_variable, weakness_unbounded_background, weakness_has_ended, weakness_inventory_before_step,
	weakness_shell_injection, weakness_pattern_spans_window;

/* All of them, as warnings. */
void weakness_find_all(const struct manifest *manifest, struct diagnostics *diagnostics);

void weakness_say(const struct weakness_search *search, struct place place, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* What stands at a parameter of a check, by the parameter's name; NULL where the check is NULL or has none of that name. */
const void *weakness_parameter(const struct check *check, const char *name);
/* A number that was given: bounds and the like. */
bool weakness_is_given(const struct check *check, const char *name);

/* Where below the place (of a key or of a mapping) that very text stands as a scalar; the place itself where it does not. */
struct place weakness_locate(const struct manifest *manifest, struct place below, const char *text);

#endif
