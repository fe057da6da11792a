/* HTTP requests and replies as plain data: backends make the one and read the other, http.c carries them. */
#pragma once

#include "base/text.h"
#include "model/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_METHODS(X)                                                                                                \
	X(HTTP_GET, "GET")                                                                                                 \
	X(HTTP_POST, "POST")                                                                                               \
	X(HTTP_PUT, "PUT")
NAMES_DECLARE(http_method, HTTP_METHODS)

/* A zeroed one is empty; released ones are wiped, because headers and bodies hold tokens. */
struct http_request {
	enum http_method method;
	struct text url, body;
	struct text headers; /* "Name: value", one on each line */
	bool writes; /* it may change something: never sent twice behind the caller's back */
};

/* Empties it and sets method and address. */
void http_request_begin(struct http_request *, enum http_method, const char *url);
/* A value with a line end in it is not added: it would be another header. */
void http_request_header(struct http_request *, const char *name, const char *value);
/* Adds name=value to a body of type application/x-www-form-urlencoded. */
void http_request_form(struct http_request *, const char *name, const char *value);
void http_request_release(struct http_request *);
#define HTTP_REQUEST_AUTO __attribute__((cleanup(http_request_release))) struct http_request

#define HTTP_OUTCOMES(X)                                                                                               \
	X(HTTP_ANSWERED, "answered")                                                                                       \
	X(HTTP_NOT_SENT, "not sent") /* no connection: nothing has happened there */                                       \
	X(HTTP_CERTIFICATE, "certificate refused")                                                                         \
	X(HTTP_NO_ANSWER, "no answer") /* sent, at least in part: it may have been applied */                              \
	X(HTTP_TOO_LARGE, "answer too large")                                                                              \
	X(HTTP_BAD_ADDRESS, "bad address")
NAMES_DECLARE(http_outcome, HTTP_OUTCOMES)

enum { HTTP_HEADER_BYTES = 2000 };

/* `status` and headers say something when `outcome` is HTTP_ANSWERED; a header that was not there is "". */
struct http_reply {
	enum http_outcome outcome;
	int status;
	char content_type[200], location[HTTP_HEADER_BYTES], link[2 * HTTP_HEADER_BYTES], retry_after[100], date[100];
	char rate_remaining[40]; /* X-Rate-Limit-Remaining */
	bool challenge; /* WWW-Authenticate was there */
	char reason[300]; /* behind the status, or what the transport says */
	struct text body;
	int64_t now_ms; /* the local clock when it came */
};

void http_reply_release(struct http_reply *);
#define HTTP_REPLY_AUTO __attribute__((cleanup(http_reply_release))) struct http_reply

/* The body looks like a page for people: what login pages and captive portals send with status 200. */
bool http_reply_is_page(const struct http_reply *);
