#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* the reply leaves from the address that the datagram came to: IP_PKTINFO both ways */
int main(int argc, char **argv)
{
	if (argc != 2) return 2;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&me, sizeof me) < 0) { perror("server: bind"); return 1; }
	static char data[65536];
	for (;;) {
		struct sockaddr_in from;
		char control[256];
		struct iovec part[2] = {{data, 1000}, {data + 1000, sizeof data - 1000}};
		struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = part, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
		ssize_t n = recvmsg(fd, &m, 0);
		if (n < 0) { if (errno != EINTR && errno != ECONNREFUSED) perror("server: recvmsg"); continue; }
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
			if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
				struct in_pktinfo *p = (struct in_pktinfo *)CMSG_DATA(c);
				p->ipi_spec_dst = p->ipi_addr;
				p->ipi_ifindex = 0;
			}
		struct iovec all = {data, (size_t)n};
		m.msg_iov = &all; m.msg_iovlen = 1; m.msg_flags = 0;
		if (sendmsg(fd, &m, 0) < 0) perror("server: sendmsg");
	}
}
