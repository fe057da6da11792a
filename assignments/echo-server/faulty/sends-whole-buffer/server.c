#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXLINE 1024

void str_echo(int sockfd)
{
	char buf[MAXLINE];
	memset(buf, 0, sizeof(buf));
	while (read(sockfd, buf, sizeof(buf)) > 0) {
		if (write(sockfd, buf, sizeof(buf)) < 0)
			break;
		memset(buf, 0, sizeof(buf));
	}
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		exit(1);
	}
	signal(SIGCHLD, SIG_IGN);
	int listenfd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in servaddr;
	bzero(&servaddr, sizeof(servaddr));
	servaddr.sin_family = AF_INET;
	servaddr.sin_addr.s_addr = htonl(INADDR_ANY);
	servaddr.sin_port = htons(atoi(argv[1]));
	if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) < 0) {
		perror("bind error");
		exit(1);
	}
	if (listen(listenfd, 10) < 0) {
		perror("listen error");
		exit(1);
	}
	for (;;) {
		int connfd = accept(listenfd, NULL, NULL);
		if (connfd < 0)
			continue;
		if (fork() == 0) {
			close(listenfd);
			str_echo(connfd);
			exit(0);
		}
		close(connfd);
	}
}
