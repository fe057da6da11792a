/* A timeline in which a finding is looked for. */
#pragma once

#include "server_stage.h"

static inline bool found(struct script *script, const char *id)
{
	struct findings findings = {0};
	judge_findings(script->test, script->timeline, script->arena, &findings);
	for (size_t i = 0; i < findings.count; i++)
		if (strcmp(findings.list[i].id, id) == 0)
			return true;
	return false;
}

/* Where a finding of that name says that it happened; "" for none, NULL when it was not found.  In the arena. */
static inline const char *found_at(struct script *script, const char *id)
{
	struct findings findings = {0};
	judge_findings(script->test, script->timeline, script->arena, &findings);
	for (size_t i = 0; i < findings.count; i++)
		if (strcmp(findings.list[i].id, id) == 0)
			return findings.list[i].source != NULL ? findings.list[i].source : "";
	return NULL;
}

/* Blocked on a connection of the student's, or on its standard input (descriptor 0). */
static inline void stands_in(struct script *script, int who, int tid, enum call call, int descriptor, int connection)
{
	struct event event = blank(EVENT_BLOCKED, who, connection);
	event.pid = 100 + who;
	event.tid = tid;
	event.blocked.call = call;
	event.blocked.descriptor = descriptor;
	event.blocked.socket = connection >= 0 ? 901 + (uint64_t)connection : 0;
	event.blocked.until_ns = -1;
	script_feed(script, &event);
}

/* A quiet moment decides the line that is due; the next one is the last. */
static inline void rests(struct script *script, int who, enum call call, int descriptor, int connection)
{
	for (int i = 0; i < 2; i++) {
		stands_in(script, who, 100 + who, call, descriptor, connection);
		quiet(script);
	}
}
