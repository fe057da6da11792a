/* Private to lms/: the module grader-http, which is loaded with the first connection (base/module.h). */
#pragma once

struct diags;
struct http_reply;
struct http_request;
struct http_settings;

/* As http_open, http_close and http_exchange of http.h. */
struct http_carrier {
	void *(*open)(const struct http_settings *, struct diags *);
	void (*close)(void *opened);
	void (*exchange)(void *opened, const struct http_request *, struct http_reply *);
};

extern const struct http_carrier http_curl;
