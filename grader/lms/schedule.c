#include "lms/schedule.h"

#include "lms/when.h"

#include <ctype.h>

int64_t schedule_backoff(unsigned tries, int64_t step_ms, uint64_t random)
{
	int64_t most = step_ms;
	while (tries-- > 0 && most < SCHEDULE_CAP_MS)
		most *= 2;
	if (most > SCHEDULE_CAP_MS)
		most = SCHEDULE_CAP_MS;
	return (int64_t)(random % ((uint64_t)most + 1));
}

int64_t schedule_retry_after(const char *value, int64_t now_ms)
{
	int64_t seconds = 0, at_ms;
	const char *at = value;
	while (*at == ' ')
		at++;
	if (isdigit((unsigned char)*at)) {
		for (; isdigit((unsigned char)*at); at++) {
			if (seconds < INT64_C(1000000000))
				seconds = seconds * 10 + (*at - '0');
		}
		return *at == '\0' || *at == ' ' ? seconds * 1000 : -1;
	}
	if (!when_http(at, &at_ms))
		return -1;
	return at_ms > now_ms ? at_ms - now_ms : 0;
}
