#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks grow, so that a small arena touches few pages. */
enum { BLOCK_FIRST = 4 * 1024, BLOCK_LARGEST = 64 * 1024, ALIGNMENT = 16 };

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

struct arena {
	struct block *blocks;
	size_t block_bytes; /* of the next one */
};

struct arena *arena_create(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	if (arena == NULL)
		abort();
	arena->block_bytes = BLOCK_FIRST;
	return arena;
}

void arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct block *block = arena->blocks; block != NULL;) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
	free(arena);
}

static struct block *block_create(size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);
	if (block == NULL)
		abort();
	*block = (struct block){.size = size};
	return block;
}

/* In the current block, in a new one, or, when it is large, in one of its own behind the current. */
void *arena_room(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		abort();
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct block *block = arena->blocks;
	bool fits = block != NULL && block->size - block->used >= size;
	bool large = size > arena->block_bytes / 4;
	if (!fits) {
		struct block *added = block_create(large ? size : arena->block_bytes);
		struct block **place = large && block != NULL ? &block->next : &arena->blocks;
		added->next = *place;
		*place = added;
		if (!large && arena->block_bytes < BLOCK_LARGEST)
			arena->block_bytes *= 2;
		block = added;
	}
	void *at = block->bytes + block->used;
	block->used += size;
	return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_room(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t element)
{
	size_t size;
	if (__builtin_mul_overflow(count, element, &size))
		abort();
	return arena_alloc(arena, size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
	char *copy = arena_room(arena, length + 1);
	if (length > 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

char *arena_string(struct arena *arena, const char *string)
{
	return arena_copy(arena, string, strlen(string));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		abort();
	char *text = arena_room(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void *arena_grow(struct arena *arena, void *array, size_t *capacity, size_t wanted, size_t element)
{
	if (wanted <= *capacity)
		return array;
	size_t larger = *capacity < 8 ? 8 : *capacity * 2;
	if (larger < wanted)
		larger = wanted;
	size_t size, kept = *capacity * element;
	if (__builtin_mul_overflow(larger, element, &size))
		abort();
	char *grown = arena_room(arena, size);
	if (kept > 0)
		memcpy(grown, array, kept);
	memset(grown + kept, 0, size - kept);
	*capacity = larger;
	return grown;
}
