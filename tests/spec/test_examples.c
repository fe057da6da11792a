/* The examples of the documentation and everything that is shipped: read without a word, planned for every player. */
#include "reading.h"

#include "model/plan.h"
#include "spec/assignment.h"
#include "spec/plan.h"

#include <glob.h>

static void check_spec(struct reading *reading, const char *path)
{
	*reading = (struct reading){.arena = arena_create()};
	diags_init(&reading->diags, reading->arena);
	reading->spec = spec_load(path, 7, reading->arena, &reading->diags);
	if (reading->spec == NULL || reading->diags.count > 0)
		fail_msg("%s: %s", path, told(reading));
}

static const char *lines_of(struct reading *reading, const struct plan_test *test)
{
	TEXT_AUTO all = {0};
	for (uint32_t i = 0; i < test->line_count; i++) {
		line_text(&all, test, test->by_number[i]);
		text_puts(&all, "\n");
	}
	return arena_string(reading->arena, text_string(&all));
}

static void the_example_of_the_design_is_read_as_it_stands(void **state)
{
	(void)state;
	struct reading reading;
	check_spec(&reading, SOURCE_FOLDER "/tests/spec/design_echo.yaml");
	struct assignment *assignment =
		assignment_load(SOURCE_FOLDER "/tests/spec/design_assignment.yaml", reading.arena, &reading.diags);
	assert_non_null(assignment);
	assert_string_equal(assignment->title, "Lab 1: a TCP echo server");
	const struct plan *plan =
		plan_make(reading.spec, assignment, assignment->student, 7, reading.arena, &reading.diags);
	assert_non_null(plan);
	assert_int_equal(plan->count, 5);
	assert_string_equal(lines_of(&reading, &plan->tests[0]), "server: listen\n"
	                                                         "client: connect\n"
	                                                         "wire: [client: SYN, server: SYN-ACK, client: ACK]\n"
	                                                         "server: accept\n"
	                                                         "state: {client: ESTABLISHED, server: ESTABLISHED}\n");
	assert_string_equal(lines_of(&reading, &plan->tests[2]), "server: listen\n"
	                                                         "client: connect\n"
	                                                         "server: accept\n"
	                                                         "kill: server\n"
	                                                         "launch: server\n"
	                                                         "server: listen\n"
	                                                         "client: connect\n");
	assert_string_equal(lines_of(&reading, &plan->tests[3]), "server: listen\n"
	                                                         "client: connect\n"
	                                                         "together: [2 branches]\n"
	                                                         "client: {send: {random: 256KiB, seed: 1}}\n"
	                                                         "server: {send: {random: 256KiB, seed: 1}}\n"
	                                                         "client: shutdown\n"
	                                                         "server: close\n");
	assert_string_equal(lines_of(&reading, &plan->tests[4]), "server: listen\n"
	                                                         "alice: connect\n"
	                                                         "bob: connect\n"
	                                                         "bob: {send: \"hello\\n\"}\n"
	                                                         "server: {send: \"hello\\n\", to: bob}\n");
	assert_int_equal(plan->tests[3].watch, WATCH_CONTROL);
	assert_int_equal(plan->tests[3].test->buffer_bytes, 16 << 10);
	assert_int_equal(plan->tests[1].test->requires[0], 0);
	reading_release(&reading);
}

static void a_spec_of_every_step_is_read_without_a_word(void **state)
{
	(void)state;
	struct reading reading;
	check_spec(&reading, SOURCE_FOLDER "/tests/spec/every_step.yaml");
	reading_release(&reading);
}

static void every_shipped_spec_can_be_played_by_the_reference_alone(void **state)
{
	(void)state;
	static const bool nobody[2] = {false, false};
	glob_t found;
	assert_int_equal(glob(SOURCE_FOLDER "/specs/*.yaml", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct reading reading;
		check_spec(&reading, found.gl_pathv[i]);
		struct plan *plan = plan_make(reading.spec, NULL, nobody, 7, reading.arena, &reading.diags);
		if (plan == NULL)
			fail_msg("%s: %s", found.gl_pathv[i], told(&reading));
		assert_int_equal(plan->count, reading.spec->test_count);
		reading_release(&reading);
	}
	globfree(&found);
}

static void every_shipped_assignment_finds_its_spec(void **state)
{
	(void)state;
	glob_t found;
	assert_int_equal(glob(SOURCE_FOLDER "/assignments/*/assignment.yaml", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct reading reading = {.arena = arena_create()};
		diags_init(&reading.diags, reading.arena);
		struct assignment *assignment = assignment_load(found.gl_pathv[i], reading.arena, &reading.diags);
		if (assignment == NULL)
			fail_msg("%s: %s", found.gl_pathv[i], told(&reading));
		struct reading spec;
		check_spec(&spec, assignment->spec_path);
		assert_non_null(plan_make(spec.spec, assignment, assignment->student, 7, spec.arena, &spec.diags));
		reading_release(&spec);
		reading_release(&reading);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_design_is_read_as_it_stands),
		cmocka_unit_test(a_spec_of_every_step_is_read_without_a_word),
		cmocka_unit_test(every_shipped_spec_can_be_played_by_the_reference_alone),
		cmocka_unit_test(every_shipped_assignment_finds_its_spec),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
