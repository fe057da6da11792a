#include "base/text.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_release(struct text *text)
{
	if (text == NULL)
		return;
	free(text->bytes);
	*text = (struct text){.ceiling = text->ceiling};
}

static bool text_reserve(struct text *text, size_t more)
{
	size_t ceiling = text->ceiling != 0 ? text->ceiling : TEXT_CEILING;
	if (more > ceiling || text->length > ceiling - more) {
		text->truncated = true;
		return false;
	}
	size_t wanted = text->length + more + 1;
	if (wanted <= text->capacity)
		return true;
	size_t capacity = text->capacity < 64 ? 64 : text->capacity * 2;
	if (capacity < wanted)
		capacity = wanted;
	char *bytes = realloc(text->bytes, capacity);
	if (bytes == NULL)
		abort();
	text->bytes = bytes;
	text->capacity = capacity;
	return true;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
	if (length == 0 || !text_reserve(text, length))
		return;
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_vprintf(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	if (length > 0 && text_reserve(text, (size_t)length)) {
		vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
		text->length += (size_t)length;
	}
	va_end(again);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	text_vprintf(text, format, arguments);
	va_end(arguments);
}

const char *text_string(const struct text *text)
{
	return text->bytes != NULL ? text->bytes : "";
}

void text_escaped(struct text *text, const void *bytes, size_t length, size_t most, bool quoted)
{
	const unsigned char *at = bytes;
	size_t shown = length < most ? length : most;
	if (quoted)
		text_puts(text, "\"");
	for (size_t i = 0; i < shown;) {
		unsigned char c = at[i];
		size_t sequence = utf8_printable(at + i, shown - i);
		if (quoted && (c == '"' || c == '\\'))
			text_printf(text, "\\%c", c);
		else if (sequence > 0)
			text_add(text, at + i, sequence);
		else if (c == '\n')
			text_puts(text, "\\n");
		else if (c == '\r')
			text_puts(text, "\\r");
		else if (c == '\t')
			text_puts(text, "\\t");
		else if (c == '\0')
			text_puts(text, "\\0");
		else
			text_printf(text, "\\x%02x", c);
		i += sequence > 0 ? sequence : 1;
	}
	if (quoted)
		text_puts(text, "\"");
	if (shown < length)
		text_puts(text, "…");
}
