/* Real sockets in a network namespace of the test's own, watched by capture, connections and kernel.  Each test program
 * that needs it includes it once. */
#pragma once

#include "sandbox/mishap.h"
#include "sandbox/network.h"
#include "watch/capture.h"
#include "watch/connections.h"
#include "watch/kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { LOOPBACK_PORT = 8080, LOOPBACK_EVENTS = 65536 };

struct loopback {
	struct connections *connections;
	struct capture *capture;
	struct kernel *kernel;
	struct event segments[LOOPBACK_EVENTS]; /* since the last call of passed; their data are not kept */
	size_t segment_count;
	uint8_t headers[CONNECTIONS_FRAME]; /* of the latest segment */
	uint32_t headers_length;
};

static inline void loopback_emit(void *context, struct event *event)
{
	struct loopback *loopback = context;
	if (event->kind != EVENT_SEGMENT)
		return;
	assert_true(loopback->segment_count < LOOPBACK_EVENTS);
	assert_true(event->data_length <= CONNECTIONS_FRAME);
	loopback->headers_length = event->data_length;
	memcpy(loopback->headers, event->data, event->data_length);
	loopback->segments[loopback->segment_count] = *event;
	loopback->segments[loopback->segment_count++].data = NULL;
}

static inline void file_put(const char *path, const char *content)
{
	int descriptor = open(path, O_WRONLY | O_CLOEXEC);
	if (descriptor < 0 || write(descriptor, content, strlen(content)) < 0)
		printf("%s: %s\n", path, strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
}

/* A network namespace as a test of the grader gets it. */
static inline bool namespace_make(void)
{
	struct mishap mishap = {0};
	struct box_network network;
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool made = unshare(CLONE_NEWNET) == 0 && network_make(&network, proc, false, &mishap);
	if (!made)
		printf("no network namespace here: %s: %s\n", mishap.step, strerror(errno));
	close(proc);
	return made;
}

/* What namespace_make needs.  False, and why, where the host does not let us. */
static inline bool loopback_allowed(void)
{
	char map[40];
	snprintf(map, sizeof(map), "0 %d 1", (int)geteuid());
	if (geteuid() != 0 && unshare(CLONE_NEWUSER) == 0)
		file_put("/proc/self/uid_map", map);
	bool allowed = namespace_make();
	if (!allowed)
		printf("skipped\n");
	return allowed;
}

static inline int loopback_open_in(void **state, enum capture_place place)
{
	struct loopback *loopback = calloc(1, sizeof(*loopback));
	if (loopback == NULL || !namespace_make())
		return -1;
	loopback->connections = connections_create(LOOPBACK_PORT, loopback_emit, loopback);
	loopback->capture = capture_open_in(place, TRANSPORT_TCP, LOOPBACK_PORT);
	loopback->kernel = kernel_open();
	*state = loopback;
	return loopback->capture != NULL && loopback->kernel != NULL ? 0 : -1;
}

static inline int loopback_open(void **state)
{
	return loopback_open_in(state, CAPTURE_BEST);
}

static inline int loopback_close(void **state)
{
	struct loopback *loopback = *state;
	capture_close(loopback->capture);
	kernel_close(loopback->kernel);
	connections_destroy(loopback->connections);
	free(loopback);
	return 0;
}

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

static inline socklen_t endpoint_set(union endpoint *endpoint, const char *host, uint16_t port)
{
	*endpoint = (union endpoint){.storage = {0}};
	if (strchr(host, ':') != NULL) {
		endpoint->v6.sin6_family = AF_INET6;
		endpoint->v6.sin6_port = htons(port);
		assert_int_equal(inet_pton(AF_INET6, host, &endpoint->v6.sin6_addr), 1);
		return sizeof(endpoint->v6);
	}
	endpoint->v4.sin_family = AF_INET;
	endpoint->v4.sin_port = htons(port);
	assert_int_equal(inet_pton(AF_INET, host, &endpoint->v4.sin_addr), 1);
	return sizeof(endpoint->v4);
}

static inline int listening(const char *host, uint16_t port, int backlog)
{
	union endpoint endpoint;
	socklen_t length = endpoint_set(&endpoint, host, port);
	int on = 1, descriptor = socket(endpoint.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(descriptor, &endpoint.any, length), 0);
	assert_int_equal(listen(descriptor, backlog), 0);
	return descriptor;
}

/* -1 with errno.  `from_port` 0: any. */
static inline int connecting(const char *host, uint16_t port, uint16_t from_port)
{
	union endpoint from, to;
	socklen_t from_length = endpoint_set(&from, strchr(host, ':') != NULL ? "::" : "0.0.0.0", from_port);
	socklen_t length = endpoint_set(&to, host, port);
	int on = 1, descriptor = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (from_port != 0)
		assert_int_equal(bind(descriptor, &from.any, from_length), 0);
	if (connect(descriptor, &to.any, length) == 0)
		return descriptor;
	int error = errno;
	close(descriptor);
	errno = error;
	return -1;
}

static inline void reset(int descriptor)
{
	struct linger none = {.l_onoff = 1, .l_linger = 0};
	setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(descriptor);
}

/* The segments since the last call as "c:S s:SA c:A s:P5A": sender, flags, payload bytes; `~` for a repeated one. */
static inline const char *passed(struct loopback *loopback, char into[static 4096])
{
	static const struct {
		uint8_t flag;
		char letter;
	} letters[] = {{SEGMENT_FIN, 'F'}, {SEGMENT_SYN, 'S'}, {SEGMENT_RST, 'R'}};
	capture_drain(loopback->capture, loopback->connections);
	size_t length = 0;
	into[0] = '\0';
	for (size_t i = 0; i < loopback->segment_count && length < 4000; i++) {
		const struct event *event = &loopback->segments[i];
		length += (size_t)snprintf(into + length, 4096 - length, "%s%c:", i > 0 ? " " : "",
		                           event->segment.sender == END_CLIENT ? 'c' : 's');
		for (size_t letter = 0; letter < 3; letter++)
			if (event->segment.flags & letters[letter].flag)
				into[length++] = letters[letter].letter;
		if (event->segment.length > 0)
			length += (size_t)snprintf(into + length, 4096 - length, "%u", event->segment.length);
		if (event->segment.flags & SEGMENT_ACK)
			into[length++] = 'A';
		if (event->segment.repeated)
			into[length++] = '~';
		into[length] = '\0';
	}
	loopback->segment_count = 0;
	return into;
}

#define assert_passed(loopback, expected)                                                                              \
	do {                                                                                                               \
		char line_[4096];                                                                                              \
		assert_string_equal(passed(loopback, line_), expected);                                                        \
	} while (0)

#define LOOPBACK(test) cmocka_unit_test_setup_teardown(test, loopback_open, loopback_close)
