/* Two stdio streams on one socket, a thread for the way back. */
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
static FILE *from, *to; static volatile long sent; static volatile int done;
static void *up(void *x)
{
	(void)x;
	int ch;
	while ((ch = getchar()) != EOF) { 
		if (putc(ch, to) == EOF) return NULL;
		sent++;
		if (ch == '\n' && fflush(to)) return NULL;
	}
	if (fflush(to)) return NULL;
	done = 1;
	shutdown(fileno(to), SHUT_WR);
	return NULL;
}
int main(int argc, char **argv)
{
	if (argc < 3) return 2;
	signal(SIGPIPE, SIG_IGN);
	struct addrinfo h = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *r;
	if (getaddrinfo(argv[1], argv[2], &h, &r)) { fputs("no such host\n", stderr); return 1; }
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, r->ai_addr, r->ai_addrlen)) { perror("connect"); return 1; }
	from = fdopen(fd, "r"); to = fdopen(dup(fd), "w");
	pthread_t t; pthread_create(&t, NULL, up, NULL);
	long got = 0; int ch;
	while ((ch = getc(from)) != EOF) { putchar_unlocked(ch); got++; }
	int bad = ferror(from) || !done || got != sent;
	if (bad) fputs("connection ended early\n", stderr);
	fflush(stdout);
	_exit(bad);
}
