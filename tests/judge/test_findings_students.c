/* Findings about a student's client, and about datagrams that reach nobody: each on a timeline that shows it, and on one
 * that nearly does. */
#include "finding_stage.h"

static const char typed_lines[] = "    student: [client]\n"
								  "    steps:\n"
								  "      - server: listen\n"
								  "      - client: connect\n"
								  "      - client: {stdin: \"one\\ntwo\\n\"}\n"
								  "      - client: {send: \"one\\ntwo\\n\"}\n";

enum client_rests { IN_POLL, IN_KEYBOARD, IN_SOCKET, IN_WRITE, IN_SLEEP };

/* Two lines are typed, one is sent, and the client rests there. */
static bool holds_back(enum client_rests where, const char *id)
{
	struct script script = script_open(typed_lines, STUDENT_CLIENT);
	script_ready(&script);
	ends(&script, begins(&script));
	launch(&script, CLIENT, 101);
	handshake(&script, 0);
	connection_known(&script, 0, CLIENT, SERVER);
	returns(&script, CLIENT, (struct call_made){CALL_CONNECT, 4, 901, 0, 0, 0, SCRIPT_PORT, NULL});
	ends(&script, begins(&script));
	data_segment(&script, 0, END_CLIENT, 4);
	student_writes(&script, CLIENT, 0, "one\n");
	peer_reads(&script, SERVER, 0, "one\n");
	static const enum call calls[] = {CALL_POLL, CALL_READ, CALL_RECVFROM, CALL_SENDTO, CALL_NANOSLEEP};
	bool socket = where == IN_SOCKET || where == IN_WRITE;
	rests(&script, CLIENT, calls[where],
	      socket                 ? 4
	      : where == IN_KEYBOARD ? 0
	                             : DESCRIPTOR_NONE,
	      socket ? 0 : CONNECTION_NONE);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void what_a_buffer_of_the_program_holds_is_told(void **state)
{
	(void)state;
	assert_true(holds_back(IN_POLL, "input-kept-back"));
	assert_true(holds_back(IN_KEYBOARD, "input-kept-back"));
	assert_false(holds_back(IN_WRITE, "input-kept-back"));
	assert_false(holds_back(IN_SLEEP, "input-kept-back"));
	/* It waits for the first reply: that is another bug. */
	assert_false(holds_back(IN_SOCKET, "input-kept-back"));
	assert_true(holds_back(IN_SOCKET, "waits-for-each-reply"));
}

/* select() of one side is interrupted, and the program ends. */
static bool interrupted(unsigned student, int who)
{
	struct script script = script_open(
		"    steps:\n      - server: listen\n      - client: connect\n      - client: {exit: any}\n", student);
	script_ready(&script);
	launch(&script, who, 100 + who);
	returns(&script, who, (struct call_made){CALL_PSELECT6, DESCRIPTOR_NONE, 0, -1, -EINTR, CONNECTION_NONE, 0, NULL});
	program_exits(&script, who, 100 + who, true, 0);
	quiet(&script);
	quiet(&script);
	bool is = found(&script, "poll-error-ends-server");
	script_close(&script);
	return is;
}

static void a_signal_may_end_a_clients_wait(void **state)
{
	(void)state;
	assert_true(interrupted(STUDENT_SERVER, SERVER));
	assert_false(interrupted(STUDENT_CLIENT, CLIENT));
}

static void datagram_passes(struct script *script, int connection, enum end sender, uint32_t length, int64_t time_ns)
{
	script_ready(script);
	enum end other = sender == END_CLIENT ? END_SERVER : END_CLIENT;
	struct captured captured = {.from = place_of(sender, connection), .to = place_of(other, connection)};
	captured.time_ns = time_ns;
	captured.length = length;
	captured.datagram = true;
	connections_segment(script->connections, &captured);
}

static bool sent_again_after(int64_t time_ns)
{
	struct script script = script_open("    transport: udp\n    student: [client]\n    steps:\n"
	                                   "      - client: {send: \"ping\"}\n"
	                                   "      - client: {send: \"pong\"}\n",
	                                   STUDENT_CLIENT);
	launch(&script, CLIENT, 101);
	for (int i = 0; i < 2; i++) {
		datagram_passes(&script, 0, END_CLIENT, 4, i * time_ns);
		if (i == 0)
			connection_known(&script, 0, CLIENT, SERVER);
		peer_reads(&script, SERVER, 0, "ping");
	}
	rests(&script, CLIENT, CALL_POLL, DESCRIPTOR_NONE, CONNECTION_NONE);
	bool is = found(&script, "retransmits-too-soon");
	script_close(&script);
	return is;
}

static void a_datagram_that_is_sent_twice_at_once_is_told(void **state)
{
	(void)state;
	assert_true(sent_again_after(1000000));
	assert_false(sent_again_after(1000000000));
}

/* The student's server answers on connection 0, or to an address where nobody has asked (connection 1). */
static bool goes_astray(int connection)
{
	struct script script = script_open("    transport: udp\n    student: [server]\n    steps:\n      - server: listen\n"
	                                   "      - client: {send: \"ping\"}\n"
	                                   "      - server: {send: \"ping\"}\n",
	                                   STUDENT_SERVER);
	launch(&script, SERVER, 100);
	struct event made = blank(EVENT_RETURN, SERVER, CONNECTION_NONE);
	made.pid = made.tid = 100;
	made.call.repeat = 1;
	made.call.call = CALL_SOCKET;
	made.call.descriptor = DESCRIPTOR_NONE;
	made.call.socket = 900;
	made.call.datagrams = true;
	made.call.result = 3;
	script_feed(&script, &made);
	made.call.call = CALL_BIND;
	made.call.descriptor = 3;
	made.call.result = 0;
	made.call.address = place_of(END_SERVER, 0);
	script_feed(&script, &made);
	uint32_t line = begins(&script);
	connection_known(&script, 0, CLIENT, SERVER);
	datagram_passes(&script, 0, END_CLIENT, 4, 0);
	peer(&script, CLIENT, 0, PEER_WRITE, 4, "ping");
	ends(&script, line);
	datagram_passes(&script, connection, END_SERVER, 4, 1000);
	made.call.call = CALL_SENDTO;
	made.call.argument = made.call.result = 4;
	made.connection = (int16_t)connection;
	made.data = (const uint8_t *)"ping";
	made.data_length = 4;
	script_feed(&script, &made);
	if (connection == 0)
		peer_reads(&script, CLIENT, 0, "ping");
	rests(&script, SERVER, CALL_RECVFROM, 3, CONNECTION_NONE);
	assert_int_equal(line_is(&script, 2), connection == 0 ? STEP_MET : STEP_UNMET);
	bool is = found(&script, "reply-to-wrong-client");
	script_close(&script);
	return is;
}

static void an_answer_that_reaches_nobody_meets_no_line(void **state)
{
	(void)state;
	assert_true(goes_astray(1));
	assert_false(goes_astray(0));
}

/* Ann speaks (or not), and ben hears of it, who was to hear something else. */
static bool greets(bool asked)
{
	struct script script = script_open("    clients: [ann, ben]\n"
	                                   "    steps:\n"
	                                   "      - server: listen\n"
	                                   "      - ann: connect\n"
	                                   "      - ben: connect\n"
	                                   "      - ann: {send: \"a\\n\"}\n"
	                                   "      - server: {send: \"b\\n\", to: ben}\n",
	                                   STUDENT_SERVER);
	int ann = actor(&script, "ann"), ben = actor(&script, "ben");
	server_starts(&script);
	client_connects(&script, 0, ann);
	student_accepts(&script, SERVER, 0);
	client_connects(&script, 1, ben);
	student_accepts(&script, SERVER, 1);
	uint32_t line = begins(&script);
	data_segment(&script, 0, END_CLIENT, 2);
	peer(&script, ann, 0, PEER_WRITE, 2, NULL);
	ends(&script, line);
	if (asked)
		student_reads(&script, SERVER, 0, 2);
	data_segment(&script, 1, END_SERVER, 2);
	student_writes(&script, SERVER, 1, "a\n");
	peer_reads(&script, ben, 1, "a\n");
	rests(&script, SERVER, CALL_POLL, DESCRIPTOR_NONE, CONNECTION_NONE);
	bool is = found(&script, "unasked-greeting");
	script_close(&script);
	return is;
}

static void who_passes_on_what_another_said_greets_nobody(void **state)
{
	(void)state;
	assert_true(greets(false));
	assert_false(greets(true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_buffer_of_the_program_holds_is_told),
		cmocka_unit_test(a_signal_may_end_a_clients_wait),
		cmocka_unit_test(a_datagram_that_is_sent_twice_at_once_is_told),
		cmocka_unit_test(an_answer_that_reaches_nobody_meets_no_line),
		cmocka_unit_test(who_passes_on_what_another_said_greets_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
