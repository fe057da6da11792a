/* What counts as progress of a test. */
#include "run/runner_state.h"

#include "watch/calls.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { BUSTLE_MOST = 64 };

/* What a call returned that can be had a thousand times over is no news; so are the rows of watch/rows.h counted. */
static bool returns_news(const struct runner *runner, const struct event *event)
{
	enum call call = event->call.call;
	if (call_polls(call) || call_sleeps(call) || call_arms(call) || call == CALL_WAIT4 || call == CALL_WAITID ||
	    call == CALL_KILL)
		return false;
	/* Where reads and writes are not seen, such a call may stand between two. */
	if (runner->test->watch != WATCH_CONTROL && call_adjusts(call))
		return false;
	if (call_reads(call) && (event->call.value & MSG_PEEK) != 0)
		return false;
	/* Nothing read, nothing written; but a datagram may be empty. */
	bool moves = call_reads(call) || call_writes(call) || call == CALL_SENDFILE || call == CALL_SPLICE;
	return event->call.result > 0 || (event->call.result == 0 && (event->call.datagrams || !moves));
}

/* Children that come and go and words on standard output are news, but not for ever. */
bool news_count(struct runner *runner, const struct event *event)
{
	switch (event->kind) {
	case EVENT_FORK:
		runner->children++;
		return runner->bustle++ < BUSTLE_MOST;
	case EVENT_EXIT:
		runner->killed =
			runner->killed || (WIFSIGNALED(event->process.status) && WTERMSIG(event->process.status) == SIGKILL);
		return runner->bustle++ < BUSTLE_MOST;
	case EVENT_EXEC:
	case EVENT_OUTPUT:
		return runner->bustle++ < BUSTLE_MOST;
	case EVENT_RETURN:
		if (!returns_news(runner, event))
			return false;
		break;
	case EVENT_STEP:
	case EVENT_LAUNCH:
	case EVENT_CONNECTION:
	case EVENT_SEGMENT:
	case EVENT_PEER:
		break;
	case EVENT_START:
	case EVENT_SIGNAL:
	case EVENT_CALL:
	case EVENT_STATE:
	case EVENT_COUNT:
	case EVENT_BLOCKED:
	case EVENT_QUIET:
	case EVENT_SPIN:
	case EVENT_LIMIT:
	case EVENT_SETBACK:
	case EVENT_VARIED:
	case EVENT_DROPPED:
	case EVENT_SOURCE:
	case EVENT_END:
		return false;
	}
	runner->bustle = 0;
	runner->children = 0;
	return true;
}
