/* The reference's own TCP over raw sockets, against itself and against the kernel's sockets of a student. */
#include "stage.h"

static struct stage *raw_stage(void)
{
	struct stage *stage = stage_create(1);
	stage->test.network = NETWORK_RAW;
	return stage;
}

static struct step *rule(struct stage *stage, int actor, enum verb verb, enum segment_pattern pattern, bool incoming)
{
	struct step *step = stage_line(stage, actor, verb);
	step->segment = pattern;
	step->incoming = incoming;
	return step;
}

/* Everything that follows, and what a quiet moment brings. */
static void settle_quietly(struct stage *stage)
{
	stage_settle(stage);
	while (peer_quiet(stage->peer))
		stage_settle(stage);
}

static int student_accepts(const struct stage *stage)
{
	int accepted = accept(stage->listener, NULL, NULL);
	assert_true(accepted >= 0);
	return accepted;
}

static int unread(int descriptor)
{
	int count = -1;
	assert_int_equal(ioctl(descriptor, FIONREAD, &count), 0);
	return count;
}

static void both_roles_speak_to_each_other(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_text(stage, CLIENT, VERB_SEND, "hello");
	stage_text(stage, SERVER, VERB_RECEIVE, "hello");
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_line(stage, SERVER, VERB_EOF);
	stage_line(stage, SERVER, VERB_CLOSE);
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_assert_read(stage, SERVER, "hello", 5);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 1);
	stage_free(stage);
}

static void a_client_speaks_to_the_kernel(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage->plan.student[SIDE_SERVER] = true;
	stage->listener = student_listens();
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_text(stage, CLIENT, VERB_SEND, "hello");
	stage_text(stage, CLIENT, VERB_RECEIVE, "reply");
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_open(stage, NULL);
	stage_play(stage, 0, 2);
	char bytes[8];
	int accepted = student_accepts(stage);
	assert_int_equal(read(accepted, bytes, sizeof(bytes)), 5);
	assert_int_equal(write(accepted, "reply", 5), 5);
	stage_play(stage, 2, 4);
	assert_int_equal(read(accepted, bytes, sizeof(bytes)), 0);
	close(accepted);
	stage_assert_read(stage, CLIENT, "reply", 5);
	stage_free(stage);
}

static void the_kernel_connects_to_a_server_and_sends_no_reset(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage->plan.student[SIDE_CLIENT] = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_text(stage, SERVER, VERB_SEND, "welcome");
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	struct sockaddr_in address;
	int client = student_socket("127.0.0.1", &address);
	fcntl(client, F_SETFL, O_NONBLOCK);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), -1);
	assert_int_equal(errno, EINPROGRESS);
	stage_play(stage, 1, 3);
	char bytes[16];
	assert_int_equal(read(client, bytes, sizeof(bytes)), 7);
	close(client);
	stage_settle(stage);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 1);
	stage_free(stage);
}

static void what_comes_ahead_is_not_readable_before_the_gap_is_filled(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	static const uint32_t order[] = {2, 1};
	stage->plan.student[SIDE_SERVER] = true;
	stage->listener = student_listens();
	stage_line(stage, CLIENT, VERB_CONNECT);
	rule(stage, CLIENT, VERB_LOSE, PATTERN_DATA, false);
	stage_text(stage, CLIENT, VERB_SEND, "abc");
	struct step *reorder = stage_line(stage, CLIENT, VERB_REORDER);
	reorder->pieces = order;
	reorder->piece_count = 2;
	stage_text(stage, CLIENT, VERB_SEND, "def");
	stage_text(stage, CLIENT, VERB_SEND, "ghi");
	stage_open(stage, NULL);
	stage_play_all(stage);
	int accepted = student_accepts(stage);
	assert_int_equal(unread(accepted), 0);
	settle_quietly(stage);
	char bytes[16];
	assert_int_equal(read(accepted, bytes, sizeof(bytes)), 9);
	assert_memory_equal(bytes, "abcdefghi", 9);
	close(accepted);
	assert_int_equal(stage_count(stage, CLIENT, PEER_LOSE, 0), 1);
	assert_int_equal(stage_count(stage, CLIENT, PEER_REORDER, 0), 2);
	stage_free(stage);
}

static void a_lost_syn_ack_is_asked_for_again_when_all_is_quiet(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage->plan.student[SIDE_SERVER] = true;
	stage->listener = student_listens();
	rule(stage, CLIENT, VERB_LOSE, PATTERN_SYN_ACK, true);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	stage_begin(stage, 1);
	stage_settle(stage);
	int error;
	int64_t progress;
	assert_false(stage_done(stage, 1, &error, &progress));
	assert_int_equal(peer_patience_ns(stage->peer), 0);
	settle_quietly(stage);
	assert_true(stage_done(stage, 1, &error, &progress));
	assert_int_equal(error, 0);
	close(student_accepts(stage));
	stage_free(stage);
}

static void a_reset_may_follow_the_close(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage->plan.student[SIDE_SERVER] = true;
	stage->listener = student_listens();
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_line(stage, CLIENT, VERB_RESET);
	stage_open(stage, NULL);
	stage_play_all(stage);
	int accepted = student_accepts(stage);
	char byte;
	assert_int_equal(read(accepted, &byte, 1), 0);
	assert_int_equal(send(accepted, "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	close(accepted);
	stage_free(stage);
}

static void a_closed_window_blocks_the_kernel_until_it_opens(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage->plan.student[SIDE_SERVER] = true;
	stage->listener = student_listens();
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT, VERB_WINDOW)->window_bytes = 0;
	stage_line(stage, CLIENT, VERB_WINDOW)->window_bytes = UINT32_MAX;
	stage_text(stage, CLIENT, VERB_RECEIVE, "hello");
	stage_open(stage, NULL);
	stage_play(stage, 0, 2);
	int accepted = student_accepts(stage);
	assert_int_equal(write(accepted, "hello", 5), 5);
	stage_settle(stage);
	assert_int_equal(stage->read[CLIENT].length, 0);
	stage_play(stage, 2, 4);
	stage_assert_read(stage, CLIENT, "hello", 5);
	close(accepted);
	stage_free(stage);
}

static void a_killed_server_refuses_by_itself(void **state)
{
	(void)state;
	struct stage *stage = raw_stage();
	stage->plan.student[SIDE_CLIENT] = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_open(stage, NULL);
	stage_play_all(stage);
	peer_crash(stage->peer, SERVER);
	struct sockaddr_in address;
	int client = student_socket("127.0.0.1", &address);
	fcntl(client, F_SETFL, O_NONBLOCK);
	connect(client, (struct sockaddr *)&address, sizeof(address));
	stage_settle(stage);
	int error = 0;
	socklen_t length = sizeof(error);
	assert_int_equal(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	assert_int_equal(error, ECONNREFUSED);
	close(client);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_roles_speak_to_each_other),
		cmocka_unit_test(a_client_speaks_to_the_kernel),
		cmocka_unit_test(the_kernel_connects_to_a_server_and_sends_no_reset),
		cmocka_unit_test(what_comes_ahead_is_not_readable_before_the_gap_is_filled),
		cmocka_unit_test(a_lost_syn_ack_is_asked_for_again_when_all_is_quiet),
		cmocka_unit_test(a_reset_may_follow_the_close),
		cmocka_unit_test(a_closed_window_blocks_the_kernel_until_it_opens),
		cmocka_unit_test(a_killed_server_refuses_by_itself),
	};
	if (!stage_isolate())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
