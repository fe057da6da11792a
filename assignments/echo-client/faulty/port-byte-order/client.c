#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address;
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = atoi(argv[2]);
	if (inet_pton(AF_INET, argv[1], &address.sin_addr) <= 0) {
		fprintf(stderr, "invalid address\n");
		return 1;
	}
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("connect failed");
		return 1;
	}
	char buffer[1024];
	ssize_t count;
	if (fork() == 0) {
		while ((count = read(0, buffer, sizeof(buffer))) > 0)
			write(server, buffer, count);
		shutdown(server, SHUT_WR);
		return 0;
	}
	while ((count = read(server, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, count, stdout);
	return 0;
}
