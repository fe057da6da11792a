#include "judge/findings.h"

#include "base/text.h"
#include "timeline/timeline.h"

#include <signal.h>
#include <string.h>

static const char *const follows[] = {"exits-on-eof",
                                      "one-shot-server",
                                      "fixed-number-served",
                                      "closed-unread-data",
                                      "short-write-ignored",
                                      "half-close-drops-data",
                                      "never-closed",
                                      "reply-not-sent",
                                      "connection-not-watched",
                                      "closes-after-one-message",
                                      "one-read-one-message",
                                      "wrong-client-dropped",
                                      "ended-before-listening",
                                      "listen-missing",
                                      "resets-instead-of-closing",
                                      "drops-last-line",
                                      "client-closes-too-early",
                                      "client-stops-after-one-read",
                                      "input-not-sent",
                                      "reply-not-printed",
                                      "failure-status-on-success",
                                      "loss-not-repaired",
                                      "exits-on-datagram",
                                      NULL};

/* How run-time systems announce an exception that nobody caught, and where its name stands: behind the announcement
 * (to the end of the line), in the next line, or in the last line of a traceback. */
enum where { BEHIND, NEXT_LINE, TRACEBACK };

static const struct {
	const char *words;
	enum where place;
} announcements[] = {
	{"Traceback (most recent call last):\n", TRACEBACK},
	{"Exception in thread \"", BEHIND},
	{"panicked at ", NEXT_LINE},
	{"\npanic: ", BEHIND},
	{"terminate called after throwing an instance of ", NEXT_LINE},
	{"terminate called without an active exception", NEXT_LINE},
	{"Unhandled 'error' event", TRACEBACK},
};

/* On a server: those of one client. */
static const char *const harmless[] = {"ConnectionReset", "BrokenPipe", "Connection reset", "Broken pipe",
                                       "ECONNRESET",      "EPIPE",      "not connected"};

static size_t line_end(const struct story_bytes *output, size_t at)
{
	const uint8_t *end = at < output->length ? memchr(output->bytes + at, '\n', output->length - at) : NULL;
	return end != NULL ? (size_t)(end - output->bytes) : output->length;
}

/* The first line behind `at` that begins with a letter: those of a traceback before it are indented, or empty. */
static size_t unindented(const struct story_bytes *output, size_t at)
{
	while (at < output->length && (output->bytes[at] == ' ' || output->bytes[at] == '\t' || output->bytes[at] == '^' ||
	                               output->bytes[at] == '\n'))
		at = line_end(output, at) + 1;
	return at;
}

/* Behind the next traceback, where Python says that it comes from the one before `at`; SIZE_MAX. */
static size_t chained(const struct story_bytes *output, size_t at)
{
	static const char *const links[] = {"the above exception, another exception occurred:\n\n",
	                                    "direct cause of the following exception:\n\n"};
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		const uint8_t *found = memmem(output->bytes + at, output->length - at, links[i], strlen(links[i]));
		if (found != NULL)
			return line_end(output, (size_t)(found - output->bytes) + strlen(links[i])) + 1 < output->length
			           ? line_end(output, (size_t)(found - output->bytes) + strlen(links[i])) + 1
			           : SIZE_MAX;
	}
	return SIZE_MAX;
}

/* The name of the first exception that ended more than one client's connection: how it was announced, or NULL. */
static const char *exception(const struct story_bytes *output, bool server, struct text *words)
{
	for (size_t i = 0; i < sizeof(announcements) / sizeof(announcements[0]); i++) {
		size_t length = strlen(announcements[i].words);
		const uint8_t *found = memmem(output->bytes, output->length, announcements[i].words, length);
		/* At the beginning there is no line before it. */
		if (found == NULL && announcements[i].words[0] == '\n' && output->length > length &&
		    memcmp(output->bytes, announcements[i].words + 1, length - 1) == 0)
			found = output->bytes - 1;
		if (found == NULL)
			continue;
		size_t from = (size_t)(found + length - output->bytes);
		for (size_t next = from; announcements[i].place == TRACEBACK && next < SIZE_MAX; next = chained(output, from))
			from = next;
		if (announcements[i].place == NEXT_LINE) {
			size_t next = line_end(output, from) + 1;
			from = next < output->length && output->bytes[next] != '\n' ? next : (size_t)(found - output->bytes);
		} else if (announcements[i].place == TRACEBACK) {
			from = unindented(output, line_end(output, from - 1) + 1);
		}
		if (from >= output->length)
			continue;
		while (from < output->length && output->bytes[from] == ' ')
			from++;
		/* C++ puts that before what the exception says. */
		static const char says[] = "what():  ";
		if (output->length - from > sizeof(says) && memcmp(output->bytes + from, says, sizeof(says) - 1) == 0)
			from += sizeof(says) - 1;
		text_escaped(words, output->bytes + from, line_end(output, from) - from, 160, false);
		if (strstr(text_string(words), "KeyboardInterrupt") != NULL)
			return NULL;
		for (size_t j = 0; server && j < sizeof(harmless) / sizeof(harmless[0]); j++)
			if (strstr(text_string(words), harmless[j]) != NULL)
				return NULL;
		return announcements[i].words + (found < output->bytes ? 1 : 0);
	}
	return NULL;
}

/* Where std::terminate() aborted the program, which knows the line. */
static uint32_t raised(const struct inquiry *inquiry, int actor)
{
	for (size_t i = inquiry->timeline->count; i-- > 0;) {
		const struct event *event = &inquiry->timeline->events[i];
		if (event->kind == EVENT_SIGNAL && event->actor == actor && event->process.status == SIGABRT)
			return event->number;
	}
	return STORY_NONE;
}

static void detect(struct inquiry *inquiry)
{
	for (int actor = 0; actor < (int)inquiry->test->test->actor_count; actor++) {
		const struct story_actor *program = &inquiry->story->actors[actor];
		TEXT_AUTO words = {0};
		bool ended = inquiry_exited(inquiry, actor);
		bool wanted = inquiry_exit_met(inquiry, actor);
		if (!plan_student(inquiry->test, actor) || wanted || (!ended && !inquiry->failed) ||
		    program->output[1].length == 0)
			continue;
		const char *cry = exception(&program->output[1], story_end_of(inquiry->story, actor) == END_SERVER, &words);
		const char *who = ended ? "the program ended" : "a thread of the program ended";
		uint32_t abort = raised(inquiry, actor);
		if (cry != NULL && abort != STORY_NONE)
			finding_add(inquiry, actor, EVENTS(abort), "%s because nobody caught this: %s", who, text_string(&words));
		else if (cry != NULL)
			finding_add_printed(inquiry, actor, cry, text_string(&words), "%s because nobody caught this: %s", who,
			                    text_string(&words));
	}
}

const struct finding_row finding_uncaught_exception = {
	.id = "uncaught-exception",
	.title = "Nobody caught an exception",
	.explanation =
		"An exception (a panic in Go and Rust) that nobody catches ends the thread in which it was raised; in the "
		"main thread, and in C++, Go and Node anywhere, it ends the whole program. The line in your source stands in "
		"what the program printed on standard error. C++ says \"without an active exception\" where a std::thread was "
		"destroyed that nobody had joined or detached.",
	.source = "the manual of the language",
	.mend = "Find that line, and handle the case: catch the exception where one client is served, so that it ends that "
			"client's connection at most, or test before you call (unwrap() and [] do not).",
	.detect = detect,
	.detect_datagrams = detect,
	.follows = follows,
};
