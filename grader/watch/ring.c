#include "watch/ring.h"

#include "watch/frame.h"

#include <linux/if_packet.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* 8,192 frames are what some 5 MiB and their acknowledgments need: more than the socket buffers take in one call. */
enum {
	FRAME_BYTES = 256,
	BLOCK_BYTES = 64 * 1024,
	BLOCKS = 32,
	FRAMES = BLOCKS * (BLOCK_BYTES / FRAME_BYTES),
};
_Static_assert(sizeof(struct tpacket2_hdr) + sizeof(struct sockaddr_ll) + 32 + SNAP_BYTES <= FRAME_BYTES,
               "the kernel's header, aligned, and the snapped bytes");

bool ring_make(struct ring *ring, int descriptor)
{
	int version = TPACKET_V2;
	struct tpacket_req request = {
		.tp_block_size = BLOCK_BYTES, .tp_block_nr = BLOCKS, .tp_frame_size = FRAME_BYTES, .tp_frame_nr = FRAMES};
	if (setsockopt(descriptor, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
	    setsockopt(descriptor, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0)
		return false;
	void *frames = mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	if (frames == MAP_FAILED)
		return false;
	*ring = (struct ring){.frames = frames};
	return true;
}

void ring_release(struct ring *ring)
{
	if (ring->frames != NULL)
		munmap(ring->frames, (size_t)BLOCK_BYTES * BLOCKS);
	ring->frames = NULL;
}

bool ring_take(struct ring *ring, struct snapped *snapped)
{
	uint8_t *frame = ring->frames + (size_t)ring->next * FRAME_BYTES;
	struct tpacket2_hdr *shared = (void *)frame;
	if ((__atomic_load_n(&shared->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
		return false;
	struct tpacket2_hdr header = *shared;
	uint32_t most = header.tp_mac < FRAME_BYTES ? (uint32_t)FRAME_BYTES - header.tp_mac : 0;
	if (most > SNAP_BYTES)
		most = SNAP_BYTES;
	snapped->length = header.tp_snaplen < most ? header.tp_snaplen : most;
	snapped->whole = header.tp_len;
	snapped->time_ns = (int64_t)header.tp_sec * 1000000000 + header.tp_nsec;
	memcpy(snapped->bytes, frame + (most > 0 ? header.tp_mac : 0), snapped->length);
	__atomic_store_n(&shared->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	ring->next = (ring->next + 1) % FRAMES;
	return true;
}
