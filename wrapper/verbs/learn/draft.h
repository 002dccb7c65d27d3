/*
 * A manifest in the making: what was learnt of each artifact, written down with the reason for every line.
 *
 * What bytes are like (traits.h) is found by inspect() alone, which knows no kind of check; which checks come of it is decided here, in
 * one place, since most lines need several facts: a `format` is read to its end only where nothing stronger reads it, a floor depends
 * on the backups before, a glob's checks on the globs that overlap with it.
 */
#ifndef MUSTER_VERBS_LEARN_DRAFT_H
#define MUSTER_VERBS_LEARN_DRAFT_H

#include "wrapper/verbs/learn/traits.h"

#define DRAFT_BYTES_MAX ((size_t)1 << 19)
#define DRAFT_TIMES_MAX 64

struct draft_history { /* of the backups that lie in one place */
	uint64_t count;
	int64_t times_ms[DRAFT_TIMES_MAX]; /* of the newest, newest first */
	int64_t sizes[DRAFT_TIMES_MAX];
	char *keys[DRAFT_TIMES_MAX];
	size_t kept;
	bool left_out_larger; /* one that was much larger than the rest */
};

void draft_history_add(struct draft_history *history, const char *key, int64_t modified_ms, int64_t size_bytes);
void draft_history_release(struct draft_history *history);

struct draft_artifact {
	char *name;
	char *place; /* YAML: "file: x", "object: {store: a, key: b}" */
	char *location; /* for people */
	const char *sidecar; /* ".sha256"; NULL */
	uint64_t files; /* that its glob matches, all of which are looked at; 0: only the newest is */
	struct traits *traits;
	struct draft_history history;
};

struct draft {
	struct buffer stores, inventories, steps, notes;
	struct draft_artifact *artifacts;
	size_t artifact_count;
	char **inventory_items; /* YAML of the items of each inventory, in order */
	size_t inventory_count, store_count;
	int64_t now_ms;
};

void draft_init(struct draft *draft, int64_t now_ms);
void draft_release(struct draft *draft);

/* Takes what the artifact points to. Its name is made one that no other has. */
void draft_add(struct draft *draft, struct draft_artifact artifact);

/* A weak spot, or what was noticed: one line of comment. */
void draft_note(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What has another size than most of the others is no sample of a good backup; it is named. Whether the newest was one. */
bool draft_leave_out(struct draft *draft, const char *place, const char *newest, struct draft_history *history);

/* The store that was declared last is not needed after all; the stores were so long before it. */
void draft_forget_store(struct draft *draft, size_t length);

/* The whole manifest. */
void draft_write(struct draft *draft, struct buffer *out);

/* draft_checks.c: the checks on the bytes, indented by so many columns, one a line; nothing where nothing can be said. */
void draft_checks(struct draft *draft, const struct draft_artifact *artifact, int columns, struct buffer *out);
/* Of a text: what must and what must not be in it, for the output of a step. `before`: "# " in a comment. */
void draft_text_lists(const struct traits *traits, int columns, const char *before, struct buffer *out);
/* Whether the members are those that pg_dump's tar and directory formats consist of. */
bool draft_is_pg_directory(const struct traits *traits);

/* yaml_text.c: YAML that the manifest's loader reads back as what was meant, whatever a name is made of. */

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
