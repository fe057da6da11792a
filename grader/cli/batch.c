#include "cli/cli.h"

#include "cli/class.h"
#include "cli/locate.h"
#include "cli/slots.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Students whose result of the interrupted batch is in the book. */
static bool done_mark(struct class_batch *batch, struct book *book, int64_t since_ms, struct diags *diags)
{
	struct arena *arena = arena_create();
	struct stored_result *results;
	size_t count, at = 0;
	bool good = book_results(book, batch->loaded.assignment->name, NULL, true, &results, &count, arena, diags);
	for (size_t i = 0; good && i < batch->count; i++) {
		if (batch->entries[i].student == NULL)
			continue;
		for (at = 0; at < count; at++) {
			if (results[at].run != 0 && results[at].at_ms >= since_ms &&
			    strcmp(results[at].student, batch->entries[i].student) == 0 &&
			    strcmp(results[at].folder, batch->entries[i].submission->folder) == 0)
				batch->entries[i].done = true;
		}
	}
	arena_destroy(arena);
	return good;
}

/* What the result depends on, as it would be typed. */
static const char *options_typed(const struct invocation *invocation)
{
	static const char *const names[] = {"roster", "layout", "column", "role", "seed", "repeat"};
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = option_value(invocation, names[i]);
		char resolved[PATH_MAX];
		if (value != NULL && i == 0 && realpath(value, resolved) != NULL)
			value = resolved;
		if (value != NULL)
			text_printf(&text, "%s--%s %s", text.length > 0 ? " " : "", names[i], value);
	}
	return arena_string(invocation->arena, text_string(&text));
}

/* A batch that goes on does so as it was begun: with another roster the same students would be other people. */
static bool resume_check(const struct class_batch *batch, const struct stored_batch *open, bool there,
                         const char *source, struct diags *diags)
{
	if (!there)
		return diags_error(diags, "no batch of %s is unfinished", batch->loaded.assignment->name);
	if (strcmp(open->source, source) != 0)
		return diags_error(diags, "the batch that was not finished was of %s", open->source);
	if (open->options == NULL || strcmp(open->options, options_typed(batch->invocation)) == 0)
		return true;
	return diags_error(
		diags, "the batch that was not finished was begun %s%s; --resume needs the same",
		open->options[0] != '\0' ? "with " : "without any of --roster, --layout, --column, --role, --seed and --repeat",
		open->options);
}

/* A batch in the book: the one to go on with, or a new one, which has no id yet.  False with `diags`. */
static bool batch_find(struct class_batch *batch, struct book *book, const char *source, struct stored_batch *found,
                       struct diags *diags)
{
	int open = book_batch_open(book, batch->loaded.assignment->name, found, batch->invocation->arena, diags);
	if (open < 0)
		return false;
	if (option_value(batch->invocation, "resume") != NULL)
		return resume_check(batch, found, open == 1, source, diags);
	if (open == 1)
		print_error("a former batch of %s was not finished; --resume would go on with it", found->source);
	*found = (struct stored_batch){.source = source, .options = options_typed(batch->invocation)};
	return true;
}

/* Begins a batch, or goes on with one.  False with `diags`. */
static bool batch_begin(struct class_batch *batch, struct book *book, struct stored_batch *begun, struct diags *diags)
{
	char spec[SHA256_HEX];
	if (begun->id != 0)
		return done_mark(batch, book, begun->at_ms, diags);
	return book_batch_begin(book, batch->loaded.assignment->name, begun->source, begun->options,
	                        sha256_hex(batch->loaded.spec->digest, spec), now_ms(), &begun->id, diags);
}

static void say_intake(const struct class_batch *batch)
{
	TEXT_AUTO text = {0};
	size_t graded = 0, done = 0;
	for (size_t i = 0; i < batch->count; i++) {
		graded += batch->entries[i].student != NULL;
		done += batch->entries[i].done;
	}
	text_printf(&text, "%zu submission%s, layout %s: %s.\n", batch->count, batch->count == 1 ? "" : "s",
	            layout_word(batch->intake.layout), batch->intake.because);
	if (done > 0)
		text_printf(&text, "%zu of them were graded before the interruption.\n", done);
	if (batch->intake.cut != NULL)
		text_printf(&text, "%s.\n", batch->intake.cut);
	for (size_t i = 0; i < batch->intake.ignored_count; i++)
		text_printf(&text, "left out: %s\n", batch->intake.ignored[i]);
	for (size_t i = 0; i < batch->unmatched_count; i++)
		text_printf(&text, "not graded: %s\n", batch->unmatched[i]);
	print_text(text_string(&text), text.length);
}

static int batch_play(struct class_batch *batch, struct book *book, int64_t id, unsigned jobs, struct diags *diags)
{
	struct slots_outcome outcome;
	say_intake(batch);
	bool whole = slots_play(batch, jobs, &outcome);
	if (!whole) {
		print_error(outcome.book_failed ? "stopped: the gradebook cannot be written"
		                                : "stopped; what is graded is in the gradebook, --resume goes on");
		return outcome.book_failed ? EXIT_HARNESS : EXIT_INTERRUPTED;
	}
	bool good = book_batch_finish(book, id, now_ms(), diags);
	class_summary(batch->invocation, book, &batch->loaded, diags);
	good = class_formats_write(batch->invocation, book, batch->loaded.assignment->name, diags) && good;
	print_diags(diags);
	if (!good || outcome.staff > 0)
		return EXIT_HARNESS;
	bool somebodys = batch->unmatched_count > 0 || batch->intake.orphans > 0;
	return somebodys && option_value(batch->invocation, "exit-zero") == NULL ? EXIT_SOMETHING_FAILED : EXIT_ALL_PASSED;
}

static int batch_book(struct class_batch *batch, const char *submissions, const enum layout *layout, unsigned jobs,
                      struct diags *diags)
{
	struct book *book = book_option_open(batch->invocation, BOOK_CREATE);
	if (book == NULL)
		return EXIT_BAD_USAGE;
	char resolved[PATH_MAX];
	const char *source = realpath(submissions, resolved) != NULL ? resolved : submissions;
	int lock = class_work_folder(batch);
	int status = lock >= 0 ? EXIT_BAD_USAGE : EXIT_HARNESS;
	struct stored_batch begun = {0};
	/* Everything temporary goes where the next batch finds and removes it. */
	if (lock >= 0)
		setenv("TMPDIR", batch->work, 1);
	if (lock >= 0 && batch_find(batch, book, source, &begun, diags) && class_definitions_put(batch, book, diags) &&
	    intake_open(&batch->intake, submissions, layout, batch->invocation->arena, diags)) {
		batch->asked = (struct intake_asked){batch->loaded.assignment, batch->fallback};
		batch->intake.asked = &batch->asked;
		if (class_people(batch, book, diags) && batch_begin(batch, book, &begun, diags))
			status = batch_play(batch, book, begun.id, jobs, diags);
		else
			print_diags(diags);
		intake_close(&batch->intake);
	} else {
		print_diags(diags);
	}
	book_close(book);
	class_work_end(batch, &lock);
	return status;
}

static bool layout_option(const struct invocation *invocation, enum layout *layout, bool *given)
{
	const char *word = option_value(invocation, "layout");
	*given = word != NULL;
	for (size_t i = 0; word != NULL && layout_words[i] != NULL; i++) {
		*layout = (enum layout)i;
		if (strcmp(layout_words[i], word) == 0)
			return true;
	}
	if (word == NULL)
		return true;
	const char *near = nearest_word(word, layout_words);
	print_error("there is no layout %s%s%s%s", word, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	            near != NULL ? "?" : "");
	return false;
}

static int run(struct invocation *invocation)
{
	struct class_batch batch = {.invocation = invocation, .book = option_value(invocation, "book")};
	struct diags diags;
	enum layout layout = LAYOUT_FOLDERS;
	bool given;
	unsigned jobs;
	diags_init(&diags, invocation->arena);
	if (invocation->positional_count != 2 || batch.book == NULL) {
		print_error("grader batch ASSIGNMENT SUBMISSIONS --book FILE");
		return EXIT_BAD_USAGE;
	}
	if (!layout_option(invocation, &layout, &given) || !class_formats_check(invocation))
		return EXIT_BAD_USAGE;
	int status = EXIT_BAD_USAGE;
	if (class_open(&batch, &jobs, &diags)) {
		batch.fallback = locate_beside(batch.loaded.assignment, "starter", invocation->arena);
		if (batch.host.rung == RUNG_E)
			print_error("this host allows neither namespaces nor tracing nor /proc; `grader doctor` says what to do");
		status = batch.host.rung == RUNG_E
		             ? EXIT_HARNESS
		             : batch_book(&batch, invocation->positional[1], given ? &layout : NULL, jobs, &diags);
	}
	loaded_release(&batch.loaded);
	return status;
}

static const struct option_row options[] = {
	{"book", "FILE", "the gradebook; made when it is not there", false},
	{"roster", "FILE",
     "CSV with login, name, email, lms_user_id: joins submissions with people; `grader explain roster.csv`", false},
	{"layout", "NAME", "how SUBMISSIONS are laid out (default: recognised, and told)", false},
	{"jobs", "N", "so many submissions at once (default: two for each processor)", false},
	{"resume", NULL, "go on with a batch that was interrupted", false},
	{"column", "NAME", "the column of lms.json that the scores are for (default: the assignment's name)", false},
	{"format", "NAME=FILE", "write the class as canvas-csv or moodle-csv (may be given more than once)", true},
	{"role", "ROLES", "which roles the students play: server, client, or both with a comma", false},
	{"seed", "N", "for random data that give no seed of their own (default: 1)", false},
	{"repeat", "N", "run each test N times; one whose verdict changes is reported as unstable", false},
	{"color", "WHEN", "always, never or auto", false},
	{"exit-zero", NULL, "exit with 0 although submissions belong to nobody", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_batch = {
	"batch",
	"ASSIGNMENT SUBMISSIONS --book FILE",
	"grade a whole class into a gradebook",
	"SUBMISSIONS is a folder or an archive (zip, tar, tar.gz, tar.xz, tar.bz2, tar.zst) as Canvas, Moodle, Gradescope, "
	"GitHub Classroom, Classroom 50, Autolab or Submitty lets you download it, or with one folder or archive for each "
	"student. Of an archive that is cut off those are graded who came whole, and the others are named. Each result and "
	"the score to be posted enter the gradebook at once; a batch that was killed goes on with --resume. The same bytes "
	"under the same spec are never run twice.\n"
	"Exit status: 0 every submission is graded, 1 some belong to nobody, as far as can be told, 2 bad usage or bad spec, "
	"3 some could not be graded and need staff, 130 interrupted.",
	options,
	run,
};
