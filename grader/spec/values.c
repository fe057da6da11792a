/* Scalars of every type. */
#include "spec/reader.h"

#include "base/diag.h"
#include "base/text.h"
#include "model/lifecycle.h"
#include "spec/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool read_text(const struct reader *reader, const struct node *node, const char *what, const char **value)
{
	if (node->kind != NODE_SCALAR || node_is_null(node) || node->length == 0)
		return reader_error(reader, node, "%s is text, not %s", what,
		                    node->length == 0 && node->kind == NODE_SCALAR ? "nothing" : reader_shown(reader, node));
	if (strlen(node->text) != node->length)
		return reader_error(reader, node, "%s holds a zero byte", what);
	*value = node->text;
	return !node->broken;
}

bool read_name(const struct reader *reader, const struct node *node, const char *what, const char **value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	if (!read_text(reader, node, what, value))
		return false;
	if (node->length > NAME_MOST)
		return reader_error(reader, node, "%s is at most %d characters long", what, NAME_MOST);
	if (strspn(node->text, letters) == 0 || strspn(node->text, more) != node->length)
		return reader_error(reader, node,
		                    "%s begins with a letter and holds letters, digits, \"_\", \"-\" and \".\", not %s", what,
		                    reader_shown(reader, node));
	return true;
}

bool read_boolean(const struct reader *reader, const struct node *node, const char *what, bool *value)
{
	*value = node_is(node, "true");
	if (*value || node_is(node, "false"))
		return true;
	return reader_error(reader, node, "%s is true or false, not %s", what, reader_shown(reader, node));
}

bool read_count(const struct reader *reader, const struct node *node, const char *what, uint64_t least, uint64_t most,
                uint64_t *value)
{
	bool number = node->kind == NODE_SCALAR && strlen(node->text) == node->length && count_parse(node->text, value);
	if (number && *value >= least && *value <= most)
		return true;
	if (most == UINT64_MAX)
		return reader_error(reader, node, "%s is a whole number, not %s", what, reader_shown(reader, node));
	return reader_error(reader, node, "%s is a whole number from %llu to %llu, not %s", what, (unsigned long long)least,
	                    (unsigned long long)most, reader_shown(reader, node));
}

bool read_number(const struct reader *reader, const struct node *node, const char *what, double *value)
{
	const char *digits = "0123456789";
	bool good = node->kind == NODE_SCALAR && node->length > 0 && node->length < 32 &&
	            strspn(node->text, "0123456789.") == node->length && strpbrk(node->text, digits) != NULL;
	char *end = NULL;
	if (good)
		*value = strtod(node->text, &end);
	if (good && *end == '\0' && *value <= 1e6)
		return true;
	return reader_error(reader, node, "%s is a number from 0 to 1000000, not %s", what, reader_shown(reader, node));
}

/* The text of a scalar that may hold a quantity; "" for everything else. */
static const char *quantity_text(const struct node *node)
{
	return node->kind == NODE_SCALAR && strlen(node->text) == node->length ? node->text : "";
}

bool read_size(const struct reader *reader, const struct node *node, const char *what, uint64_t *bytes)
{
	const char *text = quantity_text(node), *shown = reader_shown(reader, node), *meant = size_unit_meant(text);
	switch (size_parse(text, bytes)) {
	case UNIT_GOOD:
		return true;
	case UNIT_MISSING:
		return reader_error(reader, node, "%s needs a unit: %sB, or KiB, MiB, GiB", what, text);
	case UNIT_TOO_LARGE:
		return reader_error(reader, node, "%s is too large: %s", what, shown);
	case UNIT_UNKNOWN:
		if (meant != NULL)
			return reader_error(reader, node, "%s has the unit B, KiB, MiB or GiB, not %s (did you mean \"%s\"?)", what,
			                    shown, meant);
		break;
	case UNIT_NOT_A_NUMBER:
		break;
	}
	return reader_error(reader, node, "%s is a size such as 1500B, 4KiB or 2MiB, not %s", what, shown);
}

bool read_duration(const struct reader *reader, const struct node *node, const char *what, int64_t *ns)
{
	const char *text = quantity_text(node), *shown = reader_shown(reader, node);
	switch (duration_parse(text, ns)) {
	case UNIT_GOOD:
		return true;
	case UNIT_MISSING:
		return reader_error(reader, node, "%s needs a unit: %sms or %ss", what, text, text);
	case UNIT_TOO_LARGE:
		return reader_error(reader, node, "%s is longer than a day: %s", what, shown);
	case UNIT_UNKNOWN:
	case UNIT_NOT_A_NUMBER:
		break;
	}
	return reader_error(reader, node, "%s is a duration such as 200ms, 5s or 1min, not %s", what, shown);
}

bool read_choice(const struct reader *reader, const struct node *node, const char *what, const char *const *words,
                 size_t *index)
{
	for (*index = 0; words[*index] != NULL; (*index)++) {
		if (node_is(node, words[*index]))
			return true;
	}
	TEXT_AUTO list = {0};
	for (size_t i = 0; words[i] != NULL; i++)
		text_printf(&list, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
	return reader_error(reader, node, "%s is %s, not %s%s", what, text_string(&list), reader_shown(reader, node),
	                    node->kind == NODE_SCALAR ? reader_suggestion(reader, node->text, words) : "");
}

bool read_limits(const struct reader *reader, const struct node *node, struct limits *limits)
{
	const struct node *fields[LIMITS_KEYS];
	size_t before = reader->diags->errors;
	if (!read_fields(reader, node, "limits", limit_keys, LIMITS_KEYS, fields))
		return false;
	struct {
		const struct node *node;
		const char *what;
		uint64_t *value;
	} sizes[] = {
		{fields[LIMITS_MEMORY], "the limit of memory", &limits->memory_bytes},
		{fields[LIMITS_OUTPUT], "the limit of output", &limits->output_bytes},
		{fields[LIMITS_FILES], "the limit of files", &limits->file_bytes},
	};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (sizes[i].node != NULL && read_size(reader, sizes[i].node, sizes[i].what, sizes[i].value) &&
		    *sizes[i].value == 0)
			reader_error(reader, sizes[i].node, "%s is more than 0B", sizes[i].what);
	}
	if (fields[LIMITS_PROCESSES] != NULL)
		read_count(reader, fields[LIMITS_PROCESSES], "the limit of processes", 1, 1000000, &limits->processes);
	if (fields[LIMITS_DESCRIPTORS] != NULL)
		read_count(reader, fields[LIMITS_DESCRIPTORS], "the limit of descriptors", 1, 1000000, &limits->descriptors);
	if (fields[LIMITS_TIME] != NULL &&
	    read_duration(reader, fields[LIMITS_TIME], "the limit of time", &limits->time_ns) && limits->time_ns == 0)
		reader_error(reader, fields[LIMITS_TIME], "the limit of time is more than 0s");
	return reader->diags->errors == before;
}
