/* Echo client: select() for both, and what select() says is ready is read. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void error(const char *msg)
{
	perror(msg);
	exit(1);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
	to.sin_addr.s_addr = inet_addr(argv[1]);
	int sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&to, sizeof to) < 0)
		error("connect");
	char out[4096], in[4096];
	ssize_t begin = 0, end = 0, sent = 0, got = 0;
	int over = 0;
	for (;;) {
		fd_set readable, writable;
		FD_ZERO(&readable);
		FD_ZERO(&writable);
		FD_SET(sock, &readable);
		if (begin < end)
			FD_SET(sock, &writable);
		else
			FD_SET(STDIN_FILENO, &readable);
		if (select(sock + 1, &readable, &writable, NULL, NULL) < 0)
			error("select");
		if (FD_ISSET(STDIN_FILENO, &readable)) {
			begin = 0;
			end = read(STDIN_FILENO, out, sizeof out);
			if (end <= 0 && !over) {
				over = 1;
				shutdown(sock, SHUT_WR);
			}
		}
		if (FD_ISSET(sock, &writable)) {
			ssize_t n = send(sock, out + begin, end - begin, MSG_DONTWAIT);
			if (n < 0 && errno != EAGAIN)
				error("send");
			begin += n > 0 ? n : 0;
			sent += n > 0 ? n : 0;
		}
		if (FD_ISSET(sock, &readable)) {
			ssize_t n = read(sock, in, sizeof in);
			if (n < 0)
				error("read");
			if (n == 0)
				break;
			got += n;
			fwrite(in, 1, n, stdout);
		}
	}
	close(sock);
	if (over && sent == got)
		return 0;
	fprintf(stderr, "the server closed early\n");
	return 1;
}
