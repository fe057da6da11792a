#include "watch/frame.h"

#include <string.h>
#include <sys/socket.h>

enum {
	ETHERNET_BYTES = 14,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	TCP_BYTES = 20,
	UDP_BYTES = 8,
	ICMP_BYTES = 8,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ICMPV6 = 58,
};

/* What the IP header says. */
struct packet {
	uint8_t protocol;
	uint32_t header; /* bytes */
	uint32_t payload; /* bytes behind it, on the wire */
	bool more; /* the first of several fragments */
};

static uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static void addresses(struct captured *captured, uint8_t family, const uint8_t *from, const uint8_t *to, size_t length)
{
	captured->from = (struct address){.family = family};
	captured->to = (struct address){.family = family};
	memcpy(captured->from.bytes, from, length);
	memcpy(captured->to.bytes, to, length);
}

/* RFC 791, section 3.1.  A total length of 0 stands for more than 65,535 bytes (offloading of large packets). */
static bool ipv4_parse(const uint8_t *at, uint32_t length, uint32_t whole, struct packet *packet,
                       struct captured *captured)
{
	if (length < IPV4_BYTES || at[0] >> 4 != 4)
		return false;
	packet->header = (at[0] & 15U) * 4U;
	uint32_t total = be16(at + 2) != 0 ? be16(at + 2) : whole;
	bool behind = (be16(at + 6) & 0x1fff) != 0;
	packet->more = (be16(at + 6) & 0x2000) != 0;
	if (packet->header < IPV4_BYTES || total < packet->header || total > whole || behind)
		return false;
	packet->protocol = at[9];
	packet->payload = total - packet->header;
	addresses(captured, AF_INET, at + 12, at + 16, 4);
	return true;
}

/* RFC 8200, section 3.  Linux sends TCP without extension headers, and UDP that fits into one packet. */
static bool ipv6_parse(const uint8_t *at, uint32_t length, uint32_t whole, struct packet *packet,
                       struct captured *captured)
{
	if (length < IPV6_BYTES || at[0] >> 4 != 6)
		return false;
	packet->header = IPV6_BYTES;
	packet->payload = be16(at + 4) != 0 ? be16(at + 4) : whole - IPV6_BYTES;
	if (packet->payload > whole - IPV6_BYTES)
		return false;
	packet->protocol = at[6];
	addresses(captured, AF_INET6, at + 8, at + 24, 16);
	return true;
}

/* RFC 9293, section 3.1. */
static bool tcp_parse(const uint8_t *at, uint32_t length, uint32_t payload, struct captured *captured, uint32_t *header)
{
	if (length < TCP_BYTES)
		return false;
	*header = (at[12] >> 4) * 4U;
	if (*header < TCP_BYTES || *header > payload)
		return false;
	captured->from.port = be16(at);
	captured->to.port = be16(at + 2);
	captured->sequence = be32(at + 4);
	captured->acknowledgment = be32(at + 8);
	captured->flags = at[13];
	captured->window = be16(at + 14);
	captured->length = payload - *header;
	return true;
}

/* RFC 768.  Only the first fragment of a datagram has its header. */
static bool udp_parse(const uint8_t *at, uint32_t length, const struct packet *packet, struct captured *captured)
{
	if (length < UDP_BYTES)
		return false;
	uint32_t whole = be16(at + 4);
	if (whole < UDP_BYTES || (whole > packet->payload && !packet->more))
		return false;
	captured->from.port = be16(at);
	captured->to.port = be16(at + 2);
	captured->length = whole - UDP_BYTES;
	captured->datagram = true;
	return true;
}

/* RFC 792 and RFC 4443, section 3.1: "port unreachable", with the headers of the datagram that it answers.  It comes from
 * the port that this one was for. */
static bool unreachable_parse(const uint8_t *at, uint32_t length, bool six, struct captured *captured)
{
	if (length < ICMP_BYTES || at[0] != (six ? 1 : 3) || at[1] != (six ? 4 : 3))
		return false;
	const uint8_t *quoted = at + ICMP_BYTES;
	uint32_t left = length - ICMP_BYTES;
	struct packet packet = {0};
	struct captured inner = {0};
	if (!(six ? ipv6_parse(quoted, left, UINT16_MAX + IPV6_BYTES, &packet, &inner)
	          : ipv4_parse(quoted, left, UINT16_MAX + IPV4_BYTES, &packet, &inner)) ||
	    packet.protocol != PROTOCOL_UDP || left < packet.header + UDP_BYTES)
		return false;
	captured->from.port = be16(quoted + packet.header + 2);
	captured->to.port = be16(quoted + packet.header);
	captured->flags = SEGMENT_UNREACHABLE;
	captured->datagram = true;
	return true;
}

enum frame_transport frame_parse(const uint8_t *frame, uint32_t length, uint32_t whole, struct captured *captured)
{
	*captured = (struct captured){0};
	if (length < ETHERNET_BYTES || whole < length)
		return FRAME_OTHER;
	const uint8_t *at = frame + ETHERNET_BYTES;
	uint32_t left = length - ETHERNET_BYTES, all = whole - ETHERNET_BYTES, header = 0;
	uint16_t type = be16(frame + 12);
	struct packet packet = {0};
	bool good = (type == ETHERTYPE_IPV4 && ipv4_parse(at, left, all, &packet, captured)) ||
	            (type == ETHERTYPE_IPV6 && ipv6_parse(at, left, all, &packet, captured));
	if (!good || left < packet.header)
		return FRAME_OTHER;
	const uint8_t *behind = at + packet.header;
	uint32_t there = left - packet.header;
	bool six = type == ETHERTYPE_IPV6;
	if (packet.protocol == PROTOCOL_TCP)
		good = !packet.more && tcp_parse(behind, there, packet.payload, captured, &header);
	else if (packet.protocol == PROTOCOL_UDP)
		good = udp_parse(behind, there, &packet, captured), header = UDP_BYTES;
	else if (packet.protocol == (six ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP))
		good = unreachable_parse(behind, there, six, captured), header = packet.payload;
	else
		good = false;
	if (!good)
		return FRAME_OTHER;
	captured->frame = at;
	captured->frame_length = packet.header + header < left ? packet.header + header : left;
	return captured->datagram ? FRAME_UDP : FRAME_TCP;
}
