/* Signals by name, signal(7): those that have one on every Linux. */
#pragma once

#include <stdbool.h>

/* NULL-terminated: "SIGHUP", "SIGINT", … */
extern const char *const signal_words[];
/* The number of "SIGINT", or 0. */
int signal_number(const char *name);
/* "SIGINT", or "a real-time signal" for one without a name. */
const char *signal_name(int number);
/* True for those that stop the process unless it handles them. */
bool signal_stops(int number);
