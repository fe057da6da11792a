/* What a platform said: the column, the values in it, the people of the course. */
#pragma once

#include "base/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum grader {
	GRADER_UNKNOWN, /* the platform does not say */
	GRADER_NOBODY, /* no value */
	GRADER_SELF, /* the account of the token */
	GRADER_TOOL, /* another program, or a rule of the platform */
	GRADER_PERSON,
};

enum said {
	SAID_UNKNOWN,
	SAID_NO,
	SAID_YES,
};

enum { COLUMN_VALUES = 100000, VALUE_COMMENTS = 200 };

/* Strings live in the column's arena. */
struct lms_value {
	const char *user;
	bool there; /* the column has a value */
	double points, maximum; /* maximum 0: the column's */
	enum grader grader;
	const char *by; /* for people; NULL: not known */
	bool overridden, locked, excused;
	int64_t at_ms; /* the platform's stamp of the value; 0: not known */
	bool comments_known;
	const char **comments;
	size_t comment_count;
};

struct lms_member {
	const char *user, *login, *email, *sis_id, *name; /* NULL: not known */
	bool student;
};

struct column {
	struct arena *arena; /* borrowed */
	const char *label; /* the column's name there */
	double maximum; /* 0: not known */
	bool found; /* the platform has the column */
	const struct lms_value *known; /* of the one user whose value is read again, as it was; NULL: not known */
	const char *self; /* id of the token's account; NULL: not known */
	struct lms_value *values;
	size_t value_count, value_capacity;
	struct keys value_users;
	struct lms_member *members;
	size_t member_count, member_capacity;
	struct keys member_users; /* of column_members_index */
	bool members_known; /* read completely */
};

void column_init(struct column *, struct arena *);
/* Forgets the values, keeps the rest. */
void column_clear(struct column *);
/* The value of `user`, made when it is not there; NULL past COLUMN_VALUES. */
struct lms_value *column_value(struct column *, const char *user);
/* NULL when nothing is known of the user. */
const struct lms_value *column_find(const struct column *, const char *user);
struct lms_member *column_member(struct column *);
/* After the last member: what column_member_find finds by. */
void column_members_index(struct column *);
const struct lms_member *column_member_find(const struct column *, const char *user);
void value_comment(struct column *, struct lms_value *, const char *comment);
/* Whether the comment stands there already. */
enum said value_has_comment(const struct lms_value *, const char *comment);
