#include "lms/identity.h"

#include <string.h>
#include <strings.h>

static bool same(const char *one, const char *other, bool letters)
{
	if (one == NULL || other == NULL || *one == '\0')
		return false;
	return letters ? strcmp(one, other) == 0 : strcasecmp(one, other) == 0;
}

enum key { KEY_SIS, KEY_LOGIN, KEY_EMAIL, KEYS };

static bool fits(const struct lms_person *person, const struct lms_member *member, unsigned key)
{
	if (key == KEY_SIS)
		return same(person->sis_id, member->sis_id, true);
	if (key == KEY_LOGIN)
		return same(person->login, member->login, false) || same(person->key, member->login, false);
	return same(person->email, member->email, false) || same(person->key, member->email, false);
}

const struct lms_member *identity_match(const struct lms_person *person, const struct lms_member *members, size_t count,
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
