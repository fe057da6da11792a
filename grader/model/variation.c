#include "model/variation.h"

#include "base/text.h"

/* Bytes of one piece, and pieces of one message, that are shown. */
enum { PIECE_SHOWN = 24, PIECES_SHOWN = 6, MESSAGE_SHOWN = 32 };

/* Less than an Ethernet frame holds, whatever options the header has. */
enum { JOINED_BYTES_MOST = 1200 };

static bool sends_bytes(const struct line *line)
{
	return line->kind == LINE_ACTION && line->step->verb == VERB_SEND && line->step->piece_count == 0 &&
	       line->step->data.kind == DATA_BYTES && !line->step->data.uses_names && line->step->data.length > 0;
}

bool variation_cuts(const struct plan_test *test, uint32_t number)
{
	const struct line *line = test->by_number[number];
	return sends_bytes(line) && line->step->data.length > 1;
}

/* The line has one behind it in the block where it stands: what is numbered next may be of another branch. */
static bool goes_on(const struct plan_block *block, const struct line *line)
{
	if (line >= block->lines && line < block->lines + block->count)
		return line + 1 < block->lines + block->count;
	for (size_t i = 0; i < block->count; i++)
		for (size_t j = 0; j < block->lines[i].branch_count; j++)
			if (goes_on(&block->lines[i].branches[j], line))
				return true;
	return false;
}

bool variation_joins(const struct plan_test *test, uint32_t number)
{
	const struct line *line = test->by_number[number];
	if (number + 1 >= test->line_count || !sends_bytes(line) || line->step->with_fin || line->step->with_reset)
		return false;
	const struct line *next = test->by_number[number + 1];
	return sends_bytes(next) && next->actor == line->actor && next->other == line->other &&
	       line->step->data.length + next->step->data.length <= JOINED_BYTES_MOST && goes_on(&test->lines, line);
}

bool variation_joined(const struct variation *variation, uint32_t line)
{
	for (uint32_t i = 0; variation != NULL && i < variation->cut_count; i++)
		if (variation->cuts[i].line == line && variation->cuts[i].at == CUT_JOINS)
			return true;
	return false;
}

bool variation_piece_end(const struct variation *variation, uint32_t line, size_t piece, size_t length, size_t *end)
{
	bool any = false;
	*end = length;
	for (uint32_t i = 0; variation != NULL && i < variation->cut_count; i++) {
		if (variation->cuts[i].line != line || variation->cuts[i].at == CUT_JOINS)
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

/* The number of the last line that goes with it. */
static uint32_t joined_text(struct text *text, const struct plan_test *test, const struct variation *variation,
                            uint32_t number)
{
	for (;; number++) {
		const struct data *data = &test->by_number[number]->step->data;
		text_escaped(text, data->bytes, data->length, MESSAGE_SHOWN, true);
		if (!variation_joined(variation, number))
			break;
		text_puts(text, variation_joined(variation, number + 1) ? ", " : " and ");
	}
	text_puts(text, " arrive together in one segment");
	return number;
}

void variation_text(struct text *text, const struct plan_test *test, const struct variation *variation)
{
	bool any = false;
	uint32_t told = 0;
	for (uint32_t i = 0; i < variation->cut_count; i++) {
		uint32_t number = variation->cuts[i].line;
		if ((any && number <= told) || number >= test->line_count)
			continue;
		text_puts(text, any ? ", and " : "");
		told = number;
		if (variation->cuts[i].at == CUT_JOINS)
			told = joined_text(text, test, variation, number);
		else
			message_text(text, test->by_number[number], variation);
		any = true;
	}
	for (uint32_t i = 0; i < variation->setback_count; i++) {
		text_puts(text, any ? ", and " : "");
		setback_text(text, &variation->setbacks[i]);
		any = true;
	}
}
