/* Signatures of Standard Webhooks 1.0.0. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

/* Adds "v1,…" for each secret ("whsec_" and base64 of 24 to 64 bytes; white space between them), separated by spaces.
 * False: a secret is not of that form. */
bool webhook_sign(const char *secrets, const char *id, int64_t at_s, const void *body, size_t length, struct text *out);
