#include "loopback.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

static struct kernel_socket ask(struct loopback *loopback, int number, enum end end)
{
	const struct connection *connection = connections_at(loopback->connections, number);
	struct kernel_socket socket;
	assert_true(kernel_get(loopback->kernel, &connection->address[end], &connection->address[!end], &socket));
	return socket;
}

/* The states derived from the segments, and those of the kernel. */
static void assert_states_at(struct loopback *loopback, enum tcp_state client, enum tcp_state server, int line)
{
	const enum tcp_state expected[2] = {client, server};
	capture_drain(loopback->capture, loopback->connections);
	int number = (int)connections_count(loopback->connections) - 1;
	for (enum end end = END_CLIENT; end <= END_SERVER; end++) {
		enum tcp_state derived = connections_at(loopback->connections, number)->state[end];
		struct kernel_socket socket = ask(loopback, number, end);
		if (derived != expected[end] || socket.state != expected[end] ||
		    socket.found != (expected[end] != STATE_CLOSED))
			fail_msg("line %d: %s is %s, derived %s, in the kernel %s", line, end == END_CLIENT ? "client" : "server",
			         tcp_state_word(expected[end]), tcp_state_word(derived), tcp_state_word(socket.state));
	}
}

/* Of the latest connection. */
#define assert_states(loopback, client, server) assert_states_at(loopback, client, server, __LINE__)

struct connected {
	int listener, client, server;
};

static struct connected connected(struct loopback *loopback)
{
	struct connected pair = {.listener = listening("127.0.0.1", LOOPBACK_PORT, 4)};
	pair.client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	pair.server = accept(pair.listener, NULL, NULL);
	capture_drain(loopback->capture, loopback->connections);
	return pair;
}

static uint64_t inode_of(int descriptor)
{
	struct stat status;
	assert_int_equal(fstat(descriptor, &status), 0);
	return status.st_ino;
}

static void states_agree_through_a_close_by_the_client(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	assert_states(loopback, STATE_ESTABLISHED, STATE_ESTABLISHED);
	close(pair.client);
	assert_states(loopback, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
	close(pair.server);
	assert_states(loopback, STATE_TIME_WAIT, STATE_CLOSED);
	close(pair.listener);
}

static void states_agree_through_a_half_close(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	shutdown(pair.server, SHUT_WR);
	assert_states(loopback, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2);
	assert_int_equal(send(pair.client, "late", 4, 0), 4);
	assert_states(loopback, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2);
	shutdown(pair.client, SHUT_WR);
	assert_states(loopback, STATE_CLOSED, STATE_TIME_WAIT);
	close(pair.client);
	close(pair.server);
	close(pair.listener);
}

static void states_agree_through_a_reset(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	reset(pair.client);
	assert_states(loopback, STATE_CLOSED, STATE_CLOSED);
	close(pair.server);
	close(pair.listener);
}

static void states_agree_when_late_data_meet_a_closed_socket(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	close(pair.server);
	assert_states(loopback, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2);
	assert_int_equal(send(pair.client, "late", 4, 0), 4);
	assert_states(loopback, STATE_CLOSED, STATE_CLOSED);
	close(pair.client);
	close(pair.listener);
}

static void states_agree_when_nothing_listens(void **state)
{
	struct loopback *loopback = *state;
	assert_int_equal(connecting("127.0.0.1", LOOPBACK_PORT, 0), -1);
	assert_states(loopback, STATE_CLOSED, STATE_CLOSED);
}

static void states_agree_while_nobody_answers(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 0), first = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	union endpoint to;
	socklen_t length = endpoint_set(&to, "127.0.0.1", LOOPBACK_PORT);
	int second = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(second, &to.any, length), -1);
	assert_states(loopback, STATE_SYN_SENT, STATE_CLOSED);
	assert_int_equal(ask(loopback, 1, END_CLIENT).send_queue, 0);
	close(first);
	close(second);
	close(listener);
}

static void states_agree_for_ipv6_and_dual_stack_sockets(void **state)
{
	struct loopback *loopback = *state;
	static const char *const hosts[] = {"::1", "127.0.0.1", "192.0.2.1"};
	int listener = listening("::", LOOPBACK_PORT, 4);
	for (size_t i = 0; i < 3; i++) {
		int client = connecting(hosts[i], LOOPBACK_PORT, 0), server = accept(listener, NULL, NULL);
		assert_states(loopback, STATE_ESTABLISHED, STATE_ESTABLISHED);
		assert_int_equal(ask(loopback, (int)i, END_SERVER).inode, inode_of(server));
		close(client);
		assert_states(loopback, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
		close(server);
		assert_states(loopback, STATE_TIME_WAIT, STATE_CLOSED);
	}
	close(listener);
}

/* The addresses as a dual-stack server's own calls show them. */
static void ipv4_mapped_addresses_are_found(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("::", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	union endpoint from, to;
	socklen_t length = sizeof(from);
	int server = accept(listener, &from.any, &length);
	length = sizeof(to);
	assert_int_equal(getsockname(server, &to.any, &length), 0);
	struct address remote = {.family = AF_INET6, .port = ntohs(from.v6.sin6_port)};
	struct address local = {.family = AF_INET6, .port = ntohs(to.v6.sin6_port)};
	memcpy(remote.bytes, &from.v6.sin6_addr, 16);
	memcpy(local.bytes, &to.v6.sin6_addr, 16);
	struct kernel_socket socket;
	assert_true(kernel_get(loopback->kernel, &local, &remote, &socket));
	assert_true(socket.found);
	assert_int_equal(socket.inode, inode_of(server));
	close(client);
	close(server);
	close(listener);
}

static void a_socket_is_held_while_a_descriptor_refers_to_it(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	capture_drain(loopback->capture, loopback->connections);
	assert_int_equal(ask(loopback, 0, END_SERVER).inode, 0); /* not accepted yet */
	int server = accept(listener, NULL, NULL), copy = dup(server);
	assert_int_equal(ask(loopback, 0, END_SERVER).inode, inode_of(server));
	close(server);
	assert_int_equal(ask(loopback, 0, END_SERVER).inode, inode_of(copy));
	close(copy);
	assert_int_equal(ask(loopback, 0, END_SERVER).inode, 0);
	close(client);
	close(listener);
}

static void queues_count_bytes_as_the_ioctls_do(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	char byte;
	int waiting;
	assert_int_equal(send(pair.client, "hello", 5, 0), 5);
	assert_int_equal(ask(loopback, 0, END_SERVER).receive_queue, 5);
	assert_int_equal(ask(loopback, 0, END_SERVER).bytes_received, 5);
	shutdown(pair.client, SHUT_WR);
	assert_int_equal(ask(loopback, 0, END_SERVER).receive_queue, 5);
	assert_int_equal(ask(loopback, 0, END_SERVER).bytes_received, 5);
	for (unsigned left = 4; left < 5; left--) {
		assert_int_equal(read(pair.server, &byte, 1), 1);
		assert_int_equal(ioctl(pair.server, FIONREAD, &waiting), 0);
		assert_int_equal(ask(loopback, 0, END_SERVER).receive_queue, left);
		assert_int_equal(waiting, left);
	}
	assert_int_equal(read(pair.server, &byte, 1), 0);
	assert_int_equal(ask(loopback, 0, END_SERVER).receive_queue, 0);
	assert_int_equal(ask(loopback, 0, END_SERVER).bytes_received, 5);
	assert_int_equal(ask(loopback, 0, END_CLIENT).send_queue, 0);
	assert_int_equal(ask(loopback, 0, END_CLIENT).unacknowledged, 0);
	close(pair.client);
	close(pair.server);
	close(pair.listener);
}

/* A window that is full keeps the FIN back: what is unacknowledged are the bytes alone. */
static void a_full_window_leaves_bytes_in_the_send_queue(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	static char bytes[65536];
	size_t sent = 0;
	for (ssize_t n; (n = send(pair.client, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0;) {
		sent += (size_t)n;
		capture_drain(loopback->capture, loopback->connections);
	}
	shutdown(pair.client, SHUT_WR);
	struct kernel_socket client = ask(loopback, 0, END_CLIENT), server = ask(loopback, 0, END_SERVER);
	assert_int_equal(client.state, STATE_FIN_WAIT_1);
	assert_true(client.send_queue > 0);
	assert_int_equal(client.send_queue + server.receive_queue, sent);
	assert_int_equal(server.bytes_received, server.receive_queue);
	close(pair.client);
	close(pair.server);
	close(pair.listener);
}

static void a_state_event_says_what_the_kernel_says(void **state)
{
	struct loopback *loopback = *state;
	struct connected pair = connected(loopback);
	struct event event;
	assert_int_equal(send(pair.client, "abc", 3, 0), 3);
	const struct connection *connection = connections_at(loopback->connections, 0);
	assert_true(kernel_state_event(loopback->kernel, connection, END_SERVER, &event));
	assert_int_equal(event.kind, EVENT_STATE);
	assert_int_equal(event.connection, 0);
	assert_int_equal(event.state.end, END_SERVER);
	assert_int_equal(event.state.state, STATE_ESTABLISHED);
	assert_true(event.state.confirmed && event.state.held);
	assert_int_equal(event.state.receive_queue, 3);
	reset(pair.server);
	assert_true(kernel_state_event(loopback->kernel, connection, END_SERVER, &event));
	assert_int_equal(event.state.state, STATE_CLOSED);
	assert_false(event.state.held);
	close(pair.client);
	close(pair.listener);
}

static void a_listener_is_found_wherever_it_is_bound(void **state)
{
	struct loopback *loopback = *state;
	static const char *const hosts[] = {"0.0.0.0", "127.0.0.1", "::", "::1", "192.0.2.1", "127.0.0.7"};
	struct kernel_socket socket;
	struct address local;
	assert_true(kernel_listener(loopback->kernel, LOOPBACK_PORT, &socket, NULL));
	assert_false(socket.found);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		char shown[ADDRESS_LENGTH], expected[ADDRESS_LENGTH];
		int listener = listening(hosts[i], LOOPBACK_PORT, 7);
		assert_true(kernel_listener(loopback->kernel, LOOPBACK_PORT, &socket, &local));
		assert_true(socket.found);
		assert_int_equal(socket.state, STATE_LISTEN);
		assert_int_equal(socket.inode, inode_of(listener));
		assert_int_equal(socket.send_queue, 7);
		assert_int_equal(socket.receive_queue, 0);
		snprintf(expected, sizeof(expected), strchr(hosts[i], ':') != NULL ? "[%s]:%d" : "%s:%d", hosts[i],
		         LOOPBACK_PORT);
		assert_string_equal(address_text(&local, shown), expected);
		close(listener);
	}
}

static void a_listener_counts_the_connections_that_wait(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("0.0.0.0", LOOPBACK_PORT, 7);
	int first = connecting("127.0.0.1", LOOPBACK_PORT, 0), second = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	struct kernel_socket socket;
	assert_true(kernel_listener(loopback->kernel, LOOPBACK_PORT, &socket, NULL));
	assert_int_equal(socket.receive_queue, 2);
	close(first);
	close(second);
	close(listener);
}

static void a_listener_is_no_end_of_a_connection(void **state)
{
	struct loopback *loopback = *state;
	struct address local = {.family = AF_INET, .port = LOOPBACK_PORT, .bytes = {127, 0, 0, 1}};
	struct address remote = {.family = AF_INET, .port = 55555, .bytes = {127, 0, 0, 1}};
	struct kernel_socket socket;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4);
	assert_true(kernel_get(loopback->kernel, &local, &remote, &socket));
	assert_false(socket.found);
	assert_int_equal(socket.state, STATE_CLOSED);
	close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOOPBACK(states_agree_through_a_close_by_the_client),
		LOOPBACK(states_agree_through_a_half_close),
		LOOPBACK(states_agree_through_a_reset),
		LOOPBACK(states_agree_when_late_data_meet_a_closed_socket),
		LOOPBACK(states_agree_when_nothing_listens),
		LOOPBACK(states_agree_while_nobody_answers),
		LOOPBACK(states_agree_for_ipv6_and_dual_stack_sockets),
		LOOPBACK(ipv4_mapped_addresses_are_found),
		LOOPBACK(a_socket_is_held_while_a_descriptor_refers_to_it),
		LOOPBACK(queues_count_bytes_as_the_ioctls_do),
		LOOPBACK(a_full_window_leaves_bytes_in_the_send_queue),
		LOOPBACK(a_state_event_says_what_the_kernel_says),
		LOOPBACK(a_listener_is_found_wherever_it_is_bound),
		LOOPBACK(a_listener_counts_the_connections_that_wait),
		LOOPBACK(a_listener_is_no_end_of_a_connection),
	};
	if (!loopback_allowed())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
