/* A system call as it was entered: what its arguments say, and what its return means. */
#pragma once

#include "model/event.h"
#include "watch/registers.h"

#include <sys/types.h>

struct entry {
	uint64_t number;
	uint64_t arguments[6];
	struct registers registers; /* they tell a restarted call from a new one */
	int64_t time_ns; /* CLOCK_MONOTONIC */
	enum call call;
	int32_t descriptor;
	uint64_t socket;
	int64_t argument, value;
	int64_t period_ns; /* of a timer that repeats */
	struct address address;
	bool listening, datagrams; /* of the socket */
	uint8_t data[EVENT_PEEK]; /* of a write */
	uint32_t data_length;
	uint32_t site; /* the stack that was kept of it; 0: none */
};

/* The descriptors that the call works on, most telling first.  Returns how many (0 to 2). */
size_t entry_descriptors(const struct entry *, int32_t into[static 2]);
/* Fills argument, value, address and data from number, call and arguments, of a thread at a stop:
 *
 *   call                      argument                     value
 *   socket                    domain << 32 | type          protocol
 *   listen                    backlog
 *   shutdown                  how
 *   dup2, dup3                new descriptor
 *   fcntl, ioctl              command                      its integer, when it has one
 *   epoll_ctl                 operation                    the events, as bits
 *   setsockopt                level << 32 | name           the integer; ns for *TIMEO; SO_LINGER: seconds, -1 when off
 *   read… write…              bytes asked for; -1: 2^63 up flags of recv… and send…
 *   splice                    bytes asked for              1 when the socket gives the bytes, else 0
 *   select poll epoll_wait…   time-out in ms, -1 for none  the same in ns
 *   nanosleep…                ms                           ns
 *   alarm setitimer timer…    which timer                  ns until it expires, 0 when it is disarmed
 *   wait4 waitid              the id                       options
 *   kill tkill tgkill         signal                       the id
 *   close_range               last descriptor
 */
void entry_decode(struct entry *, pid_t tid);
/* The address that accept(2), recvfrom(2) or recvmsg(2) returned; family 0 when none was asked for. */
void entry_returned_address(const struct entry *, pid_t tid, struct address *);
/* The datagram number `index` that recvmmsg(2) or sendmmsg(2) moved: its length, the other end's address and its first
 * bytes, *length of them.  -1 when it cannot be read. */
int64_t entry_returned_message(const struct entry *, pid_t tid, unsigned index, struct address *,
                               uint8_t into[static EVENT_PEEK], uint32_t *length);
/* The first bytes that a call which read `result` > 0 of them has put into memory; returns how many. */
uint32_t entry_returned_data(const struct entry *, pid_t tid, int64_t result, uint8_t into[static EVENT_PEEK]);
/* Bytes that sendmmsg(2) moved when it did `messages`. */
int64_t entry_message_bytes(const struct entry *, pid_t tid, int64_t messages);

/* What a return means for a program that might be spinning. */
enum outcome {
	OUTCOME_PROGRESS, /* bytes moved, something came or went */
	OUTCOME_BARREN, /* nothing did */
	OUTCOME_SLEPT, /* nothing did, but a time-out passed meanwhile */
};
enum outcome entry_outcome(const struct entry *, int64_t result);
