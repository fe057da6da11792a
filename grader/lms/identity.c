#include "lms/identity.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

static bool same(const char *one, const char *other, bool letters)
{
	if (one == NULL || other == NULL || *one == '\0')
		return false;
	return letters ? strcmp(one, other) == 0 : strcasecmp(one, other) == 0;
}

enum key { KEY_SIS, KEY_LOGIN, KEY_EMAIL, KEYS };

static bool fits(const struct person *person, const struct lms_member *member, unsigned key)
{
	if (key == KEY_SIS)
		return same(person->sis_id, member->sis_id, true);
	if (key == KEY_LOGIN)
		return same(person->login, member->login, false) || same(person->key, member->login, false);
	return same(person->email, member->email, false) || same(person->key, member->email, false);
}

const struct lms_member *identity_match(const struct person *person, const struct lms_member *members, size_t count,
                                        const char **why)
{
	for (unsigned key = 0; key < KEYS; key++) {
		const struct lms_member *found = NULL;
		for (size_t i = 0; i < count; i++) {
			if (members[i].user == NULL || !fits(person, &members[i], key))
				continue;
			if (found != NULL && strcmp(found->user, members[i].user) != 0) {
				*why = "several people there have this id, login or address";
				return NULL;
			}
			found = &members[i];
		}
		if (found != NULL)
			return found;
	}
	*why = "nobody there has this id, login or address";
	return NULL;
}

struct csv {
	const char *at, *end;
	char separator;
};

/* The next field, unquoted, into `field`; true when it ends its line. */
static bool csv_field(struct csv *csv, struct text *field)
{
	text_release(field);
	bool quoted = csv->at < csv->end && *csv->at == '"';
	csv->at += quoted;
	while (csv->at < csv->end) {
		char c = *csv->at;
		if (quoted && c == '"' && csv->at + 1 < csv->end && csv->at[1] == '"') {
			csv->at++;
		} else if (quoted && c == '"') {
			quoted = false;
			csv->at++;
			continue;
		} else if (!quoted && (c == csv->separator || c == '\n' || c == '\r')) {
			break;
		}
		text_add(field, csv->at++, 1);
	}
	if (csv->at < csv->end && *csv->at == csv->separator) {
		csv->at++;
		return false;
	}
	if (csv->at < csv->end && *csv->at == '\r')
		csv->at++;
	if (csv->at < csv->end && *csv->at == '\n')
		csv->at++;
	return true;
}

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{"login", offsetof(struct lms_member, login)},   {"lms_user_id", offsetof(struct lms_member, user)},
	{"lms_user", offsetof(struct lms_member, user)}, {"email", offsetof(struct lms_member, email)},
	{"sis_id", offsetof(struct lms_member, sis_id)}, {"name", offsetof(struct lms_member, name)},
};

static char separator_of(const char *bytes, const char *end)
{
	for (; bytes < end && *bytes != '\n'; bytes++) {
		if (*bytes == ',' || *bytes == ';' || *bytes == '\t')
			return *bytes;
	}
	return ',';
}

/* Which member each column fills; -1: none. */
static size_t header_read(struct csv *csv, int place[static ROSTER_COLUMNS])
{
	TEXT_AUTO field = {0};
	size_t count = 0;
	bool last = false;
	while (!last) {
		last = csv_field(csv, &field);
		for (size_t i = 0; count < ROSTER_COLUMNS && i < sizeof(fields) / sizeof(fields[0]); i++) {
			if (strcasecmp(text_string(&field), fields[i].name) == 0)
				place[count] = (int)i;
		}
		count++;
	}
	return count;
}

static bool row_read(struct csv *csv, const int place[static ROSTER_COLUMNS], struct column *column)
{
	TEXT_AUTO field = {0};
	struct lms_member member = {.student = true};
	bool last = false;
	for (size_t at = 0; !last; at++) {
		last = csv_field(csv, &field);
		if (at < ROSTER_COLUMNS && place[at] >= 0 && field.length > 0)
			*(const char **)(void *)((char *)&member + fields[place[at]].offset) =
				arena_string(column->arena, text_string(&field));
	}
	if (member.user == NULL)
		return true;
	struct lms_member *added = column_member(column);
	if (added != NULL)
		*added = member;
	return added != NULL;
}

bool lms_roster_read(const char *bytes, size_t length, const char *path, struct column *column, struct diags *diags)
{
	struct csv csv = {bytes, bytes + length, ','};
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		csv.at += 3;
	csv.separator = separator_of(csv.at, csv.end);
	int place[ROSTER_COLUMNS];
	bool user = false, key = false;
	memset(place, 0xff, sizeof(place));
	header_read(&csv, place);
	for (size_t i = 0; i < ROSTER_COLUMNS; i++) {
		user = user || (place[i] >= 0 && fields[place[i]].offset == offsetof(struct lms_member, user));
		key = key || (place[i] >= 0 && fields[place[i]].offset != offsetof(struct lms_member, user) &&
		              fields[place[i]].offset != offsetof(struct lms_member, name));
	}
	if (!user || !key)
		return diags_error(
			diags, "%s: its first line has to name the column lms_user_id and one of login, email, sis_id", path);
	while (csv.at < csv.end) {
		if (!row_read(&csv, place, column))
			return diags_error(diags, "%s: more than %d lines", path, COLUMN_VALUES);
	}
	return true;
}
