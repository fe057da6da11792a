#include "judge/findings.h"

#include "base/text.h"
#include "timeline/timeline.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *const follows[] = {"exits-on-client-error", "exits-on-eof",
                                      "one-shot-server",       "half-close-drops-data",
                                      "never-closed",          "client-closes-too-early",
                                      "input-not-sent",        "reply-not-printed",
                                      "uncaught-exception",    "client-stops-after-one-read",
                                      "datagram-truncated",    "datagram-read-in-pieces",
                                      "closed-unread-data",    "connection-not-watched",
                                      "reply-not-sent",        NULL};

static bool signalled(const struct inquiry *inquiry, int actor, int number)
{
	for (size_t i = 0; i < inquiry->story->signal_count; i++) {
		if (inquiry->story->signals[i].actor == actor && inquiry->story->signals[i].number == number)
			return true;
	}
	return false;
}

/* The signal's arrival, which knows where in the program that was; else its end. */
static uint32_t arrival(const struct inquiry *inquiry, const struct story_process *process, int number)
{
	for (size_t i = process->ended; i-- > process->born;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_SIGNAL && event->pid == process->pid && event->process.status == number)
			return event->number;
	}
	return process->ended;
}

/* C++ ends a program by SIGABRT for an exception that nobody caught, and says so: other findings know more of that. */
static bool exception_told(const struct inquiry *inquiry, int actor)
{
	static const char words[] = "terminate called ";
	const struct story_bytes *printed = &inquiry->story->actors[actor].output[1];
	return printed->length > 0 && memmem(printed->bytes, printed->length, words, strlen(words)) != NULL;
}

static void detect(struct inquiry *inquiry)
{
	static const int deadly[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGXFSZ};
	for (size_t i = 0; i < inquiry->story->process_count; i++) {
		const struct story_process *process = &inquiry->story->processes[i];
		if (process->ended == STORY_NONE || process->actor < 0 || !WIFSIGNALED(process->status))
			continue;
		for (size_t j = 0; j < sizeof(deadly) / sizeof(deadly[0]); j++) {
			if (WTERMSIG(process->status) != deadly[j] || signalled(inquiry, process->actor, deadly[j]) ||
			    (deadly[j] == SIGABRT && exception_told(inquiry, process->actor)))
				continue;
			TEXT_AUTO name = {0};
			story_signal_name(deadly[j], &name);
			finding_add(inquiry, process->actor, EVENTS(arrival(inquiry, process, deadly[j]), process->ended),
			            "%s was killed by %s%s.", process->main ? "the program" : "a child of the program",
			            text_string(&name), deadly[j] == SIGXFSZ ? ": a file that it wrote grew past the limit" : "");
		}
	}
}

const struct finding_row finding_crashed = {
	.id = "crashed",
	.title = "The program crashed",
	.explanation = "A signal such as SIGSEGV or SIGABRT ended the program: a pointer or an index went outside "
				   "its object, memory was freed twice, or an assertion failed.",
	.source = "signal(7)",
	.mend = "Build with -g -fsanitize=address,undefined and run the same input again: the sanitizer names "
			"the line.",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
