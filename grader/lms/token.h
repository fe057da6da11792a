/* Access tokens by client credentials (RFC 6749, section 4.4; RFC 7523; 1EdTech Security Framework 1.1). */
#pragma once

#include "lms/decide.h"
#include "lms/key.h"
#include "lms/secret.h"

#include <stdint.h>

struct http_reply;
struct http_request;
struct target;

#define SCOPE_AGS "https://purl.imsglobal.org/spec/lti-ags/scope/"
#define SCOPE_NRPS "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
/* What a token is asked for; NRPS is added when the target has an address for it.  Some platforms refuse all when one of
 * them is not the tool's: then the wider scope that has the narrower in it is asked for. */
#define SCOPES_AGS SCOPE_AGS "score " SCOPE_AGS "result.readonly " SCOPE_AGS "lineitem.readonly"
#define SCOPES_AGS_WIDER SCOPE_AGS "score " SCOPE_AGS "result.readonly " SCOPE_AGS "lineitem"

enum { TOKEN_EARLY_MS = 60000, TOKEN_LIFE_S = 3600, TOKEN_BYTES = 16384 };

struct token {
	struct secret value;
	int64_t until_ms; /* by the local clock; refreshed TOKEN_EARLY_MS before */
	bool wider; /* SCOPES_AGS_WIDER is asked for: SCOPES_AGS was refused */
	struct text *scopes; /* as granted, borrowed; may be empty when the platform does not say */
};

/* `now_s` by the platform's clock; `unique` is 128 random bits.  False when libcrypto cannot sign. */
bool token_ask(const struct target *, const struct token *, EVP_PKEY *, const uint8_t unique[static 16], int64_t now_s,
               struct http_request *);
/* Whether the answer refuses the scopes that were asked for, and nothing else. */
bool token_scope_refused(const struct http_reply *);
/* Reads the answer; ACT_DONE with a token that may post scores. */
struct decision token_take(const struct target *, const struct http_reply *, struct token *);
bool token_usable(const struct token *, int64_t now_ms);
/* Whether `scopes` (separated by white space) has the scope. */
bool scope_granted(const char *scopes, const char *scope);
