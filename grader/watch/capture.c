#include "watch/capture.h"

#include "base/fd.h"
#include "watch/batch.h"
#include "watch/frame.h"
#include "watch/ring.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

/* BUFFER_BYTES is asked for, and BUFFER_ENOUGH (of the doubled figure that the kernel tells) is taken: it holds some 5
 * MiB in full segments with their acknowledgments, more than the socket buffers of a connection take in one call. */
enum { BUFFER_BYTES = 16 << 20, BUFFER_ENOUGH = 8 << 20, DRAIN_MOST = 16384 };

struct capture {
	int descriptor;
	struct ring ring; /* no frames: not used */
	struct batch batch;
	uint64_t dropped;
	int64_t latest_ns; /* CLOCK_MONOTONIC */
};

/* Loopback shows each packet twice, on its way out and on its way in: the first one is taken. */
static bool filter_attach(int descriptor, enum transport transport, uint16_t port)
{
	enum { DROP = 19, TAKE = 18, PORTS = 14, NOTHING = 255 /* no protocol has this number */ };
	bool datagrams = transport == TRANSPORT_UDP;
	uint32_t protocol = datagrams ? IPPROTO_UDP : IPPROTO_TCP;
#define TO(line, here) ((uint8_t)((line) - (here)-1))
	struct sock_filter lines[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		/* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, TO(DROP, 1)),
		/* 2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		/* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, TO(9, 3)),
		/* 4 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 9),
		/* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, datagrams ? IPPROTO_ICMP : NOTHING, TO(TAKE, 5), 0),
		/* 6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, protocol, 0, TO(DROP, 6)),
		/* 7 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
		/* 8 */ BPF_STMT(BPF_JMP | BPF_JA, TO(PORTS, 8)),
		/* 9 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, TO(DROP, 9)),
		/* 10 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 6),
		/* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, datagrams ? IPPROTO_ICMPV6 : NOTHING, TO(TAKE, 11), 0),
		/* 12 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, protocol, 0, TO(DROP, 12)),
		/* 13 */ BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 40),
		/* 14 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14),
		/* 15: every port is at least 0 */
		BPF_JUMP(BPF_JMP | (port != 0 ? BPF_JEQ : BPF_JGE) | BPF_K, port, TO(TAKE, 15), 0),
		/* 16 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
		/* 17 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, TO(DROP, 17)),
		/* 18 */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		/* 19 */ BPF_STMT(BPF_RET | BPF_K, 0),
	};
#undef TO
	struct sock_fprog program = {.len = sizeof(lines) / sizeof(lines[0]), .filter = lines};
	return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

/* True when segments may wait in the socket's own buffer. */
static bool buffer_make(int descriptor, bool whatever)
{
	int wanted = BUFFER_BYTES, got = 0;
	socklen_t length = sizeof(got);
	if (!batch_stamps(descriptor))
		return false;
	if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) == 0)
		return true;
	setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
	return whatever || (getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &got, &length) == 0 && got >= BUFFER_ENOUGH);
}

static bool place_make(struct capture *capture, enum capture_place place)
{
	if (place != CAPTURE_RING && buffer_make(capture->descriptor, place == CAPTURE_BUFFER))
		return true;
	return place != CAPTURE_BUFFER && ring_make(&capture->ring, capture->descriptor);
}

static bool loopback_bind(int descriptor)
{
	struct ifreq loopback = {.ifr_name = "lo"};
	if (ioctl(descriptor, SIOCGIFINDEX, &loopback) != 0)
		return false;
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(ETH_P_ALL), /* the only one that shows packets on their way out */
		.sll_ifindex = loopback.ifr_ifindex,
	};
	return bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

struct capture *capture_open(enum transport transport, uint16_t port)
{
	return capture_open_in(CAPTURE_BEST, transport, port);
}

struct capture *capture_open_in(enum capture_place place, enum transport transport, uint16_t port)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	if (capture == NULL)
		abort();
	batch_prepare(&capture->batch);
	/* Protocol 0 receives nothing until bind: the filter is there before the first packet. */
	capture->descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (capture->descriptor < 0 || !filter_attach(capture->descriptor, transport, port) ||
	    !place_make(capture, place) || !loopback_bind(capture->descriptor)) {
		int error = errno;
		capture_close(capture);
		errno = error;
		return NULL;
	}
	return capture;
}

static bool frame_take(struct capture *capture, struct snapped *snapped)
{
	if (capture->ring.frames != NULL)
		return ring_take(&capture->ring, snapped);
	return batch_take(&capture->batch, capture->descriptor, snapped);
}

bool capture_turn(struct capture *capture, enum transport transport, uint16_t port)
{
	struct snapped snapped;
	if (!filter_attach(capture->descriptor, transport, port))
		return false;
	while (frame_take(capture, &snapped))
		continue;
	capture_dropped(capture);
	capture->dropped = 0;
	return true;
}

static int64_t now(clockid_t clock)
{
	struct timespec time;
	clock_gettime(clock, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The kernel stamps packets with CLOCK_REALTIME, which may be stepped; time in a timeline never runs backwards. */
static int64_t capture_time(struct capture *capture, int64_t time_ns, int64_t now_ns)
{
	if (time_ns > now_ns)
		time_ns = now_ns;
	if (time_ns < capture->latest_ns)
		time_ns = capture->latest_ns;
	capture->latest_ns = time_ns;
	return time_ns;
}

unsigned capture_drain(struct capture *capture, struct connections *connections)
{
	unsigned taken = 0;
	int64_t offset_ns = 0, now_ns = 0;
	struct snapped snapped;
	for (unsigned seen = 0; seen < DRAIN_MOST && frame_take(capture, &snapped); seen++) {
		if (seen == 0) {
			now_ns = now(CLOCK_MONOTONIC);
			offset_ns = now_ns - now(CLOCK_REALTIME);
		}
		struct captured captured;
		if (frame_parse(snapped.bytes, snapped.length, snapped.whole, &captured) == FRAME_OTHER)
			continue;
		captured.time_ns = capture_time(capture, snapped.time_ns + offset_ns, now_ns);
		taken++;
		connections_segment(connections, &captured);
	}
	return taken;
}

int capture_descriptor(const struct capture *capture)
{
	return capture->descriptor;
}

uint64_t capture_dropped(struct capture *capture)
{
	struct tpacket_stats counted;
	socklen_t length = sizeof(counted);
	/* Reading the counters sets them to 0. */
	if (getsockopt(capture->descriptor, SOL_PACKET, PACKET_STATISTICS, &counted, &length) == 0)
		capture->dropped += counted.tp_drops;
	return capture->dropped;
}

void capture_close(struct capture *capture)
{
	if (capture == NULL)
		return;
	ring_release(&capture->ring);
	fd_close(&capture->descriptor);
	free(capture);
}
