/* The state machine against the kernel's TCP: conversations of the kernel are captured and played again, each end of
 * them by the state machine, which has to have the kernel's numbers at every segment. */
#include "sandbox/mishap.h"
#include "sandbox/network.h"
#include "tcp/sequence.h"
#include "tcp/tcb.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PORT = 8080, PACKETS = 600, CLIENT = 0, SERVER = 1 };

struct conversation {
	int tap; /* gets a copy of every TCP packet of the namespace */
	int end[2];
	uint8_t *packets[PACKETS];
	struct segment segments[PACKETS];
	int from[PACKETS];
	size_t count;
	char received[2][70000]; /* by end */
	size_t received_count[2];
};

static void packets_take(struct conversation *talk)
{
	static uint8_t packet[SEGMENT_PACKET_MOST];
	for (;;) {
		ssize_t length = recv(talk->tap, packet, sizeof(packet), MSG_DONTWAIT);
		if (length < 0)
			return;
		assert_true(talk->count < PACKETS);
		uint8_t *copy = malloc((size_t)length);
		assert_non_null(copy);
		memcpy(copy, packet, (size_t)length);
		struct segment *segment = &talk->segments[talk->count];
		assert_int_not_equal(segment_decode(copy, (size_t)length, segment), SEGMENT_DAMAGED);
		talk->from[talk->count] = segment->from_port == PORT ? SERVER : CLIENT;
		talk->packets[talk->count++] = copy;
	}
}

static struct conversation *talk_open(void)
{
	struct conversation *talk = calloc(1, sizeof(*talk));
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	assert_non_null(talk);
	talk->tap = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	assert_true(talk->tap >= 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(listener, 1), 0);
	talk->end[CLIENT] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(talk->end[CLIENT], (struct sockaddr *)&name, sizeof(name)), 0);
	talk->end[SERVER] = accept(listener, NULL, NULL);
	assert_true(talk->end[SERVER] >= 0);
	close(listener);
	packets_take(talk);
	return talk;
}

static void talk_free(struct conversation *talk)
{
	for (size_t i = 0; i < talk->count; i++)
		free(talk->packets[i]);
	close(talk->tap);
	free(talk);
}

static void talk_send(struct conversation *talk, int end, const void *bytes, size_t length)
{
	assert_int_equal(send(talk->end[end], bytes, length, MSG_NOSIGNAL), length);
	packets_take(talk);
}

static void talk_read(struct conversation *talk, int end)
{
	ssize_t count;
	while ((count = recv(talk->end[end], talk->received[end] + talk->received_count[end],
	                     sizeof(talk->received[end]) - talk->received_count[end], MSG_DONTWAIT)) > 0) {
		talk->received_count[end] += (size_t)count;
		packets_take(talk);
	}
}

static void talk_close(struct conversation *talk, int end)
{
	close(talk->end[end]);
	packets_take(talk);
}

/* What the program at that end must have asked for, so that its kernel sent this. */
static void program_acts(struct tcb *tcb, const struct segment *segment)
{
	uint32_t end = segment->sequence + segment_space(segment);
	if ((segment->flags & SEGMENT_SYN) != 0) {
		if (tcb->state == STATE_CLOSED)
			tcb_connect(tcb);
		return;
	}
	if (segment->length > 0 && sequence_before(tcb->snd_nxt, segment->sequence + segment->length))
		assert_int_equal(tcb_send(tcb, segment->data, segment->length), segment->length);
	if ((segment->flags & SEGMENT_FIN) != 0 && sequence_before(tcb->snd_nxt, end))
		tcb_close(tcb);
	if ((segment->flags & SEGMENT_RST) != 0)
		tcb_abort(tcb);
}

/* Plays one end again; it is left as it is after the last segment. */
static void replay(const struct conversation *talk, int end, struct tcb *tcb, struct text *received)
{
	struct segment due;
	uint32_t iss = 0, acknowledged = 0;
	bool reset = false;
	for (size_t i = talk->count; i > 0; i--) {
		if (talk->from[i - 1] == end && (talk->segments[i - 1].flags & SEGMENT_SYN) != 0)
			iss = talk->segments[i - 1].sequence;
	}
	tcb_init(tcb, iss, TCB_WINDOW_MOST, 1460);
	if (end == SERVER)
		tcb_listen(tcb);
	for (size_t i = 0; i < talk->count; i++) {
		const struct segment *segment = &talk->segments[i];
		if (talk->from[i] != end) {
			tcb_arrives(tcb, segment);
		} else {
			program_acts(tcb, segment);
		}
		while (tcb_next(tcb, &due))
			continue;
		char bytes[4096];
		for (size_t count; (count = tcb_receive(tcb, bytes, sizeof(bytes))) > 0;)
			text_add(received, bytes, count);
		reset = reset || (segment->flags & SEGMENT_RST) != 0;
		if (talk->from[i] != end || reset)
			continue;
		assert_int_equal(tcb->snd_nxt, segment->sequence + segment_space(segment));
		/* Of several segments that were on the way at once, each is acknowledged behind the last. */
		if ((segment->flags & SEGMENT_ACK) != 0)
			assert_true(sequence_at_most(segment->acknowledgment, tcb->rcv_nxt));
		acknowledged = segment->acknowledgment;
	}
	if (!reset)
		assert_int_equal(tcb->rcv_nxt, acknowledged);
}

/* Both ends again; the states that they have come to. */
static void replay_both(const struct conversation *talk, enum tcp_state client, enum tcp_state server)
{
	for (int end = CLIENT; end <= SERVER; end++) {
		struct tcb tcb;
		TEXT_AUTO received = {0};
		replay(talk, end, &tcb, &received);
		assert_int_equal(tcb.state, end == CLIENT ? client : server);
		assert_true(received.length >= talk->received_count[end]);
		assert_memory_equal(text_string(&received), talk->received[end], talk->received_count[end]);
		tcb_release(&tcb);
	}
}

static void an_echo_and_a_close_are_the_kernels(void **state)
{
	(void)state;
	struct conversation *talk = talk_open();
	talk_send(talk, CLIENT, "hello\n", 6);
	talk_read(talk, SERVER);
	talk_send(talk, SERVER, "hello\n", 6);
	talk_read(talk, CLIENT);
	talk_close(talk, CLIENT);
	talk_close(talk, SERVER);
	assert_true(talk->count >= 9);
	replay_both(talk, STATE_TIME_WAIT, STATE_CLOSED);
	talk_free(talk);
}

static void a_half_close_is_the_kernels(void **state)
{
	(void)state;
	struct conversation *talk = talk_open();
	talk_send(talk, CLIENT, "request", 7);
	shutdown(talk->end[CLIENT], SHUT_WR);
	packets_take(talk);
	talk_read(talk, SERVER);
	talk_send(talk, SERVER, "reply", 5);
	talk_read(talk, CLIENT);
	talk_close(talk, SERVER);
	talk_close(talk, CLIENT);
	replay_both(talk, STATE_TIME_WAIT, STATE_CLOSED);
	talk_free(talk);
}

static void many_segments_are_the_kernels(void **state)
{
	(void)state;
	struct conversation *talk = talk_open();
	static char bytes[60000];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31 + i / 257);
	for (size_t at = 0; at < sizeof(bytes); at += 6000) {
		talk_send(talk, CLIENT, bytes + at, 6000);
		talk_read(talk, SERVER);
		talk_send(talk, SERVER, bytes + at, 100);
		talk_read(talk, CLIENT);
	}
	assert_int_equal(talk->received_count[SERVER], sizeof(bytes));
	talk_close(talk, SERVER);
	talk_close(talk, CLIENT);
	replay_both(talk, STATE_CLOSED, STATE_TIME_WAIT);
	talk_free(talk);
}

static void a_reset_is_the_kernels(void **state)
{
	(void)state;
	struct conversation *talk = talk_open();
	struct linger at_once = {.l_onoff = 1};
	talk_send(talk, CLIENT, "x", 1);
	setsockopt(talk->end[CLIENT], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	talk_close(talk, CLIENT);
	close(talk->end[SERVER]);
	struct tcb tcb;
	TEXT_AUTO received = {0};
	replay(talk, SERVER, &tcb, &received);
	assert_int_equal(tcb.state, STATE_CLOSED);
	assert_int_equal(tcb.fault, TCB_RESET);
	tcb_release(&tcb);
	talk_free(talk);
}

static void a_refusal_is_the_kernels(void **state)
{
	(void)state;
	struct conversation *talk = calloc(1, sizeof(*talk));
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	assert_non_null(talk);
	talk->tap = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof(name)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(client);
	packets_take(talk);
	assert_int_equal(talk->count, 2);
	struct tcb tcb;
	TEXT_AUTO received = {0};
	replay(talk, CLIENT, &tcb, &received);
	assert_int_equal(tcb.fault, TCB_REFUSED);
	tcb_release(&tcb);
	/* And the state machine refuses with the kernel's own numbers. */
	struct segment answer;
	tcb_init(&tcb, 1, 1000, 1460);
	tcb_arrives(&tcb, &talk->segments[0]);
	assert_true(tcb_next(&tcb, &answer));
	assert_int_equal(answer.flags, talk->segments[1].flags);
	assert_int_equal(answer.sequence, talk->segments[1].sequence);
	assert_int_equal(answer.acknowledgment, talk->segments[1].acknowledgment);
	tcb_release(&tcb);
	talk_free(talk);
}

static bool file_put(const char *path, const char *content)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	bool put = file >= 0 && write(file, content, strlen(content)) > 0;
	if (!put)
		printf("%s: %s\n", path, strerror(errno));
	close(file);
	return put;
}

/* A network namespace as a test of the grader gets it, or why there is none.  The state machine offers no window scale,
 * so the kernel must not use one. */
static bool namespace_enter(void)
{
	struct mishap mishap = {0};
	struct box_network network;
	char map[40];
	snprintf(map, sizeof(map), "0 %d 1", (int)geteuid());
	if (geteuid() != 0 && unshare(CLONE_NEWUSER) == 0)
		file_put("/proc/self/uid_map", map);
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool made = unshare(CLONE_NEWNET) == 0 && network_make(&network, proc, false, &mishap);
	if (!made)
		printf("skipped: no network namespace here: %s: %s\n", mishap.step, strerror(errno));
	close(proc);
	return made && file_put("/proc/sys/net/ipv4/tcp_window_scaling", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_echo_and_a_close_are_the_kernels),
		cmocka_unit_test(a_half_close_is_the_kernels),
		cmocka_unit_test(many_segments_are_the_kernels),
		cmocka_unit_test(a_reset_is_the_kernels),
		cmocka_unit_test(a_refusal_is_the_kernels),
	};
	if (!namespace_enter())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
