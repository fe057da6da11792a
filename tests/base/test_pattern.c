#include "base/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_zero_byte_is_a_byte_like_any_other(void **state)
{
	(void)state;
	regmatch_t found[2];
	assert_true(pattern_find("^.{3}.x+$", "\0\3\0\1xx", 6, found));
	assert_int_equal(found[0].rm_eo, 6);
	assert_true(pattern_find("a[^x]b", "a\0b", 3, found));
	assert_true(pattern_find("x", "\0x", 2, found));
	assert_int_equal(found[0].rm_so, 1);
}

static void only_the_ends_of_the_whole_are_ends(void **state)
{
	(void)state;
	regmatch_t found[2];
	assert_false(pattern_find("^b", "a\nb", 3, found));
	assert_false(pattern_find("a$", "a\nb", 3, found));
	assert_true(pattern_find("a.b", "a\nb", 3, found));
}

static void the_first_group_is_told_when_it_took_part(void **state)
{
	(void)state;
	regmatch_t found[2];
	assert_true(pattern_find("id=([0-9]+);", "..id=42;", 8, found));
	assert_int_equal(found[1].rm_so, 5);
	assert_int_equal(found[1].rm_eo, 7);
	assert_true(pattern_find("a(b)?", "a", 1, found));
	assert_int_equal(found[1].rm_so, -1);
}

static void what_does_not_compile_matches_nothing(void **state)
{
	(void)state;
	regmatch_t found[2];
	assert_false(pattern_find("(", "(", 1, found));
	assert_false(pattern_find("x", NULL, 0, found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zero_byte_is_a_byte_like_any_other),
		cmocka_unit_test(only_the_ends_of_the_whole_are_ends),
		cmocka_unit_test(the_first_group_is_told_when_it_took_part),
		cmocka_unit_test(what_does_not_compile_matches_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
