/* What may be done to a grade, who is who, and what is equal. */
#include "base/arena.h"
#include "base/diag.h"
#include "lms/compare.h"
#include "lms/identity.h"
#include "lms/policy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum action act(struct lms_value *value, double there, bool posted, double last)
{
	struct standing standing = {
		.now = value, .readable = true, .there = there, .maximum = 100, .posted = posted, .last = last, .mapped = true};
	return policy_action(&standing);
}

static void an_empty_cell_is_filled(void **state)
{
	(void)state;
	struct lms_value empty = {.user = "1"};
	assert_int_equal(act(NULL, 0, false, 0), ACTION_SEND);
	assert_int_equal(act(&empty, 50, false, 0), ACTION_SEND);
}

static void a_cell_that_was_emptied_after_us_is_a_conflict(void **state)
{
	(void)state;
	struct lms_value empty = {.user = "1"};
	assert_int_equal(act(&empty, 50, true, 40), ACTION_CHANGED);
}

static void ours_is_raised_and_never_lowered(void **state)
{
	(void)state;
	struct lms_value value = {.there = true, .points = 40, .grader = GRADER_UNKNOWN};
	assert_int_equal(act(&value, 50, true, 40), ACTION_SEND);
	assert_int_equal(act(&value, 30, true, 40), ACTION_LOWER);
}

static void what_is_not_ours_is_somebodys(void **state)
{
	(void)state;
	struct lms_value value = {.there = true, .points = 40, .grader = GRADER_UNKNOWN};
	assert_int_equal(act(&value, 50, false, 0), ACTION_CHANGED);
	assert_int_equal(act(&value, 50, true, 45), ACTION_CHANGED);
	value.grader = GRADER_PERSON;
	assert_int_equal(act(&value, 50, false, 0), ACTION_PERSON);
	value.grader = GRADER_SELF;
	assert_int_equal(act(&value, 50, false, 0), ACTION_SEND);
	assert_int_equal(act(&value, 50, true, 45), ACTION_CHANGED);
}

static void locked_overridden_and_excused_are_left_alone_even_by_force(void **state)
{
	(void)state;
	struct lms_value value = {.there = true, .points = 40, .grader = GRADER_SELF, .locked = true};
	struct standing standing = {.now = &value,
	                            .readable = true,
	                            .there = 50,
	                            .maximum = 100,
	                            .mapped = true,
	                            .force_lower = true,
	                            .force_person = true};
	assert_int_equal(policy_action(&standing), ACTION_LOCKED);
	value.locked = false;
	value.overridden = true;
	assert_int_equal(policy_action(&standing), ACTION_LOCKED);
	value.excused = true;
	assert_int_equal(policy_action(&standing), ACTION_EXCUSED);
}

static void each_force_allows_its_own_thing_only(void **state)
{
	(void)state;
	struct lms_value value = {.there = true, .points = 60, .grader = GRADER_PERSON};
	struct standing standing = {.now = &value, .readable = true, .there = 50, .maximum = 100, .mapped = true};
	standing.force_lower = true;
	assert_int_equal(policy_action(&standing), ACTION_PERSON);
	standing.force_lower = false;
	standing.force_person = true;
	assert_int_equal(policy_action(&standing), ACTION_LOWER);
	standing.force_lower = true;
	assert_int_equal(policy_action(&standing), ACTION_SEND);
}

static void out_of_range_and_unknown_people_are_refused(void **state)
{
	(void)state;
	assert_int_equal(act(NULL, 100.1, false, 0), ACTION_RANGE);
	assert_int_equal(act(NULL, -1, false, 0), ACTION_RANGE);
	assert_int_equal(act(NULL, NAN, false, 0), ACTION_RANGE);
	struct standing standing = {.readable = true, .there = 1, .maximum = 100};
	assert_int_equal(policy_action(&standing), ACTION_UNMAPPED);
	standing.mapped = standing.stranger = true;
	assert_int_equal(policy_action(&standing), ACTION_STRANGER);
}

static void equal_is_the_same_unless_the_comment_is_new(void **state)
{
	(void)state;
	const char *comments[] = {"one  two\n"};
	struct lms_value value = {.there = true,
	                          .points = 50.000004,
	                          .grader = GRADER_SELF,
	                          .comments_known = true,
	                          .comments = comments,
	                          .comment_count = 1};
	struct standing standing = {
		.now = &value, .readable = true, .there = 50, .maximum = 100, .mapped = true, .comment = "one two"};
	assert_int_equal(policy_action(&standing), ACTION_SAME);
	standing.comment = "three";
	assert_int_equal(policy_action(&standing), ACTION_SEND);
	value.grader = GRADER_PERSON;
	assert_int_equal(policy_action(&standing), ACTION_SAME);
}

static void points_are_equal_within_what_platforms_round(void **state)
{
	(void)state;
	assert_true(points_equal(7.123456789, 7.12346, 10));
	assert_true(points_equal(0.1 + 0.2, 0.3, 1));
	assert_false(points_equal(7.1, 7.2, 10));
	assert_false(points_equal(NAN, NAN, 10));
	assert_true(points_equal(999999.5, 1000000, 1000000));
	assert_false(points_equal(83.25, 83.26, 100));
	assert_true(points_rescale(5, 10, 100) > 49.99 && points_rescale(5, 10, 100) < 50.01);
}

static const struct lms_member members[] = {
	{.user = "1", .login = "ada", .email = "Ada@Example.edu", .sis_id = "S1"},
	{.user = "2", .login = "bob", .email = "bob@example.edu", .sis_id = "S2"},
	{.user = "3", .login = "bob2", .email = "bob@example.edu"},
	{.user = "4", .email = "eve@example.edu"},
};

static const char *match(struct lms_person person)
{
	const char *why;
	const struct lms_member *member = identity_match(&person, members, 4, &why);
	return member != NULL ? member->user : why;
}

static void people_are_matched_by_exact_keys(void **state)
{
	(void)state;
	assert_string_equal(match((struct lms_person){.key = "x", .sis_id = "S2"}), "2");
	assert_string_equal(match((struct lms_person){.key = "ADA"}), "1");
	assert_string_equal(match((struct lms_person){.key = "x", .email = "ada@example.EDU"}), "1");
	assert_string_equal(match((struct lms_person){.key = "eve@example.edu"}), "4");
}

static void nobody_is_guessed(void **state)
{
	(void)state;
	assert_non_null(strstr(match((struct lms_person){.key = "ad"}), "nobody"));
	assert_non_null(strstr(match((struct lms_person){.key = "x", .email = "bob@example.edu"}), "several"));
	assert_non_null(strstr(match((struct lms_person){.key = ""}), "nobody"));
	assert_non_null(strstr(match((struct lms_person){.key = "x", .sis_id = "s2"}), "nobody"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_cell_is_filled),
		cmocka_unit_test(a_cell_that_was_emptied_after_us_is_a_conflict),
		cmocka_unit_test(ours_is_raised_and_never_lowered),
		cmocka_unit_test(what_is_not_ours_is_somebodys),
		cmocka_unit_test(locked_overridden_and_excused_are_left_alone_even_by_force),
		cmocka_unit_test(each_force_allows_its_own_thing_only),
		cmocka_unit_test(out_of_range_and_unknown_people_are_refused),
		cmocka_unit_test(equal_is_the_same_unless_the_comment_is_new),
		cmocka_unit_test(points_are_equal_within_what_platforms_round),
		cmocka_unit_test(people_are_matched_by_exact_keys),
		cmocka_unit_test(nobody_is_guessed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
