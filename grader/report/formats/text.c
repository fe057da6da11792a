#include "report/formats/rows.h"

#include "report/formats/plain.h"

static void write_text(struct text *out, const struct view *view, const struct format_context *context)
{
	(void)context;
	plain_report(out, view);
}

const struct format format_text = {
	.name = "text",
	.help = "what the terminal shows, without colour: for a log, an e-mail or a file beside the submission",
	.audience = AUDIENCE_STUDENT,
	.write = write_text,
};
