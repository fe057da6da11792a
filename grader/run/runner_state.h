/* Private to run/: the runner's parts and what they know together. */
#pragma once

#include "base/text.h"
#include "judge/matcher.h"
#include "peer/peer.h"
#include "run/runner.h"
#include "sandbox/box.h"
#include "timeline/timeline.h"
#include "watch/capture.h"
#include "watch/connections.h"
#include "watch/kernel.h"
#include "watch/tracer.h"

/* The program of one actor; launched again, it is another program. */
struct program {
	bool named; /* some line has named the actor by now */
	bool launched;
	bool listens; /* told, where its calls are not seen */
	struct box_program box;
	struct text input; /* not yet taken by the pipe */
	size_t input_taken;
	bool input_ends; /* close the pipe when everything is taken */
	uint64_t output_bytes;
};

/* A waker by timer that leads nowhere: the program sleeps, wakes, does nothing that counts, sleeps again. */
struct rhythm {
	uint64_t fingerprint;
	uint64_t progress;
	int64_t until_ns, since_ns;
	int64_t latest_ns; /* when the last of the timers expires that ran at its beginning */
	unsigned beats;
};

/* Some thread repeats barren calls, or burns CPU without a call, and all others sleep. */
struct astray {
	uint64_t progress; /* since this value of the runner's */
	unsigned turns; /* so often has everyone had the processor since */
	int64_t turned_ns; /* when the last of these ended */
	int64_t cpu_ns; /* CPU time of the programs when it began */
};

/* What one thread has read from its standard input another may learn of only when it wakes by its timer. */
struct handover {
	bool due; /* it was given input */
	unsigned beats; /* timers waited for since */
	int64_t until_ns; /* the last of them */
};

struct runner {
	const struct plan_test *test;
	struct arena *arena;
	struct box *box;
	struct capture *capture; /* NULL on rungs without */
	struct kernel *kernel; /* NULL where the kernel does not answer */
	struct connections *connections;
	struct tracer *tracer;
	const char *folder, *sources; /* of the submission: as programs name it, and on the host */
	struct peer *peer;
	struct matcher *matcher;
	struct timeline *timeline;
	struct text unsent; /* records for the parent */
	int report, epoll, signals;
	int64_t start_ns; /* CLOCK_MONOTONIC */
	enum rung rung;
	int lease; /* of a port on a shared network (port.h), else -1 */
	struct program *programs; /* by actor */
	const struct line **begun; /* actions that have begun and not ended */
	size_t begun_count, begun_capacity;
	int64_t wait_until_ns; /* of a `wait` line, on the programs' clock; 0: none */
	unsigned wait_beats; /* timers it has lived through */
	const struct line *postponed; /* due, but it waits until the program rests; NULL */
	unsigned unnamed; /* programs that no line has named yet */
	bool keeps_time; /* the student writes a client, or a datagram is lost: time-outs of the program's own count */
	bool *together; /* by line: it stands in a branch of a `together` */
	int standing; /* the actor whose program stands at the end of a call just now; ACTOR_NONE */
	bool resting; /* it rests: what waited for that may begin */
	bool advancing; /* actions are being begun further up the stack */
	bool holding; /* some role is held: the next action waits until the program stands */
	bool unsettled; /* an action was done since the program last stood */
	bool confirm; /* a student's end sent FIN or RST: ask the kernel who holds it */
	bool starting; /* the program that was started last has made no call yet */
	uint64_t progress; /* counts the events that lead somewhere */
	uint64_t children; /* made since anything else led somewhere */
	bool killed; /* some program was, and it is not known yet whether by the box */
	int64_t box_looked_ns; /* CPU time since the last progress when the box's limits were looked at */
	uint64_t bustle; /* children that came or went, and lines printed, since anything else led somewhere */
	uint64_t quiet_told; /* its value at the last EVENT_QUIET */
	struct astray astray;
	struct rhythm rhythm;
	struct handover handover;
	int64_t slept_ns; /* spent waiting for the program's own timers */
	int64_t own_cpu_ns; /* that this process had burnt when the test began */
	unsigned busy_turns; /* with news */
	int64_t burning_ns, burnt_ns; /* when the programs were last seen to have burnt CPU time, and how much by then */
	int64_t cpu_progress_ns; /* CPU time of the programs when progress last changed */
	uint64_t cpu_progress;
	uint64_t dropped;
	bool over; /* nothing more is to be played */
	const char *failure; /* why the harness could not; NULL */
};

int64_t runner_now(void);

/* Takes an event into the timeline, the matcher and the report, then begins what became due. */
void runner_emit(void *runner, struct event *);
/* Takes captured segments into the timeline first. */
void runner_drain(void *runner);
/* True when something waits to be handled: events of any source, or bytes in the peer's sockets. */
bool runner_has_news(struct runner *);
/* Begins every action that is due, and ends those that are done. */
void runner_advance(struct runner *);
/* The program rests: the same with what waited for that.  True when something was done. */
bool runner_advance_at_rest(struct runner *);
/* Launches the programs of student's roles that a current line names for the first time. */
void runner_launch_named(struct runner *);

/* limits.c */
/* Children that a program may make while nothing else happens: a correct one makes some before its first client comes.
 * Where it burns its CPU time beside more than some, they are why. */
enum { CHILDREN_MOST = 1000, CHILDREN_ODD = 64 };
/* The test is over by this limit. */
void limits_emit(struct runner *, int actor, enum limit_kind, int64_t value);
/* By that of its time. */
void limits_time_reached(struct runner *, int actor);
/* The last actor of whom a program is alive. */
int limits_actor(const struct runner *);
/* The box refuses what the program wants, or a child follows a child and nothing else happens: true when the test ended
 * by that. */
bool limits_box_full(struct runner *);
/* Nobody has burnt CPU time for as long as the whole test may last, and nobody is about to. */
bool limits_stand_for_ever(struct runner *, const struct activity *, int64_t now_ns);
/* After each turn that had news: ends the test of a program that keeps its tracer busy with calls that are no row. */
void limits_check_labour(struct runner *);
/* CPU time that this process has burnt, ns. */
int64_t limits_own_cpu(void);

/* news.c */
/* True when the event leads somewhere: the program did something that it could not do for ever. */
bool news_count(struct runner *, const struct event *);

/* actions.c */
void action_begin(struct runner *, const struct line *);
/* Ends the actions that are done; true when one was. */
bool actions_end_done(struct runner *);
/* Everything is quiet: what is not done will not be. */
void actions_give_up(struct runner *);

/* programs.c */
bool program_launch(struct runner *, int actor);
void program_feed(struct runner *, int actor, const struct data *, bool end);
/* The epoll reported the program's stream: actor * 4 + stream (0 input, 1 output, 2 errors). */
void program_ready(struct runner *, uint64_t tag);
/* Reads what the programs have printed; true when there was something. */
bool programs_read(struct runner *);
/* The pipe with this inode is a standard stream of some program. */
bool programs_own(void *runner, uint64_t inode);
/* Their streams, when they are over. */
void programs_release(struct runner *);

/* evidence.c */
/* Over UDP: which conversation a call of a student's program belongs to.  (evidence_datagrams.c) */
void datagram_resolve(struct runner *, struct event *);
/* Before the event goes into the timeline: which connection a socket belongs to. */
void evidence_resolve(struct runner *, struct event *);
/* After it: what the kernel has to be asked because of it. */
void evidence_follow(struct runner *, const struct event *);
/* Nothing is there for a read or accept of the program: it is about to wait. */
bool evidence_would_block(void *runner, const struct entry *);
/* Asks the kernel about the student's ends of all connections (those that sent FIN only, or all). */
void evidence_confirm(struct runner *, bool all);
/* At a quiet moment: states, counts and where each thread is blocked. */
void evidence_quiet(struct runner *, const struct activity *);

/* instruments.c */
/* Opens what watches the network of the runner's box, or takes what is open in it.  False with `diags`. */
bool instruments_take(struct runner *, struct instruments *, struct diags *);
/* The test is over, and the reference has closed its sockets: ends what is left of its connections, so that the next
 * test can have the network. */
void instruments_give(struct runner *, struct instruments *);

/* source.c */
/* The test is over: tells the lines of the source that its verdict speaks of.  Ahead of box_end, behind which this process
 * can have no children any more. */
void runner_sources(struct runner *);
