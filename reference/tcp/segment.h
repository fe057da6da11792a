/* TCP segments as plain data, and as bytes of an IPv4 packet: RFC 9293 section 3.1, RFC 791 section 3.1.  Pure: no
 * length in a packet is trusted. */
#pragma once

#include "model/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct segment {
	uint32_t from, to; /* IPv4 addresses, host byte order */
	uint16_t from_port, to_port;
	uint32_t sequence, acknowledgment;
	uint8_t flags; /* enum segment_flag */
	uint16_t window;
	uint16_t maximum; /* the option Maximum Segment Size; 0: absent */
	const uint8_t *data; /* borrowed */
	uint32_t length; /* of data */
};

enum {
	SEGMENT_PACKET_MOST = 65535,
	SEGMENT_HEADERS_MOST = 44, /* that segment_encode writes: IP 20, TCP 20, MSS option 4 */
	SEGMENT_DEFAULT_MAXIMUM = 536, /* RFC 9293, section 3.7.1: without the option */
};

/* The ones' complement checksum over bytes in network order (RFC 1071), continued from `sum`, which is 0 at first. */
uint32_t checksum_add(uint32_t sum, const void *bytes, size_t length_bytes);
uint16_t checksum_end(uint32_t sum);

/* The numbers that it takes: payload, and one each for SYN and FIN. */
uint32_t segment_space(const struct segment *);

/* An IPv4 packet with both checksums.  Returns its length, or 0 when `room` is too small for it. */
size_t segment_encode(const struct segment *, uint8_t *packet, size_t room);

enum segment_fault {
	SEGMENT_GOOD,
	SEGMENT_DAMAGED, /* no IPv4 packet with a TCP segment, cut short, or a fragment */
	SEGMENT_CHECKSUM, /* well-formed, but a checksum is wrong: also what loopback carries, which leaves the TCP
	                   * checksum to hardware that it does not have */
};

/* `segment->data` points into the packet.  Filled unless SEGMENT_DAMAGED is returned. */
enum segment_fault segment_decode(const uint8_t *packet, size_t length, struct segment *);
