/* chat with the echo server */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int sock;

static void *print_replies(void *unused)
{
	char buf[1024];
	while (1) {
		int n = recv(sock, buf, sizeof buf, 0);
		if (n < 0) {
			perror("recv");
			exit(1);
		}
		write(1, buf, n);
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	struct hostent *host = gethostbyname(argv[1]);
	if (host == NULL) {
		fprintf(stderr, "unknown host\n");
		return 1;
	}
	struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
	memcpy(&server.sin_addr, host->h_addr_list[0], host->h_length);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&server, sizeof server) < 0) {
		perror("connect");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	pthread_t reader;
	pthread_create(&reader, NULL, print_replies, NULL);
	char buf[1024];
	ssize_t n;
	while ((n = read(0, buf, sizeof buf)) > 0) {
		ssize_t done = 0;
		while (done < n) {
			ssize_t k = send(sock, buf + done, n - done, 0);
			if (k < 0) {
				perror("send");
				return 1;
			}
			done += k;
		}
	}
	shutdown(sock, SHUT_WR);
	pthread_join(reader, NULL);
	return 0;
}
