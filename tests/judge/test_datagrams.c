/* UDP: how lines are decided where one send is one datagram. */
#include "script.h"

#define SERVER_UDP "    transport: udp\n    student: [server]\n    steps:\n      - server: listen\n"
#define CLIENT_UDP "    transport: udp\n    student: [client]\n    steps:\n"

static void passes(struct script *script, int connection, enum end sender, unsigned flags, uint32_t length)
{
	script_ready(script);
	enum end other = sender == END_CLIENT ? END_SERVER : END_CLIENT;
	struct captured captured = {.from = place_of(sender, connection), .to = place_of(other, connection)};
	captured.flags = (uint8_t)flags;
	captured.length = length;
	captured.datagram = true;
	connections_segment(script->connections, &captured);
}

static void returns_on(struct script *script, int who, enum call call, int connection, int64_t argument, int64_t result,
                       const char *bytes)
{
	struct event event = blank(EVENT_RETURN, who, connection);
	event.pid = event.tid = 100 + who;
	event.call.call = call;
	event.call.descriptor = 3;
	event.call.socket = 900;
	event.call.argument = argument;
	event.call.result = result;
	event.call.repeat = 1;
	event.call.datagrams = true;
	if (call == CALL_BIND)
		event.call.address = place_of(END_SERVER, 0);
	if (bytes != NULL) {
		event.data = (const uint8_t *)bytes;
		event.data_length = (uint32_t)strlen(bytes);
	}
	script_feed(script, &event);
}

static void binds(struct script *script)
{
	int server = actor(script, "server");
	launch(script, server, 100);
	returns_on(script, server, CALL_SOCKET, CONNECTION_NONE, 0, 3, NULL);
	returns_on(script, server, CALL_BIND, CONNECTION_NONE, 0, 0, NULL);
}

/* The reference's client sends, the student's server takes it. */
static void arrives(struct script *script, int connection, const char *bytes, int64_t room)
{
	uint32_t line = begins(script);
	int64_t length = (int64_t)strlen(bytes), got = length < room ? length : room;
	passes(script, connection, END_CLIENT, 0, (uint32_t)length);
	peer(script, actor(script, "client"), connection, PEER_WRITE, length, length > 0 ? bytes : NULL);
	ends(script, line);
	returns_on(script, actor(script, "server"), CALL_RECVFROM, connection, room, got, NULL);
}

/* The student's program sends, the reference reads it. */
static void replies(struct script *script, int connection, enum end sender, const char *bytes)
{
	int64_t length = (int64_t)strlen(bytes);
	bool server = sender == END_SERVER;
	passes(script, connection, sender, 0, (uint32_t)length);
	returns_on(script, actor(script, server ? "server" : "client"), CALL_SENDTO, connection, length, length, bytes);
	peer(script, actor(script, server ? "client" : "server"), connection, PEER_READ, 0, bytes);
}

static void binding_makes_a_server_ready(void **state)
{
	(void)state;
	struct script script = script_open(SERVER_UDP, STUDENT_SERVER);
	launch(&script, 0, 100);
	returns_on(&script, 0, CALL_SOCKET, CONNECTION_NONE, 0, 3, NULL);
	assert_int_equal(line_is(&script, 0), STEP_NOT_REACHED);
	returns_on(&script, 0, CALL_BIND, CONNECTION_NONE, 0, 0, NULL);
	assert_int_equal(line_is(&script, 0), STEP_MET);
	script_close(&script);
}

static void a_tcp_socket_does_not(void **state)
{
	(void)state;
	struct script script = script_open(SERVER_UDP, STUDENT_SERVER);
	launch(&script, 0, 100);
	student_listens(&script, 0);
	quiet(&script);
	assert_int_equal(line_is(&script, 0), STEP_UNMET);
	assert_non_null(strstr(seen(&script, 0), "TCP socket"));
	script_close(&script);
}

static void each_datagram_meets_one_line(void **state)
{
	(void)state;
	struct script script = script_open(SERVER_UDP "      - client: {send: \"one\"}\n      - server: {send: \"one\"}\n"
	                                              "      - client: {send: \"\"}\n      - server: {send: \"\"}\n",
	                                   STUDENT_SERVER);
	binds(&script);
	arrives(&script, 0, "one", 100);
	replies(&script, 0, END_SERVER, "one");
	assert_int_equal(line_is(&script, 2), STEP_MET);
	arrives(&script, 0, "", 100);
	replies(&script, 0, END_SERVER, "");
	assert_int_equal(line_is(&script, 4), STEP_MET);
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_PASS);
	script_close(&script);
}

static void what_arrived_counts_not_what_was_given_to_the_call(void **state)
{
	(void)state;
	struct script script = script_open(SERVER_UDP "      - client: {send: \"ping\"}\n"
	                                              "      - server: {send: \"ping\"}\n",
	                                   STUDENT_SERVER);
	int server = actor(&script, "server"), client = actor(&script, "client");
	binds(&script);
	arrives(&script, 0, "ping", 100);
	passes(&script, 0, END_SERVER, 0, 4);
	returns_on(&script, server, CALL_SENDTO, 0, 4, 4, "ping");
	assert_int_equal(line_is(&script, 2), STEP_NOT_REACHED);
	peer(&script, client, 0, PEER_READ, 0, "pinh");
	assert_int_equal(line_is(&script, 2), STEP_UNMET);
	script_close(&script);
}

static void bytes_of_two_sends_are_not_one_datagram(void **state)
{
	(void)state;
	struct script script =
		script_open(SERVER_UDP "      - client: {send: \"abcd\"}\n      - server: {send: \"abcd\"}\n", STUDENT_SERVER);
	binds(&script);
	arrives(&script, 0, "abcd", 100);
	replies(&script, 0, END_SERVER, "ab");
	replies(&script, 0, END_SERVER, "cd");
	assert_int_equal(line_is(&script, 2), STEP_UNMET);
	assert_string_equal(seen(&script, 2), "the datagram has 2 bytes instead of 4: \"ab\"");
	script_close(&script);
}

static void a_datagram_more_is_too_much(void **state)
{
	(void)state;
	struct script script =
		script_open(SERVER_UDP "      - client: {send: \"a\"}\n      - server: {send: \"a\"}\n", STUDENT_SERVER);
	binds(&script);
	arrives(&script, 0, "a", 100);
	replies(&script, 0, END_SERVER, "a");
	replies(&script, 0, END_SERVER, "a");
	script_judge(&script);
	assert_int_equal(script.result.verdict, TEST_FAIL);
	assert_int_equal(script.result.rule_count, 1);
	assert_int_equal(script.result.rules[0].rule, RULE_EXTRA);
	script_close(&script);
}

static void what_the_buffer_had_no_room_for_is_not_received(void **state)
{
	(void)state;
	struct script script = script_open(
		SERVER_UDP "      - client: {send: \"abcdef\"}\n      - server: {receive: \"abcdef\"}\n", STUDENT_SERVER);
	binds(&script);
	arrives(&script, 0, "abcdef", 4);
	assert_int_equal(line_is(&script, 2), STEP_UNMET);
	assert_string_equal(seen(&script, 2), "it took 4 bytes of a datagram of 6: the rest is gone");
	script_close(&script);
}

static void a_client_may_change_its_port(void **state)
{
	(void)state;
	struct script script =
		script_open(CLIENT_UDP "      - client: {send: \"one\"}\n      - client: {send: \"two\"}\n", STUDENT_CLIENT);
	launch(&script, 1, 100);
	passes(&script, 0, END_CLIENT, 0, 3);
	connection_known(&script, 0, 1, 0);
	peer_reads(&script, 0, 0, "one");
	passes(&script, 1, END_CLIENT, 0, 3);
	connection_known(&script, 1, 1, 0);
	peer_reads(&script, 0, 1, "two");
	assert_int_equal(line_is(&script, 0), STEP_MET);
	assert_int_equal(line_is(&script, 1), STEP_MET);
	script_close(&script);
}

static void a_lost_ping_has_to_come_again(void **state)
{
	(void)state;
	struct script script = script_open(CLIENT_UDP "      - client: {send: \"ping\"}\n      - server: drop\n"
	                                              "      - client: {send: \"ping\"}\n",
	                                   STUDENT_CLIENT);
	launch(&script, 1, 100);
	passes(&script, 0, END_CLIENT, 0, 4);
	connection_known(&script, 0, 1, 0);
	peer_reads(&script, 0, 0, "ping");
	ends(&script, begins(&script));
	assert_int_equal(line_is(&script, 1), STEP_MET);
	assert_int_equal(line_is(&script, 2), STEP_NOT_REACHED);
	quiet(&script);
	assert_int_equal(line_is(&script, 2), STEP_UNMET);
	script_close(&script);
}

static void an_unreachable_port_is_seen_on_the_wire(void **state)
{
	(void)state;
	struct script script = script_open(
		CLIENT_UDP "      - client: {send: \"ping\"}\n      - wire: [client: DATA 4, server: UNREACHABLE]\n",
		STUDENT_CLIENT);
	launch(&script, 1, 100);
	passes(&script, 0, END_CLIENT, 0, 4);
	connection_known(&script, 0, 1, 0);
	returns_on(&script, 1, CALL_SENDTO, 0, 4, 4, "ping");
	passes(&script, 0, END_SERVER, SEGMENT_UNREACHABLE, 0);
	quiet(&script);
	assert_int_equal(line_is(&script, 0), STEP_MET);
	assert_int_equal(line_is(&script, 1), STEP_MET);
	script_close(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binding_makes_a_server_ready),
		cmocka_unit_test(a_tcp_socket_does_not),
		cmocka_unit_test(each_datagram_meets_one_line),
		cmocka_unit_test(what_arrived_counts_not_what_was_given_to_the_call),
		cmocka_unit_test(bytes_of_two_sends_are_not_one_datagram),
		cmocka_unit_test(a_datagram_more_is_too_much),
		cmocka_unit_test(what_the_buffer_had_no_room_for_is_not_received),
		cmocka_unit_test(a_client_may_change_its_port),
		cmocka_unit_test(a_lost_ping_has_to_come_again),
		cmocka_unit_test(an_unreachable_port_is_seen_on_the_wire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
