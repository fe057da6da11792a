/* Signed assertions: JWT (RFC 7519) with RS256 (RFC 7518, section 3.3), for the client-credentials grant of the 1EdTech
 * Security Framework (RFC 7523, section 2.2). */
#pragma once

#include "lms/key.h"

#include <stdint.h>

struct assertion {
	const char *kid, *issuer, *subject, *audience;
	const char *deployment; /* NULL: none */
	const char *id; /* unique: jti */
	int64_t now_s; /* the platform's clock */
};

/* Issued a little in the past, because some platforms grant no leeway, and short-lived. */
enum { ASSERTION_BACK_S = 10, ASSERTION_LIFE_S = 60 };

/* Adds header.claims.signature; false when libcrypto cannot sign. */
bool jwt_sign(EVP_PKEY *, const struct assertion *, struct text *out);
