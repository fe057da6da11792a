#include "report/formats/rows.h"

#include "report/result_json.h"

static void write_json(struct text *out, const struct view *view, const struct format_context *context)
{
	result_json_write(out, view, context->version, true);
}

const struct format format_json = {
	.name = "json",
	.help = "the complete result, with all steps, findings and evidence (specs/result.schema.json)",
	.audience = AUDIENCE_INSTRUCTOR,
	.write = write_json,
};
