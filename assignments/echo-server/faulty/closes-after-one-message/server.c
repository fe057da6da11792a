/* Echo server using fork. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void dostuff(int sock)
{
	char buffer[4096];
	ssize_t n = read(sock, buffer, sizeof(buffer));
	ssize_t done = 0;
	while (done < n) {
		ssize_t written = write(sock, buffer + done, n - done);
		if (written < 0)
			return;
		done += written;
	}
}

int main(int argc, char *argv[])
{
	if (argc < 2) {
		fprintf(stderr, "ERROR, no port provided\n");
		exit(1);
	}
	signal(SIGCHLD, SIG_IGN);
	int sockfd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in serv_addr;
	memset(&serv_addr, 0, sizeof(serv_addr));
	serv_addr.sin_family = AF_INET;
	serv_addr.sin_addr.s_addr = INADDR_ANY;
	serv_addr.sin_port = htons(atoi(argv[1]));
	if (bind(sockfd, (struct sockaddr *)&serv_addr, sizeof(serv_addr)) < 0) {
		perror("ERROR on binding");
		exit(1);
	}
	if (listen(sockfd, 5) < 0) {
		perror("ERROR on listen");
		exit(1);
	}
	while (1) {
		int newsockfd = accept(sockfd, NULL, NULL);
		if (newsockfd < 0)
			continue;
		int pid = fork();
		if (pid == 0) {
			close(sockfd);
			dostuff(newsockfd);
			exit(0);
		}
		close(newsockfd);
	}
}
