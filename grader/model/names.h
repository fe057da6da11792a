/* Enums and their names come from one list each: `X(IDENTIFIER, "word")`. */
#pragma once

#define NAMES_MEMBER(identifier, word) identifier,
#define NAMES_CASE(identifier, word)                                                                                   \
	case identifier:                                                                                                   \
		return word;
#define NAMES_WORD(identifier, word) word,

/* Declares `enum name`, `name##_word(value)` (never NULL for a member, else "?") and the NULL-terminated list
 * `name##_words`, whose index is the value. */
#define NAMES_DECLARE(name, LIST)                                                                                      \
	enum name { LIST(NAMES_MEMBER) };                                                                                  \
	const char *name##_word(enum name);                                                                                \
	extern const char *const name##_words[];

#define NAMES_DEFINE(name, LIST)                                                                                       \
	const char *name##_word(enum name value)                                                                           \
	{                                                                                                                  \
		switch (value) {                                                                                               \
			LIST(NAMES_CASE)                                                                                           \
		}                                                                                                              \
		return "?";                                                                                                    \
	}                                                                                                                  \
	const char *const name##_words[] = {LIST(NAMES_WORD) 0};
