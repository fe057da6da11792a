#include "base/keys.h"

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

enum { CAPACITY_FIRST = 8 };

struct keys_entry {
	const char *key;
	size_t place;
};

/* FNV-1a.  Keys made to collide make this slow, never wrong; who could make them names the users of a platform. */
static uint64_t hash(const char *key)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);
	for (; *key != '\0'; key++)
		value = (value ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
	return value ^ value >> 32;
}

/* Where the key is, or the free entry where it belongs; there is always one. */
static struct keys_entry *entry_of(const struct keys *keys, const char *key)
{
	size_t at = (size_t)hash(key) & (keys->capacity - 1);
	while (keys->entries[at].key != NULL && strcmp(keys->entries[at].key, key) != 0)
		at = (at + 1) & (keys->capacity - 1);
	return &keys->entries[at];
}

static void grow(struct keys *keys, struct arena *arena)
{
	struct keys larger = {.count = keys->count, .capacity = keys->capacity > 0 ? keys->capacity * 2 : CAPACITY_FIRST};
	larger.entries = arena_array(arena, larger.capacity, sizeof(*larger.entries));
	for (size_t i = 0; i < keys->capacity; i++) {
		if (keys->entries[i].key != NULL)
			*entry_of(&larger, keys->entries[i].key) = keys->entries[i];
	}
	*keys = larger;
}

bool keys_put(struct keys *keys, struct arena *arena, const char *key, size_t place)
{
	if (keys->count * 2 >= keys->capacity)
		grow(keys, arena);
	struct keys_entry *entry = entry_of(keys, key);
	if (entry->key != NULL)
		return false;
	*entry = (struct keys_entry){key, place};
	keys->count++;
	return true;
}

bool keys_find(const struct keys *keys, const char *key, size_t *place)
{
	const struct keys_entry *entry = keys->count > 0 ? entry_of(keys, key) : NULL;
	if (entry == NULL || entry->key == NULL)
		return false;
	*place = entry->place;
	return true;
}
