#include "stage.h"

static void test_handshake_is_made_by_both_sides(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_int_equal(stage->seen_count, 3);
	static const struct seen expected[] = {
		{PEER_LISTEN, SERVER, CONNECTION_NONE, 0}, {PEER_CONNECT, CLIENT, 0, 0}, {PEER_ACCEPT, SERVER, 0, 0}};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(stage->seen[i].call, expected[i].call);
		assert_int_equal(stage->seen[i].actor, expected[i].actor);
		assert_int_equal(stage->seen[i].connection, expected[i].connection);
		assert_int_equal(stage->seen[i].result, 0);
	}
	assert_int_equal(stage->known_count, 1);
	assert_int_equal(stage->known[0].actor[END_CLIENT], CLIENT);
	assert_int_equal(stage->known[0].server.port, STAGE_PORT);
	stage_free(stage);
}

static void test_connection_is_named_before_its_first_segment(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage->plan.student[SIDE_SERVER] = true;
	stage->listener = student_listens();
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_true(stage->asked_before_segment);
	assert_true(stage_pollable(stage->listener));
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	int accepted = accept(stage->listener, (struct sockaddr *)&from, &length);
	assert_int_equal(ntohs(from.sin_port), stage->known[0].client.port);
	close(accepted);
	stage_free(stage);
}

static void test_refused_connection_fails_with_its_errno(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage->plan.student[SIDE_SERVER] = true;
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_open(stage, NULL);
	stage_begin(stage, 0);
	assert_int_equal(stage_finish(stage, 0), ECONNREFUSED);
	assert_int_equal(stage_count(stage, CLIENT, PEER_CONNECT, -ECONNREFUSED), 1);
	stage->listener = student_listens();
	stage_begin(stage, 1);
	assert_int_equal(stage_finish(stage, 1), 0);
	stage_free(stage);
}

static void test_client_reconnects_200_times(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	for (unsigned i = 0; i < 200; i++) {
		stage_line(stage, CLIENT, VERB_CONNECT);
		stage_text(stage, CLIENT, VERB_SEND, "ping\n");
		stage_text(stage, SERVER, VERB_RECEIVE, "ping\n");
		stage_text(stage, SERVER, VERB_SEND, "pong\n");
		stage_text(stage, CLIENT, VERB_RECEIVE, "pong\n");
		stage_line(stage, CLIENT, VERB_CLOSE);
		stage_line(stage, SERVER, VERB_EOF);
		stage_line(stage, SERVER, VERB_CLOSE);
	}
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_int_equal(stage->known_count, 200);
	assert_int_equal(stage_count(stage, SERVER, PEER_READ, 0), 200);
	assert_int_equal(stage->read[CLIENT].length, 200 * strlen("pong\n"));
	stage_free(stage);
}

static void test_50_clients_are_told_apart(void **state)
{
	(void)state;
	static char words[50][16];
	struct stage *stage = stage_create(50);
	stage_line(stage, SERVER, VERB_LISTEN);
	for (int i = 0; i < 50; i++)
		stage_line(stage, CLIENT + i, VERB_CONNECT);
	for (int i = 49; i >= 0; i--) {
		snprintf(words[i], sizeof(words[i]), "to %d\n", i);
		stage_text(stage, SERVER, VERB_SEND, words[i]);
		stage_other(stage, CLIENT + i);
		stage_text(stage, CLIENT + i, VERB_RECEIVE, words[i]);
	}
	stage_open(stage, NULL);
	stage_play_all(stage);
	for (int i = 0; i < 50; i++)
		stage_assert_read(stage, CLIENT + i, words[i], strlen(words[i]));
	stage_free(stage);
}

static void test_line_with_anybody_means_the_newest_connection(void **state)
{
	(void)state;
	struct stage *stage = stage_create(2);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT + 1, VERB_CONNECT);
	stage_text(stage, SERVER, VERB_SEND, "to the second");
	stage_text(stage, CLIENT + 1, VERB_RECEIVE, "to the second");
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_int_equal(stage->read[CLIENT].length, 0);
	stage_free(stage);
}

static void test_accept_without_a_name_takes_whoever_is_left(void **state)
{
	(void)state;
	struct stage *stage = stage_create(2);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT + 1, VERB_CONNECT);
	for (int i = 0; i < 2; i++) {
		stage_line(stage, SERVER, VERB_ACCEPT);
		stage_other(stage, CLIENT + 1);
	}
	stage_open(stage, NULL);
	stage_play_all(stage);
	stage_free(stage);
}

static void test_accept_takes_each_connection_once(void **state)
{
	(void)state;
	struct stage *stage = stage_create(2);
	int error;
	int64_t progress;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, CLIENT + 1, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_open(stage, NULL);
	stage_play(stage, 0, 5);
	stage_begin(stage, 5);
	stage_settle(stage);
	assert_false(stage_done(stage, 5, &error, &progress));
	assert_int_equal(stage_count(stage, SERVER, PEER_ACCEPT, 0), 2);
	stage_free(stage);
}

static void test_what_a_line_presupposes_is_done_silently(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_text(stage, CLIENT, VERB_SEND, "x");
	stage_text(stage, SERVER, VERB_RECEIVE, "x");
	stage_open(stage, NULL);
	peer_prepare(stage->peer);
	stage_play_all(stage);
	assert_int_equal(stage_count(stage, SERVER, PEER_LISTEN, 0), 1);
	assert_int_equal(stage_count(stage, CLIENT, PEER_CONNECT, 0), 1);
	assert_int_equal(stage_count(stage, SERVER, PEER_ACCEPT, 0), 1);
	stage_free(stage);
}

static void test_server_with_a_listen_line_is_not_prepared(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_open(stage, NULL);
	peer_prepare(stage->peer);
	stage_begin(stage, 0);
	assert_int_equal(stage_finish(stage, 0), ECONNREFUSED);
	stage_free(stage);
}

static void test_client_of_the_student_is_accepted_at_once(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage->plan.student[SIDE_CLIENT] = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_text(stage, SERVER, VERB_SEND, "hello");
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	int student = student_connects("127.0.0.1");
	assert_int_equal(send(student, "early", 5, 0), 5);
	stage_settle(stage);
	stage_assert_read(stage, SERVER, "early", 5);
	stage_play(stage, 1, 2);
	char bytes[8];
	assert_int_equal(recv(student, bytes, sizeof(bytes), 0), 5);
	close(student);
	stage_free(stage);
}

static void test_which_client_of_the_student_it_is_may_be_known_later(void **state)
{
	(void)state;
	struct stage *stage = stage_create(2);
	int error;
	int64_t progress;
	stage->plan.student[SIDE_CLIENT] = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, SERVER, VERB_ACCEPT)->other = CLIENT + 1;
	stage_other(stage, CLIENT + 1);
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	int student = student_connects("127.0.0.1");
	stage_begin(stage, 1);
	stage_settle(stage);
	assert_false(stage_done(stage, 1, &error, &progress));
	assert_false(peer_quiet(stage->peer));
	stage->third_party = CLIENT + 1;
	assert_true(peer_quiet(stage->peer));
	assert_int_equal(stage_finish(stage, 1), 0);
	close(student);
	stage_free(stage);
}

static void test_outside_is_the_hosts_other_address(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT)->outside = true;
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_open(stage, "127.0.0.2");
	stage_play_all(stage);
	static const uint8_t outside[] = {127, 0, 0, 2};
	assert_memory_equal(stage->known[0].server.bytes, outside, 4);
	assert_memory_equal(stage->known[0].client.bytes, outside, 4);
	stage_free(stage);
}

static void test_outside_fails_where_the_host_has_no_other_address(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, CLIENT, VERB_CONNECT)->outside = true;
	stage_open(stage, NULL);
	stage_begin(stage, 0);
	assert_int_equal(stage_finish(stage, 0), EADDRNOTAVAIL);
	stage_free(stage);
}

static void test_server_is_reached_by_ipv6_too(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage->plan.student[SIDE_CLIENT] = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_open(stage, NULL);
	stage_play(stage, 0, 1);
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6, .sin6_port = htons(STAGE_PORT), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int student = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (student < 0 || connect(student, (struct sockaddr *)&address, sizeof(address)) < 0) {
		printf("skipped: this host has no ::1\n");
	} else {
		stage_play(stage, 1, 2);
		assert_int_equal(stage->known[0].client.family, AF_INET6);
	}
	if (student >= 0)
		close(student);
	stage_free(stage);
}

static void test_port_in_use_fails_the_listen_line(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage->listener = student_listens();
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_open(stage, NULL);
	stage_begin(stage, 0);
	assert_int_equal(stage_finish(stage, 0), EADDRINUSE);
	assert_int_equal(stage_count(stage, SERVER, PEER_LISTEN, -EADDRINUSE), 1);
	stage_free(stage);
}

static void test_crashed_server_can_listen_again_while_its_port_is_held(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_line(stage, CLIENT, VERB_EOF);
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_text(stage, CLIENT, VERB_SEND, "again");
	stage_text(stage, SERVER, VERB_RECEIVE, "again");
	stage_open(stage, NULL);
	stage_play(stage, 0, 3);
	peer_crash(stage->peer, SERVER);
	stage_play(stage, 3, 8);
	assert_int_equal(stage->known_count, 2);
	assert_int_equal(stage_count(stage, SERVER, PEER_LISTEN, 0), 2);
	stage_free(stage);
}

static void test_crash_ends_the_lines_of_its_role(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage_line(stage, SERVER, VERB_ACCEPT);
	stage_open(stage, NULL);
	stage_begin(stage, 0);
	peer_crash(stage->peer, SERVER);
	assert_int_equal(stage_finish(stage, 0), ECANCELED);
	stage_free(stage);
}

static void test_lines_may_be_begun_from_within_a_hook(void **state)
{
	(void)state;
	struct stage *stage = stage_create(1);
	stage->chains = true;
	stage_line(stage, SERVER, VERB_LISTEN);
	stage_line(stage, CLIENT, VERB_CONNECT);
	stage_text(stage, CLIENT, VERB_SEND, "x");
	stage_line(stage, CLIENT, VERB_CLOSE);
	stage_line(stage, SERVER, VERB_EOF);
	stage_line(stage, SERVER, VERB_CLOSE);
	stage_open(stage, NULL);
	stage->begun = 1;
	stage_begin(stage, 0);
	assert_int_equal(stage_finish(stage, 5), 0);
	assert_int_equal(stage_count(stage, SERVER, PEER_CLOSE, 0), 1);
	stage_assert_read(stage, SERVER, "x", 1);
	stage_free(stage);
}

static void test_verbs_that_ask_nothing_of_the_reference_are_done_at_once(void **state)
{
	(void)state;
	static const enum verb verbs[] = {VERB_SILENT, VERB_IDLE, VERB_ALIVE, VERB_EXIT, VERB_STDOUT};
	struct stage *stage = stage_create(1);
	for (size_t i = 0; i < 5; i++)
		stage_line(stage, CLIENT, verbs[i]);
	stage_open(stage, NULL);
	stage_play_all(stage);
	assert_int_equal(stage->seen_count, 0);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake_is_made_by_both_sides),
		cmocka_unit_test(test_connection_is_named_before_its_first_segment),
		cmocka_unit_test(test_refused_connection_fails_with_its_errno),
		cmocka_unit_test(test_client_reconnects_200_times),
		cmocka_unit_test(test_50_clients_are_told_apart),
		cmocka_unit_test(test_line_with_anybody_means_the_newest_connection),
		cmocka_unit_test(test_accept_without_a_name_takes_whoever_is_left),
		cmocka_unit_test(test_accept_takes_each_connection_once),
		cmocka_unit_test(test_what_a_line_presupposes_is_done_silently),
		cmocka_unit_test(test_server_with_a_listen_line_is_not_prepared),
		cmocka_unit_test(test_client_of_the_student_is_accepted_at_once),
		cmocka_unit_test(test_which_client_of_the_student_it_is_may_be_known_later),
		cmocka_unit_test(test_outside_is_the_hosts_other_address),
		cmocka_unit_test(test_outside_fails_where_the_host_has_no_other_address),
		cmocka_unit_test(test_server_is_reached_by_ipv6_too),
		cmocka_unit_test(test_port_in_use_fails_the_listen_line),
		cmocka_unit_test(test_crashed_server_can_listen_again_while_its_port_is_held),
		cmocka_unit_test(test_crash_ends_the_lines_of_its_role),
		cmocka_unit_test(test_lines_may_be_begun_from_within_a_hook),
		cmocka_unit_test(test_verbs_that_ask_nothing_of_the_reference_are_done_at_once),
	};
	if (!stage_isolate())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
