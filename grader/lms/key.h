/* RSA keys of a tool: made here, public half shown here, private half used by jwt.c only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct diags;
struct secret;
struct text;
typedef struct evp_pkey_st EVP_PKEY;

enum { KEY_BITS = 3072, KEY_BITS_LEAST = 2048, KEY_ID_BYTES = 48 };

/* A new private key as PEM (PKCS #8).  False with `diags`. */
bool key_generate(struct secret *pem, struct diags *);
/* NULL with `diags`: not a PEM private RSA key of at least KEY_BITS_LEAST.  Free with key_free; NULL is allowed. */
EVP_PKEY *key_read(const struct secret *pem, struct diags *);
void key_free(EVP_PKEY *);
/* The key's thumbprint (RFC 7638), which is its id where the configuration gives none. */
void key_id(EVP_PKEY *, char into[static KEY_ID_BYTES]);
/* {"keys":[…]} (RFC 7517) with the public half only; `kid` NULL: the thumbprint. */
void key_jwks(EVP_PKEY *, const char *kid, struct text *out);
/* The public half as PEM. */
void key_public_pem(EVP_PKEY *, struct text *out);
/* RFC 4648, section 5, without padding. */
void base64url(struct text *out, const void *bytes, size_t length);
