/*
 * A kind of check: one const struct, one file in checks/, one row in registry.c.
 *
 * A manifest declares checks; a check is a kind with parameters on a subject. A kind
 * stands for one row of the roll, or for several (`rows`): "step:dump/output/never:0".
 * It observes while its subject goes by (begin, observe, member), then concludes once with
 * one finding per row. A kind reads nothing by itself and never includes another kind.
 *
 *     const struct assertion_kind kind_size = {
 *             .name = "size", .subject = SUBJECT_BYTES, .summary = "...", .parameters = &record,
 *             .expect = expect, .conclude = conclude,
 *     };
 *
 * `struct finding` starts as VERDICT_UNEVALUATED, which is zero and no answer at all.
 */
#ifndef MUSTER_CHECKS_ASSERTION_H
#define MUSTER_CHECKS_ASSERTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/process_end.h"
#include "assertions/checks/numbers.h"
#include "assertions/inspect/inspect.h"
#include "assertions/value/dated.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/store.h"
#include "assertions/stores/upload.h"

enum verdict {
	VERDICT_UNEVALUATED,
	VERDICT_PASS,
	VERDICT_UNPROVEN,
	VERDICT_FAIL, /* the worst is the greatest */
	VERDICT_WAIVED, /* given by the roll only */
};

#define FINDING_OBSERVED_MAX 1024
#define FINDING_HINT_MAX 512

struct finding {
	enum verdict verdict;
	/* what was seen: "312 B", "exited with 12", "line 8: Bucket not found: ..." */
	char observed[FINDING_OBSERVED_MAX];
	char hint[FINDING_HINT_MAX]; /* what to do; may be empty */
	uint64_t covered, coverable; /* of the items of an inventory; 0 and 0 where it is not about one */
};

void finding_pass(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_fail(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_unproven(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_hint(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* what a kind can observe */
enum channel {
	CHANNEL_STDOUT = 1, /* of a step */
	CHANNEL_STDERR = 2,
	CHANNEL_SAID = 4, /* its stdout, unless that goes to a file or into a store */
	CHANNEL_TEXT = 8, /* the bytes with every layer of compression taken off */
	CHANNEL_MEMBERS = 16, /* an archive's members, through member() */
	CHANNEL_LAYERS = 32, /* no bytes, but every layer must be taken off and verified */
	CHANNEL_SIBLINGS = 64, /* the files or objects that these bytes were chosen from, through sibling() */
};

/* what must be brought before a kind can conclude, and nobody asks for otherwise */
enum check_need {
	NEED_EARLIER = 1, /* of bytes: what lay in the same place, looked for before anything is run */
	NEED_EARLIER_DIGEST = 2, /* of the newest of that; beside NEED_EARLIER */
	NEED_SIDECAR = 4, /* the file beside them, with the suffix that which() tells */
	NEED_STORED_BYTES = 8, /* of an upload: proven by what the store says of them, or read back; has `proof` */
	NEED_KEPT = 16, /* everything that lies under its key */
	NEED_RETENTION = 32, /* its lock */
	NEED_VERSIONING = 64, /* of a store: these settings of its bucket */
	NEED_LIFECYCLE = 128, /* below the prefix that which() tells; of an upload: where HEAD does not tell */
	NEED_OBJECT_LOCK = 256,
	NEED_STRANGER = 512, /* what it answers to whoever has no credentials */
	NEED_WRITING = 1024, /* whether an object can be written, which is tried */
};

/* on which a kind is entered that was not declared, and with which parameters */
enum occasion {
	OCCASION_NONE,
	OCCASION_PRESENCE, /* an artifact or upload is to be there: struct exists_parameters */
	OCCASION_INVENTORY, /* the items that it has at least: int64_t, as of the two that follow */
	OCCASION_MAX_AGE, /* verify, where the manifest has one */
	OCCASION_MAKER, /* run, where a step makes the artifact: PARAMETER_UNSET */
	OCCASION_SAMPLE, /* verify --sample: struct sample_parameters */
	OCCASION_PUT, /* muster makes the upload itself: none */
};

struct exists_parameters { /* of OCCASION_PRESENCE */
	const char *location; /* for people: a path, a store and a key */
	struct bounds count; /* of an artifact's files */
};

struct sample_parameters { /* of OCCASION_SAMPLE */
	enum format outermost; /* as declared; FORMAT_UNKNOWN: what is recognised */
	unsigned channels; /* of all checks on the bytes: how far a full verify would look into what is recognised */
	bool is_allowed; /* the manifest lets the rest go unread; else it is not proven */
	size_t left_out; /* rows that are left to a full verify */
};

/* The evidence that conclude() gets, by subject. */

struct step_evidence {
	const struct process_end *stages; /* one for each argv of a pipe */
	char *const *stage_names; /* argv[0] of each */
	size_t stage_count;
	int64_t duration_ms;
	const char *output_error; /* writing its stdout to the file failed; NULL */
	int64_t memory_kills; /* processes that the kernel ended for want of memory meanwhile */
	bool memory_kills_are_own; /* and no stranger's, who merely shares the control group */
	int64_t memory_limit_bytes; /* PARAMETER_UNSET: none is known */
	const char *left_running; /* "sleep (pid 312)": what had to be ended when the stages were done; NULL */
	bool background_is_allowed; /* and had the step's time to end */
	/* Of what was in the background then, and has ended: "pg_dump (pid 312)" and how, but for code 0. */
	const struct process_end *orphans;
	char *const *orphan_names;
	size_t orphan_count;
	bool output_incomplete; /* what still held it had to be ended, or it could not be read: not all was seen */
};

#define EARLIER_MAX 100

struct earlier_backups { /* that lay in the same place before this run, as accepted.h chooses them; the newest first */
	const char *trouble; /* why they could not be seen; NULL */
	size_t count; /* of those accepted, one a night */
	int64_t sizes[EARLIER_MAX];
	size_t nights; /* with and without an accepted one */
	bool was_rejected[EARLIER_MAX]; /* nothing of that night was accepted */
};

struct sample;

struct sidecar { /* the file beside an artifact that holds its digest */
	char *text; /* NULL where it could not be had */
	bool is_missing; /* because it is not there */
	struct error trouble;
};

struct newest_earlier { /* the newest accepted one of an earlier night that lay in the same place before this run */
	char *name; /* path, or key; NULL where there is none */
	int64_t size_bytes;
	char sha256[65], md5[33]; /* "" where not known */
	bool is_of_same_night; /* it is not: all that lay there was an attempt of this one, which was overwritten */
	struct error trouble; /* why neither is known */
};

struct bytes_evidence {
	const char *path; /* of the artifact, or of the member */
	const struct inspect_result *result;
	int64_t modified_ms; /* by its name or by the clock, as value/dated.h has it; PARAMETER_UNSET where unknown */
	int64_t now_ms; /* by the clock of the place where it lies */
	bool is_member;
	int64_t made_after_ms; /* when the step that makes it began; PARAMETER_UNSET, as of a member */
	int64_t since_ms; /* the same, or when the run began; PARAMETER_UNSET: nothing is run */
	enum origin origin; /* since then, as its place was noted before the run; of a member, by its time */
	const char *made_by; /* that step, or NULL */
	const struct earlier_backups *earlier; /* NULL for a member: it has no place of its own */
	const struct sidecar *sidecar; /* NULL where none was asked for, and for a member */
	const struct newest_earlier *newest_earlier; /* the same; nothing where `earlier` has trouble */
	const char *siblings_trouble; /* why not all of them were told of; NULL */
	const struct sample *sample; /* of the bytes only that much was read; NULL: all */
};

/* What is said of such a key. */
#define LOOKS_THE_SAME                                                                                \
	"it is not there, but a key that looks the same, '%s': its letters with accents are written " \
	"otherwise (Unicode's NFC and NFD)"

struct artifact_evidence {
	const char *location; /* what was looked for: a path, a bucket and key */
	enum store_status status; /* of looking: STORE_OK also where nothing was found */
	const char *trouble; /* where status is not STORE_OK */
	int64_t found; /* how many there are */
	struct trouble reading; /* the worst that was met in opening and reading them, layers aside */
	const char *failed_step; /* the step that makes it, where it failed; NULL */
	const char *twin; /* a key that looks the same as the one that is not there, and is another; NULL */
	int64_t newest_ms; /* when the newest was made; PARAMETER_UNSET */
	int64_t now_ms;
};

struct kept_object {
	int64_t size_bytes, made_ms;
	bool is_rejected; /* by accepted.h */
};

struct kept_objects { /* that lie under the upload's key, whichever run wrote them; the oldest first */
	struct kept_object *items;
	size_t count;
	struct earlier_backups accepted; /* of these */
	bool is_unknown; /* they could not be listed, for the reason in `trouble` */
	struct error trouble;
};

struct put_evidence { /* of an upload that muster was to make itself */
	enum upload_end end;
	const char *location; /* for people: "s3://ge-pg/all.gz" */
	const char *trouble; /* in the store's words, where it is not UPLOAD_DONE */
	int64_t size_bytes, duration_ms;
	bool is_taken; /* refused before anything was sent: the key may not be had */
};

struct upload_evidence {
	const char *location; /* as a person would name it, key included */
	enum store_status status; /* of asking for the object */
	const char *trouble; /* its error where it is not STORE_OK */
	const struct store_object *object; /* valid for STORE_OK */
	int64_t made_ms; /* when that is a backup of */
	int64_t artifact_size; /* PARAMETER_UNSET where the artifact was not read */
	const struct digest_result *digests; /* of the artifact, NULL where it was not read */
	const struct digest_result *stored; /* of the bytes as read back, NULL where they were not */
	enum store_status stored_status; /* of reading back */
	const char *stored_trouble;
	int64_t stored_size;
	bool is_artifact; /* itself, under another name */
	bool is_what_was_read; /* under verify: the artifact was examined right there */
	int64_t now_ms; /* by the store's clock */
	enum origin origin;
	bool has_server; /* the store keeps what S3 calls classes, encryption and locks */
	/* of asking for the object's lock, where HEAD told of none: STORE_ABSENT: none */
	enum store_status retention_status;
	struct error retention_trouble;
	const struct bucket_lifecycle *lifecycle; /* of its bucket, where HEAD told no expiry; NULL: not known */
	const char *whole_key; /* beside that, as the bucket's rules see it */
	const struct kept_objects *kept; /* NULL where none were asked for */
	const struct put_evidence *put; /* of muster's own upload, and then nothing else; NULL */
};

struct upload_proof { /* how a kind with NEED_STORED_BYTES comes to them */
	/* What the pass over the artifact must compute, so that it can be compared with the object. */
	void (*request)(const void *parameters, const struct store_object *object, struct digest_request *request);
	/* Whether the stored bytes must be read back, given what the store says without it. */
	bool (*wants_read_back)(const void *parameters, const struct upload_evidence *evidence);
	/* By what they were proven: "ETag (MD5)", "ETag (multipart, parts of 16 MiB)", "read back (SHA-256)"; "" where they were not. */
	void (*tell)(const void *parameters, const struct upload_evidence *evidence, char ret_proof[STORE_PROOF_MAX]);
};

struct store_evidence {
	const char *description;
	bool asked; /* false: it could not be opened, for the reason in the probe */
	const struct store_probe *probe;
	/* stores/bucket.h: as far as a declared check needs them; NULL where none does */
	const struct bucket_facts *facts;
};

struct surroundings_evidence {
	/* Runs a command with no input, output and errors together kept up to the buffer's maximum. */
	int (*command)(void *context, char *const *argv, int64_t timeout_ms, struct buffer *output,
		       struct process_end *ret_end, struct error *err);
	void *context;
};

struct evidence {
	enum subject subject; /* which of these it is */
	union {
		const struct step_evidence *step;
		const struct bytes_evidence *bytes;
		const struct artifact_evidence *artifact;
		const struct upload_evidence *upload;
		const struct store_evidence *store;
		const struct surroundings_evidence *surroundings;
		const struct inventory *inventory;
	};
};

struct check_list;
struct inventory;

/* What a check may ask for before it observes. */
struct check_context {
	const struct inventory *(*inventory)(void *context, const char *name);
	void *context;
	int64_t now_ms;
};

/* Check lists that apply to a member's bytes: filled by a kind's member(). */
#define MEMBER_CHECKS_MAX 4096
struct member_checks {
	const struct check_list *lists[MEMBER_CHECKS_MAX];
	size_t count;
};

struct assertion_kind {
	const char *name;
	enum subject subject;
	const char *summary; /* a sentence without its full stop: "the exit codes that count as success" */
	const char *details; /* more sentences for the reference; NULL */
	const char *example; /* YAML of the key and its value, as in an `expect` */
	const struct record *parameters; /* NULL: a kind that is always entered and takes none */
	bool always; /* entered for every subject, declared or not */
	bool remote_only; /* SUBJECT_STORE: not for a store without a server */
	bool never_written; /* cannot be declared, only entered */
	enum occasion occasion;
	bool not_under_verify; /* which writes nothing, and says with the manifest's max_age how old an upload may be */
	unsigned channels; /* of enum channel */
	unsigned (*channels_of)(const void *parameters); /* instead, where it depends */
	unsigned needs; /* of enum check_need */
	unsigned (*needs_of)(const void *parameters); /* instead, where it depends */
	const char *(*which)(const void *parameters); /* of the needs that say so */
	const struct upload_proof *proof;
	bool bounds_size; /* SUBJECT_BYTES: its `min` says how few bytes there may be */
	bool of_listing; /* SUBJECT_BYTES: what a listing and a sample tell is enough */
	/* SUBJECT_BYTES: whether so many would have passed after those; NULL: their number is not what it is about */
	bool (*accepts)(const void *parameters, int64_t bytes, const struct earlier_backups *before);
	size_t state_size;

	/* The roll. NULL: one row, named like the kind. */
	size_t (*rows)(const void *parameters);
	void (*row_name)(const void *parameters, size_t row, struct buffer *out); /* "output/never:0" */
	void (*expect)(const void *parameters, size_t row, struct buffer *out); /* "at least 10 KiB" */
	const char *expected; /* instead, where it always is the same */

	/* The evaluation; only conclude() is not optional. State is zeroed memory of state_size. */
	void (*begin)(const void *parameters, void *state, const struct check_context *context);
	void (*observe)(const void *parameters, void *state, enum channel channel, const char *data, size_t length);
	void (*member)(const void *parameters, void *state, const struct inspect_member *member,
		       struct member_checks *ret_checks);
	void (*sibling)(const void *parameters, void *state, const char *name, int64_t modified_ms);
	void (*conclude)(const void *parameters, void *state, const struct evidence *evidence,
			 struct finding *findings);
	void (*release)(const void *parameters, void *state);

	/* Checks inside the parameters (an archive's members), each with the part of an id that leads to it. */
	void (*children)(const void *parameters,
			 void (*visit)(void *context, const char *segment, const struct check_list *checks),
			 void *context);
	/* SUBJECT_STEP: what it says of stages, whose programs are these (NULL: not known yet). -1: at that place. */
	int (*fits_stages)(const void *parameters, char *const *programs, size_t count, struct place *ret_place,
			   struct error *err);

	/*
	 * For `plan`: what one row expects after a change, where the table cannot tell; and whether a row that was not there before
	 * lets something pass that did not. NULL: the table tells, it does not.
	 */
	enum value_change (*compare)(const void *before, size_t row_before, const void *after, size_t row_after);
	bool (*permits)(const void *before, const void *after, size_t row_after);

	/* Which layers `format` declares; the inspection takes off these instead of what it recognises. */
	size_t (*layers)(const void *parameters, enum format ret_layers[INSPECT_LAYERS_MAX]);
};

struct tally { /* a row's findings so far, over all bytes that the check was applied to */
	struct finding worst;
	char where[512]; /* the path of the worst, where there were several */
	unsigned evaluated;
	unsigned unread; /* of these, that could not be answered since nothing was read for them */
	unsigned not_passed;
	double seconds;
};

struct check {
	const struct assertion_kind *kind;
	void *parameters;
	struct place place;
	size_t rows;
	struct tally *tallies; /* `rows` of them */
	size_t first_row; /* on the roll; for whoever entered it */
};

struct check_list {
	struct check **items;
	size_t count;
};

/* A check of a kind with parameters that live as long as the check does. */
struct check *check_new(const struct assertion_kind *kind, void *parameters, struct place place);
void check_free(struct check *check); /* not its parameters */
void check_list_release(struct check_list *list); /* not its checks */
void check_list_add(struct check_list *list, struct check *check);
const struct check *check_list_find(const struct check_list *list, const char *kind_name);

void check_row_name(const struct check *check, size_t row, struct buffer *out);
void check_expect(const struct check *check, size_t row, struct buffer *out);
unsigned check_channels(const struct check *check);
unsigned check_list_channels(const struct check_list *list);
unsigned check_list_needs(const struct check_list *list);
/* The first with that need; NULL. */
const struct check *check_list_needing(const struct check_list *list, enum check_need need);

/* Where the bytes were not sound (damaged, unreadable, opaque): the finding is made and true returned. */
bool finding_of_trouble(struct finding *finding, const struct bytes_evidence *evidence);

/* Trouble that belongs to no layer is that of the bytes as they lie: they changed, or could not be read. */
bool trouble_is_of_reading(const struct inspect_result *result);

/* A moment that is not yet, by more than clocks may differ: no age can be told from it. */
#define CLOCK_TOLERANCE_MS DATED_TOLERANCE_MS
bool finding_of_future(struct finding *finding, int64_t moment_ms, int64_t now_ms);

/* What does not come from this run; `moment` is when it was modified, `began` what began after that: "this run", "step 'dump'". */
void finding_of_origin(struct finding *finding, enum origin origin, const char *moment, const char *began);

/* "3h old (2026-11-29T00:00:00Z)": passes where that is no more than max_ms (PARAMETER_UNSET: always) and no moment of the future. */
void finding_of_age(struct finding *finding, int64_t moment_ms, int64_t now_ms, int64_t max_ms);

/* Every check of the list and of the lists inside it. */
void check_list_walk(const struct check_list *list, void (*visit)(void *context, const struct check *check),
		     void *context);
/* The same answer for every row of these. */
void check_list_settle(const struct check_list *list, const struct finding *finding);

/* Where no stage of the step was executed: the finding is made and true returned. */
bool finding_of_no_execution(struct finding *finding, const struct step_evidence *evidence);

#endif
