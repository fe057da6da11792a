/* Private to report/: every format's row. */
#pragma once

#include "report/format.h"

extern const struct format format_json, format_text, format_markdown, format_github, format_junit, format_tap,
	format_ctrf, format_gradescope, format_autolab, format_prairielearn, format_submitty, format_mermaid,
	format_inginious, format_classroom50, format_check50, format_canvas_csv, format_moodle_csv;
