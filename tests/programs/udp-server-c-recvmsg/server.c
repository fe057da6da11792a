/* recvmsg() and sendmsg(): asks for the destination address of each datagram, and answers from it. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	static char head[4], tail[65536];
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	int on = 1;
	if (argc != 2)
		return 2;
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		union {
			char bytes[256];
			struct cmsghdr align;
		} control;
		struct sockaddr_in client;
		struct iovec pieces[2] = {{head, sizeof(head)}, {tail, sizeof(tail)}};
		struct msghdr message = {.msg_name = &client,
		                         .msg_namelen = sizeof(client),
		                         .msg_iov = pieces,
		                         .msg_iovlen = 2,
		                         .msg_control = &control,
		                         .msg_controllen = sizeof(control)};
		ssize_t count = recvmsg(fd, &message, 0);
		if (count < 0 || (message.msg_flags & MSG_TRUNC) != 0)
			continue;
		size_t first = (size_t)count < sizeof(head) ? (size_t)count : sizeof(head);
		pieces[0].iov_len = first;
		pieces[1].iov_len = (size_t)count - first;
		for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at != NULL; at = CMSG_NXTHDR(&message, at)) {
			struct in_pktinfo info;
			if (at->cmsg_level != IPPROTO_IP || at->cmsg_type != IP_PKTINFO)
				continue;
			memcpy(&info, CMSG_DATA(at), sizeof(info));
			info.ipi_ifindex = 0;
			info.ipi_spec_dst = info.ipi_addr;
			memcpy(CMSG_DATA(at), &info, sizeof(info));
		}
		sendmsg(fd, &message, 0);
	}
}
