#include "report/formats/instant.h"

#include "base/text.h"

#include <inttypes.h>

/* The year begins on 1 March here, so that a leap day is its last; 400 years are always 146,097 days. */
void instant_text(struct text *out, int64_t seconds)
{
	if (seconds < 0 || seconds > INT64_C(253402300799))
		seconds = 0;
	int64_t day = seconds / 86400 + 719468, rest = seconds % 86400;
	int64_t era = day / 146097, of_era = day % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t date = of_year - (153 * month + 2) / 5 + 1;
	int64_t number = month < 10 ? month + 3 : month - 9;
	text_printf(out, "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02" PRId64 ":%02" PRId64 ":%02" PRId64 "Z",
	            era * 400 + year + (number <= 2), number, date, rest / 3600, rest / 60 % 60, rest % 60);
}
