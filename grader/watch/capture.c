#include "watch/capture.h"

#include "base/fd.h"
#include "watch/frame.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

/* A frame of the ring holds the kernel's header and all headers of a segment (at most 14 + 60 + 60 bytes); its payload
 * is known from the calls and the peer.  8,192 frames are what some 5 MiB and their acknowledgments need: more than the
 * socket buffers take in one call. */
enum {
	FRAME_BYTES = 256,
	BLOCK_BYTES = 64 * 1024,
	BLOCKS = 32,
	FRAMES = BLOCKS * (BLOCK_BYTES / FRAME_BYTES),
	SNAP_BYTES = 160,
};
_Static_assert(sizeof(struct tpacket2_hdr) + sizeof(struct sockaddr_ll) + 32 + SNAP_BYTES <= FRAME_BYTES,
               "the kernel's header, aligned, and the snapped bytes");

struct capture {
	int descriptor;
	uint8_t *ring;
	unsigned next; /* frame */
	uint64_t dropped;
	int64_t latest_ns; /* CLOCK_MONOTONIC */
};

/* Loopback shows each packet twice, on its way out and on its way in: the first one is taken. */
static bool filter_attach(int descriptor, uint16_t port)
{
	enum { DROP = 17, TAKE = 16, PORTS = 12 };
#define TO(line, here) ((uint8_t)((line) - (here) - 1))
	struct sock_filter lines[] = {
		/* 0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		/* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, TO(DROP, 1)),
		/* 2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		/* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, TO(8, 3)),
		/* 4 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 9),
		/* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, TO(DROP, 5)),
		/* 6 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
		/* 7 */ BPF_STMT(BPF_JMP | BPF_JA, TO(PORTS, 7)),
		/* 8 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, TO(DROP, 8)),
		/* 9 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 6),
		/* 10 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, TO(DROP, 10)),
		/* 11 */ BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 40),
		/* 12 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14),
		/* 13: every port is at least 0 */
		BPF_JUMP(BPF_JMP | (port != 0 ? BPF_JEQ : BPF_JGE) | BPF_K, port, TO(TAKE, 13), 0),
		/* 14 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
		/* 15 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, TO(DROP, 15)),
		/* 16 */ BPF_STMT(BPF_RET | BPF_K, SNAP_BYTES),
		/* 17 */ BPF_STMT(BPF_RET | BPF_K, 0),
	};
#undef TO
	struct sock_fprog program = {.len = sizeof(lines) / sizeof(lines[0]), .filter = lines};
	return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool ring_map(struct capture *capture)
{
	int version = TPACKET_V2;
	struct tpacket_req request = {
		.tp_block_size = BLOCK_BYTES, .tp_block_nr = BLOCKS, .tp_frame_size = FRAME_BYTES, .tp_frame_nr = FRAMES};
	if (setsockopt(capture->descriptor, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
	    setsockopt(capture->descriptor, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0)
		return false;
	void *ring = mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, capture->descriptor, 0);
	if (ring == MAP_FAILED)
		return false;
	capture->ring = ring;
	return true;
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

struct capture *capture_open(uint16_t port)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	if (capture == NULL)
		abort();
	/* Protocol 0 receives nothing until bind: filter and ring are there before the first packet. */
	capture->descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (capture->descriptor < 0 || !filter_attach(capture->descriptor, port) || !ring_map(capture) ||
	    !loopback_bind(capture->descriptor)) {
		int error = errno;
		capture_close(capture);
		errno = error;
		return NULL;
	}
	return capture;
}

static int64_t now(clockid_t clock)
{
	struct timespec time;
	clock_gettime(clock, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The kernel stamps packets with CLOCK_REALTIME, which may be stepped; time in a timeline never runs backwards. */
static int64_t capture_time(struct capture *capture, const struct tpacket2_hdr *header, int64_t offset_ns, int64_t now_ns)
{
	int64_t time_ns = (int64_t)header->tp_sec * 1000000000 + header->tp_nsec + offset_ns;
	if (time_ns > now_ns)
		time_ns = now_ns;
	if (time_ns < capture->latest_ns)
		time_ns = capture->latest_ns;
	capture->latest_ns = time_ns;
	return time_ns;
}

/* The frame's bytes that were captured, copied out so that it can be given back at once. */
static uint32_t frame_copy(const uint8_t *frame, const struct tpacket2_hdr *header, uint8_t into[SNAP_BYTES])
{
	if (header->tp_mac > FRAME_BYTES)
		return 0;
	uint32_t length = header->tp_snaplen, most = (uint32_t)FRAME_BYTES - header->tp_mac;
	length = length < most ? length : most;
	length = length < SNAP_BYTES ? length : SNAP_BYTES;
	memcpy(into, frame + header->tp_mac, length);
	return length;
}

unsigned capture_drain(struct capture *capture, struct connections *connections)
{
	unsigned taken = 0;
	int64_t offset_ns = 0, now_ns = 0;
	for (unsigned seen = 0; seen < FRAMES; seen++) {
		uint8_t *frame = capture->ring + (size_t)capture->next * FRAME_BYTES;
		struct tpacket2_hdr *shared = (void *)frame;
		if ((__atomic_load_n(&shared->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
			break;
		struct tpacket2_hdr header = *shared;
		uint8_t bytes[SNAP_BYTES];
		uint32_t length = frame_copy(frame, &header, bytes);
		__atomic_store_n(&shared->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		capture->next = (capture->next + 1) % FRAMES;
		if (seen == 0) {
			now_ns = now(CLOCK_MONOTONIC);
			offset_ns = now_ns - now(CLOCK_REALTIME);
		}
		struct captured captured;
		if (frame_parse(bytes, length, header.tp_len, &captured) != FRAME_TCP)
			continue;
		captured.time_ns = capture_time(capture, &header, offset_ns, now_ns);
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
	if (capture->ring != NULL)
		munmap(capture->ring, (size_t)BLOCK_BYTES * BLOCKS);
	fd_close(&capture->descriptor);
	free(capture);
}
