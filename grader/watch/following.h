/* What the parts of the tracer share; for grader/watch only. */
#pragma once

#include "watch/clock.h"
#include "watch/inject.h"
#include "watch/sockets.h"
#include "watch/stacks.h"
#include "watch/threads.h"
#include "watch/tracer.h"

enum { ACTORS_MOST = 4096, CHILDREN_REMEMBERED = 64 };

struct tracer {
	struct tracer_hooks hooks;
	struct connections *connections; /* borrowed; may be NULL */
	enum watch_level level;
	struct tree tree;
	struct sockets sockets;
	struct stacks stacks;
	bool datagrams; /* COUNT_SOCKETS counts UDP */
	bool hides; /* a thread was found asleep where none waits as a rule: futex(2), say */
	bool networked; /* some program has asked for an internet socket: before, no descriptor is one */
	uint64_t tables; /* counts up when any descriptor may have come to mean something else */
	uint64_t stops, launches;
	uint64_t gave_way; /* `stops` when the processor was last given away */
	uint64_t held[ACTORS_MOST / 64]; /* a bit for each actor */
	struct {
		pid_t pid;
		int status;
	} children[CHILDREN_REMEMBERED]; /* that ended and were not followed; a ring */
	size_t child_count;
	struct injector injector;
	bool was_held; /* some program was, and let go again */
	bool puts_off; /* some thread is put off, since so many stops and looks */
	uint64_t put_off_stops;
	unsigned put_off_looks;
	uint64_t buffer_bytes; /* of TCP sockets; 0: the system's own */
	int64_t ahead_ns; /* the programs' clock is so far ahead of the real one */
	struct spin spin; /* the longest row that is over */
	int own_schedstat; /* descriptor */
};

bool actor_held(const struct tracer *, int actor);

/* Number of the connection that a student's socket belongs to, or CONNECTION_NONE. */
int socket_connection(const struct tracer *, uint64_t inode);

/* Emits what is still to be told of the thread's row, and begins a new one.  (spin.c) */
void row_end(struct tracer *, struct thread *);
/* Emits what is still to be told of the thread's row; the row goes on. */
void row_tell(struct tracer *, struct thread *);
/* Ends the row when the thread has slept since its last stop. */
void row_time(struct tracer *, struct thread *, int64_t now_ns);

/* It repeats barren calls. */
bool thread_repeats(const struct thread *);
/* In a look, of a thread that runs: nothing says that it gets anywhere. */
bool thread_astray(const struct tracer *, const struct thread *);
/* Since tracer_turn it had the processor long enough to have noticed what there is. */
bool thread_turned(const struct thread *);

/* The calls of a thread that stands at their entry or exit; nothing is resumed.  (follow.c) */
void call_entered(struct tracer *, struct thread *);
void call_returned(struct tracer *, struct thread *, int64_t result);
/* True when the return will be told by itself, and with it an entry that was withheld. */
bool call_returns_anew(const struct thread *, int64_t result);
void call_tell_entry(struct tracer *, struct thread *);
/* An event about a thread, with everything set that is the same for all kinds. */
struct event thread_event(const struct tracer *, const struct thread *, enum event_kind);
void tracer_emit(struct tracer *, struct event *);

/* Brings the tree up to date with /proc for the programs that are not traced.  Returns true when nothing had changed.
 * (untraced.c) */
bool untraced_list(struct tracer *);

/* Births and deaths.  (family.c)  `creator` stands at the stop that reports it. */
void family_born(struct tracer *, struct thread *creator, bool cloned);
/* A thread nobody has reported yet stands at its first stop: it is kept there until its creator's stop comes. */
void family_early(struct tracer *, pid_t tid);
/* Takes in those whose creator was killed before it could report them. */
void family_orphans(struct tracer *);
/* `thread` may be NULL. */
void family_ended(struct tracer *, pid_t tid, struct thread *, int status);

/* A stop of a known thread, as waitpid(2) told it; lets it go on unless it is held.  (stops.c) */
void tracer_stopped(struct tracer *, struct thread *, int status);
/* Lets a stopped thread go on.  It may have been killed meanwhile: its end will be reported. */
void tracer_resume(const struct thread *);
/* The same with a signal, or 0. */
void tracer_resume_with(const struct thread *, int signal_number);
void tracer_before(struct tracer *);

/* A new thread (0) or one that a signal stopped: true when it is put off, and stays where it is.  (late.c) */
bool late_puts_off(struct tracer *, struct thread *, int signal_number);
/* A stop was told; a look was made: whoever was put off goes on when nobody else does. */
void late_stop(struct tracer *);
void late_look(struct tracer *, struct activity *);
