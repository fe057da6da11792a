// A std::thread for each client; descriptors close themselves.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

class Socket {
public:
	explicit Socket(int descriptor) : descriptor_(descriptor) {}
	Socket(Socket &&other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
	Socket(const Socket &) = delete;
	Socket &operator=(const Socket &) = delete;
	~Socket()
	{
		if (descriptor_ >= 0)
			::close(descriptor_);
	}
	int get() const { return descriptor_; }

private:
	int descriptor_;
};

static void serve(Socket client)
{
	std::vector<char> buffer(10000);
	for (;;) {
		ssize_t count = ::recv(client.get(), buffer.data(), buffer.size(), 0);
		if (count <= 0)
			return;
		for (ssize_t done = 0; done < count;) {
			ssize_t n = ::send(client.get(), buffer.data() + done, static_cast<size_t>(count - done), MSG_NOSIGNAL);
			if (n < 0)
				return;
			done += n;
		}
	}
}

static Socket listen_on(int port)
{
	Socket listener(::socket(AF_INET, SOCK_STREAM, 0));
	int on = 1;
	::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(static_cast<uint16_t>(port));
	if (::bind(listener.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) < 0)
		throw std::runtime_error(std::string("bind: ") + std::strerror(errno));
	if (::listen(listener.get(), 100) < 0)
		throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
	return listener;
}

int main(int argc, char **argv)
{
	try {
		if (argc != 2)
			throw std::runtime_error("usage: server PORT");
		Socket listener = listen_on(std::stoi(argv[1]));
		for (;;) {
			int client = ::accept(listener.get(), nullptr, nullptr);
			if (client >= 0)
				std::thread(serve, Socket(client)).detach();
		}
	} catch (const std::exception &problem) {
		std::cerr << "server: " << problem.what() << '\n';
		return 1;
	}
}
