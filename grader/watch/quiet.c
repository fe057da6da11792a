/* Is every thread asleep, and until when?
 *
 * Two passes over /proc.  The first reads for each thread how often it was put on a CPU, its state and its system call;
 * the second reads state and count again.  /proc/TID/syscall answers only for a thread that is off its CPU, so a thread
 * that was in state S then, is in S in the second pass and was not put on a CPU in between slept from its first reading
 * to its second.  All first readings come before all second ones: there is an instant at which every thread slept.
 * Nobody was left to wake one then but timers, the peer and the harness.
 *
 * The state is needed beside the system call: a thread that was woken and has not run yet still shows its system call,
 * and its count has not moved, but its state is R. */
#include "watch/calls.h"
#include "watch/deadlines.h"
#include "watch/descriptors.h"
#include "watch/following.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MISSING_MOST = 3, PATIENCE_WAITING_NS = 20000, PATIENCE_HIDING_NS = 500000, PATIENCE_ROAMING_NS = 4000000 };

struct look {
	struct tracer *tracer;
	struct activity *activity;
	int64_t now_ns, horizon_ns;
	bool running;
	bool ended; /* some process is over and not collected yet */
	size_t strays;
};

/* The stops of threads that repeat barren calls are no news: there is always one.  Nor is the one of an untraced child,
 * which nobody takes. */
static bool stop_waiting(const struct tracer *tracer)
{
	siginfo_t info = {0};
	int events = tracer->level == WATCH_NOTHING ? WEXITED : WEXITED | WSTOPPED;
	if (waitid(P_ALL, 0, &info, events | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid == 0)
		return false;
	const struct thread *thread = tree_thread(&tracer->tree, info.si_pid);
	return thread == NULL || (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) || !thread_repeats(thread);
}

static void mix(uint64_t *fingerprint, uint64_t value)
{
	*fingerprint = (*fingerprint ^ value) * UINT64_C(0x9E3779B97F4A7C15);
	*fingerprint ^= *fingerprint >> 29;
}

/* "NUMBER ARGUMENT… STACK INSTRUCTION"; false for a thread that runs or is in no system call. */
static bool parse_call(const char *text, uint64_t *number, uint64_t arguments[static 6], uint64_t *stack)
{
	if (text[0] < '0' || text[0] > '9')
		return false;
	char *end;
	*number = strtoull(text, &end, 10);
	for (size_t i = 0; i < 6; i++)
		arguments[i] = strtoull(end, &end, 16);
	*stack = strtoull(end, &end, 16);
	return true;
}

/* When the thread fell asleep, as narrowly as it is known: exactly for a followed call, else between two looks.  A
 * thread that is woken for nothing goes on sleeping in the same call, with the rest of its time: the same call
 * at the same place counts from its first sight until its time is over. */
static void remember_sleep(struct look *look, struct thread *thread, const struct sleep *seen, int64_t after_ns)
{
	struct sleep *sleep = &thread->sleep;
	bool same = thread->asleep && sleep->number == seen->number && sleep->stack == seen->stack &&
	            memcmp(sleep->arguments, seen->arguments, sizeof(seen->arguments)) == 0;
	if (same && (sleep->switches == seen->switches || after_ns < 0 || look->now_ns < sleep->first_ns + after_ns)) {
		sleep->switches = seen->switches;
		return;
	}
	int64_t not_before = thread->process->since_ns;
	if (same)
		not_before = sleep->not_before_ns;
	else {
		if (thread->looked_ns > not_before)
			not_before = thread->looked_ns;
		if (thread->stopped_ns > not_before)
			not_before = thread->stopped_ns;
	}
	*sleep = *seen;
	sleep->not_before_ns = not_before;
	sleep->first_ns = look->now_ns;
	thread->asleep = true;
}

/* When the sleeping thread is woken by a time-out: -1 for never.  False when that cannot be told. */
static bool thread_until(struct look *look, struct thread *thread, const struct sleep *seen, int64_t *until)
{
	bool followed = thread->inside || thread->interrupted;
	const struct entry *entry = thread->inside ? &thread->entry : &thread->outer;
	const struct sleep *at = seen;
	int64_t ns;
	enum wake wake = call_wake(thread->tid, at->number, at->arguments, &ns);
	if (wake == WAKE_RESUMED && !followed) {
		if (!thread->asleep)
			return false;
		at = &thread->sleep;
		thread->sleep.switches = seen->switches;
		wake = call_wake(thread->tid, at->number, at->arguments, &ns);
	} else if (wake == WAKE_RESUMED) {
		wake = call_wake(thread->tid, entry->number, entry->arguments, &ns);
	} else {
		remember_sleep(look, thread, seen, wake == WAKE_AFTER ? ns : -1);
	}
	if (wake == WAKE_UNKNOWN || wake == WAKE_RESUMED)
		return false;
	*until = ns;
	if (wake == WAKE_NEVER)
		*until = -1;
	else if (wake == WAKE_AFTER && followed)
		*until = entry->time_ns + ns;
	else if (wake == WAKE_AFTER) {
		int64_t latest = thread->sleep.first_ns + ns, earliest = thread->sleep.not_before_ns + ns;
		*until = latest <= look->horizon_ns ? latest : earliest;
	}
	return true;
}

static int64_t socket_timeout(const struct socket_facts *facts, enum call call)
{
	if (call_reads(call) || call == CALL_ACCEPT || call == CALL_ACCEPT4)
		return facts->receive_timeout_ns;
	if (call_writes(call) || call == CALL_CONNECT || call == CALL_SENDFILE)
		return facts->send_timeout_ns;
	return 0;
}

/* What the sleeping thread waits for; SO_RCVTIMEO and SO_SNDTIMEO go into *until. */
static struct blocked blocked_in(struct look *look, struct thread *thread, const struct sleep *seen, int64_t *until)
{
	struct entry entry = {.number = seen->number, .call = call_of(seen->number)};
	memcpy(entry.arguments, seen->arguments, sizeof(entry.arguments));
	int32_t descriptors[2];
	size_t count = entry_descriptors(&entry, descriptors);
	entry.descriptor = descriptors[0];
	if (thread->inside && (seen->number == thread->entry.number || count == 0)) {
		entry = thread->entry;
	} else {
		for (size_t i = 0; i < count && entry.socket == 0; i++) {
			entry.socket = descriptor_socket(thread->tid, descriptors[i]);
			if (entry.socket != 0)
				entry.descriptor = descriptors[i];
		}
	}
	struct blocked blocked = {
		.pid = thread->process->pid,
		.tid = thread->tid,
		.actor = thread->process->actor,
		.call = entry.call,
		.descriptor = entry.descriptor,
		.connection = CONNECTION_NONE,
		.site = entry.site,
	};
	if (entry.socket != 0) {
		const struct socket_facts *facts =
			sockets_at(&look->tracer->sockets, entry.socket, thread->tid, entry.descriptor);
		int64_t timeout_ns = socket_timeout(facts, entry.call);
		if (timeout_ns > 0 && *until < 0)
			*until = timeout_ns + (thread->inside ? entry.time_ns : thread->sleep.first_ns);
		blocked.socket = facts->internet ? entry.socket : 0;
		blocked.listening = facts->listening;
		blocked.connection = socket_connection(look->tracer, blocked.socket);
	}
	return blocked;
}

static void add_blocked(struct look *look, const struct blocked *blocked)
{
	struct activity *activity = look->activity;
	if (activity->blocked_count < BLOCKED_MOST)
		activity->blocked[activity->blocked_count++] = *blocked;
}

/* `thread` is NULL for a timer of the process. */
static void add_until(struct look *look, const struct thread *thread, enum call call, int64_t until)
{
	if (until < 0)
		return;
	struct activity *activity = look->activity;
	bool nap = until - look->now_ns <= NAP_LONGEST_NS, mutual = call == CALL_FUTEX;
	if (nap && thread != NULL && thread->switches - thread->news_switches < activity->rounds)
		activity->rounds = thread->switches - thread->news_switches;
	if (nap && thread != NULL && !mutual) {
		activity->naps = true;
		activity->turned = activity->turned && thread->switches > thread->turn_switches;
	}
	if (!nap && !mutual && until <= look->horizon_ns && (activity->timer_ns < 0 || until < activity->timer_ns))
		activity->timer_ns = until;
	if (until <= look->now_ns)
		look->running = true; /* it is about to run */
	else if (until <= look->horizon_ns && (look->activity->until_ns < 0 || until < look->activity->until_ns))
		look->activity->until_ns = until;
}

/* Stands still by the tracer's doing, or by SIGSTOP. */
static void add_standing(struct look *look, const struct thread *thread)
{
	struct blocked blocked = {
		.pid = thread->process->pid,
		.tid = thread->tid,
		.actor = thread->process->actor,
		.call = thread->held ? thread->entry.call : CALL_OTHER,
		.descriptor = thread->held ? thread->entry.descriptor : DESCRIPTOR_NONE,
		.socket = thread->held ? thread->entry.socket : 0,
		.connection = thread->held ? socket_connection(look->tracer, thread->entry.socket) : CONNECTION_NONE,
		.held = thread->held,
		.listening = thread->held && thread->entry.listening,
		.until_ns = -1,
	};
	add_blocked(look, &blocked);
	mix(&look->activity->fingerprint, UINT64_MAX);
}

static bool lends(struct look *look, struct thread *thread)
{
	char text[256];
	uint64_t number, arguments[6], stack;
	return thread_read(&look->tracer->tree, thread, THREAD_SYSCALL, text, sizeof(text)) &&
	       parse_call(text, &number, arguments, &stack) && call_lends(number, arguments);
}

/* The state of a thread that counts as asleep is 'S'; 't' and 'T' stand still, 'Z' is over.  Else it runs: 0. */
static char sleeping_state(struct look *look, struct thread *thread)
{
	char stat[768];
	if (!thread_read(&look->tracer->tree, thread, THREAD_STAT, stat, sizeof(stat)))
		return 0;
	char state = stat_state(stat);
	if (state == 'Z' || state == 'S')
		return state;
	if (state == 'D' && lends(look, thread))
		return 'S';
	bool stands = thread->held || thread->grouped || thread->put_off;
	return (state == 't' && stands) || (state == 'T' && (stands || !thread->process->traced)) ? 'T' : 0;
}

/* It runs, and that is no reason to wait for it. */
static bool look_astray(struct look *look, struct thread *thread)
{
	thread->astray = thread_astray(look->tracer, thread);
	if (!thread->astray)
		return false;
	look->strays++;
	look->activity->turned = look->activity->turned && thread_turned(thread);
	look->activity->repeats = look->activity->repeats && thread_repeats(thread);
	return true;
}

/* Its end is news; but a leader that ended before its threads is told with them. */
static bool ends(const struct look *look, const struct thread *thread)
{
	const struct tree *tree = &look->tracer->tree;
	for (size_t i = 0; i < tree->thread_count; i++)
		if (tree->threads[i] != thread && tree->threads[i]->process == thread->process)
			return false;
	return true;
}

/* It was let go into no call that waits as a rule, and was not looked at since. */
static bool roams(const struct thread *thread)
{
	bool stays = thread->waits || thread->held || thread->grouped || thread->put_off;
	return !stays && (thread->newborn || thread->stopped_ns > thread->looked_ns);
}

static void look_first(struct look *look, struct thread *thread)
{
	struct tracer *tracer = look->tracer;
	int64_t cpu_ns, waited_ns;
	thread->until_ns = -1;
	if (!thread_scheduled(&tracer->tree, thread, &cpu_ns, &waited_ns, &thread->switches)) {
		thread->missing++;
		look->running = true;
		return;
	}
	thread->missing = 0;
	thread->cpu_ns = cpu_ns;
	thread->astray = false;
	if (thread->moved_ns >= thread->looked_ns)
		thread->moved_cpu_ns = cpu_ns;
	look->activity->cpu_ns += cpu_ns;
	if (thread->process == NULL || thread->newborn || !thread->process->begun)
		look->running = true;
	bool turned = thread_turned(thread) || thread->switches >= thread->turn_switches + 2;
	look->activity->shared = look->activity->shared && (turned || sleeping_state(look, thread) == 'S');
	if (look->running)
		return;
	char state = sleeping_state(look, thread);
	if (state == 'Z') {
		look->ended = look->ended || ends(look, thread);
		return;
	}
	if (state == 'T') {
		add_standing(look, thread);
		return;
	}
	char text[256];
	struct sleep seen = {.switches = thread->switches};
	int64_t until = -1;
	if (state != 'S' || !thread_read(&tracer->tree, thread, THREAD_SYSCALL, text, sizeof(text)) ||
	    !parse_call(text, &seen.number, seen.arguments, &seen.stack) || !thread_until(look, thread, &seen, &until)) {
		look->running = !look_astray(look, thread);
		return;
	}
	tracer->hides = tracer->hides || roams(thread);
	struct blocked blocked = blocked_in(look, thread, &seen, &until);
	blocked.until_ns = until;
	thread->until_ns = until;
	add_until(look, thread, blocked.call, until);
	add_blocked(look, &blocked);
	mix(&look->activity->fingerprint, seen.number);
	for (size_t i = 0; i < 6; i++)
		mix(&look->activity->fingerprint, seen.arguments[i]);
}

static bool look_again(struct look *look, struct thread *thread)
{
	if (thread->astray)
		return true;
	char state = sleeping_state(look, thread);
	if (state != 'S')
		return state != 0;
	int64_t cpu_ns, waited_ns;
	uint64_t switches;
	return thread_scheduled(&look->tracer->tree, thread, &cpu_ns, &waited_ns, &switches) &&
	       switches == thread->switches;
}

/* A thread whose end was not reported: execve(2) in another thread swallows it. */
static void drop_missing(struct tree *tree)
{
	for (size_t i = tree->thread_count; i-- > 0;) {
		struct thread *thread = tree->threads[i];
		if (thread->missing >= MISSING_MOST && thread->process != NULL && thread->tid != thread->process->pid)
			tree_drop_thread(tree, thread);
	}
}

int64_t tracer_patience(const struct tracer *tracer)
{
	for (size_t i = 0; i < tracer->tree.thread_count; i++)
		if (roams(tracer->tree.threads[i]))
			return tracer->hides ? PATIENCE_HIDING_NS : PATIENCE_ROAMING_NS;
	return PATIENCE_WAITING_NS;
}

bool tracer_stands(const struct tracer *tracer)
{
	if (stop_waiting(tracer))
		return false;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		char state = task_state(tracer->tree.threads[i]->tid);
		if (state == 'R' || state == 'X' || state == 0)
			return false;
	}
	return true;
}

void tracer_look(struct tracer *tracer, int64_t horizon_ns, struct activity *activity)
{
	struct tree *tree = &tracer->tree;
	*activity = (struct activity){
		.kind = ACTIVITY_RUNNING,
		.until_ns = -1,
		.timer_ns = -1,
		.stops = tracer->stops,
		.repeats = true,
		.turned = true,
		.shared = true,
		.rounds = UINT64_MAX,
	};
	if (horizon_ns < INT64_MAX - tracer->ahead_ns)
		horizon_ns += tracer->ahead_ns;
	struct look look = {tracer, activity, tracer_now(tracer), horizon_ns, false, false, 0};
	bool waiting = stop_waiting(tracer);
	untraced_list(tracer);
	if (tree->process_count == 0 && tree->thread_count == 0) {
		activity->kind = waiting ? ACTIVITY_RUNNING : ACTIVITY_GONE;
		return;
	}
	look.running = waiting;
	for (size_t i = 0; i < tree->thread_count; i++) {
		const struct thread *thread = tree->threads[i];
		if (thread->process != NULL && thread->process->traced)
			images_read(&tracer->stacks.images, thread->process->image, thread->tid);
		look_first(&look, tree->threads[i]);
	}
	mix(&activity->fingerprint, tree->process_count);
	for (size_t i = 0; i < tree->process_count; i++)
		add_until(&look, NULL, CALL_SETITIMER, timers_next(&tree->processes[i]->timers, look.now_ns));
	/* Processes of which every thread is over wait to be collected. */
	if (activity->blocked_count + look.strays == 0 || !untraced_list(tracer) || (look.strays > 0 && look.ended))
		look.running = true;
	for (size_t i = 0; i < tree->thread_count && !look.running; i++)
		look.running = !look_again(&look, tree->threads[i]);
	if (!look.running && !stop_waiting(tracer))
		activity->kind = look.strays > 0 ? ACTIVITY_ASTRAY : ACTIVITY_QUIET;
	late_look(tracer, activity);
	for (size_t i = 0; i < tree->thread_count; i++)
		tree->threads[i]->looked_ns = look.now_ns;
	clock_wake_overdue(tracer);
	/* Outside of this room times are real ones. */
	if (activity->until_ns >= 0)
		activity->until_ns -= tracer->ahead_ns;
	if (activity->timer_ns >= 0)
		activity->timer_ns -= tracer->ahead_ns;
	for (size_t i = 0; i < activity->blocked_count; i++)
		if (activity->blocked[i].until_ns >= 0)
			activity->blocked[i].until_ns -= tracer->ahead_ns;
	drop_missing(tree);
}
