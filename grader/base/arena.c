#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 32 * 1024, ALIGNMENT = 16 };

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

struct arena {
	struct block *blocks;
};

struct arena *arena_create(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));
	if (arena == NULL)
		abort();
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
	struct block *block = calloc(1, sizeof(*block) + size);
	if (block == NULL)
		abort();
	block->size = size;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 2)
		abort();
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct block *block = arena->blocks;
	if (block == NULL || block->size - block->used < size) {
		if (size > BLOCK_BYTES / 4) {
			/* A large piece gets a block of its own, behind the current one. */
			struct block *own = block_create(size);
			own->used = size;
			if (block == NULL) {
				arena->blocks = own;
			} else {
				own->next = block->next;
				block->next = own;
			}
			return own->bytes;
		}
		block = block_create(BLOCK_BYTES);
		block->next = arena->blocks;
		arena->blocks = block;
	}
	void *at = block->bytes + block->used;
	block->used += size;
	return at;
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
	char *copy = arena_alloc(arena, length + 1);
	if (length > 0)
		memcpy(copy, bytes, length);
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
	char *text = arena_alloc(arena, (size_t)length + 1);
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
	void *grown = arena_array(arena, larger, element);
	if (*capacity > 0)
		memcpy(grown, array, *capacity * element);
	*capacity = larger;
	return grown;
}
