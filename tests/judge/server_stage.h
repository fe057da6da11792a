/* A student's server that listens and has accepted connection 0 of the reference's client (actor 1). */
#pragma once

#include "script.h"

#define CONNECTED                                                                                                      \
	"    steps:\n"                                                                                                     \
	"      - server: listen\n"                                                                                         \
	"      - client: connect\n"
enum { SERVER, CLIENT, FIRST = 2 /* the first line behind CONNECTED */ };

static inline void server_starts(struct script *script)
{
	script_ready(script);
	launch(script, SERVER, 100);
	student_listens(script, SERVER);
}

static inline void client_connects(struct script *script, int connection, int client)
{
	uint32_t line = begins(script);
	handshake(script, connection);
	connection_known(script, connection, client, SERVER);
	peer(script, client, connection, PEER_CONNECT, 0, NULL);
	ends(script, line);
}

static inline struct script server_connected_at(const char *test, enum rung rung, enum watch_level watch)
{
	struct script script = script_open_at(test, STUDENT_SERVER, rung, watch);
	server_starts(&script);
	if (watch == WATCH_NOTHING) {
		struct event event = blank(EVENT_STATE, SERVER, CONNECTION_NONE);
		event.state.end = END_SERVER;
		event.state.state = STATE_LISTEN;
		event.state.confirmed = event.state.held = true;
		script_feed(&script, &event);
	}
	client_connects(&script, 0, CLIENT);
	student_accepts(&script, SERVER, 0);
	return script;
}

static inline struct script server_connected(const char *test)
{
	return server_connected_at(test, RUNG_A, WATCH_CALLS);
}

/* The reference's client sends, the kernel acknowledges. */
static inline void client_sends(struct script *script, const char *bytes)
{
	uint32_t line = begins(script);
	data_segment(script, 0, END_CLIENT, (uint32_t)strlen(bytes));
	peer(script, CLIENT, 0, PEER_WRITE, (int64_t)strlen(bytes), NULL);
	ends(script, line);
}

static inline void server_sends(struct script *script, const char *bytes)
{
	data_segment(script, 0, END_SERVER, (uint32_t)strlen(bytes));
	student_writes(script, SERVER, 0, bytes);
	peer_reads(script, CLIENT, 0, bytes);
}

static inline void client_ends_stream(struct script *script)
{
	uint32_t line = begins(script);
	segment(script, 0, END_CLIENT, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(script, 0, END_SERVER, SEGMENT_ACK, 0);
	peer(script, CLIENT, 0, PEER_SHUTDOWN, 0, NULL);
	ends(script, line);
}

/* close(2) with what the kernel does and tells. */
static inline void server_closes(struct script *script, enum tcp_state before, enum tcp_state after)
{
	student_enters_close(script, SERVER, 0);
	confirmed(script, 0, END_SERVER, before, true, 0);
	segment(script, 0, END_SERVER, SEGMENT_FIN | SEGMENT_ACK, 0);
	segment(script, 0, END_CLIENT, SEGMENT_ACK, 0);
	student_closes(script, SERVER, 0);
	confirmed(script, 0, END_SERVER, after, false, 0);
	peer(script, CLIENT, 0, PEER_READ, 0, NULL);
}

static inline void server_resets(struct script *script, uint32_t unread)
{
	student_enters_close(script, SERVER, 0);
	confirmed(script, 0, END_SERVER, STATE_ESTABLISHED, true, unread);
	segment(script, 0, END_SERVER, SEGMENT_RST | SEGMENT_ACK, 0);
	student_closes(script, SERVER, 0);
	peer(script, CLIENT, 0, PEER_READ, -ECONNRESET, NULL);
}

static inline void waits_in(struct script *script, enum call call, int descriptor)
{
	blocked_in(script, SERVER, call, descriptor);
	quiet(script);
}

#define assert_line(script, line, wanted_verdict)                                                                      \
	do {                                                                                                               \
		if (line_is((script), (line)) != (wanted_verdict))                                                             \
			fail_msg("line %u is %s, not %s: %s", (unsigned)(line), step_verdict_word(line_is((script), (line))),      \
			         step_verdict_word(wanted_verdict), seen((script), (line)));                                       \
	} while (0)
