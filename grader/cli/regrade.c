#include "cli/cli.h"

#include "cli/regrade.h"
#include "cli/slots.h"

#include "base/arena.h"
#include "base/diag.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

/* What a worker says of one student: this, and then `length` bytes of text. */
struct regrade_line {
	uint32_t index, word, played, length;
};

struct totals {
	size_t words[REGRADE_STAFF + 1], played;
	const char **said; /* by index */
	enum regrade_word *word;
};

static bool worker(const struct regrade *regrade, const struct stored_result *results, size_t count, unsigned at,
                   unsigned of, int out)
{
	struct arena *own = arena_create();
	struct diags diags;
	diags_init(&diags, own);
	struct book *book = book_open(regrade->batch->book, BOOK_AGAIN, regrade->batch->who, &diags);
	print_diags(&diags);
	bool good = book != NULL;
	for (size_t i = at; good && i < count && !interrupted(); i += of) {
		struct arena *arena = arena_create();
		struct regrade_line line = {.index = (uint32_t)i, .word = REGRADE_STAFF};
		const char *said = NULL;
		size_t played = 0;
		if (results[i].run != 0)
			line.word = regrade_student(regrade, book, &results[i], &said, &played, arena);
		else
			said = results[i].failure;
		line.played = (uint32_t)played;
		line.length = said != NULL ? (uint32_t)strlen(said) : 0;
		good = fd_write_all(out, &line, sizeof(line)) && fd_write_all(out, said, line.length);
		arena_destroy(arena);
	}
	book_close(book);
	arena_destroy(own);
	return good && !interrupted();
}

static void lines_read(int from, struct totals *totals, size_t count, struct arena *arena)
{
	struct regrade_line line;
	lseek(from, 0, SEEK_SET);
	while (fd_read_all(from, &line, sizeof(line)) && line.index < count && line.word <= REGRADE_STAFF) {
		char *said = arena_alloc(arena, (size_t)line.length + 1);
		if (!fd_read_all(from, said, line.length))
			return;
		totals->said[line.index] = said;
		totals->word[line.index] = (enum regrade_word)line.word;
		totals->words[line.word]++;
		totals->played += line.played;
	}
}

/* Students are shared out among processes; each writes what it found into a file of its own.  False when one died. */
static bool workers_run(const struct regrade *regrade, const struct stored_result *results, size_t count, unsigned jobs,
                        struct totals *totals)
{
	struct arena *arena = regrade->batch->invocation->arena;
	pid_t children[SLOTS_MOST];
	int files[SLOTS_MOST];
	bool good = true;
	fflush(NULL);
	for (unsigned i = 0; i < jobs; i++) {
		files[i] = memfd_create("regrade", MFD_CLOEXEC);
		children[i] = files[i] >= 0 ? fork() : -1;
		if (children[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(worker(regrade, results, count, i, jobs, files[i]) ? EXIT_ALL_PASSED : EXIT_HARNESS);
		}
		good = good && children[i] > 0;
	}
	for (unsigned i = 0; i < jobs; i++) {
		int status = -1;
		while (children[i] > 0 && waitpid(children[i], &status, 0) < 0 && errno == EINTR)
			continue;
		good = good && status == 0;
		if (files[i] >= 0)
			lines_read(files[i], totals, count, arena);
		fd_close(&files[i]);
	}
	return good;
}

static void totals_print(const struct totals *totals, const struct stored_result *results, size_t count, bool written)
{
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < count; i++) {
		if (totals->said[i] == NULL || totals->word[i] == REGRADE_SAME || totals->word[i] == REGRADE_EQUAL)
			continue;
		text_escaped(&text, results[i].student, strlen(results[i].student), 100, false);
		text_printf(&text, "  %s", totals->word[i] == REGRADE_STAFF ? "needs staff: " : "");
		text_escaped(&text, totals->said[i], strlen(totals->said[i]), 2000, false);
		text_puts(&text, "\n");
	}
	text_printf(&text, "%zu changed, %zu judged again with the same outcome, %zu already of this spec",
	            totals->words[REGRADE_CHANGED], totals->words[REGRADE_EQUAL], totals->words[REGRADE_SAME]);
	if (totals->words[REGRADE_STAFF] > 0)
		text_printf(&text, ", %zu need staff", totals->words[REGRADE_STAFF]);
	if (totals->played > 0)
		text_printf(&text, "; %zu tests were played again, because what is done in them changed", totals->played);
	else
		text_puts(&text, "; no program was started");
	bool any = totals->words[REGRADE_CHANGED] + totals->words[REGRADE_EQUAL] + totals->words[REGRADE_STAFF] > 0;
	text_printf(&text, ".\n%s\n",
	            !any      ? "There is nothing to write."
	            : written ? "Written to the gradebook; the former results stay in it."
	                      : "Nothing was written: --yes writes it.");
	print_text(text_string(&text), text.length);
}

static int regrade_book(struct class_batch *batch, struct book *book, unsigned jobs, bool write, struct diags *diags)
{
	struct arena *arena = batch->invocation->arena;
	struct stored_result *results;
	size_t count;
	struct regrade regrade = {batch, write};
	if (!book_results(book, batch->loaded.assignment->name, NULL, true, &results, &count, arena, diags))
		return EXIT_BAD_USAGE;
	if (count == 0) {
		print_error("%s has no result of the assignment %s", batch->book, batch->loaded.assignment->name);
		return EXIT_BAD_USAGE;
	}
	if (write && !class_definitions_put(batch, book, diags))
		return EXIT_HARNESS;
	struct totals totals = {.said = arena_array(arena, count, sizeof(char *)),
	                        .word = arena_array(arena, count, sizeof(enum regrade_word))};
	bool good = workers_run(&regrade, results, count, jobs < count ? jobs : (unsigned)count, &totals);
	totals_print(&totals, results, count, write && good);
	if (!good) {
		print_error(interrupted() ? "interrupted" : "a worker died; the results above are those that were made");
		return interrupted() ? EXIT_INTERRUPTED : EXIT_HARNESS;
	}
	return totals.words[REGRADE_STAFF] > 0 ? EXIT_HARNESS : EXIT_ALL_PASSED;
}

static int run(struct invocation *invocation)
{
	struct class_batch batch = {.invocation = invocation, .book = option_value(invocation, "book")};
	struct diags diags;
	unsigned jobs;
	diags_init(&diags, invocation->arena);
	if (invocation->positional_count != 1 || batch.book == NULL) {
		print_error("grader regrade ASSIGNMENT --book FILE [--yes]");
		return EXIT_BAD_USAGE;
	}
	int status = EXIT_BAD_USAGE;
	struct book *book = NULL;
	if (class_open(&batch, &jobs, &diags) && (book = book_option_open(invocation, BOOK_WRITE)) != NULL) {
		int lock = class_work_folder(&batch);
		if (lock >= 0) {
			setenv("TMPDIR", batch.work, 1);
			status = regrade_book(&batch, book, jobs, option_value(invocation, "yes") != NULL, &diags);
		}
		class_work_end(&batch, &lock);
		book_close(book);
	}
	print_diags(&diags);
	loaded_release(&batch.loaded);
	return status;
}

static const struct option_row options[] = {
	{"book", "FILE", "the gradebook", false},
	{"yes", NULL, "write the new results, and queue the scores that changed", false},
	{"column", "NAME", "column of the learning platform (default: the assignment's name)", false},
	{"jobs", "N", "so many processes (default: two for each processor)", false},
	{"role", "ROLES", "which roles the students play: server, client, or both with a comma", false},
	{"seed", "N", "for random data that give no seed of their own (default: 1)", false},
	{"repeat", "N", "run each test N times; one whose verdict changes is reported as unstable", false},
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_regrade = {
	"regrade",
	"ASSIGNMENT --book FILE [--yes]",
	"judge a whole class again after a change of its spec",
	"Judges the stored timelines of every student's newest result under the present spec and shows the "
	"difference, student by student. A test is played again only where what is done in it changed, or where "
	"it broke off under expectations that are no longer the same. Without --yes nothing is written; with it "
	"the new results stand beside the old ones, each with the digest of its spec.\n"
	"Exit status: 0 done, 2 bad usage or bad spec, 3 some could not be judged again, 130 interrupted.",
	options,
	run,
};
