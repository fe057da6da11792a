#include "report/format.h"

#include "report/result_json.h"

#include <string.h>

static void write_json(struct text *text, const struct view *view, const char *version)
{
	result_json_write(text, view, version, true);
}

static const struct format format_json = {
	"json", "the complete result, with all steps, findings and evidence (specs/result.schema.json)", AUDIENCE_INSTRUCTOR,
	write_json,
};

const struct format *const formats[] = {&format_json, NULL};

const struct format *format_find(const char *name)
{
	for (size_t i = 0; formats[i] != NULL; i++) {
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	}
	return NULL;
}
