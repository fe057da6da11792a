/* Findings about who is served and who is not, and about the socket that serves: each on a timeline that shows it, and on
 * one that nearly does. */
#include "finding_stage.h"

#include <sys/socket.h>

static const char two_clients[] = "    clients: [ann, ben]\n"
								  "    steps:\n"
								  "      - server: listen\n"
								  "      - ann: connect\n"
								  "      - ben: connect\n"
								  "      - ben: {send: \"b\\n\"}\n"
								  "      - server: {send: \"b\\n\", to: ben}\n"
								  "      - ann: {send: \"a\\n\"}\n"
								  "      - server: {send: \"a\\n\", to: ann}\n";

/* Ann is accepted (or not) and silent, ben waits in the backlog, and the program sleeps in epoll_wait(). */
static bool waits_in_backlog(bool accepted, const char *id)
{
	struct script script = script_open(two_clients, STUDENT_SERVER);
	int ann = actor(&script, "ann"), ben = actor(&script, "ben");
	server_starts(&script);
	client_connects(&script, 0, ann);
	if (accepted)
		student_accepts(&script, SERVER, 0);
	client_connects(&script, 1, ben);
	uint32_t line = begins(&script);
	data_segment(&script, 1, END_CLIENT, 2);
	peer(&script, ben, 1, PEER_WRITE, 2, NULL);
	ends(&script, line);
	if (accepted)
		confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	for (int i = 0; i < 2; i++) {
		stands_in(&script, SERVER, 100, CALL_EPOLL_WAIT, 5, CONNECTION_NONE);
		stands_in(&script, SERVER, 101, CALL_FUTEX, DESCRIPTOR_NONE, CONNECTION_NONE);
		quiet(&script);
	}
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void who_has_accepted_one_client_does_not_lack_accept(void **state)
{
	(void)state;
	assert_true(waits_in_backlog(true, "serial-server"));
	assert_false(waits_in_backlog(true, "never-accepts"));
	assert_true(waits_in_backlog(false, "never-accepts"));
	assert_false(waits_in_backlog(false, "serial-server"));
}

static bool wrong_client_dropped(bool leaves, bool owed)
{
	struct script script = script_open("    clients: [ann, ben]\n"
	                                   "    steps:\n"
	                                   "      - server: listen\n"
	                                   "      - ann: connect\n"
	                                   "      - ben: connect\n"
	                                   "      - ben: {send: \"b\\n\"}\n"
	                                   "      - server: {send: \"b\\n\", to: ben}\n",
	                                   STUDENT_SERVER);
	int ann = actor(&script, "ann"), ben = actor(&script, "ben");
	server_starts(&script);
	client_connects(&script, 0, ann);
	student_accepts(&script, SERVER, 0);
	client_connects(&script, 1, ben);
	student_accepts(&script, SERVER, 1);
	student_reads(&script, SERVER, 1, 1);
	if (leaves)
		student_closes(&script, SERVER, 0);
	uint32_t line = begins(&script);
	data_segment(&script, 1, END_CLIENT, 2);
	peer(&script, ben, 1, PEER_WRITE, 2, NULL);
	ends(&script, line);
	struct event state = blank(EVENT_STATE, ACTOR_NONE, 1);
	state.state.end = END_SERVER;
	state.state.state = STATE_ESTABLISHED;
	state.state.confirmed = state.state.held = true;
	state.state.receive_queue = 2;
	state.state.send_queue = owed ? 5000 : 0;
	script_feed(&script, &state);
	rests(&script, SERVER, CALL_POLL, DESCRIPTOR_NONE, CONNECTION_NONE);
	bool is = found(&script, "wrong-client-dropped");
	script_close(&script);
	return is;
}

static void a_client_that_nobody_watches_since_another_left_is_told(void **state)
{
	(void)state;
	assert_true(wrong_client_dropped(true, false));
	assert_false(wrong_client_dropped(false, false));
	assert_false(wrong_client_dropped(true, true)); /* it may wait until the client reads */
}

static bool datagram_socket(bool datagrams)
{
	struct script script = script_open("    steps:\n      - server: listen\n", STUDENT_SERVER);
	script_ready(&script);
	launch(&script, SERVER, 100);
	struct event made = blank(EVENT_RETURN, SERVER, CONNECTION_NONE);
	made.pid = made.tid = 100;
	made.call.call = CALL_SOCKET;
	made.call.descriptor = DESCRIPTOR_NONE;
	made.call.socket = 900;
	made.call.datagrams = datagrams;
	made.call.result = 3;
	made.call.repeat = 1;
	script_feed(&script, &made);
	made.call.call = CALL_BIND;
	made.call.descriptor = 3;
	made.call.result = 0;
	made.call.address = place_of(END_SERVER, 0);
	script_feed(&script, &made);
	rests(&script, SERVER, CALL_RECVFROM, 3, CONNECTION_NONE);
	bool is = found(&script, "datagram-socket");
	if (!is)
		assert_true(found(&script, "listen-missing"));
	script_close(&script);
	return is;
}

static void a_socket_of_udp_is_told_instead_of_a_missing_listen(void **state)
{
	(void)state;
	assert_true(datagram_socket(true));
	assert_false(datagram_socket(false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_accepted_one_client_does_not_lack_accept),
		cmocka_unit_test(a_client_that_nobody_watches_since_another_left_is_told),
		cmocka_unit_test(a_socket_of_udp_is_told_instead_of_a_missing_listen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
