#include "report/formats/markup.h"

#include "base/text.h"
#include "base/utf8.h"
#include "report/formats/plain.h"

#include <stdbool.h>
#include <string.h>

/* Characters that mean nothing anywhere in a line of Markdown. */
static bool harmless(char c)
{
	return (c & 0x80) != 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(" ,;/()=\"'?%", c) != NULL);
}

/* GitHub makes links of what begins with "www."; its other links need a colon or an at sign. */
static bool begins_link(const char *at)
{
	return (at[0] == 'w' || at[0] == 'W') && (at[1] == 'w' || at[1] == 'W') && (at[2] == 'w' || at[2] == 'W');
}

void markup_words(struct text *out, const char *words)
{
	TEXT_AUTO line = {0};
	plain_words(&line, words);
	for (const char *at = text_string(&line); *at != '\0'; at++) {
		bool full_stop = *at == '.' && (at[1] == ' ' || at[1] == '\0' || (at[1] >= '0' && at[1] <= '9'));
		if ((harmless(*at) && !begins_link(at)) || full_stop)
			text_add(out, at, 1);
		else
			text_printf(out, "&#%u;", (unsigned)(unsigned char)*at);
	}
}

static bool xml_allows(const unsigned char *at, size_t bytes)
{
	bool control = bytes == 1 && at[0] < 0x20 && at[0] != '\n' && at[0] != '\t';
	bool last_two = bytes == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe; /* U+FFFE, U+FFFF */
	return !control && !last_two;
}

static void add_character(struct text *out, const unsigned char *at, size_t bytes)
{
	if (*at == '&')
		text_puts(out, "&amp;");
	else if (*at == '<')
		text_puts(out, "&lt;");
	else if (*at == '>')
		text_puts(out, "&gt;");
	else if (*at == '"')
		text_puts(out, "&quot;");
	else
		text_add(out, at, bytes);
}

void markup_content(struct text *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = strlen(text);
	for (size_t i = 0; i < length;) {
		size_t bytes = utf8_valid(at + i, length - i);
		if (bytes > 0 && xml_allows(at + i, bytes))
			add_character(out, at + i, bytes);
		else
			text_puts(out, "\xef\xbf\xbd");
		i += bytes > 0 ? bytes : 1;
	}
}

void markup_attribute(struct text *out, const char *words)
{
	TEXT_AUTO line = {0};
	plain_words(&line, words);
	markup_content(out, text_string(&line));
}
