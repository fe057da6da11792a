#include "watch/batch.h"

#include <string.h>

static void message_prepare(struct batch *batch, unsigned i)
{
	batch->pieces[i] = (struct iovec){batch->frames[i].bytes, SNAP_BYTES};
	batch->messages[i].msg_hdr = (struct msghdr){
		.msg_iov = &batch->pieces[i],
		.msg_iovlen = 1,
		.msg_control = batch->stamps[i].bytes,
		.msg_controllen = sizeof(batch->stamps[i].bytes),
	};
}

void batch_prepare(struct batch *batch)
{
	for (unsigned i = 0; i < BATCH_FRAMES; i++)
		message_prepare(batch, i);
}

bool batch_stamps(int descriptor)
{
	int on = 1;
	return setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == 0;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

static int64_t message_time(struct msghdr *message)
{
	struct timespec time;
	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at)) {
		if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_TIMESTAMPNS || at->cmsg_len < CMSG_LEN(sizeof(time)))
			continue;
		memcpy(&time, CMSG_DATA(at), sizeof(time));
		return nanoseconds(&time);
	}
	clock_gettime(CLOCK_REALTIME, &time);
	return nanoseconds(&time);
}

static void batch_read(struct batch *batch, int descriptor)
{
	/* MSG_TRUNC: the length is that of the frame, not of what there was room for. */
	int count = recvmmsg(descriptor, batch->messages, BATCH_FRAMES, MSG_DONTWAIT | MSG_TRUNC, NULL);
	batch->next = 0;
	batch->count = count > 0 ? (unsigned)count : 0;
	for (unsigned i = 0; i < batch->count; i++) {
		struct snapped *frame = &batch->frames[i];
		frame->whole = batch->messages[i].msg_len;
		frame->length = frame->whole < SNAP_BYTES ? frame->whole : SNAP_BYTES;
		frame->time_ns = message_time(&batch->messages[i].msg_hdr);
		message_prepare(batch, i);
	}
}

bool batch_take(struct batch *batch, int descriptor, struct snapped *frame)
{
	/* A batch that was not full has emptied the socket: what has come since is for the next look. */
	bool emptied = batch->count > 0 && batch->count < BATCH_FRAMES && batch->next == batch->count;
	if (emptied)
		batch->next = batch->count = 0;
	else if (batch->next == batch->count)
		batch_read(batch, descriptor);
	if (batch->next == batch->count)
		return false;
	*frame = batch->frames[batch->next++];
	return true;
}
