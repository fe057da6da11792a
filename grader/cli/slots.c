#include "cli/slots.h"

#include "cli/class.h"
#include "cli/cli.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A submission's turns: one, and one more when the harness failed. */
enum { TURNS = 2, PROGRESS_MS = 1000 };
/* For mallopt(3), in bytes. */
enum { KEPT_MOST = 32 << 20 };

struct slot {
	pid_t worker; /* 0: free */
	int pipe, cpu;
	size_t entry;
	unsigned turn;
};

struct schedule {
	const struct class_batch *batch;
	struct slots_outcome *outcome;
	struct slot slots[SLOTS_MOST];
	unsigned count;
	size_t next, wanted, finished;
	int64_t began_ms, told_ms;
	size_t told; /* finished when the last line was written */
	bool terminal;
};

static unsigned processors(int cpus[SLOTS_MOST])
{
	cpu_set_t set;
	unsigned count = 0;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	for (int i = 0; i < CPU_SETSIZE && count < SLOTS_MOST; i++) {
		if (CPU_ISSET((size_t)i, &set))
			cpus[count++] = i;
	}
	return count;
}

unsigned slots_usual(void)
{
	int cpus[SLOTS_MOST];
	unsigned count = processors(cpus);
	return count == 0 ? 1 : count < SLOTS_MOST / 2 ? 2 * count : SLOTS_MOST;
}

/* The processor that has the fewest workers; -1: any. */
static int processor_choose(const struct schedule *schedule)
{
	int cpus[SLOTS_MOST], best = -1;
	unsigned count = processors(cpus), least = 0;
	for (unsigned i = 0; i < count; i++) {
		unsigned busy = 0;
		for (unsigned j = 0; j < schedule->count; j++)
			busy += schedule->slots[j].worker != 0 && schedule->slots[j].cpu == cpus[i];
		if (best < 0 || busy < least) {
			best = cpus[i];
			least = busy;
		}
	}
	return best;
}

static _Noreturn void worker(const struct schedule *schedule, unsigned slot, int pipe)
{
	/* A worker outlives neither its batch nor its processor: a program and what watches it share one. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (schedule->slots[slot].cpu >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET((size_t)schedule->slots[slot].cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	size_t entry = schedule->slots[slot].entry;
	unsigned turn = schedule->slots[slot].turn;
	/* What one test's timeline took serves the next: its pages need not come from the kernel each time. */
	mallopt(M_MMAP_THRESHOLD, KEPT_MOST);
	mallopt(M_TRIM_THRESHOLD, KEPT_MOST);
	enum class_word word = turn > TURNS ? class_give_up(schedule->batch, entry, "its worker died, twice")
	                                    : class_grade(schedule->batch, entry, turn == TURNS);
	char byte = (char)word;
	_exit(fd_write_all(pipe, &byte, 1) ? EXIT_ALL_PASSED : EXIT_HARNESS);
}

static bool slot_start(struct schedule *schedule, unsigned at, size_t entry, unsigned turn)
{
	struct slot *slot = &schedule->slots[at];
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	*slot = (struct slot){.pipe = ends[0], .cpu = processor_choose(schedule), .entry = entry, .turn = turn};
	fflush(NULL);
	pid_t parent = getpid();
	slot->worker = fork();
	if (slot->worker == 0) {
		if (getppid() != parent)
			_exit(EXIT_HARNESS);
		worker(schedule, at, ends[1]);
	}
	fd_close(&ends[1]);
	if (slot->worker > 0)
		return true;
	fd_close(&slot->pipe);
	slot->worker = 0;
	return false;
}

/* What the worker said, CLASS_AGAIN when it died without a word. */
static enum class_word slot_end(struct slot *slot)
{
	char byte = CLASS_AGAIN;
	while (read(slot->pipe, &byte, 1) < 0 && errno == EINTR)
		continue;
	while (waitpid(slot->worker, NULL, 0) < 0 && errno == EINTR)
		continue;
	fd_close(&slot->pipe);
	slot->worker = 0;
	return (enum class_word)byte;
}

static void progress(struct schedule *schedule, bool last)
{
	int64_t now = now_ms();
	bool due =
		schedule->terminal ? now - schedule->told_ms >= PROGRESS_MS / 4 : now - schedule->told_ms >= 10 * PROGRESS_MS;
	if (!due && !last)
		return;
	if (!schedule->terminal && schedule->told == schedule->finished && !last)
		return;
	size_t running = 0;
	for (unsigned i = 0; i < schedule->count; i++)
		running += schedule->slots[i].worker != 0;
	double seconds = (double)(now - schedule->began_ms) / 1000;
	double rate = seconds > 0 ? (double)schedule->finished / seconds : 0;
	TEXT_AUTO text = {0};
	text_printf(&text, "%s%zu of %zu graded", schedule->terminal ? "\r\033[K" : "", schedule->finished,
	            schedule->wanted);
	if (!last)
		text_printf(&text, ", %zu running", running);
	if (rate > 0)
		text_printf(&text, ", %.1f a minute", rate * 60);
	if (!last && rate > 0) {
		unsigned left = (unsigned)((double)(schedule->wanted - schedule->finished) / rate);
		text_printf(&text, ", %u:%02u left", left / 60, left % 60);
	}
	if (!schedule->terminal || last)
		text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
	schedule->told_ms = now;
	schedule->told = schedule->finished;
}

/* Takes what a worker came to; false when nothing can go on. */
static bool slot_finished(struct schedule *schedule, unsigned at)
{
	struct slot *slot = &schedule->slots[at];
	size_t entry = slot->entry;
	unsigned turn = slot->turn;
	enum class_word word = slot_end(slot);
	switch (word) {
	case CLASS_GRADED:
		schedule->outcome->graded++;
		break;
	case CLASS_KNOWN:
		schedule->outcome->known++;
		break;
	case CLASS_STAFF:
		schedule->outcome->staff++;
		break;
	case CLASS_BOOK:
		schedule->outcome->book_failed = true;
		return false;
	case CLASS_AGAIN:
		/* The turn behind the last only writes down that there is no result. */
		if (turn <= TURNS && slot_start(schedule, at, entry, turn + 1))
			return true;
		schedule->outcome->staff++;
		print_error("%s could not be graded", schedule->batch->entries[entry].submission->folder);
		break;
	}
	schedule->finished++;
	return true;
}

static void slots_fill(struct schedule *schedule)
{
	for (unsigned i = 0; i < schedule->count; i++) {
		while (schedule->next < schedule->batch->count && (schedule->batch->entries[schedule->next].student == NULL ||
		                                                   schedule->batch->entries[schedule->next].done))
			schedule->next++;
		if (schedule->slots[i].worker != 0 || schedule->next == schedule->batch->count)
			continue;
		if (!slot_start(schedule, i, schedule->next, 1))
			return; /* no process to be had now: the next free slot tries again */
		schedule->next++;
	}
}

/* A worker's keeper outlives it for as long as it takes to end the programs and to remove the files: they become this
 * process's children (PR_SET_CHILD_SUBREAPER). */
static void slots_kill(struct schedule *schedule)
{
	for (unsigned i = 0; i < schedule->count; i++) {
		if (schedule->slots[i].worker == 0)
			continue;
		kill(schedule->slots[i].worker, SIGTERM);
		slot_end(&schedule->slots[i]);
	}
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
}

static bool slots_wait(struct schedule *schedule)
{
	struct pollfd polls[SLOTS_MOST];
	unsigned at[SLOTS_MOST];
	nfds_t count = 0;
	for (unsigned i = 0; i < schedule->count; i++) {
		if (schedule->slots[i].worker == 0)
			continue;
		at[count] = i;
		polls[count++] = (struct pollfd){.fd = schedule->slots[i].pipe, .events = POLLIN};
	}
	poll(polls, count, PROGRESS_MS);
	for (nfds_t i = 0; i < count; i++) {
		if (polls[i].revents != 0 && !slot_finished(schedule, at[i]))
			return false;
	}
	return true;
}

bool slots_play(const struct class_batch *batch, unsigned jobs, struct slots_outcome *outcome)
{
	*outcome = (struct slots_outcome){0};
	struct schedule schedule = {.batch = batch, .outcome = outcome, .count = jobs < SLOTS_MOST ? jobs : SLOTS_MOST};
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	schedule.terminal = isatty(STDOUT_FILENO) == 1;
	schedule.began_ms = schedule.told_ms = now_ms();
	for (size_t i = 0; i < batch->count; i++)
		schedule.wanted += batch->entries[i].student != NULL && !batch->entries[i].done;
	while (schedule.finished < schedule.wanted) {
		slots_fill(&schedule);
		progress(&schedule, false);
		if (interrupted() || !slots_wait(&schedule)) {
			slots_kill(&schedule);
			progress(&schedule, true);
			return false;
		}
	}
	progress(&schedule, true);
	return true;
}
