#include "tracer_scene.h"

static void calls_of_a_server_are_told_in_order(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	stage_read(fd, 6);
	close(fd);
	stage_end(&stage);
	assert_words("exec " LISTENS " accept accept=4 read read=6 write write=6 read read=0 close close=0 close close=0 "
	             "exit:7");
}

static void a_call_carries_what_it_was_about(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	struct sockaddr_in own;
	socklen_t length = sizeof(own);
	getsockname(fd, (struct sockaddr *)&own, &length);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	stage_until(&stage, "write=6");
	stage_read(fd, 6);
	close(fd);
	stage_end(&stage);
	const struct event *bound = stage_find(&stage, EVENT_CALL, CALL_BIND);
	assert_int_equal(bound->call.address.port, stage.port);
	assert_int_equal(bound->call.address.family, AF_INET);
	assert_int_equal(bound->actor, STAGE_ACTOR);
	assert_int_equal(bound->pid, stage.pid);
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_LISTEN)->call.argument, 5);
	const struct event *option = stage_find(&stage, EVENT_CALL, CALL_SETSOCKOPT);
	assert_int_equal(option->call.argument, (int64_t)SOL_SOCKET << 32 | SO_REUSEADDR);
	assert_int_equal(option->call.value, 1);
	const struct event *accepts = stage_find(&stage, EVENT_CALL, CALL_ACCEPT);
	const struct event *accepted = stage_find(&stage, EVENT_RETURN, CALL_ACCEPT);
	assert_true(accepts->call.listening);
	assert_false(accepted->call.listening);
	assert_int_equal(accepted->call.address.port, ntohs(own.sin_port));
	assert_int_equal(accepted->call.repeat, 1);
	const struct event *reads = stage_find(&stage, EVENT_RETURN, CALL_READ);
	assert_true(accepted->call.socket != 0 && accepted->call.socket != accepts->call.socket);
	assert_true(reads->call.socket == accepted->call.socket);
	assert_int_equal(reads->call.argument, 512);
	assert_int_equal(reads->data_length, 6);
	assert_memory_equal(reads->data, "hello\n", 6);
	const struct event *writes = stage_find(&stage, EVENT_CALL, CALL_WRITE);
	assert_int_equal(writes->data_length, 6);
	assert_memory_equal(writes->data, "hello\n", 6);
	const struct event *ended = &stage.events[stage.event_count - 1];
	assert_true(ended->kind == EVENT_EXIT && ended->process.main);
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), 0);
}

static void a_connection_is_named_once_its_socket_is_known(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage_until(&stage, "listen=0");
	stage.hold_at = CALL_ACCEPT;
	int fd = stage_connect(&stage);
	stage_until(&stage, "accept=4");
	struct address ends[2] = {{.family = AF_INET, .port = 1, .bytes = {127, 0, 0, 1}},
	                          {.family = AF_INET, .port = stage.port, .bytes = {127, 0, 0, 1}}};
	const struct event *accepted = stage_find(&stage, EVENT_RETURN, CALL_ACCEPT);
	assert_int_equal(accepted->connection, CONNECTION_NONE);
	struct connection *connection = connections_find(stage.connections, &ends[0], &ends[1]);
	connections_socket(stage.connections, connection, END_SERVER, accepted->call.socket);
	stage.hold_at = CALL_OTHER;
	tracer_release(stage.tracer, STAGE_ACTOR);
	close(fd);
	stage_end(&stage);
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_READ)->connection, connection->number);
}

static void a_refused_connect_says_why(void **state)
{
	(void)state;
	stage_launch(&stage, "client");
	stage_end(&stage);
	assert_words("exec socket socket=3 connect connect=-111 exit:111");
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_CONNECT)->call.address.port, stage.port);
}

static void datagrams_carry_their_addresses(void **state)
{
	(void)state;
	stage_launch(&stage, "datagrams");
	stage_end(&stage);
	assert_words("exec socket socket=3 bind bind=0 sendto sendto=4 recvfrom recvfrom=4 exit:0");
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_SENDTO)->call.address.port, stage.port);
	assert_int_equal(stage_find(&stage, EVENT_RETURN, CALL_RECVFROM)->call.address.port, stage.port);
}

static void scattered_bytes_are_gathered(void **state)
{
	(void)state;
	stage_launch(&stage, "vectors");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	assert_int_equal(write(fd, "abcdef", 6), 6);
	stage_until(&stage, "writev=6");
	assert_int_equal(write(fd, "ghijkl", 6), 6);
	stage_end(&stage);
	close(fd);
	assert_string_equal(stage_words(&stage, "readv"), "readv readv=6 writev writev=6 recvmsg recvmsg=6 sendmsg "
	                                                  "sendmsg=6 exit:0");
	const struct event *reads = stage_find(&stage, EVENT_RETURN, CALL_READV);
	assert_int_equal(reads->call.argument, 67);
	assert_int_equal(reads->data_length, 6);
	assert_memory_equal(reads->data, "abcdef", 6);
	assert_memory_equal(stage_find(&stage, EVENT_RETURN, CALL_RECVMSG)->data, "ghijkl", 6);
	assert_memory_equal(stage_find(&stage, EVENT_CALL, CALL_SENDMSG)->data, "ghijkl", 6);
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_SENDMSG)->call.value, MSG_NOSIGNAL);
}

static void several_messages_return_one_by_one(void **state)
{
	(void)state;
	stage_launch(&stage, "messages");
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "sendmmsg"),
	                    "sendmmsg sendmmsg=4 sendmmsg=6 recvmmsg recvmmsg=4 recvmmsg=6 exit:0");
}

static void splice_and_sendfile_name_the_socket(void **state)
{
	(void)state;
	stage_launch(&stage, "pipes");
	stage_until(&stage, "listen=0");
	int fd = stage_connect(&stage);
	assert_int_equal(write(fd, "12345", 5), 5);
	stage_end(&stage);
	close(fd);
	assert_string_equal(stage_words(&stage, "splice"), "splice splice=5 splice splice=5 sendfile sendfile=9 exit:0");
	for (size_t i = 0; i < stage.event_count; i++)
		if (stage.events[i].call.call == CALL_SPLICE || stage.events[i].call.call == CALL_SENDFILE)
			assert_int_equal(stage.events[i].call.descriptor, 4);
}

static void copies_of_a_descriptor_are_the_same_socket(void **state)
{
	(void)state;
	stage_launch(&stage, "copies");
	stage_end(&stage);
	assert_words("exec " LISTENS " dup dup=4 dup2 dup2=9 fcntl fcntl=20 close close=0 close close=0 close close=0 "
	             "close_range close_range=0 exit:0");
	uint64_t inode = stage_find(&stage, EVENT_CALL, CALL_BIND)->call.socket;
	for (size_t i = 0; i < stage.event_count; i++)
		if (stage.events[i].kind == EVENT_CALL && stage.events[i].call.call == CALL_CLOSE)
			assert_true(stage.events[i].call.socket == inode);
}

static void a_number_means_the_socket_it_was_given_last(void **state)
{
	(void)state;
	stage_launch(&stage, "numbers");
	stage_end(&stage);
	uint64_t sockets[4] = {0};
	size_t count = 0;
	for (size_t i = 0; i < stage.event_count; i++)
		if (stage.events[i].kind == EVENT_CALL && stage.events[i].call.call == CALL_SETSOCKOPT && count < 4)
			sockets[count++] = stage.events[i].call.socket;
	assert_int_equal(count, 4);
	assert_true(sockets[1] != sockets[0]);
	assert_true(sockets[2] == sockets[0]);
	assert_true(sockets[3] != sockets[0] && sockets[3] != sockets[1]);
	assert_null(strstr(stage_words(&stage, "setsockopt"), "setsockopt=-"));
}

static void a_passed_descriptor_is_known_in_its_new_home(void **state)
{
	(void)state;
	stage_launch(&stage, "passes");
	stage_until(&stage, "accept");
	uint64_t inode = stage_find(&stage, EVENT_CALL, CALL_BIND)->call.socket;
	const struct event *accepts = stage_find(&stage, EVENT_CALL, CALL_ACCEPT);
	assert_true(accepts->call.socket == inode && accepts->call.listening);
	assert_true(accepts->pid != stage.pid);
	int fd = stage_connect(&stage);
	stage_end(&stage);
	close(fd);
}

static void waits_carry_their_timeouts(void **state)
{
	(void)state;
	stage_launch(&stage, "waits");
	stage_until(&stage, "epoll_wait=0 epoll_wait");
	close(stage_connect(&stage));
	stage_end(&stage);
	const struct event *selected = stage_find(
		&stage, EVENT_CALL, strstr(text_string(&stage.words), "pselect6") != NULL ? CALL_PSELECT6 : CALL_SELECT);
	assert_int_equal(selected->call.argument, 2);
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_POLL)->call.argument, 3);
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_EPOLL_WAIT)->call.argument, 1);
	assert_int_equal(stage_find(&stage, EVENT_CALL, CALL_EPOLL_CTL)->call.descriptor, 3);
	assert_non_null(strstr(text_string(&stage.words), "epoll_wait=0 epoll_wait epoll_wait=1 exit:0"));
}

static void a_nonblocking_call_returns_its_error(void **state)
{
	(void)state;
	stage_launch(&stage, "nonblocking");
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "fcntl"), "fcntl fcntl=2 fcntl fcntl=0 accept accept=-11 exit:0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(int count, char **arguments)
{
	programs_run(count, arguments);
	const struct CMUnitTest tests[] = {
		TEST(calls_of_a_server_are_told_in_order),
		TEST(a_call_carries_what_it_was_about),
		TEST(a_connection_is_named_once_its_socket_is_known),
		TEST(a_refused_connect_says_why),
		TEST(datagrams_carry_their_addresses),
		TEST(scattered_bytes_are_gathered),
		TEST(several_messages_return_one_by_one),
		TEST(splice_and_sendfile_name_the_socket),
		TEST(copies_of_a_descriptor_are_the_same_socket),
		TEST(a_number_means_the_socket_it_was_given_last),
		TEST(a_passed_descriptor_is_known_in_its_new_home),
		TEST(waits_carry_their_timeouts),
		TEST(a_nonblocking_call_returns_its_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
