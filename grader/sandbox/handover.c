#include "sandbox/handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

bool handover_pair(int pair[static 2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0;
}

bool handover_send(int socket, const void *bytes, size_t length, int descriptor)
{
	char *from = (char *)(size_t)bytes;
	struct iovec piece = {from, length};
	union control control = {0};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	if (descriptor >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

long handover_receive(int socket, void *bytes, size_t length, int *descriptor)
{
	struct iovec piece = {bytes, length};
	union control control = {0};
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	ssize_t got;
	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	int received = -1;
	const struct cmsghdr *header = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&received, CMSG_DATA(header), sizeof(int));
	if (descriptor != NULL)
		*descriptor = received;
	else if (received >= 0)
		close(received);
	return got;
}

bool handover_done(int socket, int descriptor)
{
	struct mishap none = {0};
	return handover_send(socket, &none, sizeof(none), descriptor);
}

void handover_failed(int socket, const struct mishap *mishap)
{
	struct mishap told = *mishap;
	if (told.step[0] == '\0')
		mishap_text(&told, "an unnamed step failed");
	handover_send(socket, &told, sizeof(told), -1);
}

bool handover_wait(int socket, const char *who, int *descriptor, struct mishap *mishap)
{
	struct mishap told = {0};
	int received = -1;
	long got = handover_receive(socket, &told, sizeof(told), &received);
	if (got == (long)sizeof(told) && told.step[0] == '\0') {
		if (descriptor != NULL)
			*descriptor = received;
		else if (received >= 0)
			close(received);
		return true;
	}
	if (received >= 0)
		close(received);
	if (got < 0)
		return mishap_errno(mishap, "%s", who);
	if (got != (long)sizeof(told))
		return mishap_text(mishap, "%s ended before it was ready", who);
	told.step[sizeof(told.step) - 1] = '\0';
	*mishap = told;
	return false;
}
