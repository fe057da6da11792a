#include "base/sha256.h"

#include <string.h>

/* Section 4.2.2: of the cube roots of the first primes. */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned by)
{
	return word >> by | word << (32 - by);
}

static uint32_t word_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Section 6.2.2. */
static void block_add(uint32_t state[static 8], const uint8_t block[static SHA256_BLOCK])
{
	uint32_t w[64], v[8];
	for (unsigned t = 0; t < 16; t++)
		w[t] = word_at(block + 4 * t);
	for (unsigned t = 16; t < 64; t++)
		w[t] = (rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
		       (rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
	memcpy(v, state, sizeof(v));
	for (unsigned t = 0; t < 64; t++) {
		uint32_t one = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
		               ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[t] + w[t];
		uint32_t two =
			(rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += one;
		v[0] = one + two;
	}
	for (unsigned i = 0; i < 8; i++)
		state[i] += v[i];
}

void sha256_begin(struct sha256 *sha256)
{
	/* Section 5.3.3: of the square roots of the first primes. */
	*sha256 = (struct sha256){
		.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *sha256, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	while (length > 0) {
		size_t have = sha256->length_bytes % SHA256_BLOCK, room = SHA256_BLOCK - have;
		size_t count = length < room ? length : room;
		memcpy(sha256->block + have, at, count);
		sha256->length_bytes += count;
		at += count;
		length -= count;
		if (count == room)
			block_add(sha256->state, sha256->block);
	}
}

void sha256_end(struct sha256 *sha256, uint8_t digest[static SHA256_BYTES])
{
	static const uint8_t padding[SHA256_BLOCK] = {0x80};
	uint64_t bits = sha256->length_bytes * 8;
	uint8_t length[8];
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	/* Up to 8 bytes before the end of a block (section 5.1.1). */
	sha256_add(sha256, padding, 1 + (SHA256_BLOCK - 1 - 8 - sha256->length_bytes % SHA256_BLOCK) % SHA256_BLOCK);
	sha256_add(sha256, length, sizeof(length));
	for (unsigned i = 0; i < SHA256_BYTES; i++)
		digest[i] = (uint8_t)(sha256->state[i / 4] >> (24 - 8 * (i % 4)));
	explicit_bzero(sha256, sizeof(*sha256));
}

void sha256_of(const void *bytes, size_t length, uint8_t digest[static SHA256_BYTES])
{
	struct sha256 sha256;
	sha256_begin(&sha256);
	sha256_add(&sha256, bytes, length);
	sha256_end(&sha256, digest);
}

void sha256_hmac(const void *key, size_t key_bytes, const void *bytes, size_t length,
                 uint8_t digest[static SHA256_BYTES])
{
	uint8_t inner[SHA256_BLOCK] = {0}, outer[SHA256_BLOCK];
	struct sha256 sha256;
	if (key_bytes > SHA256_BLOCK)
		sha256_of(key, key_bytes, inner);
	else if (key_bytes > 0)
		memcpy(inner, key, key_bytes);
	for (unsigned i = 0; i < SHA256_BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	sha256_begin(&sha256);
	sha256_add(&sha256, inner, sizeof(inner));
	sha256_add(&sha256, bytes, length);
	sha256_end(&sha256, digest);
	sha256_begin(&sha256);
	sha256_add(&sha256, outer, sizeof(outer));
	sha256_add(&sha256, digest, SHA256_BYTES);
	sha256_end(&sha256, digest);
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(outer, sizeof(outer));
}

const char *sha256_hex(const uint8_t digest[static SHA256_BYTES], char into[static SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		into[2 * i] = digits[digest[i] >> 4];
		into[2 * i + 1] = digits[digest[i] & 15];
	}
	into[SHA256_HEX - 1] = '\0';
	return into;
}
