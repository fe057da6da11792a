/* One event in words: what an evidence line says and what a cell of the ladder holds.  Everything that a program chose
 * (bytes, names) is escaped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct cast;
struct text;

/* A short line without its time: "read(4) = 0 on the connection with client". */
void event_text(struct text *, const struct cast *, const struct event *);

/* A call with its arguments and, when `returned` is not NULL, its result: `write(4, "hello\n") = 6`.  `call` is where
 * the arguments are; it may be the same event as `returned`.  At most `peek` bytes of data are shown, 0 for none. */
void event_call_text(struct text *, const struct event *call, const struct event *returned, size_t peek);
/* What the reference peer did: `read = 6 "hello\n"`. */
void event_peer_text(struct text *, const struct event *, size_t peek);
/* "SYN-ACK", "DATA 6", "DATA 6 FIN", "RST". */
void event_segment_text(struct text *, const struct event *);
/* The EVENT_CALL of the thread that an EVENT_RETURN ends, or NULL. */
const struct event *event_call_of(const struct cast *, const struct event *returned);

/* "EAGAIN" for 11; "error 4711" for one without a name. */
void error_name(struct text *, int number);
/* What was measured, to three figures: "118 ms", "1.5 s". */
void elapsed_text(struct text *, int64_t duration_ns);
/* Milliseconds since the start with three figures or more: "0.41", "12.3", "5012". */
void time_text(struct text *, int64_t time_ns);
