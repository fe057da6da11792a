#include "intake/roster.h"

#include "intake/entries.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/keys.h"
#include "base/text.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { COLUMNS_MOST = 64 };

enum member { LOGIN, NAME, FIRST, LAST, EMAIL, ID, SIS, SECTION, NONE };

const struct roster_column roster_columns[] = {
	[LOGIN] = {{"login", "username", "user", "sis login id", "login id", "github_username"},
               "the account's name; GitHub's for GitHub Classroom and Classroom 50"},
	[NAME] = {{"name", "full name", "fullname", "student"}, "as the platform shows it, in either order"},
	[FIRST] = {{"first_name", "first name", "firstname"}, "with last_name, in place of name"},
	[LAST] = {{"last_name", "last name", "lastname", "surname"}, "with first_name, in place of name"},
	[EMAIL] = {{"email", "e-mail", "email address", "mail"}, "the address"},
	[ID] = {{"lms_user_id", "lms_user", "id", "user_id", "canvas_user_id"},
            "the platform's own number of the person: scores go there"},
	[SIS] = {{"sis_id", "sis user id", "sid", "student id", "id number"}, "the university's number"},
	[SECTION] = {{"section"}, "for people"},
	[NONE] = {{NULL}, NULL},
};

static enum member member_of(const char *heading)
{
	for (enum member member = LOGIN; member < NONE; member++) {
		for (const char *const *word = roster_columns[member].words; *word != NULL; word++) {
			if (strcasecmp(*word, heading) == 0)
				return member;
		}
	}
	return NONE;
}

/* A file being taken apart. */
struct rows {
	const char *at, *end;
	char separator;
	unsigned line;
	const char *cells[COLUMNS_MOST];
	size_t count;
};

static const char *cell_take(struct rows *rows, struct arena *arena)
{
	TEXT_AUTO cell = {0};
	bool quoted = rows->at < rows->end && *rows->at == '"';
	if (quoted)
		rows->at++;
	while (rows->at < rows->end) {
		char c = *rows->at;
		if (quoted && c == '"' && (rows->at + 1 == rows->end || rows->at[1] != '"')) {
			rows->at++;
			quoted = false;
			continue;
		}
		if (!quoted && (c == rows->separator || c == '\n' || c == '\r'))
			break;
		rows->at += quoted && c == '"' ? 2 : 1;
		rows->line += c == '\n';
		text_add(&cell, &c, 1);
	}
	const char *from = text_string(&cell), *to = from + cell.length;
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return arena_copy(arena, from, (size_t)(to - from));
}

static bool row_take(struct rows *rows, struct arena *arena)
{
	rows->count = 0;
	if (rows->at >= rows->end)
		return false;
	for (;;) {
		const char *cell = cell_take(rows, arena);
		if (rows->count < COLUMNS_MOST)
			rows->cells[rows->count++] = cell;
		if (rows->at >= rows->end || *rows->at != rows->separator)
			break;
		rows->at++;
	}
	if (rows->at < rows->end && *rows->at == '\r')
		rows->at++;
	if (rows->at < rows->end && *rows->at == '\n')
		rows->at++;
	rows->line++;
	return true;
}

/* Letters and digits of a name, folded: "Doe, Jane" is doejane. */
static const char *name_key(const char *name, size_t length, struct arena *arena)
{
	TEXT_AUTO kept = {0};
	for (size_t i = 0; i < length;) {
		size_t sequence = utf8_valid((const unsigned char *)name + i, length - i);
		if (sequence > 1 || isalnum((unsigned char)name[i]))
			text_add(&kept, name + i, sequence > 0 ? sequence : 1);
		i += sequence > 0 ? sequence : 1;
	}
	return entry_key(text_string(&kept), arena);
}

/* The name as it stands, and with the family name in front: after a comma, or the last word. */
static void keys_make(struct person *person, struct arena *arena)
{
	const char *name = person->name;
	size_t length = name != NULL ? strlen(name) : 0;
	if (length == 0)
		return;
	size_t count = 0;
	person->keys[count++] = name_key(name, length, arena);
	const char *comma = strchr(name, ','), *space = strrchr(name, ' ');
	const char *cut = comma != NULL ? comma : space;
	if (cut == NULL)
		return;
	const char *behind = name_key(cut, strlen(cut), arena), *before = name_key(name, (size_t)(cut - name), arena);
	const char *swapped = arena_printf(arena, "%s%s", behind, before);
	if (strcmp(swapped, person->keys[0]) != 0)
		person->keys[count++] = swapped;
}

static void person_take(struct roster *roster, const struct rows *rows, const enum member *members, struct arena *arena)
{
	const char *values[NONE + 1] = {0};
	for (size_t i = 0; i < rows->count; i++) {
		if (rows->cells[i][0] != '\0' && members[i] != NONE && values[members[i]] == NULL)
			values[members[i]] = rows->cells[i];
	}
	struct person person = {.login = values[LOGIN],
	                        .name = values[NAME],
	                        .email = values[EMAIL],
	                        .id = values[ID],
	                        .sis_id = values[SIS],
	                        .section = values[SECTION]};
	if (person.name == NULL && values[FIRST] != NULL && values[LAST] != NULL)
		person.name = arena_printf(arena, "%s, %s", values[LAST], values[FIRST]);
	/* Canvas' own export has rows that are nobody's. */
	if (person_key(&person) == NULL ||
	    (person.login == NULL && person.email == NULL && person.id == NULL && person.sis_id == NULL))
		return;
	keys_make(&person, arena);
	roster->people = arena_grow(arena, roster->people, &roster->capacity, roster->count + 1, sizeof(*roster->people));
	roster->people[roster->count++] = person;
}

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

static const char *folded(const char *login, struct arena *arena)
{
	char *lower = arena_string(arena, login);
	for (char *at = lower; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return lower;
}

static bool equal(const char *a, const char *b)
{
	return (a == NULL && b == NULL) || same(a, b);
}

/* False when the last person has the login of another.  One who is there in every word already, for a second section, is
 * taken out again. */
static bool last_is_new(struct roster *roster, struct keys *known, struct arena *arena)
{
	size_t last = roster->count - 1, before;
	if (roster->count == 0)
		return true;
	const struct person *person = &roster->people[last];
	const char *key = folded(person_key(person), arena);
	if (keys_put(known, arena, key, last) || !keys_find(known, key, &before) || before == last)
		return true;
	const struct person *other = &roster->people[before];
	if (equal(other->login, person->login) && equal(other->name, person->name) && equal(other->email, person->email) &&
	    equal(other->id, person->id) && equal(other->sis_id, person->sis_id)) {
		roster->count--;
		return true;
	}
	return !same(other->login, person->login);
}

bool roster_read(struct roster *roster, const char *path, const char *bytes, size_t length, struct arena *arena,
                 struct diags *diags)
{
	enum member members[COLUMNS_MOST];
	*roster = (struct roster){0};
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		length -= 3;
	}
	struct rows rows = {.at = bytes, .end = bytes + length, .separator = ',', .line = 1};
	size_t first = length > 0 ? strcspn(bytes, "\r\n") : 0;
	if (memchr(bytes, ',', first) == NULL)
		rows.separator = memchr(bytes, ';', first) != NULL ? ';' : '\t';
	if (!row_take(&rows, arena))
		return diags_error(diags, "%s is empty", path);
	bool any = false;
	for (size_t i = 0; i < rows.count; i++) {
		members[i] = member_of(rows.cells[i]);
		any = any || members[i] == LOGIN || members[i] == EMAIL || members[i] == ID || members[i] == SIS;
	}
	if (!any) {
		diags_add(diags, DIAG_ERROR, path, 1, 1, "the first row names no column login, email, lms_user_id or sis_id");
		return false;
	}
	size_t columns = rows.count;
	struct keys known = {0};
	while (row_take(&rows, arena)) {
		unsigned line = rows.line - 1;
		if (rows.count > columns)
			rows.count = columns;
		person_take(roster, &rows, members, arena);
		if (roster->count > ROSTER_PEOPLE) {
			diags_add(diags, DIAG_ERROR, path, line, 1, "more than %d people", ROSTER_PEOPLE);
			return false;
		}
		if (!last_is_new(roster, &known, arena))
			diags_add(diags, DIAG_ERROR, path, line, 1, "the login %s is that of two people",
			          roster->people[roster->count - 1].login);
	}
	return diags->errors == 0;
}

const char *person_key(const struct person *person)
{
	return person->login != NULL    ? person->login
	       : person->email != NULL  ? person->email
	       : person->id != NULL     ? person->id
	       : person->sis_id != NULL ? person->sis_id
	                                : person->name;
}

/* How a submission may name a person, the surest first. */
enum way { BY_LOGIN, BY_EMAIL, BY_ID, BY_SIS, BY_NAME, BY_END, WAYS };

static bool ends_with_login(const char *folder, const char *login)
{
	size_t length = strlen(folder), tail = login != NULL ? strlen(login) : 0;
	return tail > 0 && length > tail + 1 && folder[length - tail - 1] == '-' &&
	       strcasecmp(folder + length - tail, login) == 0;
}

static bool fits(const struct person *person, const struct intake *intake, const struct intake_submission *submission,
                 const char *name, enum way way)
{
	switch (way) {
	case BY_LOGIN:
		return same(person->login, submission->login);
	case BY_EMAIL:
		return same(person->email, submission->email) ||
		       (intake->layout == LAYOUT_FOLDERS && same(person->email, submission->login));
	case BY_ID:
		return intake->layout != LAYOUT_GRADESCOPE && same(person->id, submission->id);
	case BY_SIS:
		return (intake->layout == LAYOUT_GRADESCOPE && same(person->sis_id, submission->id)) ||
		       (intake->layout == LAYOUT_FOLDERS && same(person->sis_id, submission->login));
	case BY_NAME:
		for (size_t i = 0; name != NULL && i < 4 && person->keys[i] != NULL; i++) {
			if (strcmp(person->keys[i], name) == 0)
				return true;
		}
		return false;
	case BY_END:
		return (intake->layout == LAYOUT_GITHUB || intake->layout == LAYOUT_CLASSROOM50) &&
		       ends_with_login(submission->folder, person->login);
	case WAYS:
		return false;
	}
	return false;
}

const struct person *roster_find(const struct roster *roster, const struct intake *intake,
                                 const struct intake_submission *submission, const char **why, struct arena *arena)
{
	const char *name = submission->name != NULL ? name_key(submission->name, strlen(submission->name), arena) : NULL;
	for (enum way way = BY_LOGIN; way < WAYS; way++) {
		const struct person *found = NULL;
		for (size_t i = 0; i < roster->count; i++) {
			if (!fits(&roster->people[i], intake, submission, name, way))
				continue;
			if (found != NULL) {
				*why = arena_printf(arena, "both %s and %s fit", person_key(found), person_key(&roster->people[i]));
				return NULL;
			}
			found = &roster->people[i];
		}
		if (found != NULL)
			return found;
	}
	*why = "nobody in the roster fits";
	return NULL;
}
