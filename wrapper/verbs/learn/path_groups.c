#include "wrapper/verbs/learn/path_groups.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"
#include "wrapper/verbs/learn/traits.h"

#define VOLATILE_DIGITS 8 /* of a date, a moment, an id */
#define VOLATILE_HEX 16 /* of a hash, a UUID */
#define VOLATILE_HEX_DIGITS 4
#define ENDING_MAX 16
#define NAME_MAX_BYTES 60
#define SHARE_WORTHWHILE 4
#define GLOB_BYTES_MAX (2 * PATH_GLOB_TEXT_MAX)

static bool is_alnum(char byte)
{
	return isalnum((unsigned char)byte) != 0;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(char byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f');
}

/* Digits with single separators between them: "2026-04-21T02:30:00", "1776738600_2026_04_21". */
static size_t length_of_moment(const char *at, size_t length)
{
	size_t end = 0, digits = 0;

	while (end < length) {
		if (is_digit(at[end]))
			digits++;
		else if (end == 0 || strchr("-_.:T", at[end]) == NULL || end + 1 == length || !is_digit(at[end + 1]))
			break;
		end++;
	}
	if (digits < VOLATILE_DIGITS)
		return 0;
	return end < length && at[end] == 'Z' ? end + 1 : end;
}

static size_t length_of_hash(const char *at, size_t length)
{
	size_t end = 0, digits = 0;

	for (; end < length && (is_hex(at[end]) || (end > 0 && at[end] == '-')); end++)
		digits += is_digit(at[end]);
	while (end > 0 && at[end - 1] == '-')
		end--;
	return end >= VOLATILE_HEX && digits >= VOLATILE_HEX_DIGITS && (end == length || !is_alnum(at[end])) ? end : 0;
}

static size_t length_of_number(const char *at, size_t length)
{
	size_t end = 0;

	while (end < length && is_digit(at[end]))
		end++;
	return end;
}

/* The 2 of ".bz2", the 3 of ".sqlite3" is no number. */
static bool is_of_ending(const char *part, size_t at, size_t length)
{
	size_t dot = at;

	while (dot > 0 && isalpha((unsigned char)part[dot - 1]))
		dot--;
	return at + 1 == length && dot > 0 && dot < at && part[dot - 1] == '.';
}

static size_t length_of_volatile(const char *part, size_t at, size_t length, enum path_glob_level level)
{
	size_t found = 0, rest = length - at;

	if (at == 0 || !is_alnum(part[at - 1]))
		found = length_of_hash(part + at, rest);
	if (found == 0 && is_digit(part[at]) && (at == 0 || !is_digit(part[at - 1])))
		found = length_of_moment(part + at, rest);
	if (found == 0 && level >= PATH_GLOB_NUMBERS && is_digit(part[at]) && !is_of_ending(part, at, length))
		found = length_of_number(part + at, rest);
	return found > 0 || utf8_character(part + at, rest, NULL) > 0 ? found : 1;
}

static void append_star(struct buffer *out)
{
	if (out->length == 0 || out->data[out->length - 1] != '*' ||
	    (out->length > 1 && out->data[out->length - 2] == '\\'))
		buffer_string(out, "*");
}

/* One part of a path, or what stands between its slashes. */
static void append_part(const char *part, size_t length, enum path_glob_level level, struct buffer *out)
{
	for (size_t at = 0; at < length;) {
		size_t found = length_of_volatile(part, at, length, level);
		if (found > 0) {
			append_star(out);
			at += found;
			continue;
		}
		size_t size = utf8_character(part + at, length - at, NULL);
		cleanup_free char *character = memory_substring(part + at, size);
		glob_quote(character, out);
		at += size;
	}
}

static bool is_hex_pair(const char *part, size_t length)
{
	return length == 2 && is_hex(part[0]) && is_hex(part[1]);
}

/* "6b/86": the first digits of a hash, as folders. */
static bool is_of_hash(const char *path, const char *part, size_t length)
{
	if (!is_hex_pair(part, length))
		return false;
	return (part[length] == '/' && is_hex_pair(part + length + 1, strcspn(part + length + 1, "/"))) ||
	       (part >= path + 3 && is_hex_pair(part - 3, 2) && part[-1] == '/' &&
		(part == path + 3 || part[-4] == '/'));
}

/* The parts of the path up to `end`, the slashes between them included. */
static void append_path(const char *path, const char *end, enum path_glob_level level, struct buffer *out)
{
	for (const char *part = path; part < end;) {
		size_t length = strcspn(part, "/");
		if (part + length > end)
			length = (size_t)(end - part);
		if (is_of_hash(path, part, length))
			buffer_string(out, "*");
		else
			append_part(part, length, level, out);
		part += length;
		if (part < end) {
			buffer_string(out, "/");
			part++;
		}
	}
}

/* ".tar.gz" of a name whose numbers are stars already; "" where it has none that is short. */
static const char *ending_of(const char *shaped)
{
	const char *star = strrchr(shaped, '*'), *dot = strchr(star != NULL ? star : shaped + (shaped[0] == '.'), '.');

	return dot != NULL && strlen(dot) <= ENDING_MAX && strpbrk(dot, "\\*") == NULL ? dot : "";
}

static void append_ending(const char *name, struct buffer *out)
{
	cleanup_buffer struct buffer shaped;

	buffer_init(&shaped, PATH_GLOB_TEXT_MAX * 2);
	append_path(name, name + strlen(name), PATH_GLOB_NUMBERS, &shaped);
	buffer_string(out, "*");
	buffer_string(out, ending_of(shaped.data));
}

static void append_shape(const char *path, enum path_glob_level level, struct buffer *out)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

	if (level == PATH_GLOB_EVERYTHING) {
		buffer_string(out, "**");
	} else if (level >= PATH_GLOB_FOLDER) {
		const char *end = level == PATH_GLOB_TOP ? strchr(path, '/') : slash;
		if (end != NULL)
			append_path(path, end + 1, PATH_GLOB_NUMBERS, out);
		buffer_string(out, end != NULL ? "**" : "*");
	} else if (level == PATH_GLOB_ENDING) {
		append_path(path, name, PATH_GLOB_NUMBERS, out);
		append_ending(name, out);
	} else {
		append_path(path, path + strlen(path), level, out);
	}
}

enum path_glob_level path_glob(const char *path, enum path_glob_level level, struct buffer *out)
{
	cleanup_buffer struct buffer shaped;

	/* "**" after a slash stands for whole parts of a path, and an empty one is none. */
	if (level >= PATH_GLOB_FOLDER && strstr(path, "//") != NULL)
		level = PATH_GLOB_EVERYTHING;
	buffer_init(&shaped, PATH_GLOB_TEXT_MAX);
	append_shape(path, level, &shaped);
	if (shaped.truncated)
		return path_glob(path, level + 1, out);
	buffer_append(out, shaped.data, shaped.length);
	return level;
}

bool path_glob_is_literal(const char *glob)
{
	for (; *glob != '\0'; glob++) {
		if (*glob == '*')
			return false;
		if (*glob == '\\' && glob[1] != '\0')
			glob++;
	}
	return true;
}

char *path_glob_name(const char *glob)
{
	cleanup_buffer struct buffer name;
	const char *slash = strrchr(glob, '/'), *from = slash != NULL && slash[1] != '\0' ? slash + 1 : glob;

	buffer_init(&name, NAME_MAX_BYTES);
	from += strspn(from, "*-_. \\");
	for (; *from != '\0' && *from != '.'; from++)
		if (*from != '*' && *from != '\\' && (name.length > 0 || is_alnum(*from)) &&
		    !iscntrl((unsigned char)*from))
			buffer_append(&name, from, 1);
	size_t length = name.length - utf8_unfinished(name.data, name.length);
	while (length > 0 && strchr("-_. ", name.data[length - 1]) != NULL)
		length--;
	return length > 0 ? memory_substring(name.data, length) : memory_string("backup");
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *text, enum path_glob_level level)
{
	uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)level;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t hash_of_path(const char *path, enum path_glob_level level)
{
	cleanup_buffer struct buffer glob;

	buffer_init(&glob, GLOB_BYTES_MAX);
	return path_glob(path, level, &glob) == level ? hash_of(glob.data, level) : 0;
}

struct path_groups *path_groups_new(void)
{
	return memory_alloc(sizeof(struct path_groups));
}

static void free_group(struct path_group *group)
{
	free(group->glob);
	free(group->sample);
	traits_free(group->traits);
	free(group);
}

void path_groups_free(struct path_groups *groups)
{
	for (size_t i = 0; groups != NULL && i < groups->count; i++)
		free_group(groups->items[i]);
	if (groups != NULL)
		free(groups->items);
	free(groups);
}

static struct path_group *find(const struct path_groups *groups, const char *path)
{
	for (int level = PATH_GLOB_EVERYTHING; level >= PATH_GLOB_STABLE; level--) {
		if ((groups->levels >> level & 1) == 0)
			continue;
		uint64_t hash = hash_of_path(path, (enum path_glob_level)level);
		for (size_t i = 0; i < groups->count && hash != 0; i++)
			if (groups->items[i]->level == (enum path_glob_level)level &&
			    groups->items[i]->hashes[level] == hash)
				return groups->items[i];
	}
	return NULL;
}

static void take_level(struct path_groups *groups, struct path_group *group, enum path_glob_level level)
{
	cleanup_buffer struct buffer glob;

	buffer_init(&glob, GLOB_BYTES_MAX);
	group->level = path_glob(group->sample, level, &glob);
	free(group->glob);
	group->glob = buffer_take(&glob);
	groups->levels |= 1U << group->level;
}

struct path_group *path_groups_add(struct path_groups *groups, const char *path)
{
	struct path_group *group = find(groups, path);

	if (group == NULL) {
		if (groups->count == PATH_GROUPS_MAX)
			path_groups_reduce(groups, PATH_GROUPS_MAX / 2);
		group = find(groups, path);
	}
	if (group == NULL) {
		group = memory_alloc(sizeof(*group));
		group->sample = memory_string(path);
		group->traits = traits_new();
		for (int level = PATH_GLOB_STABLE; level <= PATH_GLOB_EVERYTHING; level++)
			group->hashes[level] = hash_of_path(path, (enum path_glob_level)level);
		take_level(groups, group, PATH_GLOB_STABLE);
		if (groups->items == NULL)
			groups->items = memory_array(PATH_GROUPS_MAX, sizeof(struct path_group *));
		groups->items[groups->count++] = group;
	}
	group->count++;
	return group;
}

void path_groups_take_back(struct path_groups *groups, const char *path)
{
	struct path_group *group = find(groups, path);

	if (group != NULL && group->count > 0)
		group->count--;
}

static bool is_below(const struct path_group *group, enum path_glob_level level, uint64_t hash)
{
	return group->hashes[level] == hash && group->level <= level;
}

static size_t share_of(const struct path_groups *groups, enum path_glob_level level, uint64_t hash)
{
	size_t share = 0;

	for (size_t i = 0; i < groups->count; i++)
		share += is_below(groups->items[i], level, hash);
	return share;
}

/* The glob of that level that most groups would come together in; 0 where it would be fewer than `least`. */
static uint64_t find_largest(const struct path_groups *groups, enum path_glob_level level, size_t least)
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

static void bring_together(struct path_groups *groups, enum path_glob_level level, uint64_t hash)
{
	struct path_group *whole = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < groups->count; i++) {
		struct path_group *group = groups->items[i];
		if (!is_below(group, level, hash)) {
			groups->items[kept++] = group;
		} else if (whole == NULL) {
			groups->items[kept++] = whole = group;
		} else {
			whole->count += group->count;
			traits_merge(whole->traits, group->traits);
			free_group(group);
		}
	}
	groups->count = kept;
	if (whole != NULL)
		take_level(groups, whole, level);
}

static bool reduce_once(struct path_groups *groups, size_t least)
{
	for (int level = PATH_GLOB_STABLE; level <= PATH_GLOB_EVERYTHING; level++) {
		uint64_t hash = find_largest(groups, (enum path_glob_level)level, least);
		if (hash == 0)
			continue;
		bring_together(groups, (enum path_glob_level)level, hash);
		return true;
	}
	return false;
}

void path_groups_reduce(struct path_groups *groups, size_t maximum)
{
	while (groups->count > maximum)
		if (!reduce_once(groups, SHARE_WORTHWHILE) && !reduce_once(groups, 2))
			return;
}

void path_groups_join_numbers(struct path_groups *groups)
{
	for (uint64_t hash; (hash = find_largest(groups, PATH_GLOB_NUMBERS, SHARE_WORTHWHILE)) != 0;)
		bring_together(groups, PATH_GLOB_NUMBERS, hash);
}

static int by_glob(const void *left, const void *right)
{
	return strcmp((*(struct path_group *const *)left)->glob, (*(struct path_group *const *)right)->glob);
}

void path_groups_sort(struct path_groups *groups)
{
	if (groups->count > 1)
		qsort(groups->items, groups->count, sizeof(struct path_group *), by_glob);
}
