#include "spec/units.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{"B", 1}, {"KiB", UINT64_C(1) << 10}, {"MiB", UINT64_C(1) << 20}, {"GiB", UINT64_C(1) << 30}, {0},
};

static const struct unit durations[] = {
	{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"min", UINT64_C(60000000000)}, {0},
};

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

bool count_parse(const char *text, uint64_t *value)
{
	size_t length = digits(text);
	if (length == 0 || text[length] != '\0')
		return false;
	*value = 0;
	for (size_t i = 0; i < length; i++) {
		if (__builtin_mul_overflow(*value, 10u, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(text[i] - '0'), value))
			*value = UINT64_MAX; /* saturated: past every ceiling */
	}
	return true;
}

static enum unit_error parse(const char *text, const struct unit *units, uint64_t most, uint64_t *value)
{
	size_t length = digits(text);
	if (length == 0)
		return UNIT_NOT_A_NUMBER;
	if (text[length] == '\0')
		return UNIT_MISSING;
	if (length > 18)
		return UNIT_TOO_LARGE;
	uint64_t number = 0;
	for (size_t i = 0; i < length; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	for (; units->name != NULL; units++) {
		if (strcmp(units->name, text + length) != 0)
			continue;
		if (number > most / units->factor)
			return UNIT_TOO_LARGE;
		*value = number * units->factor;
		return UNIT_GOOD;
	}
	return UNIT_UNKNOWN;
}

enum unit_error size_parse(const char *text, uint64_t *bytes)
{
	return parse(text, sizes, UINT64_C(1) << 40, bytes);
}

enum unit_error duration_parse(const char *text, int64_t *ns)
{
	uint64_t value = 0;
	enum unit_error error = parse(text, durations, UINT64_C(86400) * 1000000000, &value);
	*ns = (int64_t)value;
	return error;
}

const char *size_unit_meant(const char *size)
{
	static const char *const meant[][2] = {
		{"k", "KiB"}, {"kb", "KiB"}, {"kib", "KiB"}, {"m", "MiB"}, {"mb", "MiB"},  {"mib", "MiB"},
		{"g", "GiB"}, {"gb", "GiB"}, {"gib", "GiB"}, {"b", "B"},   {"bytes", "B"}, {"byte", "B"},
	};
	const char *unit = size + digits(size);
	for (size_t i = 0; i < sizeof(meant) / sizeof(*meant); i++) {
		if (strcasecmp(meant[i][0], unit + strspn(unit, " ")) == 0)
			return meant[i][1];
	}
	return NULL;
}
