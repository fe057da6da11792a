/* The newer findings: each on a timeline that shows it, and on one that nearly does. */
#include "finding_stage.h"

#define EPOLLIN_BIT INT64_C(1)
#define EPOLLET_BIT (INT64_C(1) << 31)

static void bytes_come(struct script *script, const char *bytes, size_t length)
{
	data_segment(script, 0, END_SERVER, (uint32_t)length);
	struct event event = blank(EVENT_RETURN, SERVER, 0);
	event.pid = event.tid = 100;
	event.call.call = CALL_WRITE;
	event.call.descriptor = 4;
	event.call.socket = 901;
	event.call.argument = event.call.result = (int64_t)length;
	event.call.repeat = 1;
	event.data = (const uint8_t *)bytes;
	event.data_length = (uint32_t)length;
	script_feed(script, &event);
	struct event read = blank(EVENT_PEER, CLIENT, 0);
	read.peer.call = PEER_READ;
	read.peer.result = (int64_t)length;
	read.data = (const uint8_t *)bytes;
	read.data_length = (uint32_t)length;
	script_feed(script, &read);
}

#define ECHOED CONNECTED "      - client: {send: \"hello\\n\"}\n      - server: {send: \"hello\\n\"}\n"

static bool edge_lost(int64_t events)
{
	struct script script = server_connected(ECHOED);
	struct event added = blank(EVENT_RETURN, SERVER, 0);
	added.pid = added.tid = 100;
	added.call.call = CALL_EPOLL_CTL;
	added.call.descriptor = 4;
	added.call.socket = 901;
	added.call.argument = 1;
	added.call.value = events;
	added.call.repeat = 1;
	script_feed(&script, &added);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 2);
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 4);
	rests(&script, SERVER, CALL_EPOLL_WAIT, 5, CONNECTION_NONE);
	bool is = found(&script, "edge-lost");
	script_close(&script);
	return is;
}

static void bytes_left_behind_an_edge_are_lost(void **state)
{
	(void)state;
	assert_true(edge_lost(EPOLLIN_BIT | EPOLLET_BIT));
	assert_false(edge_lost(EPOLLIN_BIT));
}

static const char two_clients[] = "    clients: [ann, ben]\n"
								  "    steps:\n"
								  "      - server: listen\n"
								  "      - ann: connect\n"
								  "      - ben: connect\n"
								  "      - ben: {send: \"b\\n\"}\n"
								  "      - server: {send: \"b\\n\", to: ben}\n"
								  "      - ann: {send: \"a\\n\"}\n"
								  "      - server: {send: \"a\\n\", to: ann}\n";

/* Ben has sent, on connection 1. */
static struct script two_connected(void)
{
	struct script script = script_open(two_clients, STUDENT_SERVER);
	int ann = actor(&script, "ann"), ben = actor(&script, "ben");
	server_starts(&script);
	client_connects(&script, 0, ann);
	student_accepts(&script, SERVER, 0);
	client_connects(&script, 1, ben);
	student_accepts(&script, SERVER, 1);
	uint32_t line = begins(&script);
	data_segment(&script, 1, END_CLIENT, 2);
	peer(&script, ben, 1, PEER_WRITE, 2, NULL);
	ends(&script, line);
	return script;
}

static bool fixed_table(enum call call, int connection)
{
	struct script script = two_connected();
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	confirmed(&script, 1, END_SERVER, STATE_ESTABLISHED, true, 2);
	rests(&script, SERVER, call, connection >= 0 ? 4 + connection : DESCRIPTOR_NONE, connection);
	bool is = found(&script, "fixed-table");
	script_close(&script);
	return is;
}

static void an_accepted_client_that_nobody_watches_has_no_place_in_the_table(void **state)
{
	(void)state;
	assert_true(fixed_table(CALL_SELECT, CONNECTION_NONE));
	assert_false(fixed_table(CALL_READ, 0)); /* that is a serial server */
}

static bool answers_wrong_client(int to)
{
	struct script script = two_connected();
	returns(&script, SERVER, (struct call_made){CALL_READ, 5, 902, 4096, 2, 1, 0, "b\n"});
	returns(&script, SERVER, (struct call_made){CALL_WRITE, 4 + to, 901 + (uint64_t)to, 2, 2, to, 0, "b\n"});
	data_segment(&script, to, END_SERVER, 2);
	peer_reads(&script, to == 0 ? actor(&script, "ann") : actor(&script, "ben"), to, "b\n");
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, "answers-wrong-client");
	script_close(&script);
	return is;
}

static void a_reply_to_another_client_is_told(void **state)
{
	(void)state;
	assert_true(answers_wrong_client(0));
	assert_false(answers_wrong_client(1));
}

static bool asks_for_port(int descriptor)
{
	struct script script = script_open("    steps:\n      - server: listen\n", STUDENT_SERVER);
	script_ready(&script);
	launch(&script, SERVER, 100);
	rests(&script, SERVER, CALL_READ, descriptor, CONNECTION_NONE);
	bool is = found(&script, "asks-for-port");
	script_close(&script);
	return is;
}

static void a_server_that_reads_the_keyboard_asks_for_its_port(void **state)
{
	(void)state;
	assert_true(asks_for_port(0));
	assert_false(asks_for_port(7));
}

static bool accept_length_unset(bool listening)
{
	struct script script = script_open("    steps:\n      - server: listen\n      - client: connect\n", STUDENT_SERVER);
	server_starts(&script);
	struct event event = blank(EVENT_RETURN, SERVER, CONNECTION_NONE);
	event.pid = event.tid = 100;
	event.call.call = CALL_ACCEPT;
	event.call.descriptor = 3;
	event.call.socket = 900;
	event.call.result = -EINVAL;
	event.call.repeat = 1;
	event.call.listening = listening;
	script_feed(&script, &event);
	bool is = found(&script, "accept-length-unset");
	script_close(&script);
	return is;
}

static void accept_fails_on_a_listening_socket_when_the_length_is_unset(void **state)
{
	(void)state;
	assert_true(accept_length_unset(true));
	assert_false(accept_length_unset(false)); /* that is a listen() that is missing */
}

static bool error_as_length(int64_t asked)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, -ECONNRESET);
	returns(&script, SERVER, (struct call_made){CALL_WRITE, 4, 901, asked, -EFAULT, 0, 0, NULL});
	bool is = found(&script, "error-as-length");
	script_close(&script);
	return is;
}

static void a_negative_length_behind_a_failed_read_is_the_error_itself(void **state)
{
	(void)state;
	assert_true(error_as_length(-1));
	assert_false(error_as_length(6));
}

static bool sends_terminator(const char *bytes, size_t length)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 6);
	bytes_come(&script, bytes, length);
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, "sends-terminator");
	script_close(&script);
	return is;
}

static void a_zero_byte_behind_the_message_is_its_terminator(void **state)
{
	(void)state;
	assert_true(sends_terminator("hello\n", 7));
	assert_false(sends_terminator("hello\n", 6));
	assert_false(sends_terminator("hello\n\0\0\0", 9)); /* that is the whole buffer */
}

static bool fixed_number_served(int status, bool second_closes)
{
	struct script script = two_connected();
	for (int i = 0; i <= second_closes; i++) {
		segment(&script, i, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
		student_closes(&script, SERVER, i);
	}
	program_exits(&script, SERVER, 100, true, status);
	quiet(&script);
	bool is = found(&script, "fixed-number-served");
	script_close(&script);
	return is;
}

static void a_server_that_ends_in_order_behind_several_clients_counts_them(void **state)
{
	(void)state;
	assert_true(fixed_number_served(0, true));
	assert_false(fixed_number_served(1 << 8, true));
	assert_false(fixed_number_served(0, false));
}

static bool poll_error_ends_server(bool again)
{
	struct script script = server_connected(ECHOED);
	returns(&script, SERVER, (struct call_made){CALL_SELECT, -1, 0, -1, -EINTR, -1, 0, NULL});
	if (again)
		calls(&script, SERVER, (struct call_made){CALL_SELECT, -1, 0, -1, 0, -1, 0, NULL});
	program_exits(&script, SERVER, 100, true, 1 << 8);
	bool is = found(&script, "poll-error-ends-server");
	script_close(&script);
	return is;
}

static void select_that_is_interrupted_ends_the_server(void **state)
{
	(void)state;
	assert_true(poll_error_ends_server(false));
	assert_false(poll_error_ends_server(true));
}

static bool cried(const char *words, const char *id)
{
	struct script script = server_connected(ECHOED);
	prints(&script, SERVER, 2, words);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void what_a_sanitizer_reports_is_told(void **state)
{
	(void)state;
	assert_true(cried("==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6\n", "memory-error"));
	assert_true(cried("server.c:9:3: runtime error: signed integer overflow\n", "undefined-behaviour"));
	assert_true(cried("==7==ERROR: LeakSanitizer: detected memory leaks\n"
	                  "SUMMARY: AddressSanitizer: 64 byte(s) leaked in 1 allocation(s).\n",
	                  "memory-leak"));
	assert_false(cried("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x6\n"
	                   "SUMMARY: AddressSanitizer: heap-use-after-free server.c:9 in serve\n",
	                   "memory-leak"));
	assert_false(cried("an error\n", "memory-error"));
}

static bool reuseport_hides_conflict(bool option)
{
	struct script script = script_open("    servers: [one, two]\n"
	                                   "    steps:\n"
	                                   "      - one: listen\n"
	                                   "      - launch: two\n"
	                                   "      - two: {exit: nonzero}\n",
	                                   STUDENT_SERVER);
	script_ready(&script);
	launch(&script, 0, 100);
	student_listens(&script, 0);
	ends(&script, begins(&script));
	launch(&script, 1, 101);
	returns(&script, 1, (struct call_made){CALL_SOCKET, -1, 950, 0, 3, -1, 0, NULL});
	if (option)
		sets(&script, 1, 950, (INT64_C(1) << 32) | 15, 1);
	returns(&script, 1, (struct call_made){CALL_BIND, 3, 950, 0, 0, -1, SCRIPT_PORT, NULL});
	returns(&script, 1, (struct call_made){CALL_LISTEN, 3, 950, 10, 0, -1, 0, NULL});
	rests(&script, 1, CALL_ACCEPT, 3, CONNECTION_NONE);
	bool is = found(&script, "reuseport-hides-conflict");
	script_close(&script);
	return is;
}

static void a_second_listener_on_one_port_shares_it(void **state)
{
	(void)state;
	assert_true(reuseport_hides_conflict(true));
	assert_false(reuseport_hides_conflict(false));
}

/* A student's client that is connected to the reference's server; actor 0 is the server. */
static struct script client_connected(const char *steps)
{
	TEXT_AUTO test = {0};
	text_printf(&test, "    steps:\n      - server: listen\n      - client: connect\n%s", steps);
	struct script script = script_open(text_string(&test), STUDENT_CLIENT);
	script_ready(&script);
	uint32_t line = begins(&script);
	peer(&script, 0, CONNECTION_NONE, PEER_LISTEN, 0, NULL);
	ends(&script, line);
	launch(&script, 1, 101);
	handshake(&script, 0);
	connection_known(&script, 0, 1, 0);
	returns(&script, 1, (struct call_made){CALL_CONNECT, 4, 901, 0, 0, 0, SCRIPT_PORT, NULL});
	peer(&script, 0, 0, PEER_ACCEPT, 0, NULL);
	return script;
}

static void client_writes(struct script *script, const char *bytes)
{
	data_segment(script, 0, END_CLIENT, (uint32_t)strlen(bytes));
	student_writes(script, 1, 0, bytes);
	peer_reads(script, 0, 0, bytes);
}

static bool waits_for_each_reply(const char *sent, int descriptor, int connection)
{
	struct script script = client_connected("      - client: {send: \"one\\ntwo\\n\"}\n");
	client_writes(&script, sent);
	confirmed(&script, 0, END_CLIENT, STATE_ESTABLISHED, true, 0);
	rests(&script, 1, CALL_READ, descriptor, connection);
	bool is = found(&script, "waits-for-each-reply");
	script_close(&script);
	return is;
}

static void a_client_that_reads_behind_its_first_line_waits_for_the_reply(void **state)
{
	(void)state;
	assert_true(waits_for_each_reply("one\n", 4, 0));
	assert_false(waits_for_each_reply("one\n", 0, CONNECTION_NONE)); /* it waits for input */
	assert_false(waits_for_each_reply("on", 4, 0)); /* no whole line */
}

static bool waits_for_keyboard(int descriptor, int connection)
{
	struct script script = client_connected("      - server: close\n      - client: close\n");
	uint32_t line = begins(&script);
	segment(&script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(&script, 0, END_CLIENT, SEGMENT_ACK, 0);
	peer(&script, 0, 0, PEER_CLOSE, 0, NULL);
	ends(&script, line);
	confirmed(&script, 0, END_CLIENT, STATE_CLOSE_WAIT, true, 1);
	rests(&script, 1, CALL_READ, descriptor, connection);
	bool is = found(&script, "waits-for-keyboard");
	script_close(&script);
	return is;
}

static void a_client_whose_server_has_gone_waits_for_the_keyboard(void **state)
{
	(void)state;
	assert_true(waits_for_keyboard(0, CONNECTION_NONE));
	assert_false(waits_for_keyboard(4, 0));
}

static bool sends_null(const char *sent)
{
	struct script script = client_connected("      - client: {send: \"one\\n\"}\n      - client: silent\n");
	client_writes(&script, "one\n");
	client_writes(&script, sent);
	rests(&script, 1, CALL_READ, 4, 0);
	bool is = found(&script, "sends-null");
	script_close(&script);
	return is;
}

static void the_text_of_no_line_is_told(void **state)
{
	(void)state;
	assert_true(sends_null("(null)"));
	assert_true(sends_null("null\n"));
	assert_false(sends_null("nothing"));
}

static bool host_ignored(uint8_t last)
{
	struct script script =
		script_open("    steps:\n      - server: listen\n      - client: {connect: outside}\n", STUDENT_CLIENT);
	script_ready(&script);
	ends(&script, begins(&script));
	launch(&script, 1, 101);
	struct event event = blank(EVENT_RETURN, 1, CONNECTION_NONE);
	event.pid = event.tid = 101;
	event.call.call = CALL_CONNECT;
	event.call.descriptor = 3;
	event.call.socket = 900;
	event.call.result = -ECONNREFUSED;
	event.call.repeat = 1;
	event.call.address = (struct address){.family = AF_INET, .port = SCRIPT_PORT, .bytes = {last, 0, 0, 1}};
	script_feed(&script, &event);
	rests(&script, 1, CALL_READ, 0, CONNECTION_NONE);
	bool is = found(&script, "host-ignored");
	script_close(&script);
	return is;
}

static void a_client_that_connects_to_its_own_host_ignores_the_other(void **state)
{
	(void)state;
	assert_true(host_ignored(127));
	assert_false(host_ignored(192));
}

static void a_finding_is_told_where_the_student_may_see_it(void **state)
{
	(void)state;
	struct arena *arena = arena_create();
	const struct test secret = {.name = "secret", .hidden = true}, verdict = {.name = "verdict", .show = SHOW_VERDICT};
	const struct test fine = {.name = "fine"}, broken = {.name = "broken"};
	struct test_result tests[] = {{.test = &secret, .verdict = TEST_FAIL},
	                              {.test = &verdict, .verdict = TEST_FAIL},
	                              {.test = &fine, .verdict = TEST_PASS},
	                              {.test = &broken, .verdict = TEST_FAIL}};
	struct finding list[] = {{.id = "zombies", .actor = "server", .test = "secret"},
	                         {.id = "zombies", .actor = "server", .test = "verdict"},
	                         {.id = "zombies", .actor = "server", .test = "fine"},
	                         {.id = "zombies", .actor = "server", .test = "broken"},
	                         {.id = "crashed", .actor = "server", .test = "secret"}};
	struct findings all = {.list = list, .count = 5};
	struct result result = {.tests = tests, .test_count = 4};
	judge_result(&result, &all, arena);
	assert_int_equal(result.finding_count, 2);
	assert_string_equal(result.findings[0].test, "broken");
	assert_string_equal(result.findings[1].test, "secret");
	arena_destroy(arena);
}

static void a_finding_begins_with_the_line_of_the_source(void **state)
{
	(void)state;
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, -ECONNRESET);
	struct event write = blank(EVENT_RETURN, SERVER, 0);
	write.pid = write.tid = 100;
	write.site = 7;
	write.call.call = CALL_WRITE;
	write.call.descriptor = 4;
	write.call.socket = 901;
	write.call.argument = -1;
	write.call.result = -EFAULT;
	write.call.repeat = 1;
	script_feed(&script, &write);
	struct event source = blank(EVENT_SOURCE, ACTOR_NONE, CONNECTION_NONE);
	source.site = 7;
	source.source.line = 41;
	source.data = (const uint8_t *)"server.c";
	source.data_length = 8;
	script_feed(&script, &source);
	struct findings findings = {0};
	judge_findings(script.test, script.timeline, script.arena, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].source, "server.c:41");
	assert_int_equal(strncmp(findings.list[0].sentence, "server.c:41: read() on", 22), 0);
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_left_behind_an_edge_are_lost),
		cmocka_unit_test(an_accepted_client_that_nobody_watches_has_no_place_in_the_table),
		cmocka_unit_test(a_reply_to_another_client_is_told),
		cmocka_unit_test(a_server_that_reads_the_keyboard_asks_for_its_port),
		cmocka_unit_test(accept_fails_on_a_listening_socket_when_the_length_is_unset),
		cmocka_unit_test(a_negative_length_behind_a_failed_read_is_the_error_itself),
		cmocka_unit_test(a_zero_byte_behind_the_message_is_its_terminator),
		cmocka_unit_test(a_server_that_ends_in_order_behind_several_clients_counts_them),
		cmocka_unit_test(select_that_is_interrupted_ends_the_server),
		cmocka_unit_test(what_a_sanitizer_reports_is_told),
		cmocka_unit_test(a_second_listener_on_one_port_shares_it),
		cmocka_unit_test(a_client_that_reads_behind_its_first_line_waits_for_the_reply),
		cmocka_unit_test(a_client_whose_server_has_gone_waits_for_the_keyboard),
		cmocka_unit_test(the_text_of_no_line_is_told),
		cmocka_unit_test(a_client_that_connects_to_its_own_host_ignores_the_other),
		cmocka_unit_test(a_finding_is_told_where_the_student_may_see_it),
		cmocka_unit_test(a_finding_begins_with_the_line_of_the_source),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
