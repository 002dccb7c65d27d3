#include "assertions/checks/accepted.h"

#include <string.h>

/* As much as a compressed archive of nothing has, and less than a hundredth of a backup. */
#define LEFTOVER_BYTES 128
#define LEFTOVER_SHARE 100

static bool is_leftover(int64_t bytes, int64_t largest)
{
	return bytes <= LEFTOVER_BYTES && bytes * LEFTOVER_SHARE < largest;
}

static bool is_accepted(const struct check_list *checks, int64_t bytes, const struct earlier_backups *before)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = checks->items[i];
		if (check->kind->accepts != NULL && !check->kind->accepts(check->parameters, bytes, before))
			return false;
	}
	return true;
}

/* Before those that are there; the oldest falls out. */
static void note_night(struct earlier_backups *earlier, const struct kept_object *accepted)
{
	memmove(&earlier->was_rejected[1], earlier->was_rejected, sizeof(earlier->was_rejected) - sizeof(bool));
	earlier->was_rejected[0] = accepted == NULL;
	earlier->nights += earlier->nights < EARLIER_MAX;
	if (accepted == NULL)
		return;
	memmove(&earlier->sizes[1], earlier->sizes, sizeof(earlier->sizes) - sizeof(int64_t));
	earlier->sizes[0] = accepted->size_bytes;
	earlier->count += earlier->count < EARLIER_MAX;
}

/* Behind the last one of the night that items[from] begins. */
static size_t night_end(const struct kept_object *items, size_t count, size_t from)
{
	size_t to = from + 1;

	while (to < count && items[to].made_ms - items[from].made_ms < ACCEPTED_NIGHT_MS)
		to++;
	return to;
}

void accepted_judge(const struct check_list *checks, int64_t verified_bytes, struct kept_object *items, size_t count,
		    struct earlier_backups *ret_earlier)
{
	struct earlier_backups earlier = {.trouble = NULL};
	int64_t largest = verified_bytes;

	for (size_t i = 0; i < count; i++)
		if (items[i].size_bytes > largest)
			largest = items[i].size_bytes;
	for (size_t from = 0, to; from < count; from = to) {
		const struct kept_object *newest = NULL;
		to = night_end(items, count, from);
		for (size_t i = from; i < to; i++) {
			items[i].is_rejected = is_leftover(items[i].size_bytes, largest) ||
					       !is_accepted(checks, items[i].size_bytes, &earlier);
			if (!items[i].is_rejected)
				newest = &items[i];
		}
		note_night(&earlier, newest);
	}
	*ret_earlier = earlier;
}

size_t accepted_before_night(const struct kept_object *items, size_t count, int64_t moment_ms)
{
	size_t newest = count;

	for (size_t from = 0, to; from < count; from = to) {
		if (moment_ms - items[from].made_ms < ACCEPTED_NIGHT_MS)
			return newest;
		to = night_end(items, count, from);
		for (size_t i = from; i < to; i++)
			if (!items[i].is_rejected)
				newest = i;
	}
	return newest;
}
