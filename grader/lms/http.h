/* The one place where requests leave: libcurl.
 *
 * https with certificate and host name checked, http to this host only; no redirect is ever followed; every wait has an
 * end; an answer has a ceiling.  Connections are kept, and the body of a write leaves at most once: what happens after
 * its first byte left without an answer is HTTP_NO_ANSWER, and "again" is the caller's to decide. */
#pragma once

#include "lms/message.h"

struct diags;
struct http;

enum { HTTP_ANSWER_BYTES = 8 << 20, HTTP_CONNECT_MS = 10000 };

struct http_settings {
	const char *ca_file, *proxy, *proxy_ca_file; /* NULL: the system's; copied */
	int64_t timeout_ms;
};

/* NULL with `diags`. */
struct http *http_open(const struct http_settings *, struct diags *);
void http_close(struct http *);
/* Sends and waits; `reply` is released first.  Whatever happens is in the reply. */
void http_exchange(struct http *, const struct http_request *, struct http_reply *);
/* The local clock, milliseconds since 1970. */
int64_t http_now(void);
