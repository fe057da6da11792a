/* Addresses of the kernel's as plain data, and back. */
#pragma once

#include "model/event.h"

#include <sys/socket.h>

/* "127.0.0.1" or "::1".  False when it is no address. */
bool peer_address_parse(const char *host, uint16_t port, struct address *);
/* Returns its length. */
socklen_t peer_address_write(const struct address *, struct sockaddr_storage *);
/* An IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2) becomes the IPv4 address that it is on the wire. */
void peer_address_read(const struct sockaddr_storage *, struct address *);
bool peer_address_equal(const struct address *, const struct address *);
