#include "cli/cli.h"

#include "base/text.h"
#include "lms/key.h"
#include "lms/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static void show_public(EVP_PKEY *key, const char *kid)
{
	TEXT_AUTO text = {0};
	key_jwks(key, kid, &text);
	text_puts(&text, "\n");
	key_public_pem(key, &text);
	print_text(text_string(&text), text.length);
}

/* A new file for one reader; nothing that is there is overwritten. */
static int keygen(struct invocation *invocation, struct diags *diags)
{
	const char *path = option_value(invocation, "out");
	struct secret pem = {0};
	if (path == NULL) {
		print_error("where does the key go?  grader lms keygen --out FILE");
		return EXIT_BAD_USAGE;
	}
	FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		print_error("%s: %s", path, strerror(errno));
		return EXIT_BAD_USAGE;
	}
	bool good = key_generate(&pem, diags);
	if (good && (fchmod(fd, 0600) < 0 || !fd_write_all(fd, pem.bytes, pem.length) || !fd_write_all(fd, "\n", 1) ||
	             fsync(fd) < 0))
		good = diags_errno(diags, "%s", path);
	EVP_PKEY *key = good ? key_read(&pem, diags) : NULL;
	if (key != NULL)
		show_public(key, option_value(invocation, "kid"));
	else
		unlink(path);
	key_free(key);
	secret_release(&pem);
	return key != NULL ? EXIT_ALL_PASSED : EXIT_HARNESS;
}

static int jwks(struct invocation *invocation, struct diags *diags)
{
	const char *path = option_value(invocation, "key");
	struct secret pem = {0};
	if (path == NULL) {
		print_error("which key?  grader lms jwks --key FILE");
		return EXIT_BAD_USAGE;
	}
	EVP_PKEY *key = secret_from_file(&pem, path, diags) ? key_read(&pem, diags) : NULL;
	if (key != NULL)
		show_public(key, option_value(invocation, "kid"));
	key_free(key);
	secret_release(&pem);
	return key != NULL ? EXIT_ALL_PASSED : EXIT_BAD_USAGE;
}

static int lms(struct invocation *invocation)
{
	struct diags diags;
	diags_init(&diags, invocation->arena);
	const char *what = invocation->positional_count == 1 ? invocation->positional[0] : "";
	int status = EXIT_BAD_USAGE;
	if (!secrets_guard(&diags))
		status = EXIT_HARNESS;
	else if (strcmp(what, "keygen") == 0)
		status = keygen(invocation, &diags);
	else if (strcmp(what, "jwks") == 0)
		status = jwks(invocation, &diags);
	else
		print_error("grader lms keygen --out FILE, or grader lms jwks --key FILE");
	print_diags(&diags);
	return status;
}

static const struct option_row options[] = {
	{"out", "FILE", "keygen: where the new private key goes; must not be there yet", false},
	{"key", "FILE", "jwks: the private key", false},
	{"kid", "ID", "its id, as the target's \"kid\" has it (without: the RFC 7638 thumbprint)", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_lms = {
	"lms",
	"keygen --out FILE | jwks --key FILE",
	"make the key of an LTI tool, and show its public half",
	"keygen makes an RSA key of 3072 bits in a file that only you can read; jwks shows the public half of "
	"one. Both print it as a JSON Web Key Set and as PEM: paste the one that the platform asks for, or put "
	"the set behind an address.",
	options,
	lms,
};
