#include "lms/url.h"

#include "base/text.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

void url_escape(struct text *out, const char *string)
{
	for (const unsigned char *at = (const unsigned char *)string; *at != '\0'; at++) {
		if (isalnum(*at) || strchr("-._~", *at) != NULL)
			text_add(out, at, 1);
		else
			text_printf(out, "%%%02X", *at);
	}
}

struct origin {
	bool https;
	const char *host; /* in the address */
	size_t host_length;
	unsigned port;
};

/* "[::1]:8443" and "host:8443"; the host keeps no brackets. */
static bool origin_read(const char *url, struct origin *origin)
{
	*origin = (struct origin){0};
	origin->https = strncasecmp(url, "https://", 8) == 0;
	if (!origin->https && strncasecmp(url, "http://", 7) != 0)
		return false;
	const char *at = url + (origin->https ? 8 : 7);
	const char *end = at + strcspn(at, "/?#");
	origin->host = at;
	const char *colon;
	if (*at == '[') {
		const char *close = memchr(at, ']', (size_t)(end - at));
		if (close == NULL)
			return false;
		origin->host = at + 1;
		origin->host_length = (size_t)(close - at) - 1;
		colon = close + 1;
	} else {
		colon = memchr(at, ':', (size_t)(end - at));
		colon = colon != NULL ? colon : end;
		origin->host_length = (size_t)(colon - at);
	}
	origin->port = origin->https ? 443 : 80;
	if (colon < end && *colon != ':')
		return false;
	if (colon + 1 < end) {
		origin->port = 0;
		for (at = colon + 1; at < end; at++) {
			if (!isdigit((unsigned char)*at) || origin->port > 65535)
				return false;
			origin->port = origin->port * 10 + (unsigned)(*at - '0');
		}
	}
	return origin->host_length > 0 && origin->port > 0 && origin->port <= 65535;
}

static bool is_this_host(const struct origin *origin)
{
	const char *host = origin->host;
	size_t length = origin->host_length;
	if ((length == 9 && strncasecmp(host, "localhost", 9) == 0) || (length == 3 && strncmp(host, "::1", 3) == 0))
		return true;
	if (length < 9 || strncmp(host, "127.", 4) != 0)
		return false;
	unsigned dots = 0;
	for (size_t i = 0; i < length; i++) {
		dots += host[i] == '.';
		if (host[i] != '.' && !isdigit((unsigned char)host[i]))
			return false;
	}
	return dots == 3;
}

bool url_allowed(const char *url, const char **why)
{
	struct origin origin;
	for (const char *at = url; *at != '\0'; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7f || *at == '\\') {
			*why = "white space, control characters and backslashes do not belong in an address";
			return false;
		}
	}
	const char *authority = strstr(url, "://");
	if (authority != NULL && memchr(authority, '@', strcspn(authority + 3, "/?#") + 3) != NULL) {
		*why = "a user name or password does not belong in an address";
		return false;
	}
	if (strchr(url, '#') != NULL) {
		*why = "an address for requests has no fragment (#…)";
		return false;
	}
	if (!origin_read(url, &origin)) {
		*why = "it is not an address such as https://lms.example.edu/";
		return false;
	}
	if (!origin.https && !is_this_host(&origin)) {
		*why = "grades and tokens go over https only (http is for this host)";
		return false;
	}
	return true;
}

bool url_same_origin(const char *one, const char *other)
{
	struct origin a, b;
	return origin_read(one, &a) && origin_read(other, &b) && a.https == b.https && a.port == b.port &&
	       a.host_length == b.host_length && strncasecmp(a.host, b.host, a.host_length) == 0;
}

void url_add_path(struct text *out, const char *url, const char *path)
{
	size_t length = strcspn(url, "?");
	size_t kept = length;
	while (kept > 0 && url[kept - 1] == '/' && *path == '/')
		kept--;
	text_add(out, url, kept);
	text_puts(out, path);
	text_puts(out, url + length);
}

void url_add_query(struct text *url, const char *name, const char *value)
{
	text_puts(url, strchr(text_string(url), '?') != NULL ? "&" : "?");
	text_puts(url, name);
	text_puts(url, "=");
	url_escape(url, value);
}
