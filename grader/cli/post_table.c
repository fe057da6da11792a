#include "cli/post.h"

#include "base/json.h"
#include "lms/http.h"

#include <stdio.h>
#include <string.h>

enum { NAME_COLUMNS = 28, BY_COLUMNS = 16, GUARD_LEAST = 10, GUARD_ZEROS = 10 };

static void cell(struct text *text, const struct paint *paint, const char *string, size_t columns)
{
	size_t used = paint_cut(text, paint, INK_PLAIN, string, columns);
	paint_spaces(text, columns > used ? columns - used + 2 : 2);
}

static const char *who(const struct lms_value *value, char into[static 64])
{
	if (value == NULL || !value->there)
		return "";
	const char *word = value->overridden                ? "overridden"
	                   : value->grader == GRADER_SELF   ? "this account"
	                   : value->grader == GRADER_PERSON ? "a person"
	                   : value->grader == GRADER_TOOL   ? "a program"
	                                                    : "?";
	snprintf(into, 64, "%s%s%.40s%s", word, value->by != NULL ? " (" : "", value->by != NULL ? value->by : "",
	         value->by != NULL ? ")" : "");
	return into;
}

static void row(struct text *text, const struct posting *posting, const struct outbox_entry *entry)
{
	const struct paint *paint = &posting->invocation->paint;
	char points[40], by[64];
	bool forced;
	const char *why;
	const char *user = posting_user(posting, entry, &why);
	const struct lms_value *now = user != NULL ? column_find(&posting->column, user) : NULL;
	enum action action = posting_action(posting, entry, &forced);
	bool waits = (entry->state == OUTBOX_BLOCKED || entry->state == OUTBOX_DEAD) && !posting->retry &&
	             !posting->force_lower && !posting->force_person;
	cell(text, paint, entry->name != NULL ? entry->name : entry->student, NAME_COLUMNS);
	if (now != NULL && now->there)
		snprintf(points, sizeof(points), "%.7g", now->points);
	cell(text, paint, now != NULL && now->there ? points : posting->target->backend->reads ? "-" : "?", 8);
	cell(text, paint, who(now, by), BY_COLUMNS);
	snprintf(points, sizeof(points), "%.7g", posting_there(posting, entry));
	cell(text, paint, points, 8);
	if (waits)
		text_printf(text, "%s: ", outbox_state_word(entry->state));
	else if (entry->state != OUTBOX_QUEUED && action == ACTION_SEND)
		text_puts(text, "read back first, then ");
	if (waits && entry->last_error != NULL)
		paint_cut(text, paint, INK_DOUBT, entry->last_error, 80);
	else if (action == ACTION_UNMAPPED)
		text_puts(text, why);
	else
		text_printf(text, "%s%s", *action_reason(action) != '\0' ? action_reason(action) : action_word(action),
		            forced ? " (forced)" : "");
	text_puts(text, "\n");
}

void posting_table(const struct posting *posting, const struct outbox_entry *list, size_t count)
{
	const struct paint *paint = &posting->invocation->paint;
	TEXT_AUTO text = {0};
	text_printf(&text, "%s: ", posting->target->name);
	paint_escaped(&text, paint, posting->column.label != NULL ? posting->column.label : posting->target->column);
	if (posting->column.maximum > 0)
		text_printf(&text, ", of %.7g", posting->column.maximum);
	text_printf(&text, "; %zu score%s to look at\n", count, count == 1 ? "" : "s");
	if (count > 0) {
		cell(&text, paint, "student", NAME_COLUMNS);
		cell(&text, paint, "there", 8);
		cell(&text, paint, "by", BY_COLUMNS);
		cell(&text, paint, "new", 8);
		text_puts(&text, "action\n");
	}
	for (size_t i = 0; i < count; i++)
		row(&text, posting, &list[i]);
	print_text(text_string(&text), text.length);
}

bool posting_guard(const struct posting *posting, const struct outbox_entry *list, size_t count)
{
	size_t changes = 0, zeros = 0, values = 0;
	for (size_t i = 0; i < posting->column.value_count; i++)
		values += posting->column.values[i].there;
	for (size_t i = 0; i < count; i++) {
		bool forced;
		const char *why;
		const char *user = posting_user(posting, &list[i], &why);
		const struct lms_value *now = user != NULL ? column_find(&posting->column, user) : NULL;
		if (list[i].state != OUTBOX_QUEUED || posting_action(posting, &list[i], &forced) != ACTION_SEND)
			continue;
		changes += now != NULL && now->there;
		zeros += list[i].points <= 0;
	}
	if (changes > GUARD_LEAST && changes * 2 > values) {
		print_error("%zu of the %zu grades there would change; --yes if that is meant (nothing was posted)", changes,
		            values);
		return false;
	}
	if (zeros > GUARD_ZEROS) {
		print_error("%zu students would get 0; --yes if that is meant (nothing was posted)", zeros);
		return false;
	}
	return true;
}

static void value_json(struct json *json, const char *key, const struct outbox_value *value)
{
	if (value->known && value->there)
		json_add_number(json, key, value->points);
	else
		json_add_null(json, key);
}

void posting_tell(struct posting *posting, const struct outbox_entry *entry, const struct outbox_change *change)
{
	const struct paint *paint = &posting->invocation->paint;
	bool final = change->state == OUTBOX_VERIFIED || change->state == OUTBOX_BLOCKED || change->state == OUTBOX_DEAD ||
	             change->state == OUTBOX_SUPERSEDED;
	TEXT_AUTO text = {0};
	if (change->state == OUTBOX_SENT || (!final && change->error == NULL))
		return;
	enum glyph glyph = change->state == OUTBOX_VERIFIED ? GLYPH_PASS : final ? GLYPH_FAIL : GLYPH_RUNNING;
	paint_puts(&text, paint,
	           change->state == OUTBOX_VERIFIED ? INK_GOOD
	           : final                          ? INK_BAD
	                                            : INK_DIM,
	           paint_glyph(paint, glyph));
	text_puts(&text, " ");
	cell(&text, paint, entry->name != NULL ? entry->name : entry->student, NAME_COLUMNS);
	text_printf(&text, "%-8.7g  %s", posting_there(posting, entry), outbox_state_word(change->state));
	if (change->error != NULL) {
		text_puts(&text, ": ");
		paint_escaped(&text, paint, change->error);
	}
	text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
	if (!final)
		return;
	struct json json = {.out = &posting->report};
	json_add_object(&json, NULL);
	json_add_string(&json, "student", entry->student);
	json_add_string(&json, "target", posting->target->name);
	json_add_string(&json, "column", entry->column);
	json_add_integer(&json, "version", entry->version);
	value_json(&json, "before", change->before.known ? &change->before : &entry->before);
	json_add_number(&json, "score", posting_there(posting, entry));
	value_json(&json, "after", &change->after);
	json_add_string(&json, "state", outbox_state_word(change->state));
	json_add_string(&json, "reason", change->error);
	json_add_integer(&json, "status", change->status);
	json_add_integer(&json, "attempts", entry->attempts);
	json_add_boolean(&json, "forced", change->forced);
	json_add_string(&json, "uuid", entry->uuid);
	json_end_object(&json);
	text_puts(&posting->report, "\n");
}
