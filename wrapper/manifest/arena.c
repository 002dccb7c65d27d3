#include "wrapper/manifest/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

#define BLOCK_SIZE ((size_t)16 << 10)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

struct arena_deferred {
	struct arena_deferred *next;
	void (*release)(void *pointer);
	void *pointer;
};

static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;

	if (block != NULL && block->size - block->used >= size)
		return block;
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	block = memory_alloc(sizeof(*block) + room);
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t step = alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		return memory_array(size, 2);
	size = (size + step - 1) / step * step;
	if (size == 0)
		size = step;
	struct arena_block *block = block_with_room(arena, size);
	void *piece = block->data + block->used;
	block->used += size;
	return piece;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return memory_array(count, size);
	return arena_alloc(arena, total);
}

/* Room for a power of two of items, from 4 on. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size)
{
	if (count > 0 && (count < 4 || (count & (count - 1)) != 0))
		return items;
	void *larger = arena_array(arena, count == 0 ? 4 : count * 2, size);
	if (count > 0)
		memcpy(larger, items, count * size);
	return larger;
}

char *arena_substring(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
	return arena_substring(arena, text, strlen(text));
}

void arena_defer(struct arena *arena, void (*release)(void *pointer), void *pointer)
{
	struct arena_deferred *deferred = arena_alloc(arena, sizeof(*deferred));

	deferred->release = release;
	deferred->pointer = pointer;
	deferred->next = arena->deferred;
	arena->deferred = deferred;
}

void arena_release(struct arena *arena)
{
	for (struct arena_deferred *deferred = arena->deferred; deferred != NULL; deferred = deferred->next)
		deferred->release(deferred->pointer);
	while (arena->blocks != NULL) {
		struct arena_block *block = arena->blocks;
		arena->blocks = block->next;
		free(block);
	}
	*arena = (struct arena){0};
}
