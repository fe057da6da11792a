#include "peer/raw.h"

#include "base/arena.h"
#include "base/fd.h"
#include "peer/address.h"
#include "peer/raw_network.h"
#include "peer/shape.h"
#include "tcp/sequence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	RAW_MSS = 1460, /* an MTU of 1500 without options */
	PACKETS_MOST = 1024, /* taken in at once */
	KEPT_MOST = 256, /* packets kept back by `delay:` */
	TOLD_MOST = 64,
	TRIES_MOST = 4, /* of what was lost unasked */
};

/* RFC 6298, section 2: the first time-out, doubled with each that follows. */
#define RETRANSMIT_NS (INT64_C(200) * 1000000)

/* A rule has done its work, and nobody has been told yet. */
struct told {
	struct raw_end *end;
	bool of_state;
	enum tcp_state state;
	enum peer_call call;
	char words[SHAPE_WORDS];
};

struct raw {
	struct arena *arena;
	struct raw_hooks hooks;
	uint16_t port;
	uint32_t next_iss;
	uint32_t buffer_bytes;
	int tap, out, news; /* news: an eventfd(2) */
	int guard; /* of the test's port; -1 */
	int listener; /* the actor that listens; ACTOR_NONE */
	int crosses; /* the actor whose SYN will cross the next one; ACTOR_NONE */
	struct raw_end **ends;
	size_t end_count, end_capacity;
	struct shape *shapes;
	size_t shape_count, shape_capacity;
	uint32_t *window_most; /* by actor, as far as it was limited */
	size_t window_capacity;
	struct flight kept[KEPT_MOST]; /* by `delay:` */
	size_t kept_count;
	struct told told[TOLD_MOST];
	size_t told_count;
	bool working, has_news;
	uint8_t packet[SEGMENT_PACKET_MOST];
	uint8_t outgoing[SEGMENT_HEADERS_MOST + RAW_MSS];
};

static int64_t now_ns(void)
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

static void news_tell(struct raw *raw)
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

static struct raw_end *end_create(struct raw *raw, int actor, const struct address *local, const struct address *remote)
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

static void end_flush(struct raw_end *end);

/* ---- segments on their way: rules ---------------------------------------------------------------------------- */

static void told_add(struct raw *raw, struct raw_end *end, enum peer_call call, const struct segment *segment)
{
	if (raw->told_count == TOLD_MOST)
		return;
	struct told *told = &raw->told[raw->told_count++];
	*told = (struct told){.end = end, .call = call};
	shape_words(segment, told->words);
	end->shaped = true;
}

/* Who watches the wire takes what was sent to have arrived, and knows nothing of what was not sent. */
static void state_tell(struct raw_end *end)
{
	struct raw *raw = end->raw;
	if (!end->shaped || end->told == end->tcb.state || raw->told_count == TOLD_MOST)
		return;
	end->told = end->tcb.state;
	raw->told[raw->told_count++] = (struct told){.end = end, .of_state = true, .state = end->tcb.state};
}

static void told_out(struct raw *raw)
{
	while (raw->told_count > 0 && !raw->working) {
		struct told told = raw->told[0];
		memmove(&raw->told[0], &raw->told[1], --raw->told_count * sizeof(struct told));
		if (told.of_state && told.state != told.end->tcb.state)
			continue; /* it was so for a moment */
		if (told.of_state)
			raw->hooks.state(raw->hooks.context, told.end, told.state);
		else
			raw->hooks.shaped(raw->hooks.context, told.end, told.call, told.words);
	}
}

static void end_takes(struct raw_end *end, const uint8_t *packet, size_t length)
{
	struct segment segment;
	if (segment_decode(packet, length, &segment) == SEGMENT_DAMAGED)
		return;
	uint32_t acknowledged = end->tcb.snd_una;
	tcb_arrives(&end->tcb, &segment);
	if (end->tcb.snd_una != acknowledged) {
		end->tries = 0;
		end->lost = false;
	}
	end_flush(end);
	news_tell(end->raw);
}

/* One packet reaches where it goes. */
static void flight_land(const struct flight *flight)
{
	struct raw_end *end = flight->end;
	if (flight->incoming)
		end_takes(end, flight->packet, flight->length);
	else
		raw_network_send(end->raw->out, &end->remote, flight->packet, flight->length);
}

static bool flight_copy(struct flight *copy, const struct flight *flight)
{
	*copy = *flight;
	copy->packet = malloc(flight->length);
	if (copy->packet != NULL)
		memcpy(copy->packet, flight->packet, flight->length);
	return copy->packet != NULL;
}

/* What a reorder rule has kept goes out in its order; the places of those that never came are passed over. */
static bool order_land(struct shape *shape)
{
	struct flight kept[SHAPE_ORDER_MOST];
	size_t count = shape->kept_count;
	memcpy(kept, shape->kept, sizeof(kept));
	shape->kept_count = 0;
	shape->done = shape->done || count > 0;
	for (size_t i = 0; i < shape->step->piece_count; i++) {
		uint32_t place = shape->step->pieces[i];
		if (place <= count)
			flight_land(&kept[place - 1]);
	}
	for (size_t i = 0; i < count; i++)
		free(kept[i].packet);
	return count > 0;
}

static void flight_reorder(struct shape *shape, const struct flight *flight)
{
	if (!flight_copy(&shape->kept[shape->kept_count], flight))
		return;
	if (++shape->kept_count == shape->step->piece_count)
		order_land(shape);
}

static void flight_delay(struct raw *raw, const struct shape *shape, const struct flight *flight)
{
	if (raw->kept_count == KEPT_MOST || !flight_copy(&raw->kept[raw->kept_count], flight)) {
		flight_land(flight);
		return;
	}
	raw->kept[raw->kept_count++].due_ns = now_ns() + shape->step->duration_ns;
}

static struct shape *shape_for(struct raw *raw, const struct flight *flight, const struct segment *segment)
{
	const struct raw_end *end = flight->end;
	for (size_t i = 0; i < raw->shape_count; i++) {
		if (shape_meets(&raw->shapes[i], end->actor, flight->incoming, segment))
			return &raw->shapes[i];
	}
	return NULL;
}

/* Sends it on, as the rules say. */
static void flight_begin(struct raw *raw, const struct flight *flight, const struct segment *segment)
{
	struct raw_end *end = flight->end;
	struct shape *shape = shape_for(raw, flight, segment);
	if (shape == NULL) {
		flight_land(flight);
		return;
	}
	enum verb verb = shape->step->verb;
	if (verb == VERB_REORDER) {
		told_add(raw, end, PEER_REORDER, segment);
		flight_reorder(shape, flight);
		return;
	}
	shape->done = true;
	if (verb == VERB_LOSE) {
		told_add(raw, end, PEER_LOSE, segment);
		end->lost = true;
	} else if (verb == VERB_DUPLICATE) {
		told_add(raw, end, PEER_DUPLICATE, segment);
		flight_land(flight);
		flight_land(flight);
	} else {
		told_add(raw, end, PEER_DELAY, segment);
		flight_delay(raw, shape, flight);
	}
}

/* Everything of the end that is due. */
static void end_flush(struct raw_end *end)
{
	struct raw *raw = end->raw;
	struct segment segment;
	while (tcb_next(&end->tcb, &segment)) {
		segment.from = host_number(&end->local);
		segment.to = host_number(&end->remote);
		segment.from_port = end->local.port;
		segment.to_port = end->remote.port;
		if (segment_space(&segment) > 0)
			end->sent_ns = now_ns();
		size_t length = segment_encode(&segment, raw->outgoing, sizeof(raw->outgoing));
		struct flight flight = {.packet = raw->outgoing, .length = length, .end = end};
		flight_begin(raw, &flight, &segment);
	}
	state_tell(end);
}

/* ---- segments that arrive ------------------------------------------------------------------------------------ */

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
	struct raw_end *end = end_create(raw, raw->listener, local, remote);
	end->unaccepted = raw->listener != ACTOR_NONE;
	if (raw->listener == ACTOR_NONE)
		return end; /* CLOSED: it refuses */
	if (raw->crosses == raw->listener) {
		raw->crosses = ACTOR_NONE;
		tcb_connect(&end->tcb);
		end_flush(end);
	} else {
		tcb_listen(&end->tcb);
	}
	return end;
}

/* A late segment says nothing to anybody any more: it would be answered by RST. */
static bool end_is_over(const struct raw_end *end)
{
	return end->tcb.state == STATE_CLOSED || end->tcb.state == STATE_TIME_WAIT;
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
	if (raw->guard >= 0 && segment.to_port == raw->port && syn && (end == NULL || end_is_over(end)) &&
	    raw->end_count < 2 * (size_t)UINT16_MAX)
		end = end_for_syn(raw, &local, &remote);
	if (end == NULL)
		return;
	struct flight flight = {.packet = raw->packet, .length = length, .end = end, .incoming = true};
	flight_begin(raw, &flight, &segment);
	state_tell(end);
}

static bool delayed_land(struct raw *raw)
{
	bool any = false;
	int64_t now = raw->kept_count > 0 ? now_ns() : 0;
	for (size_t i = 0; i < raw->kept_count;) {
		if (raw->kept[i].due_ns > now) {
			i++;
			continue;
		}
		struct flight flight = raw->kept[i];
		memmove(&raw->kept[i], &raw->kept[i + 1], (--raw->kept_count - i) * sizeof(struct flight));
		if (flight.incoming || !end_is_over(flight.end))
			flight_land(&flight);
		free(flight.packet);
		any = true;
	}
	return any;
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
	delayed_land(raw);
	raw->working = false;
	told_out(raw);
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
	bool any = false;
	for (size_t i = 0; i < raw->shape_count; i++)
		any = order_land(&raw->shapes[i]) || any;
	if (any || raw->kept_count > 0) {
		any = delayed_land(raw) || any;
		told_out(raw);
		return any;
	}
	int64_t now = now_ns(), due_ns;
	for (size_t i = 0; i < raw->end_count; i++) {
		struct raw_end *end = raw->ends[i];
		if (!end_due(end, now, &due_ns))
			continue;
		end->tries += !end->lost;
		end->lost = false;
		if (!tcb_retransmit(&end->tcb))
			tcb_probe(&end->tcb);
		end_flush(end);
		any = true;
	}
	told_out(raw);
	return any;
}

int64_t raw_patience_ns(const struct raw *raw)
{
	int64_t soonest = INT64_MAX, now = now_ns(), due_ns;
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

/* ---- the calls ------------------------------------------------------------------------------------------------ */

void raw_shape(struct raw *raw, const struct step *step, int actor)
{
	if (step->verb == VERB_CONNECT) {
		raw->crosses = actor;
		return;
	}
	raw->shapes = arena_grow(raw->arena, raw->shapes, &raw->shape_capacity, raw->shape_count + 1, sizeof(struct shape));
	raw->shapes[raw->shape_count++] = (struct shape){.step = step, .actor = actor};
}

void raw_limit_window(struct raw *raw, int actor, uint32_t bytes)
{
	raw->window_most =
		arena_grow(raw->arena, raw->window_most, &raw->window_capacity, (size_t)actor + 1, sizeof(uint32_t));
	raw->window_most[actor] = bytes + 1; /* 0: never limited */
	for (size_t i = 0; i < raw->end_count; i++) {
		if (raw->ends[i]->actor != actor)
			continue;
		tcb_limit_window(&raw->ends[i]->tcb, bytes);
		end_flush(raw->ends[i]);
	}
	told_out(raw);
}

bool raw_window_closed(const struct raw_end *end)
{
	return tcb_window(&end->tcb) == 0;
}

int raw_listen(struct raw *raw, int actor)
{
	struct address any = {.family = AF_INET, .port = raw->port};
	if (raw->listener != ACTOR_NONE && raw->listener != actor) {
		errno = EADDRINUSE;
		return -1;
	}
	if (raw->guard < 0)
		raw->guard = raw_network_guard(&any, 0);
	if (raw->guard < 0)
		return -1;
	raw->listener = actor;
	return fcntl(raw->guard, F_DUPFD_CLOEXEC, 0);
}

void raw_unlisten(struct raw *raw, int actor)
{
	if (raw->listener == actor)
		raw->listener = ACTOR_NONE;
}

struct raw_end *raw_accept(struct raw *raw, int actor)
{
	for (size_t i = 0; i < raw->end_count; i++) {
		struct raw_end *end = raw->ends[i];
		bool set_up =
			end->tcb.state != STATE_SYN_RECEIVED && end->tcb.state != STATE_SYN_SENT && end->tcb.state != STATE_LISTEN;
		/* One that was reset before it was set up is none. */
		if (!end->unaccepted || end->actor != actor || !set_up || end->tcb.snd_una == end->tcb.iss)
			continue;
		end->unaccepted = false;
		return end;
	}
	return NULL;
}

struct raw_end *raw_bind(struct raw *raw, int actor, const struct address *server)
{
	struct address local = *server;
	local.port = 0;
	if (server->family != AF_INET) {
		errno = EAFNOSUPPORT;
		return NULL;
	}
	int guard = raw_network_guard(&local, raw->port);
	if (guard < 0)
		return NULL;
	struct raw_end *end = end_create(raw, actor, &local, server);
	end->guard = guard;
	return end;
}

void raw_connect(struct raw_end *end)
{
	tcb_connect(&end->tcb);
	end_flush(end);
	raw_work(end->raw);
}

static int fault_errno(const struct tcb *tcb)
{
	switch (tcb->fault) {
	case TCB_SOUND:
		return 0;
	case TCB_REFUSED:
		return ECONNREFUSED;
	case TCB_RESET:
		return ECONNRESET;
	case TCB_TIMED_OUT:
		return ETIMEDOUT;
	}
	return 0;
}

bool raw_connected(const struct raw_end *end, int *error)
{
	*error = fault_errno(&end->tcb);
	return end->tcb.state != STATE_SYN_SENT && end->tcb.state != STATE_SYN_RECEIVED;
}

ssize_t raw_receive(struct raw_end *end, void *into, size_t room)
{
	size_t count = tcb_receive(&end->tcb, into, room);
	if (count > 0) {
		end_flush(end); /* the window may have opened */
		return (ssize_t)count;
	}
	if (tcb_at_end(&end->tcb) && end->tcb.fault == TCB_SOUND)
		return 0;
	errno = end->tcb.fault != TCB_SOUND ? fault_errno(&end->tcb) : EAGAIN;
	return -1;
}

bool raw_has_room(const struct raw_end *end)
{
	return end->tcb.unacknowledged.length < TCB_SEND_BYTES;
}

ssize_t raw_send(struct raw_end *end, const void *bytes, size_t length, bool more)
{
	if (!raw_has_room(end)) {
		errno = EAGAIN;
		return -1;
	}
	int64_t count = tcb_send(&end->tcb, bytes, length);
	if (count < 0) {
		errno = end->tcb.fault != TCB_SOUND ? fault_errno(&end->tcb) : EPIPE;
		return -1;
	}
	if (!more) {
		end_flush(end);
		raw_work(end->raw);
	}
	return (ssize_t)count;
}

int raw_shutdown(struct raw_end *end)
{
	if (end->tcb.state == STATE_CLOSED)
		return ENOTCONN;
	tcb_close(&end->tcb);
	end_flush(end);
	raw_work(end->raw);
	return 0;
}

int raw_close(struct raw_end *end, bool reset)
{
	/* RFC 1122, section 4.2.2.13: what nobody has read is answered by RST. */
	if (reset || end->tcb.unread.length > 0) {
		if (end->tcb.state != STATE_CLOSED)
			tcb_abort(&end->tcb);
	} else {
		tcb_close(&end->tcb);
	}
	tcb_orphan(&end->tcb);
	end_flush(end);
	raw_work(end->raw);
	return 0;
}
