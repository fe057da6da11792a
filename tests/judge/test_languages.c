/* What calls are called in the language of the program. */
#include "model/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct language *of(const char *program)
{
	return language_of(program, strlen(program));
}

static void a_program_speaks_the_language_that_runs_it(void **state)
{
	(void)state;
	assert_string_equal(of("python3.11")->name, "Python");
	assert_string_equal(of("node")->name, "Node");
	assert_string_equal(of("java")->name, "Java");
	assert_string_equal(of("server")->name, "compiled");
	assert_string_equal(of("")->name, "compiled");
	assert_string_equal(of("py")->name, "compiled");
}

static void calls_have_the_names_that_were_written(void **state)
{
	(void)state;
	assert_string_equal(language_call(of("python3"), CALL_RECVFROM, true), "recv");
	assert_string_equal(of("python3")->end, "returned b''");
	assert_string_equal(language_call(of("server"), CALL_RECVFROM, true), "recv");
	assert_string_equal(language_call(of("server"), CALL_RECVFROM, false), "recvfrom");
	assert_string_equal(language_call(of("server"), CALL_PSELECT6, true), "select");
	assert_string_equal(language_call(of("server"), CALL_READ, true), "read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_speaks_the_language_that_runs_it),
		cmocka_unit_test(calls_have_the_names_that_were_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
