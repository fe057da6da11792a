#include <atomic>
#include <csignal>
#include <cstring>
#include <future>
#include <iostream>
#include <netdb.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>
int main(int argc, char **argv) {
	std::signal(SIGPIPE, SIG_IGN);
	std::ios::sync_with_stdio(false);
	if (argc != 3) { std::cerr << "usage\n"; return 2; }
	addrinfo hints{}, *res{}; hints.ai_family = AF_INET; hints.ai_socktype = SOCK_STREAM;
	if (int e = getaddrinfo(argv[1], argv[2], &hints, &res)) { std::cerr << gai_strerror(e) << '\n'; return 1; }
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, res->ai_addr, res->ai_addrlen) < 0) { std::cerr << "connect: " << std::strerror(errno) << std::endl; return 1; }
	std::atomic<long> sent{0}; std::atomic<bool> finished{false};
	std::thread up([&] {
		std::vector<char> b(4096);
		for (;;) {
			ssize_t n = read(0, b.data(), b.size());
			if (n <= 0) break;
			for (ssize_t at = 0; at < n;) { ssize_t w = send(fd, b.data() + at, n - at, 0); if (w < 0) return; at += w; sent += w; }
		}
		finished = true;
		shutdown(fd, SHUT_WR);
	});
	up.detach();
	long got = 0; std::vector<char> b(1 << 16); ssize_t n;
	while ((n = recv(fd, b.data(), b.size(), 0)) > 0) { std::cout.write(b.data(), n); got += n; }
	std::cout.flush();
	bool bad = n < 0 || !finished || got != sent;
	if (bad) std::cerr << "client: connection ended early" << std::endl;
	close(fd);
	_exit(bad);
}
