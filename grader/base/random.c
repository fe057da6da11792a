#include "base/random.h"

uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void random_fill(uint64_t seed, uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint64_t word = random_next(&seed);
		for (unsigned j = 0; j < 8 && i < length; j++, i++)
			bytes[i] = (uint8_t)(word >> (8 * j));
	}
}

uint64_t random_seed_of(uint64_t seed, const char *name)
{
	/* FNV-1a over the name, then one step of the generator. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	hash ^= seed;
	return random_next(&hash);
}
