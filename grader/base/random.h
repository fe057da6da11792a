/* Bytes that are the same for the same seed, on every machine.  Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea and Flood, 2014). */
uint64_t random_next(uint64_t *state);
void random_fill(uint64_t seed, uint8_t *bytes, size_t length_bytes);
/* A seed of its own for everything that has a name. */
uint64_t random_seed_of(uint64_t seed, const char *name);
