/* grader post doctor: each thing that posting needs, in the order in which it is needed.  Reads only. */
#include "cli/post.h"

#include "lms/backend.h"
#include "lms/http.h"
#include "lms/webhook.h"

#include <stdio.h>
#include <string.h>

static bool line(const struct posting *posting, bool good, const char *name, const char *seen)
{
	const struct paint *paint = &posting->invocation->paint;
	TEXT_AUTO text = {0};
	text_puts(&text, " ");
	paint_puts(&text, paint, good ? INK_GOOD : INK_BAD, paint_glyph(paint, good ? GLYPH_PASS : GLYPH_FAIL));
	text_printf(&text, " %-14s ", name);
	paint_escaped(&text, paint, seen);
	text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
	return good;
}

static const char *host_of(const struct target *target, struct arena *arena)
{
	const char *url = target->url != NULL ? target->url : target->lineitem;
	const char *begin = strstr(url, "://");
	begin = begin != NULL ? begin + 3 : url;
	return arena_copy(arena, begin, strcspn(begin, "/?"));
}

static int status_of(const struct decision *decision)
{
	return decision->act == ACT_AGAIN || decision->act == ACT_WAIT ? EXIT_DEFERRED : EXIT_BAD_USAGE;
}

static bool clock_line(const struct posting *posting)
{
	const struct connection *connection = &posting->connection;
	if (!connection->skew_known)
		return line(posting, true, "clock", "the server does not tell its time");
	long long skew = connection->skew_ms / 1000;
	bool good = connection->skew_ms <= SKEW_REFUSE_MS && connection->skew_ms >= -SKEW_REFUSE_MS;
	return line(posting, good, "clock",
	            arena_printf(posting->arena, "differs by %lld s%s", skew,
	                         !good                     ? ": too much; set the clock that is wrong"
	                         : skew > 30 || skew < -30 ? ": set the clock that is wrong"
	                                                   : ""));
}

static bool scopes_line(const struct posting *posting)
{
	const char *scopes = text_string(&posting->connection.scopes);
	if (posting->target->backend->secret != SECRET_KEY)
		return true;
	if (*scopes == '\0')
		return line(posting, true, "scopes", "the platform does not say which it granted");
	bool score = scope_granted(scopes, SCOPE_AGS "score");
	bool result = scope_granted(scopes, SCOPE_AGS "result.readonly");
	bool item = scope_granted(scopes, SCOPE_AGS "lineitem.readonly") || scope_granted(scopes, SCOPE_AGS "lineitem");
	bool people = posting->target->memberships == NULL || scope_granted(scopes, SCOPE_NRPS);
	return line(posting, score && result && item && people, "scopes",
	            arena_printf(posting->arena, "%s%s%s%s%s", score ? "score " : "(score is missing) ",
	                         result ? "result " : "(result.readonly is missing) ",
	                         item ? "lineitem " : "(lineitem.readonly is missing) ",
	                         posting->target->memberships == NULL ? ""
	                         : people                             ? "memberships"
	                                                              : "(contextmembership.readonly is missing)",
	                         ""));
}

static int webhook_lines(const struct posting *posting)
{
	TEXT_AUTO signature = {0};
	bool good = webhook_sign(posting->target->secret.bytes, "msg", 0, "", 0, &signature);
	line(posting, good, "secret",
	     good ? "whsec_…, of a length that Standard Webhooks asks for"
	          : "it is not \"whsec_\" and base64 of 24 to 64 bytes");
	return good ? EXIT_ALL_PASSED : EXIT_BAD_USAGE;
}

static void people_line(const struct posting *posting)
{
	size_t students = 0;
	for (size_t i = 0; i < posting->column.member_count; i++)
		students += posting->column.members[i].student;
	if (posting->column.members_known)
		line(posting, students > 0, "people", arena_printf(posting->arena, "%zu students", students));
	else if (posting->target->roster != NULL)
		line(posting, true, "people", "from the roster file only");
	else
		line(posting, false, "people",
		     "unknown: set \"memberships\" or \"roster\", else no student can be found there");
}

static int platform_lines(struct posting *posting)
{
	struct column *column = &posting->column;
	struct decision decision = connection_token(&posting->connection);
	if (!line(posting, decision.act == ACT_DONE, "token",
	          decision.act != ACT_DONE                         ? decision.reason
	          : posting->target->backend->secret == SECRET_KEY ? "granted"
	                                                           : "read; whether it is good shows below"))
		return status_of(&decision);
	bool good = scopes_line(posting);
	decision = connection_read(&posting->connection, PURPOSE_CHECK, NULL, column);
	bool named =
		posting->target->label == NULL || (column->label != NULL && strcmp(column->label, posting->target->label) == 0);
	if (!line(posting, decision.act == ACT_DONE && named, "column",
	          decision.act != ACT_DONE
	              ? decision.reason
	              : arena_printf(posting->arena, "\"%s\", of %.7g%s", column->label, column->maximum,
	                             named ? "" : ": not the label in the configuration")))
		return status_of(&decision);
	decision = connection_read(&posting->connection, PURPOSE_MEMBERS, NULL, column);
	if (decision.act != ACT_DONE) {
		line(posting, false, "people", decision.reason);
		return status_of(&decision);
	}
	people_line(posting);
	good = good && (column->members_known || posting->target->roster != NULL);
	decision = connection_read(&posting->connection, PURPOSE_VALUES, NULL, column);
	size_t there = 0;
	for (size_t i = 0; i < column->value_count; i++)
		there += column->values[i].there;
	if (!line(posting, decision.act == ACT_DONE, "grades",
	          decision.act == ACT_DONE ? arena_printf(posting->arena, "%zu there now", there) : decision.reason))
		return status_of(&decision);
	return good ? EXIT_ALL_PASSED : EXIT_BAD_USAGE;
}

int post_doctor(struct posting *posting)
{
	const struct target *target = posting->target;
	struct decision decision = connection_touch(&posting->connection);
	if (!line(posting, decision.act == ACT_DONE, "address",
	          decision.act == ACT_DONE ? arena_printf(posting->arena, "%s answers, and its certificate is good",
	                                                  host_of(target, posting->arena))
	                                   : decision.reason))
		return status_of(&decision);
	bool clock = clock_line(posting);
	int status = target->backend->reads ? platform_lines(posting) : webhook_lines(posting);
	return clock || status != EXIT_ALL_PASSED ? status : EXIT_BAD_USAGE;
}
