/* assignment.yaml: what it gives, and every way in which it can be wrong. */
#include "reading.h"

#include "base/sha256.h"
#include "spec/assignment.h"

static struct assignment *read_assignment(struct reading *reading, const char *path, const char *yaml)
{
	*reading = (struct reading){.arena = arena_create()};
	diags_init(&reading->diags, reading->arena);
	return assignment_read(path, yaml, strlen(yaml), reading->arena, &reading->diags);
}

static void every_key_is_taken(void **state)
{
	(void)state;
	struct reading reading;
	static const char yaml[] =
		"format: 1\nname: lab\ntitle: Lab 1\nspec: ../s.yaml\nstudent: [server, client]\n"
		"build: [make, -s]\nrun: {server: [./server, \"{port}\", \"\"], client: \"./client {host} {port}\"}\n"
		"limits: {time: 3s, memory: 64MiB, processes: 9, output: 1KiB, descriptors: 20, files: 2MiB}\n";
	const struct assignment *assignment = read_assignment(&reading, "labs/one/assignment.yaml", yaml);
	if (assignment == NULL)
		fail_msg("%s", told(&reading));
	assert_string_equal(assignment->name, "lab");
	assert_string_equal(assignment->title, "Lab 1");
	assert_string_equal(assignment->folder, "labs/one");
	assert_string_equal(assignment->spec_path, "labs/one/../s.yaml");
	assert_true(assignment->student[SIDE_SERVER] && assignment->student[SIDE_CLIENT]);
	assert_string_equal(assignment->build.arguments[1], "-s");
	assert_null(assignment->build.arguments[2]);
	assert_string_equal(assignment->run[SIDE_SERVER].arguments[1], "{port}");
	assert_string_equal(assignment->run[SIDE_SERVER].arguments[2], "");
	assert_null(assignment->run[SIDE_SERVER].arguments[3]);
	assert_string_equal(assignment->run[SIDE_CLIENT].arguments[0], "/bin/sh");
	assert_string_equal(assignment->run[SIDE_CLIENT].arguments[1], "-c");
	assert_string_equal(assignment->run[SIDE_CLIENT].arguments[2], "./client {host} {port}");
	assert_null(assignment->run[SIDE_CLIENT].arguments[3]);
	assert_int_equal(assignment->limits.time_ns, INT64_C(3000000000));
	assert_int_equal(assignment->limits.memory_bytes, 64 << 20);
	assert_int_equal(assignment->limits.processes, 9);
	assert_int_equal(assignment->limits.output_bytes, 1024);
	assert_int_equal(assignment->limits.descriptors, 20);
	assert_int_equal(assignment->limits.file_bytes, 2 << 20);
	uint8_t digest[SHA256_BYTES];
	sha256_of(yaml, sizeof(yaml) - 1, digest);
	assert_memory_equal(assignment->digest, digest, SHA256_BYTES);
	reading_release(&reading);
}

static void what_is_left_out_has_its_default(void **state)
{
	(void)state;
	struct reading reading;
	const struct assignment *assignment = read_assignment(
		&reading, "assignment.yaml", "format: 1\nname: lab\nspec: s.yaml\nstudent: server\nrun: {server: ./s}\n");
	assert_non_null(assignment);
	assert_string_equal(assignment->title, "lab");
	assert_string_equal(assignment->spec_path, "s.yaml");
	assert_null(assignment->build.arguments);
	assert_null(assignment->run[SIDE_CLIENT].arguments);
	assert_false(assignment->student[SIDE_CLIENT]);
	assert_memory_equal(&assignment->limits, &limits_default, sizeof(limits_default));
	reading_release(&reading);
}

static void an_absolute_spec_is_taken_as_it_stands(void **state)
{
	(void)state;
	struct reading reading;
	const struct assignment *assignment =
		read_assignment(&reading, "a/assignment.yaml",
	                    "format: 1\nname: lab\nspec: /etc/s.yaml\nstudent: server\nrun: {server: ./s}\n");
	assert_string_equal(assignment->spec_path, "/etc/s.yaml");
	reading_release(&reading);
}

static void a_wrong_assignment_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"student: server", "1:1: an assignment needs the key \"run\""},
		{"student: [sever]\nrun: {server: ./s}", "4:11: \"student\" is server or client, not \"sever\" (did you mean "
	                                             "\"server\"?)"},
		{"student: []\nrun: {server: ./s}", "4:10: \"student\" names at least one role: server, client, or both"},
		{"student: [server, server]\nrun: {server: ./s}", "4:19: the role \"server\" is named twice"},
		{"student: client\nrun: {server: ./s}", "5:6: the student plays the client, but \"run\" has no command for it"},
		{"student: server\nrun: ./s", "5:6: \"run\" is a map such as {server: [./server, \"{port}\"]}, not \"./s\""},
		{"student: server\nrun: {sever: ./s}",
	     "5:7: a role of \"run\" is server or client, not \"sever\" (did you mean "
	     "\"server\"?)"},
		{"student: server\nrun: {server: []}",
	     "5:15: a command is a list of 1 to 256 arguments, or a line for the shell, not an empty list"},
		{"student: server\nrun: {server: {a: b}}",
	     "5:15: a command is a list of 1 to 256 arguments, or a line for the shell, not a map"},
		{"student: server\nrun: {server: [\"\"]}", "5:16: the program's name is empty"},
		{"student: server\nrun: {server: [./s, [a]]}", "5:21: an argument is text, not a list"},
		{"student: server\nrun: {server: [./s, \"a\\0\"]}", "5:21: an argument holds a zero byte"},
		{"student: server\nrun: {server: ./s}\nbuild: \"\"", "6:8: a command is text, not nothing"},
		{"student: server\nrun: {server: ./s}\nbulid: make", "6:1: an assignment has no key \"bulid\" (did you mean "
	                                                         "\"build\"?)"},
		{"student: server\nrun: {server: ./s}\ntime: fast", "6:7: \"time\" is real or virtual, not \"fast\""},
		{"student: server\nrun: {server: ./s}\nlimits: {output: 1MB}",
	     "6:18: the limit of output has the unit B, KiB, MiB or GiB, not \"1MB\" (did you mean \"MiB\"?)"},
		{"student: server\nstudent: client\nrun: {server: ./s}",
	     "5:1: the key \"student\" stands here twice; the first is in line 4"},
	};
	bool good = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		TEXT_AUTO yaml = {0}, expected = {0};
		text_printf(&yaml, "format: 1\nname: lab\nspec: s.yaml\n%s\n", table[i].yaml);
		text_printf(&expected, "%s\n", table[i].told);
		struct reading reading;
		assert_null(read_assignment(&reading, "a.yaml", text_string(&yaml)));
		if (strcmp(told(&reading), text_string(&expected)) != 0) {
			print_message("%s\n  expected %s  told     %s", table[i].yaml, text_string(&expected), told(&reading));
			good = false;
		}
		reading_release(&reading);
	}
	assert_true(good);
}

static void a_file_that_is_not_there_is_told(void **state)
{
	(void)state;
	struct reading reading = {.arena = arena_create()};
	diags_init(&reading.diags, reading.arena);
	assert_null(assignment_load("/no/such/assignment.yaml", reading.arena, &reading.diags));
	assert_string_equal(told(&reading), "0:0: cannot be read: No such file or directory\n");
	assert_string_equal(reading.diags.list[0].file, "/no/such/assignment.yaml");
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(an_absolute_spec_is_taken_as_it_stands),
		cmocka_unit_test(a_wrong_assignment_is_told_once_at_its_place),
		cmocka_unit_test(a_file_that_is_not_there_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
