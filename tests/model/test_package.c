#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "model/package.h"

#include <string.h>

static void expect_missing(const char *words, const char *told)
{
	TEXT_AUTO text = {0};
	assert_int_equal(package_missing(words, strlen(words), &text), told != NULL);
	assert_string_equal(text_string(&text), told != NULL ? told : "");
}

static void what_a_shell_a_make_or_an_env_did_not_find_has_a_package(void **state)
{
	(void)state;
	expect_missing("javac A.java\nmake: javac: No such file or directory\nmake: *** [Makefile:2: server] Error 127\n",
	               "javac is not installed here (package default-jdk-headless)");
	expect_missing("/usr/bin/env: \xe2\x80\x98node\xe2\x80\x99: No such file or directory\n",
	               "node is not installed here (package nodejs)");
	expect_missing("./server: 2: exec: java: not found", "java is not installed here (package default-jre-headless)");
	expect_missing("sh: line 1: g++: command not found\n", "g++ is not installed here (package g++)");
	expect_missing("./server: its first line asks for /usr/bin/perl: not found",
	               "perl is not installed here (package perl)");
}

static void what_is_no_program_or_none_that_is_known_has_none(void **state)
{
	(void)state;
	expect_missing("", NULL);
	expect_missing("server.c:1:10: fatal error: go.h: No such file or directory\n", NULL);
	expect_missing("make: frobnicate: No such file or directory\n", NULL);
	expect_missing("open: java: Permission denied\n", NULL);
	expect_missing(": not found", NULL);
}

static void a_carriage_return_behind_the_name_is_the_reason(void **state)
{
	(void)state;
	static const char told[] =
		"a carriage return (\\r) stands behind that name: save the file with Unix line ends (LF)";
	expect_missing("/usr/bin/env: 'python3\\r': No such file or directory\n", told);
	expect_missing("./server: its first line asks for /usr/bin/python3\r: not found", told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_shell_a_make_or_an_env_did_not_find_has_a_package),
		cmocka_unit_test(what_is_no_program_or_none_that_is_known_has_none),
		cmocka_unit_test(a_carriage_return_behind_the_name_is_the_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
