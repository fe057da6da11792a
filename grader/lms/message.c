#include "lms/message.h"

#include "lms/url.h"

#include <ctype.h>
#include <string.h>

NAMES_DEFINE(http_method, HTTP_METHODS)
NAMES_DEFINE(http_outcome, HTTP_OUTCOMES)

static void text_wipe(struct text *text)
{
	if (text->bytes != NULL)
		explicit_bzero(text->bytes, text->capacity);
	text_release(text);
}

void http_request_begin(struct http_request *request, enum http_method method, const char *url)
{
	http_request_release(request);
	request->method = method;
	request->writes = method != HTTP_GET;
	text_puts(&request->url, url);
}

void http_request_header(struct http_request *request, const char *name, const char *value)
{
	if (strpbrk(value, "\r\n") == NULL)
		text_printf(&request->headers, "%s: %s\n", name, value);
}

void http_request_form(struct http_request *request, const char *name, const char *value)
{
	if (request->body.length == 0)
		http_request_header(request, "Content-Type", "application/x-www-form-urlencoded");
	else
		text_puts(&request->body, "&");
	url_escape(&request->body, name);
	text_puts(&request->body, "=");
	url_escape(&request->body, value);
}

void http_request_release(struct http_request *request)
{
	text_wipe(&request->url);
	text_wipe(&request->headers);
	text_wipe(&request->body);
	*request = (struct http_request){0};
}

void http_reply_release(struct http_reply *reply)
{
	text_wipe(&reply->body);
	*reply = (struct http_reply){0};
}

bool http_reply_is_page(const struct http_reply *reply)
{
	const char *at = text_string(&reply->body);
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (isspace((unsigned char)*at))
		at++;
	return *at == '<';
}
