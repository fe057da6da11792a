/* From a string to a place in an array: found at once however many there are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A zeroed one is empty. */
struct keys {
	struct keys_entry *entries; /* in the arena; NULL key: free */
	size_t count, capacity; /* capacity: 0 or a power of two */
};

/* `key` is borrowed, and stays as it is.  A key that is there keeps its first place: false. */
bool keys_put(struct keys *, struct arena *, const char *key, size_t place);
bool keys_find(const struct keys *, const char *key, size_t *place);
