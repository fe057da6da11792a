// A thread for each client; a class closes its descriptor.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

class Socket {
public:
	explicit Socket(int descriptor) : descriptor_(descriptor) {}
	~Socket() { ::close(descriptor_); }
	int get() const { return descriptor_; }

private:
	int descriptor_;
};

static void serve(int client)
{
	char buffer[4096];
	ssize_t count;
	while ((count = ::recv(client, buffer, sizeof(buffer), 0)) > 0) {
		for (ssize_t done = 0, sent; done < count; done += sent) {
			sent = ::send(client, buffer + done, static_cast<size_t>(count - done), MSG_NOSIGNAL);
			if (sent < 0)
				return;
		}
	}
}

int main(int argc, char **argv)
{
	int listener = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
	::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(static_cast<uint16_t>(std::atoi(argc > 1 ? argv[1] : "")));
	if (::bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0 || ::listen(listener, 100) < 0) {
		std::cerr << "server: the port cannot be had\n";
		return 1;
	}
	std::vector<Socket> clients;
	for (;;) {
		int client = ::accept(listener, nullptr, nullptr);
		if (client < 0)
			continue;
		clients.push_back(Socket(client)); // BUG: what is copied closes the descriptor when it goes
		std::thread(serve, clients.back().get()).detach();
	}
}
