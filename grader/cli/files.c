#include "cli/files.h"

#include "base/text.h"
#include "intake/roster.h"
#include "lms/config.h"

#include <stddef.h>

static void columns_each(struct text *text, void (*entry)(struct text *, const char *name, const char *help))
{
	for (const struct roster_column *column = roster_columns; column->words[0] != NULL; column++) {
		TEXT_AUTO help = {0};
		text_puts(&help, column->help);
		for (const char *const *word = column->words + 1; *word != NULL; word++)
			text_printf(&help, "%s%s", word == column->words + 1 ? "; also called " : ", ", *word);
		entry(text, column->words[0], text_string(&help));
	}
}

static void members_each(struct text *text, void (*entry)(struct text *, const char *name, const char *help))
{
	entry(text, "backend", "canvas, moodle, ags (LTI 1.3 Advantage) or webhook");
	for (const struct target_member *member = target_members; member->name != NULL; member++) {
		TEXT_AUTO help = {0};
		text_printf(&help, "%s (%s)", member->help, member->backends);
		entry(text, member->name, text_string(&help));
	}
}

const struct file_page file_pages[] = {
	{"roster.csv",
     "Who is in the course (grader batch --roster): a CSV with comma, semicolon or tab, whose first row names its "
     "columns; other columns are passed over. The exports of Canvas, Moodle, Brightspace, Blackboard and Classroom 50 "
     "do as they are, in UTF-8, UTF-16 or Windows-1252; Moodle's grading worksheet, too. A submission finds its person "
     "by login, address or id, else by the whole name.",
     "login,name,email,lms_user_id\nada,Ada Lovelace,ada@example.edu,4711\n", columns_each},
	{"lms.json",
     "Where scores go (grader post --config): targets, each with a name for --target. No secret stands in it. What a "
     "target needs and lacks is told by `grader post doctor`.",
     "{\"targets\": {\n"
     "  \"course\": {\"backend\": \"canvas\", \"column\": \"echo-server\", \"url\": \"https://canvas.example.edu\",\n"
     "             \"course\": \"12\", \"assignment\": \"345\", \"token_env\": \"CANVAS_TOKEN\"},\n"
     "  \"moodle\": {\"backend\": \"moodle\", \"column\": \"echo-server\", \"url\": \"https://moodle.example.edu\",\n"
     "             \"course\": \"2\", \"assignment\": \"1\", \"token_file\": \"moodle.token\"}\n"
     "}}\n",
     members_each},
	{NULL, NULL, NULL, NULL},
};
