/* Private to lms/: the module grader-key, which is loaded with the first key (base/module.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct diags;
struct secret;
struct text;

/* As key_generate, key_read, … of key.h; `key` is what `read` returned. */
struct key_crypto {
	bool (*generate)(struct secret *pem, struct diags *);
	void *(*read)(const struct secret *pem, struct diags *);
	void (*free)(void *key);
	void (*numbers)(void *key, struct text *modulus, struct text *exponent); /* base64url, big-endian */
	void (*public_pem)(void *key, struct text *out);
	bool (*sign)(void *key, const void *bytes, size_t length, struct text *out);
};

extern const struct key_crypto key_crypto;
