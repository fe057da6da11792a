/* What a run saw, one event at a time.  A timeline is a totally ordered list of these in which cause comes before
 * effect; judging, drawing and exporting use nothing else. */
#pragma once

#include "model/names.h"
#include "model/tcp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_KINDS(X)                                                                                                 \
	X(EVENT_START, "start") /* first of every timeline: rung, port, watch level */                                     \
	X(EVENT_VARIED, "varied") /* what is different in this case of a varied test; its data say it in words */          \
	X(EVENT_STEP, "step") /* the grader begins or ends an action line */                                               \
	X(EVENT_LAUNCH, "launch") /* a program of an actor was started (exec is about to happen) */                        \
	X(EVENT_FORK, "fork") /* process.pid was made by process.parent (thread: same process) */                          \
	X(EVENT_EXEC, "exec") /* execve(2) succeeded */                                                                    \
	X(EVENT_EXIT, "exit") /* a process ended; process.main: the one that was launched */                               \
	X(EVENT_SIGNAL, "signal") /* a signal reached a process */                                                         \
	X(EVENT_CALL, "call") /* a socket call was entered */                                                              \
	X(EVENT_RETURN, "return") /* a socket call returned */                                                             \
	X(EVENT_SETBACK, "setback") /* the grader makes the call that was entered last fail, or do less */                 \
	X(EVENT_CONNECTION, "connection") /* a connection got its number */                                                \
	X(EVENT_SEGMENT, "segment") /* a TCP segment or UDP datagram passed */                                             \
	X(EVENT_STATE, "state") /* one end's TCP state */                                                                  \
	X(EVENT_PEER, "peer") /* the reference peer did something on a socket */                                           \
	X(EVENT_OUTPUT, "output") /* the program printed */                                                                \
	X(EVENT_COUNT, "count") /* sockets, descriptors, zombies or processes counted */                                   \
	X(EVENT_BLOCKED, "blocked") /* precedes EVENT_QUIET: where one thread is blocked */                                \
	X(EVENT_QUIET, "quiet") /* every thread is blocked and nothing is in flight */                                     \
	X(EVENT_SPIN, "spin") /* the program burns CPU without getting anywhere */                                         \
	X(EVENT_LIMIT, "limit") /* a limit was reached and the program was ended */                                        \
	X(EVENT_DROPPED, "dropped") /* the capture lost segments */                                                        \
	X(EVENT_SOURCE, "source") /* the line of the student's source that a site is, or why there is none */              \
	X(EVENT_END, "end") /* last of every complete timeline */
NAMES_DECLARE(event_kind, EVENT_KINDS)

/* The calls that are followed.  The word is the name that POSIX or Linux gives it. */
#define CALLS(X)                                                                                                       \
	X(CALL_SOCKET, "socket")                                                                                           \
	X(CALL_SOCKETPAIR, "socketpair")                                                                                   \
	X(CALL_BIND, "bind")                                                                                               \
	X(CALL_LISTEN, "listen")                                                                                           \
	X(CALL_ACCEPT, "accept")                                                                                           \
	X(CALL_ACCEPT4, "accept4")                                                                                         \
	X(CALL_CONNECT, "connect")                                                                                         \
	X(CALL_SHUTDOWN, "shutdown")                                                                                       \
	X(CALL_CLOSE, "close")                                                                                             \
	X(CALL_CLOSE_RANGE, "close_range")                                                                                 \
	X(CALL_DUP, "dup")                                                                                                 \
	X(CALL_DUP2, "dup2")                                                                                               \
	X(CALL_DUP3, "dup3")                                                                                               \
	X(CALL_FCNTL, "fcntl")                                                                                             \
	X(CALL_IOCTL, "ioctl")                                                                                             \
	X(CALL_SETSOCKOPT, "setsockopt")                                                                                   \
	X(CALL_READ, "read")                                                                                               \
	X(CALL_READV, "readv")                                                                                             \
	X(CALL_RECVFROM, "recvfrom")                                                                                       \
	X(CALL_RECVMSG, "recvmsg")                                                                                         \
	X(CALL_RECVMMSG, "recvmmsg")                                                                                       \
	X(CALL_WRITE, "write")                                                                                             \
	X(CALL_WRITEV, "writev")                                                                                           \
	X(CALL_SENDTO, "sendto")                                                                                           \
	X(CALL_SENDMSG, "sendmsg")                                                                                         \
	X(CALL_SENDMMSG, "sendmmsg")                                                                                       \
	X(CALL_SENDFILE, "sendfile")                                                                                       \
	X(CALL_SPLICE, "splice")                                                                                           \
	X(CALL_SELECT, "select")                                                                                           \
	X(CALL_PSELECT6, "pselect6")                                                                                       \
	X(CALL_POLL, "poll")                                                                                               \
	X(CALL_PPOLL, "ppoll")                                                                                             \
	X(CALL_EPOLL_CTL, "epoll_ctl")                                                                                     \
	X(CALL_EPOLL_WAIT, "epoll_wait")                                                                                   \
	X(CALL_EPOLL_PWAIT, "epoll_pwait")                                                                                 \
	X(CALL_EPOLL_PWAIT2, "epoll_pwait2")                                                                               \
	X(CALL_WAIT4, "wait4")                                                                                             \
	X(CALL_WAITID, "waitid")                                                                                           \
	X(CALL_NANOSLEEP, "nanosleep")                                                                                     \
	X(CALL_CLOCK_NANOSLEEP, "clock_nanosleep")                                                                         \
	X(CALL_FUTEX, "futex")                                                                                             \
	X(CALL_PAUSE, "pause")                                                                                             \
	X(CALL_ALARM, "alarm")                                                                                             \
	X(CALL_SETITIMER, "setitimer")                                                                                     \
	X(CALL_TIMER_SETTIME, "timer_settime")                                                                             \
	X(CALL_TIMERFD_SETTIME, "timerfd_settime")                                                                         \
	X(CALL_KILL, "kill")                                                                                               \
	X(CALL_OTHER, "other")
NAMES_DECLARE(call, CALLS)

/* What the reference peer did: its own calls. */
#define PEER_CALLS(X)                                                                                                  \
	X(PEER_LISTEN, "listen")                                                                                           \
	X(PEER_CONNECT, "connect")                                                                                         \
	X(PEER_ACCEPT, "accept")                                                                                           \
	X(PEER_WRITE, "write") /* result: bytes taken by the kernel, or -errno */                                          \
	X(PEER_READ, "read") /* result: bytes (in event.data), 0 at end of file, or -errno */                              \
	X(PEER_SHUTDOWN, "shutdown")                                                                                       \
	X(PEER_CLOSE, "close")                                                                                             \
	X(PEER_RESET, "reset")                                                                                             \
	X(PEER_LOSE, "lose") /* these four: what became of a segment on purpose; data: "SYN-ACK" */                        \
	X(PEER_DUPLICATE, "duplicate")                                                                                     \
	X(PEER_REORDER, "reorder")                                                                                         \
	X(PEER_DELAY, "delay")                                                                                             \
	X(PEER_WINDOW, "window") /* result: bytes offered at most from now on */
NAMES_DECLARE(peer_call, PEER_CALLS)

#define QUIET_REASONS(X)                                                                                               \
	X(QUIET_FOREVER, "forever") /* only the peer or the harness can wake it */                                         \
	X(QUIET_HORIZON, "horizon") /* its next timer lies behind the test's time limit */                                 \
	X(QUIET_PERIODIC, "periodic") /* it wakes by a timer, does the same nothing, and sleeps again */                   \
	X(QUIET_SPINNING, "spinning") /* it repeats a call that leads nowhere, and the test allows that */                 \
	X(QUIET_TIMER, "timer") /* it sleeps until a timer, and no line waits for what may come then */                    \
	X(QUIET_GONE, "gone") /* no process of the student is left */
NAMES_DECLARE(quiet_reason, QUIET_REASONS)

#define LIMIT_KINDS(X)                                                                                                 \
	X(LIMIT_TIME, "time")                                                                                              \
	X(LIMIT_MEMORY, "memory")                                                                                          \
	X(LIMIT_PROCESSES, "processes")                                                                                    \
	X(LIMIT_OUTPUT, "output")                                                                                          \
	X(LIMIT_DESCRIPTORS, "descriptors")                                                                                \
	X(LIMIT_FILES, "files")                                                                                            \
	X(LIMIT_EVENTS, "events") /* of the timeline */
NAMES_DECLARE(limit_kind, LIMIT_KINDS)

#define COUNT_KINDS(X)                                                                                                 \
	X(COUNT_SOCKETS, "sockets")                                                                                        \
	X(COUNT_DESCRIPTORS, "descriptors")                                                                                \
	X(COUNT_ZOMBIES, "zombies")                                                                                        \
	X(COUNT_PROCESSES, "processes")                                                                                    \
	X(COUNT_THREADS, "threads")
NAMES_DECLARE(count_kind, COUNT_KINDS)

/* What the grader makes of a student's system call: model/setback.h. */
#define SETBACK_KINDS(X)                                                                                               \
	X(SETBACK_FAILS, "error") /* it fails with `error`, and nothing is done */                                         \
	X(SETBACK_SHORT, "count") /* the kernel is asked for `count` bytes at most */                                      \
	/* Bugs: the program is told something else than the kernel did, or does what it was not written to do. */         \
	X(SETBACK_SKIPPED, "skipped") /* it is not done, and returns 0 */                                                  \
	X(SETBACK_CLAIMED, "claimed") /* `count` bytes at most are done, all are claimed */                                \
	X(SETBACK_TWICE, "twice") /* it is done a second time */                                                           \
	X(SETBACK_CORRUPTED, "corrupted") /* the first byte is another */                                                  \
	X(SETBACK_SWAPPED, "swapped") /* the bytes of the port are swapped */                                              \
	X(SETBACK_UNHEARD, "unheard") /* a return of 0 becomes EINTR: the end of the stream is not noticed */              \
	X(SETBACK_ZEROED, "zeroed") /* the number it is called with becomes 0 */
NAMES_DECLARE(setback_kind, SETBACK_KINDS)

/* The rungs of the evidence ladder: ARCHITECTURE.md. */
#define RUNGS(X)                                                                                                       \
	X(RUNG_A, "A")                                                                                                     \
	X(RUNG_B, "B")                                                                                                     \
	X(RUNG_C, "C")                                                                                                     \
	X(RUNG_D, "D")                                                                                                     \
	X(RUNG_E, "E")
NAMES_DECLARE(rung, RUNGS)

/* Which calls stop the program. */
#define WATCH_LEVELS(X)                                                                                                \
	X(WATCH_CALLS, "calls") /* all of CALLS */                                                                         \
	X(WATCH_CONTROL, "control") /* all but those that move data or wait for it: for bulk data */                       \
	X(WATCH_TIMED, "timed") /* all of CALLS, and those that ask for the time: it is virtual */                         \
	X(WATCH_NOTHING, "nothing") /* no tracing */
NAMES_DECLARE(watch_level, WATCH_LEVELS)

enum { ACTOR_NONE = -1, CONNECTION_NONE = -1, DESCRIPTOR_NONE = -1 };

/* Ends of a connection. */
enum end { END_CLIENT, END_SERVER };

enum segment_flag {
	SEGMENT_FIN = 1,
	SEGMENT_SYN = 2,
	SEGMENT_RST = 4,
	SEGMENT_PSH = 8,
	SEGMENT_ACK = 16,
	/* Over UDP only, which has no flags: not a datagram but the ICMP answer "port unreachable" (RFC 1122, 4.1.3.1), sent
	 * by the kernel of the end that has nobody on the port. */
	SEGMENT_UNREACHABLE = 128,
};

struct address {
	uint8_t family; /* AF_INET, AF_INET6 or 0 */
	uint16_t port; /* host byte order */
	uint8_t bytes[16]; /* network order; 4 of them for AF_INET */
};

struct event {
	uint32_t number; /* its place in the timeline, from 0 */
	enum event_kind kind;
	int64_t time_ns; /* since EVENT_START, CLOCK_MONOTONIC */
	int16_t actor; /* whose program, or which reference role; ACTOR_NONE */
	int16_t connection; /* CONNECTION_NONE */
	int32_t pid, tid; /* as the host sees them; 0 for the peer */
	uint32_t site; /* where in the program it happened: EVENT_SOURCE says which line that is; 0: not known */
	union {
		struct {
			enum rung rung;
			enum watch_level watch;
			uint16_t port;
			uint64_t seed;
		} start;
		struct {
			uint32_t line; /* plan line */
			bool done; /* false: begun */
			int32_t error; /* errno of the action that failed; 0.  ETIMEDOUT: all was quiet and it was not
			                * done */
			int64_t progress; /* bytes, for send and receive */
		} step;
		struct {
			int32_t parent;
			bool main; /* the process that was launched itself */
			bool thread; /* EVENT_FORK: shares its memory and descriptors */
			int32_t status; /* EVENT_EXIT: wait status (wait(2)); EVENT_SIGNAL: the number */
		} process;
		struct {
			enum call call;
			int32_t descriptor; /* first argument, or DESCRIPTOR_NONE */
			uint64_t socket; /* inode of the socket behind it, 0: not a socket.  On the return of socket,
			                  * accept and dup: of the new one */
			int64_t argument; /* bytes asked for, backlog, shutdown's how, option (level << 32 | name), epoll
			                   * or poll time-out in ms, signal, dup2's new descriptor */
			int64_t value; /* setsockopt: the integer given, or time in ns for *TIMEO and timers */
			int64_t result; /* EVENT_RETURN: what it returned, -errno for an error */
			uint32_t repeat; /* EVENT_RETURN: the same call with the same result this often in a row,
			                  * 1 for once */
			struct address address; /* bind, connect, sendto; accept's peer; whose datagram recvfrom took */
			bool listening; /* the socket is a listening one */
			bool datagrams; /* the socket is a UDP one: each read and write is one datagram, and recvmmsg and sendmmsg
			                 * return once for each */
		} call;
		struct {
			enum call call;
			enum setback_kind kind;
			int32_t descriptor;
			int32_t error; /* errno that it returns; 0 */
			uint64_t socket;
			int64_t argument; /* as the call's */
			int64_t count; /* bytes that are left of it; 0 */
		} setback;
		struct {
			uint32_t number, of; /* the case, from 1 */
		} varied;
		struct {
			int16_t client, server; /* actors; ACTOR_NONE while unknown */
			struct address from, to; /* client's, server's */
		} ends; /* EVENT_CONNECTION */
		struct {
			enum end sender;
			uint8_t flags; /* enum segment_flag */
			uint32_t sequence, acknowledgment; /* relative to each side's initial number */
			uint32_t length; /* payload bytes */
			uint16_t window; /* as in the header, not scaled */
			bool repeated; /* all of it was seen before: a retransmission or keep-alive */
			uint16_t source_port, destination_port;
		} segment;
		struct {
			enum end end;
			enum tcp_state state;
			bool confirmed; /* by the kernel (inet_diag); false: derived from segments */
			/* Only when confirmed: */
			bool held; /* some descriptor still refers to the socket */
			uint32_t receive_queue, send_queue; /* bytes, tcp(7) SIOCINQ and SIOCOUTQ; listener: connections
			                                     * waiting, backlog */
		} state;
		struct {
			enum peer_call call;
			int64_t result; /* as PEER_CALLS says; -errno for an error */
		} peer;
		struct {
			int32_t descriptor; /* 1 or 2 */
		} output;
		struct {
			enum count_kind what;
			int64_t value;
		} count;
		struct {
			enum call call;
			int32_t descriptor;
			uint64_t socket;
			int64_t until_ns; /* when a timer ends it, on the timeline's clock; -1: never */
			bool held; /* stands still by `hold` */
			bool listening;
		} blocked;
		struct {
			enum quiet_reason reason;
			bool final; /* the settling after the last line */
		} quiet;
		struct {
			enum call call; /* CALL_OTHER: no call at all, it computes */
			int32_t descriptor;
			int64_t result;
			uint64_t count; /* calls in a row */
			int64_t cpu_ns; /* burnt meanwhile */
		} spin;
		struct {
			enum limit_kind limit;
			int64_t value; /* the limit, in its unit (ns, bytes, count) */
		} limit;
		struct {
			uint64_t count;
		} dropped;
		struct {
			uint32_t line; /* from 1 on, the file's name in event.data; 0: event.data says why there are none */
		} source;
		struct {
			bool complete; /* the lifecycle was played to its end (or to its first unmet line) */
		} end;
	};
	/* Bytes that belong to it: the name of the program for EVENT_EXEC, the first ones of a read or write (CALL/RETURN, at most EVENT_PEEK), all bytes for
	 * EVENT_PEER reads and EVENT_OUTPUT.  Owned by the timeline. */
	const uint8_t *data;
	uint32_t data_length;
};

#define EVENT_PEEK 48

/* "127.0.0.1:8080", "[::1]:8080"; written into `into`, which is returned. */
#define ADDRESS_LENGTH 56
const char *address_text(const struct address *, char into[static ADDRESS_LENGTH]);
/* Leads to this host and no other: 127.0.0.0/8 (also mapped into IPv6), ::1, and the unspecified address, which connect(2)
 * takes for them. */
bool address_loops(const struct address *);

/* True for the calls that take bytes from a socket, and for those that give bytes to it. */
bool call_reads(enum call);
bool call_polls(enum call); /* select, poll, epoll_wait and their kin */
bool call_adjusts(enum call); /* those that change how a descriptor behaves, and move nothing */
bool call_writes(enum call);
