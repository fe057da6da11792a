/* UDP: the reference plays servers and clients without connections. */
#include "stage.h"

static struct stage *stage_datagrams(unsigned clients)
{
	struct stage *stage = stage_create(clients);
	stage->test.transport = TRANSPORT_UDP;
	return stage;
}

static int student_sends(const char *bytes)
{
	struct sockaddr_in address;
	close(student_socket("127.0.0.1", &address));
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(descriptor, bytes, strlen(bytes), 0), strlen(bytes));
	return descriptor;
}

static void one_send_is_one_datagram(void **state)
{
	(void)state;
	struct stage *stage = stage_datagrams(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "one");
	stage_text(stage, CLIENT, VERB_SEND, "");
	stage_text(stage, CLIENT, VERB_SEND, "three");
	stage_text(stage, SERVER, VERB_RECEIVE, "one");
	stage_text(stage, SERVER, VERB_RECEIVE, "");
	stage_text(stage, SERVER, VERB_SEND, "and back");
	stage_text(stage, CLIENT, VERB_RECEIVE, "and back");
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 3), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 5), 1);
	stage_assert_read(stage, CLIENT, "and back", 8);
	stage_free(stage);
}

static void the_largest_datagram_passes(void **state)
{
	(void)state;
	enum { MOST = 65507 };
	char *bytes = calloc(1, MOST);
	struct stage *stage = stage_datagrams(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_bytes(stage, CLIENT, VERB_SEND, bytes, MOST);
	stage_bytes(stage, SERVER, VERB_RECEIVE, bytes, MOST);
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, MOST), 1);
	stage_free(stage);
	free(bytes);
}

static void each_client_gets_its_own_answer(void **state)
{
	(void)state;
	struct stage *stage = stage_datagrams(2);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, CLIENT, VERB_SEND, "a");
	stage_text(stage, CLIENT + 1, VERB_SEND, "b");
	stage_text(stage, SERVER, VERB_SEND, "to the first");
	stage_other(stage, CLIENT);
	stage_text(stage, SERVER, VERB_SEND, "to the second");
	stage_other(stage, CLIENT + 1);
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_settle(stage);
	stage_assert_read(stage, CLIENT, "to the first", 12);
	stage_assert_read(stage, CLIENT + 1, "to the second", 13);
	stage_free(stage);
}

static void a_dropped_datagram_is_not_received(void **state)
{
	(void)state;
	struct stage *stage = stage_datagrams(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, SERVER, VERB_DROP);
	stage_text(stage, SERVER, VERB_RECEIVE, "again");
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	int descriptor = student_sends("lost");
	stage_play(stage, 1, 2);
	stage_begin(stage, 2);
	int error;
	int64_t progress;
	stage_settle(stage);
	assert_false(stage_done(stage, 2, &error, &progress));
	assert_int_equal(send(descriptor, "again", 5, 0), 5);
	assert_int_equal(stage_finish(stage, 2), 0);
	close(descriptor);
	stage_free(stage);
}

static void who_wrote_last_is_answered_from_the_address_it_wrote_to(void **state)
{
	(void)state;
	struct stage *stage = stage_datagrams(1);
	stage->plan.student[SIDE_CLIENT] = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, SERVER, VERB_SEND, "pong");
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	int first = student_sends("one"), second = student_sends("two");
	stage_settle(stage);
	stage_play(stage, 1, 2);
	char answer[16];
	/* Connected sockets: an answer from elsewhere would not arrive. */
	assert_int_equal(recv(second, answer, sizeof(answer), MSG_DONTWAIT), 4);
	assert_int_equal(recv(first, answer, sizeof(answer), MSG_DONTWAIT), -1);
	close(first);
	close(second);
	stage_free(stage);
}

static void a_server_that_is_gone_is_told_to_a_connected_client(void **state)
{
	(void)state;
	struct stage *stage = stage_datagrams(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_CLOSE);
	stage_text(stage, CLIENT, VERB_SEND, "anybody?");
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_settle(stage);
	assert_int_equal(stage_count(stage, CLIENT, PEER_READ, -ECONNREFUSED), 1);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_send_is_one_datagram),
		cmocka_unit_test(the_largest_datagram_passes),
		cmocka_unit_test(each_client_gets_its_own_answer),
		cmocka_unit_test(a_dropped_datagram_is_not_received),
		cmocka_unit_test(who_wrote_last_is_answered_from_the_address_it_wrote_to),
		cmocka_unit_test(a_server_that_is_gone_is_told_to_a_connected_client),
	};
	if (!stage_isolate())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
