/* Private to cli/: what all commands share.  Here, and only here, things are printed and processes exit. */
#pragma once

#include "base/diag.h"
#include "model/result.h"
#include "report/paint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Exit statuses of every command. */
enum {
	EXIT_ALL_PASSED = 0,
	EXIT_SOMETHING_FAILED = 1,
	EXIT_BAD_USAGE = 2, /* or a bad spec */
	EXIT_HARNESS = 3, /* the harness could not grade */
	EXIT_INTERRUPTED = 130, /* Ctrl-C */
};

/* One option of a command. */
struct option_row {
	const char *name; /* without the dashes */
	const char *argument; /* what stands for its value in the help; NULL: it has none */
	const char *help;
	bool many; /* may be given more than once */
};

enum { OPTIONS_MOST = 32, POSITIONALS_MOST = 256 };

/* A command line, taken apart. */
struct invocation {
	const struct cli_command *command;
	const char *positional[POSITIONALS_MOST];
	size_t positional_count;
	struct {
		const struct option_row *row;
		const char *value;
	} option[OPTIONS_MOST * 4];
	size_t option_count;
	struct arena *arena;
	struct paint paint; /* of standard output */
};

struct cli_command {
	const char *name;
	const char *usage; /* behind "grader NAME " */
	const char *summary;
	const char *help; /* a paragraph for each line */
	const struct option_row *options; /* ends with a row without name; NULL: none */
	int (*run)(struct invocation *);
};

extern const struct cli_command command_run, command_check, command_prove, command_judge, command_show, command_explain,
	command_doctor, command_new, command_reference, command_batch, command_regrade, command_book, command_post,
	command_lms;
/* Ends with NULL. */
extern const struct cli_command *const commands[];
/* All words that `grader explain` explains, with spaces between them. */
void explain_names(struct text *);

/* The option's value ("" when it has none), or NULL when it was not given. */
const char *option_value(const struct invocation *, const char *name);
/* A whole number from 1 to `most`; `otherwise` when not given; false after printing what is wrong. */
bool option_number(const struct invocation *, const char *name, unsigned long most, unsigned long otherwise,
                   unsigned long *value);
/* --seed, 1 when not given; false after printing what is wrong. */
bool option_seed(const struct invocation *, uint64_t *);

/* Prints every entry to standard error as "file:line:column: error: …". */
void print_diags(const struct diags *);
void print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes to standard output; a reader that went away ends the process quietly. */
void print_text(const char *bytes, size_t length);

/* True once Ctrl-C, SIGTERM or SIGHUP arrived. */
bool interrupted(void);
void interrupts_catch(void);
