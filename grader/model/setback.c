#include "model/setback.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

NAMES_DEFINE(setback_call, SETBACK_CALLS)
NAMES_DEFINE(setback_error, SETBACK_ERRORS)
NAMES_DEFINE(setback_kind, SETBACK_KINDS)

static const struct {
	enum call call;
	enum setback_call family;
} families[] = {
	{CALL_READ, SETBACK_READ},         {CALL_READV, SETBACK_READ},      {CALL_RECVFROM, SETBACK_READ},
	{CALL_RECVMSG, SETBACK_READ},      {CALL_WRITE, SETBACK_WRITE},     {CALL_WRITEV, SETBACK_WRITE},
	{CALL_SENDTO, SETBACK_WRITE},      {CALL_SENDMSG, SETBACK_WRITE},   {CALL_SENDFILE, SETBACK_WRITE},
	{CALL_SPLICE, SETBACK_WRITE},      {CALL_ACCEPT, SETBACK_ACCEPT},   {CALL_ACCEPT4, SETBACK_ACCEPT},
	{CALL_SELECT, SETBACK_POLL},       {CALL_PSELECT6, SETBACK_POLL},   {CALL_POLL, SETBACK_POLL},
	{CALL_PPOLL, SETBACK_POLL},        {CALL_EPOLL_WAIT, SETBACK_POLL}, {CALL_EPOLL_PWAIT, SETBACK_POLL},
	{CALL_EPOLL_PWAIT2, SETBACK_POLL}, {CALL_SOCKET, SETBACK_SOCKET},   {CALL_BIND, SETBACK_BIND},
	{CALL_LISTEN, SETBACK_LISTEN},     {CALL_CONNECT, SETBACK_CONNECT}, {CALL_SETSOCKOPT, SETBACK_SETSOCKOPT},
	{CALL_SHUTDOWN, SETBACK_SHUTDOWN}, {CALL_CLOSE, SETBACK_CLOSE},
};

bool setback_call_of(enum call call, enum setback_call *family)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (families[i].call != call)
			continue;
		*family = families[i].family;
		return true;
	}
	return false;
}

unsigned setback_errors(enum setback_call call)
{
	switch (call) {
	case SETBACK_READ:
		return 1u << SETBACK_EINTR | 1u << SETBACK_EAGAIN;
	case SETBACK_WRITE:
		return 1u << SETBACK_EINTR | 1u << SETBACK_EAGAIN | 1u << SETBACK_ENOBUFS;
	case SETBACK_ACCEPT:
		return 1u << SETBACK_EINTR | 1u << SETBACK_EAGAIN | 1u << SETBACK_ECONNABORTED | 1u << SETBACK_EMFILE |
		       1u << SETBACK_ENOBUFS;
	case SETBACK_POLL:
		return 1u << SETBACK_EINTR;
	case SETBACK_SOCKET:
		return 1u << SETBACK_EMFILE | 1u << SETBACK_ENOBUFS;
	/* An interrupted connect(2) goes on by itself, and close(2) on Linux never has to be repeated: a failure that
	 * does nothing would be another than the one POSIX speaks of. */
	case SETBACK_BIND:
	case SETBACK_LISTEN:
	case SETBACK_CONNECT:
	case SETBACK_SETSOCKOPT:
	case SETBACK_SHUTDOWN:
	case SETBACK_CLOSE:
		break;
	}
	return 0;
}

int setback_errno(enum setback_error error)
{
	static const int numbers[] = {
		[SETBACK_EINTR] = EINTR,   [SETBACK_EAGAIN] = EAGAIN,   [SETBACK_ECONNABORTED] = ECONNABORTED,
		[SETBACK_EMFILE] = EMFILE, [SETBACK_ENOBUFS] = ENOBUFS,
	};
	return numbers[error];
}

void ordinal_text(struct text *text, uint64_t number)
{
	uint64_t tens = number % 100, ones = number % 10;
	const char *ending = "th";
	if (tens < 11 || tens > 13)
		ending = ones == 1 ? "st" : ones == 2 ? "nd" : ones == 3 ? "rd" : "th";
	text_printf(text, "%llu%s", (unsigned long long)number, ending);
}

static void what_text(struct text *text, const struct setback *setback)
{
	switch (setback->kind) {
	case SETBACK_FAILS:
		text_printf(text, "fails with %s", strerrorname_np(setback->error));
		return;
	case SETBACK_SHORT:
		text_printf(text, "%s %llu byte%s at most", setback->call == SETBACK_READ ? "gives" : "takes",
		            (unsigned long long)setback->count, setback->count == 1 ? "" : "s");
		return;
	case SETBACK_SKIPPED:
		text_puts(text, "is not done");
		return;
	case SETBACK_CLAIMED:
		text_printf(text, "does %llu byte%s, and what it did not do is forgotten", (unsigned long long)setback->count,
		            setback->count == 1 ? "" : "s");
		return;
	case SETBACK_TWICE:
		text_puts(text, "is done twice");
		return;
	case SETBACK_CORRUPTED:
		text_puts(text, "has another first byte");
		return;
	case SETBACK_SWAPPED:
		text_puts(text, "gets the port with its bytes swapped");
		return;
	case SETBACK_UNHEARD:
		text_puts(text, "returns 0, and nobody notices");
		return;
	case SETBACK_ZEROED:
		text_puts(text, "is called with 0");
		return;
	}
}

void setback_text(struct text *text, const struct setback *setback)
{
	text_puts(text, setback->every > 0 ? "every " : "the ");
	if (setback->every != 1) {
		ordinal_text(text, setback->every > 1 ? setback->every : setback->nth);
		text_puts(text, " ");
	}
	text_printf(text, "%s() ", setback_call_word(setback->call));
	what_text(text, setback);
}

void setback_event_text(struct text *text, const struct event *event)
{
	const char *call = call_word(event->setback.call);
	switch (event->setback.kind) {
	case SETBACK_FAILS:
		text_printf(text, "the grader makes %s() fail with %s", call,
		            strerrorname_np(event->setback.error) != NULL ? strerrorname_np(event->setback.error) : "an error");
		return;
	case SETBACK_SHORT:
		text_printf(text, "the grader lets %s() move %lld of %lld bytes at most", call, (long long)event->setback.count,
		            (long long)event->setback.argument);
		return;
	case SETBACK_SKIPPED:
	case SETBACK_CLAIMED:
	case SETBACK_TWICE:
	case SETBACK_CORRUPTED:
	case SETBACK_SWAPPED:
	case SETBACK_UNHEARD:
	case SETBACK_ZEROED:
		text_printf(text, "the grader puts a bug into %s(): %s", call, setback_kind_word(event->setback.kind));
		return;
	}
}
