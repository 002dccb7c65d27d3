#include "wrapper/run/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

struct vouched { /* a file or an object that a row says is there */
	size_t row; /* ".../exists" */
	bool is_upload;
	struct store *store; /* NULL: a file */
	char *name; /* path, or key */
	struct identity identity;
};

static void vouch(struct run *run, const struct vouched *vouched, const char *name)
{
	struct evidence_state *state = run->state;

	state->vouched = memory_room(state->vouched, state->vouched_count, sizeof(*state->vouched));
	state->vouched[state->vouched_count] = *vouched;
	state->vouched[state->vouched_count++].name = memory_string(name);
}

static char *location_of(const struct vouched *vouched)
{
	return memory_format("%s%s", vouched->store != NULL ? vouched->store->place : "", vouched->name);
}

/* A further upload that is one that is vouched for already, under another name, is no further copy. */
static void refuse_second_name(struct run *run, const struct vouched *first, size_t row, const char *location)
{
	cleanup_free char *other = location_of(first);
	struct finding finding = {0};

	if (run->roll.rows[row].finding.verdict != VERDICT_PASS ||
	    run->roll.rows[first->row].finding.verdict != VERDICT_PASS)
		return;
	finding_fail(&finding, "%s is the very object that was found at %s", location, other);
	finding_hint(&finding, "two names of one place, or a link: there is one copy where two are declared");
	roll_revise(&run->roll, row, &finding);
}

void vouched_add_upload(struct run *run, const struct destination *destination)
{
	const struct store_object *object = &destination->upload->object;
	size_t row = destination->upload->rows.from;

	if (run->options.mode != RUN_MODE_RUN || destination->status != STORE_OK)
		return;

	const struct identity identity = store_object_identity(object);

	cleanup_free char *location = uploads_location(destination);

	for (size_t i = 0; i < run->state->vouched_count; i++) {
		const struct vouched *first = &run->state->vouched[i];
		bool is_same_name = first->store == destination->store->open && strcmp(first->name, object->key) == 0;
		if (first->is_upload && !is_same_name && identity_is_one(&first->identity, &identity))
			refuse_second_name(run, first, row, location);
	}
	vouch(run, &(struct vouched){row, true, destination->store->open, NULL, identity}, object->key);
}

void vouched_add_artifact(struct run *run, size_t artifact, const struct finds *finds)
{
	if (run->options.mode != RUN_MODE_RUN || run->artifacts[artifact].artifact->uploads.count > 0)
		return;
	for (size_t i = 0; i < finds->own; i++)
		vouch(run,
		      &(struct vouched){run->artifacts[artifact].rows.from, false, finds->items[i].store, NULL,
					finds->items[i].identity},
		      finds->items[i].name);
}

/* STORE_OK, and what lies there now; or why that is not known. */
static enum store_status look(const struct vouched *vouched, struct identity *ret_now, struct error *err)
{
	struct store_object object;
	enum store_status status;

	if (vouched->store == NULL) {
		if (identity_of_path(AT_FDCWD, vouched->name, ret_now) == 0)
			return STORE_OK;
		error_set(err, "%s", strerror(errno));
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? STORE_ABSENT : STORE_UNREACHABLE;
	}
	status = vouched->store->head(vouched->store, vouched->name, &object, err);
	if (status == STORE_OK)
		*ret_now = store_object_identity(&object);
	return status;
}

/* False where it is there as it was. */
static bool find_trouble(const struct vouched *vouched, struct finding *finding)
{
	cleanup_free char *location = location_of(vouched);
	struct identity now;
	struct error trouble = {""};
	enum store_status status = look(vouched, &now, &trouble);

	if (status == STORE_ABSENT || status == STORE_NO_BUCKET)
		finding_fail(finding, "%s was there, and is gone at the end of the run", location);
	else if (status != STORE_OK)
		finding_unproven(finding, "%s could not be looked at again at the end of the run: %s", location,
				 trouble.message[0] != '\0' ? trouble.message : store_status_text(status));
	else if (identity_is_same(&vouched->identity, &now))
		return false;
	else
		finding_fail(finding, "%s was replaced, or written to, after it was examined", location);
	if (finding->verdict == VERDICT_FAIL)
		finding_hint(finding, "another upload or a report has the same place, or a step changed it afterwards");
	return true;
}

bool vouched_look_again(struct run *run)
{
	bool is_changed = false;

	for (size_t i = 0; i < run->state->vouched_count; i++) {
		const struct vouched *vouched = &run->state->vouched[i];
		struct finding finding = {0};
		if (run->roll.rows[vouched->row].finding.verdict != VERDICT_PASS || !find_trouble(vouched, &finding))
			continue;
		run->listener->note(run, "%s", finding.observed);
		roll_revise(&run->roll, vouched->row, &finding);
		is_changed = true;
	}
	return is_changed;
}

void vouched_release(struct run *run)
{
	for (size_t i = 0; i < run->state->vouched_count; i++)
		free(run->state->vouched[i].name);
	free(run->state->vouched);
}
