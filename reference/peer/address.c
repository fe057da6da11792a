#include "peer/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

bool peer_address_parse(const char *host, uint16_t port, struct address *address)
{
	*address = (struct address){.family = AF_INET, .port = port};
	if (inet_pton(AF_INET, host, address->bytes) == 1)
		return true;
	address->family = AF_INET6;
	return inet_pton(AF_INET6, host, address->bytes) == 1;
}

socklen_t peer_address_write(const struct address *address, struct sockaddr_storage *into)
{
	memset(into, 0, sizeof(*into));
	if (address->family == AF_INET6) {
		struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
		memcpy(&six.sin6_addr, address->bytes, sizeof(six.sin6_addr));
		memcpy(into, &six, sizeof(six));
		return sizeof(six);
	}
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(address->port)};
	memcpy(&four.sin_addr, address->bytes, sizeof(four.sin_addr));
	memcpy(into, &four, sizeof(four));
	return sizeof(four);
}

void peer_address_read(const struct sockaddr_storage *from, struct address *address)
{
	*address = (struct address){0};
	if (from->ss_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, from, sizeof(four));
		address->family = AF_INET;
		address->port = ntohs(four.sin_port);
		memcpy(address->bytes, &four.sin_addr, sizeof(four.sin_addr));
		return;
	}
	if (from->ss_family != AF_INET6)
		return;
	struct sockaddr_in6 six;
	memcpy(&six, from, sizeof(six));
	address->port = ntohs(six.sin6_port);
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
		address->family = AF_INET;
		memcpy(address->bytes, six.sin6_addr.s6_addr + 12, 4);
	} else {
		address->family = AF_INET6;
		memcpy(address->bytes, &six.sin6_addr, sizeof(six.sin6_addr));
	}
}

bool peer_address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
