#include "tcp/segment.h"

#include <string.h>

enum {
	IP_BYTES = 20,
	TCP_BYTES = 20,
	MAXIMUM_BYTES = 4, /* kind, length, value */
	PROTOCOL_TCP = 6,
	TIME_TO_LIVE = 64,
	DONT_FRAGMENT = 0x4000,
	FRAGMENT_BITS = 0x3fff, /* more fragments, and the offset */
	OPTION_END = 0,
	OPTION_NONE = 1,
	OPTION_MAXIMUM = 2,
};

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
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

uint32_t checksum_add(uint32_t sum, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += get16(at + i);
	if (length % 2 != 0)
		sum += (uint32_t)at[length - 1] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

uint16_t checksum_end(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint32_t segment_space(const struct segment *segment)
{
	return segment->length + ((segment->flags & SEGMENT_SYN) != 0) + ((segment->flags & SEGMENT_FIN) != 0);
}

/* Over the pseudo header and the segment: RFC 9293, section 3.1. */
static uint16_t tcp_checksum(const uint8_t *packet, size_t header, size_t length)
{
	uint32_t sum = checksum_add(PROTOCOL_TCP + (uint32_t)(length - header), packet + 12, 8);
	return checksum_end(checksum_add(sum, packet + header, length - header));
}

size_t segment_encode(const struct segment *segment, uint8_t *packet, size_t room)
{
	size_t header = TCP_BYTES + (segment->maximum != 0 ? MAXIMUM_BYTES : 0);
	size_t length = IP_BYTES + header + segment->length;
	if (length > room || length > SEGMENT_PACKET_MOST)
		return 0;
	memset(packet, 0, IP_BYTES + header);
	packet[0] = 4 << 4 | IP_BYTES / 4;
	put16(packet + 2, (uint32_t)length);
	put16(packet + 6, DONT_FRAGMENT);
	packet[8] = TIME_TO_LIVE;
	packet[9] = PROTOCOL_TCP;
	put32(packet + 12, segment->from);
	put32(packet + 16, segment->to);
	put16(packet + 10, checksum_end(checksum_add(0, packet, IP_BYTES)));
	uint8_t *tcp = packet + IP_BYTES;
	put16(tcp, segment->from_port);
	put16(tcp + 2, segment->to_port);
	put32(tcp + 4, segment->sequence);
	put32(tcp + 8, (segment->flags & SEGMENT_ACK) != 0 ? segment->acknowledgment : 0);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = segment->flags;
	put16(tcp + 14, segment->window);
	if (segment->maximum != 0) {
		tcp[TCP_BYTES] = OPTION_MAXIMUM;
		tcp[TCP_BYTES + 1] = MAXIMUM_BYTES;
		put16(tcp + TCP_BYTES + 2, segment->maximum);
	}
	if (segment->length > 0)
		memcpy(tcp + header, segment->data, segment->length);
	put16(tcp + 16, tcp_checksum(packet, IP_BYTES, length));
	return length;
}

/* Of all options only this one says something to a TCP that offers no other.  One that is malformed ends the list. */
static uint16_t find_maximum(const uint8_t *options, size_t length)
{
	for (size_t at = 0; at < length && options[at] != OPTION_END;) {
		if (options[at] == OPTION_NONE) {
			at++;
			continue;
		}
		if (at + 1 >= length || options[at + 1] < 2 || options[at + 1] > length - at)
			return 0;
		if (options[at] == OPTION_MAXIMUM && options[at + 1] == MAXIMUM_BYTES)
			return get16(options + at + 2);
		at += options[at + 1];
	}
	return 0;
}

enum segment_fault segment_decode(const uint8_t *packet, size_t length, struct segment *segment)
{
	if (length < IP_BYTES || packet[0] >> 4 != 4)
		return SEGMENT_DAMAGED;
	size_t ip = (packet[0] & 15U) * 4U, whole = get16(packet + 2);
	bool fits = ip >= IP_BYTES && whole <= length && whole >= ip + TCP_BYTES;
	if (!fits || packet[9] != PROTOCOL_TCP || (get16(packet + 6) & FRAGMENT_BITS) != 0)
		return SEGMENT_DAMAGED;
	const uint8_t *tcp = packet + ip;
	size_t header = (tcp[12] >> 4) * 4U;
	if (header < TCP_BYTES || header > whole - ip)
		return SEGMENT_DAMAGED;
	*segment = (struct segment){
		.from = get32(packet + 12),
		.to = get32(packet + 16),
		.from_port = get16(tcp),
		.to_port = get16(tcp + 2),
		.sequence = get32(tcp + 4),
		.acknowledgment = get32(tcp + 8),
		.flags = tcp[13],
		.window = get16(tcp + 14),
		.maximum = find_maximum(tcp + TCP_BYTES, header - TCP_BYTES),
		.data = tcp + header,
		.length = (uint32_t)(whole - ip - header),
	};
	bool good = checksum_end(checksum_add(0, packet, ip)) == 0 && tcp_checksum(packet, ip, whole) == 0;
	return good ? SEGMENT_GOOD : SEGMENT_CHECKSUM;
}
