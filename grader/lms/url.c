#include "lms/url.h"

#include "base/text.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
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

static bool same_host(const struct origin *a, const struct origin *b)
{
	return a->host_length == b->host_length && strncasecmp(a->host, b->host, a->host_length) == 0;
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
	       same_host(&a, &b);
}

/* Where the path begins, or what stands in its place. */
static const char *path_of(const char *url)
{
	const char *authority = strstr(url, "://");
	return authority != NULL ? authority + 3 + strcspn(authority + 3, "/?#") : url;
}

/* The next character of a path or a query, its escape undone; 0 at the end. */
static int next_character(const char **at, const char *end)
{
	if (*at >= end)
		return 0;
	unsigned char byte = (unsigned char)*(*at)++;
	unsigned value;
	if (byte != '%' || end - *at < 2 || !isxdigit((unsigned char)**at) || sscanf(*at, "%2x", &value) != 1)
		return byte;
	*at += 2;
	return (int)value;
}

static bool same_characters(const char *one, const char *one_end, const char *other, const char *other_end)
{
	for (;;) {
		int a = next_character(&one, one_end), b = next_character(&other, other_end);
		if (a != b)
			return false;
		if (a == 0)
			return true;
	}
}

/* The parameter of the query that has the same name as the one at `at`; NULL: there is none. */
static const char *parameter_find(const char *query, const char *at, size_t name)
{
	while (*query != '\0') {
		if (strncmp(query, at, name) == 0 && (query[name] == '=' || query[name] == '&' || query[name] == '\0'))
			return query;
		query += strcspn(query, "&");
		query += *query == '&';
	}
	return NULL;
}

bool url_same_resource(const char *one, const char *other)
{
	struct origin a, b;
	if (!origin_read(one, &a) || !origin_read(other, &b) || !same_host(&a, &b))
		return false;
	const char *first = path_of(one), *second = path_of(other);
	const char *first_end = first + strcspn(first, "?"), *second_end = second + strcspn(second, "?");
	while (first_end > first && first_end[-1] == '/')
		first_end--;
	while (second_end > second && second_end[-1] == '/')
		second_end--;
	if (!same_characters(first, first_end, second, second_end))
		return false;
	const char *query = second_end + strcspn(second_end, "?");
	for (const char *at = first_end + strcspn(first_end, "?"); *at != '\0';) {
		at++;
		size_t length = strcspn(at, "&");
		const char *found = *query != '\0' ? parameter_find(query + 1, at, strcspn(at, "=&")) : NULL;
		if (found != NULL && !same_characters(at, at + length, found, found + strcspn(found, "&")))
			return false;
		at += length;
	}
	return true;
}

void url_resolve(struct text *out, const char *base, const char *reference)
{
	struct origin a, b;
	size_t origin = (size_t)(path_of(base) - base), path = strcspn(base, "?");
	bool absolute = origin_read(reference, &b);
	if (absolute && origin_read(base, &a) && a.https && !b.https && same_host(&a, &b) &&
	    (b.port == 80 || b.port == a.port)) {
		text_add(out, base, origin);
		text_puts(out, path_of(reference));
		return;
	}
	if (absolute || strstr(reference, "://") != NULL) {
		text_puts(out, reference);
		return;
	}
	if (reference[0] == '/' && reference[1] == '/')
		origin = (size_t)(strstr(base, "//") - base);
	else if (reference[0] == '?')
		origin = path;
	else if (reference[0] != '/')
		while (path > origin && base[path - 1] != '/')
			path--;
	text_add(out, base, reference[0] == '/' || reference[0] == '?' ? origin : path);
	text_puts(out, reference);
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
