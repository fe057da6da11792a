#include "peer/raw_inside.h"

#include "base/arena.h"
#include "base/fd.h"
#include "peer/address.h"
#include "peer/raw_network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	PACKETS_MOST = 1024, /* taken in at once */
	TRIES_MOST = 4, /* of what was lost unasked */
};

/* RFC 6298, section 2: the first time-out, doubled with each that follows. */
#define RETRANSMIT_NS (INT64_C(200) * 1000000)

int64_t raw_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint32_t host_number(const struct address *address)
{
	const uint8_t *at = address->bytes;
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static struct address host_address(uint32_t number, uint16_t port)
{
	struct address address = {.family = AF_INET, .port = port};
	for (unsigned i = 0; i < 4; i++)
		address.bytes[i] = (uint8_t)(number >> (24 - 8 * i));
	return address;
}

struct raw *raw_create(uint16_t port, uint64_t seed, uint64_t buffer_bytes, int epoll, uint64_t tag,
                       const struct raw_hooks *hooks)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	if (raw == NULL)
		return NULL;
	raw->arena = arena_create();
	raw->hooks = *hooks;
	raw->port = port;
	raw->next_iss = (uint32_t)(seed ^ seed >> 32);
	raw->buffer_bytes = buffer_bytes == 0 || buffer_bytes > TCB_WINDOW_MOST ? TCB_WINDOW_MOST : (uint32_t)buffer_bytes;
	raw->guard = -1;
	raw->listener = raw->crosses = ACTOR_NONE;
	raw->tap = raw_network_tap(port);
	raw->out = raw_network_out();
	raw->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};
	if (raw->tap >= 0 && raw->out >= 0 && raw->news >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, raw->tap, &event) == 0 &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, raw->news, &event) == 0)
		return raw;
	int error = errno;
	raw_destroy(raw);
	errno = error;
	return NULL;
}

void raw_destroy(struct raw *raw)
{
	if (raw == NULL)
		return;
	for (size_t i = 0; i < raw->end_count; i++) {
		fd_close(&raw->ends[i]->guard);
		tcb_release(&raw->ends[i]->tcb);
	}
	for (size_t i = 0; i < raw->kept_count; i++)
		free(raw->kept[i].packet);
	for (size_t i = 0; i < raw->shape_count; i++) {
		for (size_t j = 0; j < raw->shapes[i].kept_count; j++)
			free(raw->shapes[i].kept[j].packet);
	}
	fd_close(&raw->guard);
	fd_close(&raw->news);
	fd_close(&raw->out);
	fd_close(&raw->tap);
	arena_destroy(raw->arena);
	free(raw);
}

void raw_news_tell(struct raw *raw)
{
	uint64_t one = 1;
	if (raw->has_news)
		return;
	raw->has_news = write(raw->news, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

bool raw_news(struct raw *raw)
{
	uint64_t count;
	bool had = raw->has_news;
	if (had && read(raw->news, &count, sizeof(count)) < 0)
		return had;
	raw->has_news = false;
	return had;
}

bool raw_has_news(const struct raw *raw)
{
	return raw->has_news;
}

struct raw_end *raw_end_create(struct raw *raw, int actor, const struct address *local, const struct address *remote)
{
	struct raw_end *end = arena_alloc(raw->arena, sizeof(*end));
	*end = (struct raw_end){.raw = raw, .local = *local, .remote = *remote, .actor = actor, .guard = -1};
	tcb_init(&end->tcb, raw->next_iss, raw->buffer_bytes, RAW_MSS);
	raw->next_iss += 0x01000193; /* no two connections of a run have numbers near each other */
	if (actor >= 0 && (size_t)actor < raw->window_capacity && raw->window_most[actor] != 0)
		tcb_limit_window(&end->tcb, raw->window_most[actor] - 1);
	raw->ends = arena_grow(raw->arena, raw->ends, &raw->end_capacity, raw->end_count + 1, sizeof(struct raw_end *));
	raw->ends[raw->end_count++] = end;
	return end;
}

void raw_end_flush(struct raw_end *end)
{
	struct raw *raw = end->raw;
	struct segment segment;
	uint8_t packet[SEGMENT_HEADERS_MOST + RAW_MSS];
	while (tcb_next(&end->tcb, &segment)) {
		segment.from = host_number(&end->local);
		segment.to = host_number(&end->remote);
		segment.from_port = end->local.port;
		segment.to_port = end->remote.port;
		if (segment_space(&segment) > 0)
			end->sent_ns = raw_now_ns();
		size_t length = segment_encode(&segment, packet, sizeof(packet));
		struct flight flight = {.packet = packet, .length = length, .end = end};
		raw_flight_begin(raw, &flight, &segment);
	}
	raw_state_tell(end);
}

struct raw_end *raw_find(const struct raw *raw, const struct address *local, const struct address *remote)
{
	for (size_t i = raw->end_count; i > 0; i--) {
		struct raw_end *end = raw->ends[i - 1];
		if (peer_address_equal(&end->local, local) && peer_address_equal(&end->remote, remote))
			return end;
	}
	return NULL;
}

/* A SYN for the port that is guarded begins a connection where somebody listens, and again where one is over. */
static struct raw_end *end_for_syn(struct raw *raw, const struct address *local, const struct address *remote)
{
	struct raw_end *end = raw_end_create(raw, raw->listener, local, remote);
	end->unaccepted = raw->listener != ACTOR_NONE;
	if (raw->listener == ACTOR_NONE)
		return end; /* CLOSED: it refuses */
	if (raw->crosses == raw->listener) {
		raw->crosses = ACTOR_NONE;
		tcb_connect(&end->tcb);
		raw_end_flush(end);
	} else {
		tcb_listen(&end->tcb);
	}
	return end;
}

static void packet_arrives(struct raw *raw, size_t length)
{
	struct segment segment;
	if (segment_decode(raw->packet, length, &segment) == SEGMENT_DAMAGED)
		return;
	struct address local = host_address(segment.to, segment.to_port);
	struct address remote = host_address(segment.from, segment.from_port);
	struct raw_end *end = raw_find(raw, &local, &remote);
	bool syn = (segment.flags & (SEGMENT_SYN | SEGMENT_ACK | SEGMENT_RST)) == SEGMENT_SYN;
	if (raw->guard >= 0 && segment.to_port == raw->port && syn && (end == NULL || raw_end_over(end)) &&
	    raw->end_count < 2 * (size_t)UINT16_MAX)
		end = end_for_syn(raw, &local, &remote);
	if (end == NULL)
		return;
	struct flight flight = {.packet = raw->packet, .length = length, .end = end, .incoming = true};
	raw_flight_begin(raw, &flight, &segment);
	raw_state_tell(end);
}

void raw_work(struct raw *raw)
{
	if (raw->working)
		return;
	raw->working = true;
	for (unsigned count = 0; count < PACKETS_MOST; count++) {
		ssize_t length = recv(raw->tap, raw->packet, sizeof(raw->packet), 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			break;
		packet_arrives(raw, (size_t)length);
	}
	raw_delayed_land(raw);
	raw->working = false;
	raw_told_out(raw);
}

/* The segment in flight is taken to be lost. */
static bool end_due(const struct raw_end *end, int64_t now, int64_t *due_ns)
{
	*due_ns = -1;
	if (!tcb_in_flight(&end->tcb) && !(end->lost && tcb_blocked(&end->tcb)))
		return false;
	if (end->lost) {
		*due_ns = now;
		return true;
	}
	if (end->tries == TRIES_MOST)
		return false;
	*due_ns = end->sent_ns + (RETRANSMIT_NS << end->tries);
	return *due_ns <= now;
}

bool raw_quiet(struct raw *raw)
{
	bool any = raw_orders_land(raw);
	if (any || raw->kept_count > 0) {
		any = raw_delayed_land(raw) || any;
		raw_told_out(raw);
		return any;
	}
	int64_t now = raw_now_ns(), due_ns;
	for (size_t i = 0; i < raw->end_count; i++) {
		struct raw_end *end = raw->ends[i];
		if (!end_due(end, now, &due_ns))
			continue;
		end->tries += !end->lost;
		end->lost = false;
		if (!tcb_retransmit(&end->tcb))
			tcb_probe(&end->tcb);
		raw_end_flush(end);
		any = true;
	}
	raw_told_out(raw);
	return any;
}

int64_t raw_patience_ns(const struct raw *raw)
{
	int64_t soonest = INT64_MAX, now = raw_now_ns(), due_ns;
	for (size_t i = 0; i < raw->kept_count; i++)
		soonest = raw->kept[i].due_ns < soonest ? raw->kept[i].due_ns : soonest;
	for (size_t i = 0; i < raw->end_count; i++) {
		end_due(raw->ends[i], now, &due_ns);
		if (due_ns >= 0 && due_ns < soonest)
			soonest = due_ns;
	}
	if (soonest == INT64_MAX)
		return -1;
	return soonest > now ? soonest - now : 0;
}
