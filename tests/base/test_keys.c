#include "base/arena.h"
#include "base/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MANY = 5000 };

static void each_of_many_keys_is_found_at_its_place(void **state)
{
	struct arena *arena = arena_create();
	struct keys keys = {0};
	size_t place;
	(void)state;
	assert_false(keys_find(&keys, "0", &place));
	for (size_t i = 0; i < MANY; i++)
		assert_true(keys_put(&keys, arena, arena_printf(arena, "%zu", i), i));
	for (size_t i = 0; i < MANY; i++) {
		assert_true(keys_find(&keys, arena_printf(arena, "%zu", i), &place));
		assert_int_equal(place, i);
	}
	assert_false(keys_find(&keys, "5000", &place));
	assert_false(keys_find(&keys, "", &place));
	arena_destroy(arena);
}

static void a_key_keeps_its_first_place(void **state)
{
	struct arena *arena = arena_create();
	struct keys keys = {0};
	size_t place;
	(void)state;
	assert_true(keys_put(&keys, arena, "one", 1));
	assert_false(keys_put(&keys, arena, "one", 2));
	assert_true(keys_find(&keys, "one", &place));
	assert_int_equal(place, 1);
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_keys_is_found_at_its_place),
		cmocka_unit_test(a_key_keeps_its_first_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
