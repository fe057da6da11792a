/* What the reference sends where a spec says only how it looks. */
#include "reading.h"

#include "spec/example.h"

static void a_short_text_that_fits_is_made_up(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *until, *example;
	} rows[] = {
		{"^220 ", "\r\n", "220 \r\n"},
		{"HTTP/1\\.[01] 200 [^\r\n]*\r\n", "\r\n\r\n", "HTTP/1.0 200 a\r\n\r\n"},
		{"^150 ([0-9]+)\n", NULL, "150 0\n"},
		{"[[:upper:]][a-z]{2} [ 0-9]{2}", NULL, "Aaa 00"},
		{"(yes|no) (maybe)?x+", NULL, "yes x"},
		{"^.{3}.x{4}$", NULL, "aaaaxxxx"},
		{"\\(\\w+\\)\\.", NULL, "(a)."},
		{"[]a]b", NULL, "ab"},
		{"[^]a-z0-9A-Z]b", NULL, " b"},
		{".*", "\n", "a\n"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		TEXT_AUTO text = {0};
		assert_true(example_make(rows[i].pattern, rows[i].until, &text));
		assert_string_equal(text_string(&text), rows[i].example);
	}
}

static void where_nothing_is_found_that_fits_it_is_not_sent(void **state)
{
	(void)state;
	static const char *const patterns[] = {"a$b", "(a)\\1", "x{0}", "a{5000}", "[[:foo:"};
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		TEXT_AUTO text = {0};
		assert_false(example_make(patterns[i], NULL, &text));
	}
	TEXT_AUTO text = {0};
	assert_false(example_make("a\nb", "\n", &text));
}

static void an_example_is_taken_whole(void **state)
{
	(void)state;
	assert_true(example_fits("^2", "\n", "250 ok\n", 7));
	assert_false(example_fits("^2", "\n", "250 ok\nmore", 11));
	assert_false(example_fits("^2", "\n", "550 no\n", 7));
	assert_false(example_fits("^2", NULL, "250", 3));
	assert_false(example_fits("a*", NULL, "", 0));
}

static void the_spec_may_give_one(void **state)
{
	(void)state;
	struct reading reading =
		read_spec(STEPS "server: {send: {match: \"^2[0-9]+\", until: \"\\n\", example: \"250 ok\\n\"}}\n"
	                    "      - server: {send: {match: \"x\", example: y}}\n"
	                    "      - server: {send: {any: 4B, example: abcd}}\n");
	assert_string_equal(told(&reading), "7:46: \"y\" is not what \"match\" asks for, from its first to its last byte\n"
	                                    "8:43: \"example\" goes with \"match\" only\n");
	reading_release(&reading);
	reading = read_spec(STEPS "server: {send: {match: \"^2[0-9]+\", until: \"\\n\", example: \"250 ok\\n\"}}\n"
	                          "      - server: {send: {any: 30B}}\n"
	                          "      - client: {receive: {match: x}}\n");
	const struct step *steps = reading.spec->tests[0].steps.steps;
	assert_memory_equal(steps[0].data.example->bytes, "250 ok\n", 7);
	assert_memory_equal(steps[1].data.example->bytes, "abcdefghijklmnopqrstuvwxyzabcd", 30);
	assert_null(steps[2].data.example);
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_text_that_fits_is_made_up),
		cmocka_unit_test(where_nothing_is_found_that_fits_it_is_not_sent),
		cmocka_unit_test(an_example_is_taken_whole),
		cmocka_unit_test(the_spec_may_give_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
