#include "judge/fit.h"

#include "base/pattern.h"
#include "base/text.h"

#include <string.h>

/* Bytes shown of what was expected and of what came, and bytes before the first that differs. */
enum { SHOWN = 32, BEFORE = 8 };

static struct fit fit_bytes(const struct data *data, const uint8_t *bytes, size_t length, size_t known)
{
	size_t compared = length < data->length ? length : data->length;
	size_t sure = compared < known ? compared : known;
	if (sure > 0 && memcmp(data->bytes, bytes, sure) != 0) {
		size_t at = 0;
		while (data->bytes[at] == bytes[at])
			at++;
		return (struct fit){.kind = FIT_NO, .differs_at = at};
	}
	if (length < data->length)
		return (struct fit){.kind = FIT_MORE};
	if (sure < compared)
		return (struct fit){.kind = FIT_UNKNOWN, .taken = data->length};
	return (struct fit){.kind = FIT_YES, .taken = data->length, .group_length = data->length};
}

static struct fit fit_taken(const regmatch_t found[2], size_t taken)
{
	const regmatch_t *kept = found[1].rm_so >= 0 ? &found[1] : &found[0];
	return (struct fit){.kind = FIT_YES,
	                    .taken = taken,
	                    .group = (size_t)kept->rm_so,
	                    .group_length = (size_t)(kept->rm_eo - kept->rm_so)};
}

static struct fit fit_pattern(const struct data *data, const uint8_t *bytes, size_t length, bool last)
{
	bool full = length > FIT_PATTERN_MOST;
	if (full)
		length = FIT_PATTERN_MOST;
	struct fit no = {.kind = full ? FIT_NO : FIT_MORE};
	regmatch_t found[2];
	if (data->until != NULL) {
		if (!pattern_find(data->until, bytes, length, found) || (!last && found[0].rm_eo == 0))
			return no;
		size_t region = (size_t)found[0].rm_eo;
		if (!pattern_find(data->pattern, bytes, region, found))
			return (struct fit){.kind = FIT_NO};
		return fit_taken(found, region);
	}
	if (!pattern_find(data->pattern, bytes, length, found))
		return no;
	/* What ends where the bytes end might be longer once more has come. */
	if ((size_t)found[0].rm_eo == length && !last && !full)
		return no;
	return fit_taken(found, (size_t)found[0].rm_eo);
}

struct fit fit_data(const struct data *data, const uint8_t *bytes, size_t length, size_t known, bool last)
{
	switch (data->kind) {
	case DATA_BYTES:
		return fit_bytes(data, bytes, length, known);
	case DATA_ANY:
		if (length < data->length)
			return (struct fit){.kind = FIT_MORE};
		return (struct fit){.kind = FIT_YES, .taken = data->length, .group_length = data->length};
	case DATA_PATTERN:
		if (known < length)
			return (struct fit){.kind = FIT_UNKNOWN, .taken = length};
		return fit_pattern(data, bytes, length, last);
	}
	return (struct fit){.kind = FIT_MORE};
}

bool fit_length(const struct data *data, size_t *length)
{
	*length = data->length;
	return data->kind != DATA_PATTERN;
}

static void part(struct text *text, const uint8_t *bytes, size_t length, size_t from)
{
	if (from > 0)
		text_puts(text, "…");
	text_escaped(text, bytes + from, length - from, SHOWN, true);
}

void fit_explain(const struct fit *fit, const struct data *data, const uint8_t *bytes, size_t length, uint64_t offset,
                 const char *where, struct text *text)
{
	if (data->kind == DATA_BYTES && fit->kind == FIT_NO) {
		size_t from = fit->differs_at > 2 * BEFORE ? fit->differs_at - BEFORE : 0;
		text_printf(text, "byte %llu %s differs: ", (unsigned long long)(offset + fit->differs_at), where);
		part(text, bytes, length, from);
		text_puts(text, " instead of ");
		part(text, data->bytes, data->length, from);
		return;
	}
	if (data->kind == DATA_PATTERN) {
		regmatch_t found[2];
		bool ended = data->until == NULL || pattern_find(data->until, bytes, length, found);
		const char *pattern = ended ? data->pattern : data->until;
		if (length == 0) {
			text_puts(text, "nothing came");
			return;
		}
		text_puts(text, ended ? "what came does not match " : "nothing that came ends it (until: ");
		text_escaped(text, pattern, strlen(pattern), SIZE_MAX, false);
		text_puts(text, ended ? ": " : "): ");
		text_escaped(text, bytes, length, SHOWN, true);
		return;
	}
	text_printf(text, "%zu of %zu bytes came", length, data->length);
	if (length > 0 && data->kind == DATA_BYTES) {
		text_puts(text, " (");
		size_t from = length > SHOWN ? length - SHOWN : 0;
		part(text, bytes, length, from);
		text_puts(text, ")");
	}
}
