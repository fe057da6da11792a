/* Addresses: what may be talked to, and how paths and queries are put together (RFC 3986). */
#pragma once

#include <stdbool.h>

struct text;

/* Percent-encodes everything but unreserved characters (RFC 3986, section 2.3). */
void url_escape(struct text *out, const char *);
/* An absolute https address without user name, fragment, white space or control characters; plain http only to
 * this host (127.0.0.0/8, ::1, localhost).  False with a reason. */
bool url_allowed(const char *url, const char **why);
/* Same scheme, host and port: a token for the one may go to the other. */
bool url_same_origin(const char *, const char *);
/* The same path on the same host, however it is escaped and whatever the scheme is; parameters that both queries have are
 * equal. */
bool url_same_resource(const char *, const char *);
/* Adds what a reference in an answer to a request for `base` means (RFC 3986, section 5.2, without dot segments).  An
 * address of the same host by http is taken as one by https where the base is that: what stands behind a proxy for TLS does
 * not know better. */
void url_resolve(struct text *out, const char *base, const char *reference);
/* `path` put behind the address's path, before its query. */
void url_add_path(struct text *out, const char *url, const char *path);
/* name=value added to the query; the value is escaped. */
void url_add_query(struct text *url, const char *name, const char *value);
