/* Hand-made tests, timelines and results for the tests of report/: what a run of a few well-known programs looks like. */
#pragma once

#include "model/plan.h"
#include "model/result.h"
#include "timeline/timeline.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum { CLIENT, SERVER };
enum { CLIENT_PID = 0, SERVER_PID = 4242 };

static const struct actor recording_actors[] = {{"client", SIDE_CLIENT}, {"server", SIDE_SERVER}};
static const struct actor recording_three[] = {{"alice", SIDE_CLIENT}, {"server", SIDE_SERVER}, {"bob", SIDE_CLIENT}};

/* A timeline under construction: the clock goes on by 40 µs with every event. */
struct recording {
	struct timeline *timeline;
	int64_t now_ns;
	int16_t actor; /* of the calls */
	int16_t connection;
	int32_t pid;
};

static const struct event *record(struct recording *recording, struct event event)
{
	event.time_ns = recording->now_ns;
	recording->now_ns += 40000;
	return timeline_append(recording->timeline, &event);
}

static inline struct event call_event(const struct recording *recording, enum event_kind kind, enum call call,
                                      int descriptor)
{
	struct event event = {.kind = kind, .actor = recording->actor, .connection = CONNECTION_NONE};
	event.pid = event.tid = recording->pid;
	event.call.call = call;
	event.call.descriptor = descriptor;
	event.call.repeat = 1;
	if (descriptor >= 3) {
		event.call.socket = 9000u + (unsigned)descriptor;
		event.connection = descriptor >= 4 ? recording->connection : (int16_t)CONNECTION_NONE;
		event.call.listening = descriptor == 3;
	}
	return event;
}

static inline uint32_t call_enter(struct recording *recording, enum call call, int descriptor, int64_t argument,
                                  const char *bytes)
{
	struct event event = call_event(recording, EVENT_CALL, call, descriptor);
	event.call.argument = argument;
	if (call == CALL_BIND || call == CALL_CONNECT) {
		event.call.address.family = AF_INET;
		event.call.address.port = 8080;
		if (call == CALL_CONNECT)
			memcpy(event.call.address.bytes, "\x7f\0\0\1", 4);
	}
	if (call == CALL_SETSOCKOPT)
		event.call.value = 1;
	if (bytes != NULL) {
		event.data = (const uint8_t *)bytes;
		event.data_length = (uint32_t)(strlen(bytes) < EVENT_PEEK ? strlen(bytes) : EVENT_PEEK);
	}
	return record(recording, event)->number;
}

static inline uint32_t call_leave(struct recording *recording, enum call call, int descriptor, int64_t result,
                                  const char *bytes)
{
	struct event event = call_event(recording, EVENT_RETURN, call, descriptor);
	event.call.result = result;
	if (call == CALL_SOCKET || call == CALL_ACCEPT)
		event.call.socket = 9000u + (unsigned)result;
	if (bytes != NULL) {
		event.data = (const uint8_t *)bytes;
		event.data_length = (uint32_t)strlen(bytes);
	}
	return record(recording, event)->number;
}

static inline uint32_t call_whole(struct recording *recording, enum call call, int descriptor, int64_t argument,
                                  int64_t result)
{
	call_enter(recording, call, descriptor, argument, NULL);
	return call_leave(recording, call, descriptor, result, NULL);
}

static inline uint32_t segment(struct recording *recording, enum end sender, uint8_t flags, uint32_t length)
{
	struct event event = {.kind = EVENT_SEGMENT, .actor = ACTOR_NONE, .connection = recording->connection};
	event.segment.sender = sender;
	event.segment.flags = flags;
	event.segment.length = length;
	return record(recording, event)->number;
}

static inline uint32_t state(struct recording *recording, enum end end, enum tcp_state to)
{
	struct event event = {.kind = EVENT_STATE, .actor = ACTOR_NONE, .connection = recording->connection};
	event.state.end = end;
	event.state.state = to;
	return record(recording, event)->number;
}

static inline uint32_t peer(struct recording *recording, int actor, enum peer_call call, int64_t result,
                            const char *bytes)
{
	struct event event = {.kind = EVENT_PEER, .actor = (int16_t)actor, .connection = recording->connection};
	event.peer.call = call;
	event.peer.result = result;
	if (bytes != NULL) {
		event.data = (const uint8_t *)bytes;
		event.data_length = (uint32_t)strlen(bytes);
	}
	return record(recording, event)->number;
}

static inline uint32_t program(struct recording *recording, enum event_kind kind, int32_t status)
{
	struct event event = {.kind = kind, .actor = recording->actor, .connection = CONNECTION_NONE};
	event.pid = event.tid = recording->pid;
	event.process.main = true;
	event.process.status = status;
	return record(recording, event)->number;
}

static inline uint32_t blocked(struct recording *recording, enum call call, int descriptor)
{
	struct event event = {.kind = EVENT_BLOCKED, .actor = recording->actor, .connection = CONNECTION_NONE};
	event.pid = event.tid = recording->pid;
	event.connection = descriptor >= 4 ? recording->connection : (int16_t)CONNECTION_NONE;
	event.blocked.call = call;
	event.blocked.descriptor = descriptor;
	event.blocked.until_ns = -1;
	return record(recording, event)->number;
}

static inline uint32_t quiet(struct recording *recording, bool final)
{
	struct event event = {.kind = EVENT_QUIET, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	event.quiet.final = final;
	return record(recording, event)->number;
}

static inline uint32_t output(struct recording *recording, const char *bytes)
{
	struct event event = {.kind = EVENT_OUTPUT, .actor = recording->actor, .connection = CONNECTION_NONE};
	event.output.descriptor = 1;
	event.data = (const uint8_t *)bytes;
	event.data_length = (uint32_t)strlen(bytes);
	return record(recording, event)->number;
}

static inline void connection(struct recording *recording, int client)
{
	struct event event = {.kind = EVENT_CONNECTION, .actor = ACTOR_NONE, .connection = recording->connection};
	event.ends.client = (int16_t)client;
	event.ends.server = SERVER;
	record(recording, event);
}

/* Launch to listen(), with the run-time's own calls in front. */
static inline void record_start_up(struct recording *recording)
{
	struct event start = {.kind = EVENT_START, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	start.start.port = 8080;
	record(recording, start);
	program(recording, EVENT_LAUNCH, 0);
	program(recording, EVENT_EXEC, 0);
	recording->now_ns += 600000;
	call_whole(recording, CALL_IOCTL, 1, 0, 0);
	call_whole(recording, CALL_CLOSE, 3, 0, 0);
	call_whole(recording, CALL_SOCKET, DESCRIPTOR_NONE, 0, 3);
	call_whole(recording, CALL_SETSOCKOPT, 3, (int64_t)1 << 32 | 2, 0);
	call_whole(recording, CALL_BIND, 3, 0, 0);
	call_whole(recording, CALL_LISTEN, 3, 16, 0);
	call_enter(recording, CALL_ACCEPT, 3, 0, NULL);
}

static inline void record_handshake(struct recording *recording, int client, int descriptor)
{
	connection(recording, client);
	segment(recording, END_CLIENT, SEGMENT_SYN, 0);
	state(recording, END_CLIENT, STATE_SYN_SENT);
	segment(recording, END_SERVER, SEGMENT_SYN | SEGMENT_ACK, 0);
	state(recording, END_SERVER, STATE_SYN_RECEIVED);
	segment(recording, END_CLIENT, SEGMENT_ACK, 0);
	state(recording, END_CLIENT, STATE_ESTABLISHED);
	state(recording, END_SERVER, STATE_ESTABLISHED);
	peer(recording, client, PEER_CONNECT, 0, NULL);
	call_leave(recording, CALL_ACCEPT, 3, descriptor, NULL);
}

static inline void record_echo(struct recording *recording, int client, int descriptor, const char *bytes)
{
	int64_t length = (int64_t)strlen(bytes);
	call_enter(recording, CALL_READ, descriptor, 512, NULL);
	segment(recording, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, (uint32_t)length);
	segment(recording, END_SERVER, SEGMENT_ACK, 0);
	peer(recording, client, PEER_WRITE, length, bytes);
	call_leave(recording, CALL_READ, descriptor, length, bytes);
	call_enter(recording, CALL_WRITE, descriptor, length, bytes);
	segment(recording, END_SERVER, SEGMENT_ACK | SEGMENT_PSH, (uint32_t)length);
	segment(recording, END_CLIENT, SEGMENT_ACK, 0);
	peer(recording, client, PEER_READ, length, bytes);
	call_leave(recording, CALL_WRITE, descriptor, length, NULL);
}

static inline void record_client_fin(struct recording *recording, int client)
{
	segment(recording, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	state(recording, END_CLIENT, STATE_FIN_WAIT_1);
	state(recording, END_SERVER, STATE_CLOSE_WAIT);
	segment(recording, END_SERVER, SEGMENT_ACK, 0);
	state(recording, END_CLIENT, STATE_FIN_WAIT_2);
	peer(recording, client, PEER_CLOSE, 0, NULL);
}

static inline struct recording recording_begin(void)
{
	return (struct recording){.timeline = timeline_create(), .actor = SERVER, .pid = SERVER_PID};
}

/* A server that echoes, takes read() == 0 for a message and reads again, for ever. */
static inline struct timeline *record_eof_ignored(struct evidence *evidence)
{
	struct recording recording = recording_begin();
	record_start_up(&recording);
	output(&recording, "listening on 8080\n");
	record_handshake(&recording, CLIENT, 4);
	record_echo(&recording, CLIENT, 4, "bye\n");
	call_enter(&recording, CALL_READ, 4, 512, NULL);
	record_client_fin(&recording, CLIENT);
	uint32_t end = call_leave(&recording, CALL_READ, 4, 0, NULL);
	for (unsigned i = 0; i < 3; i++)
		call_whole(&recording, CALL_READ, 4, 512, 0);
	struct event many = call_event(&recording, EVENT_RETURN, CALL_READ, 4);
	many.call.repeat = 48211;
	recording.now_ns += 118000000;
	record(&recording, many);
	struct event spin = {.kind = EVENT_SPIN, .actor = SERVER, .connection = 0, .pid = SERVER_PID, .tid = SERVER_PID};
	spin.spin.call = CALL_READ;
	spin.spin.descriptor = 4;
	spin.spin.count = 48211;
	spin.spin.cpu_ns = 118400000;
	uint32_t spins = record(&recording, spin)->number;
	*evidence = (struct evidence){.events = {end, spins}, .count = 2};
	return recording.timeline;
}

/* A server that closes: the four-way close in three segments. */
static inline struct timeline *record_clean_close(void)
{
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, CLIENT, 4);
	record_echo(&recording, CLIENT, 4, "hello\n");
	call_enter(&recording, CALL_READ, 4, 512, NULL);
	record_client_fin(&recording, CLIENT);
	call_leave(&recording, CALL_READ, 4, 0, NULL);
	call_enter(&recording, CALL_CLOSE, 4, 0, NULL);
	segment(&recording, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	state(&recording, END_SERVER, STATE_LAST_ACK);
	segment(&recording, END_CLIENT, SEGMENT_ACK, 0);
	state(&recording, END_CLIENT, STATE_TIME_WAIT);
	state(&recording, END_SERVER, STATE_CLOSED);
	call_leave(&recording, CALL_CLOSE, 4, 0, NULL);
	call_enter(&recording, CALL_ACCEPT, 3, 0, NULL);
	blocked(&recording, CALL_ACCEPT, 3);
	quiet(&recording, true);
	program(&recording, EVENT_EXIT, 9);
	return recording.timeline;
}

/* A server that serves one client at a time: bob waits while alice says nothing. */
static inline struct timeline *record_two_clients(struct evidence *evidence)
{
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, 0, 4);
	call_enter(&recording, CALL_READ, 4, 512, NULL);
	recording.connection = 1;
	connection(&recording, 2);
	segment(&recording, END_CLIENT, SEGMENT_SYN, 0);
	state(&recording, END_CLIENT, STATE_SYN_SENT);
	segment(&recording, END_SERVER, SEGMENT_SYN | SEGMENT_ACK, 0);
	state(&recording, END_SERVER, STATE_SYN_RECEIVED);
	segment(&recording, END_CLIENT, SEGMENT_ACK, 0);
	state(&recording, END_CLIENT, STATE_ESTABLISHED);
	state(&recording, END_SERVER, STATE_ESTABLISHED);
	peer(&recording, 2, PEER_CONNECT, 0, NULL);
	segment(&recording, END_CLIENT, SEGMENT_ACK | SEGMENT_PSH, 6);
	segment(&recording, END_SERVER, SEGMENT_ACK, 0);
	peer(&recording, 2, PEER_WRITE, 6, "hello\n");
	recording.connection = 0;
	uint32_t waits = blocked(&recording, CALL_READ, 4);
	uint32_t still = quiet(&recording, false);
	*evidence = (struct evidence){.events = {waits, still}, .count = 2};
	return recording.timeline;
}

/* 200 exchanges on one connection, then an RST. */
static inline struct timeline *record_long(struct evidence *evidence)
{
	struct recording recording = recording_begin();
	record_start_up(&recording);
	record_handshake(&recording, CLIENT, 4);
	uint32_t middle = 0;
	for (unsigned i = 0; i < 200; i++) {
		record_echo(&recording, CLIENT, 4, "ping\n");
		if (i == 100)
			middle = (uint32_t)recording.timeline->count - 1;
	}
	call_enter(&recording, CALL_CLOSE, 4, 0, NULL);
	uint32_t reset = segment(&recording, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0);
	state(&recording, END_CLIENT, STATE_CLOSED);
	state(&recording, END_SERVER, STATE_CLOSED);
	call_leave(&recording, CALL_CLOSE, 4, 0, NULL);
	*evidence = (struct evidence){.events = {middle, reset}, .count = 2};
	return recording.timeline;
}
