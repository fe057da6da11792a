/* Every way in which a step can be wrong: one error, at its line and column, that says what was expected. */
#include "reading.h"

/* In a test with `network: raw`: steps stand at line 7. */
static void a_wrong_shape_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"client: {lose: FINACK}",
	     "7:24: no segment is called \"FINACK\": there are SYN, SYN-ACK, ACK, FIN, RST, DATA and DATA 6"},
		{"client: lose", "7:17: \"lose\" needs a segment such as SYN-ACK, FIN or DATA 3 behind it: {lose: …}, as in "
	                     "\"server: {lose: SYN-ACK}\""},
		{"client: {lose: FIN, from: client}", "7:35: the other end of a client is a server"},
		{"client: {lose: SYN-ACK, to: server}", "7:37: a client never sends SYN-ACK"},
		{"client: {reorder: [1]}", "7:27: \"reorder\" is a list of places such as [2, 1, 3], of 2 to 16 segments"},
		{"client: {reorder: [2, 2]}", "7:31: each place from 1 to 2 stands once in \"reorder\""},
		{"client: {reorder: [1, 3]}", "7:31: a place is a whole number from 1 to 2, not \"3\""},
		{"client: {delay: ACK}", "7:25: \"delay\" is a map of SEGMENT: duration, as in {ACK: 40ms}"},
		{"client: {delay: {ACK: 11s}}", "7:31: a delay is more than 0s and at most 10s"},
		{"client: {window: 1MiB}", "7:26: a window is at most 65535B without scaling (RFC 9293 §3.1)"},
		{"client: {window: 0}\n      - server: {window: 0}",
	     "4:5: this test shapes the segments of servers and of clients: no student could play either; shape one "
	     "side, with \"from:\" for what comes to it"},
		{"client: {connect: simultaneous}",
	     "7:27: a client that connects is not to know it: write \"server: {connect: simultaneous}\" before"},
	};
	CHECK_MISTAKES(ONE_TEST "    network: raw\n    steps:\n      - ", table, "\n");
}

static void a_wrong_step_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"listen", "6:9: a step is a map with one key such as \"server: listen\", not \"listen\""},
		{"[server, listen]", "6:9: a step is a map with one key such as \"server: listen\", not a list"},
		{"{}", "6:9: a step is a map with one key such as \"server: listen\", not an empty one"},
		{"", "6:8: a step is a map with one key such as \"server: listen\", not nothing"},
		{"listen: server", "6:9: \"listen\" is what a role does: write \"server: listen\""},
		{"send: x", "6:9: \"send\" is what a role does: write \"server: {send: …}\""},
		{"wier: [client: SYN]", "6:9: no step begins with \"wier\" (did you mean \"wire\"?)"},
		{"zombie: {server: 1}", "6:9: no step begins with \"zombie\" (did you mean \"zombies\"?)"},
		{"serer: listen", "6:9: nobody plays \"serer\" in this test; its roles are server and client (did you mean "
	                      "\"server\"?)"},
		{"bob: connect",
	     "6:9: nobody plays \"bob\" in this test; its roles are server and client; no step is called so "
	     "(`grader explain` lists them)"},
		{"client: send \"x\"", "6:17: what \"send\" takes stands behind a colon, in braces: {send: \"x\"}"},
		{"client: {receive: 4Kib}", "6:27: a size has the unit B, KiB, MiB or GiB (did you mean \"KiB\"?); as text, "
	                                "\"4Kib\" needs quotes"},
		{"{server: listen, client: connect}", "6:26: a step is a map with one key; \"client\" is a second one: begin a "
	                                          "step of its own with \"- \""},
		{"server:", "6:16: what the role does was expected, not nothing"},
		{"server: [listen, accept]", "6:17: one verb a step: give each a step of its own"},
		{"server: lisetn", "6:17: no role does \"lisetn\" (did you mean \"listen\"?)"},
		{"server: {lisetn: }", "6:18: no role does \"lisetn\" (did you mean \"listen\"?)"},
		{"server: {to: client}", "6:17: no verb here: write what the role does, such as {send: \"hello\\n\"}"},
		{"server: {eof: , close: }", "6:25: one verb a step: \"close\" needs a step of its own"},
		{"server: {wire: [client: FIN]}",
	     "6:18: \"wire\" is a step of its own, not what a role does: begin a step with "
	     "\"- wire:\""},
		{"server: {listen: 3}", "6:26: \"listen\" takes nothing, not \"3\""},
		{"server: connect", "6:17: a server does not connect: that is a client's part"},
		{"client: {accept: }", "6:18: a client does not accept: that is a server's part"},
		{"client: send", "6:17: \"send\" needs DATA behind it: {send: …}, as in \"server: {send: \"bye\\n\"}\""},
		{"server: {eof: , to: client}", "6:25: \"eof\" takes \"from\", not \"to\""},
		{"server: {send: x, from: client}", "6:27: \"send\" takes \"to\", not \"from\""},
		{"server: {idle: , to: client}", "6:26: \"idle\" has no other end: no \"to\""},
		{"server: {send: x, to: server}", "6:31: the other end of a server is a client; \"server\" is a server too"},
		{"server: {send: x, to: bob}", "6:31: nobody plays \"bob\" in this test; its roles are server and client"},
		{"server: {close: client, to: client}", "6:37: the other end is named twice"},
		{"client: {connect: simultaneous}",
	     "6:27: a client that connects is not to know it: write \"server: {connect: simultaneous}\" before"},
		{"server: {connect: simultaneous}", "6:18: \"connect\" needs \"network: raw\" in the test"},
		{"client: {connect: outsid}",
	     "6:27: \"connect\" is nothing, outside or simultaneous, not \"outsid\" (did you mean \"outside\"?)"},
		{"lose: FIN", "6:9: \"lose\" is what a role does: write \"server: {lose: …}\""},
		{"client: {window: 0}", "6:18: \"window\" needs \"network: raw\" in the test"},
		{"client: {close: , with: FIN}", "6:33: \"with\" goes with \"send\" only"},
		{"client: {send: x, with: SYN}", "6:33: \"with\" is FIN or RST, not \"SYN\""},
		{"client: drop",
	     "6:17: \"drop\" does not exist over transport: tcp: TCP repairs what is lost before a program could see it"},
		{"client: {send: abcd, segments: [3, 2]}", "6:40: the segments add up to 5 bytes, but 4 are sent"},
		{"client: {send: abcd, segments: [4, 0]}", "6:44: a segment's length is a whole number from 1 to 67108864, not "
	                                               "\"0\""},
		{"client: {receive: abcd, segments: [4]}", "6:43: \"segments\" goes with \"send\" only"},
		{"client: {send: {match: x}, segments: [4]}", "6:46: \"segments\" cuts bytes that are known beforehand"},
		{"client: {exit: 256}", "6:24: a status is at most 255, not 256"},
		{"client: {exit: INT}",
	     "6:24: \"exit\" is a status from 0 to 255, nonzero, any, or a signal's name, not \"INT\" (did "
	     "you mean \"SIGINT\"?)"},
		{"client: {exit: }", "6:24: \"exit\" is a status from 0 to 255, nonzero, any, or a signal's name, not nothing"},
	};
	CHECK_MISTAKES(STEPS, table, "\n");
}

static void a_wrong_step_of_the_grader_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"signal: {server: SIGTREM}",
	     "6:26: \"SIGTREM\" is no signal's name such as SIGINT (did you mean \"SIGTERM\"?)"},
		{"signal: {server: SIGSTOP}", "6:26: SIGSTOP stops the program and makes epoll_wait fail with EINTR; write "
	                                  "\"hold: server\""},
		{"signal: server", "6:17: \"signal\" is a map of one role: {server: SIGINT}, not \"server\""},
		{"signal: {bob: SIGINT}", "6:18: nobody plays \"bob\" in this test; its roles are server and client"},
		{"kill: [server]", "6:15: a role was expected, not a list"},
		{"launch: clint", "6:17: nobody plays \"clint\" in this test; its roles are server and client (did you mean "
	                      "\"client\"?)"},
		{"wait: 100", "6:15: \"wait\" needs a unit: 100ms or 100s"},
		{"wait: soon", "6:15: \"wait\" is a duration such as 200ms, 5s or 1min, not \"soon\""},
		{"wait: 2min", "6:15: \"wait\" is more than 0s and at most 60s"},
		{"together: [[client: connect]]", "6:19: \"together\" is a list of at least two lists of steps"},
		{"together: [[client: connect], []]", "6:39: steps are a list of at least one step, not an empty list"},
		{"repeat: {times: 0, steps: [client: idle]}", "6:25: \"times\" is a whole number from 1 to 20000, not \"0\""},
		{"repeat: {times: 2}", "6:17: \"repeat\" needs the key \"steps\""},
		{"repeat: 2", "6:17: \"repeat\" is a map of keys, not \"2\""},
	};
	CHECK_MISTAKES(STEPS, table, "\n");
}

static void a_wrong_observation_is_told_once_at_its_place(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"wire: SYN", "6:15: \"wire\" is a list of ROLE: SEGMENT, not \"SYN\""},
		{"wire: []", "6:15: \"wire\" is a list of ROLE: SEGMENT, not an empty one"},
		{"wire: [SYN]", "6:16: a segment is ROLE: SEGMENT, such as \"client: SYN\", not \"SYN\""},
		{"wire: [bob: SYN]", "6:16: nobody plays \"bob\" in this test; its roles are server and client"},
		{"wire: [client: PSH]",
	     "6:24: no segment is called \"PSH\": there are SYN, SYN-ACK, ACK, FIN, RST, DATA and DATA 6"},
		{"wire: [client: FIN-ACK]", "6:24: write \"FIN\": a segment that is an ACK as well meets that too"},
		{"wire: [client: DATA 0]", "6:24: \"DATA\" alone, or with 1 to 65535 bytes as in \"DATA 6\", not \"DATA 0\""},
		{"wire: [client: SYN-ACK]", "6:24: a client never sends SYN-ACK: that is the other side's"},
		{"wire: [not: [not: {client: RST}]]", "6:22: \"not\" within \"not\""},
		{"wire: [client: []]", "6:24: no segment here"},
		{"state: ESTABLISHED", "6:16: \"state\" is a map of ROLE: STATE, not \"ESTABLISHED\""},
		{"state: {client: TIME_WIAT}", "6:25: no TCP state is called \"TIME_WIAT\" (did you mean \"TIME_WAIT\"?)"},
		{"state: {client: LISTEN}", "6:25: a client's end is never in LISTEN"},
		{"state: {server: SYN-SENT}", "6:25: a server's end is never in SYN_SENT"},
		{"state: {srver: CLOSED}",
	     "6:17: nobody plays \"srver\" in this test; its roles are server and client (did you "
	     "mean \"server\"?)"},
		{"sockets: 1", "6:18: \"sockets\" is a map of ROLE: COUNT, not \"1\""},
		{"sockets: {}", "6:18: \"sockets\" is a map of ROLE: COUNT, not an empty one"},
		{"zombies: {server: none}", "6:27: a count is a number up to 1000000, or one like \"<= 3\", not \"none\""},
		{"zombies: {server: \"<0\"}", "6:27: no count is less than 0"},
	};
	CHECK_MISTAKES(STEPS, table, "\n");
}

static void every_mistake_of_a_spec_is_told_in_order(void **state)
{
	(void)state;
	struct reading reading =
		read_spec("format: 1\nname: s\ntitel: x\ntests:\n  - name: a\n    points: ten\n    steps:\n"
	              "      - server: lisetn\n      - client: connect\n      - client: {sned: x}\n");
	assert_string_equal(told(&reading), "3:1: a spec has no key \"titel\" (did you mean \"title\"?)\n"
	                                    "6:13: \"points\" is a number from 0 to 1000000, not \"ten\"\n"
	                                    "8:17: no role does \"lisetn\" (did you mean \"listen\"?)\n"
	                                    "10:18: no role does \"sned\" (did you mean \"send\"?)\n");
	assert_string_equal(reading.diags.list[0].file, "s.yaml");
	assert_null(reading.spec);
	reading_release(&reading);
}

static void a_verb_that_udp_lacks_says_why(void **state)
{
	(void)state;
	static const struct mistake table[] = {
		{"server: accept", "7:17: \"accept\" does not exist over transport: udp: UDP has no connections to fetch"},
		{"state: {server: CLOSED}", "7:9: \"state\" does not exist over transport: udp: a UDP socket has no states"},
		{"client: shutdown",
	     "7:17: \"shutdown\" does not exist over transport: udp: UDP has no FIN: nothing tells the other end that no more "
	     "will come"},
		{"client: {send: abcd, segments: [3, 1]}",
	     "7:40: \"segments\" does not exist over transport: udp: one send is one datagram"},
		{"client: {send: {random: 65508B, seed: 1}}",
	     "7:24: over transport: udp one \"send\" is one datagram, of at most 65507 bytes, not 65508"},
		{"server: {receive: 64KiB}",
	     "7:27: over transport: udp one \"receive\" is one datagram, of at most 65507 bytes, not 65536"},
		{"wire: [client: SYN]",
	     "7:24: SYN does not exist over transport: udp: a datagram has no flags; there are DATA, "
	     "DATA 6 and UNREACHABLE"},
	};
	CHECK_MISTAKES("format: 1\nname: s\ntitle: u\ntransport: udp\ntests:\n  - {name: t, steps: [\n        ", table,
	               "]}\n");
}

static void a_word_that_would_upset_a_terminal_is_shown_escaped(void **state)
{
	(void)state;
	struct reading reading = read_spec(STEPS "\"\\e[31mserver\": listen\n");
	assert_string_equal(told(&reading), "6:9: nobody plays \"\\x1b[31mserver\" in this test; its roles are server and "
	                                    "client; no step is called so (`grader explain` lists them)\n");
	reading_release(&reading);
}

static void waiting_for_time_is_warned_of(void **state)
{
	(void)state;
	struct reading reading = read_spec(STEPS "wait: 100ms\n");
	assert_string_equal(told(&reading),
	                    "6:9: warning: \"wait\" is a last resort: time decides nothing for sure; is there a "
	                    "line that waits for an event?\n");
	assert_non_null(reading.spec);
	assert_int_equal(reading.spec->tests[0].steps.steps[0].duration_ns, 100000000);
	reading_release(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_step_is_told_once_at_its_place),
		cmocka_unit_test(a_wrong_step_of_the_grader_is_told_once_at_its_place),
		cmocka_unit_test(a_wrong_shape_is_told_once_at_its_place),
		cmocka_unit_test(a_wrong_observation_is_told_once_at_its_place),
		cmocka_unit_test(every_mistake_of_a_spec_is_told_in_order),
		cmocka_unit_test(a_verb_that_udp_lacks_says_why),
		cmocka_unit_test(a_word_that_would_upset_a_terminal_is_shown_escaped),
		cmocka_unit_test(waiting_for_time_is_warned_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
