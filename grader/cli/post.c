#include "cli/post.h"

#include "cli/class.h"

#include "lms/backend.h"
#include "lms/http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* The target that --target names, or the only one. */
static struct target *target_choose(struct posting *posting, struct target *targets, size_t count)
{
	const char *name = option_value(posting->invocation, "target");
	const char *words[CONFIG_TARGETS + 1] = {0};
	for (size_t i = 0; i < count; i++) {
		if (name != NULL ? strcmp(targets[i].name, name) == 0 : count == 1)
			return &targets[i];
		words[i] = targets[i].name;
	}
	TEXT_AUTO list = {0};
	for (size_t i = 0; i < count; i++)
		text_printf(&list, "%s%s", i > 0 ? ", " : "", targets[i].name);
	const char *near = name != NULL ? nearest_word(name, words) : NULL;
	if (name == NULL)
		print_error("which target?  --target NAME, one of: %s", text_string(&list));
	else
		print_error("there is no target %s%s%s%s; there are: %s", name, near != NULL ? "; did you mean " : "",
		            near != NULL ? near : "", near != NULL ? "?" : "", text_string(&list));
	return NULL;
}

static bool options_read(struct posting *posting)
{
	const struct invocation *invocation = posting->invocation;
	posting->dry = option_value(invocation, "dry-run") != NULL;
	posting->yes = option_value(invocation, "yes") != NULL;
	posting->retry = option_value(invocation, "retry") != NULL;
	posting->force_lower = option_value(invocation, "force-lower") != NULL;
	posting->force_person = option_value(invocation, "force-manual") != NULL;
	const char *format = option_value(invocation, "format");
	if (format == NULL || strncmp(format, "jsonl=", 6) == 0)
		return true;
	print_error("--format takes jsonl=FILE, not \"%s\"", format);
	return false;
}

bool posting_open(struct posting *posting, bool book)
{
	struct invocation *invocation = posting->invocation;
	const char *config = option_value(invocation, "config");
	const char *path = option_value(invocation, "book");
	struct target *targets;
	size_t count;
	if (!options_read(posting))
		return false;
	if (config == NULL || (book && path == NULL)) {
		print_error(config == NULL ? "where do scores go?  --config lms.json" : "which gradebook?  --book course.db");
		return false;
	}
	column_init(&posting->column, posting->arena);
	if (!config_load(config, &targets, &count, posting->arena, posting->diags) ||
	    (posting->target = target_choose(posting, targets, count)) == NULL)
		return false;
	if (!secrets_guard(posting->diags) || !target_secret(posting->target, posting->diags))
		return false;
	if (book && (posting->book = book_open(path, posting->dry ? BOOK_READ : BOOK_WRITE, operator_name(posting->arena),
	                                       posting->diags)) == NULL)
		return false;
	return connection_open(&posting->connection, posting->target, posting->arena, posting->diags);
}

void posting_close(struct posting *posting)
{
	connection_close(&posting->connection);
	if (posting->target != NULL)
		secret_release(&posting->target->secret);
	book_close(posting->book);
	text_release(&posting->report);
}

static bool report_write(const struct posting *posting)
{
	const char *format = option_value(posting->invocation, "format");
	if (format == NULL || posting->dry)
		return true;
	if (file_write_atomically(format + 6, text_string(&posting->report), posting->report.length, 0600))
		return true;
	print_error("%s: %s", format + 6, strerror(errno));
	return false;
}

/* All pending entries of the target's column. */
static bool pending(struct posting *posting, struct outbox_entry **list, size_t *count)
{
	unsigned states = ~(1u << OUTBOX_VERIFIED | 1u << OUTBOX_SUPERSEDED);
	struct outbox_filter filter = {
		.target = posting->target->name, .column = posting->target->column, .states = states, .newest = true};
	return outbox_list(posting->book, &filter, list, count, posting->arena, posting->diags);
}

static int summary(struct posting *posting)
{
	size_t counts[OUTBOX_SUPERSEDED + 1];
	if (!outbox_count(posting->book, posting->target->column, counts, posting->diags))
		return EXIT_HARNESS;
	size_t waiting = counts[OUTBOX_QUEUED] + counts[OUTBOX_SENDING] + counts[OUTBOX_UNKNOWN] + counts[OUTBOX_SENT];
	TEXT_AUTO text = {0};
	text_printf(&text, "%s: %zu verified, %zu blocked, %zu dead, %zu waiting\n", posting->target->name,
	            counts[OUTBOX_VERIFIED], counts[OUTBOX_BLOCKED], counts[OUTBOX_DEAD], waiting);
	print_text(text_string(&text), text.length);
	if (posting->why[0] != '\0' && (posting->stopped || posting->deferred))
		print_error("%s", posting->why);
	if (interrupted())
		return EXIT_INTERRUPTED;
	if (posting->stopped)
		return EXIT_BAD_USAGE;
	if (posting->deferred || waiting > 0)
		return EXIT_DEFERRED;
	return counts[OUTBOX_BLOCKED] + counts[OUTBOX_DEAD] > 0 ? EXIT_SOME_BLOCKED : EXIT_ALL_PASSED;
}

static int post_locked(struct posting *posting)
{
	int status = EXIT_HARNESS;
	struct outbox_entry *list;
	size_t count, again;
	if (!posting_prepare(posting, &status))
		return status;
	bool requeue = posting->retry || posting->force_lower || posting->force_person;
	if (!posting->dry && requeue &&
	    !outbox_retry(posting->book, posting->target->column, NULL, http_now(), &again, posting->diags))
		return EXIT_HARNESS;
	if (!pending(posting, &list, &count))
		return EXIT_HARNESS;
	posting_table(posting, list, count);
	if (posting->dry)
		return EXIT_ALL_PASSED;
	if (!posting->yes && !posting_guard(posting, list, count))
		return EXIT_BAD_USAGE;
	posting_work(posting);
	status = summary(posting);
	return report_write(posting) ? status : EXIT_HARNESS;
}

static int post(struct invocation *invocation)
{
	struct diags diags;
	diags_init(&diags, invocation->arena);
	struct posting posting = {.invocation = invocation, .arena = invocation->arena, .diags = &diags};
	bool doctor = invocation->positional_count == 1 && strcmp(invocation->positional[0], "doctor") == 0;
	if (invocation->positional_count > 0 && !doctor) {
		print_error("post takes no argument but \"doctor\"");
		return EXIT_BAD_USAGE;
	}
	interrupts_catch();
	int status = EXIT_BAD_USAGE;
	if (posting_open(&posting, !doctor)) {
		FD_AUTO lock = -1;
		if (doctor)
			status = post_doctor(&posting);
		else if (posting.dry || (lock = outbox_lock(posting.book, posting.target->name, &diags)) >= 0)
			status = post_locked(&posting);
		else
			status = EXIT_DEFERRED;
	}
	print_diags(&diags);
	posting_close(&posting);
	return status;
}

static const struct option_row options[] = {
	{"book", "FILE", "the gradebook that `grader batch` filled", false},
	{"config", "FILE", "where scores go; `grader explain lms.json` shows how to write it", false},
	{"target", "NAME", "which of its targets; not needed when there is one", false},
	{"dry-run", NULL, "show the difference, write nothing anywhere", false},
	{"yes", NULL, "also when many grades would change at once", false},
	{"retry", NULL, "try what is blocked or dead again", false},
	{"force-lower", NULL, "lower grades, too (and --retry)", false},
	{"force-manual", NULL, "replace grades that a person set, too (and --retry)", false},
	{"format", "jsonl=FILE", "what became of each score, one JSON object a line", false},
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_post = {
	"post",
	"[doctor] --book FILE --config FILE [--target NAME] [--dry-run] …",
	"post scores to a learning platform, and read each back",
	"Reads what stands in the platform's column, shows the difference and posts the scores that wait in the "
	"gradebook. A score counts as posted when it was read back and compared. A grade is never lowered, and a "
	"grade that a person set is never replaced, unless that is asked for. It may be interrupted at any moment "
	"and started again. `grader post doctor` checks address, certificate, clock, token, scopes, people and "
	"column, and writes nothing.\n"
	"Exit status: 0 every score of the column is verified, 1 some are blocked or dead, 2 the configuration or "
	"the command line is wrong, 3 the platform cannot be reached or asks to wait: try again later.",
	options,
	post,
};
