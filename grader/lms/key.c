#include "lms/key.h"

#include "base/base64.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"
#include "lms/secret.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

void base64url(struct text *out, const void *bytes, size_t length)
{
	TEXT_AUTO plain = {0};
	base64_encode(&plain, bytes, length);
	for (size_t i = 0; i < plain.length && plain.bytes[i] != '='; i++) {
		char c = plain.bytes[i];
		text_add(out, c == '+' ? "-" : c == '/' ? "_" : &plain.bytes[i], 1);
	}
}

bool key_generate(struct secret *pem, struct diags *diags)
{
	EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
	BIO *memory = BIO_new(BIO_s_secmem());
	char *bytes = NULL;
	bool good = key != NULL && memory != NULL && PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1;
	long length = good ? BIO_get_mem_data(memory, &bytes) : 0;
	good = good && length > 0 && secret_set(pem, bytes, (size_t)length);
	BIO_free(memory);
	EVP_PKEY_free(key);
	return good || diags_error(diags, "libcrypto could not make a key");
}

EVP_PKEY *key_read(const struct secret *pem, struct diags *diags)
{
	BIO *memory = BIO_new_mem_buf(pem->bytes, (int)pem->length);
	/* An empty passphrase: a key that has one is refused rather than asked for. */
	static char nothing[] = "";
	EVP_PKEY *key = memory != NULL ? PEM_read_bio_PrivateKey(memory, NULL, NULL, nothing) : NULL;
	BIO_free(memory);
	if (key == NULL) {
		diags_error(diags, "the key file has no PEM private key without a passphrase; `grader lms keygen` makes one");
		return NULL;
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) < KEY_BITS_LEAST) {
		diags_error(diags, "the key is not an RSA key of %d bits or more", KEY_BITS_LEAST);
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

void key_free(EVP_PKEY *key)
{
	EVP_PKEY_free(key);
}

static void number_add(struct text *out, EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;
	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return;
	size_t length = (size_t)BN_num_bytes(number);
	unsigned char *bytes = malloc(length + 1);
	if (bytes == NULL)
		abort();
	BN_bn2bin(number, bytes);
	base64url(out, bytes, length);
	free(bytes);
	BN_free(number);
}

void key_id(EVP_PKEY *key, char into[static KEY_ID_BYTES])
{
	TEXT_AUTO canonical = {0};
	TEXT_AUTO encoded = {0};
	uint8_t digest[SHA256_BYTES];
	text_puts(&canonical, "{\"e\":\"");
	number_add(&canonical, key, OSSL_PKEY_PARAM_RSA_E);
	text_puts(&canonical, "\",\"kty\":\"RSA\",\"n\":\"");
	number_add(&canonical, key, OSSL_PKEY_PARAM_RSA_N);
	text_puts(&canonical, "\"}");
	sha256_of(text_string(&canonical), canonical.length, digest);
	base64url(&encoded, digest, sizeof(digest));
	memcpy(into, text_string(&encoded), encoded.length + 1);
}

void key_jwks(EVP_PKEY *key, const char *kid, struct text *out)
{
	char id[KEY_ID_BYTES];
	TEXT_AUTO modulus = {0};
	TEXT_AUTO exponent = {0};
	key_id(key, id);
	number_add(&modulus, key, OSSL_PKEY_PARAM_RSA_N);
	number_add(&exponent, key, OSSL_PKEY_PARAM_RSA_E);
	struct json json = {.out = out, .indented = true};
	json_add_object(&json, NULL);
	json_add_array(&json, "keys");
	json_add_object(&json, NULL);
	json_add_string(&json, "kty", "RSA");
	json_add_string(&json, "use", "sig");
	json_add_string(&json, "alg", "RS256");
	json_add_string(&json, "kid", kid != NULL ? kid : id);
	json_add_string(&json, "e", text_string(&exponent));
	json_add_string(&json, "n", text_string(&modulus));
	json_end_object(&json);
	json_end_array(&json);
	json_end_object(&json);
	text_puts(out, "\n");
}

void key_public_pem(EVP_PKEY *key, struct text *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (memory != NULL && PEM_write_bio_PUBKEY(memory, key) == 1) {
		long length = BIO_get_mem_data(memory, &bytes);
		text_add(out, bytes, (size_t)length);
	}
	BIO_free(memory);
}
