#include "wrapper/verbs/learn/path_groups.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/verbs/learn/traits.h"

#define SHARE_WORTHWHILE 4
#define GLOB_BYTES_MAX (2 * SHAPE_TEXT_MAX)

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *text, enum shape_level level)
{
	uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)level;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t hash_of_path(const char *path, enum shape_level level)
{
	cleanup_buffer struct buffer glob;

	buffer_init(&glob, GLOB_BYTES_MAX);
	return shape_of(path, level, &glob) == level ? hash_of(glob.data, level) : 0;
}

struct groups *groups_new(void)
{
	return memory_alloc(sizeof(struct groups));
}

static void free_group(struct group *group)
{
	free(group->glob);
	free(group->sample);
	seen_free(group->seen);
	free(group);
}

void groups_free(struct groups *groups)
{
	for (size_t i = 0; groups != NULL && i < groups->count; i++)
		free_group(groups->items[i]);
	if (groups != NULL)
		free(groups->items);
	free(groups);
}

static struct group *find(const struct groups *groups, const char *path)
{
	for (int level = SHAPE_EVERYTHING; level >= SHAPE_STABLE; level--) {
		if ((groups->levels >> level & 1) == 0)
			continue;
		uint64_t hash = hash_of_path(path, (enum shape_level)level);
		for (size_t i = 0; i < groups->count && hash != 0; i++)
			if (groups->items[i]->level == (enum shape_level)level &&
			    groups->items[i]->hashes[level] == hash)
				return groups->items[i];
	}
	return NULL;
}

static void take_level(struct groups *groups, struct group *group, enum shape_level level)
{
	cleanup_buffer struct buffer glob;

	buffer_init(&glob, GLOB_BYTES_MAX);
	group->level = shape_of(group->sample, level, &glob);
	free(group->glob);
	group->glob = buffer_take(&glob);
	groups->levels |= 1U << group->level;
}

struct group *groups_add(struct groups *groups, const char *path)
{
	struct group *group = find(groups, path);

	if (group == NULL) {
		if (groups->count == GROUPS_MAX)
			groups_reduce(groups, GROUPS_MAX / 2);
		group = find(groups, path);
	}
	if (group == NULL) {
		group = memory_alloc(sizeof(*group));
		group->sample = memory_string(path);
		group->seen = seen_new();
		for (int level = SHAPE_STABLE; level <= SHAPE_EVERYTHING; level++)
			group->hashes[level] = hash_of_path(path, (enum shape_level)level);
		take_level(groups, group, SHAPE_STABLE);
		if (groups->items == NULL)
			groups->items = memory_array(GROUPS_MAX, sizeof(struct group *));
		groups->items[groups->count++] = group;
	}
	group->count++;
	return group;
}

void groups_take_back(struct groups *groups, const char *path)
{
	struct group *group = find(groups, path);

	if (group != NULL && group->count > 0)
		group->count--;
}

static bool is_below(const struct group *group, enum shape_level level, uint64_t hash)
{
	return group->hashes[level] == hash && group->level <= level;
}

static size_t share_of(const struct groups *groups, enum shape_level level, uint64_t hash)
{
	size_t share = 0;

	for (size_t i = 0; i < groups->count; i++)
		share += is_below(groups->items[i], level, hash);
	return share;
}

/* The glob of that level that most groups would come together in; 0 where it would be fewer than `least`. */
static uint64_t find_largest(const struct groups *groups, enum shape_level level, size_t least)
{
	uint64_t found = 0;

	for (size_t i = 0; i < groups->count; i++) {
		uint64_t hash = groups->items[i]->hashes[level];
		size_t share = hash != 0 && groups->items[i]->level <= level ? share_of(groups, level, hash) : 0;
		if (share >= least) {
			least = share + 1;
			found = hash;
		}
	}
	return found;
}

static void bring_together(struct groups *groups, enum shape_level level, uint64_t hash)
{
	struct group *whole = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < groups->count; i++) {
		struct group *group = groups->items[i];
		if (!is_below(group, level, hash)) {
			groups->items[kept++] = group;
		} else if (whole == NULL) {
			groups->items[kept++] = whole = group;
		} else {
			whole->count += group->count;
			seen_merge(whole->seen, group->seen);
			free_group(group);
		}
	}
	groups->count = kept;
	if (whole != NULL)
		take_level(groups, whole, level);
}

static bool reduce_once(struct groups *groups, size_t least)
{
	for (int level = SHAPE_STABLE; level <= SHAPE_EVERYTHING; level++) {
		uint64_t hash = find_largest(groups, (enum shape_level)level, least);
		if (hash == 0)
			continue;
		bring_together(groups, (enum shape_level)level, hash);
		return true;
	}
	return false;
}

void groups_reduce(struct groups *groups, size_t maximum)
{
	while (groups->count > maximum)
		if (!reduce_once(groups, SHARE_WORTHWHILE) && !reduce_once(groups, 2))
			return;
}

void groups_join_numbers(struct groups *groups)
{
	for (uint64_t hash; (hash = find_largest(groups, SHAPE_NUMBERS, SHARE_WORTHWHILE)) != 0;)
		bring_together(groups, SHAPE_NUMBERS, hash);
}

static int by_glob(const void *left, const void *right)
{
	return strcmp((*(struct group *const *)left)->glob, (*(struct group *const *)right)->glob);
}

void groups_sort(struct groups *groups)
{
	if (groups->count > 1)
		qsort(groups->items, groups->count, sizeof(struct group *), by_glob);
}
