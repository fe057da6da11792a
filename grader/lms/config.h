/* lms.json: where scores go.
 *
 *   {"targets": {"canvas": {"backend": "canvas", "column": "echo-server", "url": "https://canvas.example.edu",
 *                           "course": "12", "assignment": "345", "token_env": "CANVAS_TOKEN"}}}
 *
 * No secret stands in the file itself: it names an environment variable (token_env, secret_env) or a file that only its
 * owner can read (token_file, secret_file, key_file). */
#pragma once

#include "lms/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct diags;
struct text;

/* Strings live in the arena; NULL: not given. */
struct target {
	const char *name;
	const struct backend *backend;
	const char *column; /* of the gradebook: which scores go here */
	const char *url; /* Canvas, Moodle: the site; webhook: the receiver */
	const char *course, *assignment; /* ids there */
	const char *lineitem, *lineitems, *memberships; /* AGS and NRPS addresses */
	const char *token_url, *client_id, *issuer, *audience, *kid, *deployment_id;
	const char *platform; /* AGS: "canvas" sends Canvas's extension, too */
	const char *label; /* what the column must be called there */
	const char *roster; /* CSV file, seen from the configuration's folder */
	const char *ca_file, *proxy, *proxy_ca_file;
	const char *token_env, *token_file, *secret_env, *secret_file, *key_file;
	int64_t timeout_ms, backoff_ms, wait_ms; /* wait_ms: a longer wait is left to the next run */
	struct secret secret; /* token, webhook secrets, or the private key as PEM */
};

/* What a target may say, for people; ends with a NULL name. */
struct target_member {
	const char *name, *backends, *help;
};
extern const struct target_member target_members[];

enum { CONFIG_BYTES = 1 << 20, CONFIG_TARGETS = 64 };

/* Reads and checks the file, without secrets.  Targets are in the arena.  False with `diags`. */
bool config_load(const char *path, struct target **, size_t *count, struct arena *, struct diags *);
/* The same from bytes; `folder` is where relative paths start. */
bool config_read(const char *bytes, size_t length, const char *path, const char *folder, struct target **,
                 size_t *count, struct arena *, struct diags *);
/* The target's secret, from where it says.  False with `diags`. */
bool target_secret(struct target *, struct diags *);
