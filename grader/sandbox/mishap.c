#include "sandbox/mishap.h"

#include "base/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool mishap_errno(struct mishap *mishap, const char *format, ...)
{
	mishap->error = errno;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(mishap->step, sizeof(mishap->step), format, arguments);
	va_end(arguments);
	return false;
}

bool mishap_text(struct mishap *mishap, const char *format, ...)
{
	mishap->error = 0;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(mishap->step, sizeof(mishap->step), format, arguments);
	va_end(arguments);
	return false;
}

bool mishap_tell(const struct mishap *mishap, const char *what, struct diags *diags)
{
	const char *step = mishap->step[0] != '\0' ? mishap->step : "it ended without saying why";
	if (mishap->error == 0)
		return diags_error(diags, "%s: %s", what, step);
	return diags_error(diags, "%s: %s: %s", what, step, strerror(mishap->error));
}
