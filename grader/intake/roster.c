#include "intake/roster.h"

#include "intake/encoding.h"
#include "intake/entries.h"
#include "intake/rows.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/keys.h"
#include "base/text.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum member { LOGIN, NAME, FIRST, LAST, EMAIL, ID, SIS, SECTION, PARTICIPANT, NONE };

const struct roster_column roster_columns[] = {
	[LOGIN] = {{"login", "username", "user", "sis login id", "login id", "github_username", "benutzername"},
               "the account's name; GitHub's for GitHub Classroom and Classroom 50"},
	[NAME] = {{"name", "full name", "fullname", "student", "vollständiger name"},
              "as the platform shows it, in either order"},
	[FIRST] = {{"first_name", "first name", "firstname", "vorname"}, "with last_name, in place of name"},
	[LAST] = {{"last_name", "last name", "lastname", "surname", "nachname"}, "with first_name, in place of name"},
	[EMAIL] = {{"email", "e-mail", "email address", "mail", "e-mail-adresse"}, "the address"},
	[ID] = {{"lms_user_id", "lms_user", "id", "user_id", "canvas_user_id"},
            "the platform's own number of the person: scores go there"},
	[SIS] = {{"sis_id", "sis user id", "sid", "student id", "id number", "orgdefinedid", "matrikelnummer"},
             "the university's number"},
	[SECTION] = {{"section"}, "for people"},
	[PARTICIPANT] = {{"identifier"},
                     "of Moodle's grading worksheet (Participant 4711): the number in a download's names"},
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
		/* Brightspace puts a # before what a spreadsheet would take for a number. */
		const char *cell = rows->cells[i] + (rows->cells[i][0] == '#');
		if (*cell != '\0' && members[i] != NONE && values[members[i]] == NULL)
			values[members[i]] = cell;
	}
	struct person person = {.login = values[LOGIN],
	                        .name = values[NAME],
	                        .email = values[EMAIL],
	                        .id = values[ID],
	                        .sis_id = values[SIS],
	                        .section = values[SECTION],
	                        .participant = values[PARTICIPANT]};
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

/* A row that says in two sections, or twice, what another has said. */
static bool same_or_none(const char *a, const char *b)
{
	return (a == NULL && b == NULL) || same(a, b);
}

static bool same_person(const struct person *a, const struct person *b)
{
	return same_or_none(a->login, b->login) && same_or_none(a->name, b->name) && same_or_none(a->id, b->id) &&
	       same_or_none(a->email, b->email) && same_or_none(a->sis_id, b->sis_id);
}

/* Who is there already, by what has to be one person's. */
struct taken {
	struct keys logins, ids, addresses; /* the last of those who have no login */
};

static bool is_free(struct keys *keys, const char *key, struct arena *arena, size_t number, size_t *other)
{
	if (key == NULL || keys_put(keys, arena, folded(key, arena), number))
		return true;
	keys_find(keys, folded(key, arena), other);
	return false;
}

/* The row's person, the last of the roster, is one of their own, or goes; false with `diags`. */
static bool person_check(struct roster *roster, struct taken *taken, struct arena *arena, struct diags *diags,
                         const char *path, unsigned line)
{
	size_t number = roster->count - 1, other = number;
	const struct person *person = &roster->people[number];
	bool login = is_free(&taken->logins, person->login, arena, number, &other);
	bool id = !login || is_free(&taken->ids, person->id, arena, number, &other);
	bool address = person->login != NULL || is_free(&taken->addresses, person->email, arena, number, &other);
	if (login && id && address)
		return true;
	if (same_person(&roster->people[other], person)) {
		roster->count--;
		return true;
	}
	if (login && id) /* two people may share an address */
		return true;
	diags_add(diags, DIAG_ERROR, path, line, 1, "the %s %s is there twice", login ? "lms_user_id" : "login",
	          login ? person->id : person->login);
	return false;
}

static bool headings_read(struct rows *rows, enum member *members, const char *path, struct arena *arena,
                          struct diags *diags)
{
	bool any = false;
	unsigned line = rows->line;
	if (!row_take(rows, arena))
		return diags_error(diags, "%s is empty", path);
	for (size_t i = 0; i < rows->count; i++) {
		members[i] = member_of(rows->cells[i]);
		any = any || members[i] == LOGIN || members[i] == EMAIL || members[i] == ID || members[i] == SIS;
	}
	if (!any)
		diags_add(diags, DIAG_ERROR, path, line, 1,
		          "the first row names no column login, email, lms_user_id or sis_id");
	return any;
}

/* The row's cells are those of the first row: one more, and it is not known which is which. */
static bool cells_check(struct rows *rows, size_t columns, const char *path, unsigned line, struct diags *diags)
{
	for (size_t i = columns; i < rows->count; i++) {
		if (rows->cells[i][0] == '\0')
			continue;
		diags_add(
			diags, DIAG_ERROR, path, line, 1,
			"%zu cells, and the first row names %zu columns: a cell with the separator in it has to stand in quotes",
			rows->count, columns);
		return false;
	}
	rows->count = rows->count > columns ? columns : rows->count;
	return true;
}

bool roster_read(struct roster *roster, const char *path, const char *bytes, size_t length, struct arena *arena,
                 struct diags *diags)
{
	enum member members[COLUMNS_MOST];
	*roster = (struct roster){0};
	bytes = encoding_utf8(bytes, &length, arena);
	if (memchr(bytes, '\0', length) != NULL)
		return diags_error(diags, "%s has NUL bytes in it: this is no list of people", path);
	struct rows rows;
	rows_begin(&rows, bytes, length);
	if (!headings_read(&rows, members, path, arena, diags))
		return false;
	size_t columns = rows.count;
	struct taken taken = {0};
	for (unsigned line = rows.line; row_take(&rows, arena); line = rows.line) {
		size_t before = roster->count;
		if (rows.open) {
			diags_add(diags, DIAG_ERROR, path, line, 1, "a quote that opens a cell here is never closed");
			return false;
		}
		if (!cells_check(&rows, columns, path, line, diags))
			continue;
		person_take(roster, &rows, members, arena);
		if (roster->count > ROSTER_PEOPLE) {
			diags_add(diags, DIAG_ERROR, path, line, 1, "more than %d people", ROSTER_PEOPLE);
			return false;
		}
		if (roster->count > before)
			person_check(roster, &taken, arena, diags, path, line);
	}
	if (diags->errors == 0 && roster->count == 0)
		diags_add(diags, DIAG_ERROR, path, 1, 1, "it names nobody");
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
enum way { BY_LOGIN, BY_EMAIL, BY_ID, BY_SIS, BY_PARTICIPANT, BY_NAME, BY_END, WAYS };

static bool ends_with_login(const char *folder, const char *login)
{
	size_t length = strlen(folder), tail = login != NULL ? strlen(login) : 0;
	return tail > 0 && length > tail + 1 && folder[length - tail - 1] == '-' &&
	       strcasecmp(folder + length - tail, login) == 0;
}

/* The address without its host is the login, where a roster has no addresses. */
static bool is_account(const char *address, const char *login)
{
	size_t length = address != NULL ? strcspn(address, "@") : 0;
	return login != NULL && length > 0 && strlen(login) == length && strncasecmp(login, address, length) == 0;
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
	case BY_PARTICIPANT:
		return same(person->participant, submission->participant);
	case BY_NAME:
		for (size_t i = 0; name != NULL && i < 4 && person->keys[i] != NULL; i++) {
			if (strcmp(person->keys[i], name) == 0)
				return true;
		}
		return false;
	case BY_END:
		if (intake->layout == LAYOUT_AUTOLAB && person->email == NULL)
			return is_account(submission->email, person->login);
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
