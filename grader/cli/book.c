#include "cli/cli.h"

#include "cli/class.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "gradebook/outbox.h"

#include <string.h>
#include <time.h>

static const char *when(int64_t at_ms, char into[static 32])
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm parts;
	if (gmtime_r(&seconds, &parts) == NULL || strftime(into, 32, "%Y-%m-%d %H:%M:%SZ", &parts) == 0)
		into[0] = '\0';
	return into;
}

static void shown(struct text *text, const char *string)
{
	if (string != NULL)
		text_escaped(text, string, strlen(string), 300, false);
}

static bool book_list(struct invocation *invocation, struct book *book, struct diags *diags)
{
	struct stored_result *results;
	struct outbox_entry *scores;
	size_t count, score_count;
	struct outbox_filter filter = {.newest = true};
	if (!book_results(book, option_value(invocation, "assignment"), NULL, true, &results, &count, invocation->arena,
	                  diags) ||
	    !outbox_list(book, &filter, &scores, &score_count, invocation->arena, diags))
		return false;
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < count; i++) {
		const struct stored_result *result = &results[i];
		char at[32];
		text_printf(&text, "%s  ", when(result->at_ms, at));
		if (result->run != 0)
			text_printf(&text, "%6.10g of %-6.10g ", result->points, result->max_points);
		else
			text_puts(&text, "  needs staff    ");
		text_printf(&text, "%s: ", result->assignment);
		shown(&text, result->student);
		text_puts(&text, result->late ? " (late)" : "");
		for (size_t j = 0; j < score_count; j++) {
			if (scores[j].run == result->run && strcmp(scores[j].student, result->student) == 0)
				text_printf(&text, "  [%s]", outbox_state_word(scores[j].state));
		}
		const char *why = result->failure != NULL ? result->failure : result->review;
		text_puts(&text, why != NULL ? "  " : "");
		shown(&text, why);
		text_puts(&text, "\n");
	}
	print_text(text_string(&text), text.length);
	return true;
}

static bool book_show(struct invocation *invocation, struct book *book, struct diags *diags)
{
	const char *student = invocation->positional[1];
	struct stored_result *results;
	struct outbox_entry *scores;
	size_t count, score_count;
	struct outbox_filter filter = {.student = student};
	if (!book_results(book, option_value(invocation, "assignment"), student, false, &results, &count, invocation->arena,
	                  diags) ||
	    !outbox_list(book, &filter, &scores, &score_count, invocation->arena, diags))
		return false;
	if (count == 0)
		return diags_error(diags, "the gradebook has no result of %s", student);
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < count; i++) {
		const struct stored_result *result = &results[i];
		char at[32];
		text_printf(&text, "%s  %s  ", when(result->at_ms, at), result->assignment);
		if (result->run != 0)
			text_printf(&text, "%.10g of %.10g, submission %.12s, spec %.12s, version %s, rung %s  ", result->points,
			            result->max_points, result->key.submission, result->key.spec, result->key.version,
			            result->key.rung);
		shown(&text, result->folder);
		text_puts(&text, result->late ? " (late)  " : "  ");
		shown(&text, result->failure != NULL ? result->failure : result->review);
		text_puts(&text, "\n");
		for (const char *note = result->notes; note != NULL && *note != '\0'; note += *note == '\n') {
			size_t length = strcspn(note, "\n");
			text_puts(&text, "    ");
			shown(&text, arena_copy(invocation->arena, note, length));
			text_puts(&text, "\n");
			note += length;
		}
	}
	for (size_t i = 0; i < score_count; i++) {
		text_printf(&text, "score %lld of column ", (long long)scores[i].version);
		shown(&text, scores[i].column);
		text_printf(&text, ": %.10g of %.10g, %s", scores[i].points, scores[i].max_points,
		            outbox_state_word(scores[i].state));
		text_puts(&text, scores[i].last_error != NULL ? ": " : "");
		shown(&text, scores[i].last_error);
		text_puts(&text, "\n");
	}
	print_text(text_string(&text), text.length);
	return true;
}

static bool book_audit_print(struct invocation *invocation, struct book *book, struct diags *diags)
{
	struct audit_entry *entries;
	size_t count;
	const char *student = invocation->positional_count > 1 ? invocation->positional[1] : NULL;
	if (!book_audit_list(book, student, &entries, &count, invocation->arena, diags))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct audit_entry *entry = &entries[i];
		char at[32];
		TEXT_AUTO text = {0};
		text_printf(&text, "%s  ", when(entry->at_ms, at));
		shown(&text, entry->who);
		text_printf(&text, "  %s%s  ", entry->action, entry->forced ? " (forced)" : "");
		shown(&text, entry->student);
		text_puts(&text, entry->column != NULL ? "  column " : "");
		shown(&text, entry->column);
		text_puts(&text, entry->target != NULL ? "  on " : "");
		shown(&text, entry->target);
		if (entry->before != NULL || entry->after != NULL)
			text_printf(&text, "  %s -> %s", entry->before != NULL ? entry->before : "none",
			            entry->after != NULL ? entry->after : "none");
		text_puts(&text, entry->detail != NULL ? "  " : "");
		shown(&text, entry->detail);
		text_puts(&text, "\n");
		print_text(text_string(&text), text.length);
	}
	return true;
}

static bool book_export(struct invocation *invocation, struct book *book, struct diags *diags)
{
	const char *value = invocation->positional[1], *equals = strchr(value, '=');
	const char *name = equals != NULL ? arena_copy(invocation->arena, value, (size_t)(equals - value)) : "";
	if ((strcmp(name, "canvas-csv") != 0 && strcmp(name, "moodle-csv") != 0) || equals[1] == '\0')
		return diags_error(diags, "export takes canvas-csv=FILE or moodle-csv=FILE, not \"%s\"", value);
	return class_export(book, option_value(invocation, "assignment"), name, equals + 1, invocation->arena, diags);
}

static int run(struct invocation *invocation)
{
	static const struct {
		const char *word;
		size_t least, most;
		bool (*run)(struct invocation *, struct book *, struct diags *);
	} words[] = {{"list", 1, 1, book_list},
	             {"show", 2, 2, book_show},
	             {"audit", 1, 2, book_audit_print},
	             {"export", 2, 2, book_export}};
	const char *given = invocation->positional_count > 0 ? invocation->positional[0] : "";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, given) != 0 || invocation->positional_count < words[i].least ||
		    invocation->positional_count > words[i].most)
			continue;
		struct diags diags;
		diags_init(&diags, invocation->arena);
		struct book *book = book_option_open(invocation, BOOK_READ);
		if (book == NULL)
			return EXIT_BAD_USAGE;
		bool good = words[i].run(invocation, book, &diags);
		print_diags(&diags);
		book_close(book);
		return good ? EXIT_ALL_PASSED : EXIT_BAD_USAGE;
	}
	print_error("grader book list | show STUDENT | audit [STUDENT] | export NAME=FILE, each with --book FILE");
	return EXIT_BAD_USAGE;
}

static const struct option_row options[] = {
	{"book", "FILE", "the gradebook", false},
	{"assignment", "NAME", "only this assignment", false},
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_book = {
	"book",
	"list|show STUDENT|audit [STUDENT]|export NAME=FILE --book FILE",
	"what a gradebook holds",
	"list: the result that counts of every student, and where its score stands.\n"
	"show: every result of one student, with the digests of what made it.\n"
	"audit: who did what, when; nobody can change it.\n"
	"export: canvas-csv=FILE or moodle-csv=FILE, to be imported by hand.",
	options,
	run,
};
