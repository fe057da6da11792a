/* System calls that no program of a box may make. */
#pragma once

struct refusal {
	const char *call;
	int error; /* what it fails with */
};

/* The last has the call NULL.  The second list holds where process ids and IPC objects are shared with the host. */
extern const struct refusal refusals[], refusals_shared[];
