/* The followed calls by their numbers on the machine this is compiled for; the sandbox lets no other ABI through. */
#pragma once

#include "model/event.h"

/* CALL_OTHER when it is none of CALLS. */
enum call call_of(uint64_t number);
bool call_sleeps(enum call);
/* Those that set a timer. */
bool call_arms(enum call);
/* A result inside the kernel is that of a call that was interrupted: EINTR, or what becomes of ERESTARTSYS to
 * ERESTART_RESTARTBLOCK (<linux/errno.h>). */
bool call_was_cut_short(int64_t result);
