#include "spec/place.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

void place_add(struct diags *diags, enum diag_kind kind, const char *path, struct place place, const char *format, ...)
{
	for (size_t i = 0; i < diags->count; i++) {
		const struct diag *diag = &diags->list[i];
		if (diag->kind == kind && diag->line == place.line && diag->column == place.column && diag->file != NULL &&
		    strcmp(diag->file, path) == 0)
			return;
	}
	TEXT_AUTO message = {0};
	va_list arguments;
	va_start(arguments, format);
	text_vprintf(&message, format, arguments);
	va_end(arguments);
	diags_add(diags, kind, path, place.line, place.column, "%s", text_string(&message));
}
