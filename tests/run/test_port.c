#include "run/port.h"

#include "base/fd.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

static void planned_port_stays_where_the_program_is_not_told(void **state)
{
	(void)state;
	int lease;
	const struct test spoken = {.transport = TRANSPORT_TCP};
	const struct plan_test test = {.test = &spoken, .port = 8080};
	assert_int_equal(port_take(&test, &lease), 8080);
	assert_int_equal(lease, -1);
}

static void port_is_free_and_nobody_else_takes_it(void **state)
{
	(void)state;
	enum { LEASES = 64 };
	int leases[LEASES];
	uint16_t ports[LEASES];
	const struct test spoken = {.transport = TRANSPORT_TCP};
	const struct plan_test test = {.test = &spoken, .port = 12345, .port_given = true};
	for (size_t i = 0; i < LEASES; i++) {
		ports[i] = port_take(&test, &leases[i]);
		assert_in_range(ports[i], PLAN_PORT_FIRST, PLAN_PORT_FIRST + PLAN_PORT_COUNT - 1);
		assert_int_not_equal(ports[i] >> 8, ports[i] & 255);
		assert_true(leases[i] >= 0);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(ports[i], ports[j]);
		FD_AUTO fd = socket(AF_INET, SOCK_STREAM, 0);
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(ports[i])};
		assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	}
	for (size_t i = 0; i < LEASES; i++)
		fd_close(&leases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planned_port_stays_where_the_program_is_not_told),
		cmocka_unit_test(port_is_free_and_nobody_else_takes_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
