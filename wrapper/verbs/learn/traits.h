/*
 * What was seen of bytes in one pass: their size, layers, end markers, databases, members. Also of many of one kind, as what holds
 * for all of them.
 *
 *     struct traits *traits = traits_new();
 *     traits_find(&(struct traits_request){.path = path, .source = source}, traits);
 *
 * Its memory is bounded, whatever is looked at.
 */
#ifndef MUSTER_VERBS_LEARN_TRAITS_H
#define MUSTER_VERBS_LEARN_TRAITS_H

#include "assertions/inspect/inspect.h"
#include "wrapper/verbs/learn/markers.h"
#include "wrapper/verbs/learn/path_groups.h"

#define TRAITS_ITEMS_MAX 1000
#define TRAITS_LINES_MAX 3

struct traits_items { /* the databases that a dump holds, each once */
	char **items;
	size_t count;
	uint64_t unwritten; /* that are no UTF-8 */
	bool too_many;
	bool cut; /* it ends within something: what else it holds cannot be told */
};

struct traits {
	uint64_t count; /* of bytes that were looked at */
	int64_t size_min, size_max;
	int64_t unpacked_min;
	enum format layers[INSPECT_LAYERS_MAX];
	size_t layer_count;
	bool layers_differ;
	bool is_text;
	uint64_t lines_min;
	bool is_log;
	unsigned markers; /* that hold, by their index: found, or absent where they should be */
	unsigned found; /* in one of them at least */
	char *lines[TRAITS_LINES_MAX]; /* patterns of lines that say that something came to its end; NULL */
	struct traits_items items[MARKERS_INVENTORIES];
	char *skipped; /* what GitLab's own list says was skipped; NULL */
	bool walked;
	uint64_t members_min;
	struct path_groups *members; /* NULL */
	bool is_opaque; /* encrypted, or of a kind that cannot be looked into */
	bool is_zeros; /* and nothing else */
	bool is_link; /* a hard link: its bytes are another's */
	struct trouble trouble; /* SOUND, or the first that was met */
};

struct traits *traits_new(void);
void traits_free(struct traits *traits); /* NULL is harmless */
/*
 * What holds for both. What can be said of one alone (its lines, items and members) is dropped, or moved where there was nothing
 * before.
 */
void traits_merge(struct traits *into, struct traits *from);
/* To what holds for the other as well. */
void traits_weaken(struct traits *traits, const struct traits *other);

struct traits_request {
	const char *path;
	struct source *source;
	bool is_log; /* of a tool: its words are looked for, and the lines that say that it is done */
};

/* `ret_traits` is new. What is wrong with the bytes stands in its trouble. */
void traits_find(const struct traits_request *request, struct traits *ret_traits);

/* A signal told muster to end. */
bool traits_cancelled(void *context);

#endif
