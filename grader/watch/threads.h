/* The processes and threads that are followed. */
#pragma once

#include "watch/buffers.h"
#include "watch/inject.h"
#include "watch/rows.h"
#include "watch/timers.h"

#include <sys/types.h>

struct process {
	bool accepted; /* a connection, some time */
	pid_t pid, parent;
	int actor;
	bool main; /* was launched, not forked */
	bool traced;
	bool begun; /* execve succeeded: what it did before was the harness's code */
	uint64_t launch; /* counts launches up */
	int64_t since_ns;
	unsigned alarms_given; /* SIGALRMs ahead of the kernel's */
	bool interpreted; /* it is a run-time system: its calls stand in no line of C */
	uint32_t image; /* images.h; 0: none yet */
	unsigned image_reads;
	struct timers timers;
};

/* How the thread was last seen asleep. */
struct sleep {
	uint64_t number, arguments[6], stack;
	uint64_t switches; /* times it was put on a CPU: field 3 of schedstat */
	int64_t not_before_ns, first_ns; /* it went to sleep between these */
};

/* The sockets behind the descriptors that the thread used last. */
enum { THREAD_SOCKETS = 16 };
struct thread_sockets {
	uint64_t tables; /* tracer->tables when they were looked up: else they are not valid */
	struct {
		int32_t descriptor;
		uint64_t inode; /* 0: none */
	} list[THREAD_SOCKETS]; /* by the descriptor's low bits */
};

enum { THREAD_STAT, THREAD_SYSCALL, THREAD_SCHEDSTAT, THREAD_FILES };

struct thread {
	pid_t tid;
	struct process *process; /* NULL: its first stop came before its creator's */
	bool late; /* born as one more thread of a process that had accepted a connection */
	bool newborn; /* its first stop is still to come */
	bool held; /* stands at the end of a call, by tracer_hold */
	bool put_off; /* stands until all others sleep (watch/late.c) */
	int put_off_signal; /* that it is told then; 0 */
	bool grouped; /* group-stop: SIGSTOP and its like */
	bool inside; /* `entry` was entered and its exit stop is to come */
	bool waits; /* it was let go into a call that waits as a rule */
	bool silent; /* nothing is told of `entry` */
	bool withheld; /* the entry of `entry` has not been told (yet) */
	unsigned naps; /* sleeps of NAP_NS at most that it had one behind the other, without a followed call in between */
	bool interrupted; /* `outer` was cut short by a signal, and may go on */
	bool returning; /* in rt_sigreturn(2) */
	unsigned strayed; /* system calls since the interruption */
	struct entry entry, outer;
	struct injection injection, outer_injection; /* of `entry` and of `outer` */
	struct buffering buffering;
	struct row row;
	struct thread_sockets sockets;
	int64_t stopped_ns; /* the last stop */

	int files[THREAD_FILES]; /* in /proc, -1 while closed */
	struct sleep sleep;
	bool asleep; /* `sleep` is valid */
	int64_t until_ns; /* in the last look: when a time-out wakes it; -1 for never */
	int64_t date[2]; /* seconds and ns that the program gave a timer of the kernel's, which got an earlier one */
	bool dated; /* until that call returns */
	bool due; /* the clock has jumped to that: it was interrupted and gets the time-out's result */
	int64_t looked_ns; /* last look */
	int64_t moved_ns; /* its last followed call that led somewhere */
	int64_t moved_cpu_ns; /* CPU time that it had burnt by then, as of the next look */
	int64_t cpu_ns; /* in the last look */
	bool astray; /* in the look that is going on: it runs, and gets nowhere */
	int64_t turn_cpu_ns; /* `cpu_ns` at the last tracer_turn */
	uint64_t turn_switches, news_switches; /* `switches` at the last tracer_turn, and at the last one with news */
	uint64_t switches; /* in the look that is going on */
	bool listed; /* untraced: seen in the listing that is going on */
	unsigned missing; /* looks in a row that did not find it in /proc */
};

/* What one student can make the harness keep.  Limits of the box are far below. */
enum { THREADS_MOST = 8192, PROCESSES_MOST = 8192, FILES_KEPT = 512 };

struct tree {
	struct thread **threads; /* by tid */
	size_t thread_count, thread_capacity;
	struct process **processes; /* oldest first */
	size_t process_count, process_capacity;
	unsigned files; /* open ones */
};

void tree_release(struct tree *);
struct thread *tree_thread(const struct tree *, pid_t tid);
struct process *tree_process(const struct tree *, pid_t pid);
/* NULL past THREADS_MOST. */
struct thread *tree_add_thread(struct tree *, pid_t tid, struct process *);
/* NULL past PROCESSES_MOST. */
struct process *tree_add_process(struct tree *, pid_t pid, pid_t parent, int actor);
void tree_drop_thread(struct tree *, struct thread *);
/* With all its threads. */
void tree_drop_process(struct tree *, struct process *);
/* A living thread of it, the leader first; NULL when there is none. */
struct thread *tree_any_thread(const struct tree *, const struct process *);

/* The content of /proc/PID/task/TID/NAME as a string of at most `length - 1` bytes; false when it is gone. */
bool thread_read(struct tree *, struct thread *, int which, char *into, size_t length);
/* The state letter in the content of a stat file. */
char stat_state(const char *stat);
/* CPU time, time waited for a CPU and times put on one: schedstat. */
bool thread_scheduled(struct tree *, struct thread *, int64_t *cpu_ns, int64_t *waited_ns, uint64_t *switches);
/* The letter that proc(5) gives for the state of any task; 0 when it is gone. */
char task_state(pid_t tid);
/* Thread group and parent of any task; false when it is gone. */
bool task_family(pid_t tid, pid_t *group, pid_t *parent);
