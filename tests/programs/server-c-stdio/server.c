/* A process for each client, and stdio for the bytes: fdopen(), dup(), readv() inside the C library. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int client)
{
	FILE *in = fdopen(dup(client), "r");
	FILE *out = fdopen(client, "w");
	int byte;
	setvbuf(out, NULL, _IOFBF, 65536);
	while ((byte = getc_unlocked(in)) != EOF) {
		putc_unlocked(byte, out);
		/* Nothing more is buffered on the way in: what was said goes out before waiting. */
		if (__fpending(out) >= 4096 || in->_IO_read_ptr == in->_IO_read_end) {
			if (fflush(out) != 0)
				break;
		}
	}
	fclose(out);
	fclose(in);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: server PORT\n");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 10) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			continue;
		pid_t child = fork();
		if (child == 0) {
			close(listener);
			serve(client);
			exit(0);
		}
		close(client);
	}
}
