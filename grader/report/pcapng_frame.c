#include "report/pcapng_frame.h"

#include "base/arena.h"
#include "base/text.h"
#include "timeline/timeline.h"

#include <string.h>

enum { IPV4 = 2, IPV6 = 10 }; /* address families, as a timeline has them */
enum { IPV4_BYTES = 20, IPV6_BYTES = 40, TCP_BYTES = 20, HEADER_MOST = 128, PROTOCOL_TCP = 6 };

struct piece {
	uint64_t offset;
	const uint8_t *bytes;
	uint32_t length;
};

/* Bytes one way, as far as they are known. */
struct stream {
	struct piece *pieces; /* by offset */
	size_t count, capacity;
	uint64_t length;
};

struct way {
	struct stream read; /* by the receiver: all of it */
	struct stream written; /* by the sender: the first bytes of each write */
};

struct known {
	const struct event *ends; /* EVENT_CONNECTION; NULL */
	struct way way[2]; /* by the sending end */
};

struct frames {
	struct known *connections;
	size_t count;
	uint16_t port; /* the test's */
};

static struct known *known_of(const struct frames *frames, int number)
{
	return number >= 0 && (size_t)number < frames->count ? &frames->connections[number] : NULL;
}

static void stream_add(struct stream *stream, const struct event *event, struct arena *arena)
{
	if (event->data_length > 0) {
		stream->pieces =
			arena_grow(arena, stream->pieces, &stream->capacity, stream->count + 1, sizeof(*stream->pieces));
		stream->pieces[stream->count++] = (struct piece){stream->length, event->data, event->data_length};
	}
	stream->length += (uint64_t)event->peer.result;
}

static void peer_add(struct known *known, const struct event *event, struct arena *arena)
{
	if (known->ends == NULL || event->peer.result <= 0)
		return;
	bool client = event->actor == known->ends->ends.client;
	if (!client && event->actor != known->ends->ends.server)
		return;
	enum end end = client ? END_CLIENT : END_SERVER;
	if (event->peer.call == PEER_READ)
		stream_add(&known->way[!end].read, event, arena);
	else if (event->peer.call == PEER_WRITE)
		stream_add(&known->way[end].written, event, arena);
}

struct frames *frames_create(const struct timeline *timeline, struct arena *arena)
{
	struct frames *frames = arena_alloc(arena, sizeof(*frames));
	for (size_t i = 0; i < timeline->count; i++) {
		int number = timeline->events[i].connection;
		if (number >= 0 && (size_t)number >= frames->count)
			frames->count = (size_t)number + 1;
	}
	frames->connections = arena_array(arena, frames->count, sizeof(*frames->connections));
	/* Roles may become known after the first bytes: ends first, then the bytes. */
	for (size_t i = 0; i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		struct known *known = known_of(frames, event->connection);
		if (event->kind == EVENT_START)
			frames->port = event->start.port;
		else if (event->kind == EVENT_CONNECTION && known != NULL)
			known->ends = event;
	}
	for (size_t i = 0; i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		struct known *known = known_of(frames, event->connection);
		if (event->kind == EVENT_PEER && known != NULL)
			peer_add(known, event, arena);
	}
	return frames;
}

const struct event *frames_connection(const struct frames *frames, int number)
{
	const struct known *known = known_of(frames, number);
	return known != NULL ? known->ends : NULL;
}

/* Adds what is known of [offset, offset + length) without a gap; returns how much. */
static uint32_t stream_copy(const struct stream *stream, uint64_t offset, uint32_t length, struct text *out)
{
	size_t low = 0, high = stream->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct piece *piece = &stream->pieces[middle];
		if (piece->offset + piece->length <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	uint32_t copied = 0;
	for (; low < stream->count && copied < length; low++) {
		const struct piece *piece = &stream->pieces[low];
		if (piece->offset > offset + copied)
			break;
		uint32_t skipped = (uint32_t)(offset + copied - piece->offset), left = piece->length - skipped;
		uint32_t take = left < length - copied ? left : length - copied;
		text_add(out, piece->bytes + skipped, take);
		copied += take;
	}
	return copied;
}

static uint32_t payload_add(const struct frames *frames, const struct event *event, struct text *out)
{
	const struct known *known = known_of(frames, event->connection);
	uint32_t first = event->segment.sequence + ((event->segment.flags & SEGMENT_SYN) != 0);
	if (known == NULL || first == 0 || event->segment.length == 0)
		return 0;
	const struct way *way = &known->way[event->segment.sender];
	uint32_t copied = stream_copy(&way->read, first - 1, event->segment.length, out);
	return copied > 0 ? copied : stream_copy(&way->written, first - 1, event->segment.length, out);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

/* Where the TCP header begins in captured headers that are whole, or 0. */
static uint32_t header_check(const uint8_t *at, uint32_t length)
{
	if (length < IPV4_BYTES)
		return 0;
	uint32_t ip = at[0] >> 4 == 4 ? (at[0] & 15U) * 4U : at[0] >> 4 == 6 ? (uint32_t)IPV6_BYTES : 0;
	if (ip < IPV4_BYTES || length < ip + TCP_BYTES)
		return 0;
	return (at[ip + 12] >> 4) * 4U == length - ip ? ip : 0;
}

static void address_of(const struct known *known, const struct event *event, enum end end, struct address *address,
                       uint16_t port)
{
	static const struct address loopback = {.family = IPV4, .bytes = {127, 0, 0, 1}};
	*address = loopback;
	if (known != NULL && known->ends != NULL) {
		const struct address *told = end == END_CLIENT ? &known->ends->ends.from : &known->ends->ends.to;
		if (told->family == IPV4 || told->family == IPV6)
			*address = *told;
	}
	uint16_t seen = end == event->segment.sender ? event->segment.source_port : event->segment.destination_port;
	address->port = seen != 0 ? seen : address->port != 0 ? address->port : port;
}

/* Headers without options, for a segment that came without its own.  Returns where TCP begins. */
static uint32_t header_make(const struct frames *frames, const struct event *event, uint8_t header[HEADER_MOST],
                            uint32_t *length)
{
	enum end sender = event->segment.sender;
	const struct known *known = known_of(frames, event->connection);
	struct address from, to;
	uint16_t client_port = (uint16_t)(40000 + event->connection);
	address_of(known, event, sender, &from, sender == END_CLIENT ? client_port : frames->port);
	address_of(known, event, !sender, &to, sender == END_CLIENT ? frames->port : client_port);
	bool six = from.family == IPV6 && to.family == IPV6;
	uint32_t ip = six ? IPV6_BYTES : IPV4_BYTES;
	memset(header, 0, HEADER_MOST);
	header[0] = six ? 0x60 : 0x45;
	header[six ? 7 : 8] = 64; /* hop limit, time to live */
	header[six ? 6 : 9] = PROTOCOL_TCP;
	memcpy(header + (six ? 8 : 12), from.bytes, six ? 16 : 4);
	memcpy(header + (six ? 24 : 16), to.bytes, six ? 16 : 4);
	put16(header + ip, from.port);
	put16(header + ip + 2, to.port);
	put32(header + ip + 4, event->segment.sequence);
	put32(header + ip + 8, event->segment.acknowledgment);
	header[ip + 12] = (TCP_BYTES / 4) << 4;
	header[ip + 13] = event->segment.flags;
	put16(header + ip + 14, event->segment.window);
	*length = ip + TCP_BYTES;
	return ip;
}

/* RFC 1071. */
static uint32_t sum_add(uint32_t sum, const uint8_t *at, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	if (length % 2 != 0)
		sum += (uint32_t)at[length - 1] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

static uint32_t sum_end(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void ip_finish(uint8_t *packet, uint32_t ip, uint32_t whole)
{
	if (packet[0] >> 4 == 6) {
		put16(packet + 4, whole - ip <= UINT16_MAX ? whole - ip : 0);
		return;
	}
	put16(packet + 2, whole <= UINT16_MAX ? whole : 0);
	put16(packet + 10, 0);
	put16(packet + 10, sum_end(sum_add(0, packet, ip)));
}

/* Loopback leaves the checksum to hardware that it does not have. */
static void tcp_finish(uint8_t *packet, uint32_t ip, uint32_t whole)
{
	bool six = packet[0] >> 4 == 6;
	uint32_t sum = sum_add(PROTOCOL_TCP + (whole - ip), packet + (six ? 8 : 12), six ? 32 : 8);
	put16(packet + ip + 16, 0);
	put16(packet + ip + 16, sum_end(sum_add(sum, packet + ip, whole - ip)));
}

uint32_t frame_add(const struct frames *frames, const struct event *event, struct text *out)
{
	uint8_t made[HEADER_MOST];
	const uint8_t *header = event->data;
	uint32_t length = event->data_length, ip = header_check(header, length);
	if (ip == 0) {
		ip = header_make(frames, event, made, &length);
		header = made;
	}
	uint32_t whole = length + event->segment.length;
	size_t at = out->length;
	text_add(out, header, length);
	uint32_t payload = payload_add(frames, event, out);
	if (out->truncated)
		return whole;
	uint8_t *packet = (uint8_t *)out->bytes + at;
	ip_finish(packet, ip, whole);
	if (payload == event->segment.length && whole <= UINT16_MAX)
		tcp_finish(packet, ip, whole);
	return whole;
}
