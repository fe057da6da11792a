#include "lms/secret.h"

#include "base/diag.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

bool secrets_guard(struct diags *diags)
{
	struct rlimit none = {0, 0};
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return diags_errno(diags, "keeping secrets out of core files");
	return true;
}

bool secret_set(struct secret *secret, const char *bytes, size_t length)
{
	secret_release(secret);
	while (length > 0 && strchr("\r\n \t", bytes[length - 1]) != NULL)
		length--;
	if (length == 0 || memchr(bytes, '\0', length) != NULL)
		return false;
	secret->bytes = malloc(length + 1);
	if (secret->bytes == NULL)
		abort();
	memcpy(secret->bytes, bytes, length);
	secret->bytes[length] = '\0';
	secret->length = length;
	return true;
}

static bool file_secret(int fd, const char *path, char *buffer, struct secret *secret, struct diags *diags)
{
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return diags_errno(diags, "%s", path);
	if (!S_ISREG(info.st_mode))
		return diags_error(diags, "%s: it is not a regular file", path);
	if (info.st_uid != geteuid())
		return diags_error(diags, "%s: it belongs to uid %u, not to you (uid %u)", path, (unsigned)info.st_uid,
		                   (unsigned)geteuid());
	if ((info.st_mode & 077) != 0)
		return diags_error(diags, "%s: others can read or write it (mode %04o); chmod 600 it", path,
		                   (unsigned)(info.st_mode & 07777));
	if (info.st_size > SECRET_BYTES)
		return diags_error(diags, "%s: too large for a secret", path);
	size_t length = (size_t)info.st_size;
	if (!fd_read_all(fd, buffer, length))
		return diags_errno(diags, "%s", path);
	return secret_set(secret, buffer, length) || diags_error(diags, "%s: it is empty, or not text", path);
}

bool secret_from_file(struct secret *secret, const char *path, struct diags *diags)
{
	FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *buffer = malloc(SECRET_BYTES);
	if (buffer == NULL)
		abort();
	bool good = file_secret(fd, path, buffer, secret, diags);
	explicit_bzero(buffer, SECRET_BYTES);
	free(buffer);
	return good;
}

bool secret_from_environment(struct secret *secret, const char *name, struct diags *diags)
{
	char *value = getenv(name);
	if (value == NULL || !secret_set(secret, value, strlen(value)))
		return diags_error(diags, "the environment variable %s is not set (the target's secret comes from it)", name);
	/* What children inherit and /proc/PID/environ shows. */
	explicit_bzero(value, strlen(value));
	unsetenv(name);
	return true;
}

void secret_release(struct secret *secret)
{
	if (secret->bytes != NULL)
		explicit_bzero(secret->bytes, secret->length);
	free(secret->bytes);
	*secret = (struct secret){0};
}

static const char *const marks[] = {"wstoken",       "access_token", "client_assertion", "bearer ",
                                    "authorization", "privatetoken", "whsec_",           "webhook-signature"};

/* Bytes of `at` that are a secret, or stand behind a mark; 0: none begins here. */
static size_t hidden(const char *at, size_t length, const struct secret *const *secrets, size_t *shown)
{
	*shown = 0;
	for (; *secrets != NULL; secrets++) {
		if ((*secrets)->length >= 4 && (*secrets)->length <= length &&
		    memcmp(at, (*secrets)->bytes, (*secrets)->length) == 0)
			return (*secrets)->length;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t mark = strlen(marks[i]);
		if (mark > length || strncasecmp(at, marks[i], mark) != 0)
			continue;
		size_t from = mark;
		while (from < length && strchr("\":=' ", at[from]) != NULL && at[from] != '\0')
			from++;
		size_t to = from;
		while (to < length && (isalnum((unsigned char)at[to]) || strchr("-._~+/%,", at[to]) != NULL) && at[to] != '\0')
			to++;
		/* "bearer token is missing" hides nothing: secrets are longer than words. */
		if (to - from < 12)
			continue;
		*shown = from;
		return to - from;
	}
	return 0;
}

void secret_told(struct text *out, const char *said, size_t length, size_t most, const struct secret *const *secrets)
{
	TEXT_AUTO line = {.ceiling = most + 64};
	size_t i = 0;
	while (i < length && line.length < most) {
		size_t shown, secret = hidden(said + i, length - i, secrets, &shown);
		if (secret > 0) {
			text_add(&line, said + i, shown);
			text_puts(&line, "[secret]");
			i += shown + secret;
			continue;
		}
		bool space = isspace((unsigned char)said[i]) != 0;
		if (!space)
			text_add(&line, said + i, 1);
		else if (line.length > 0 && line.bytes[line.length - 1] != ' ')
			text_puts(&line, " ");
		i++;
	}
	text_escaped(out, text_string(&line), line.length, most, false);
	if (i < length && line.length <= most)
		text_puts(out, "…");
}
