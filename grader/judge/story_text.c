#include "judge/story.h"

#include "base/text.h"
#include "model/package.h"
#include "model/language.h"
#include "timeline/timeline.h"

#include <stdlib.h>
#include <string.h>

const char *story_name(const struct story *story, int actor)
{
	if (actor < 0 || (size_t)actor >= story->test->test->actor_count)
		return "the grader";
	return story->test->test->actors[actor].name;
}

const char *story_who(const struct story *story, int actor)
{
	const char *name = story_name(story, actor);
	if (strcmp(name, "server") == 0)
		return "the server";
	return strcmp(name, "client") == 0 ? "the client" : name;
}

static const struct language *language_at(const struct story *story, int actor)
{
	bool known = actor >= 0 && (size_t)actor < story->test->test->actor_count;
	const struct language *language = known ? story->actors[actor].language : NULL;
	return language != NULL ? language : &languages[0];
}

const char *story_call_word(const struct story *story, int actor, enum call call)
{
	bool stream = story->test->spec == NULL || story->test->spec->transport == TRANSPORT_TCP;
	return language_call(language_at(story, actor), call, stream);
}

const char *story_end_word(const struct story *story, int actor)
{
	return language_at(story, actor)->end;
}

void story_errno(int error, struct text *text)
{
	const char *name = strerrorname_np(error);
	if (name != NULL)
		text_puts(text, name);
	else
		text_printf(text, "error %d", error);
}

void story_signal_name(int number, struct text *text)
{
	const char *name = sigabbrev_np(number);
	if (name != NULL)
		text_printf(text, "SIG%s", name);
	else
		text_printf(text, "signal %d", number);
}

void story_bytes_text(uint64_t count, struct text *text)
{
	text_printf(text, count == 1 ? "%llu byte" : "%llu bytes", (unsigned long long)count);
}

void story_status(int32_t status, struct text *text)
{
	if (WIFEXITED(status)) {
		text_printf(text, "ended with status %d", WEXITSTATUS(status));
	} else {
		text_puts(text, "was killed by ");
		story_signal_name(WTERMSIG(status), text);
	}
}

/* It has one descriptor to wait on. */
static bool call_waits_on(enum call call)
{
	return call_reads(call) || call_writes(call) || call == CALL_ACCEPT || call == CALL_ACCEPT4 ||
	       call == CALL_CONNECT || call == CALL_CLOSE || call == CALL_SENDFILE || call == CALL_SPLICE;
}

void story_blocked_text(const struct story *story, const struct story_blocked *blocked, struct text *text)
{
	enum call call = blocked->call;
	if (call == CALL_NANOSLEEP || call == CALL_CLOCK_NANOSLEEP) {
		text_puts(text, "sleeps in nanosleep()");
	} else if (call == CALL_FUTEX) {
		text_puts(text, "waits for another thread (futex)");
	} else if (call == CALL_WAIT4 || call == CALL_WAITID) {
		text_puts(text, "waits for a child to end (wait)");
	} else if (call != CALL_OTHER) {
		text_printf(text, "waits in %s()", story_call_word(story, blocked->actor, call));
		if (call_waits_on(call) && blocked->descriptor >= 0)
			text_printf(text, " on descriptor %d", blocked->descriptor);
	} else if (story->actors[blocked->actor].stopped != 0) {
		text_puts(text, "was stopped by ");
		story_signal_name(story->actors[blocked->actor].stopped, text);
	} else {
		text_puts(text, "waits in a call");
	}
}

static bool blocked_alike(const struct story_blocked *a, const struct story_blocked *b)
{
	return a->call == b->call && a->descriptor == b->descriptor;
}

/* At most this many places are named; the calls on sockets first. */
enum { PLACES_MOST = 2 };

/* Exit status of what execve(2) refused, as a shell has it; and how much of a program's last words is repeated. */
enum { NOT_STARTED = 127, WORDS_MOST = 160 };

static size_t places(const struct story *story, int actor, const struct story_blocked **into)
{
	size_t count = 0;
	/* The set is of the last quiet moment: old as soon as anything has happened since. */
	if (story->blocked_old && story->quiet + 1 != story->seen)
		return 0;
	for (int sockets = 1; sockets >= 0; sockets--) {
		for (size_t i = 0; i < story->blocked_count && count < PLACES_MOST; i++) {
			const struct story_blocked *blocked = &story->blocked[i];
			if (blocked->actor != actor || (blocked->socket != 0) != (sockets == 1))
				continue;
			if (count == 0 || !blocked_alike(into[0], blocked))
				into[count++] = blocked;
		}
	}
	return count;
}

/* Which limit its program was ended by, other than that of time. */
static bool limit_text(const struct story *story, int actor, struct text *text)
{
	const struct event *limit = &story->limit_event;
	if (story->limit == STORY_NONE || limit->actor != actor)
		return false;
	if (limit->limit.limit == LIMIT_OUTPUT)
		text_printf(text, "printed without end (more than %lld KiB)", (long long)(limit->limit.value >> 10));
	else if (limit->limit.limit == LIMIT_MEMORY)
		text_printf(text, "used more than %lld MiB of memory", (long long)(limit->limit.value >> 20));
	else if (limit->limit.limit == LIMIT_PROCESSES)
		text_printf(text, "made more than %lld processes", (long long)limit->limit.value);
	else if (limit->limit.limit == LIMIT_FILES)
		text_puts(text, "wrote files without end");
	else if (limit->limit.limit == LIMIT_EVENTS)
		text_puts(text, "makes call after call and does not come to rest");
	else
		return false;
	return true;
}

/* The line of a report: the last one that names an error or an exception, else the last; those of a trace are indented. */
static void last_words(const struct text *printed, bool started, struct text *text)
{
	size_t chosen = 0, length = 0;
	bool named = false;
	for (size_t at = 0; at < printed->length;) {
		const char *line = printed->bytes + at, *newline = memchr(line, '\n', printed->length - at);
		size_t bytes = newline != NULL ? (size_t)(newline - line) : printed->length - at;
		bool names = memmem(line, bytes, "rror", 4) != NULL || memmem(line, bytes, "xception", 8) != NULL ||
		             memmem(line, bytes, "panic", 5) != NULL || memmem(line, bytes, "o such file", 11) != NULL ||
		             memmem(line, bytes, "SUMMARY: ", 9) != NULL;
		if (bytes > 0 && line[0] != ' ' && line[0] != '\t' && (names || !named)) {
			chosen = at;
			length = bytes;
			named = names;
		}
		at += bytes + 1;
	}
	if (length == 0)
		return;
	const char *words = printed->bytes + chosen;
	static const char harness[] = "cannot start ";
	bool own = !started && length > strlen(harness) && memcmp(words, harness, strlen(harness)) == 0;
	size_t skipped = own ? strlen(harness) : 0;
	text_puts(text, started ? " and printed " : ": ");
	text_escaped(text, words + skipped, length - skipped, WORDS_MOST, !own);
	TEXT_AUTO missing = {0};
	if (package_missing(words, length, &missing))
		text_printf(text, "; %s", text_string(&missing));
}

/* What it printed on standard error since it was launched.  The last of it may be read from its pipe behind its end. */
static void last_printed(const struct story *story, const struct story_actor *who, struct text *printed)
{
	size_t until = story->whole != NULL ? story->whole->count : 0;
	for (size_t i = who->launched; i < until; i++) {
		const struct event *event = &story->whole->events[i];
		if (event->actor != who - story->actors)
			continue;
		if (event->kind == EVENT_LAUNCH && i > who->launched)
			return;
		if (event->kind == EVENT_OUTPUT && event->output.descriptor == 2)
			text_add(printed, event->data, event->data_length);
	}
	if (until == 0)
		text_add(printed, who->output[1].bytes, who->output[1].length);
}

static void ended_text(const struct story *story, const struct story_actor *who, struct text *text)
{
	bool started = who->execs || story->watch == WATCH_NOTHING;
	if (!WIFEXITED(who->status)) {
		text_puts(text, "had been killed by ");
		story_signal_name(WTERMSIG(who->status), text);
	} else if (WEXITSTATUS(who->status) == NOT_STARTED && !started) {
		text_puts(text, "could not be started");
	} else {
		text_printf(text, "had ended with status %d", WEXITSTATUS(who->status));
	}
	TEXT_AUTO printed = {0};
	last_printed(story, who, &printed);
	last_words(&printed, started, text);
}

/* "waits in accept() and in read()": two of its processes or threads. */
static void places_text(const struct story *story, const struct story_blocked *const *where, size_t count,
                        struct text *text)
{
	for (size_t i = 0; i < count; i++) {
		TEXT_AUTO place = {0};
		story_blocked_text(story, where[i], &place);
		const char *words = text_string(&place);
		if (i > 0 && strncmp(words, "waits ", strlen("waits ")) == 0)
			words += strlen("waits ");
		text_printf(text, i > 0 ? " and %s" : "%s", words);
	}
}

void story_where(const struct story *story, int actor, struct text *text)
{
	const struct story_actor *who = &story->actors[actor];
	if (who->launches == 0) {
		text_puts(text, "was never started");
		return;
	}
	if (story->spin != STORY_NONE && story->spin_event.actor == actor) {
		const struct event *spin = &story->spin_event;
		if (spin->spin.call == CALL_OTHER)
			text_puts(text, "computes without end");
		else
			text_printf(text, "repeats %s() without end", story_call_word(story, actor, spin->spin.call));
		return;
	}
	if (limit_text(story, actor, text))
		return;
	const struct story_blocked *where[PLACES_MOST];
	size_t count = places(story, actor, where);
	if (who->exited != STORY_NONE) {
		ended_text(story, who, text);
		if (count == 0)
			return;
		text_puts(text, "; a child of it ");
	}
	bool repeats = story->quiet_reason == QUIET_SPINNING && story->quiet != STORY_NONE && who->row.count > 0;
	if (repeats)
		text_printf(text, "repeats %s() without end%s", story_call_word(story, actor, who->row.call),
		            count > 0 ? ", and " : "");
	else if (count == 0)
		text_puts(text, "was still running");
	if (count == 0)
		return;
	if (who->holds) {
		text_printf(text, "is held by the test behind %s()", story_call_word(story, actor, where[0]->call));
		return;
	}
	places_text(story, where, count, text);
}
