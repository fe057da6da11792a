#include "lms/config.h"

#include "lms/backend.h"
#include "lms/url.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum member_kind { MEMBER_WORD, MEMBER_URL, MEMBER_PATH, MEMBER_MS };

struct member_row {
	enum member_kind kind;
	size_t offset;
	long long most; /* of a number */
};

#define AT(member) offsetof(struct target, member)
/* name, kind, most, which backends, help */
#define MEMBERS(X)                                                                                                     \
	X(column, WORD, 0, "all", "which scores go there: the assignment's name, or what `grader batch --column` said")    \
	X(url, URL, 0, "canvas moodle webhook", "the site, https://…; of a webhook, the receiver itself")                  \
	X(course, WORD, 0, "canvas moodle", "the course's id: the number in its page's address")                           \
	X(assignment, WORD, 0, "canvas moodle",                                                                            \
	  "the assignment's id; of Moodle the one that mod_assign_get_assignments tells, not the page's id=")              \
	X(lineitem, URL, 0, "ags", "address of the line item")                                                             \
	X(lineitems, URL, 0, "ags", "address of the container of line items, where lineitem is not known")                 \
	X(memberships, URL, 0, "ags", "address of the Names and Roles service: who is in the course")                      \
	X(token_url, URL, 0, "ags", "where tokens are had")                                                                \
	X(client_id, WORD, 0, "ags", "the tool's id on the platform")                                                      \
	X(issuer, WORD, 0, "ags", "iss of the assertion, where it is not client_id")                                       \
	X(audience, WORD, 0, "ags", "aud of the assertion, where it is not token_url")                                     \
	X(kid, WORD, 0, "ags", "id of the key, where it is not its thumbprint")                                            \
	X(deployment_id, WORD, 0, "ags", "the deployment, where the platform asks for it")                                 \
	X(platform, WORD, 0, "ags", "canvas: Canvas's extension is sent, too")                                             \
	X(label, WORD, 0, "ags canvas moodle", "what the column must be called there; nothing is posted when it is not")   \
	X(roster, PATH, 0, "all", "a CSV with lms_user_id and one of login, email, sis_id: who is who there")              \
	X(ca_file, PATH, 0, "all", "certificates to trust, PEM, where the system's do not do")                             \
	X(proxy, WORD, 0, "all", "http://HOST:PORT")                                                                       \
	X(proxy_ca_file, PATH, 0, "all", "certificates to trust for a proxy that is reached by https")                     \
	X(token_env, WORD, 0, "canvas moodle", "environment variable that holds the token")                                \
	X(token_file, PATH, 0, "canvas moodle", "file of mode 0600 that holds the token")                                  \
	X(secret_env, WORD, 0, "webhook", "environment variable that holds the secret, whsec_…")                           \
	X(secret_file, PATH, 0, "webhook", "file of mode 0600 that holds the secret")                                      \
	X(key_file, PATH, 0, "ags", "the tool's private key, as `grader lms keygen` made it")                              \
	X(timeout_ms, MS, 600000, "all", "how long a request may take; 30000 when not given")                              \
	X(backoff_ms, MS, 60000, "all",                                                                                    \
	  "how long to wait before a second try, doubled with each more; 1000 when not given")                             \
	X(wait_ms, MS, 3600000, "all", "a longer wait is left to the next `grader post`; 60000 when not given")

#define MEMBER_ROW(name, kind, most, backends, help) {MEMBER_##kind, AT(name), most},
#define MEMBER_HELP(name, kind, most, backends, help) {#name, backends, help},
static const struct member_row rows[] = {MEMBERS(MEMBER_ROW)};
const struct target_member target_members[] = {MEMBERS(MEMBER_HELP){NULL, NULL, NULL}};
enum { MEMBER_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const char **word_at(struct target *target, const struct member_row *row)
{
	return (const char **)(void *)((char *)target + row->offset);
}

static const struct member_row *row_find(const char *name)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (strcmp(target_members[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

/* What would be a secret by value in the file. */
static bool is_secret_name(const char *name)
{
	static const char *const names[] = {
		"token",   "secret",       "password",       "key", "private_key", "client_secret",
		"wstoken", "access_token", "webhook_secret", NULL};
	for (const char *const *at = names; *at != NULL; at++) {
		if (strcmp(*at, name) == 0)
			return true;
	}
	return false;
}

static bool unknown_member(const struct target *target, const char *name, const char *path, struct diags *diags)
{
	const char *words[MEMBER_COUNT + 2] = {"backend"};
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		words[i + 1] = target_members[i].name;
	if (is_secret_name(name))
		return diags_error(diags,
		                   "%s: target %s: \"%s\": a secret never stands in this file; name an environment variable "
		                   "(token_env, secret_env) or a file of mode 0600 (token_file, secret_file, key_file)",
		                   path, target->name, name);
	const char *near = nearest_word(name, words);
	return diags_error(diags, "%s: target %s: there is no \"%s\"%s%s%s", path, target->name, name,
	                   near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}

static bool member_read(struct target *target, const char *name, const json_t *value, const char *path,
                        const char *folder, struct arena *arena, struct diags *diags)
{
	const struct member_row *row = row_find(name);
	const char *why;
	if (row == NULL)
		return unknown_member(target, name, path, diags);
	if (row->kind == MEMBER_MS) {
		if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > row->most)
			return diags_error(diags, "%s: target %s: %s is a whole number of milliseconds from 1 to %lld", path,
			                   target->name, name, row->most);
		*(int64_t *)(void *)((char *)target + row->offset) = json_integer_value(value);
		return true;
	}
	const char *word = json_string_value(value);
	if (json_is_integer(value) && row->kind == MEMBER_WORD)
		word = arena_printf(arena, "%lld", (long long)json_integer_value(value));
	if (word == NULL || *word == '\0' || strpbrk(word, "\r\n") != NULL)
		return diags_error(diags, "%s: target %s: %s is a string", path, target->name, name);
	if (row->kind == MEMBER_URL && !url_allowed(word, &why))
		return diags_error(diags, "%s: target %s: %s: %s", path, target->name, name, why);
	*word_at(target, row) = row->kind == MEMBER_PATH && *word != '/' ? arena_printf(arena, "%s/%s", folder, word)
	                                                                 : arena_string(arena, word);
	return true;
}

static bool backend_choose(struct target *target, const json_t *object, const char *path, struct diags *diags)
{
	const char *name = json_string_value(json_object_get(object, "backend"));
	target->backend = name != NULL ? backend_find(name) : NULL;
	if (target->backend == NULL)
		return diags_error(diags, "%s: target %s: \"backend\" is ags, moodle, canvas or webhook", path, target->name);
	return true;
}

/* What the backend needs, and one place for the secret. */
static bool target_whole(struct target *target, const char *path, struct diags *diags)
{
	bool good = true;
	for (const char *const *need = target->backend->needs; *need != NULL; need++) {
		const struct member_row *row = row_find(*need);
		if (row != NULL && *word_at(target, row) == NULL)
			good = diags_error(diags, "%s: target %s: a target of backend %s needs \"%s\"", path, target->name,
			                   target->backend->name, *need);
	}
	unsigned places = 0;
	const char *const given[] = {target->token_env, target->token_file, target->secret_env, target->secret_file,
	                             target->key_file};
	const enum secret_kind kinds[] = {SECRET_TOKEN, SECRET_TOKEN, SECRET_SHARED, SECRET_SHARED, SECRET_KEY};
	static const char *const wanted[] = {"token_env or token_file", "secret_env or secret_file", "key_file"};
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		places += given[i] != NULL && kinds[i] == target->backend->secret ? 1 : given[i] != NULL ? 10 : 0;
	if (places != 1)
		good = diags_error(diags, "%s: target %s: its secret comes from exactly one of %s", path, target->name,
		                   wanted[target->backend->secret]);
	if (target->lineitem != NULL && target->lineitems != NULL && !url_same_origin(target->lineitem, target->lineitems))
		good = diags_error(diags, "%s: target %s: lineitem and lineitems are on different hosts", path, target->name);
	if (target->lineitem != NULL && target->memberships != NULL &&
	    !url_same_origin(target->lineitem, target->memberships))
		good = diags_error(diags, "%s: target %s: lineitem and memberships are on different hosts", path, target->name);
	return good;
}

static bool target_read(struct target *target, const char *name, const json_t *object, const char *path,
                        const char *folder, struct arena *arena, struct diags *diags)
{
	*target =
		(struct target){.name = arena_string(arena, name), .timeout_ms = 30000, .backoff_ms = 1000, .wait_ms = 60000};
	if (!json_is_object(object))
		return diags_error(diags, "%s: target %s is not an object", path, name);
	if (!backend_choose(target, object, path, diags))
		return false;
	bool good = true;
	for (void *at = json_object_iter(json_object_get(object, "backend") != NULL ? (json_t *)(uintptr_t)object : NULL);
	     at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
		const char *key = json_object_iter_key(at);
		if (strcmp(key, "backend") != 0 && strcmp(key, "note") != 0)
			good = member_read(target, key, json_object_iter_value(at), path, folder, arena, diags) && good;
	}
	return good && target_whole(target, path, diags);
}

bool config_read(const char *bytes, size_t length, const char *path, const char *folder, struct target **targets,
                 size_t *count, struct arena *arena, struct diags *diags)
{
	json_error_t error;
	json_t *root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);
	json_t *list = json_object_get(root, "targets");
	*count = 0;
	bool good = true;
	if (root == NULL) {
		diags_add(diags, DIAG_ERROR, path, (unsigned)(error.line > 0 ? error.line : 1),
		          (unsigned)(error.column > 0 ? error.column : 1), "%s", error.text);
		return false;
	}
	if (!json_is_object(list) || json_object_size(list) == 0 || json_object_size(list) > CONFIG_TARGETS) {
		json_decref(root);
		return diags_error(diags, "%s: it needs {\"targets\": {NAME: {…}}} with 1 to %d targets", path, CONFIG_TARGETS);
	}
	*targets = arena_array(arena, json_object_size(list), sizeof(struct target));
	const char *name;
	json_t *object;
	json_object_foreach(list, name, object) good =
		target_read(&(*targets)[(*count)++], name, object, path, folder, arena, diags) && good;
	json_decref(root);
	return good;
}

bool config_load(const char *path, struct target **targets, size_t *count, struct arena *arena, struct diags *diags)
{
	struct stat info;
	TEXT_AUTO content = {0};
	if (stat(path, &info) < 0 || !file_read(path, CONFIG_BYTES, &content))
		return diags_errno(diags, "%s", path);
	/* Who can change the addresses gets the tokens. */
	if ((info.st_uid != geteuid() && info.st_uid != 0) || (info.st_mode & 002) != 0)
		return diags_error(diags, "%s: somebody else can write this file; it says where tokens are sent", path);
	const char *slash = strrchr(path, '/');
	const char *folder = slash == NULL ? "." : slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
	return config_read(text_string(&content), content.length, path, folder, targets, count, arena, diags);
}

bool target_secret(struct target *target, struct diags *diags)
{
	const char *file = target->token_file != NULL    ? target->token_file
	                   : target->secret_file != NULL ? target->secret_file
	                                                 : target->key_file;
	const char *variable = target->token_env != NULL ? target->token_env : target->secret_env;
	return file != NULL ? secret_from_file(&target->secret, file, diags)
	                    : secret_from_environment(&target->secret, variable, diags);
}
