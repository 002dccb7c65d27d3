/*
 * What the parts of a run share while they bring their evidence: the lists of checks as entered on the roll, the
 * open stores, the inventories. Only for wrapper/run/.
 */
#ifndef MUSTER_RUN_EVIDENCE_H
#define MUSTER_RUN_EVIDENCE_H

#include "wrapper/manifest/arena.h"
#include "assertions/checks/examine_bytes.h"
#include "assertions/stores/bucket.h"
#include "assertions/bytes/identity.h"
#include "wrapper/run/run.h"

#define STDOUT_TEXT_MAX ((size_t)64 << 10) /* of a step, for ${step.NAME.stdout} */

struct run_store {
	const struct manifest_store *store;
	const char *name;
	struct store *open; /* NULL where it could not be opened */
	struct store_probe probe;
	int64_t lag_until_ms; /* see stores_wait_for(), by the monotonic clock; 0: nothing was missed since the last upload */
	struct check_list checks; /* the always-on ones and the declared */
};

struct run_inventory {
	struct inventory inventory;
	struct check_list checks;
};

struct artifact_checks {
	struct check_list presence; /* that it is there */
	struct check_list bytes; /* what it consists of */
};

struct upload_checks {
	struct check_list stored;
	struct check_list put; /* empty where muster does not make it */
};

struct found { /* a file, or an object */
	char *name; /* path, or key */
	struct store *store; /* NULL: a file */
	struct identity identity;
	int64_t made_ms; /* when the backup was made, by its name or by the clock: value/dated.h */
	const struct store_object *object; /* as HEAD describes it; NULL: a file, or only listed */
	size_t shelf; /* that it lies on */
	struct destination *destination; /* the upload that brought it there (verify); NULL: the artifact's own shelf */
};

struct finds { /* what there is of an artifact, and is to be examined */
	/* of its own shelf, the newest first; then (verify) of the others that it was uploaded to */
	struct found *items;
	size_t count, own; /* all of them; of its own shelf */
	int64_t matched; /* how many lie on its own shelf, also where not all are examined */
	enum store_status status; /* of looking: STORE_OK also where nothing was found */
	struct error trouble; /* where status is not STORE_OK */
	int64_t now_ms; /* by the clock of where that is */
	char *location; /* what was looked for, for people; NULL */
	struct glob *glob; /* what the own ones were chosen by, of the store, or files: NULL where they were not */
	struct store *store;
	struct store_object newest;
	char twin[STORE_KEY_MAX]; /* of what is not there; "" */
};

/* Of so many it is judged which may be compared with: also where there are several a night, that are many nights. */
#define EARLIER_KEPT ((size_t)4096)

/*
 * Where backups of an artifact lie side by side, night after night, and what lay there before anything was run. Shelves have
 * numbers: that of artifact i is i, that of upload u (of all the run's) is artifact_count + u. Under verify an artifact that is
 * made as a file and uploaded lies on the shelves of its uploads only.
 */
struct shelf {
	struct store *store; /* NULL: files; known once it was looked at */
	const struct text *pattern; /* of their names */
	struct found *items; /* the newest first; at most EARLIER_KEPT */
	size_t count;
	bool has_one_name; /* each night's takes the place of the one before */
	bool failed;
	struct error trouble;
	struct newest_earlier overwritten; /* the newest, where this run's backup will take its very name */
};

/*
 * What lay in the place of an artifact, or of an upload, before anything was run; numbered as the shelves are, but of an artifact
 * always its own place.
 */
struct place_before {
	struct noted *items; /* by name */
	size_t count;
	bool is_known; /* nothing that could be mistaken for this run's is missing */
	struct error trouble; /* why it is not known */
};

struct observation;

struct destination { /* of an artifact: one of its uploads, as it is found before the artifact is read */
	struct run_upload *upload;
	struct run_store *store;
	size_t shelf;
	struct check_list *checks;
	struct check_list *put; /* NULL: muster does not upload it */
	enum store_status status;
	struct error trouble;
	bool answered; /* there is nothing to conclude any more */
	const struct inspect_result *read; /* of the stored bytes (verify); NULL where they were not read whole */
};

struct destinations {
	struct destination *items;
	size_t count;
};

struct evidence_state {
	struct arena arena; /* of everything here, and of the checks that the manifest does not own */
	struct check_context context;
	struct run_store *stores; /* in the order of the manifest */
	size_t store_count;
	struct run_inventory *inventories;
	struct check_list *steps;
	struct artifact_checks *artifacts;
	struct upload_checks *uploads;
	struct shelf *shelves;
	struct place_before *places;
	struct vouched *vouched; /* vouched.c's */
	size_t vouched_count;
	struct roll_waiver *waivers; /* in the order of the manifest */
	size_t first_waiver_row; /* on the roll, of theirs */
};

/* roll_call.c: the roll, but for the waivers' own rows */
int roll_call_enter(struct run *run, struct error *err);
/* Answers for every row of the list and of the lists inside it; `reason` is for those that were not evaluated. */
void roll_call_answer(struct run *run, const struct check_list *list, const char *reason);

/* waivers.c: the checks that may fail for a while, and a row for each waiver itself */
/* `other`: the roll of the same manifest under the other verb. */
int waivers_enter(struct run *run, const struct roll *other, struct error *err);
void waivers_answer(struct run *run);
/* The worst finding that is not waived. */
enum verdict waivers_verdict(struct run *run, const struct observation *observation);

/* stores.c */
void stores_open_and_probe(struct run *run);
void stores_close(struct run *run);
struct run_store *stores_find(struct run *run, const char *name);
/*
 * What was written a moment ago may not be seen yet: some stores come to know of it seconds later. Where it is not there, or an older
 * one is, this waits a little; false: it has to be taken as it is.
 */
bool stores_wait_for(struct run *run, struct run_store *store, enum store_status status,
		     const struct store_object *object);

/* preflight.c */
void preflight_check(struct run *run);

/* inventories.c */
void inventories_gather(struct run *run);
/* Those that are asked when that step is done. */
void inventories_gather_after(struct run *run, const struct run_step *step);
const struct inventory *inventories_find(void *run, const char *name);

/* steps.c: those that come before the examination, then the trailing clean-up */
void steps_run(struct run *run);
void steps_clean_up(struct run *run);
const struct run_step *steps_find(const struct run *run, const char *name);
/* A text_lookup over the finished steps; its context is the run. */
int steps_lookup(void *run, const char *step, const char **ret_value, struct error *err);

/* find.c: what lies where */
/*
 * Tells of every file (of every object, where there is a store) that matches; `saw` returns 0 to go on. -1, or what `saw`
 * stopped it with.
 */
int find_each(struct store *store, const struct glob *glob,
	      int (*saw)(void *context, const char *name, const struct identity *identity), void *context,
	      struct error *err);
/* When the backup of that name was made; where there is no store it is a file. */
int64_t found_made_ms(const struct store *store, const struct text *pattern, const char *name,
		      const struct identity *identity);
bool find_is_same(const struct found *a, const struct found *b);
int find_by_newest(const void *left, const void *right); /* for qsort() over struct found */
/* -1, and ret_finds->trouble, where it cannot be told where to look. Released by the caller in either case. */
int find_artifact(struct run *run, size_t artifact, const struct destinations *destinations, struct finds *ret_finds);
void finds_release(struct finds *finds);
/* All of a small file, or object, as far as the buffer takes it. Closes the source. */
int find_text(struct source *source, struct buffer *text, struct error *err);

/* examine.c */
struct examined { /* what came of one that was found */
	const struct found *found; /* NULL: nothing was */
	struct trouble trouble; /* of opening and reading it, layers aside */
	struct inspect_result *result; /* NULL where it could not be opened, or is another run's */
	bool is_whole; /* `result` is that of all of it */
	bool is_sample; /* it has nothing but its size */
};
/* Reads it, the checks on the artifact's bytes observing; `ret_artifact` gets what the reports tell of it. */
void examine_found(struct run *run, size_t artifact, const struct finds *finds, const struct found *found,
		   const struct destinations *destinations, struct run_artifact *ret_artifact,
		   struct examined *ret_examined);
/* The step that makes the artifact in this run, or NULL. */
const struct run_step *examine_maker(const struct run *run, const struct manifest_artifact *artifact);

/* sampling.c: verify --sample: listings in full, of the bytes only what they begin and end with. What head and tail cannot say is
 * not proven. Where the manifest has `sample: true` such checks are not entered instead, and the row "artifact:NAME/sample" says
 * how many they are. */
/* Whether the bytes of an artifact of that size are only sampled: what is no larger than head and tail is read whole. */
bool sampling_is_for(const struct run *run, int64_t size_bytes);
/* Whether checks that need more are left to a full verify, by leave of the manifest. */
bool sampling_leaves_out(const struct run *run);
/* Takes out of the list what head, tail and listings cannot answer; returns how many rows that were. */
size_t sampling_leave_out(struct check_list *list);
/* `request` as for examine(), but for its source; what it has of `checks` that cannot be answered is not proven, and not reached. */
void sampling_examine(const struct examine_request *request, const struct found *found,
		      struct inspect_result *ret_result);
/* Without what needs bytes, which is not proven. The caller releases it. */
struct check_list sampling_without_bytes(const struct check_list *list);

/* before.c: what of it all was there before */
void before_note(struct run *run);
/* Where something came from that lies in the place of that number; `since_ms` by the clock there. */
enum origin before_origin(const struct run *run, size_t place, const char *name, const struct identity *now,
			  int64_t since_ms);
void before_release(struct run *run);

/* earlier.c: the backups that artifacts are compared with */
void earlier_gather(struct run *run);
/* The checks that say which of a shelf are accepted. */
const struct check_list *earlier_judges(const struct run *run, size_t shelf);
/* Those before the one that was found, as far as they are accepted. */
void earlier_backups(const struct run *run, const struct found *found, struct earlier_backups *ret_backups);
/* The newest accepted one of an earlier night, and its digest; released by the caller with earlier_newest_release(). */
void earlier_newest(struct run *run, const struct found *found, struct newest_earlier *ret_newest);
void earlier_newest_release(struct newest_earlier *newest);
void earlier_release(struct run *run);

/* artifacts.c: finds, examines, judges */
void artifacts_examine(struct run *run);

/* uploads.c: looks for them before the artifact is read, concludes afterwards */
void uploads_find(struct run *run, size_t artifact, struct destinations *ret_destinations);
/* For what was uploaded since. */
void uploads_find_again(struct run *run, struct destination *destination);
/* "s3://ge-pg/all.gz"; the caller frees. */
char *uploads_location(const struct destination *destination);
/* The part sizes and digests that the uploads' proofs will need. */
void uploads_request(const struct destinations *destinations, struct digest_request *request);
void uploads_conclude(struct run *run, const struct destinations *destinations, const struct examined *artifact);
void uploads_skip(struct run *run, size_t artifact, const char *reason);

/* put.c: the uploads that muster makes */
bool put_is_one(const struct run *run, const struct run_upload *upload);
/* The digests that the proof of them will need. */
void put_request(const struct destinations *destinations, int64_t size_bytes, struct digest_request *request);
/* Once the artifact's rows are answered. */
void put_all(struct run *run, size_t artifact, const struct destinations *destinations, const struct examined *source);

/* vouched.c: what the roll says is there, looked at once more after the last thing that can change it */
void vouched_add_upload(struct run *run, const struct destination *destination);
/* Only where it has no uploads: these are what is vouched for then, and a step may take the file away. */
void vouched_add_artifact(struct run *run, size_t artifact, const struct finds *finds);
/* True where something is gone, or another: its row says so then. */
bool vouched_look_again(struct run *run);
void vouched_release(struct run *run);

bool run_is_cancelled(void *run);

#endif
