#include "model/variation.h"

#include "base/text.h"

/* Bytes of one piece, and pieces of one message, that are shown. */
enum { PIECE_SHOWN = 24, PIECES_SHOWN = 6, MESSAGE_SHOWN = 32 };

bool variation_cuts(const struct plan_test *test, uint32_t number)
{
	const struct line *line = test->by_number[number];
	return line->kind == LINE_ACTION && line->step->verb == VERB_SEND && line->step->piece_count == 0 &&
	       line->step->data.kind == DATA_BYTES && !line->step->data.uses_names && line->step->data.length > 1;
}

bool variation_piece_end(const struct variation *variation, uint32_t line, size_t piece, size_t length, size_t *end)
{
	bool any = false;
	*end = length;
	for (uint32_t i = 0; variation != NULL && i < variation->cut_count; i++) {
		if (variation->cuts[i].line != line)
			continue;
		any = true;
		if (piece-- == 0) {
			*end = variation->cuts[i].at < length ? variation->cuts[i].at : length;
			break;
		}
	}
	return any;
}

static size_t pieces_of(const struct variation *variation, uint32_t line)
{
	size_t count = 1;
	for (uint32_t i = 0; i < variation->cut_count; i++)
		count += variation->cuts[i].line == line;
	return count;
}

static void message_text(struct text *text, const struct line *line, const struct variation *variation)
{
	const struct data *data = &line->step->data;
	size_t count = pieces_of(variation, line->number), from = 0;
	text_escaped(text, data->bytes, data->length, MESSAGE_SHOWN, true);
	if (count == data->length) {
		text_puts(text, " arrives byte by byte");
		return;
	}
	text_puts(text, " arrives as ");
	for (size_t piece = 0; piece < count; piece++) {
		size_t end;
		variation_piece_end(variation, line->number, piece, data->length, &end);
		if (piece > 0)
			text_puts(text, " + ");
		if (piece == PIECES_SHOWN && count > PIECES_SHOWN + 1) {
			text_printf(text, "%zu more pieces", count - piece);
			return;
		}
		if (end - from > PIECE_SHOWN)
			text_printf(text, "%zu bytes", end - from);
		else
			text_escaped(text, data->bytes + from, end - from, PIECE_SHOWN, true);
		from = end;
	}
}

void variation_text(struct text *text, const struct plan_test *test, const struct variation *variation)
{
	bool any = false;
	for (uint32_t i = 0; i < variation->cut_count; i++) {
		uint32_t number = variation->cuts[i].line;
		if ((i > 0 && variation->cuts[i - 1].line == number) || number >= test->line_count)
			continue;
		text_puts(text, any ? ", and " : "");
		message_text(text, test->by_number[number], variation);
		any = true;
	}
	for (uint32_t i = 0; i < variation->setback_count; i++) {
		text_puts(text, any ? ", and " : "");
		setback_text(text, &variation->setbacks[i]);
		any = true;
	}
}
