#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

void sha256_begin(struct sha256 *sha256)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		abort();
	sha256->context = context;
}

void sha256_add(struct sha256 *sha256, const void *bytes, size_t length)
{
	if (length > 0 && EVP_DigestUpdate(sha256->context, bytes, length) != 1)
		abort();
}

void sha256_end(struct sha256 *sha256, uint8_t digest[static SHA256_BYTES])
{
	unsigned length = 0;
	if (EVP_DigestFinal_ex(sha256->context, digest, &length) != 1 || length != SHA256_BYTES)
		abort();
	EVP_MD_CTX_free(sha256->context);
	sha256->context = NULL;
}

void sha256_of(const void *bytes, size_t length, uint8_t digest[static SHA256_BYTES])
{
	struct sha256 sha256;
	sha256_begin(&sha256);
	sha256_add(&sha256, bytes, length);
	sha256_end(&sha256, digest);
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
