/* SHA-256 (FIPS 180-4) of bytes that come in pieces, and HMAC with it (RFC 2104). */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX = 2 * SHA256_BYTES + 1, SHA256_BLOCK = 64 };

struct sha256 {
	uint32_t state[8];
	uint64_t length_bytes;
	uint8_t block[SHA256_BLOCK]; /* what has come since the last whole one */
};

void sha256_begin(struct sha256 *);
void sha256_add(struct sha256 *, const void *bytes, size_t length_bytes);
void sha256_end(struct sha256 *, uint8_t digest[static SHA256_BYTES]);

/* Of one piece. */
void sha256_of(const void *bytes, size_t length_bytes, uint8_t digest[static SHA256_BYTES]);
void sha256_hmac(const void *key, size_t key_bytes, const void *bytes, size_t length_bytes,
                 uint8_t digest[static SHA256_BYTES]);
/* Lower-case hex with a NUL behind it; returns `into`. */
const char *sha256_hex(const uint8_t digest[static SHA256_BYTES], char into[static SHA256_HEX]);
