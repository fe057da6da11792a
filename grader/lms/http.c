#include "lms/http.h"

#include "lms/http_curl.h"

#include "base/module.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct http {
	const struct http_carrier *carrier;
	void *opened;
};

int64_t http_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct http *http_open(const struct http_settings *settings, struct diags *diags)
{
	const struct http_carrier *carrier = module_table("http", "http_curl", diags);
	void *opened = carrier != NULL ? carrier->open(settings, diags) : NULL;
	if (opened == NULL)
		return NULL;
	struct http *http = malloc(sizeof(*http));
	if (http == NULL)
		abort();
	*http = (struct http){carrier, opened};
	return http;
}

void http_close(struct http *http)
{
	if (http == NULL)
		return;
	http->carrier->close(http->opened);
	free(http);
}

void http_exchange(struct http *http, const struct http_request *request, struct http_reply *reply)
{
	static const char mark[] = "\xef\xbb\xbf";
	http->carrier->exchange(http->opened, request, reply);
	/* A byte order mark ahead of JSON may be passed over (RFC 8259, section 8.1). */
	if (reply->body.length >= 3 && memcmp(reply->body.bytes, mark, 3) == 0) {
		reply->body.length -= 3;
		memmove(reply->body.bytes, reply->body.bytes + 3, reply->body.length + 1);
	}
}
