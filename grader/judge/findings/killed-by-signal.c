#include "judge/findings.h"

#include "base/text.h"

#include <signal.h>
#include <sys/wait.h>

static const char *const follows[] = {"never-closed", "closes-after-one-message", "half-close-drops-data",
                                      "one-shot-server", NULL};

static void detect(struct inquiry *inquiry)
{
	for (size_t i = 0; inquiry->failed && i < inquiry->story->signal_count; i++) {
		const struct story_signal *sent = &inquiry->story->signals[i];
		const struct story_actor *program = &inquiry->story->actors[sent->actor];
		if (sent->number == SIGKILL || program->exited == STORY_NONE || program->exited < sent->event ||
		    !WIFSIGNALED(program->status) || WTERMSIG(program->status) != sent->number ||
		    inquiry_exit_met(inquiry, sent->actor))
			continue;
		TEXT_AUTO name = {0};
		story_signal_name(sent->number, &name);
		finding_add(inquiry, sent->actor, EVENTS(sent->event, program->exited),
		            "%s was sent to the program and ended it: nothing in it handles that signal.", text_string(&name));
	}
}

const struct finding_row finding_killed_by_signal = {
	.id = "killed-by-signal",
	.title = "A signal ends the program",
	.explanation =
		"Most signals end a program that has said nothing else: SIGTERM and SIGINT ask it to end, SIGHUP tells "
		"that the terminal is gone. Who wants to finish first, or to go on, has to install a handler.",
	.source = "signal(7), sigaction(2)",
	.mend = "Install a handler with sigaction() that sets a flag or writes into a pipe, and let the main loop look at "
			"it; or ignore the signal with SIG_IGN.",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
