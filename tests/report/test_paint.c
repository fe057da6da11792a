#include "golden.h"

#include "base/utf8.h"
#include "report/paint.h"

static const struct paint plain = {.unicode = true, .columns = 80};
static const struct paint ascii = {.columns = 80};

static void words_are_wrapped_at_spaces_under_their_label(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	struct paint narrow = {.unicode = true, .columns = 64};
	paint_words(&out, &narrow, INK_PLAIN, "  seen  ",
	            "it read 0 bytes and read again, 48,211 times, and descriptor 4 is still open");
	assert_string_equal(text_string(&out), "  seen  it read 0 bytes and read again, 48,211 times, and\n"
	                                       "        descriptor 4 is still open\n");
}

static void a_word_wider_than_the_line_is_broken(void **state)
{
	(void)state;
	const char *next, *word = "abcdefghij klm";
	assert_int_equal(paint_break(word, 4, &next), 4);
	assert_string_equal(next, "efghij klm");
	assert_int_equal(paint_break("ab cd", 4, &next), 2);
	assert_string_equal(next, "cd");
	assert_int_equal(paint_break("ab cd", 5, &next), 5);
	assert_string_equal(next, "");
}

static void a_character_is_never_cut_in_half(void **state)
{
	(void)state;
	const char *next;
	assert_int_equal(paint_break("ééé", 2, &next), 4);
	TEXT_AUTO out = {0};
	assert_int_equal(paint_cut(&out, &plain, INK_PLAIN, "éééééé", 4), 4);
	assert_string_equal(text_string(&out), "ééé…");
}

static void without_unicode_nothing_but_ascii_is_written(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	paint_escaped(&out, &ascii, "RFC 9293 §3.5 … 4 × 3 → é \xff\x1b[31m");
	for (int glyph = 0; glyph < GLYPH_LAST; glyph++)
		text_puts(&out, paint_glyph(&ascii, (enum glyph)glyph));
	for (size_t i = 0; i < out.length; i++)
		assert_in_range((unsigned char)out.bytes[i], 0x20, 0x7e);
	assert_non_null(strstr(text_string(&out), "RFC 9293 sec. 3.5 ... 4 x 3 -> ? \\xff\\x1b[31m"));
}

static void every_unicode_glyph_is_one_column_wide(void **state)
{
	(void)state;
	for (int glyph = 0; glyph < GLYPH_LAST; glyph++)
		assert_int_equal(utf8_columns(paint_glyph(&plain, (enum glyph)glyph)), 1);
}

static void colour_is_written_only_where_it_is_wanted(void **state)
{
	(void)state;
	TEXT_AUTO out = {0};
	paint_puts(&out, &plain, INK_BAD, "x");
	assert_string_equal(text_string(&out), "x");
	struct paint coloured = {.colour = true};
	paint_puts(&out, &coloured, INK_BAD, "y");
	assert_string_equal(text_string(&out), "x\x1b[31my\x1b[0m");
}

static void large_counts_have_commas(void **state)
{
	(void)state;
	char into[COUNT_LENGTH];
	assert_string_equal(count_text(0, into), "0");
	assert_string_equal(count_text(999, into), "999");
	assert_string_equal(count_text(48211, into), "48,211");
	assert_string_equal(count_text(18446744073709551615u, into), "18,446,744,073,709,551,615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_wrapped_at_spaces_under_their_label),
		cmocka_unit_test(a_word_wider_than_the_line_is_broken),
		cmocka_unit_test(a_character_is_never_cut_in_half),
		cmocka_unit_test(without_unicode_nothing_but_ascii_is_written),
		cmocka_unit_test(every_unicode_glyph_is_one_column_wide),
		cmocka_unit_test(colour_is_written_only_where_it_is_wanted),
		cmocka_unit_test(large_counts_have_commas),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
