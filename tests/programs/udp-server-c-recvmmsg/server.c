/* Takes several datagrams with one recvmmsg(), and answers them with one sendmmsg(). */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MESSAGES = 8, BYTES = 65536 };

int main(int argc, char **argv)
{
	static char bytes[MESSAGES][BYTES];
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	if (argc != 2)
		return 2;
	any.sin_port = htons((unsigned short)atoi(argv[1]));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		struct mmsghdr messages[MESSAGES] = {0};
		struct iovec pieces[MESSAGES];
		struct sockaddr_in clients[MESSAGES];
		for (int i = 0; i < MESSAGES; i++) {
			pieces[i] = (struct iovec){bytes[i], BYTES};
			messages[i].msg_hdr = (struct msghdr){
				.msg_name = &clients[i], .msg_namelen = sizeof(clients[i]), .msg_iov = &pieces[i], .msg_iovlen = 1};
		}
		int count = recvmmsg(fd, messages, MESSAGES, MSG_WAITFORONE, NULL);
		for (int i = 0; i < count; i++)
			pieces[i].iov_len = messages[i].msg_len;
		for (int sent = 0; sent < count;) {
			int more = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);
			sent += more > 0 ? more : 1; /* the one that could not be sent is left out */
		}
	}
}
