#include "report/pcapng_frame.h"

#include "base/arena.h"
#include "base/text.h"
#include "timeline/timeline.h"

#include <string.h>

enum { IPV4 = 2, IPV6 = 10 }; /* address families, as a timeline has them */
enum { IPV4_BYTES = 20, IPV6_BYTES = 40, TCP_BYTES = 20, HEADER_MOST = 128 };
enum { UDP_BYTES = 8, ICMP_BYTES = 8 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

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
	const struct timeline *timeline;
	const struct event **payload; /* over UDP, by number of the segment: the event that knows most of its bytes; NULL */
	bool datagrams;
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

/* The datagrams of one connection and way, as they follow one another: who has written or read up to where. */
struct passage {
	size_t written, read; /* indices of the next segment to look at */
};

static bool carries(const struct event *event, const struct event *segment, enum end sender)
{
	return segment->kind == EVENT_SEGMENT && segment->segment.flags == 0 && segment->connection == event->connection &&
	       segment->segment.sender == sender && segment->segment.length == (uint64_t)event->peer.result;
}

/* Gives a datagram the bytes that the reference wrote or read. */
static void datagram_known(struct frames *frames, struct passage *passages, const struct event *event)
{
	const struct known *known = known_of(frames, event->connection);
	bool reads = event->peer.call == PEER_READ;
	if (known == NULL || known->ends == NULL || event->peer.result <= 0 || (!reads && event->peer.call != PEER_WRITE))
		return;
	bool client = event->actor == known->ends->ends.client;
	enum end sender = client == reads ? END_SERVER : END_CLIENT;
	struct passage *passage = &passages[event->connection * 2 + (sender == END_SERVER)];
	size_t *next = reads ? &passage->read : &passage->written;
	const struct event *events = frames->timeline->events, *end = event;
	for (size_t i = *next; events + i < end; i++) {
		if (!carries(event, &events[i], sender))
			continue;
		*next = i + 1;
		if (frames->payload[i] == NULL || reads)
			frames->payload[i] = event;
		return;
	}
}

static void datagrams_know(struct frames *frames, struct arena *arena)
{
	struct passage *passages = arena_array(arena, frames->count * 2 + 1, sizeof(*passages));
	frames->payload = arena_array(arena, frames->timeline->count + 1, sizeof(*frames->payload));
	for (size_t i = 0; i < frames->timeline->count; i++) {
		if (frames->timeline->events[i].kind == EVENT_PEER)
			datagram_known(frames, passages, &frames->timeline->events[i]);
	}
}

bool frames_datagrams(const struct frames *frames)
{
	return frames->datagrams;
}

struct frames *frames_create(const struct timeline *timeline, struct arena *arena)
{
	struct frames *frames = arena_alloc(arena, sizeof(*frames));
	frames->timeline = timeline;
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
		else if ((event->kind == EVENT_CALL && event->call.datagrams) ||
		         (event->kind == EVENT_SEGMENT && event->segment.flags == 0))
			frames->datagrams = true;
	}
	for (size_t i = 0; i < timeline->count; i++) {
		const struct event *event = &timeline->events[i];
		struct known *known = known_of(frames, event->connection);
		if (event->kind == EVENT_PEER && known != NULL)
			peer_add(known, event, arena);
	}
	if (frames->datagrams)
		datagrams_know(frames, arena);
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
	if (frames->datagrams) {
		const struct event *from = frames->payload[event - frames->timeline->events];
		uint32_t there = from != NULL && event->segment.length > 0 ? from->data_length : 0;
		text_add(out, there > 0 ? from->data : NULL, there);
		return there;
	}
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

static uint8_t protocol_of(const uint8_t *packet)
{
	return packet[packet[0] >> 4 == 6 ? 6 : 9];
}

/* Where the header behind IP's begins in captured headers that are whole, or 0. */
static uint32_t header_check(const uint8_t *at, uint32_t length)
{
	if (length < IPV4_BYTES)
		return 0;
	uint32_t ip = at[0] >> 4 == 4 ? (at[0] & 15U) * 4U : at[0] >> 4 == 6 ? (uint32_t)IPV6_BYTES : 0;
	if (ip < IPV4_BYTES || length < ip + UDP_BYTES)
		return 0;
	uint8_t protocol = protocol_of(at);
	if (protocol == PROTOCOL_UDP)
		return length == ip + UDP_BYTES ? ip : 0;
	if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)
		return ip;
	if (length < ip + TCP_BYTES)
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
	header[six ? 6 : 9] = frames->datagrams ? PROTOCOL_UDP : PROTOCOL_TCP;
	memcpy(header + (six ? 8 : 12), from.bytes, six ? 16 : 4);
	memcpy(header + (six ? 24 : 16), to.bytes, six ? 16 : 4);
	put16(header + ip, from.port);
	put16(header + ip + 2, to.port);
	*length = ip + (frames->datagrams ? UDP_BYTES : TCP_BYTES);
	if (frames->datagrams)
		return ip;
	put32(header + ip + 4, event->segment.sequence);
	put32(header + ip + 8, event->segment.acknowledgment);
	header[ip + 12] = (TCP_BYTES / 4) << 4;
	header[ip + 13] = event->segment.flags;
	put16(header + ip + 14, event->segment.window);
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

/* Loopback leaves the checksum to hardware that it does not have, and what was cut here has another one. */
static void checksum_finish(uint8_t *packet, uint32_t ip, uint32_t whole, bool complete)
{
	bool six = packet[0] >> 4 == 6;
	uint8_t protocol = protocol_of(packet);
	uint32_t at = protocol == PROTOCOL_TCP ? ip + 16 : protocol == PROTOCOL_UDP ? ip + 6 : ip + 2;
	uint32_t sum = 0;
	if (protocol != PROTOCOL_ICMP)
		sum = sum_add(protocol + (whole - ip), packet + (six ? 8 : 12), six ? 32 : 8);
	if (complete || protocol == PROTOCOL_UDP)
		put16(packet + at, 0); /* over UDP: none, RFC 768 */
	if (complete)
		put16(packet + at, sum_end(sum_add(sum, packet + ip, whole - ip)));
}

/* The first fragment stands for the whole datagram: RFC 791, section 3.2. */
static void datagram_finish(uint8_t *packet, uint32_t ip, uint32_t whole)
{
	if (packet[0] >> 4 == 4)
		packet[6] &= 0x40;
	put16(packet + ip + 4, whole - ip);
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
	if (protocol_of(packet) == PROTOCOL_UDP)
		datagram_finish(packet, ip, whole);
	ip_finish(packet, ip, whole);
	checksum_finish(packet, ip, whole, payload == event->segment.length && whole <= UINT16_MAX);
	return whole;
}
