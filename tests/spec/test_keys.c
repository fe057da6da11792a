/* The keys of a spec and of a test: what they give, and every way in which they can be wrong. */
#include "reading.h"

#include "model/verbs.h"

static void every_key_of_a_test_is_taken(void **state)
{
	(void)state;
	struct reading reading = read_spec("format: 1\nname: s\ntitle: A spec\ntransport: tcp\ntests:\n"
	                                   "  - {name: first, steps: [server: listen]}\n"
	                                   "  - name: second\n"
	                                   "    title: The second\n"
	                                   "    points: 2.5\n"
	                                   "    cite: RFC 9293\n"
	                                   "    hint: Look.\n"
	                                   "    requires: first\n"
	                                   "    clients: [alice, bob]\n"
	                                   "    servers: 2\n"
	                                   "    student: [client]\n"
	                                   "    buffers: 16KiB\n"
	                                   "    limits: {time: 5s, memory: 1MiB, descriptors: 12}\n"
	                                   "    allow: [reset, spin]\n"
	                                   "    score: steps\n"
	                                   "    robustness: true\n"
	                                   "    hidden: true\n"
	                                   "    show: verdict\n"
	                                   "    steps:\n"
	                                   "      - servers: listen\n"
	                                   "      - alice: {connect: server.1}\n"
	                                   "      - bob: {connect: server.2}\n");
	if (reading.spec == NULL)
		fail_msg("%s", told(&reading));
	assert_string_equal(reading.spec->title, "A spec");
	const struct test *test = &reading.spec->tests[1];
	assert_string_equal(test->title, "The second");
	assert_true(test->points == 2.5);
	assert_string_equal(test->cite, "RFC 9293");
	assert_string_equal(test->hint, "Look.");
	assert_int_equal(test->requires_count, 1);
	assert_int_equal(test->requires[0], 0);
	assert_int_equal(test->actor_count, 4);
	assert_string_equal(test->actors[1].name, "server.2");
	assert_int_equal(test->actors[1].side, SIDE_SERVER);
	assert_string_equal(test->actors[3].name, "bob");
	assert_int_equal(test->actors[3].side, SIDE_CLIENT);
	assert_int_equal(test->students, 1u << SIDE_CLIENT);
	assert_int_equal(test->buffer_bytes, 16 << 10);
	assert_int_equal(test->limits.time_ns, INT64_C(5000000000));
	assert_int_equal(test->limits.descriptors, 12);
	assert_int_equal(test->limits.processes, 0);
	assert_int_equal(test->allowed, 1u << RULE_RESET | 1u << RULE_SPIN);
	assert_true(test->score_steps && test->robustness && test->hidden);
	assert_int_equal(test->show, SHOW_VERDICT);
	assert_int_equal(test->place.line, 7);
	assert_int_equal(test->place.column, 5);
	reading_release(&reading);
}

static void what_is_left_out_has_its_default(void **state)
{
	(void)state;
	struct reading reading = read_spec(STEPS "server: listen\n");
	const struct test *test = &reading.spec->tests[0];
	assert_string_equal(reading.spec->title, "s");
	assert_int_equal(reading.spec->transport, TRANSPORT_TCP);
	assert_string_equal(test->title, "t");
	assert_null(test->hint);
	assert_null(test->cite);
	assert_true(test->points == 1);
	assert_int_equal(test->actor_count, 2);
	assert_string_equal(test->actors[0].name, "server");
	assert_string_equal(test->actors[1].name, "client");
	assert_int_equal(test->show, SHOW_FULL);
	assert_int_equal(test->allowed, 0);
	assert_int_equal(test->students, 0);
	assert_false(test->score_steps || test->robustness || test->hidden);
	reading_release(&reading);
}

static void a_number_of_clients_makes_as_many(void **state)
{
	(void)state;
	struct reading reading = read_spec(ONE_TEST "    clients: 50\n    steps: [clients: connect]\n");
	const struct test *test = &reading.spec->tests[0];
	assert_int_equal(test->actor_count, 51);
	assert_string_equal(test->actors[1].name, "client.1");
	assert_string_equal(test->actors[50].name, "client.50");
	reading_release(&reading);
	reading = read_spec(ONE_TEST "    clients: 1\n    steps: [client: connect]\n");
	assert_non_null(reading.spec);
	reading_release(&reading);
	reading = read_spec(ONE_TEST "    servers: 0\n    steps: [client: {exit: nonzero}]\n");
	assert_int_equal(reading.spec->tests[0].actor_count, 1);
	reading_release(&reading);
}

static void a_wrong_key_of_a_test_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"pionts: 3", "5:5: a test has no key \"pionts\" (did you mean \"points\"?)"},
		{"colour: red", "5:5: a test has no key \"colour\""},
		{"points: -1", "5:13: \"points\" is a number from 0 to 1000000, not \"-1\""},
		{"points: 1e3", "5:13: \"points\" is a number from 0 to 1000000, not \"1e3\""},
		{"points: 1.2.3", "5:13: \"points\" is a number from 0 to 1000000, not \"1.2.3\""},
		{"points: .", "5:13: \"points\" is a number from 0 to 1000000, not \".\""},
		{"title: [a]", "5:12: \"title\" is text, not a list"},
		{"hint: \"\"", "5:11: \"hint\" is text, not nothing"},
		{"cite: \"a\\0b\"", "5:11: \"cite\" holds a zero byte"},
		{"requires: [u]", "5:16: no test of this spec is named \"u\" (did you mean \"t\"?)"},
		{"requires: [handshake]", "5:16: no test of this spec is named \"handshake\""},
		{"requires: t", "5:15: \"requires\" goes round in a circle: \"t\" requires itself in the end"},
		{"buffers: 16", "5:14: \"buffers\" needs a unit: 16B, or KiB, MiB, GiB"},
		{"buffers: 1B", "5:14: \"buffers\" is from 4KiB to 400KiB"},
		{"transport: upd", "5:16: \"transport\" is tcp or udp, not \"upd\" (did you mean \"udp\"?)"},
		{"allow: [rset]",
	     "5:13: a standing rule is crash, spin, reset or extra, not \"rset\" (did you mean \"reset\"?)"},
		{"score: step", "5:12: \"score\" is all or steps, not \"step\" (did you mean \"steps\"?)"},
		{"show: nothing", "5:11: \"show\" is full, hint or verdict, not \"nothing\""},
		{"hidden: yes", "5:13: \"hidden\" is true or false, not \"yes\""},
		{"robustness: 1", "5:17: \"robustness\" is true or false, not \"1\""},
		{"student: [teacher]", "5:15: \"student\" is server or client, not \"teacher\""},
		{"student: []", "5:14: \"student\" names at least one role: server, client, or both"},
		{"limits: 5s", "5:13: limits is a map of keys, not \"5s\""},
		{"limits: {tme: 5s}", "5:14: limits has no key \"tme\" (did you mean \"time\"?)"},
		{"limits: {time: 5}", "5:20: the limit of time needs a unit: 5ms or 5s"},
		{"limits: {time: 0s}", "5:20: the limit of time is more than 0s"},
		{"limits: {time: 25h}", "5:20: the limit of time is a duration such as 200ms, 5s or 1min, not \"25h\""},
		{"limits: {time: 2000min}", "5:20: the limit of time is longer than a day: \"2000min\""},
		{"limits: {memory: 64M}",
	     "5:22: the limit of memory has the unit B, KiB, MiB or GiB, not \"64M\" (did you mean \"MiB\"?)"},
		{"limits: {memory: 0B}", "5:22: the limit of memory is more than 0B"},
		{"limits: {processes: 0}", "5:25: the limit of processes is a whole number from 1 to 1000000, not \"0\""},
		{"time: fake", "5:11: \"time\" is real or virtual, not \"fake\""},
		{"network: tun", "5:14: \"network\" is kernel or raw, not \"tun\""},
	};
	CHECK_MISTAKES(ONE_TEST "    ", table, "\n    steps: [server: listen]\n");
}

static void a_wrong_cast_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"clients: [alice, alice]", "5:22: two roles are named \"alice\""},
		{"clients: [send]", "5:15: no role can be named \"send\": the word means something else"},
		{"clients: [lose]", "5:15: no role can be named \"lose\": the word means something else"},
		{"clients: [clients]", "5:15: no role can be named \"clients\": the word means something else"},
		{"clients: server", "5:14: a client cannot be named \"server\""},
		{"servers: [client]", "5:15: a server cannot be named \"client\""},
		{"clients: [7up]",
	     "5:15: a role's name begins with a letter and holds letters, digits, \"_\", \"-\" and \".\", "
	     "not \"7up\""},
		{"clients: [[a]]", "5:15: a role's name is text, not a list"},
		{"clients: {a: b}", "5:14: \"clients\" is a number, or a list of names, not a map"},
		{"clients: 1001", "5:14: \"clients\" is a whole number from 0 to 1000, not \"1001\""},
		{"clients: 99999999999999999999999", "5:14: \"clients\" is a whole number from 0 to 1000, not "
	                                         "\"99999999999999999999999\""},
		{"servers: 9", "5:14: \"servers\" is a whole number from 0 to 8, not \"9\""},
	};
	CHECK_MISTAKES(ONE_TEST "    ", table, "\n    steps: [nobody: listen]\n");
}

static void a_wrong_spec_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"[a]", "1:1: a spec is a map of keys, not a list"},
		{"{}", "1:1: a spec needs the key \"format\"\n1:1: a spec needs the key \"name\"\n1:1: a spec needs the key "
	           "\"tests\""},
		{"format: 2\nname: s\ntests: [{name: t, steps: [server: listen]}]",
	     "1:9: \"format\" is 1, the only one that this version reads, not \"2\""},
		{"format: 1\nname: 9\ntests: [{name: t, steps: [server: listen]}]",
	     "2:7: a spec's name begins with a letter and holds letters, digits, \"_\", \"-\" and \".\", not "
	     "\"9\""},
		{"format: 1\nname: s\ntransport: tpc\ntests: [{name: t, steps: [server: listen]}]",
	     "3:12: \"transport\" is tcp or udp, not \"tpc\" (did you mean \"tcp\"?)"},
		{"format: 1\nname: s\ntests: []", "3:8: \"tests\" is a list of 1 to 1000 tests, not an empty one"},
		{"format: 1\nname: s\ntests: {name: t}", "3:8: \"tests\" is a list of 1 to 1000 tests, not a map"},
		{"format: 1\nname: s\ntests: [a]", "3:9: a test is a map of keys, not \"a\""},
		{"format: 1\nnmae: s\ntests: [{name: t, steps: [server: listen]}]",
	     "2:1: a spec has no key \"nmae\" (did you mean \"name\"?)"},
		{"format: 1\nname: s\ntests: [{name: t}]", "3:9: a test needs the key \"steps\""},
		{"format: 1\nname: s\ntests: [{name: t, steps: []}]",
	     "3:26: steps are a list of at least one step, not an empty list"},
		{"format: 1\nname: s\ntests: [{steps: [server: listen]}]", "3:9: a test needs the key \"name\""},
		{"format: 1\nname: s\ntests:\n  - {name: t, steps: [server: listen]}\n  - {name: t, steps: [server: "
	     "listen]}",
	     "5:12: two tests are named \"t\"; the first is in line 4"},
		{"format: 1\nname: s\ntests:\n  - {name: a, requires: b, steps: [server: listen]}\n"
	     "  - {name: b, requires: [c], steps: [server: listen]}\n  - {name: c, requires: b, steps: [server: "
	     "listen]}",
	     "5:25: \"requires\" goes round in a circle: \"b\" requires itself in the end"},
		{"format: 1\nname: s\nname: t\ntests: [{name: t, steps: [server: listen]}]",
	     "3:1: the key \"name\" stands here twice; the first is in line 2"},
	};
	CHECK_MISTAKES("", table, "\n");
}

static void a_long_name_is_refused(void **state)
{
	(void)state;
	TEXT_AUTO yaml = {0};
	text_puts(&yaml, "format: 1\nname: ");
	for (int i = 0; i < NAME_MOST; i++)
		text_puts(&yaml, "n");
	text_puts(&yaml, "n\ntests: [{name: t, steps: [server: listen]}]\n");
	struct reading reading = read_spec(text_string(&yaml));
	assert_string_equal(told(&reading), "2:7: a spec's name is at most 64 characters long\n");
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_a_test_is_taken),
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(a_number_of_clients_makes_as_many),
		cmocka_unit_test(a_wrong_key_of_a_test_is_told_once_at_its_place),
		cmocka_unit_test(a_wrong_cast_is_told_once_at_its_place),
		cmocka_unit_test(a_wrong_spec_is_told_once_at_its_place),
		cmocka_unit_test(a_long_name_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
