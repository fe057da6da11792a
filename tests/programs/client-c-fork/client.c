/* A process for each direction, and shared memory for the count. */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	atomic_size_t sent;
	atomic_bool finished;
};

static void send_input(int server, struct shared *shared)
{
	char line[512];
	ssize_t count;
	while ((count = read(STDIN_FILENO, line, sizeof(line))) > 0) {
		for (ssize_t done = 0; done < count;) {
			ssize_t n = send(server, line + done, (size_t)(count - done), MSG_NOSIGNAL);
			if (n < 0)
				_exit(1);
			done += n;
			shared->sent += (size_t)n;
		}
	}
	shared->finished = true;
	shutdown(server, SHUT_WR);
	_exit(0);
}

static int print(const char *bytes, size_t left)
{
	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, left);
		if (n < 0)
			return 0;
		bytes += n;
		left -= (size_t)n;
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) {
		fprintf(stderr, "usage: client HOST PORT\n");
		return 1;
	}
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(server, found->ai_addr, found->ai_addrlen) < 0) {
		perror("client: connect");
		return 1;
	}
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	pid_t child = fork();
	if (child == 0)
		send_input(server, shared);
	char reply[512];
	size_t received = 0;
	ssize_t n;
	while ((n = recv(server, reply, sizeof(reply), 0)) > 0) {
		received += (size_t)n;
		if (!print(reply, (size_t)n))
			return 1;
	}
	if (n < 0)
		perror("client: recv");
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	close(server);
	if (n == 0 && shared->finished && shared->sent == received)
		return 0;
	fprintf(stderr, "client: %zu bytes sent, %zu came back\n", (size_t)shared->sent, received);
	return 1;
}
