/* Captured frames from the buffer of a packet socket, several with one system call. */
#pragma once

#include "watch/frame.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum { BATCH_FRAMES = 8 };

struct stamp {
	_Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct timespec))];
};

struct batch {
	struct snapped frames[BATCH_FRAMES];
	unsigned next, count; /* those not given out yet */
	struct mmsghdr messages[BATCH_FRAMES]; /* of recvmmsg(2), prepared once */
	struct iovec pieces[BATCH_FRAMES];
	struct stamp stamps[BATCH_FRAMES];
};

/* The batch points into itself: it stays where it is. */
void batch_prepare(struct batch *);
/* The socket's frames are stamped by the kernel from now on.  False with errno. */
bool batch_stamps(int descriptor);
/* False when none waits. */
bool batch_take(struct batch *, int descriptor, struct snapped *);
