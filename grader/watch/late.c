/* Who comes late.  Threads may run in any order, and on an idle machine a new one nearly always runs first: a pointer to the
 * loop's variable does no harm there, and each child is waited for before the next one ends.  Once the program was held, a
 * thread that it makes begins when all others sleep, and a child's end (SIGCHLD) is told then, as it may be anywhere. */
#include "watch/following.h"

#include <signal.h>

/* Where the others do not sleep, nobody waits for them longer than so many stops or looks. */
enum { STOPS_MOST = 64, LOOKS_MOST = 8 };

bool late_puts_off(struct tracer *tracer, struct thread *thread, int signal_number)
{
	bool child_ended = signal_number == SIGCHLD, born = signal_number == 0 && thread->late;
	if (!tracer->was_held || thread->process == NULL || !thread->process->begun || !(child_ended || born))
		return false;
	thread->put_off = true;
	thread->put_off_signal = signal_number;
	if (!tracer->puts_off) {
		tracer->put_off_stops = tracer->stops;
		tracer->put_off_looks = 0;
	}
	tracer->puts_off = true;
	return true;
}

static void all_go_on(struct tracer *tracer)
{
	tracer->puts_off = false;
	for (size_t i = 0; i < tracer->tree.thread_count; i++) {
		struct thread *thread = tracer->tree.threads[i];
		if (!thread->put_off)
			continue;
		thread->put_off = false;
		tracer_resume_with(thread, thread->put_off_signal);
	}
}

void late_stop(struct tracer *tracer)
{
	if (tracer->puts_off && tracer->stops - tracer->put_off_stops > STOPS_MOST)
		all_go_on(tracer);
}

void late_look(struct tracer *tracer, struct activity *activity)
{
	if (!tracer->puts_off || (activity->kind == ACTIVITY_RUNNING && ++tracer->put_off_looks <= LOOKS_MOST))
		return;
	all_go_on(tracer);
	activity->kind = ACTIVITY_RUNNING;
}
