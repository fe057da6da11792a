#include "watch/timers.h"

/* alarm(2): it and setitimer(2) share one timer. */
static enum call timer_kind(enum call call)
{
	return call == CALL_ALARM ? CALL_SETITIMER : call;
}

static void timers_remove(struct timers *timers, size_t at)
{
	timers->count--;
	for (size_t i = at; i < timers->count; i++)
		timers->list[i] = timers->list[i + 1];
}

void timers_drop(struct timers *timers, enum call call, int64_t id)
{
	for (size_t i = 0; i < timers->count; i++)
		if (timers->list[i].call == timer_kind(call) && timers->list[i].id == id) {
			timers_remove(timers, i);
			return;
		}
}

void timers_set(struct timers *timers, const struct entry *entry, int64_t now_ns)
{
	/* ITIMER_VIRTUAL and ITIMER_PROF count CPU time: a blocked process never reaches them. */
	if (entry->call == CALL_SETITIMER && entry->argument != 0)
		return;
	timers_drop(timers, entry->call, entry->argument);
	if (entry->value <= 0)
		return;
	if (timers->count == TIMERS_MOST)
		timers_remove(timers, 0);
	timers->list[timers->count++] = (struct timer){
		.call = timer_kind(entry->call),
		.id = entry->argument,
		.due_ns = now_ns + entry->value,
		.period_ns = entry->period_ns,
	};
}

int64_t timers_next(struct timers *timers, int64_t now_ns)
{
	int64_t next = -1;
	for (size_t i = timers->count; i-- > 0;) {
		struct timer *timer = &timers->list[i];
		if (timer->due_ns <= now_ns && timer->period_ns <= 0) {
			timers_remove(timers, i);
			continue;
		}
		if (timer->due_ns <= now_ns)
			timer->due_ns += ((now_ns - timer->due_ns) / timer->period_ns + 1) * timer->period_ns;
		if (next < 0 || timer->due_ns < next)
			next = timer->due_ns;
	}
	return next;
}

void timers_exec(struct timers *timers)
{
	for (size_t i = timers->count; i-- > 0;)
		if (timers->list[i].call == CALL_TIMER_SETTIME)
			timers_remove(timers, i);
}
