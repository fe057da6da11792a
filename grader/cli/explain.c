#include "cli/cli.h"
#include "cli/files.h"

#include "base/arena.h"
#include "base/text.h"
#include "judge/findings.h"
#include "model/language.h"
#include "model/verbs.h"
#include "report/format.h"

#include <stdio.h>
#include <string.h>

enum { WORD_COLUMNS = 14 };

struct rule_help {
	enum rule rule;
	const char *help;
};

static const struct rule_help rules[] = {
	{RULE_CRASH, "The student's program is not ended by a signal such as SIGSEGV, SIGABRT or SIGPIPE."},
	{RULE_SPIN, "The student's program does not burn CPU while there is nothing to do."},
	{RULE_RESET, "The student's program sends no RST."},
	{RULE_EXTRA, "Where a test expects data of the student's program, not a byte more is sent."},
};

static void explain_verb(struct text *text, const struct paint *paint, const struct verb_row *row)
{
	paint_puts(text, paint, INK_STRONG, verb_word(row->verb));
	text_printf(text, "  (takes %s)\n", argument_word(row->argument));
	paint_words(text, paint, INK_PLAIN, "  ", row->help);
	if (row->peer != NULL)
		paint_words(text, paint, INK_PLAIN, "  The reference peer: ", row->peer);
	if (row->student != NULL)
		paint_words(text, paint, INK_PLAIN, "  The student's program is watched for: ", row->student);
	if (row->transport_lack != NULL)
		paint_words(text, paint, INK_DIM, "  ", row->transport_lack);
	text_printf(text, "\n  example:\n    %s\n", row->example);
}

static void explain_finding(struct text *text, const struct paint *paint, const struct finding_row *row)
{
	paint_puts(text, paint, INK_STRONG, row->id);
	text_printf(text, "%s\n", row->robustness ? "  (robustness: goes beyond what most courses grade)" : "");
	paint_words(text, paint, INK_STRONG, "  ", row->title);
	text_puts(text, "\n");
	paint_words(text, paint, INK_PLAIN, "  ", row->explanation);
	text_puts(text, "\n");
	paint_words(text, paint, INK_GOOD, "  What to do: ", row->mend);
	paint_words(text, paint, INK_DIM, "  Read: ", row->source);
	if (row->follows == NULL)
		return;
	TEXT_AUTO names = {0};
	for (size_t i = 0; row->follows[i] != NULL; i++)
		text_printf(&names, "%s%s", i > 0 ? ", " : "", row->follows[i]);
	paint_words(text, paint, INK_DIM, "  May bring with it: ", text_string(&names));
}

/* Maps of a spec and of an assignment, with their keys. */
static const struct key_map {
	const char *of;
	const struct key_row *rows;
	size_t count;
} maps[] = {
	{"a spec", spec_keys, SPEC_KEYS},
	{"a test", test_keys, TEST_KEYS},
	{"a role's line", beside_keys, BESIDE_KEYS},
	{"DATA", data_keys, DATA_KEYS},
	{"limits", limit_keys, LIMITS_KEYS},
	{"vary", vary_keys, VARY_KEYS},
	{"faults", setback_keys, SETBACK_KEYS},
	{"repeat", repeat_keys, REPEAT_KEYS},
	{"an assignment", assignment_keys, ASSIGNMENT_KEYS},
};
enum { MAPS = sizeof(maps) / sizeof(maps[0]) };

static void explain_keys(struct text *text, const struct paint *paint, const struct key_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct key_row *row = &map->rows[i];
		if (strcmp(row->name, name) != 0)
			continue;
		paint_puts(text, paint, INK_STRONG, name);
		text_printf(text, "  (a key of %s; %s%s)\n", map->of, key_type_word(row->type),
		            row->required ? "; required" : "");
		paint_words(text, paint, INK_PLAIN, "  ", row->help);
		for (size_t j = 0; row->choices != NULL && row->choices[j] != NULL; j++)
			text_printf(text, "%s%s", j == 0 ? "  one of: " : ", ", row->choices[j]);
		if (row->choices != NULL)
			text_puts(text, "\n");
	}
}

/* What each call may meet. */
static void explain_faults(struct text *text, const struct paint *paint)
{
	for (enum setback_call call = SETBACK_READ; setback_call_words[call] != NULL; call++) {
		unsigned errors = setback_errors(call);
		if (errors == 0)
			continue;
		TEXT_AUTO words = {0};
		text_printf(&words, "%s:", setback_call_word(call));
		for (size_t i = 0; setback_error_words[i] != NULL; i++)
			if ((errors & 1u << i) != 0)
				text_printf(&words, " %s", setback_error_words[i]);
		text_puts(&words, call == SETBACK_READ || call == SETBACK_WRITE ? ", and count" : "");
		paint_words(text, paint, INK_PLAIN, "    ", text_string(&words));
	}
	text_puts(text,
	          "  example:\n    faults: [{call: write, nth: 1, count: 1000}, {call: read, every: 3, error: EINTR}]\n");
}

static void explain_options(struct text *text, const struct paint *paint, const char *name)
{
	while (*name == '-')
		name++;
	for (size_t i = 0; commands[i] != NULL; i++) {
		for (const struct option_row *row = commands[i]->options; row != NULL && row->name != NULL; row++) {
			if (strcmp(row->name, name) != 0)
				continue;
			text_printf(text, "grader %s --%s%s%s\n", commands[i]->name, row->name, row->argument != NULL ? " " : "",
			            row->argument != NULL ? row->argument : "");
			paint_words(text, paint, INK_PLAIN, "  ", row->help);
		}
	}
}

/* One word of a list and what it means, wrapped beside it. */
static void list_word(struct text *text, const struct paint *paint, int wide, const char *word, const char *help)
{
	TEXT_AUTO first = {0};
	text_printf(&first, "  %-*s ", wide, word);
	paint_words(text, paint, INK_PLAIN, text_string(&first), help);
}

/* A line for each; explain_file sets them. */
static void explain_entry(struct text *text, const char *name, const char *help)
{
	text_printf(text, "  %-15s\t%s\n", name, help);
}

static void explain_file(struct text *text, const struct paint *paint, const struct file_page *page)
{
	paint_puts(text, paint, INK_STRONG, page->name);
	text_puts(text, "\n");
	paint_words(text, paint, INK_PLAIN, "  ", page->help);
	text_puts(text, "\n");
	TEXT_AUTO entries = {0};
	page->each(&entries, explain_entry);
	char *rest = entries.bytes;
	for (char *line = strsep(&rest, "\n"); line != NULL && *line != '\0'; line = strsep(&rest, "\n")) {
		const char *name = strsep(&line, "\t");
		list_word(text, paint, 0, name, line != NULL ? line : "");
	}
	text_printf(text, "\nexample:\n%s", page->example);
}

static void explain_languages(struct text *text, const struct paint *paint)
{
	for (size_t i = 0; languages[i].name != NULL; i++) {
		const struct language *row = &languages[i];
		paint_puts(text, paint, INK_STRONG, row->name);
		text_puts(text, "\n");
		if (row->receive != NULL)
			text_printf(text,
			            "  findings say %s() and %s(), over UDP %s() and %s(); at the end of the stream %s() %s\n",
			            row->receive, row->send, row->receive_datagram, row->send_datagram, row->receive, row->end);
		paint_words(text, paint, INK_PLAIN, "  ", row->differs);
	}
}

static void explain_rules(struct text *text, const struct paint *paint)
{
	paint_puts(text, paint, INK_STRONG, "Standing rules");
	text_puts(text, "\n");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		list_word(text, paint, WORD_COLUMNS, rule_word(rules[i].rule), rules[i].help);
}

static void explain_name(struct text *text, const struct paint *paint, const char *name)
{
	const struct finding_row *finding = finding_row(name);
	if (finding != NULL)
		explain_finding(text, paint, finding);
	for (enum verb verb = VERB_LISTEN; verb <= VERB_REPEAT; verb++) {
		if (strcmp(verb_word(verb), name) == 0)
			explain_verb(text, paint, verb_row(verb));
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rule_word(rules[i].rule), name) != 0)
			continue;
		text_printf(text, "%s  (a standing rule; `allow: [%s]` lifts it for a test)\n", name, name);
		paint_words(text, paint, INK_PLAIN, "  ", rules[i].help);
	}
	if (strcmp(name, "rules") == 0)
		explain_rules(text, paint);
	if (strcmp(name, "languages") == 0)
		explain_languages(text, paint);
	for (size_t i = 0; i < MAPS; i++)
		explain_keys(text, paint, &maps[i], name);
	if (strcmp(name, "faults") == 0)
		explain_faults(text, paint);
	for (const struct file_page *page = file_pages; page->name != NULL; page++) {
		if (strcmp(page->name, name) == 0)
			explain_file(text, paint, page);
	}
	const struct format *format = format_find(name);
	if (format != NULL)
		text_printf(text, "%s  (a format)\n  %s\n", name, format->help);
	explain_options(text, paint, name);
}

static void list_keys(struct text *text, const struct paint *paint)
{
	paint_puts(text, paint, INK_STRONG, "Keys");
	text_puts(text, "\n");
	for (size_t i = 0; i < MAPS; i++) {
		TEXT_AUTO names = {0};
		for (size_t j = 0; j < maps[i].count; j++)
			text_printf(&names, "%s%s", j > 0 ? ", " : "", maps[i].rows[j].name);
		list_word(text, paint, WORD_COLUMNS, maps[i].of, text_string(&names));
	}
	text_puts(text, "\n");
}

static void list_all(struct text *text, const struct paint *paint)
{
	static const char *const titles[] = {"What a role does", "What is seen on the way", "What the grader itself does"};
	for (enum verb_group group = GROUP_ROLE; group <= GROUP_GRADER; group++) {
		paint_puts(text, paint, INK_STRONG, titles[group]);
		text_puts(text, "\n");
		for (enum verb verb = VERB_LISTEN; verb <= VERB_REPEAT; verb++) {
			if (verb_row(verb)->group == group)
				list_word(text, paint, WORD_COLUMNS, verb_word(verb), verb_row(verb)->help);
		}
		text_puts(text, "\n");
	}
	explain_rules(text, paint);
	text_puts(text, "\n");
	list_keys(text, paint);
	paint_puts(text, paint, INK_STRONG, "Findings");
	text_puts(text, "\n");
	for (size_t i = 0; finding_rows[i] != NULL; i++)
		text_printf(text, "  %-28s %s%s\n", finding_rows[i]->id, finding_rows[i]->title,
		            finding_rows[i]->robustness ? "  (robustness)" : "");
	text_puts(text, "\n");
	paint_puts(text, paint, INK_STRONG, "Files of a class");
	text_puts(text, "\n");
	for (const struct file_page *page = file_pages; page->name != NULL; page++)
		list_word(text, paint, WORD_COLUMNS, page->name, page->help);
	text_puts(text, "\n");
	paint_words(
		text, paint, INK_PLAIN, "",
		"grader explain NAME says more, of options and formats too; grader explain languages says what is different "
		"for programs in other languages than C.");
}

/* Everything that has a page, once for each of the tables that it stands in; options are left out. */
static void each_name(void *context, void (*take)(void *context, const char *name))
{
	for (size_t i = 0; finding_rows[i] != NULL; i++)
		take(context, finding_rows[i]->id);
	for (enum verb verb = VERB_LISTEN; verb <= VERB_REPEAT; verb++)
		take(context, verb_word(verb));
	for (size_t i = 0; i < MAPS; i++) {
		for (size_t j = 0; j < maps[i].count; j++)
			take(context, maps[i].rows[j].name);
	}
	for (size_t i = 0; formats[i] != NULL; i++)
		take(context, formats[i]->name);
	for (const struct file_page *page = file_pages; page->name != NULL; page++)
		take(context, page->name);
	take(context, "rules");
	take(context, "languages");
}

static void add_name(void *context, const char *name)
{
	struct text *text = context;
	text_printf(text, "%s%s", text->length > 0 ? " " : "", name);
}

void explain_names(struct text *text)
{
	TEXT_AUTO names = {0};
	each_name(&names, add_name);
	text_add(text, names.bytes, names.length);
}

struct words {
	struct arena *arena;
	const char **list; /* ends with NULL */
	size_t count, capacity;
};

static void add_word(void *context, const char *name)
{
	struct words *words = context;
	words->list = arena_grow(words->arena, words->list, &words->capacity, words->count + 2, sizeof(char *));
	words->list[words->count++] = name;
}

static const char *suggestion(const struct invocation *invocation, const char *name)
{
	struct words words = {.arena = invocation->arena};
	each_name(&words, add_word);
	return nearest_word(name, words.list);
}

static int explain(struct invocation *invocation)
{
	TEXT_AUTO text = {0};
	if (invocation->positional_count == 0) {
		list_all(&text, &invocation->paint);
		print_text(text_string(&text), text.length);
		return EXIT_ALL_PASSED;
	}
	int status = EXIT_ALL_PASSED;
	for (size_t i = 0; i < invocation->positional_count; i++) {
		size_t before = text.length;
		if (i > 0)
			text_puts(&text, "\n");
		explain_name(&text, &invocation->paint, invocation->positional[i]);
		if (text.length > before + 1)
			continue;
		const char *near = suggestion(invocation, invocation->positional[i]);
		print_error("nothing is called %s%s%s%s", invocation->positional[i], near != NULL ? "; did you mean " : "",
		            near != NULL ? near : "", near != NULL ? "?" : ". `grader explain` lists what is");
		status = EXIT_BAD_USAGE;
	}
	print_text(text_string(&text), text.length);
	return status;
}

static const struct option_row options[] = {
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_explain = {
	"explain",
	"[NAME…]",
	"what a verb, a rule, a finding, a key or an option means",
	"Explains any word of the lifecycle language, any finding with its source and a way to mend it, any "
	"option.\n"
	"Without NAME: the list of all of them.",
	options,
	explain,
};
