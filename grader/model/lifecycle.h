/* A spec as read from YAML: tests made of steps.  Plain data, written from nobody's side. */
#pragma once

#include "model/data.h"
#include "model/event.h"
#include "model/names.h"
#include "model/setback.h"
#include "model/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORTS(X)                                                                                                  \
	X(TRANSPORT_TCP, "tcp")                                                                                            \
	X(TRANSPORT_UDP, "udp")
NAMES_DECLARE(transport, TRANSPORTS)

#define SIDES(X)                                                                                                       \
	X(SIDE_SERVER, "server")                                                                                           \
	X(SIDE_CLIENT, "client")
NAMES_DECLARE(side, SIDES)

/* Verbs of a role, observations, and what the grader itself does.  Their help, arguments and evidence: verbs.h. */
#define VERBS(X)                                                                                                       \
	X(VERB_LISTEN, "listen")                                                                                           \
	X(VERB_CONNECT, "connect")                                                                                         \
	X(VERB_ACCEPT, "accept")                                                                                           \
	X(VERB_SEND, "send")                                                                                               \
	X(VERB_RECEIVE, "receive")                                                                                         \
	X(VERB_DROP, "drop")                                                                                               \
	X(VERB_SHUTDOWN, "shutdown")                                                                                       \
	X(VERB_EOF, "eof")                                                                                                 \
	X(VERB_CLOSE, "close")                                                                                             \
	X(VERB_RESET, "reset")                                                                                             \
	X(VERB_LOSE, "lose")                                                                                               \
	X(VERB_DUPLICATE, "duplicate")                                                                                     \
	X(VERB_REORDER, "reorder")                                                                                         \
	X(VERB_DELAY, "delay")                                                                                             \
	X(VERB_WINDOW, "window")                                                                                           \
	X(VERB_SILENT, "silent")                                                                                           \
	X(VERB_IDLE, "idle")                                                                                               \
	X(VERB_ALIVE, "alive")                                                                                             \
	X(VERB_EXIT, "exit")                                                                                               \
	X(VERB_STDIN, "stdin")                                                                                             \
	X(VERB_STDOUT, "stdout")                                                                                           \
	X(VERB_STDERR, "stderr")                                                                                           \
	X(VERB_WIRE, "wire")                                                                                               \
	X(VERB_STATE, "state")                                                                                             \
	X(VERB_SOCKETS, "sockets")                                                                                         \
	X(VERB_DESCRIPTORS, "descriptors")                                                                                 \
	X(VERB_ZOMBIES, "zombies")                                                                                         \
	X(VERB_PROCESSES, "processes")                                                                                     \
	X(VERB_THREADS, "threads")                                                                                         \
	X(VERB_LAUNCH, "launch")                                                                                           \
	X(VERB_KILL, "kill")                                                                                               \
	X(VERB_SIGNAL, "signal")                                                                                           \
	X(VERB_HOLD, "hold")                                                                                               \
	X(VERB_RELEASE, "release")                                                                                         \
	X(VERB_WAIT, "wait")                                                                                               \
	X(VERB_TOGETHER, "together")                                                                                       \
	X(VERB_REPEAT, "repeat")
NAMES_DECLARE(verb, VERBS)

/* Whose TCP plays the reference's roles. */
#define NETWORKS(X)                                                                                                    \
	X(NETWORK_KERNEL, "kernel")                                                                                        \
	X(NETWORK_RAW, "raw") /* the reference's own, over raw sockets */
NAMES_DECLARE(network, NETWORKS)

struct place {
	unsigned line, column; /* from 1 */
};

/* One role of a test by its name: "server", "client", "alice", "client.7". */
struct actor {
	const char *name;
	enum side side;
};

/* Instead of an actor's index: all of a side ("clients", "servers"). */
enum { ACTOR_CLIENTS = -2, ACTOR_SERVERS = -3 };

#define SEGMENT_PATTERNS(X)                                                                                            \
	X(PATTERN_SYN, "SYN")                                                                                              \
	X(PATTERN_SYN_ACK, "SYN-ACK")                                                                                      \
	X(PATTERN_ACK, "ACK")                                                                                              \
	X(PATTERN_FIN, "FIN")                                                                                              \
	X(PATTERN_RST, "RST")                                                                                              \
	X(PATTERN_DATA, "DATA")                                                                                            \
	X(PATTERN_UNREACHABLE, "UNREACHABLE") /* ICMP, RFC 792: nobody has the port */
NAMES_DECLARE(segment_pattern, SEGMENT_PATTERNS)

struct wire_item {
	int actor; /* who sends it */
	enum segment_pattern pattern;
	uint32_t length; /* DATA n: payload bytes; 0: any */
	bool forbidden; /* `not:` */
	struct place place;
};

struct state_item {
	int actor;
	enum tcp_state state;
};

enum comparison { COUNT_EQUAL, COUNT_AT_MOST, COUNT_AT_LEAST, COUNT_LESS, COUNT_MORE };

struct count_item {
	int actor;
	enum comparison comparison;
	int64_t value;
};

enum exit_kind { EXIT_STATUS, EXIT_NONZERO, EXIT_ANY, EXIT_SIGNAL };

struct block;

struct step {
	enum verb verb;
	struct place place;
	int actor; /* index, ACTOR_CLIENTS, ACTOR_SERVERS; ACTOR_NONE for observations and blocks */
	int other; /* `to:`, `from:`; ACTOR_NONE */
	struct data data; /* send, receive, stdin, stdout, stderr */
	bool end_of_stream; /* stdin, stdout, stderr: eof */
	bool outside; /* connect: outside */
	bool simultaneous; /* connect: a server's SYN crosses the client's */
	const uint32_t *pieces; /* send: segments; reorder: places, from 1 */
	size_t piece_count;
	bool with_fin, with_reset; /* send: what travels with the last bytes, or right behind them */
	enum segment_pattern segment; /* lose, duplicate, delay */
	uint32_t segment_length; /* of DATA; 0: any */
	bool incoming; /* the segment comes to the role, not from it */
	uint32_t window_bytes; /* window; UINT32_MAX: open */
	enum exit_kind exit_kind;
	int number; /* exit: status or signal; signal: the signal */
	int64_t duration_ns; /* wait, delay */
	const struct wire_item *wire;
	size_t wire_count;
	const struct state_item *states;
	size_t state_count;
	const struct count_item *counts;
	size_t count_count;
	unsigned times; /* repeat */
	const struct block *branches; /* together: each; repeat: one */
	size_t branch_count;
};

struct block {
	const struct step *steps;
	size_t count;
};

/* The standing rules; `allow:` lifts them.  RULE_LAST is their number. */
#define RULES(X)                                                                                                       \
	X(RULE_CRASH, "crash")                                                                                             \
	X(RULE_SPIN, "spin")                                                                                               \
	X(RULE_RESET, "reset")                                                                                             \
	X(RULE_EXTRA, "extra")
NAMES_DECLARE(rule, RULES)

#define SHOWS(X)                                                                                                       \
	X(SHOW_FULL, "full")                                                                                               \
	X(SHOW_HINT, "hint")                                                                                               \
	X(SHOW_VERDICT, "verdict")
NAMES_DECLARE(show, SHOWS)

/* 0: not limited by this. */
struct limits {
	int64_t time_ns;
	uint64_t memory_bytes;
	uint64_t processes;
	uint64_t output_bytes;
	uint64_t descriptors;
	uint64_t file_bytes;
};

struct test {
	const char *name, *title, *hint, *cite; /* the last two may be NULL */
	struct place place;
	double points;
	enum transport transport;
	const size_t *requires; /* indices of tests */
	size_t requires_count;
	const struct actor *actors;
	size_t actor_count;
	struct block steps;
	uint64_t buffer_bytes; /* 0: the system's own */
	struct limits limits; /* over the assignment's */
	unsigned allowed; /* 1u << enum rule */
	unsigned students; /* 1u << enum side: graded only where the student writes one of these; 0: everywhere */
	const struct setback *setbacks; /* `faults:` */
	size_t setback_count;
	unsigned vary_segments, vary_shorts; /* `vary:`: how many cases of each kind, the test as written among them */
	bool virtual_time, says_time; /* `time: virtual`; `time:` was given */
	enum network network;
	bool loses; /* some line loses or delays segments: retransmissions are to come soon */
	bool hidden, robustness, score_steps;
	enum show show;
};

struct spec {
	const char *path; /* as given */
	const char *name, *title;
	enum transport transport; /* of the tests that name none */
	const struct test *tests;
	size_t test_count;
	uint8_t digest[32]; /* SHA-256 of the file and of every `file:` it names */
};
