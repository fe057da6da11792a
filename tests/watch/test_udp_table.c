/* The addresses of UDP sockets, as /proc tells them. */
#include "watch/udp_table.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t inode_of(int descriptor)
{
	struct stat status;
	assert_int_equal(fstat(descriptor, &status), 0);
	return status.st_ino;
}

static void a_socket_is_found_by_its_inode(void **state)
{
	(void)state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
	struct udp_socket found;
	assert_false(udp_table_find(inode_of(client), &found)); /* it has no port yet */
	assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_true(udp_table_find(inode_of(server), &found));
	assert_int_equal(found.local.port, ntohs(address.sin_port));
	assert_int_equal(found.remote.port, 0);
	assert_true(udp_table_bound(ntohs(address.sin_port)));
	assert_true(udp_table_find(inode_of(client), &found));
	assert_int_equal(found.remote.port, ntohs(address.sin_port));
	assert_int_equal(found.remote.bytes[0], 127);
	assert_false(udp_table_find(0, &found));
	close(server);
	close(client);
}

static void an_address_of_both_families_is_the_one_on_the_wire(void **state)
{
	(void)state;
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
	int client = socket(AF_INET6, SOCK_DGRAM, 0);
	if (client < 0 || connect(client, (struct sockaddr *)&mapped, sizeof(mapped)) != 0)
		skip();
	struct udp_socket found;
	assert_true(udp_table_find(inode_of(client), &found));
	assert_int_equal(found.remote.family, AF_INET);
	assert_int_equal(found.remote.bytes[0], 127);
	close(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_found_by_its_inode),
		cmocka_unit_test(an_address_of_both_families_is_the_one_on_the_wire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
