#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int sockfd, newsockfd, on = 1;
	struct sockaddr_in address = {0};
	char buffer[1024];
	ssize_t n;

	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	sockfd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = INADDR_ANY;
	address.sin_port = htons(atoi(argv[1]));
	if (bind(sockfd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("bind");
		return 1;
	}
	if (listen(sockfd, 5) < 0) {
		perror("listen");
		return 1;
	}
	while (1) {
		newsockfd = accept(sockfd, NULL, NULL);
		if (newsockfd < 0)
			continue;
		if (fork() == 0) {
			while ((n = read(sockfd, buffer, sizeof(buffer))) > 0)
				write(newsockfd, buffer, n);
			if (n < 0)
				perror("read");
			exit(0);
		}
		close(newsockfd);
	}
}
