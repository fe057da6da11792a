/* What a spec says that cannot be, whoever plays. */
#include "reading.h"

static void what_cannot_be_is_told_with_the_line_that_forbids_it(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"client: shutdown\n      - client: {send: x}",
	     "7:9: client cannot send: its direction of the connection is closed; see line 6"},
		{"client: close\n      - client: {send: x}",
	     "7:9: client cannot send: its direction of the connection is closed; see line 6"},
		{"client: reset\n      - client: {receive: 1B}",
	     "7:9: client cannot read: it has closed the connection; see line 6"},
		{"server: close\n      - server: eof", "7:9: server cannot read: it has closed the connection; see line 6"},
		{"server: eof\n      - server: {receive: 1B}",
	     "7:9: server cannot receive: it has read the end of the stream; see line 6"},
		{"client: close\n      - client: shutdown", "7:9: client cannot shut down what is closed already; see line 6"},
		{"client: close\n      - client: close", "7:9: client has closed this connection already; see line 6"},
		{"client: reset\n      - server: eof",
	     "7:9: server cannot read an end of the stream: the other end sent RST; see line 6"},
		{"server: {exit: 0}\n      - server: alive",
	     "7:9: server has ended: nothing launches it again before this line; see line 6"},
		{"kill: client\n      - client: {stdin: x}",
	     "7:9: client has ended: nothing launches it again before this line; see line 6"},
		{"hold: server\n      - hold: server", "7:9: server is held already; see line 6"},
		{"release: server", "6:9: server is not held: no \"hold: server\" comes before"},
		{"together: [[client: {send: a}], [client: {send: b}]]",
	     "6:42: two branches of one \"together\" let client send on the same connection: which is first?"},
		{"together: [[client: shutdown], [server: {send: b}]]\n      - client: {send: x}",
	     "7:9: client cannot send: its direction of the connection is closed; see line 6"},
		{"repeat: {times: 9, steps: [client: {send: x}, client: close]}",
	     "6:36: client cannot send: its direction of the connection is closed; see line 6\n"
	     "6:55: client has closed this connection already; see line 6"},
	};
	CHECK_MISTAKES(STEPS, table, "\n");
}

static void what_can_be_is_not_told(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		/* Half-closed: the other direction goes on. */
		{"client: shutdown\n      - server: {send: x}\n      - client: {receive: x}\n      - client: eof"
	     "\n      - client: close",
	     ""},
		/* A new connection knows nothing of the one before. */
		{"repeat: {times: 3, steps: [client: connect, client: {send: x}, client: close]}", ""},
		/* A new program neither. */
		{"kill: server\n      - server: {exit: SIGKILL}\n      - launch: server\n      - server: alive", ""},
		/* A FIN, and an RST behind it. */
		{"client: shutdown\n      - client: reset\n      - server: eof", ""},
		/* The kernel answers data for a closed socket with RST. */
		{"server: close\n      - client: {send: x}\n      - server: reset", ""},
		/* Children go on when their parent is killed. */
		{"kill: server\n      - server: {send: x}", ""},
		{"hold: server\n      - release: server\n      - hold: server", ""},
		{"together: [[client: {send: a}], [client: {receive: b}], [server: {send: b}]]", ""},
		/* A silence ends. */
		{"server: silent\n      - server: {send: x}", ""},
	};
	bool good = true;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		TEXT_AUTO yaml = {0};
		text_printf(&yaml, STEPS "%s\n", table[i].yaml);
		struct reading reading = read_spec(text_string(&yaml));
		if (reading.diags.count != 0) {
			print_message("%s\n  %s", table[i].yaml, told(&reading));
			good = false;
		}
		reading_release(&reading);
	}
	assert_true(good);
}

static void what_is_probably_a_slip_is_warned_of(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"    steps: [launch: server, launch: server]",
	     "5:29: warning: server runs since line 5, and no line before this one ends it"},
		{"    clients: [alice, bob]\n    steps: [alice: connect]", "4:5: warning: bob does nothing in the test \"t\""},
		{"    servers: [one, two]\n    steps: [client: idle, one: listen]",
	     "4:5: warning: two does nothing in the test \"t\""},
	};
	CHECK_MISTAKES(ONE_TEST, table, "\n");
}

static void a_role_seen_on_the_way_does_something(void **state)
{
	(void)state;
	static const char *const steps[] = {"state: {bob: CLOSED}", "wire: [bob: SYN]", "zombies: {bob: 0}", "launch: bob",
	                                    "server: {accept: bob}"};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		TEXT_AUTO yaml = {0};
		text_printf(&yaml, ONE_TEST "    clients: [alice, bob]\n    steps:\n      - alice: connect\n      - %s\n",
		            steps[i]);
		struct reading reading = read_spec(text_string(&yaml));
		assert_string_equal(told(&reading), "");
		reading_release(&reading);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_is_told_with_the_line_that_forbids_it),
		cmocka_unit_test(what_can_be_is_not_told),
		cmocka_unit_test(what_is_probably_a_slip_is_warned_of),
		cmocka_unit_test(a_role_seen_on_the_way_does_something),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
