#include "lms/when.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *when_write(int64_t at_ms, char into[static WHEN_BYTES])
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t length = strftime(into, WHEN_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(into + length, WHEN_BYTES - length, ".%03dZ", (int)(at_ms % 1000));
	return into;
}

static bool digits(const char **at, unsigned count, int *value)
{
	*value = 0;
	for (unsigned i = 0; i < count; i++, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

/* Minutes east of UTC. */
static bool zone_read(const char *at, int *minutes)
{
	*minutes = 0;
	if (*at == '\0' || ((*at == 'Z' || *at == 'z') && at[1] == '\0'))
		return true;
	if (*at != '+' && *at != '-')
		return false;
	int sign = *at++ == '-' ? -1 : 1, hours, rest = 0;
	if (!digits(&at, 2, &hours))
		return false;
	if (*at == ':')
		at++;
	if (*at != '\0' && !digits(&at, 2, &rest))
		return false;
	*minutes = sign * (hours * 60 + rest);
	return *at == '\0';
}

bool when_read(const char *at, int64_t *at_ms)
{
	struct tm tm = {0};
	int year, month, milliseconds = 0, zone;
	bool good = digits(&at, 4, &year) && *at++ == '-' && digits(&at, 2, &month) && *at++ == '-' &&
	            digits(&at, 2, &tm.tm_mday) && (*at == 'T' || *at == ' ') && digits((at++, &at), 2, &tm.tm_hour) &&
	            *at++ == ':' && digits(&at, 2, &tm.tm_min) && *at++ == ':' && digits(&at, 2, &tm.tm_sec);
	if (!good)
		return false;
	if (*at == '.' || *at == ',') {
		int scale = 100;
		for (at++; isdigit((unsigned char)*at); at++, scale /= 10)
			milliseconds += (*at - '0') * scale;
	}
	if (!zone_read(at, &zone))
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	*at_ms = ((int64_t)timegm(&tm) - zone * 60) * 1000 + milliseconds;
	return true;
}

bool when_http(const char *at, int64_t *at_ms)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = {0};
	char month[4] = "";
	int year;
	int end = 0;
	if (sscanf(at, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT%n", &tm.tm_mday, month, &year, &tm.tm_hour, &tm.tm_min,
	           &tm.tm_sec, &end) != 6 ||
	    end == 0)
		return false;
	const char *found = strstr(months, month);
	if (strlen(month) != 3 || found == NULL)
		return false;
	tm.tm_mon = (int)(found - months) / 3;
	tm.tm_year = year - 1900;
	*at_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}
