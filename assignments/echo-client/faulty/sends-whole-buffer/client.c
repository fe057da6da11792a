#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	char buffer[1024];
	struct sockaddr_in server;
	int sock, n;

	if (argc != 3) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	memset(&server, 0, sizeof(server));
	server.sin_family = AF_INET;
	server.sin_port = htons(atoi(argv[2]));
	server.sin_addr.s_addr = inet_addr(argv[1]);
	if (connect(sock, (struct sockaddr *)&server, sizeof(server)) < 0) {
		perror("connect");
		return 1;
	}
	if (fork() == 0) {
		memset(buffer, 0, sizeof(buffer));
		while (fgets(buffer, sizeof(buffer), stdin) != NULL) {
			if (write(sock, buffer, sizeof(buffer)) < 0)
				exit(1);
			memset(buffer, 0, sizeof(buffer));
		}
		shutdown(sock, SHUT_WR);
		exit(0);
	}
	while ((n = read(sock, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, n, stdout);
	return n < 0;
}
