// C++20 coroutines over poll.
#include <coroutine>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>
struct Task { struct promise_type { Task get_return_object() { return {}; } std::suspend_never initial_suspend() { return {}; } std::suspend_never final_suspend() noexcept { return {}; } void return_void() {} void unhandled_exception() { std::abort(); } }; };
static std::map<int, std::pair<short, std::coroutine_handle<>>> waiting;
struct Ready { int fd; short what; bool await_ready() { return false; } void await_suspend(std::coroutine_handle<> h) { waiting[fd] = {what, h}; } void await_resume() {} };
Task session(int fd) {
	char buf[2000];
	for (;;) {
		co_await Ready{fd, POLLIN};
		ssize_t n = recv(fd, buf, sizeof buf, MSG_DONTWAIT), at = 0;
		if (n < 0 && errno == EAGAIN) continue;
		if (n <= 0) break;
		while (at < n) {
			ssize_t w = send(fd, buf + at, n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (w < 0 && errno == EAGAIN) { co_await Ready{fd, POLLOUT}; continue; }
			if (w < 0) { close(fd); co_return; }
			at += w;
		}
	}
	close(fd);
}
Task listener(int l) { for (;;) { co_await Ready{l, POLLIN}; int c = accept(l, nullptr, nullptr); if (c >= 0) session(c); } }
int main(int, char **argv) {
	int l = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	sockaddr_in a{}; a.sin_family = AF_INET; a.sin_port = htons(atoi(argv[1]));
	if (bind(l, (sockaddr *)&a, sizeof a) || listen(l, 64)) { perror("server"); return 1; }
	listener(l);
	for (;;) {
		std::vector<pollfd> p;
		for (auto &[fd, w] : waiting) p.push_back({fd, w.first, 0});
		if (poll(p.data(), p.size(), -1) < 0) continue;
		for (auto &e : p) if (e.revents) { auto h = waiting[e.fd].second; waiting.erase(e.fd); h.resume(); }
	}
}
