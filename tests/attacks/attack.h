/* A hostile student's program: it tries one thing after the other and prints "got NAME" for what it could do, "no NAME:
 * why" for what it could not.  It ends with "done", so that silence is not taken for safety. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* `worked` with the errno of what was tried. */
static inline bool attempt(const char *name, bool worked)
{
	if (worked)
		printf("got %s\n", name);
	else
		printf("no %s: %s\n", name, strerror(errno));
	fflush(stdout);
	errno = 0;
	return worked;
}

static inline int attacks_done(void)
{
	puts("done");
	return 0;
}
