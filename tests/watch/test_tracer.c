#include "tracer_programs.h"
#include "tracer_stage.h"

#define LISTENS "socket socket=3 setsockopt setsockopt=0 bind bind=0 listen listen=0"

static struct stage stage;

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage, WATCH_CALLS);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

static void assert_words(const char *expected)
{
	assert_string_equal(text_string(&stage.words), expected);
}

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

static void several_messages_count_their_bytes(void **state)
{
	(void)state;
	stage_launch(&stage, "messages");
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "sendmmsg"), "sendmmsg sendmmsg=10 recvmmsg recvmmsg=10 exit:0");
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
	assert_string_equal(stage_words(&stage, "splice"),
	                    "splice splice=5 splice splice=5 sendfile sendfile=9 exit:0");
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

static void children_and_their_ends_are_told(void **state)
{
	(void)state;
	stage_launch(&stage, "forks");
	stage_until(&stage, "listen=0");
	int one = stage_connect(&stage), two = stage_connect(&stage);
	assert_int_equal(write(one, "x", 1), 1);
	stage_until(&stage, "pause");
	assert_non_null(strstr(text_string(&stage.words), "exit:5"));
	assert_null(strstr(text_string(&stage.words), "exit:6"));
	assert_int_equal(tracer_alive(stage.tracer, STAGE_ACTOR), 2);
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), stage.pid);
	close(two);
	stage_until(&stage, "exit:6");
	for (size_t i = 0; i < stage.event_count; i++)
		if (stage.events[i].kind == EVENT_FORK)
			assert_int_equal(stage.events[i].process.parent, stage.pid);
		else if (stage.events[i].kind == EVENT_EXIT)
			assert_false(stage.events[i].process.main);
	close(one);
}

static void a_daemon_stays_in_sight(void **state)
{
	(void)state;
	stage_launch(&stage, "daemon");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(tracer_alive(stage.tracer, ACTOR_NONE), 1);
	assert_int_equal(tracer_main(stage.tracer, STAGE_ACTOR), 0);
	close(stage_connect(&stage));
	stage_until(&stage, "exit:4");
	stage_end(&stage);
}

static void threads_are_told_apart_from_processes(void **state)
{
	(void)state;
	stage_launch(&stage, "threads");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 4);
	assert_int_equal(tracer_alive(stage.tracer, STAGE_ACTOR), 1);
	int fds[3];
	for (int i = 0; i < 3; i++)
		fds[i] = stage_connect(&stage);
	stage_end(&stage);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	assert_non_null(strstr(text_string(&stage.words), "thread"));
	assert_null(strstr(text_string(&stage.words), "fork"));
	assert_non_null(strstr(text_string(&stage.words), "exit:3"));
}

static void a_process_outlives_its_first_thread(void **state)
{
	(void)state;
	stage_launch(&stage, "leaderless");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 1);
	assert_int_equal(activity.blocked[0].call, CALL_ACCEPT);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_SOCKETS), 1);
	int fd = stage_connect(&stage);
	stage_end(&stage);
	close(fd);
	assert_true(stage_find(&stage, EVENT_RETURN, CALL_ACCEPT)->call.result > 0);
	assert_non_null(strstr(text_string(&stage.words), "exit:0"));
}

static void exec_in_another_thread_keeps_the_process(void **state)
{
	(void)state;
	stage_launch(&stage, "thread_exec");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 1);
	assert_int_equal(activity.blocked[0].tid, stage.pid);
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_words("exec thread exec " LISTENS " accept accept=4 read read=0 close close=0 close close=0 exit:7");
}

static void vfork_and_exec_are_followed(void **state)
{
	(void)state;
	stage_launch(&stage, "vfork_exec");
	stage_until(&stage, "listen=0");
	close(stage_connect(&stage));
	stage_end(&stage);
	size_t execs = 0;
	for (size_t i = 0; i < stage.event_count; i++)
		execs += stage.events[i].kind == EVENT_EXEC;
	assert_int_equal(execs, 2);
	assert_non_null(strstr(text_string(&stage.words), "exit:7"));
	assert_non_null(strstr(text_string(&stage.words), "exit:8"));
}

static void waits_carry_their_timeouts(void **state)
{
	(void)state;
	stage_launch(&stage, "waits");
	stage_until(&stage, "epoll_wait=0 epoll_wait");
	close(stage_connect(&stage));
	stage_end(&stage);
	const struct event *selected = stage_find(&stage, EVENT_CALL, strstr(text_string(&stage.words), "pselect6") != NULL
	                                                                       ? CALL_PSELECT6
	                                                                       : CALL_SELECT);
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

static void a_handler_interrupts_a_call(void **state)
{
	(void)state;
	stage_launch(&stage, "interrupted");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_end(&stage);
	assert_words("exec " LISTENS " accept signal:10 accept=-4 exit:4");
}

static void a_restarted_call_is_told_once(void **state)
{
	(void)state;
	stage_launch(&stage, "restarted");
	struct activity activity;
	for (int i = 0; i < 3; i++) {
		stage_settle(&stage, &activity);
		assert_int_equal(activity.blocked[0].call, CALL_ACCEPT);
		kill(stage.pid, SIGUSR1);
	}
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	int fd = stage_connect(&stage);
	stage_end(&stage);
	close(fd);
	assert_words("exec " LISTENS " accept signal:10 signal:10 signal:10 accept=4 exit:0");
}

static void a_call_tried_again_after_eintr_is_told_twice(void **state)
{
	(void)state;
	stage_launch(&stage, "tries_again");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_until(&stage, "accept=-4 accept");
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_words("exec " LISTENS " accept signal:10 accept=-4 accept accept=4 exit:0");
}

static void a_handler_that_jumps_away_leaves_its_call(void **state)
{
	(void)state;
	stage_launch(&stage, "jumps");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "accept"), "accept signal:10 accept=-4 close close=0 exit:0");
}

static void calls_of_a_handler_are_told_inside_the_call_it_interrupts(void **state)
{
	(void)state;
	stage_launch(&stage, "handler_calls");
	stage_until(&stage, "accept wait4");
	stage_until(&stage, "accept");
	stage_settle_on(&stage, CALL_ACCEPT);
	close(stage_connect(&stage));
	stage_end(&stage);
	const char *words = stage_words(&stage, "wait4");
	assert_non_null(strstr(words, "accept=4 exit:0"));
	assert_null(strstr(words, "accept=-4"));
	assert_int_equal(stage_count(&stage, EVENT_CALL, CALL_ACCEPT), 1);
}

static void a_storm_of_forks_leaves_nothing_behind(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		stage.words.length = stage.event_count = 0;
		stage_launch(&stage, "fork_storm");
		size_t wanted = 3 + round;
		int64_t start = stage_now();
		while (stage_count_kind(&stage, EVENT_FORK) < wanted) {
			tracer_reap(stage.tracer, 1 + round % 3);
			assert_true(stage_now() - start < STAGE_PATIENCE_NS);
		}
		kill(stage.pid, SIGKILL);
		stage_end(&stage);
		assert_int_equal(tracer_alive(stage.tracer, ACTOR_NONE), 0);
		assert_int_equal(stage_count_kind(&stage, EVENT_FORK) + 1, stage_count_kind(&stage, EVENT_EXIT));
	}
}

static void exec_amid_many_threads_leaves_one(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		stage.words.length = stage.event_count = 0;
		stage_launch(&stage, "exec_storm");
		struct activity activity;
		stage_until(&stage, "listen=0");
		stage_settle(&stage, &activity);
		assert_int_equal(activity.kind, ACTIVITY_QUIET);
		assert_int_equal(activity.blocked_count, 1);
		close(stage_connect(&stage));
		stage_end(&stage);
		assert_non_null(strstr(text_string(&stage.words), "exit:7"));
	}
}

static void an_ignored_signal_does_not_disturb_epoll_wait(void **state)
{
	(void)state;
	stage_launch(&stage, "epoll_child");
	stage_until(&stage, "signal:17");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	close(stage_connect(&stage));
	stage_end(&stage);
	assert_null(strstr(text_string(&stage.words), "=-4"));
	assert_non_null(strstr(text_string(&stage.words), "epoll_wait=1 exit:0"));
}

static void a_handler_interrupts_epoll_wait(void **state)
{
	(void)state;
	stage_launch(&stage, "epoll_signal");
	struct activity activity;
	stage_settle(&stage, &activity);
	kill(stage.pid, SIGUSR1);
	stage_end(&stage);
	assert_string_equal(stage_words(&stage, "epoll_wait"), "epoll_wait signal:10 epoll_wait=-4 exit:4");
}

static void a_crash_is_told_with_its_signal(void **state)
{
	(void)state;
	stage_launch(&stage, "crashes");
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "signal:6 kill:6"));
}

static void a_stopped_program_is_blocked_and_can_go_on(void **state)
{
	(void)state;
	stage_launch(&stage, "stops");
	struct activity activity;
	stage_until(&stage, "kill");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	kill(stage.pid, SIGCONT);
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "exit:11"));
}

static void a_held_program_stands_at_the_end_of_its_call(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage.hold_at = CALL_LISTEN;
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(activity.blocked_count, 1);
	assert_true(activity.blocked[0].held);
	assert_int_equal(activity.blocked[0].call, CALL_LISTEN);
	assert_words("exec " LISTENS);
	close(stage_connect(&stage));
	stage.hold_at = CALL_OTHER;
	tracer_release(stage.tracer, STAGE_ACTOR);
	stage_end(&stage);
	assert_non_null(strstr(text_string(&stage.words), "accept=4 read read=0"));
}

static void a_blocked_thread_is_held_when_its_call_returns(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_false(activity.blocked[0].held);
	tracer_hold(stage.tracer, STAGE_ACTOR);
	int fd = stage_connect(&stage);
	stage_until(&stage, "accept=4");
	stage_settle(&stage, &activity);
	assert_true(activity.blocked[0].held);
	assert_null(strstr(text_string(&stage.words), "read"));
	close(fd);
	tracer_release(stage.tracer, STAGE_ACTOR);
	stage_end(&stage);
}

static void a_killed_program_ends_even_while_held(void **state)
{
	(void)state;
	stage_launch(&stage, "echo");
	stage.hold_at = CALL_LISTEN;
	stage_until(&stage, "listen=0");
	kill(stage.pid, SIGKILL);
	stage_end(&stage);
	assert_words("exec " LISTENS " kill:9");
}

static void a_child_of_the_harness_is_remembered(void **state)
{
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(33);
	int status;
	int64_t start = stage_now();
	while (!tracer_child_exited(stage.tracer, child, &status)) {
		tracer_reap(stage.tracer, 10);
		assert_true(stage_now() - start < STAGE_PATIENCE_NS);
	}
	assert_int_equal(WEXITSTATUS(status), 33);
	assert_false(tracer_child_exited(stage.tracer, child, &status));
	assert_words("");
}

static void what_a_program_holds_is_counted(void **state)
{
	(void)state;
	stage_launch(&stage, "holds");
	struct activity activity;
	stage_settle(&stage, &activity);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_SOCKETS), 2);
	tracer_count_datagrams(stage.tracer, true);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_SOCKETS), 1);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_DESCRIPTORS), 10);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_PROCESSES), 2);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_ZOMBIES), 0);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR + 1, COUNT_SOCKETS), 0);
}

static void children_nobody_waits_for_are_zombies(void **state)
{
	(void)state;
	stage_launch(&stage, "zombies");
	struct activity activity;
	stage_until(&stage, "pause");
	stage_settle(&stage, &activity);
	assert_int_equal(activity.kind, ACTIVITY_QUIET);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_ZOMBIES), 3);
	assert_int_equal(tracer_count(stage.tracer, STAGE_ACTOR, COUNT_PROCESSES), 1);
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
	        TEST(several_messages_count_their_bytes),
	        TEST(splice_and_sendfile_name_the_socket),
	        TEST(copies_of_a_descriptor_are_the_same_socket),
	        TEST(a_passed_descriptor_is_known_in_its_new_home),
	        TEST(children_and_their_ends_are_told),
	        TEST(a_daemon_stays_in_sight),
	        TEST(threads_are_told_apart_from_processes),
	        TEST(a_process_outlives_its_first_thread),
	        TEST(exec_in_another_thread_keeps_the_process),
	        TEST(vfork_and_exec_are_followed),
	        TEST(waits_carry_their_timeouts),
	        TEST(a_nonblocking_call_returns_its_error),
	        TEST(a_handler_interrupts_a_call),
	        TEST(a_restarted_call_is_told_once),
	        TEST(a_call_tried_again_after_eintr_is_told_twice),
	        TEST(a_handler_that_jumps_away_leaves_its_call),
	        TEST(calls_of_a_handler_are_told_inside_the_call_it_interrupts),
	        TEST(a_storm_of_forks_leaves_nothing_behind),
	        TEST(exec_amid_many_threads_leaves_one),
	        TEST(an_ignored_signal_does_not_disturb_epoll_wait),
	        TEST(a_handler_interrupts_epoll_wait),
	        TEST(a_crash_is_told_with_its_signal),
	        TEST(a_stopped_program_is_blocked_and_can_go_on),
	        TEST(a_held_program_stands_at_the_end_of_its_call),
	        TEST(a_blocked_thread_is_held_when_its_call_returns),
	        TEST(a_killed_program_ends_even_while_held),
	        TEST(a_child_of_the_harness_is_remembered),
	        TEST(what_a_program_holds_is_counted),
	        TEST(children_nobody_waits_for_are_zombies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
