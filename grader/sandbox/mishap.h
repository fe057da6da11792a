/* Why a step of a set-up failed: small and flat, so that one process can hand it to another through a pipe. */
#pragma once

#include <stdbool.h>

struct diags;

struct mishap {
	int error; /* errno; 0: the step says everything */
	char step[200]; /* what was tried: "mount(overlay) on /box"; empty: nothing failed */
};

/* Keeps what was tried and errno; returns false. */
bool mishap_errno(struct mishap *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same without an errno. */
bool mishap_text(struct mishap *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As an error of `diags`, with `what` before it; returns false. */
bool mishap_tell(const struct mishap *, const char *what, struct diags *);
