#include "cli/cli.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/host.h"

#include <string.h>

static const char *rung_meaning(enum rung rung)
{
	switch (rung) {
	case RUNG_A:
		return "full evidence: a network namespace of its own for each test; calls, true segments and TCP states";
	case RUNG_B:
		return "no namespaces: calls, segments by port on the shared loopback, TCP states; isolation is partial";
	case RUNG_C:
		return "no namespaces, no capture: calls and TCP states; what only segments show needs a review";
	case RUNG_D:
		return "no tracing: TCP states and the peer's own view; what only calls show needs a review";
	case RUNG_E:
		return "not even /proc: the peer's view and time limits; the harness does not grade here";
	}
	return "";
}

static void doctor_json(const struct host *host)
{
	TEXT_AUTO text = {0};
	struct json json = {.out = &text, .indented = true};
	json_add_object(&json, NULL);
	json_add_string(&json, "rung", rung_word(host->rung));
	json_add_boolean(&json, "root", host->root);
	json_add_array(&json, "probes");
	for (size_t i = 0; i < host->probe_count; i++) {
		const struct probe *probe = &host->probes[i];
		json_add_object(&json, NULL);
		json_add_string(&json, "name", probe->name);
		json_add_boolean(&json, "works", probe->works);
		json_add_string(&json, "seen", probe->seen);
		json_add_string(&json, "lost", probe->works ? NULL : probe->lost);
		json_add_string(&json, "remedy", probe->remedy);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_end_object(&json);
	text_puts(&text, "\n");
	print_text(text_string(&text), text.length);
}

static void doctor_text(const struct host *host, const struct paint *paint)
{
	TEXT_AUTO text = {0};
	for (size_t i = 0; i < host->probe_count; i++) {
		const struct probe *probe = &host->probes[i];
		text_puts(&text, " ");
		paint_puts(&text, paint, probe->works ? INK_GOOD : INK_BAD,
		           paint_glyph(paint, probe->works ? GLYPH_PASS : GLYPH_FAIL));
		text_printf(&text, " %-24s ", probe->name);
		paint_puts(&text, paint, INK_DIM, probe->seen != NULL ? probe->seen : "");
		text_puts(&text, "\n");
		if (!probe->works && probe->lost != NULL)
			paint_words(&text, paint, INK_PLAIN, "     without it: ", probe->lost);
		if (!probe->works && probe->remedy != NULL)
			paint_words(&text, paint, INK_ACTION, "     to do: ", probe->remedy);
	}
	text_printf(&text, "\nRung %s of the evidence ladder", rung_word(host->rung));
	text_puts(&text, "\n");
	paint_words(&text, paint, INK_PLAIN, "  ", rung_meaning(host->rung));
	print_text(text_string(&text), text.length);
}

static int doctor(struct invocation *invocation)
{
	struct host host;
	host_probe(&host, RUNG_A, invocation->arena);
	if (option_value(invocation, "json") != NULL)
		doctor_json(&host);
	else
		doctor_text(&host, &invocation->paint);
	return host.rung <= RUNG_B ? EXIT_ALL_PASSED : host.rung <= RUNG_D ? EXIT_SOMETHING_FAILED : EXIT_HARNESS;
}

static const struct option_row options[] = {
	{"json", NULL, "the same for programs", false},
	{"color", "WHEN", "always, never or auto", false},
	{NULL, NULL, NULL, false},
};

const struct cli_command command_doctor = {
	"doctor",
	"[--json]",
	"what this host allows, and what to do for more evidence",
	"Tries what grading needs (namespaces, tracing, capture, socket diagnosis), says which rung of the "
	"evidence ladder that makes, what is lost below the top one, and what to do about it. Changes nothing. "
	"Exit status 0 for rung A or B, 1 for C or D, 3 when nothing can be graded here.",
	options,
	doctor,
};
