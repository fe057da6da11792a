#include "run/quiet.h"

#include "run/runner_state.h"

#include <errno.h>
#include <signal.h>

/* How often a call has to fail or read nothing in a row, with no sleep between, before the program is said to spin.
 * A correct program reads end of file once; no correct program retries an error at once for this many times. */
enum { SPIN_LEAST = 16, SPIN_ZERO_READS = 64, SPIN_ERRORS = 500 };
/* Where a test allows it, a program that spins is at rest when nothing comes of it in so many turns: before the next action
 * begins, and before something is decided.  Where other threads look round now and then, Go's sysmon every 10 ms,
 * they are to have done so, which takes a while. */
enum {
	ACTION_TURNS = 1,
	ACTION_TURNS_NAPPING = 2,
	DECISION_TURNS = 4,
	DECISION_TURNS_NAPPING = 5,
	DECISION_ROUNDS = 2
};
#define TURN_NAPPING_NS (INT64_C(12) * 1000000)
/* Threads that pass on to each other who repeats the call (Go's) are never seen all asleep but one: so much CPU time. */
#define SPIN_TURN_NS (INT64_C(25) * 1000000)

#define SPIN_CPU_NS (INT64_C(2) * 1000000000) /* of CPU time without any call that leads somewhere */
#define BOX_LOOK_NS (INT64_C(50) * 1000000) /* so much CPU time goes by between two looks at the box's limits */
#define SLEEP_FIRST_NS 20000
#define SLEEP_LONGEST_NS 5000000
/* A rhythm is one after this many equal beats over this long: run-time systems have housekeeping timers, and loops wait
 * in select() with a time-out. */
enum { RHYTHM_BEATS = 2 };
#define RHYTHM_NS 500000000
/* A thread that asks again and again whether another one has read something does so at least this often. */
enum { HANDOVER_BEATS = 2 };
#define HANDOVER_NS 250000000

static bool spin_allowed(const struct runner *runner)
{
	return (runner->test->test->allowed & 1u << RULE_SPIN) != 0;
}

static void spin_emit(struct runner *runner, const struct spin *spin, int64_t cpu_ns)
{
	tracer_flush(runner->tracer);
	evidence_confirm(runner, true);
	struct event event = {.kind = EVENT_SPIN, .actor = (int16_t)spin->actor, .connection = (int16_t)spin->connection};
	event.pid = spin->pid;
	event.tid = spin->tid;
	event.site = spin->site;
	event.spin.call = spin->call;
	event.spin.descriptor = spin->descriptor;
	event.spin.result = spin->result;
	event.spin.count = spin->count;
	event.spin.cpu_ns = cpu_ns;
	actions_give_up(runner);
	runner_emit(runner, &event);
	runner->over = true;
}

/* Nothing can happen any more without the peer or the harness. */
static void decide(struct runner *runner, const struct activity *activity, enum quiet_reason reason)
{
	uint64_t before = runner->progress;
	tracer_flush(runner->tracer);
	bool final = matcher_finished(runner->matcher);
	evidence_quiet(runner, activity);
	if (runner->progress != before || runner->over)
		return;
	if (runner->begun_count > 0 && runner->quiet_told == runner->progress) {
		/* The lines that waited are decided, nothing new was begun by that, and it is quiet again. */
		runner->advancing = true;
		actions_give_up(runner);
		runner->advancing = false;
		runner_advance(runner);
		return;
	}
	struct event event = {.kind = EVENT_QUIET, .actor = ACTOR_NONE, .connection = CONNECTION_NONE};
	event.quiet.reason = reason;
	event.quiet.final = final;
	runner->advancing = true;
	runner_emit(runner, &event);
	runner->advancing = false;
	runner->quiet_told = runner->progress;
	if (final)
		runner->over = true;
	else
		runner_advance(runner);
}

/* The last timer within the time limit that some thread waits for in a call of its own; those behind it count as none.
 * The timed waits of threads for each other (futex) are how run-time systems keep house. */
static int64_t latest_timer(const struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	int64_t horizon_ns = now_ns + runner->test->limits.time_ns - runner->slept_ns, latest_ns = 0;
	for (size_t i = 0; i < activity->blocked_count; i++) {
		int64_t until_ns = activity->blocked[i].until_ns;
		if (activity->blocked[i].call != CALL_FUTEX && until_ns <= horizon_ns && until_ns > latest_ns)
			latest_ns = until_ns;
	}
	return latest_ns;
}

/* A client gives up by a time of its own, and who has lost a datagram sends it again: where a line waits for that, a
 * program that looks round again and again may be counting, and is no less right than one that sleeps till then.  Without
 * tracing it is not known how long a call still waits, nor so how long that would take. */
static bool counts_time(const struct runner *runner)
{
	bool grader_waits = runner->postponed != NULL || runner->begun_count > 0;
	return runner->keeps_time && runner->rung <= RUNG_C && !grader_waits && matcher_wants_timers(runner->matcher);
}

/* True when waking by its timer has become a habit of the program that leads nowhere.  While another timer still runs
 * that ran at the beginning, nobody knows yet what will come of that one. */
static bool rhythm_found(struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	struct rhythm *rhythm = &runner->rhythm;
	if (rhythm->progress != runner->progress || rhythm->fingerprint != activity->fingerprint) {
		*rhythm = (struct rhythm){activity->fingerprint,
		                          runner->progress,
		                          activity->until_ns,
		                          now_ns,
		                          latest_timer(runner, activity, now_ns),
		                          0};
		return false;
	}
	if (rhythm->until_ns != activity->until_ns) {
		rhythm->until_ns = activity->until_ns;
		rhythm->beats++;
	}
	/* Run-time systems keep house by futexes. */
	if (rhythm->latest_ns > 0 && counts_time(runner))
		return false;
	return rhythm->beats >= RHYTHM_BEATS && now_ns - rhythm->since_ns >= RHYTHM_NS && now_ns > rhythm->latest_ns;
}

/* The program was given input, and a thread of it that may not know yet will wake by its timer in a moment. */
static bool hands_over(struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	struct handover *handover = &runner->handover;
	int64_t until_ns = -1;
	for (size_t i = 0; handover->due && i < activity->blocked_count; i++) {
		const struct blocked *blocked = &activity->blocked[i];
		if (blocked->call != CALL_FUTEX && blocked->until_ns >= 0 && blocked->until_ns - now_ns <= HANDOVER_NS &&
		    (until_ns < 0 || blocked->until_ns < until_ns))
			until_ns = blocked->until_ns;
	}
	if (until_ns >= 0 && until_ns != handover->until_ns)
		handover->beats++;
	handover->until_ns = until_ns;
	handover->due = until_ns >= 0 && handover->beats <= HANDOVER_BEATS;
	return handover->due;
}

static int64_t wait_for_timer(struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	/* Where time costs nothing no habit has to be guessed at: the whole limit is lived through. */
	bool jumps = runner->test->virtual_time;
	if (!jumps && rhythm_found(runner, activity, now_ns)) {
		decide(runner, activity, QUIET_PERIODIC);
		return 0;
	}
	if (!matcher_wants_timers(runner->matcher) && !hands_over(runner, activity, now_ns)) {
		decide(runner, activity, QUIET_TIMER);
		return 0;
	}
	int64_t sleep_ns = activity->until_ns - now_ns;
	int64_t left_ns = runner->test->limits.time_ns - runner->slept_ns;
	if (left_ns <= 0 && jumps) {
		decide(runner, activity, QUIET_PERIODIC);
		return 0;
	}
	if (left_ns <= 0) {
		limits_time_reached(runner, activity->blocked_count > 0 ? activity->blocked[0].actor : ACTOR_NONE);
		return 0;
	}
	if (sleep_ns < SLEEP_FIRST_NS)
		sleep_ns = SLEEP_FIRST_NS;
	if (sleep_ns > left_ns)
		sleep_ns = left_ns;
	runner->slept_ns += sleep_ns;
	if (jumps && tracer_jump(runner->tracer, now_ns + sleep_ns))
		return 0;
	return sleep_ns;
}

/* A client of the reference has sent its SYN, and the server's queue has room again: the kernel will send it once more. */
static bool syn_comes_again(struct runner *runner)
{
	struct kernel_socket listener;
	bool connecting = false;
	for (size_t i = 0; i < runner->begun_count; i++) {
		const struct line *line = runner->begun[i];
		connecting = connecting ||
		             (line->step->verb == VERB_CONNECT && line->other >= 0 && plan_student(runner->test, line->other));
	}
	return connecting && runner->kernel != NULL &&
	       kernel_listener(runner->kernel, runner->test->port, &listener, NULL) && listener.found &&
	       listener.receive_queue <= listener.send_queue;
}

/* The reference reads at once, unless it is held: what it has not read may have filled its small buffer, and then its
 * kernel drops what comes next, with the ACK that it carries (RFC 9293, section 3.10.7.4: segments outside the window). */
static bool deaf(const struct runner *runner, const struct connection *connection, enum end at,
                 const struct kernel_socket *socket)
{
	int actor = connection->actor[at];
	return socket->receive_queue > 0 && actor != ACTOR_NONE && !plan_student(runner->test, actor);
}

/* One end is played by the reference's own TCP, and the kernel of the other has a timer for what it has sent (RFC 6298),
 * or probes a window (RFC 9293, section 3.8.6.1) that is open by now. */
static bool sent_again(struct runner *runner, const struct connection *connection)
{
	for (enum end at = END_CLIENT; at <= END_SERVER; at++) {
		struct peer_end_now own;
		struct kernel_socket other;
		if (!peer_end_state(runner->peer, &connection->address[at], &connection->address[!at], &own))
			continue;
		if (!kernel_get(runner->kernel, &connection->address[!at], &connection->address[at], &other) || !other.found)
			continue;
		if (other.timer == KERNEL_RETRANSMITS || (other.timer == KERNEL_PROBES && !own.window_closed))
			return true;
	}
	return false;
}

/* Bytes that one end has not got across while the other has room: the kernel will deliver them by a timer of its own
 * (RFC 9293, sections 3.8.1 and 3.8.6.1: retransmission, probing zero windows). */
static bool in_flight(struct runner *runner)
{
	for (size_t i = 0; runner->kernel != NULL && i < connections_count(runner->connections); i++) {
		const struct connection *connection = connections_at(runner->connections, (int)i);
		/* Also where nothing is captured, so that no state follows from it. */
		if (runner->test->test->network == NETWORK_RAW && sent_again(runner, connection))
			return true;
		if (connection->state[END_CLIENT] == STATE_CLOSED || connection->reset[END_CLIENT] ||
		    connection->reset[END_SERVER] || connection->over[END_CLIENT] || connection->over[END_SERVER])
			continue;
		struct kernel_socket end[2];
		bool known = true;
		for (enum end at = END_CLIENT; at <= END_SERVER; at++)
			known = known &&
			        kernel_get(runner->kernel, &connection->address[at], &connection->address[!at], &end[at]) &&
			        end[at].found;
		for (enum end at = END_CLIENT; known && at <= END_SERVER; at++) {
			if (end[at].send_queue > 0 && end[!at].receive_queue == 0 && !deaf(runner, connection, at, &end[at]))
				return true;
		}
	}
	return false;
}

/* A `wait` line.  Virtual time goes on to its end, from one timer of the program's to the next; what a program has done
 * at so many of them it will do at all. */
enum { WAIT_BEATS = 400, WAIT_REAL_NS = 1000000000 };

static int64_t wait_on(struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	int64_t end_ns = runner->wait_until_ns - tracer_ahead(runner->tracer), next_ns = end_ns;
	if (activity->until_ns >= 0 && activity->until_ns < end_ns && runner->wait_beats++ < WAIT_BEATS)
		next_ns = activity->until_ns;
	if (now_ns < end_ns && runner->test->virtual_time) {
		if (tracer_jump(runner->tracer, next_ns))
			return 0;
		/* A timer of the kernel's is armed: the clock stays, and so does the grader's patience. */
		if (end_ns - now_ns > WAIT_REAL_NS)
			runner->wait_until_ns -= end_ns - now_ns - WAIT_REAL_NS;
		end_ns = runner->wait_until_ns - tracer_ahead(runner->tracer);
	}
	runner_advance(runner);
	return end_ns > now_ns ? end_ns - now_ns : 0;
}

/* What the kernel sends again by a timer of its own may have come just before it was asked. */
static bool segments_came(struct runner *runner)
{
	uint64_t before = runner->progress;
	runner_drain(runner);
	return peer_pending(runner->peer) || runner->progress != before;
}

/* The program rests: what waited for that begins.  True when it is not known yet what that leads to; *sleep_ns says how
 * long to wait for it. */
static bool rest_begins(struct runner *runner, const struct activity *activity, int64_t *sleep_ns)
{
	*sleep_ns = 0;
	if (runner->wait_until_ns != 0) {
		*sleep_ns = wait_on(runner, activity, runner_now());
		return true;
	}
	if (tracer_interrupt(runner->tracer))
		return true;
	if (runner_advance_at_rest(runner) || runner->over || peer_quiet(runner->peer))
		return true;
	int64_t patience_ns = peer_patience_ns(runner->peer);
	if (patience_ns < 0 && !syn_comes_again(runner) && !in_flight(runner))
		return segments_came(runner);
	if (runner->slept_ns >= runner->test->limits.time_ns) {
		limits_time_reached(runner, activity->blocked_count > 0 ? activity->blocked[0].actor : ACTOR_NONE);
		return true;
	}
	if (patience_ns < 0 || patience_ns > SLEEP_LONGEST_NS)
		patience_ns = SLEEP_LONGEST_NS;
	runner->slept_ns += patience_ns;
	*sleep_ns = patience_ns;
	return true;
}

/* First what waited for that; then what a timer may still bring; then what that decides. */
static int64_t rest(struct runner *runner, const struct activity *activity, enum quiet_reason reason, int64_t now_ns)
{
	int64_t sleep_ns;
	if (rest_begins(runner, activity, &sleep_ns))
		return sleep_ns;
	if (reason == QUIET_FOREVER && activity->until_ns >= 0)
		return wait_for_timer(runner, activity, now_ns);
	decide(runner, activity, reason);
	return 0;
}

/* All sleep but those that get nowhere, and the test allows that: nothing will come of it but by the peer or the harness.
 * One that makes no call at all may still compute something: it goes on until its CPU time decides, unless nothing
 * is asked of it any more.  Returns how long to wait, ns; -1: nothing follows from this yet. */
static int64_t rest_astray(struct runner *runner, const struct activity *activity, int64_t now_ns)
{
	struct astray *astray = &runner->astray;
	runner_drain(runner);
	programs_read(runner);
	if (peer_pending(runner->peer) || astray->progress != runner->progress) {
		*astray = (struct astray){.progress = runner->progress, .turned_ns = now_ns, .cpu_ns = activity->cpu_ns};
		tracer_turn(runner->tracer, true);
		return 0;
	}
	if (!activity->turned || (activity->naps && now_ns - astray->turned_ns < TURN_NAPPING_NS))
		return -1;
	/* Whoever reads the end of a stream again and again is not waiting for a time. */
	struct spin spin;
	bool ended = tracer_spin(runner->tracer, 1, &spin) && spin.result == 0 && call_reads(spin.call);
	astray->turns++;
	astray->turned_ns = now_ns;
	tracer_turn(runner->tracer, false);
	int64_t sleep_ns;
	if (astray->turns < (activity->naps ? ACTION_TURNS_NAPPING : ACTION_TURNS))
		return -1;
	if (rest_begins(runner, activity, &sleep_ns))
		return sleep_ns;
	if (astray->turns < (activity->naps ? DECISION_TURNS_NAPPING : DECISION_TURNS) ||
	    activity->rounds < DECISION_ROUNDS)
		return -1;
	if (matcher_wants_timers(runner->matcher) &&
	    (!activity->repeats || (activity->timer_ns >= 0 && !rhythm_found(runner, activity, now_ns))))
		return -1;
	if (!ended && counts_time(runner) && activity->cpu_ns - astray->cpu_ns < SPIN_CPU_NS)
		return -1;
	decide(runner, activity, QUIET_SPINNING);
	return 0;
}

void quiet_check_spin(struct runner *runner)
{
	struct spin spin;
	if (runner->children > CHILDREN_MOST && limits_box_full(runner))
		return;
	if (runner->over || !tracer_spin(runner->tracer, SPIN_LEAST, &spin))
		return;
	if (!spin_allowed(runner)) {
		if (spin.weight >= (spin.result == 0 && call_reads(spin.call) ? SPIN_ZERO_READS : SPIN_ERRORS))
			spin_emit(runner, &spin, 0);
		return;
	}
	struct activity activity;
	int64_t now_ns = runner_now();
	tracer_look(runner->tracer, now_ns + runner->test->limits.time_ns - runner->slept_ns, &activity);
	bool together = activity.kind == ACTIVITY_RUNNING && activity.shared;
	if (together) {
		activity.repeats = activity.turned = activity.naps = true;
		activity.rounds = activity.cpu_ns - runner->astray.cpu_ns >= SPIN_TURN_NS ? DECISION_ROUNDS : 0;
	}
	if (together || activity.kind == ACTIVITY_ASTRAY)
		rest_astray(runner, &activity, now_ns);
}

/* It runs: by its CPU time, never by the clock on the wall, it is decided whether that leads anywhere. */
static void watch_running(struct runner *runner, const struct activity *activity)
{
	quiet_check_spin(runner);
	if (runner->over)
		return;
	if (runner->cpu_progress != runner->progress) {
		runner->cpu_progress = runner->progress;
		runner->cpu_progress_ns = activity->cpu_ns;
	}
	struct spin spin = {.actor = limits_actor(runner),
	                    .call = CALL_OTHER,
	                    .descriptor = DESCRIPTOR_NONE,
	                    .connection = CONNECTION_NONE};
	int64_t burnt_ns = activity->cpu_ns - runner->cpu_progress_ns;
	if (burnt_ns < runner->box_looked_ns)
		runner->box_looked_ns = 0;
	if (burnt_ns - runner->box_looked_ns > BOX_LOOK_NS) {
		runner->box_looked_ns = burnt_ns;
		if (limits_box_full(runner))
			return;
	}
	/* A run-time system may compile the whole program before its first line runs: that has the test's own limit. */
	bool much = burnt_ns > SPIN_CPU_NS && !runner->starting;
	if (much && spin_allowed(runner) && activity->kind == ACTIVITY_ASTRAY && matcher_wants_counts(runner->matcher))
		decide(runner, activity, QUIET_SPINNING);
	else if (burnt_ns > SPIN_CPU_NS && runner->children > CHILDREN_ODD)
		limits_emit(runner, spin.actor, LIMIT_PROCESSES, (int64_t)runner->children - 1);
	else if (much)
		spin_emit(runner, &spin, burnt_ns);
	else if (activity->cpu_ns > runner->test->limits.time_ns || limits_stand_for_ever(runner, activity, runner_now()))
		limits_time_reached(runner, spin.actor);
}

int64_t quiet_decide(struct runner *runner, int64_t last_sleep_ns)
{
	struct activity activity;
	int64_t now_ns = runner_now();
	int64_t horizon_ns = now_ns + runner->test->limits.time_ns - runner->slept_ns;
	if (horizon_ns < runner->wait_until_ns - tracer_ahead(runner->tracer))
		horizon_ns = runner->wait_until_ns - tracer_ahead(runner->tracer);
	tracer_look(runner->tracer, horizon_ns, &activity);
	if (runner->killed && limits_box_full(runner))
		return 0;
	runner->killed = false;
	if (activity.kind == ACTIVITY_RUNNING || activity.kind == ACTIVITY_ASTRAY) {
		int64_t rest_ns =
			activity.kind == ACTIVITY_ASTRAY && spin_allowed(runner) ? rest_astray(runner, &activity, now_ns) : -1;
		if (rest_ns > 0 || runner->over)
			return rest_ns;
		watch_running(runner, &activity);
		int64_t sleep_ns = last_sleep_ns < SLEEP_FIRST_NS ? SLEEP_FIRST_NS : last_sleep_ns * 2;
		return sleep_ns > SLEEP_LONGEST_NS ? SLEEP_LONGEST_NS : sleep_ns;
	}
	/* Both looks fell on one instant; what had arrived before it is handled first. */
	if (runner_has_news(runner))
		return tracer_patience(runner->tracer);
	int64_t sleep_ns = rest(runner, &activity, activity.kind == ACTIVITY_GONE ? QUIET_GONE : QUIET_FOREVER, now_ns);
	return sleep_ns > 0 ? sleep_ns : tracer_patience(runner->tracer);
}
