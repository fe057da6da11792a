#include "lms/column.h"

#include "base/arena.h"

#include <string.h>

void column_init(struct column *column, struct arena *arena)
{
	*column = (struct column){.arena = arena};
}

void column_clear(struct column *column)
{
	column->values = NULL;
	column->value_count = column->value_capacity = 0;
	column->value_users = (struct keys){0};
}

const struct lms_value *column_find(const struct column *column, const char *user)
{
	size_t place;
	return keys_find(&column->value_users, user, &place) ? &column->values[place] : NULL;
}

struct lms_value *column_value(struct column *column, const char *user)
{
	size_t place;
	if (keys_find(&column->value_users, user, &place))
		return &column->values[place];
	if (column->value_count == COLUMN_VALUES)
		return NULL;
	column->values = arena_grow(column->arena, column->values, &column->value_capacity, column->value_count + 1,
	                            sizeof(struct lms_value));
	struct lms_value *value = &column->values[column->value_count];
	*value = (struct lms_value){.user = arena_string(column->arena, user)};
	keys_put(&column->value_users, column->arena, value->user, column->value_count++);
	return value;
}

struct lms_member *column_member(struct column *column)
{
	if (column->member_count == COLUMN_VALUES)
		return NULL;
	column->members = arena_grow(column->arena, column->members, &column->member_capacity, column->member_count + 1,
	                             sizeof(struct lms_member));
	return &column->members[column->member_count++];
}

void column_members_index(struct column *column)
{
	column->member_users = (struct keys){0};
	for (size_t i = 0; i < column->member_count; i++) {
		if (column->members[i].user != NULL)
			keys_put(&column->member_users, column->arena, column->members[i].user, i);
	}
}

const struct lms_member *column_member_find(const struct column *column, const char *user)
{
	size_t place;
	return keys_find(&column->member_users, user, &place) ? &column->members[place] : NULL;
}

void value_comment(struct column *column, struct lms_value *value, const char *comment)
{
	value->comments_known = true;
	if (comment == NULL || value->comment_count == VALUE_COMMENTS)
		return;
	if (value->comments == NULL)
		value->comments = arena_array(column->arena, VALUE_COMMENTS, sizeof(char *));
	value->comments[value->comment_count++] = arena_string(column->arena, comment);
}

/* White space and line ends are changed on the way. */
static bool same_words(const char *one, const char *other)
{
	static const char space[] = " \t\r\n";
	for (;;) {
		one += strspn(one, space);
		other += strspn(other, space);
		size_t length = strcspn(one, space);
		if (length != strcspn(other, space) || strncmp(one, other, length) != 0)
			return false;
		if (length == 0)
			return true;
		one += length;
		other += length;
	}
}

enum said value_has_comment(const struct lms_value *value, const char *comment)
{
	if (comment == NULL || *comment == '\0')
		return SAID_YES;
	if (value == NULL || !value->comments_known)
		return SAID_UNKNOWN;
	for (size_t i = 0; i < value->comment_count; i++) {
		if (same_words(value->comments[i], comment))
			return SAID_YES;
	}
	return SAID_NO;
}
