#include "run/session.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"
#include "judge/judge.h"
#include "run/series.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { JOBS_MOST = 64 };

/* A runner at work, and what it has reported so far. */
struct job {
	int pipe; /* -1: free */
	int cpu;
	size_t test;
	uint32_t ticket; /* of the test's series */
	struct text records;
	struct timeline *timeline;
	const char *failure;
	bool ended; /* EVENT_END has come */
};

struct schedule {
	struct session *session;
	struct keeper *keeper;
	const struct session_hooks *hooks;
	struct job jobs[JOBS_MOST];
	unsigned job_count;
	const struct setback *mutation; /* NULL */
	struct series *series; /* by test */
	bool *wanted, *begun;
	int epoll;
};

static unsigned processors(int cpus[JOBS_MOST])
{
	cpu_set_t set;
	unsigned count = 0;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	for (int i = 0; i < CPU_SETSIZE && count < JOBS_MOST; i++) {
		if (CPU_ISSET((size_t)i, &set))
			cpus[count++] = i;
	}
	return count;
}

void session_judge(const struct plan *plan, size_t index, const struct timeline *timeline, const char *failure,
                   struct arena *arena, struct test_result *result)
{
	const struct plan_test *test = &plan->tests[index];
	*result = (struct test_result){.test = test->test, .max_points = test->test->points, .runs = 1};
	if (timeline != NULL && failure == NULL) {
		judge_test(test, timeline, arena, result);
		return;
	}
	result->verdict = TEST_ERROR;
	result->reason = failure != NULL ? failure : "the runner of this test died; this is not the program's fault";
}

static size_t test_at(const struct plan *plan, size_t spec_index)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->tests[i].index == spec_index)
			return i;
	}
	return plan->count;
}

/* 0: may run; 1: a required test is still open; 2: a required test did not pass, *why says which.  What evidence is
 * missing for is not held against the program. */
static int requirements(const struct schedule *schedule, size_t index, const char **why)
{
	const struct plan *plan = schedule->session->plan;
	const struct test *test = plan->tests[index].test;
	for (size_t i = 0; i < test->requires_count; i++) {
		size_t needed = test_at(plan, test->requires[i]);
		if (needed == plan->count)
			continue;
		const struct test_run *run = &schedule->session->tests[needed];
		if (!run->done)
			return 1;
		if (run->result.verdict != TEST_PASS && run->result.verdict != TEST_INCONCLUSIVE) {
			*why = plan->tests[needed].test->name;
			return 2;
		}
	}
	return 0;
}

static void want(struct schedule *schedule, size_t index)
{
	if (schedule->wanted[index])
		return;
	schedule->wanted[index] = true;
	const struct test *test = schedule->session->plan->tests[index].test;
	for (size_t i = 0; i < test->requires_count; i++) {
		size_t needed = test_at(schedule->session->plan, test->requires[i]);
		if (needed < schedule->session->plan->count)
			want(schedule, needed);
	}
}

static void decided(struct schedule *schedule, size_t index)
{
	struct test_run *run = &schedule->session->tests[index];
	run->done = true;
	if (schedule->hooks->decided != NULL)
		schedule->hooks->decided(schedule->hooks->context, index, run);
}

static void skip(struct schedule *schedule, size_t index, const char *because)
{
	struct test_run *run = &schedule->session->tests[index];
	const struct test *test = schedule->session->plan->tests[index].test;
	run->result = (struct test_result){.test = test, .verdict = TEST_SKIPPED, .max_points = test->points};
	run->result.reason = arena_printf(schedule->session->arena, "not tried: it needs %s, which did not pass", because);
	decided(schedule, index);
}

static void run_finished(struct schedule *schedule, struct job *job)
{
	struct test_run *run = &schedule->session->tests[job->test];
	struct test_result result;
	const char *failure = job->failure;
	if (failure == NULL && !job->ended)
		failure = "the runner of this test ended before its verdict; this is not the program's fault";
	session_judge(schedule->session->plan, job->test, job->timeline, failure, schedule->session->arena, &result);
	struct series *series = &schedule->series[job->test];
	/* The worst of several runs is kept: a pass that does not always pass is not one. */
	if (!run->done && series_end(series, job->ticket, result.verdict)) {
		timeline_destroy(run->timeline);
		run->timeline = job->timeline;
		run->result = result;
		run->failure = failure;
	} else {
		timeline_destroy(job->timeline);
	}
	job->timeline = NULL;
	job->failure = NULL;
	job->ended = false;
	text_release(&job->records);
	epoll_ctl(schedule->epoll, EPOLL_CTL_DEL, job->pipe, NULL);
	fd_close(&job->pipe);
	if (run->done || !series_done(series))
		return;
	run->result.unstable = series->unstable;
	run->result.runs = series_runs(series);
	decided(schedule, job->test);
}

static void records_take(struct schedule *schedule, struct job *job)
{
	size_t at = 0;
	while (at < job->records.length) {
		struct event event;
		ptrdiff_t used = event_unpack(job->records.bytes + at, job->records.length - at, &event);
		if (used == 0)
			break;
		if (used < 0) {
			job->failure = "the runner's report is damaged";
			job->records.length = 0;
			return;
		}
		timeline_append(job->timeline, &event);
		job->ended = job->ended || event.kind == EVENT_END;
		if (event.kind == EVENT_END && !event.end.complete)
			job->failure = arena_copy(schedule->session->arena, event.data, event.data_length);
		at += (size_t)used;
	}
	memmove(job->records.bytes, job->records.bytes + at, job->records.length - at);
	job->records.length -= at;
}

/* True when the job's runner has said everything. */
static bool job_read(struct schedule *schedule, struct job *job)
{
	char chunk[65536];
	for (;;) {
		ssize_t count = read(job->pipe, chunk, sizeof(chunk));
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN)
			return false;
		if (count <= 0)
			break;
		text_add(&job->records, chunk, (size_t)count);
		records_take(schedule, job);
	}
	return true;
}

/* The next test of which a run may begin now, and that run; plan->count when there is none. */
static size_t choose(struct schedule *schedule, struct variation *variation, uint32_t *ticket)
{
	const struct plan *plan = schedule->session->plan;
	for (size_t i = 0; i < plan->count; i++) {
		const char *because = NULL;
		if (!schedule->wanted[i] || schedule->session->tests[i].done)
			continue;
		int state = requirements(schedule, i, &because);
		if (state == 0 && series_next(&schedule->series[i], variation, ticket))
			return i;
		if (state == 2) {
			skip(schedule, i, because);
			i = (size_t)-1; /* what needs this one can be decided now too */
		}
	}
	return plan->count;
}

static bool job_start(struct schedule *schedule, struct job *job, struct diags *diags)
{
	struct variation variation;
	size_t index = choose(schedule, &variation, &job->ticket);
	if (index == schedule->session->plan->count)
		return false;
	if (schedule->mutation != NULL && variation.setback_count < CASE_SETBACKS_MOST)
		variation.setbacks[variation.setback_count++] = *schedule->mutation;
	const struct keeper_test test = {.job = (unsigned)(job - schedule->jobs),
	                                 .index = index,
	                                 .cpu = job->cpu,
	                                 .limits = &schedule->session->plan->tests[index].limits,
	                                 .details = &variation,
	                                 .length = sizeof(variation)};
	job->pipe = keeper_run(schedule->keeper, &test, diags);
	job->test = index;
	job->timeline = timeline_create();
	bool first = !schedule->begun[index];
	schedule->begun[index] = true;
	if (first && schedule->hooks->started != NULL)
		schedule->hooks->started(schedule->hooks->context, index);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = job};
	if (job->pipe < 0 || epoll_ctl(schedule->epoll, EPOLL_CTL_ADD, job->pipe, &event) < 0) {
		job->failure = diags->count > 0 ? diags->list[diags->count - 1].message : "a runner could not be started";
		run_finished(schedule, job);
	}
	return true;
}

static bool any_open(const struct schedule *schedule)
{
	for (unsigned i = 0; i < schedule->job_count; i++) {
		if (schedule->jobs[i].pipe >= 0)
			return true;
	}
	return false;
}

static void schedule_play(struct schedule *schedule, struct diags *diags)
{
	struct session *session = schedule->session;
	for (;;) {
		for (unsigned i = 0; i < schedule->job_count; i++) {
			while (schedule->jobs[i].pipe < 0 && job_start(schedule, &schedule->jobs[i], diags))
				continue;
		}
		if (!any_open(schedule))
			return;
		struct epoll_event ready[JOBS_MOST];
		int count = epoll_wait(schedule->epoll, ready, JOBS_MOST, -1);
		if (schedule->hooks->stop != NULL && schedule->hooks->stop(schedule->hooks->context)) {
			session->stopped = true;
			return;
		}
		for (int i = 0; i < count; i++) {
			struct job *job = ready[i].data.ptr;
			if (job_read(schedule, job))
				run_finished(schedule, job);
		}
	}
}

bool session_run(struct session *session, const struct plan *plan, struct keeper *keeper,
                 const struct session_options *options, const struct session_hooks *hooks, struct arena *arena,
                 struct diags *diags)
{
	static const struct session_hooks none;
	int cpus[JOBS_MOST];
	unsigned cpu_count = processors(cpus);
	*session = (struct session){.plan = plan, .arena = arena};
	session->tests = arena_array(arena, plan->count + 1, sizeof(struct test_run));
	struct schedule schedule = {.session = session, .keeper = keeper, .hooks = hooks != NULL ? hooks : &none};
	schedule.job_count = options->jobs > 0 ? options->jobs : cpu_count > 0 ? cpu_count : 1;
	if (schedule.job_count > JOBS_MOST)
		schedule.job_count = JOBS_MOST;
	schedule.mutation = options->mutation;
	schedule.series = arena_array(arena, plan->count + 1, sizeof(struct series));
	for (size_t i = 0; i < plan->count; i++)
		series_begin(&schedule.series[i], &plan->tests[i], options->repeat > 0 ? options->repeat : 1, arena);
	schedule.begun = arena_array(arena, plan->count + 1, sizeof(bool));
	schedule.wanted = arena_array(arena, plan->count + 1, sizeof(bool));
	for (size_t i = 0; i < plan->count; i++) {
		if (options->selected == NULL || options->selected[i])
			want(&schedule, i);
	}
	schedule.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (schedule.epoll < 0)
		return diags_errno(diags, "epoll_create1");
	for (unsigned i = 0; i < schedule.job_count; i++)
		schedule.jobs[i] = (struct job){.pipe = -1, .cpu = cpu_count > 0 ? cpus[i % cpu_count] : -1};
	schedule_play(&schedule, diags);
	for (unsigned i = 0; i < schedule.job_count; i++) {
		timeline_destroy(schedule.jobs[i].timeline);
		text_release(&schedule.jobs[i].records);
		fd_close(&schedule.jobs[i].pipe);
	}
	fd_close(&schedule.epoll);
	return true;
}

void session_release(struct session *session)
{
	for (size_t i = 0; session->tests != NULL && i < session->plan->count; i++) {
		timeline_destroy(session->tests[i].timeline);
		session->tests[i].timeline = NULL;
	}
}
