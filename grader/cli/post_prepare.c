#include "cli/post.h"

#include "intake/roster.h"
#include "lms/backend.h"
#include "lms/compare.h"
#include "lms/http.h"
#include "lms/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/fd.h"

enum { PREPARE_TRIES = 4 };

void posting_sleep(int64_t ms)
{
	struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
	if (ms > 0 && !interrupted())
		nanosleep(&left, NULL);
}

uint64_t posting_random(void)
{
	uint64_t random = 0;
	return getrandom(&random, sizeof(random), 0) == (ssize_t)sizeof(random) ? random : UINT64_MAX;
}

struct decision posting_read(struct posting *posting, enum purpose purpose, const char *user, struct column *column)
{
	struct decision decision;
	for (unsigned tries = 0;; tries++) {
		decision = connection_read(&posting->connection, purpose, user, column);
		if ((decision.act != ACT_AGAIN && decision.act != ACT_WAIT) || tries + 1 >= PREPARE_TRIES || interrupted())
			return decision;
		int64_t wait = schedule_backoff(tries, posting->target->backoff_ms, posting_random());
		if (decision.wait_ms > wait)
			wait = decision.wait_ms;
		if (wait > posting->target->wait_ms)
			return decision;
		posting_sleep(wait);
	}
}

static bool failed(const struct posting *posting, const char *doing, const struct decision *decision, int *status)
{
	print_error("%s: %s: %s", posting->target->name, doing, decision->reason);
	*status = interrupted() ? EXIT_INTERRUPTED : decision->act == ACT_STOP ? EXIT_BAD_USAGE : EXIT_DEFERRED;
	return false;
}

static bool skew_good(const struct posting *posting)
{
	const struct connection *connection = &posting->connection;
	int64_t skew = connection->skew_known ? connection->skew_ms : 0;
	if (skew > SKEW_REFUSE_MS || skew < -SKEW_REFUSE_MS) {
		print_error("%s: its clock differs from ours by %lld s; set the clock that is wrong first",
		            posting->target->name, (long long)(skew / 1000));
		return false;
	}
	if (skew > SKEW_WARN_MS || skew < -SKEW_WARN_MS)
		print_error("%s: warning: its clock differs from ours by %lld s", posting->target->name,
		            (long long)(skew / 1000));
	return true;
}

/* The people of the roster whose id there it names; false with `diags`, also when there are none. */
static bool roster_members(struct posting *posting, struct lms_member **members, size_t *count)
{
	TEXT_AUTO content = {0};
	struct roster roster;
	const char *path = posting->target->roster;
	if (!file_read(path, ROSTER_BYTES, &content))
		return diags_errno(posting->diags, "%s", path);
	if (!roster_read(&roster, path, text_string(&content), content.length, posting->arena, posting->diags))
		return false;
	*members = arena_array(posting->arena, roster.count + 1, sizeof(**members));
	*count = 0;
	for (size_t i = 0; i < roster.count; i++) {
		const struct person *person = &roster.people[i];
		if (person->id != NULL && (person->login != NULL || person->email != NULL || person->sis_id != NULL))
			(*members)[(*count)++] =
				(struct lms_member){person->id, person->login, person->email, person->sis_id, person->name, true};
	}
	return *count > 0 || diags_error(posting->diags,
	                                 "%s: nobody in it has an lms_user_id beside a login, an email or a sis_id", path);
}

static bool roster_load(struct posting *posting)
{
	struct lms_member *members = NULL;
	size_t count = 0;
	const char *path = posting->target->roster;
	if (path == NULL)
		return true;
	if (!roster_members(posting, &members, &count))
		return false;
	/* It only joins names; who is in the course is the platform's to say. */
	for (size_t i = 0; i < posting->student_count; i++) {
		struct student *student = &posting->students[i];
		struct lms_person person = {student->key, student->login, student->email, student->sis_id};
		const char *why;
		const struct lms_member *member = identity_match(&person, members, count, &why);
		if (member != NULL && (student->lms_user == NULL || strcmp(student->lms_user, member->user) != 0)) {
			if (!posting->dry && !identity_put(posting->book, posting->target->name, student->key, member->user, path,
			                                   http_now(), posting->diags))
				return false;
			student->lms_user = member->user;
		}
	}
	return true;
}

/* Students without an id there, by what the platform tells of its people. */
static bool members_match(struct posting *posting)
{
	for (size_t i = 0; i < posting->student_count; i++) {
		struct student *student = &posting->students[i];
		struct lms_person person = {student->key, student->login, student->email, student->sis_id};
		const char *why;
		if (student->lms_user != NULL)
			continue;
		const struct lms_member *member =
			identity_match(&person, posting->column.members, posting->column.member_count, &why);
		if (member == NULL)
			continue;
		if (!posting->dry && !identity_put(posting->book, posting->target->name, student->key, member->user,
		                                   posting->target->backend->name, http_now(), posting->diags))
			return false;
		student->lms_user = member->user;
	}
	return true;
}

/* Who is who does not change any more. */
static void students_index(struct posting *posting)
{
	posting->shared = arena_array(posting->arena, posting->student_count, sizeof(bool));
	for (size_t i = 0; i < posting->student_count; i++) {
		const struct student *student = &posting->students[i];
		size_t other;
		keys_put(&posting->student_keys, posting->arena, student->key, i);
		if (student->lms_user == NULL || keys_put(&posting->student_users, posting->arena, student->lms_user, i) ||
		    !keys_find(&posting->student_users, student->lms_user, &other))
			continue;
		posting->shared[i] = posting->shared[other] = true;
	}
}

bool posting_prepare(struct posting *posting, int *status)
{
	struct target *target = posting->target;
	*status = EXIT_BAD_USAGE;
	if (target->backend->reads) {
		struct decision decision = posting_read(posting, PURPOSE_CHECK, NULL, &posting->column);
		if (decision.act != ACT_DONE)
			return failed(posting, "the column", &decision, status);
		if (!skew_good(posting))
			return false;
		if (target->label != NULL && strcmp(target->label, posting->column.label) != 0) {
			print_error("%s: the column is called \"%s\" there, not \"%s\"", target->name, posting->column.label,
			            target->label);
			return false;
		}
		decision = posting_read(posting, PURPOSE_MEMBERS, NULL, &posting->column);
		if (decision.act != ACT_DONE)
			return failed(posting, "the course's people", &decision, status);
		unsigned before = posting->connection.requests;
		int64_t began_ms = http_now();
		decision = posting_read(posting, PURPOSE_VALUES, NULL, &posting->column);
		if (decision.act != ACT_DONE)
			return failed(posting, "the grades", &decision, status);
		posting->values_at_ms = http_now();
		posting->values_took_ms = posting->values_at_ms - began_ms;
		posting->values_requests = posting->connection.requests - before;
	}
	if (!book_students(posting->book, target->name, &posting->students, &posting->student_count, posting->arena,
	                   posting->diags))
		return false;
	if (!roster_load(posting) || !members_match(posting))
		return false;
	students_index(posting);
	return true;
}

const char *posting_user(const struct posting *posting, const struct outbox_entry *entry, const char **why)
{
	const char *user = entry->lms_user;
	*why = action_reason(ACTION_UNMAPPED);
	size_t place, other;
	bool known = keys_find(&posting->student_keys, entry->student, &place);
	if (known && posting->students[place].lms_user != NULL)
		user = posting->students[place].lms_user;
	if (user == NULL)
		return posting->target->backend->reads ? NULL : entry->student;
	if (keys_find(&posting->student_users, user, &other) && (!known || other != place || posting->shared[place])) {
		*why = "two students of the gradebook have the same id on the platform";
		return NULL;
	}
	return user;
}

double posting_there(const struct posting *posting, const struct outbox_entry *entry)
{
	return points_rescale(entry->points, entry->max_points, posting->column.maximum);
}

enum action posting_action(const struct posting *posting, const struct outbox_entry *entry, bool *forced)
{
	const char *why;
	const char *user = posting_user(posting, entry, &why);
	const struct lms_member *member = user != NULL ? column_member_find(&posting->column, user) : NULL;
	struct standing standing = {
		.now = user != NULL ? column_find(&posting->column, user) : NULL,
		.readable = posting->target->backend->reads,
		.there = posting_there(posting, entry),
		.maximum = posting->column.maximum > 0 ? posting->column.maximum : entry->max_points,
		.comment = entry->comment,
		.posted = entry->verified.known && entry->verified.there,
		.last = entry->verified.points,
		.mapped = user != NULL,
		.stranger = posting->column.members_known && (member == NULL || !member->student),
	};
	enum action plain = policy_action(&standing);
	standing.force_lower = posting->force_lower;
	standing.force_person = posting->force_person;
	enum action action = policy_action(&standing);
	*forced = action == ACTION_SEND && plain != ACTION_SEND;
	return action;
}
