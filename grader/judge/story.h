/* An index over a timeline, or over its beginning: who did what on which connection.  It is fed event by event and only
 * records; judging stands on top of it. */
#pragma once

#include "model/event.h"
#include "model/plan.h"

struct arena;
struct language;
struct text;

/* Instead of an event's number: it has not happened. */
#define STORY_NONE UINT32_MAX

/* setsockopt(2) as event.call.argument has it (level << 32 | name), and shutdown(2)'s how. */
#define STORY_REUSEADDR ((INT64_C(1) << 32) | 2)
#define STORY_V6ONLY ((INT64_C(41) << 32) | 26)
#define STORY_LINGER ((INT64_C(1) << 32) | 13)
/* recv(2) with MSG_PEEK takes nothing; with MSG_ERRQUEUE it does not look at the stream. */
enum { STORY_PEEK = 2, STORY_ERRORS = 0x2000 };
enum { STORY_SHUT_RD, STORY_SHUT_WR, STORY_SHUT_RDWR };

/* One read or write of a student's program (RETURN), in order. */
struct story_transfer {
	uint32_t event;
	enum call call;
	int32_t pid, descriptor;
	int64_t asked, result; /* bytes; result -errno */
	uint32_t repeat;
};

struct story_transfers {
	struct story_transfer *list;
	size_t count, capacity;
};

/* Over UDP: one datagram. */
struct story_datagram {
	uint32_t event; /* where it was seen first */
	uint32_t sent; /* the call that sent it, or the reference's write */
	uint32_t taken; /* the read that took it, of a program or the reference */
	size_t length;
	int64_t got, room; /* bytes that this read returned, and had room for; -1: unknown */
	const uint8_t *bytes; /* the first `known` ones */
	size_t known;
};

struct story_segment {
	uint32_t event;
	enum end sender;
	uint8_t flags;
	bool repeated, datagram;
	uint32_t sequence, acknowledgment, length;
};

struct story_state {
	uint32_t event;
	enum end end;
	enum tcp_state state;
	bool confirmed;
};

/* Ceiling of a stream that is kept, as the peer has it for what it reads. */
#define STORY_STREAM_MOST ((size_t)64 << 20)

/* Bytes of a stream.  From `unknown_from` on only their number is known (SIZE_MAX: all are known). */
struct story_bytes {
	uint8_t *bytes;
	size_t length, capacity, unknown_from;
};

/* One end of a connection.  Event numbers are STORY_NONE until it happened. */
struct story_end {
	int actor; /* ACTOR_NONE while unknown */
	bool student;
	/* What it sent.  Where the other end is the reference: what that read; between two programs of the student: what
	 * was written. */
	struct story_bytes stream;
	struct story_datagram *datagrams; /* over UDP, in order */
	size_t datagram_count, datagram_capacity;
	uint64_t captured; /* payload bytes up to the highest that was captured */
	uint32_t syn, fin, reset; /* its first segment of that kind */
	uint32_t ended; /* first evidence of its FIN: the segment, the other end's read of 0, or a state behind it */
	uint32_t broken; /* first evidence of its RST: the segment, or ECONNRESET at the reference */
	/* What its owner did, a student's program or the reference. */
	uint32_t made; /* accept or connect returned this connection */
	uint64_t written, read; /* bytes its calls gave and took */
	struct story_transfers writes, reads; /* of a student's program */
	uint32_t zero_reads, zero_read, last_zero_read; /* reads that returned 0: how many, the first, the last */
	uint32_t last_read, last_write; /* the last call that ended, whatever it returned */
	uint32_t read_failed; /* the reference's read that ended with an error; its errno in read_errno */
	int read_errno;
	uint32_t
		shut; /* shutdown(2) of the writing direction succeeded (or its FIN came, and the program was gone first) */
	int64_t shut_how;
	uint32_t shut_began; /* such a call was entered last */
	int64_t shut_asked;
	uint32_t close_began, closed; /* first close(2) entered, last one returned (other descriptors may be left) */
	uint32_t closes;
	int32_t descriptor; /* of the last call on it; DESCRIPTOR_NONE */
	uint64_t socket; /* inode */
	/* The kernel's word. */
	enum tcp_state state; /* the newest, derived or confirmed */
	uint32_t state_event;
	uint32_t confirmed; /* newest confirmed state, whose fields follow */
	bool held;
	uint32_t receive_queue, send_queue;
	enum tcp_state confirmed_state;
	uint64_t read_by_state; /* bytes taken from the stream at least, from queue lengths and from a close without RST */
	uint64_t other_at_fin; /* bytes the other end had got across when this one's FIN was sent */
	uint32_t drained; /* a confirmed state behind the other's FIN with no byte unread (whether the FIN was read, it
	                   * does not say) */
	int64_t unread_at_close; /* bytes; -1: unknown */
};

/* Over UDP: all that passes between one client and the server, whatever ports the client uses. */
struct story_connection {
	int number;
	uint32_t created;
	struct address address[2]; /* by enum end */
	struct story_end end[2];
	struct story_segment *segments;
	size_t segment_count, segment_capacity;
	struct story_state *states; /* the newest behind */
	size_t state_count, state_capacity;
	bool established[2]; /* that end was ESTABLISHED at some time */
};

struct story_process {
	int32_t pid, parent;
	int actor;
	bool main;
	uint32_t born, ended;
	int32_t status; /* wait status, once ended */
};

/* A socket of a student's program that is not (only) a connection: made, bound, listening. */
struct story_socket {
	uint64_t inode;
	int actor;
	int32_t pid, descriptor;
	uint32_t made, reuse, bind, listen; /* events; reuse: SO_REUSEADDR switched on; bind, listen: the last try */
	int bind_error, listen_error; /* errno of the last try, 0 */
	struct address address; /* of the last bind */
	int64_t backlog;
	bool datagrams; /* UDP */
	bool six_only; /* IPV6_V6ONLY: no IPv4 client reaches it (ipv6(7)) */
	uint32_t closed; /* by the process that made it */
};

struct story_connect { /* connect(2) of a student's program */
	uint32_t event;
	int actor;
	int error; /* errno; 0 */
	struct address address;
};

struct story_blocked {
	uint32_t event;
	int actor, connection;
	int32_t pid, tid, descriptor;
	enum call call;
	uint64_t socket;
	int64_t until_ns;
	bool held, listening;
};

struct story_setback { /* a call of a student's program that the grader made fail, or do less */
	uint32_t event, returned; /* its return; STORY_NONE */
	int32_t tid;
	struct event told;
};

struct story_signal { /* by a kill or signal line */
	uint32_t event;
	int actor, number;
};

struct story_actor {
	bool student;
	uint32_t launches, launched; /* how often, the last */
	int32_t main_pid;
	uint32_t exited; /* main process of the last launch */
	int32_t status;
	uint32_t listening; /* the reference listens, or a confirmed LISTEN */
	uint32_t polled; /* last return of select, poll or epoll_wait that found something */
	uint32_t killed; /* a kill or signal line for it began: the first since its launch */
	bool holds; /* stands still by `hold` */
	const struct language *language; /* of its main program, as far as that is known */
	bool execs; /* its main program's execve(2) has succeeded */
	struct {
		enum call call;
		int64_t result;
		uint64_t count; /* 0: none */
		uint32_t event; /* the newest */
		int32_t tid;
	} row; /* what one of its threads repeats without getting anywhere, and nothing else since */
	int stopped; /* SIGSTOP or its like, and none of its calls since; 0 */
	uint64_t signals_sent; /* by its own kill(2): 1 << number */
	struct story_bytes output[2]; /* of descriptors 1 and 2, since the last launch */
	uint32_t output_event[2];
	int64_t counts[COUNT_THREADS + 1]; /* by enum count_kind; -1: unknown */
	uint32_t count_events[COUNT_THREADS + 1];
};

struct story {
	const struct plan_test *test;
	struct arena *arena;
	enum rung rung;
	enum watch_level watch; /* WATCH_NOTHING without tracing */
	bool captures; /* segments are seen */
	uint16_t port;
	const struct timeline *whole; /* when all of it is there already; NULL while it is being made.  Set by its owner */
	uint32_t seen; /* events so far */
	int64_t time_ns; /* of the newest */
	struct story_actor *actors; /* one for each of the test */
	struct story_connection **connections; /* by number; some may be NULL */
	size_t connection_count, connection_capacity;
	struct story_process *processes;
	size_t process_count, process_capacity;
	struct story_socket *sockets;
	size_t socket_count, socket_capacity;
	size_t socket_changes, socket_changed; /* calls that changed one of them; which one the last did */
	struct story_connect *connects;
	size_t connect_count, connect_capacity;
	struct story_blocked *blocked; /* at the last quiet moment */
	size_t blocked_count, blocked_capacity;
	bool blocked_old; /* the set above belongs to a moment that is over */
	struct story_signal *signals;
	size_t signal_count, signal_capacity;
	struct story_setback *setbacks;
	size_t setback_count, setback_capacity;
	const char *varied; /* what is different in this case of a varied test; NULL */
	uint32_t quiet; /* the last EVENT_QUIET */
	enum quiet_reason quiet_reason;
	bool settled; /* the final EVENT_QUIET was seen */
	uint32_t spin; /* the first EVENT_SPIN */
	struct event spin_event;
	uint32_t limit; /* the first EVENT_LIMIT */
	struct event limit_event;
	uint64_t dropped;
	uint32_t end; /* EVENT_END */
	bool complete;
};

/* Lives in `arena`; `test` is borrowed.  Events carry their numbers; their data are copied. */
struct story *story_create(const struct plan_test *test, struct arena *);
void story_feed(struct story *, const struct event *);

/* NULL when there is no such connection yet. */
struct story_connection *story_connection(const struct story *, int number);
/* Who is at that end: as the events say, or the only actor of the test who can be; ACTOR_NONE. */
int story_actor_at(const struct story *, const struct story_connection *, enum end);
/* The end that an actor has on any connection: a server's is END_SERVER. */
enum end story_end_of(const struct story *, int actor);
/* The newest listening or bound socket of the actor since its launch, or NULL. */
/* The sockets that may differ from what they were when *seen was set, which is set anew: begin with 0.  A program may make
 * thousands. */
const struct story_socket *story_changed(const struct story *, size_t *seen, size_t *count);
const struct story_socket *story_listener(const struct story *, int actor);
/* A thread of its program waits in accept(): who is not accepted then is not there yet for the kernel either. */
bool story_accepts(const struct story *, int actor);
const struct story_process *story_process(const struct story *, int32_t pid);
/* With this write it has been given more bytes than had been read.  Who writes later than others read has more to write
 * than the last read returned. */
bool story_writes_more(const struct story_end *, const struct story_transfer *write);
/* The transport is UDP. */
bool story_datagrams(const struct story *);
/* Data calls are seen, control calls are seen. */
bool story_sees_reads(const struct story *);
bool story_sees_calls(const struct story *);
/* Bytes of the other end that this one has read, by the best evidence. */
uint64_t story_read_bytes(const struct story_end *);
/* Bytes that have come to an end, lie in the kernel and may still be read, at its newest confirmed state. */
uint64_t story_unread(const struct story *, const struct story_connection *, enum end);

/* What the actor's language calls a call, and how it shows the end of the stream: "returned 0". */
const char *story_call_word(const struct story *, int actor, enum call);
const char *story_end_word(const struct story *, int actor);
/* The errno that a call's result stands for; 0 for success. */
int story_error(int64_t result);
/* Name of an actor, "the grader" for ACTOR_NONE; and as it stands in a sentence: "the server", "alice". */
const char *story_name(const struct story *, int actor);
const char *story_who(const struct story *, int actor);
/* "waits in read() on descriptor 4", "waits for another thread (futex)". */
void story_blocked_text(const struct story *, const struct story_blocked *, struct text *);
/* "waits in read() on descriptor 4", "had ended with status 1", "had been killed by SIGPIPE", "was never started". */
void story_where(const struct story *, int actor, struct text *);
/* "ended with status 1", "was killed by SIGPIPE" from a wait status. */
void story_status(int32_t status, struct text *);
/* "1 byte", "5 bytes". */
void story_bytes_text(uint64_t count, struct text *);
/* "ECONNREFUSED"; "error 999" for what has no name.  "SIGPIPE"; "signal 99". */
void story_errno(int error, struct text *);
void story_signal_name(int number, struct text *);
