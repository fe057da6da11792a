#include "lms/key.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/module.h"
#include "base/sha256.h"
#include "base/text.h"
#include "lms/key_crypto.h"

#include <stdlib.h>
#include <string.h>

struct key {
	const struct key_crypto *crypto;
	void *opened;
};

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
	const struct key_crypto *crypto = module_table("key", "key_crypto", diags);
	return crypto != NULL && crypto->generate(pem, diags);
}

struct key *key_read(const struct secret *pem, struct diags *diags)
{
	const struct key_crypto *crypto = module_table("key", "key_crypto", diags);
	void *opened = crypto != NULL ? crypto->read(pem, diags) : NULL;
	if (opened == NULL)
		return NULL;
	struct key *key = malloc(sizeof(*key));
	if (key == NULL)
		abort();
	*key = (struct key){crypto, opened};
	return key;
}

void key_free(struct key *key)
{
	if (key == NULL)
		return;
	key->crypto->free(key->opened);
	free(key);
}

void key_id(struct key *key, char into[static KEY_ID_BYTES])
{
	TEXT_AUTO canonical = {0};
	TEXT_AUTO encoded = {0};
	TEXT_AUTO modulus = {0};
	TEXT_AUTO exponent = {0};
	uint8_t digest[SHA256_BYTES];
	key->crypto->numbers(key->opened, &modulus, &exponent);
	text_printf(&canonical, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", text_string(&exponent),
	            text_string(&modulus));
	sha256_of(text_string(&canonical), canonical.length, digest);
	base64url(&encoded, digest, sizeof(digest));
	memcpy(into, text_string(&encoded), encoded.length + 1);
}

void key_jwks(struct key *key, const char *kid, struct text *out)
{
	char id[KEY_ID_BYTES];
	TEXT_AUTO modulus = {0};
	TEXT_AUTO exponent = {0};
	key_id(key, id);
	key->crypto->numbers(key->opened, &modulus, &exponent);
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

void key_public_pem(struct key *key, struct text *out)
{
	key->crypto->public_pem(key->opened, out);
}

bool key_sign(struct key *key, const void *bytes, size_t length, struct text *out)
{
	return key->crypto->sign(key->opened, bytes, length, out);
}
