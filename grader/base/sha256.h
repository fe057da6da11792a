/* SHA-256 (FIPS 180-4) of bytes that come in pieces. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX = 2 * SHA256_BYTES + 1 };

struct sha256 {
	void *context; /* owned from sha256_begin to sha256_end */
};

void sha256_begin(struct sha256 *);
void sha256_add(struct sha256 *, const void *bytes, size_t length_bytes);
/* Writes the digest and frees the context. */
void sha256_end(struct sha256 *, uint8_t digest[static SHA256_BYTES]);

/* Of one piece. */
void sha256_of(const void *bytes, size_t length_bytes, uint8_t digest[static SHA256_BYTES]);
/* Lower-case hex with a NUL behind it; returns `into`. */
const char *sha256_hex(const uint8_t digest[static SHA256_BYTES], char into[static SHA256_HEX]);
