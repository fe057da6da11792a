#include "lms/key_crypto.h"

#include "base/diag.h"
#include "base/text.h"
#include "lms/key.h"
#include "lms/secret.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

static bool rsa_generate(struct secret *pem, struct diags *diags)
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

static void *rsa_read(const struct secret *pem, struct diags *diags)
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

static void rsa_free(void *key)
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

static void rsa_numbers(void *key, struct text *modulus, struct text *exponent)
{
	number_add(modulus, key, OSSL_PKEY_PARAM_RSA_N);
	number_add(exponent, key, OSSL_PKEY_PARAM_RSA_E);
}

static void rsa_public_pem(void *key, struct text *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (memory != NULL && PEM_write_bio_PUBKEY(memory, key) == 1) {
		long length = BIO_get_mem_data(memory, &bytes);
		text_add(out, bytes, (size_t)length);
	}
	BIO_free(memory);
}

static bool rsa_sign(void *key, const void *bytes, size_t length, struct text *out)
{
	unsigned char signature[2048];
	size_t size = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	            EVP_DigestSign(context, signature, &size, bytes, length) == 1;
	EVP_MD_CTX_free(context);
	if (good)
		base64url(out, signature, size);
	return good;
}

const struct key_crypto key_crypto = {rsa_generate, rsa_read, rsa_free, rsa_numbers, rsa_public_pem, rsa_sign};
