/*
 * What the parts of a run share while they bring their evidence: the lists of checks as entered on the roll, the
 * open stores, the inventories. Only for wrapper/run/.
 */
#ifndef MUSTER_RUN_EVIDENCE_H
#define MUSTER_RUN_EVIDENCE_H

#include "wrapper/manifest/arena.h"
#include "assertions/stores/bucket.h"
#include "wrapper/run/run.h"

struct run_store {
	const struct manifest_store *store;
	const char *name;
	struct store *open;             /* NULL where it could not be opened */
	struct store_probe probe;
	struct check_list checks;       /* the always-on ones and the declared */
};

struct run_inventory {
	struct inventory inventory;
	struct check_list checks;
};

struct artifact_checks {
	struct check_list presence;     /* that it is there */
	struct check_list bytes;        /* what it consists of */
};

struct upload_checks {
	struct check_list stored;
	struct check_list put;          /* empty where muster does not make it */
};

/* One more than is ever compared with: the artifact itself may be among them. */
#define EARLIER_KEPT (EARLIER_MAX + 1)

struct earlier_item {
	char *name;                     /* path, or key */
	int64_t size_bytes, modified_ms;
};

struct earlier {                        /* backups that lay in an artifact's place before anything was run, newest first */
	struct earlier_item items[EARLIER_KEPT + 1];
	size_t count;
	bool failed;
	struct error trouble;
	struct previous_backup overwritten;     /* the newest, where this run's backup will take its very place */
};

struct observation;

/*
 * Backups lie in places, which have numbers: that of artifact i is i, that of upload u (of all the run's) is artifact_count + u.
 * Under verify an artifact that is made as a file and uploaded lies in the places of its uploads only.
 */

struct evidence_state {
	struct arena arena;             /* of everything here, and of the checks that the manifest does not own */
	struct check_context context;
	struct run_store *stores;       /* in the order of the manifest */
	size_t store_count;
	struct run_inventory *inventories;
	struct check_list *steps;
	struct artifact_checks *artifacts;
	struct upload_checks *uploads;
	struct earlier *earlier;        /* by place */
	struct roll_waiver *waivers;    /* in the order of the manifest */
	size_t first_waiver_row;        /* on the roll, of theirs */
};

/* entry.c: the roll, but for the waivers' own rows */
int entry_enter_checks(struct run *run, struct error *err);
/* Answers for every row of the list and of the lists inside it; `reason` is for those that were not evaluated. */
void entry_answer(struct run *run, const struct check_list *list, const char *reason);

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

/* bucket_evidence.c: what the declared checks on a store must know of its bucket; true where there is something of the kind. */
bool bucket_bring(const struct run_store *store, struct bucket_facts *ret_facts);

/* preflight.c */
void preflight_check(struct run *run);

/* inventories.c */
void inventories_gather(struct run *run);
const struct inventory *inventories_find(void *run, const char *name);

/* steps.c: those that come before the examination, then the trailing clean-up */
void steps_run(struct run *run);
void steps_clean_up(struct run *run);
const struct run_step *steps_find(const struct run *run, const char *name);
size_t steps_trailing(const struct manifest *manifest);         /* the number of the first step of the trailing clean-up */
/* A text_lookup over the finished steps; its context is the run. */
int steps_lookup(void *run, const char *step, const char **ret_value, struct error *err);

/* earlier.c: what the artifacts are compared with */
void earlier_gather(struct run *run);
/* Those before the one of that name and modification time. */
void earlier_for(const struct run *run, size_t place, const char *name, int64_t modified_ms,
		 struct earlier_backups *ret_backups);
size_t earlier_artifact(const struct run *run, size_t place);   /* the artifact that lies there */
void earlier_release(struct run *run);

/* previous.c: the newest of them, and its digest */
/* Takes down what is known of it now, since it will be overwritten. */
void previous_take_down(struct run *run, size_t artifact);
/* For the artifact of that name, time and size; released by the caller with previous_release(). */
void previous_find(struct run *run, size_t place, const char *name, int64_t modified_ms, int64_t size_bytes,
		   struct previous_backup *ret_previous);
void previous_release(struct previous_backup *previous);
/* The store of the place; NULL where that is the file system, or where it is not open. */
struct run_store *earlier_store(struct run *run, size_t place);

/* sidecar.c: the file, or object, of that name and suffix; the store may be NULL */
void sidecar_read(struct store *store, const char *name, const char *suffix, struct sidecar *ret_sidecar);

/* artifacts.c */
void artifacts_examine(struct run *run);

struct examined {                       /* what came of examining an artifact: what its uploads are made from, and compared with */
	struct store *store;            /* NULL: a file */
	char *name;                     /* in its place: a path, or a key; NULL where nothing was examined */
	struct inspect_result result;
	bool is_whole;                  /* `result` is that of the whole artifact */
	bool is_sample;                 /* it has nothing but its size */
	const struct upload_look *stored_by;    /* the upload whose bytes these were (verify); NULL */
};

/* uploads.c */
struct upload_look {                    /* a look at one upload before the artifact is read */
	struct run_upload *upload;
	struct run_store *store;
	struct check_list *checks;
	struct check_list *put;         /* NULL: muster does not upload it */
	enum store_status status;
	struct error trouble;
	bool answered;                  /* there is nothing to conclude any more */
	struct inspect_result *read;    /* of the stored bytes (verify); NULL where they were not read whole */
};
size_t uploads_look(struct run *run, size_t artifact, struct upload_look **ret_looks);
/* For what was uploaded since. */
void uploads_look_again(struct upload_look *look);
/* "s3://ge-pg/all.gz"; the caller frees. */
char *uploads_place(const struct upload_look *look);
/* The part sizes and digests that the uploads' proofs will need. */
void uploads_request(const struct upload_look *looks, size_t count, struct digest_request *request);
void uploads_conclude(struct run *run, struct upload_look *looks, size_t count, const struct examined *artifact);
void uploads_free(struct upload_look *looks, size_t count);
void uploads_skip(struct run *run, size_t artifact, const char *reason);

/* puts.c: the uploads that muster makes */
bool puts_is_one(const struct run *run, const struct run_upload *upload);
/* The digests that the proof of them will need. */
void puts_request(const struct upload_look *looks, size_t count, int64_t size_bytes, struct digest_request *request);
/* Once the artifact's rows are answered. */
void puts_make(struct run *run, size_t artifact, struct upload_look *looks, size_t count,
	       const struct examined *source);

/* uploads_kept.c: everything that lies under the upload's key; false where nobody asks. items are the caller's to free */
bool uploads_kept(const struct upload_look *look, struct kept_objects *ret_kept);

bool run_is_cancelled(void *run);

#endif
