#include "lms/http_curl.h"

#include "lms/http.h"
#include "lms/url.h"

#include "base/diag.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

struct carrier {
	CURL *curl;
	struct http_settings settings; /* strings owned */
};

static char *copy(const char *string)
{
	return string != NULL ? strdup(string) : NULL;
}

static bool readable(const char *path, struct diags *diags)
{
	return path == NULL || access(path, R_OK) == 0 || diags_errno(diags, "%s", path);
}

static void *carrier_open(const struct http_settings *settings, struct diags *diags)
{
	if (!readable(settings->ca_file, diags) || !readable(settings->proxy_ca_file, diags))
		return NULL;
	struct carrier *carrier = calloc(1, sizeof(*carrier));
	if (carrier == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (carrier->curl = curl_easy_init()) == NULL) {
		free(carrier);
		diags_error(diags, "libcurl could not start");
		return NULL;
	}
	carrier->settings = (struct http_settings){copy(settings->ca_file), copy(settings->proxy),
	                                           copy(settings->proxy_ca_file), settings->timeout_ms};
	return carrier;
}

static void string_free(const char *string)
{
	free((void *)(uintptr_t)string);
}

static void carrier_close(void *opened)
{
	struct carrier *carrier = opened;
	curl_easy_cleanup(carrier->curl);
	curl_global_cleanup();
	string_free(carrier->settings.ca_file);
	string_free(carrier->settings.proxy);
	string_free(carrier->settings.proxy_ca_file);
	free(carrier);
}

static size_t body_take(char *bytes, size_t size, size_t count, void *context)
{
	struct http_reply *reply = context;
	(void)size;
	if (reply->body.length + count > HTTP_ANSWER_BYTES)
		return 0;
	text_add(&reply->body, bytes, count);
	return count;
}

/* The value of a header line when it has that name; later lines of one name are joined by a comma (RFC 9110, 5.3). */
static void header_keep(const char *line, size_t length, const char *name, char *into, size_t capacity)
{
	size_t prefix = strlen(name);
	if (length <= prefix || strncasecmp(line, name, prefix) != 0 || line[prefix] != ':')
		return;
	const char *at = line + prefix + 1;
	const char *end = line + length;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && strchr("\r\n \t", end[-1]) != NULL)
		end--;
	size_t used = strlen(into);
	snprintf(into + used, capacity - used, "%s%.*s", used > 0 ? ", " : "", (int)(end - at), at);
}

/* A new status line (after "100 Continue", or a proxy's answer to CONNECT) starts a new set of headers. */
static void status_line(struct http_reply *reply, const char *line, size_t length)
{
	reply->content_type[0] = reply->location[0] = reply->link[0] = reply->retry_after[0] = reply->date[0] = '\0';
	reply->rate_remaining[0] = '\0';
	reply->challenge = false;
	const char *space = memchr(line, ' ', length);
	const char *words = space != NULL ? memchr(space + 1, ' ', length - (size_t)(space + 1 - line)) : NULL;
	size_t rest = words != NULL ? length - (size_t)(words - line) : 0;
	while (rest > 0 && strchr("\r\n ", words[rest - 1]) != NULL)
		rest--;
	snprintf(reply->reason, sizeof(reply->reason), "%.*s", rest > 1 ? (int)rest - 1 : 0, rest > 1 ? words + 1 : "");
}

static size_t header_take(char *line, size_t size, size_t count, void *context)
{
	struct http_reply *reply = context;
	(void)size;
	if (count > 5 && strncmp(line, "HTTP/", 5) == 0)
		status_line(reply, line, count);
	header_keep(line, count, "content-type", reply->content_type, sizeof(reply->content_type));
	header_keep(line, count, "location", reply->location, sizeof(reply->location));
	header_keep(line, count, "link", reply->link, sizeof(reply->link));
	header_keep(line, count, "retry-after", reply->retry_after, sizeof(reply->retry_after));
	header_keep(line, count, "date", reply->date, sizeof(reply->date));
	header_keep(line, count, "x-rate-limit-remaining", reply->rate_remaining, sizeof(reply->rate_remaining));
	if (count > 17 && strncasecmp(line, "www-authenticate:", 17) == 0)
		reply->challenge = true;
	return count;
}

/* A body on its way; that of a write leaves once.  libcurl sends a request again by itself when a kept connection turns
 * out to be dead; a write whose body began to leave cannot be, because nobody has the body any more. */
struct once {
	const struct http_request *request;
	size_t at;
};

static size_t once_give(char *into, size_t size, size_t count, void *context)
{
	struct once *once = context;
	size_t left = once->request->body.length - once->at;
	size_t length = left < size * count ? left : size * count;
	memcpy(into, text_string(&once->request->body) + once->at, length);
	once->at += length;
	return length;
}

static int once_seek(void *context, curl_off_t offset, int origin)
{
	struct once *once = context;
	if (offset != 0 || origin != SEEK_SET || (once->at > 0 && once->request->writes))
		return CURL_SEEKFUNC_FAIL;
	once->at = 0;
	return CURL_SEEKFUNC_OK;
}

static enum http_outcome outcome_of(CURLcode code, const struct once *once)
{
	/* libcurl has a hundred codes; those not named are failures of the transfer. */
	if (code == CURLE_OK)
		return HTTP_ANSWERED;
	if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
		return HTTP_TOO_LARGE;
	/* Whatever went wrong then, be it a second connection's handshake. */
	if (once->at > 0)
		return HTTP_NO_ANSWER;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR ||
	    code == CURLE_SSL_INVALIDCERTSTATUS || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return HTTP_CERTIFICATE;
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return HTTP_BAD_ADDRESS;
	if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT ||
	    code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PROXY)
		return HTTP_NOT_SENT;
	/* A request that has a body means nothing without it. */
	return once->request->body.length > 0 ? HTTP_NOT_SENT : HTTP_NO_ANSWER;
}

static void options_set(struct carrier *carrier, const struct http_request *request, struct curl_slist *headers,
                        struct once *once, struct http_reply *reply, char *error)
{
	CURL *curl = carrier->curl;
	const struct http_settings *settings = &carrier->settings;
	bool secure = strncasecmp(text_string(&request->url), "https:", 6) == 0;
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, text_string(&request->url));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (settings->ca_file != NULL) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (settings->proxy != NULL)
		curl_easy_setopt(curl, CURLOPT_PROXY, settings->proxy);
	if (settings->proxy_ca_file != NULL)
		curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, settings->proxy_ca_file);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	                 (long)(settings->timeout_ms < HTTP_CONNECT_MS ? settings->timeout_ms : HTTP_CONNECT_MS));
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "grader/" GRADER_VERSION);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_take);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, reply);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	if (request->method != HTTP_GET) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body.length);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, once_give);
		curl_easy_setopt(curl, CURLOPT_READDATA, once);
		curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, once_seek);
		curl_easy_setopt(curl, CURLOPT_SEEKDATA, once);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, http_method_word(request->method));
	}
}

static void carrier_exchange(void *opened, const struct http_request *request, struct http_reply *reply)
{
	struct carrier *carrier = opened;
	http_reply_release(reply);
	const char *why;
	if (!url_allowed(text_string(&request->url), &why)) {
		reply->outcome = HTTP_BAD_ADDRESS;
		snprintf(reply->reason, sizeof(reply->reason), "%s", why);
		return;
	}
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	for (const char *at = text_string(&request->headers); *at != '\0';) {
		size_t length = strcspn(at, "\n");
		char *line = strndup(at, length);
		if (line != NULL) {
			headers = curl_slist_append(headers, line);
			explicit_bzero(line, length);
		}
		free(line);
		at += length + (at[length] == '\n');
	}
	char error[CURL_ERROR_SIZE] = "";
	struct once once = {.request = request};
	options_set(carrier, request, headers, &once, reply, error);
	CURLcode code = curl_easy_perform(carrier->curl);
	reply->outcome = outcome_of(code, &once);
	reply->now_ms = http_now();
	long status = 0;
	curl_easy_getinfo(carrier->curl, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	if (code != CURLE_OK)
		snprintf(reply->reason, sizeof(reply->reason), "%s", error[0] != '\0' ? error : curl_easy_strerror(code));
	for (struct curl_slist *at = headers; at != NULL; at = at->next)
		explicit_bzero(at->data, strlen(at->data));
	curl_slist_free_all(headers);
}

const struct http_carrier http_curl = {carrier_open, carrier_close, carrier_exchange};
