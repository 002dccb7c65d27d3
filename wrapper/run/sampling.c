#include "wrapper/run/evidence.h"

#include "assertions/formats/sample.h"

bool sampling_is_for(const struct run *run, int64_t size_bytes)
{
	return run->options.sample && (run->manifest->sample || size_bytes > 2 * (int64_t)SAMPLE_BYTES);
}

bool sampling_leaves_out(const struct run *run)
{
	return run->options.sample && run->options.mode == RUN_MODE_VERIFY && run->manifest->sample;
}

/* A kind that is not known to do without the bytes needs them. */
static bool needs_bytes(const struct check *check)
{
	if (check->kind->subject == SUBJECT_UPLOAD)
		return check->kind->needs & NEED_STORED_BYTES;
	return !check->kind->of_listing && check_channels(check) != CHANNEL_SIBLINGS;
}

static void count_rows(void *rows, const struct check *check)
{
	*(size_t *)rows += check->rows;
}

size_t sampling_leave_out(struct check_list *list)
{
	size_t kept = 0, rows = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct check *check = list->items[i];
		const struct check_list one = {&check, 1};
		if (needs_bytes(check))
			check_list_walk(&one, count_rows, &rows);
		else
			list->items[kept++] = check;
	}
	list->count = kept;
	return rows;
}

static void settle_unread(void *context, const struct check *check)
{
	struct finding finding = {0};

	(void)context;
	finding_unproven(&finding, "not read: --sample");
	for (size_t row = 0; row < check->rows; row++) {
		struct tally *tally = &check->tallies[row];
		tally->evaluated++;
		tally->unread++;
		tally->not_passed++;
		if (finding.verdict > tally->worst.verdict)
			tally->worst = finding;
	}
}

struct check_list sampling_without_bytes(const struct check_list *list)
{
	struct check_list rest = {0};

	for (size_t i = 0; i < list->count; i++) {
		struct check *check = list->items[i];
		const struct check_list one = {&check, 1};
		if (needs_bytes(check))
			check_list_walk(&one, settle_unread, NULL);
		else
			check_list_add(&rest, check);
	}
	return rest;
}

static int read_range(const struct found *found, int64_t from, unsigned char *into, size_t length, struct error *err)
{
	const struct source_file_facts facts = {found->identity.size_bytes, found->identity.modified_ms};
	struct store *store = found->store;

	if (length == 0)
		return 0;
	if (store == NULL)
		return source_read_range(found->name, &facts, from, into, length, err);
	return store->get_range(store, found->name, found->object, from, into, length, err) == STORE_OK ? 0 : -1;
}

/* Two short reads, or one; released by the caller. */
static void read_sample(const struct found *found, struct sample *sample)
{
	struct error err;
	int result;

	sample_init(sample, found->identity.size_bytes);
	result = read_range(found, 0, sample->head, sample->head_length, &err);
	if (result == 0 && !sample_is_one_piece(sample))
		result = read_range(found, found->identity.size_bytes - (int64_t)sample->tail_length, sample->tail,
				    sample->tail_length, &err);
	if (result < 0)
		trouble_set(&sample->trouble, UNREADABLE, "%s", err.message);
}

void sampling_examine(const struct examine_request *request, const struct found *found,
		      struct inspect_result *ret_result)
{
	struct check_list rest = sampling_without_bytes(request->checks);
	struct examine_request listed = *request;
	struct sample sample;

	read_sample(found, &sample);
	listed.checks = &rest;
	examine_sample(&listed, &sample);
	check_list_release(&rest);
	sample_release(&sample);
	*ret_result = (struct inspect_result){.size_bytes = found->identity.size_bytes, .unpacked_bytes = -1};
}
