#include "cli/cli.h"
#include "cli/files.h"

#include "base/text.h"
#include "judge/findings.h"
#include "model/verbs.h"
#include "spec/schema.h"

#include <stdio.h>
#include <string.h>

/* Text in troff: a leading dot or quote and backslashes are not requests. */
static void troff(struct text *text, const char *string)
{
	for (const char *at = string; *at != '\0'; at++) {
		if ((*at == '.' || *at == '\'') && (at == string || at[-1] == '\n'))
			text_puts(text, "\\&");
		if (*at == '\\')
			text_puts(text, "\\e");
		else if (*at == '-')
			text_puts(text, "\\-");
		else
			text_add(text, at, 1);
	}
}

/* A paragraph for each line. */
static void troff_paragraphs(struct text *text, const char *string)
{
	while (*string != '\0') {
		TEXT_AUTO paragraph = {0};
		size_t length = strcspn(string, "\n");
		text_add(&paragraph, string, length);
		text_puts(text, ".PP\n");
		troff(text, text_string(&paragraph));
		text_puts(text, "\n");
		string += length + (string[length] == '\n');
	}
}

static void man_entry(struct text *text, const char *name, const char *help)
{
	text_puts(text, ".TP\n.B ");
	troff(text, name);
	text_puts(text, "\n");
	troff(text, help);
	text_puts(text, "\n");
}

static void man_files(struct text *text)
{
	text_puts(text, ".SH FILES\n");
	for (const struct file_page *page = file_pages; page->name != NULL; page++) {
		text_printf(text, ".SS %s\n", page->name);
		troff(text, page->help);
		text_puts(text, "\n");
		page->each(text, man_entry);
		text_puts(text, ".PP\nExample:\n.PP\n.nf\n");
		troff(text, page->example);
		text_puts(text, ".fi\n");
	}
}

static void man_page(struct text *text)
{
	text_puts(
		text,
		".TH GRADER 1 \"\" \"grader " GRADER_VERSION "\" \"User Commands\"\n.SH NAME\n"
		"grader \\- grades TCP and UDP servers and clients from evidence\n.SH SYNOPSIS\n.B grader\n"
		".I COMMAND\n[\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n"
		"Starts a student's program, plays the other side of a connection lifecycle, and decides from its socket "
		"calls, the segments and datagrams on the wire and the kernel's TCP states what happened.\n.SH COMMANDS\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		text_puts(text, ".SS grader ");
		troff(text, commands[i]->name);
		text_puts(text, " ");
		troff(text, commands[i]->usage);
		text_puts(text, "\n");
		troff_paragraphs(text, commands[i]->help);
		for (const struct option_row *row = commands[i]->options; row != NULL && row->name != NULL; row++) {
			char name[96];
			snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument != NULL ? " " : "",
			         row->argument != NULL ? row->argument : "");
			man_entry(text, name, row->help);
		}
	}
	text_puts(text, ".SH EXIT STATUS\n");
	man_entry(text, "0", "all passed");
	man_entry(text, "1", "something failed");
	man_entry(text, "2", "bad usage or bad spec");
	man_entry(text, "3", "the harness could not grade");
	man_entry(text, "130", "interrupted");
	man_files(text);
	text_puts(text, ".SH ENVIRONMENT\n");
	man_entry(text, "NO_COLOR", "when set and not empty, no colour unless --color always says so");
	man_entry(text, "TMPDIR", "where copies of submissions are built; /tmp when not set");
	text_puts(text, ".SH SEE ALSO\n.BR grader\\-spec (5)\n");
}

static void man_keys(struct text *text, const char *title, const struct key_row *rows, size_t count)
{
	text_printf(text, ".SS %s\n", title);
	for (size_t i = 0; i < count; i++) {
		char name[96];
		snprintf(name, sizeof(name), "%s: %s", rows[i].name, key_type_word(rows[i].type));
		man_entry(text, name, rows[i].help);
	}
}

static void man_spec(struct text *text)
{
	static const char *const titles[] = {"Verbs of a role", "What is seen on the way", "What the grader itself does"};
	text_puts(text,
	          ".TH GRADER-SPEC 5 \"\" \"grader " GRADER_VERSION "\" \"File Formats\"\n.SH NAME\n"
	          "grader\\-spec \\- the lifecycle language\n.SH DESCRIPTION\n"
	          "A spec describes connection lifecycles from nobody's side: every line names a role and what it does. "
	          "Where the reference peer plays the role, the line is done; where a student's program plays it, it is "
	          "expected.\n.SH STEPS\n");
	for (enum verb_group group = GROUP_ROLE; group <= GROUP_GRADER; group++) {
		text_printf(text, ".SS %s\n", titles[group]);
		for (enum verb verb = VERB_LISTEN; verb <= VERB_REPEAT; verb++) {
			const struct verb_row *row = verb_row(verb);
			if (row->group != group)
				continue;
			man_entry(text, verb_word(verb), row->help);
			text_puts(text, ".br\nExample: ");
			troff(text, row->example);
			text_puts(text, "\n");
		}
	}
	text_puts(text, ".SH KEYS\n");
	man_keys(text, "Of a spec", spec_keys, SPEC_KEYS);
	man_keys(text, "Of a test", test_keys, TEST_KEYS);
	man_keys(text, "Of DATA", data_keys, DATA_KEYS);
	man_keys(text, "Of an assignment", assignment_keys, ASSIGNMENT_KEYS);
	man_keys(text, "Of limits", limit_keys, LIMITS_KEYS);
	text_puts(text, ".SH FINDINGS\n");
	for (size_t i = 0; finding_rows[i] != NULL; i++)
		man_entry(text, finding_rows[i]->id, finding_rows[i]->title);
	text_puts(text, ".SH SEE ALSO\n.BR grader (1)\n");
}

/* In single quotes, as every POSIX shell reads them. */
static void shell_quoted(struct text *text, const char *string)
{
	text_puts(text, "'");
	for (const char *at = string; *at != '\0'; at++) {
		if (*at == '\'')
			text_puts(text, "'\\''");
		else
			text_add(text, at, 1);
	}
	text_puts(text, "'");
}

static void bash_completion(struct text *text)
{
	text_puts(text, "# bash completion for grader\n_grader()\n{\n\tlocal word=${COMP_WORDS[COMP_CWORD]} options=\n"
	                "\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	for (size_t i = 0; commands[i] != NULL; i++)
		text_printf(text, "%s%s", i > 0 ? " " : "", commands[i]->name);
	text_puts(text, "\" -- \"$word\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		text_printf(text, "\t%s) options=\"--help", commands[i]->name);
		for (const struct option_row *row = commands[i]->options; row != NULL && row->name != NULL; row++)
			text_printf(text, " --%s", row->name);
		text_puts(text, "\" ;;\n");
	}
	text_puts(text, "\tesac\n\tif [[ $word == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
	                "\telif [ \"${COMP_WORDS[1]}\" = explain ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	explain_names(text);
	text_puts(text, "\" -- \"$word\"))\n\telse\n"
	                "\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\tfi\n}\ncomplete -o filenames -F _grader grader\n");
}

static void zsh_completion(struct text *text)
{
	text_puts(text, "#compdef grader\nlocal -a commands\ncommands=(\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		TEXT_AUTO entry = {0};
		text_printf(&entry, "%s:%s", commands[i]->name, commands[i]->summary);
		text_puts(text, "\t");
		shell_quoted(text, text_string(&entry));
		text_puts(text, "\n");
	}
	text_puts(text, ")\nif (( CURRENT == 2 )); then\n\t_describe command commands\n\treturn\nfi\ncase $words[2] in\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		text_printf(text, "%s)\n\t_arguments", commands[i]->name);
		for (const struct option_row *row = commands[i]->options; row != NULL && row->name != NULL; row++) {
			TEXT_AUTO entry = {0};
			text_printf(&entry, "%s--%s%s[", row->many ? "*" : "", row->name, row->argument != NULL ? "=" : "");
			for (const char *at = row->help; *at != '\0'; at++) {
				if (strchr("[]:", *at) == NULL)
					text_add(&entry, at, 1);
			}
			text_puts(&entry, "]");
			if (row->argument != NULL)
				text_printf(&entry, ":%s:_files", row->argument);
			text_puts(text, " \\\n\t\t");
			shell_quoted(text, text_string(&entry));
		}
		text_puts(text, " \\\n\t\t");
		if (commands[i] == &command_explain) {
			text_puts(text, "'*:name:(");
			explain_names(text);
			text_puts(text, ")'\n\t;;\n");
		} else {
			text_puts(text, "'*:file:_files'\n\t;;\n");
		}
	}
	text_puts(text, "esac\n");
}

static void fish_completion(struct text *text)
{
	text_puts(text, "# fish completion for grader\n");
	for (size_t i = 0; commands[i] != NULL; i++) {
		text_printf(text, "complete -c grader -n __fish_use_subcommand -a %s -d \"%s\"\n", commands[i]->name,
		            commands[i]->summary);
		if (commands[i] == &command_explain) {
			text_puts(text, "complete -c grader -f -n '__fish_seen_subcommand_from explain' -a \"");
			explain_names(text);
			text_puts(text, "\"\n");
		}
		for (const struct option_row *row = commands[i]->options; row != NULL && row->name != NULL; row++)
			text_printf(text, "complete -c grader -n '__fish_seen_subcommand_from %s' -l %s%s -d \"%s\"\n",
			            commands[i]->name, row->name, row->argument != NULL ? " -r" : "", row->help);
	}
}

static const struct {
	const char *name, *help;
	void (*write)(struct text *);
} kinds[] = {
	{"man-page", "grader(1)", man_page},
	{"man-spec", "grader-spec(5)", man_spec},
	{"schema", "the JSON Schema of specs and assignments", schema_write},
	{"bash", "completion for bash", bash_completion},
	{"zsh", "completion for zsh", zsh_completion},
	{"fish", "completion for fish", fish_completion},
};

static int reference(struct invocation *invocation)
{
	TEXT_AUTO text = {0};
	for (size_t i = 0; invocation->positional_count == 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, invocation->positional[0]) != 0)
			continue;
		kinds[i].write(&text);
		print_text(text_string(&text), text.length);
		return EXIT_ALL_PASSED;
	}
	print_error("grader reference takes one of: man-page, man-spec, schema, bash, zsh, fish");
	return EXIT_BAD_USAGE;
}

const struct cli_command command_reference = {
	"reference",
	"KIND",
	"manual pages, schema and shell completions, from the program's own tables",
	"Writes one of: man-page, man-spec, schema, bash, zsh, fish.",
	NULL,
	reference,
};
