#include "cli/cli.h"

#include "base/arena.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Set by the signal handler only. */
static volatile sig_atomic_t interrupt_seen;

static void interrupt_note(int signal_number)
{
	interrupt_seen = signal_number;
}

void interrupts_catch(void)
{
	struct sigaction action = {.sa_handler = interrupt_note};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like others: EFBIG */
}

bool interrupted(void)
{
	return interrupt_seen != 0;
}

void print_error(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fputs("grader: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

/* Some of the report could not be written. */
static volatile sig_atomic_t output_lost;

/* Whoever reads the report has left (grader run | head), or it cannot be written: what was asked for besides is still
 * done. */
static void output_abandon(void)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
		_exit(EXIT_HARNESS);
	close(nowhere);
}

/* A file that is opened must not get the number of a standard stream that is closed: a report would be written into it. */
static void streams_hold(void)
{
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
		if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(EXIT_HARNESS);
}

void print_text(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(STDOUT_FILENO, bytes, length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EPIPE) {
			output_abandon();
			return;
		}
		if (count < 0) {
			print_error("writing the report: %s", strerror(errno));
			output_lost = true;
			output_abandon();
			return;
		}
		bytes += count;
		length -= (size_t)count;
	}
}

void print_diags(const struct diags *diags)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->list[i];
		if (diag->file != NULL && diag->line > 0)
			fprintf(stderr, "%s:%u:%u: ", diag->file, diag->line, diag->column);
		else
			fprintf(stderr, "%s: ", diag->file != NULL ? diag->file : "grader");
		fprintf(stderr, "%s%s\n", diag->kind == DIAG_WARNING ? "warning: " : "", diag->message);
	}
	if (diags->errors > diags->count)
		fprintf(stderr, "… and %zu more\n", diags->errors - diags->count);
}

const char *option_value(const struct invocation *invocation, const char *name)
{
	const char *value = NULL;
	for (size_t i = 0; i < invocation->option_count; i++) {
		if (strcmp(invocation->option[i].row->name, name) == 0)
			value = invocation->option[i].value;
	}
	return value;
}

bool option_number(const struct invocation *invocation, const char *name, unsigned long most, unsigned long otherwise,
                   unsigned long *value)
{
	const char *given = option_value(invocation, name);
	char *end = NULL;
	*value = otherwise;
	if (given == NULL)
		return true;
	errno = 0;
	*value = strtoul(given, &end, 10);
	if (*given >= '0' && *given <= '9' && *end == '\0' && errno == 0 && *value >= 1 && *value <= most)
		return true;
	print_error("--%s takes a whole number from 1 to %lu, not \"%s\"", name, most, given);
	return false;
}

bool option_seed(const struct invocation *invocation, uint64_t *seed)
{
	const char *given = option_value(invocation, "seed");
	char *end = NULL;
	*seed = 1;
	if (given == NULL)
		return true;
	errno = 0;
	*seed = strtoull(given, &end, 10);
	if (*given >= '0' && *given <= '9' && *end == '\0' && errno == 0)
		return true;
	print_error("--seed takes a whole number, not \"%s\"", given);
	return false;
}

/* Each line of `help` as a paragraph. */
static void add_paragraphs(struct text *text, const struct paint *paint, const char *help)
{
	while (*help != '\0') {
		TEXT_AUTO paragraph = {0};
		size_t length = strcspn(help, "\n");
		text_add(&paragraph, help, length);
		paint_words(text, paint, INK_PLAIN, "", text_string(&paragraph));
		help += length + (help[length] == '\n');
	}
}

static void print_usage(const struct cli_command *command, const struct paint *paint)
{
	TEXT_AUTO text = {0};
	text_printf(&text, "usage: grader %s %s\n\n", command->name, command->usage);
	add_paragraphs(&text, paint, command->help);
	for (const struct option_row *row = command->options; row != NULL && row->name != NULL; row++) {
		if (row == command->options)
			text_puts(&text, "\noptions:\n");
		char name[64], left[80];
		snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument != NULL ? " " : "",
		         row->argument != NULL ? row->argument : "");
		snprintf(left, sizeof(left), "  %-19s ", name);
		paint_words(&text, paint, INK_PLAIN, left, row->help);
	}
	print_text(text_string(&text), text.length);
}

static void print_commands(const struct paint *paint)
{
	TEXT_AUTO text = {0};
	text_puts(&text, "usage: grader COMMAND [ARGUMENT]…\n\n");
	paint_words(
		&text, paint, INK_PLAIN, "",
		"Grades TCP and UDP servers and clients from evidence: their socket calls, what passes on the wire and the "
		"kernel's TCP states.");
	text_puts(&text, "\nexamples:\n"
	                 "  grader run echo-server ./my-server      grade what lies in ./my-server\n"
	                 "  grader show RUN                         draw what happened\n"
	                 "  grader explain eof-ignored              what a finding means and what to do\n\ncommands:\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		char left[32];
		snprintf(left, sizeof(left), "  %-10s ", commands[i]->name);
		paint_words(&text, paint, INK_PLAIN, left, commands[i]->summary);
	}
	text_puts(&text, "\n");
	paint_words(
		&text, paint, INK_PLAIN, "",
		"grader COMMAND --help says more. Exit status: 0 all passed, 1 something failed, 2 bad usage or bad spec, "
		"3 the harness could not grade.");
	print_text(text_string(&text), text.length);
}

static const struct option_row *option_find(const struct cli_command *command, const char *name, size_t length)
{
	const char *words[OPTIONS_MOST + 1] = {0};
	size_t count = 0;
	for (const struct option_row *row = command->options; row != NULL && row->name != NULL; row++) {
		if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
			return row;
		if (count < OPTIONS_MOST)
			words[count++] = row->name;
	}
	char given[64];
	snprintf(given, sizeof(given), "%.*s", (int)length, name);
	const char *near = nearest_word(given, words);
	print_error("%s has no option --%s%s%s%s", command->name, given, near != NULL ? "; did you mean --" : "",
	            near != NULL ? near : "", near != NULL ? "?" : "");
	return NULL;
}

/* Takes the option at arguments[*at] (and its value); false after printing what is wrong. */
static bool option_take(struct invocation *invocation, char **arguments, int *at)
{
	const char *name = arguments[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = option_find(invocation->command, name, length);
	if (row == NULL)
		return false;
	const char *value = equals != NULL ? equals + 1 : "";
	if (row->argument == NULL && equals != NULL) {
		print_error("--%s takes no value", row->name);
		return false;
	}
	if (row->argument != NULL && equals == NULL) {
		if (arguments[*at + 1] == NULL) {
			print_error("--%s needs a value: --%s %s", row->name, row->name, row->argument);
			return false;
		}
		value = arguments[++*at];
	}
	if (!row->many && option_value(invocation, row->name) != NULL) {
		print_error("--%s is given twice", row->name);
		return false;
	}
	if (invocation->option_count == sizeof(invocation->option) / sizeof(invocation->option[0])) {
		print_error("too many options");
		return false;
	}
	invocation->option[invocation->option_count].row = row;
	invocation->option[invocation->option_count++].value = value;
	return true;
}

static bool arguments_take(struct invocation *invocation, char **arguments)
{
	bool options = true;
	for (int i = 0; arguments[i] != NULL; i++) {
		const char *argument = arguments[i];
		if (options && strcmp(argument, "--") == 0) {
			options = false;
		} else if (options && strncmp(argument, "--", 2) == 0) {
			if (!option_take(invocation, arguments, &i))
				return false;
		} else if (options && argument[0] == '-' && argument[1] != '\0') {
			print_error("%s: options are written out, such as --%s", argument,
			            invocation->command->options != NULL ? invocation->command->options->name : "help");
			return false;
		} else if (invocation->positional_count == POSITIONALS_MOST) {
			print_error("too many arguments");
			return false;
		} else {
			invocation->positional[invocation->positional_count++] = argument;
		}
	}
	return true;
}

/* Colour and width of standard output: --color, NO_COLOR (no-color.org), the terminal. */
static bool paint_choose(struct invocation *invocation)
{
	const char *colour = option_value(invocation, "color");
	bool terminal = isatty(STDOUT_FILENO) == 1;
	const char *none = getenv("NO_COLOR");
	const char *kind = getenv("TERM");
	struct winsize size = {0};
	invocation->paint.colour =
		terminal && (none == NULL || *none == '\0') && (kind == NULL || strcmp(kind, "dumb") != 0);
	if (colour != NULL && strcmp(colour, "always") == 0) {
		invocation->paint.colour = true;
	} else if (colour != NULL && strcmp(colour, "never") == 0) {
		invocation->paint.colour = false;
	} else if (colour != NULL && strcmp(colour, "auto") != 0) {
		print_error("--color takes always, never or auto, not \"%s\"", colour);
		return false;
	}
	const char *language = getenv("LC_ALL");
	if (language == NULL || *language == '\0')
		language = getenv("LC_CTYPE");
	if (language == NULL || *language == '\0')
		language = getenv("LANG");
	invocation->paint.unicode = language == NULL || *language == '\0' || strcasestr(language, "utf") != NULL;
	const char *columns = getenv("COLUMNS");
	invocation->paint.columns = 100;
	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		invocation->paint.columns = size.ws_col;
	else if (columns != NULL && atoi(columns) >= 40 && atoi(columns) <= 400)
		invocation->paint.columns = (unsigned)atoi(columns);
	return true;
}

static const struct cli_command *command_find(const char *name)
{
	const char *words[32] = {0};
	for (size_t i = 0; commands[i] != NULL; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
		words[i] = commands[i]->name;
	}
	const char *near = nearest_word(name, words);
	print_error("there is no command %s%s%s%s", name, near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	            near != NULL ? "?" : ". grader --help lists them");
	return NULL;
}

static bool asks_for_help(char **arguments)
{
	for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
		if (strcmp(*arguments, "--help") == 0 || strcmp(*arguments, "-h") == 0)
			return true;
	}
	return false;
}

int main(int count, char **arguments)
{
	streams_hold();
	struct invocation plain = {0};
	paint_choose(&plain);
	if (count < 2 || strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0 ||
	    (strcmp(arguments[1], "help") == 0 && count == 2)) {
		print_commands(&plain.paint);
		return count < 2 ? EXIT_BAD_USAGE : EXIT_SUCCESS;
	}
	if (strcmp(arguments[1], "--version") == 0) {
		print_text("grader " GRADER_VERSION "\n", strlen("grader " GRADER_VERSION "\n"));
		return output_lost ? EXIT_HARNESS : EXIT_SUCCESS;
	}
	bool help = strcmp(arguments[1], "help") == 0;
	const struct cli_command *command = command_find(arguments[help ? 2 : 1]);
	if (command == NULL)
		return EXIT_BAD_USAGE;
	if (help || asks_for_help(arguments + 2)) {
		print_usage(command, &plain.paint);
		return EXIT_SUCCESS;
	}
	struct invocation invocation = {.command = command, .arena = arena_create()};
	int status = EXIT_BAD_USAGE;
	if (arguments_take(&invocation, arguments + 2) && paint_choose(&invocation))
		status = command->run(&invocation);
	arena_destroy(invocation.arena);
	return output_lost ? EXIT_HARNESS : status;
}
