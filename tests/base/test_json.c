#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void integers_are_written_from_the_least_to_the_largest(void **state)
{
	(void)state;
	static const int64_t values[] = {INT64_MIN, -10, -1, 0, 7, 10, 4711, INT64_MAX};
	TEXT_AUTO out = {0};
	struct json json = {.out = &out};
	json_add_array(&json, NULL);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		json_add_integer(&json, NULL, values[i]);
	json_end_array(&json);
	assert_string_equal(text_string(&out), "[-9223372036854775808, -10, -1, 0, 7, 10, 4711, 9223372036854775807]");
}

static void controls_that_terminals_obey_are_escaped(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	struct json json = {.out = &out};
	json_add_string(&json, NULL, "\033[2J\177\302\233x\302\240");
	assert_string_equal(text_string(&out), "\"\\u001b[2J\\u007f\\u009bx\302\240\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_that_terminals_obey_are_escaped),
		cmocka_unit_test(integers_are_written_from_the_least_to_the_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
