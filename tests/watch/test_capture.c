#include "loopback.h"

#include "watch/frame.h"

#include <poll.h>
#include <time.h>

static void segments_are_there_when_the_call_returns(void **state)
{
	struct loopback *loopback = *state;
	char bytes[16];
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4);
	assert_passed(loopback, "");
	int client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	assert_passed(loopback, "c:S s:SA c:A");
	int server = accept(listener, NULL, NULL);
	assert_passed(loopback, "");
	assert_int_equal(send(client, "hello", 5, 0), 5);
	assert_passed(loopback, "c:5A s:A");
	assert_int_equal(read(server, bytes, sizeof(bytes)), 5);
	assert_passed(loopback, "");
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	assert_passed(loopback, "c:FA s:A");
	assert_int_equal(send(server, "bye", 3, 0), 3);
	assert_passed(loopback, "s:3A c:A");
	close(server);
	assert_passed(loopback, "s:FA c:A");
	close(client);
	assert_passed(loopback, "");
	close(listener);
}

static void closing_with_unread_bytes_resets(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	int server = accept(listener, NULL, NULL);
	assert_int_equal(send(client, "hello", 5, 0), 5);
	assert_passed(loopback, "c:S s:SA c:A c:5A s:A");
	close(server);
	assert_passed(loopback, "s:RA");
	close(client);
	close(listener);
}

static void a_closed_port_refuses_with_a_reset(void **state)
{
	struct loopback *loopback = *state;
	assert_int_equal(connecting("127.0.0.1", LOOPBACK_PORT, 0), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_passed(loopback, "c:S s:RA");
	assert_int_equal(connections_at(loopback->connections, 0)->state[END_CLIENT], STATE_CLOSED);
}

static void ipv6_is_seen_too(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("::1", LOOPBACK_PORT, 4), client = connecting("::1", LOOPBACK_PORT, 0);
	assert_int_equal(send(client, "hello", 5, 0), 5);
	close(client);
	assert_passed(loopback, "c:S s:SA c:A c:5A s:A c:FA s:A");
	const struct connection *connection = connections_at(loopback->connections, 0);
	assert_int_equal(connection->address[END_SERVER].family, AF_INET6);
	assert_int_equal(connection->address[END_SERVER].port, LOOPBACK_PORT);
	assert_int_equal(connection->address[END_SERVER].bytes[15], 1);
	assert_int_equal(loopback->headers[0] >> 4, 6);
	close(listener);
}

static void a_dual_stack_server_is_reached_by_ipv4(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("::", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	int server = accept(listener, NULL, NULL);
	assert_passed(loopback, "c:S s:SA c:A");
	assert_int_equal(connections_at(loopback->connections, 0)->address[END_SERVER].family, AF_INET);
	close(client);
	close(server);
	assert_passed(loopback, "c:FA s:A s:FA c:A");
	close(listener);
}

static void the_headers_of_a_segment_are_kept_without_its_payload(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	char bytes[1000] = {0};
	assert_passed(loopback, "c:S s:SA c:A");
	assert_int_equal(send(client, bytes, sizeof(bytes), 0), sizeof(bytes));
	capture_drain(loopback->capture, loopback->connections);
	const uint8_t *ip = loopback->headers; /* of the ACK: 20 bytes of IP, 32 of TCP with the timestamps option */
	assert_int_equal(loopback->headers_length, 52);
	assert_int_equal(ip[0], 0x45);
	assert_int_equal(ip[9], IPPROTO_TCP);
	assert_int_equal(ip[20] << 8 | ip[21], LOOPBACK_PORT);
	close(client);
	close(listener);
}

static int64_t monotonic_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void times_lie_within_the_call(void **state)
{
	struct loopback *loopback = *state;
	enum { SLACK_NS = 1000000 }; /* two clocks are read one after the other */
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4);
	int64_t before_ns = monotonic_ns();
	int client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	int64_t after_ns = monotonic_ns();
	capture_drain(loopback->capture, loopback->connections);
	assert_int_equal(loopback->segment_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(loopback->segments[i].time_ns >= before_ns - SLACK_NS);
		assert_true(loopback->segments[i].time_ns <= after_ns + SLACK_NS);
		assert_true(i == 0 || loopback->segments[i].time_ns >= loopback->segments[i - 1].time_ns);
	}
	close(client);
	close(listener);
}

/* Moves `total` bytes within one thread; drains after each write when there is a loopback. */
static void transfer(int from, int to, size_t total, struct loopback *loopback)
{
	static char bytes[256 * 1024];
	for (size_t sent = 0, taken = 0; taken < total;) {
		size_t left = total - sent < sizeof(bytes) ? total - sent : sizeof(bytes);
		ssize_t written = left > 0 ? send(from, bytes, left, MSG_DONTWAIT) : 0;
		sent += written > 0 ? (size_t)written : 0;
		ssize_t got = recv(to, bytes, sizeof(bytes), MSG_DONTWAIT);
		taken += got > 0 ? (size_t)got : 0;
		if (loopback != NULL)
			capture_drain(loopback->capture, loopback->connections);
	}
}

static void a_mebibyte_passes_without_a_loss_when_drained(void **state)
{
	struct loopback *loopback = *state;
	enum { TOTAL = 1 << 20 };
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	int server = accept(listener, NULL, NULL);
	transfer(client, server, TOTAL, loopback);
	close(client);
	close(server);
	capture_drain(loopback->capture, loopback->connections);
	assert_int_equal(capture_dropped(loopback->capture), 0);
	uint64_t bytes = 0;
	for (size_t i = 0; i < loopback->segment_count; i++) {
		const struct event *event = &loopback->segments[i];
		assert_true(event->segment.length <= 1460);
		if (event->segment.sender == END_CLIENT && !event->segment.repeated)
			bytes += event->segment.length;
	}
	assert_int_equal(bytes, TOTAL);
	assert_int_equal(connections_at(loopback->connections, 0)->state[END_CLIENT], STATE_TIME_WAIT);
	assert_int_equal(connections_at(loopback->connections, 0)->state[END_SERVER], STATE_CLOSED);
	close(listener);
}

static void losses_are_counted(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4), client = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	int server = accept(listener, NULL, NULL);
	transfer(client, server, 96 << 20, NULL);
	unsigned taken = capture_drain(loopback->capture, loopback->connections);
	assert_true(taken > 3000);
	uint64_t lost = capture_dropped(loopback->capture);
	assert_true(lost > 0);
	assert_int_equal(capture_dropped(loopback->capture), lost);
	close(client);
	close(server);
	assert_true(capture_drain(loopback->capture, loopback->connections) > 0);
	close(listener);
}

static void other_ports_are_filtered_out(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT + 1, 4);
	int client = connecting("127.0.0.1", LOOPBACK_PORT + 1, 0);
	assert_int_equal(capture_drain(loopback->capture, loopback->connections), 0);
	struct capture *all = capture_open(TRANSPORT_TCP, 0);
	close(client);
	assert_int_equal(capture_drain(loopback->capture, loopback->connections), 0);
	assert_int_equal(capture_drain(all, loopback->connections), 2);
	assert_int_equal(connections_count(loopback->connections), 0);
	capture_close(all);
	close(listener);
}

static bool readable(int descriptor)
{
	struct pollfd polled = {.fd = descriptor, .events = POLLIN};
	return poll(&polled, 1, 0) == 1;
}

static void the_descriptor_is_readable_while_segments_wait(void **state)
{
	struct loopback *loopback = *state;
	assert_false(readable(capture_descriptor(loopback->capture)));
	connecting("127.0.0.1", LOOPBACK_PORT, 0);
	assert_true(readable(capture_descriptor(loopback->capture)));
	assert_passed(loopback, "c:S s:RA");
	assert_false(readable(capture_descriptor(loopback->capture)));
}

static void an_address_used_again_is_a_new_connection(void **state)
{
	struct loopback *loopback = *state;
	enum { FROM_PORT = 40001 };
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 4);
	for (int i = 0; i < 3; i++) {
		int client = connecting("127.0.0.1", LOOPBACK_PORT, FROM_PORT), server = accept(listener, NULL, NULL);
		assert_true(client >= 0);
		close(server); /* TIME_WAIT is at the server's end; the client's next SYN ends it */
		close(client);
		assert_passed(loopback, "c:S s:SA c:A s:FA c:A c:FA s:A");
		assert_int_equal(connections_count(loopback->connections), i + 1);
		assert_int_equal(connections_at(loopback->connections, i)->state[END_SERVER], STATE_TIME_WAIT);
	}
	close(listener);
}

static void a_full_backlog_shows_as_a_repeated_syn(void **state)
{
	struct loopback *loopback = *state;
	int listener = listening("127.0.0.1", LOOPBACK_PORT, 0), first = connecting("127.0.0.1", LOOPBACK_PORT, 0);
	assert_passed(loopback, "c:S s:SA c:A");
	union endpoint to;
	socklen_t length = endpoint_set(&to, "127.0.0.1", LOOPBACK_PORT);
	int second = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(second, &to.any, length), -1);
	assert_int_equal(errno, EINPROGRESS);
	assert_passed(loopback, "c:S");
	assert_int_equal(connections_at(loopback->connections, 1)->state[END_CLIENT], STATE_SYN_SENT);
	assert_int_equal(connections_at(loopback->connections, 1)->state[END_SERVER], STATE_CLOSED);
	/* The kernel sends it again by its timer, after a second. */
	struct pollfd segments = {.fd = capture_descriptor(loopback->capture), .events = POLLIN};
	assert_int_equal(poll(&segments, 1, 20000), 1);
	assert_passed(loopback, "c:S~");
	close(first);
	close(second);
	close(listener);
}

static void damaged_frames_are_passed_over(void **state)
{
	(void)state;
	static const uint8_t good[] = {
		0,    0,    0,    0,    0, 0, 0,    0, 0,  0, 0, 0, 8,    0, /* Ethernet */
		0x45, 0,    0,    43,   0, 1, 0x40, 0, 64, 6, 0, 0, 127,  0,    0, 1, 127, 0, 0, 2, /* IPv4 */
		0x9c, 0x40, 0x1f, 0x90, 0, 0, 0,    7, 0,  0, 0, 9, 0x50, 0x18, 2, 0, 0,   0, 0, 0, /* TCP */
	};
	struct captured captured;
	assert_int_equal(frame_parse(good, sizeof(good), 57, &captured), FRAME_TCP);
	assert_int_equal(captured.from.port, 40000);
	assert_int_equal(captured.to.port, 8080);
	assert_int_equal(captured.to.bytes[3], 2);
	assert_int_equal(captured.length, 3);
	assert_int_equal(captured.flags, SEGMENT_PSH | SEGMENT_ACK);
	assert_int_equal(captured.sequence, 7);
	assert_int_equal(captured.acknowledgment, 9);
	assert_int_equal(captured.window, 512);
	assert_int_equal(captured.frame_length, 40);
	assert_int_equal(frame_parse(good, sizeof(good), sizeof(good), &captured), FRAME_OTHER); /* total length lies */
	for (uint32_t length = 0; length < sizeof(good); length++) {
		uint8_t *exact = malloc(length > 0 ? length : 1);
		memcpy(exact, good, length);
		assert_int_equal(frame_parse(exact, length, 57, &captured), FRAME_OTHER);
		free(exact);
	}
	for (size_t at = 12; at < sizeof(good); at++) {
		for (unsigned value = 0; value < 256; value++) {
			uint8_t *damaged = malloc(sizeof(good));
			memcpy(damaged, good, sizeof(good));
			damaged[at] = (uint8_t)value;
			if (frame_parse(damaged, sizeof(good), 57, &captured) == FRAME_TCP) {
				assert_true(captured.length <= 57);
				assert_true(captured.frame >= damaged && captured.frame_length <= sizeof(good) - 14);
			}
			free(damaged);
		}
	}
}

/* Ethernet, IPv4 of `total` bytes with `fragment` bits, then what follows. */
static uint32_t frame_make(uint8_t frame[128], uint32_t total, uint16_t fragment, uint8_t protocol,
                           const uint8_t *behind, uint32_t length)
{
	const uint8_t head[] = {0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        0,
	                        8,
	                        0,
	                        0x45,
	                        0,
	                        (uint8_t)(total >> 8),
	                        (uint8_t)total,
	                        0,
	                        1,
	                        (uint8_t)(fragment >> 8),
	                        (uint8_t)fragment,
	                        64,
	                        protocol,
	                        0,
	                        0,
	                        127,
	                        0,
	                        0,
	                        1,
	                        127,
	                        0,
	                        0,
	                        2};
	memcpy(frame, head, sizeof(head));
	memcpy(frame + sizeof(head), behind, length);
	return (uint32_t)sizeof(head) + length;
}

static void a_datagram_is_known_by_its_first_fragment(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct captured captured;
	const uint8_t whole[] = {0x9c, 0x40, 0x1f, 0x90, 0, 11, 0, 0, 'a', 'b', 'c'};
	uint32_t length = frame_make(frame, 31, 0, 17, whole, sizeof(whole));
	assert_int_equal(frame_parse(frame, length, length, &captured), FRAME_UDP);
	assert_int_equal(captured.length, 3);
	assert_int_equal(captured.flags, 0);
	assert_true(captured.datagram);
	assert_int_equal(captured.frame_length, 28);
	const uint8_t first[] = {0x9c, 0x40, 0x1f, 0x90, 0xff, 0xeb, 0, 0};
	length = frame_make(frame, 1500, 0x2000, 17, first, sizeof(first));
	assert_int_equal(frame_parse(frame, length, 1514, &captured), FRAME_UDP);
	assert_int_equal(captured.length, 65507);
	length = frame_make(frame, 1500, 0, 17, first, sizeof(first));
	assert_int_equal(frame_parse(frame, length, 1514, &captured), FRAME_OTHER); /* longer than its packet */
	length = frame_make(frame, 1500, 0x2000 | 185, 17, first, sizeof(first));
	assert_int_equal(frame_parse(frame, length, 1514, &captured), FRAME_OTHER); /* a later fragment */
}

static void an_unreachable_port_is_known_by_what_is_quoted(void **state)
{
	(void)state;
	uint8_t frame[128];
	struct captured captured;
	uint8_t answer[] = {3,    3, 0,   0,  0, 0, 0,    0, /* ICMP */
	                    0x45, 0, 0,   31, 0, 1, 0,    0,    64,   17,   0, 0,  127, 0,
	                    0,    2, 127, 0,  0, 1, 0x9c, 0x40, 0x1f, 0x90, 0, 11, 0,   0};
	uint32_t length = frame_make(frame, 56, 0, 1, answer, sizeof(answer));
	assert_int_equal(frame_parse(frame, length, length, &captured), FRAME_UDP);
	assert_int_equal(captured.flags, SEGMENT_UNREACHABLE);
	assert_int_equal(captured.from.port, 8080);
	assert_int_equal(captured.to.port, 40000);
	for (uint32_t cut = 0; cut < length; cut++)
		assert_int_equal(frame_parse(frame, cut, length, &captured), FRAME_OTHER);
	answer[1] = 1; /* host unreachable */
	length = frame_make(frame, 56, 0, 1, answer, sizeof(answer));
	assert_int_equal(frame_parse(frame, length, length, &captured), FRAME_OTHER);
}

static int open_buffer(void **state)
{
	return loopback_open_in(state, CAPTURE_BUFFER);
}

static int open_ring(void **state)
{
	return loopback_open_in(state, CAPTURE_RING);
}

/* clang-format off */
#define BUFFER(test) {#test " (buffer)", test, open_buffer, loopback_close, NULL}
#define RING(test) {#test " (ring)", test, open_ring, loopback_close, NULL}
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_frames_are_passed_over),
		cmocka_unit_test(a_datagram_is_known_by_its_first_fragment),
		cmocka_unit_test(an_unreachable_port_is_known_by_what_is_quoted),
		BUFFER(segments_are_there_when_the_call_returns),
		RING(segments_are_there_when_the_call_returns),
		BUFFER(closing_with_unread_bytes_resets),
		RING(closing_with_unread_bytes_resets),
		BUFFER(a_closed_port_refuses_with_a_reset),
		RING(a_closed_port_refuses_with_a_reset),
		BUFFER(ipv6_is_seen_too),
		RING(ipv6_is_seen_too),
		BUFFER(a_dual_stack_server_is_reached_by_ipv4),
		RING(a_dual_stack_server_is_reached_by_ipv4),
		BUFFER(the_headers_of_a_segment_are_kept_without_its_payload),
		RING(the_headers_of_a_segment_are_kept_without_its_payload),
		BUFFER(times_lie_within_the_call),
		RING(times_lie_within_the_call),
		BUFFER(a_mebibyte_passes_without_a_loss_when_drained),
		RING(a_mebibyte_passes_without_a_loss_when_drained),
		BUFFER(losses_are_counted),
		RING(losses_are_counted),
		BUFFER(other_ports_are_filtered_out),
		RING(other_ports_are_filtered_out),
		BUFFER(the_descriptor_is_readable_while_segments_wait),
		RING(the_descriptor_is_readable_while_segments_wait),
		BUFFER(an_address_used_again_is_a_new_connection),
		RING(an_address_used_again_is_a_new_connection),
		LOOPBACK(a_full_backlog_shows_as_a_repeated_syn),
	};
	if (!loopback_allowed())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
