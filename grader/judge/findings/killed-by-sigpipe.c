#include "judge/findings.h"

#include <signal.h>
#include <sys/wait.h>

static const char *const follows[] = {"crashed",         "exits-on-client-error",       "write-error-ignored",
                                      "one-shot-server", "client-stops-after-one-read", NULL};

static bool signalled(const struct inquiry *inquiry, int actor)
{
	for (size_t i = 0; i < inquiry->story->signal_count; i++) {
		if (inquiry->story->signals[i].actor == actor && inquiry->story->signals[i].number == SIGPIPE)
			return true;
	}
	return false;
}

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; i < inquiry->story->process_count; i++) {
		const struct story_process *process = &inquiry->story->processes[i];
		if (process->ended == STORY_NONE || process->actor < 0 || !process->main || !WIFSIGNALED(process->status) ||
		    WTERMSIG(process->status) != SIGPIPE || signalled(inquiry, process->actor))
			continue;
		uint32_t last = STORY_NONE;
		int descriptor = DESCRIPTOR_NONE;
		for (struct student_end at = {0}; inquiry_next(inquiry, &at);) {
			if (at.actor == process->actor && at.mine->last_write != STORY_NONE &&
			    at.mine->last_write < process->ended && (last == STORY_NONE || at.mine->last_write > last)) {
				last = at.mine->last_write;
				descriptor = at.mine->descriptor;
			}
		}
		if (last == STORY_NONE)
			finding_add(inquiry, process->actor, EVENTS(process->ended),
			            "the program was killed by SIGPIPE when it wrote to a connection that was gone.");
		else
			finding_add(
				inquiry, process->actor, EVENTS(last, process->ended),
				"the program was killed by SIGPIPE when it wrote on descriptor %d to a connection that the other "
				"side had reset.",
				descriptor);
	}
}

const struct finding_row finding_killed_by_sigpipe = {
	.id = "killed-by-sigpipe",
	.title = "Killed by SIGPIPE",
	.robustness = true,
	.explanation = "Writing to a connection that the other side has reset makes the kernel send SIGPIPE, whose "
				   "default action is to end the process: one client that leaves early takes the whole server "
				   "with it.",
	.source = "signal(7), send(2) (MSG_NOSIGNAL), write(2) (EPIPE)",
	.mend = "At the start: signal(SIGPIPE, SIG_IGN), or send with MSG_NOSIGNAL; then write() returns -1 "
			"with EPIPE and only that connection has to be closed.",
	.detect = detect,
	.follows = follows,
};
