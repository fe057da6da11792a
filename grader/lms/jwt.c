#include "lms/jwt.h"

#include "base/json.h"
#include "base/text.h"

#include <openssl/evp.h>

static void header_add(struct text *out, const struct assertion *assertion)
{
	TEXT_AUTO text = {0};
	struct json json = {.out = &text};
	json_add_object(&json, NULL);
	json_add_string(&json, "alg", "RS256");
	json_add_string(&json, "typ", "JWT");
	json_add_string(&json, "kid", assertion->kid);
	json_end_object(&json);
	base64url(out, text_string(&text), text.length);
}

static void claims_add(struct text *out, const struct assertion *assertion)
{
	TEXT_AUTO text = {0};
	struct json json = {.out = &text};
	json_add_object(&json, NULL);
	json_add_string(&json, "iss", assertion->issuer);
	json_add_string(&json, "sub", assertion->subject);
	json_add_string(&json, "aud", assertion->audience);
	json_add_integer(&json, "iat", assertion->now_s - ASSERTION_BACK_S);
	json_add_integer(&json, "exp", assertion->now_s + ASSERTION_LIFE_S);
	json_add_string(&json, "jti", assertion->id);
	if (assertion->deployment != NULL)
		json_add_string(&json, "https://purl.imsglobal.org/spec/lti/claim/deployment_id", assertion->deployment);
	json_end_object(&json);
	base64url(out, text_string(&text), text.length);
}

bool jwt_sign(EVP_PKEY *key, const struct assertion *assertion, struct text *out)
{
	size_t begin = out->length;
	header_add(out, assertion);
	text_puts(out, ".");
	claims_add(out, assertion);
	unsigned char signature[2048];
	size_t length = sizeof(signature);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	            EVP_DigestSign(context, signature, &length, (const unsigned char *)out->bytes + begin,
	                           out->length - begin) == 1;
	EVP_MD_CTX_free(context);
	text_puts(out, ".");
	if (good)
		base64url(out, signature, length);
	return good;
}
