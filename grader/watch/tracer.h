/* Follows the calls of the student's programs with ptrace(2): PTRACE_SEIZE, and a seccomp filter that stops only the
 * calls of model/event.h.  All functions are called from one thread, the one that seizes. */
#pragma once

#include "model/event.h"

#include <sys/types.h>

struct connections;
struct entry;
struct setback;
struct stacks;
struct tracer;

struct tracer_hooks {
	void *context;
	/* One event, in order; its time_ns is CLOCK_MONOTONIC as it is.  Called while the thread it speaks of stands
	 * still; whatever the hook does happens before the thread goes on.  The event's data are valid during the call
	 * only. */
	void (*emit)(void *context, struct event *);
	/* Called first at every stop, so that what happened before it (captured segments) is emitted before it. */
	void (*before)(void *context);
	/* Nothing is there for the call (of family read or accept): it will wait for it.  NULL: not known. */
	bool (*would_block)(void *context, const struct entry *);
	/* The pipe with this inode is read or written by this process.  NULL: none is. */
	bool (*own_pipe)(void *context, uint64_t inode);
};

/* `connections` is borrowed: it says which connection a socket belongs to. */
struct tracer *tracer_create(const struct tracer_hooks *, struct connections *, enum watch_level);
/* NULL is allowed.  Does not kill anything. */
void tracer_destroy(struct tracer *);

/* Takes hold of a program that box_fork made and that waits before execve.  False with errno. */
bool tracer_seize(struct tracer *, pid_t, int actor);
/* Handles every stop and exit that is waiting (waitpid(-1, __WALL | WNOHANG) until none), at most `most` of them.
 * Returns how many. */
unsigned tracer_reap(struct tracer *, unsigned most);

/* As tracer_seize, without ptrace(2): its processes and threads are found in /proc when tracer_look looks, no calls are
 * told, and an exit only where waitpid(2) tells it.  Timers that its calls would have told of (alarm(2), SO_RCVTIMEO
 * and the like) are not seen.  tracer_seize does this when the level is WATCH_NOTHING. */
bool tracer_watch_untraced(struct tracer *, pid_t, int actor);
/* tracer_reap also collects the caller's children that are not followed (the shim): true, once, when `pid` was one that
 * has ended.  The last 64 are remembered. */
bool tracer_child_exited(struct tracer *, pid_t, int *status);
/* Emits what is held back of repeated calls (`repeat` of EVENT_RETURN): due before a verdict. */
void tracer_flush(struct tracer *);

/* What is to be made of the calls of all programs that are launched from now on; `list` is borrowed.  Each is told as
 * EVENT_SETBACK between the call's entry and its return. */
void tracer_set_back(struct tracer *, const struct setback *list, size_t count);
/* TCP sockets that programs make from now on have buffers of so many bytes (0: the system's own) until they ask for
 * others (buffers.h).  Not with WATCH_NOTHING. */
void tracer_limit_buffers(struct tracer *, uint64_t bytes);
/* Everything is quiet: calls that are to be interrupted while they are blocked are so now.  True when there was one. */
bool tracer_interrupt(struct tracer *);

/* Virtual time, at WATCH_TIMED (clock.h): everything is quiet until `to_ns` (CLOCK_MONOTONIC, as tracer_look gives it);
 * the programs' clocks are there at once, and whose time has come is woken.  False when some timer has to be waited
 * for. */
bool tracer_jump(struct tracer *, int64_t to_ns);
/* So far the programs' clocks are ahead of the real ones, ns. */
int64_t tracer_ahead(const struct tracer *);

/* The programs of `actor` stand still at the end of their next followed call, until released. */
void tracer_hold(struct tracer *, int actor);
void tracer_release(struct tracer *, int actor);

/* Processes (thread groups) that have not ended, of an actor (ACTOR_NONE: of all). */
unsigned tracer_alive(const struct tracer *, int actor);
/* Process id of the program launched last for the actor while it lives, else 0. */
pid_t tracer_main(const struct tracer *, int actor);

enum activity_kind {
	ACTIVITY_RUNNING, /* some thread runs or is about to */
	ACTIVITY_QUIET, /* every thread is blocked; `until_ns` says when a timer ends that, -1 for never */
	ACTIVITY_ASTRAY, /* every thread is blocked but those that get nowhere: they repeat barren calls, or make none */
	ACTIVITY_GONE, /* no process is left */
};

struct blocked {
	pid_t pid, tid;
	int actor;
	enum call call;
	int descriptor;
	uint64_t socket;
	int connection;
	bool held, listening;
	uint32_t site; /* tracer_stacks; 0 */
	int64_t until_ns; /* CLOCK_MONOTONIC; -1: never */
};

enum { BLOCKED_MOST = 64 };
#define NAP_LONGEST_NS (INT64_C(60) * 1000000)

struct activity {
	enum activity_kind kind;
	int64_t until_ns; /* CLOCK_MONOTONIC, the earliest; -1 */
	uint64_t fingerprint; /* equal when every thread is in the same call with the same arguments */
	uint64_t stops; /* stops handled so far */
	int64_t cpu_ns; /* burnt by all threads alive, /proc/PID/task/TID/schedstat */
	/* ACTIVITY_ASTRAY.  A time-out within NAP_LONGEST_NS is how run-time systems look round, and pass the processor on. */
	bool repeats; /* all that are astray repeat barren calls */
	bool naps; /* some blocked thread sleeps so shortly */
	bool turned; /* since tracer_turn those astray had the processor for a while, and those that nap looked round */
	uint64_t
		rounds; /* so often has every thread with such a time-out, whatever it waits for, looked round since news */
	bool shared; /* also while some run: since tracer_turn every thread had the processor, or sleeps */
	int64_t
		timer_ns; /* the earliest later time-out within the horizon, but those of threads that wait for each other; -1 */
	struct blocked blocked[BLOCKED_MOST]; /* the first ones */
	size_t blocked_count;
};

/* How long it is worth while to wait for the next stop before the next look, ns.  A thread that was let go into a call
 * that waits sleeps in a moment.  Any other one runs, and will most likely show itself by its next call: looking would
 * only be in its way, and so would a timer (one that is due before the next tick costs more than a stop does). */
int64_t tracer_patience(const struct tracer *);

/* Looks once, by a double collect of /proc/TID/stat, /proc/TID/syscall and /proc/TID/schedstat (facts: a woken thread
 * that has not run yet shows as blocked in /proc/TID/syscall, but as R in /proc/TID/stat).  `horizon_ns`
 * (CLOCK_MONOTONIC): timers behind it count as never. */
void tracer_look(struct tracer *, int64_t horizon_ns, struct activity *);

/* No thread runs or is about to, whatever it waits for.  Costs some files of /proc. */
bool tracer_stands(const struct tracer *);

/* From here on it is counted who had a turn; what came before, barren calls too, is forgotten.  With `news` because
 * something has happened, else because all of them had one. */
void tracer_turn(struct tracer *, bool news);

/* The program of the actor repeats a call without getting anywhere: the row of the greatest weight among its threads since the
 * last call of tracer_turn.  False when there is none of at least `least`. */
struct spin {
	pid_t pid, tid;
	int actor;
	enum call call;
	int descriptor;
	uint64_t socket;
	int connection;
	int64_t result;
	uint64_t count, weight; /* calls; of which so many led nowhere (watch/rows.h) */
	uint32_t site;
};
bool tracer_spin(const struct tracer *, uint64_t least, struct spin *);

/* What `site` of an event stands for; lives as long as the tracer. */
const struct stacks *tracer_stacks(const struct tracer *);

/* COUNT_SOCKETS counts UDP sockets instead of TCP ones. */
void tracer_count_datagrams(struct tracer *, bool);
enum { COUNTS = COUNT_THREADS + 1 };

/* What the live processes of the actor hold, by enum count_kind (COUNT_SOCKETS: distinct TCP sockets; COUNT_DESCRIPTORS:
 * open descriptors but 0, 1, 2 of the process that has most; COUNT_ZOMBIES; COUNT_PROCESSES: live ones; COUNT_THREADS:
 * threads beside the first of a process, born since it accepted a connection).  -1 for what cannot be known. */
void tracer_count(const struct tracer *, int actor, int64_t counts[static COUNTS]);
/* True when a descriptor of a live process refers to the socket with this inode. */
bool tracer_holds(const struct tracer *, uint64_t socket);
