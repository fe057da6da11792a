#include "lms/backend.h"

#include <stddef.h>
#include <string.h>

static const struct backend *const backends[] = {&backend_ags, &backend_moodle, &backend_canvas, &backend_webhook};

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	}
	return NULL;
}
