/* What the grader makes of a student's system call, and of which: legal bad luck (`faults:`, `vary:`), and the bugs that
 * it puts into a reference solution to see whether a spec catches them.  Counted and made on the program's network
 * sockets only. */
#pragma once

#include "model/event.h"
#include "model/names.h"

struct text;

/* Families of calls: what a programmer calls by one name.  The first ones are those that a spec may name. */
#define SETBACK_CALLS(X)                                                                                               \
	X(SETBACK_READ, "read") /* read, readv, recv, recvfrom, recvmsg */                                                 \
	X(SETBACK_WRITE, "write") /* write, writev, send, sendto, sendmsg, sendfile, splice */                             \
	X(SETBACK_ACCEPT, "accept") /* accept, accept4 */                                                                  \
	X(SETBACK_POLL, "poll") /* poll, ppoll, select, pselect, epoll_wait and its like */                                \
	X(SETBACK_SOCKET, "socket")                                                                                        \
	X(SETBACK_BIND, "bind")                                                                                            \
	X(SETBACK_LISTEN, "listen")                                                                                        \
	X(SETBACK_CONNECT, "connect")                                                                                      \
	X(SETBACK_SETSOCKOPT, "setsockopt")                                                                                \
	X(SETBACK_SHUTDOWN, "shutdown")                                                                                    \
	X(SETBACK_CLOSE, "close")
NAMES_DECLARE(setback_call, SETBACK_CALLS)

/* The errors that a spec may ask for. */
#define SETBACK_ERRORS(X)                                                                                              \
	X(SETBACK_EINTR, "EINTR")                                                                                          \
	X(SETBACK_EAGAIN, "EAGAIN")                                                                                        \
	X(SETBACK_ECONNABORTED, "ECONNABORTED")                                                                            \
	X(SETBACK_EMFILE, "EMFILE")                                                                                        \
	X(SETBACK_ENOBUFS, "ENOBUFS")
NAMES_DECLARE(setback_error, SETBACK_ERRORS)

struct setback {
	enum setback_call call;
	enum setback_kind kind;
	uint32_t nth, every; /* the n-th such call of the program, or every n-th; the other is 0 */
	uint32_t option; /* SETBACK_SETSOCKOPT: only this name; 0: any */
	uint64_t count; /* bytes */
	int error; /* errno */
};

/* Ceilings of `faults:`. */
enum { SETBACKS_MOST = 64 };
#define SETBACK_NTH_MOST UINT64_C(1000000)

/* A call's family; false when it has none. */
bool setback_call_of(enum call, enum setback_call *);
/* The errors that POSIX or Linux allows the family, 1u << enum setback_error; 0: none (a spec cannot name it). */
unsigned setback_errors(enum setback_call);
int setback_errno(enum setback_error);
/* "read() fails with EINTR the 1st time", "every 2nd write() takes 3 bytes at most". */
void setback_text(struct text *, const struct setback *);
/* An EVENT_SETBACK: "the grader makes read() fail with EINTR", "the grader lets write() take 3 of 12 bytes". */
void setback_event_text(struct text *, const struct event *);
/* "1st", "2nd", "3rd", "11th". */
void ordinal_text(struct text *, uint64_t number);
