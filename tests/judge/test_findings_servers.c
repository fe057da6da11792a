/* Findings about servers: each on a timeline that shows it, and on one that nearly does. */
#include "finding_stage.h"

#define ECHOED CONNECTED "      - client: {send: \"hello\\n\"}\n      - server: {send: \"hello\\n\"}\n"
#define UNENDED CONNECTED "      - client: {send: \"hello\"}\n      - server: {send: \"hello\"}\n"

static bool read_and_kept(const char *test, const char *bytes, const char *id)
{
	struct script script = server_connected(test);
	client_sends(&script, bytes);
	student_reads(&script, SERVER, 0, (int64_t)strlen(bytes));
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void a_line_that_was_read_and_not_answered_is_not_sent(void **state)
{
	(void)state;
	assert_true(read_and_kept(ECHOED, "hello\n", "reply-not-sent"));
	assert_false(read_and_kept(ECHOED, "hello\n", "waits-for-newline"));
}

static void bytes_without_a_newline_wait_for_one(void **state)
{
	(void)state;
	assert_true(read_and_kept(UNENDED, "hello", "waits-for-newline"));
	assert_false(read_and_kept(UNENDED, "hello", "reply-not-sent"));
	assert_false(read_and_kept(UNENDED, "hello", "drops-last-line"));
}

static bool answered(const char *bytes, const char *id)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 6);
	server_sends(&script, bytes);
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void words_before_the_reply_and_other_letters_change_it(void **state)
{
	(void)state;
	assert_true(answered("Echo: hello\n", "reply-changed"));
	assert_true(answered("HELLO\n", "reply-changed"));
	assert_true(answered("olleh\n", "reply-changed"));
	assert_false(answered("hello\n", "reply-changed"));
	assert_false(answered("hello\r\n", "reply-changed"));
	assert_false(answered("hello", "reply-changed"));
}

static bool unread(enum call call, int descriptor, int connection)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 6);
	rests(&script, SERVER, call, descriptor, connection);
	bool is = found(&script, "connection-not-watched");
	script_close(&script);
	return is;
}

static void bytes_that_no_thread_waits_for_are_not_watched(void **state)
{
	(void)state;
	assert_true(unread(CALL_SELECT, DESCRIPTOR_NONE, CONNECTION_NONE));
	assert_true(unread(CALL_FUTEX, DESCRIPTOR_NONE, CONNECTION_NONE));
	assert_false(unread(CALL_READ, 4, 0));
}

static bool ended(const char *words, int status, const char *id)
{
	struct script script = server_connected(ECHOED);
	prints(&script, SERVER, 2, words);
	program_exits(&script, SERVER, 100, true, status << 8);
	client_sends(&script, "hello\n");
	rests(&script, CLIENT, CALL_READ, 4, 0);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void an_exception_is_told_by_its_name(void **state)
{
	(void)state;
	static const char python[] = "Traceback (most recent call last):\n  File \"server\", line 9, in <module>\n    x()\n"
								 "ValueError: file descriptor cannot be negative\n";
	static const char reset[] = "Traceback (most recent call last):\n  File \"server\", line 9, in <module>\n    x()\n"
								"ConnectionResetError: [Errno 104] Connection reset by peer\n";
	assert_true(ended(python, 1, "uncaught-exception"));
	assert_true(ended("thread 'main' panicked at server.rs:3:9:\nindex out of bounds\n", 101, "uncaught-exception"));
	assert_true(ended("terminate called without an active exception\n", 1, "uncaught-exception"));
	assert_false(ended(reset, 1, "uncaught-exception"));
	assert_false(ended("goodbye\n", 1, "uncaught-exception"));
	assert_false(ended(python, 1, "one-shot-server"));
	assert_true(ended("goodbye\n", 1, "one-shot-server"));
}

static bool failed_writes(unsigned times, bool reads_on)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	for (unsigned i = 0; i < times; i++) {
		student_reads(&script, SERVER, 0, reads_on || i == 0 ? 6 : -EAGAIN);
		struct event write = blank(EVENT_RETURN, SERVER, 0);
		write.pid = write.tid = 100;
		write.call.call = CALL_WRITE;
		write.call.descriptor = 4;
		write.call.socket = 901;
		write.call.argument = 6;
		write.call.result = -EPIPE;
		write.call.repeat = reads_on ? 1 : 3;
		script_feed(&script, &write);
	}
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, "write-error-ignored");
	script_close(&script);
	return is;
}

static void a_buffer_that_is_flushed_once_more_ignores_no_error(void **state)
{
	(void)state;
	assert_false(failed_writes(1, false));
	assert_true(failed_writes(3, true));
}

#define LONG_LINE "sixteen bytes :\n"
#define TWO_SENT                                                                                                       \
	CONNECTED "      - client: {send: \"sixteen bytes :\\nfour\"}\n      - server: {send: \"sixteen bytes :\\nfour\"}\n"

static void reads_of(struct script *script, int64_t asked, int64_t result)
{
	returns(script, SERVER, (struct call_made){CALL_READ, 4, 901, asked, result, 0, 0, NULL});
}

/* Pieces of 16 and 4 bytes are read, one behind the other or each before its answer, and 16 bytes written at last. */
static bool written_late(bool late, const char *id)
{
	struct script script = server_connected(TWO_SENT);
	client_sends(&script, LONG_LINE "four");
	reads_of(&script, 16, 16);
	if (!late)
		server_sends(&script, LONG_LINE);
	reads_of(&script, 16, 4);
	server_sends(&script, late ? LONG_LINE : "four of sixteen:");
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void who_writes_later_than_it_reads_sends_nothing_old(void **state)
{
	(void)state;
	assert_false(written_late(true, "sends-whole-buffer"));
	assert_false(written_late(true, "stale-bytes"));
	assert_true(written_late(false, "sends-whole-buffer"));
}

static bool zeros_left_out(const char *answer, const char *id)
{
	struct script script = server_connected(CONNECTED "      - client: {send: {hex: \"61 0a 00 00\"}}\n"
	                                                  "      - server: {send: {hex: \"61 0a 00 00\"}}\n");
	client_sends(&script, "a\nzz"); /* only their number is looked at */
	student_reads(&script, SERVER, 0, 4);
	if (answer[0] != '\0')
		server_sends(&script, answer);
	student_reads(&script, SERVER, 0, -EAGAIN);
	confirmed(&script, 0, END_SERVER, STATE_ESTABLISHED, true, 0);
	rests(&script, SERVER, CALL_EPOLL_WAIT, 5, CONNECTION_NONE);
	bool is = found(&script, id);
	script_close(&script);
	return is;
}

static void zero_bytes_at_the_end_are_no_line_that_waits(void **state)
{
	(void)state;
	assert_true(zeros_left_out("a\n", "nul-truncation"));
	assert_false(zeros_left_out("a\n", "waits-for-newline"));
	assert_false(zeros_left_out("", "nul-truncation"));
}

static bool closed_early(bool reads, bool process)
{
	struct script script = server_connected(ECHOED);
	if (process) {
		struct event child = blank(EVENT_FORK, SERVER, CONNECTION_NONE);
		child.pid = child.tid = 200;
		child.process.parent = 100;
		script_feed(&script, &child);
	}
	if (reads) {
		client_sends(&script, "hello\n");
		student_reads(&script, SERVER, 0, 6);
	}
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	if (!reads)
		client_sends(&script, "hello\n");
	rests(&script, SERVER, CALL_ACCEPT, 3, CONNECTION_NONE);
	bool is = found(&script, "closed-before-served");
	script_close(&script);
	return is;
}

static bool zero_of_recvmsg(int64_t flags)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 6);
	struct event taken = blank(EVENT_RETURN, SERVER, 0);
	taken.pid = taken.tid = 100;
	taken.call.call = CALL_RECVMSG;
	taken.call.descriptor = 4;
	taken.call.socket = 901;
	taken.call.argument = 64;
	taken.call.value = flags;
	taken.call.repeat = 100;
	script_feed(&script, &taken);
	rests(&script, SERVER, CALL_READ, 4, 0);
	bool is = found(&script, "eof-ignored");
	script_close(&script);
	return is;
}

static void a_connection_that_was_never_read_is_closed_before_it_is_served(void **state)
{
	(void)state;
	assert_true(closed_early(false, false));
	assert_false(closed_early(true, false));
	assert_false(closed_early(false, true));
}

/* splice(2) takes from the connection (`takes`) or gives to it. */
static void splices(struct script *script, bool takes, int64_t result)
{
	struct event event = blank(EVENT_RETURN, SERVER, 0);
	event.pid = event.tid = 100;
	event.call.call = CALL_SPLICE;
	event.call.descriptor = 4;
	event.call.socket = 901;
	event.call.argument = result;
	event.call.result = result;
	event.call.value = takes;
	event.call.repeat = 1;
	script_feed(script, &event);
}

static void what_was_spliced_to_the_client_is_sent(void **state)
{
	(void)state;
	for (int given = 0; given < 2; given++) {
		struct script script = server_connected(ECHOED "      - client: {send: \"more\\n\"}\n"
		                                               "      - server: {send: \"more\\n\"}\n");
		client_sends(&script, "hello\n");
		splices(&script, true, 6);
		if (given != 0) {
			splices(&script, false, 6);
			data_segment(&script, 0, END_SERVER, 6);
			peer_reads(&script, CLIENT, 0, "hello\n");
		}
		rests(&script, SERVER, CALL_EPOLL_WAIT, 5, CONNECTION_NONE);
		assert_int_equal(found(&script, "reply-not-sent"), given == 0);
		script_close(&script);
	}
}

static void what_was_sent_before_is_sent_again(void **state)
{
	(void)state;
	for (int again = 0; again < 2; again++) {
		struct script script = server_connected(ECHOED "      - client: {send: \"more\\n\"}\n"
		                                               "      - server: {send: \"more\\n\"}\n");
		client_sends(&script, "hello\n");
		student_reads(&script, SERVER, 0, 6);
		server_sends(&script, "hello\n");
		client_sends(&script, "more\n");
		student_reads(&script, SERVER, 0, 5);
		server_sends(&script, again != 0 ? "hello\nmore\n" : "more\n");
		rests(&script, SERVER, CALL_READ, 4, 0);
		assert_int_equal(found(&script, "stale-bytes"), again);
		script_close(&script);
	}
}

static void who_ends_behind_listen_has_served_nobody(void **state)
{
	(void)state;
	for (int status = 0; status < 2; status++) {
		struct script script = script_open(CONNECTED "      - server: accept\n", STUDENT_SERVER);
		server_starts(&script);
		program_exits(&script, SERVER, 100, true, status << 8);
		uint32_t line = begins(&script);
		peer(&script, CLIENT, CONNECTION_NONE, PEER_CONNECT, -ECONNREFUSED, NULL);
		ends(&script, line);
		quiet(&script);
		quiet(&script);
		assert_int_equal(found(&script, "one-shot-server"), status == 0);
		script_close(&script);
	}
}

static void a_read_that_does_not_wait_says_nothing_of_the_client(void **state)
{
	(void)state;
	for (int polled = 0; polled < 2; polled++) {
		struct script script = server_connected(ECHOED);
		student_reads(&script, SERVER, 0, -EAGAIN);
		if (polled != 0)
			returns(&script, SERVER, (struct call_made){CALL_POLL, DESCRIPTOR_NONE, 0, 0, 1, CONNECTION_NONE, 0, NULL});
		server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
		client_sends(&script, "hello\n");
		rests(&script, SERVER, CALL_ACCEPT, 3, CONNECTION_NONE);
		assert_int_equal(found(&script, "gives-up-on-silence"), polled == 0);
		script_close(&script);
	}
}

static void the_queue_of_errors_has_no_end_of_the_stream(void **state)
{
	(void)state;
	enum { ERROR_QUEUE = 0x2000 };
	assert_true(zero_of_recvmsg(0));
	assert_false(zero_of_recvmsg(ERROR_QUEUE));
}

static bool not_accepted(enum call call, bool listening)
{
	struct script script = script_open(CONNECTED "      - server: accept\n", STUDENT_SERVER);
	server_starts(&script);
	client_connects(&script, 0, CLIENT);
	for (int i = 0; i < 2; i++) {
		struct event event = blank(EVENT_BLOCKED, SERVER, CONNECTION_NONE);
		event.pid = event.tid = 100;
		event.blocked.call = call;
		event.blocked.descriptor = listening ? 3 : DESCRIPTOR_NONE;
		event.blocked.listening = listening;
		event.blocked.until_ns = -1;
		script_feed(&script, &event);
		quiet(&script);
	}
	bool is = found(&script, "never-accepts");
	script_close(&script);
	return is;
}

static void who_waits_in_accept_does_call_it(void **state)
{
	(void)state;
	assert_true(not_accepted(CALL_NANOSLEEP, false));
	assert_false(not_accepted(CALL_ACCEPT, true));
}

static bool closed_after(int64_t result)
{
	struct script script = server_connected(ECHOED);
	client_sends(&script, "hello\n");
	student_reads(&script, SERVER, 0, 6);
	student_reads(&script, SERVER, 0, result);
	server_closes(&script, STATE_ESTABLISHED, STATE_FIN_WAIT_2);
	rests(&script, SERVER, CALL_ACCEPT, 3, CONNECTION_NONE);
	bool is = found(&script, "gives-up-on-silence");
	script_close(&script);
	return is;
}

static void a_read_that_a_signal_cut_short_is_no_end(void **state)
{
	(void)state;
	assert_true(closed_after(-EINTR));
	assert_false(closed_after(-ECONNRESET));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_that_was_read_and_not_answered_is_not_sent),
		cmocka_unit_test(bytes_without_a_newline_wait_for_one),
		cmocka_unit_test(words_before_the_reply_and_other_letters_change_it),
		cmocka_unit_test(bytes_that_no_thread_waits_for_are_not_watched),
		cmocka_unit_test(an_exception_is_told_by_its_name),
		cmocka_unit_test(a_buffer_that_is_flushed_once_more_ignores_no_error),
		cmocka_unit_test(who_writes_later_than_it_reads_sends_nothing_old),
		cmocka_unit_test(zero_bytes_at_the_end_are_no_line_that_waits),
		cmocka_unit_test(a_connection_that_was_never_read_is_closed_before_it_is_served),
		cmocka_unit_test(what_was_spliced_to_the_client_is_sent),
		cmocka_unit_test(what_was_sent_before_is_sent_again),
		cmocka_unit_test(who_ends_behind_listen_has_served_nobody),
		cmocka_unit_test(a_read_that_does_not_wait_says_nothing_of_the_client),
		cmocka_unit_test(the_queue_of_errors_has_no_end_of_the_stream),
		cmocka_unit_test(who_waits_in_accept_does_call_it),
		cmocka_unit_test(a_read_that_a_signal_cut_short_is_no_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
