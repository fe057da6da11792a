#include "model/signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#define SIGNALS(X)                                                                                                     \
	X(SIGHUP)                                                                                                          \
	X(SIGINT)                                                                                                          \
	X(SIGQUIT)                                                                                                         \
	X(SIGILL)                                                                                                          \
	X(SIGTRAP)                                                                                                         \
	X(SIGABRT)                                                                                                         \
	X(SIGBUS)                                                                                                          \
	X(SIGFPE)                                                                                                          \
	X(SIGKILL)                                                                                                         \
	X(SIGUSR1)                                                                                                         \
	X(SIGSEGV)                                                                                                         \
	X(SIGUSR2)                                                                                                         \
	X(SIGPIPE)                                                                                                         \
	X(SIGALRM)                                                                                                         \
	X(SIGTERM)                                                                                                         \
	X(SIGCHLD)                                                                                                         \
	X(SIGCONT)                                                                                                         \
	X(SIGSTOP)                                                                                                         \
	X(SIGTSTP)                                                                                                         \
	X(SIGTTIN)                                                                                                         \
	X(SIGTTOU)                                                                                                         \
	X(SIGURG)                                                                                                          \
	X(SIGXCPU)                                                                                                         \
	X(SIGXFSZ)                                                                                                         \
	X(SIGVTALRM)                                                                                                       \
	X(SIGPROF)                                                                                                         \
	X(SIGWINCH)                                                                                                        \
	X(SIGIO)                                                                                                           \
	X(SIGPWR)                                                                                                          \
	X(SIGSYS)

#define SIGNAL_WORD(number) #number,
#define SIGNAL_NUMBER(number) number,

const char *const signal_words[] = {SIGNALS(SIGNAL_WORD) NULL};
static const int signal_numbers[] = {SIGNALS(SIGNAL_NUMBER)};

int signal_number(const char *name)
{
	for (size_t i = 0; signal_words[i] != NULL; i++) {
		if (strcmp(signal_words[i], name) == 0)
			return signal_numbers[i];
	}
	return 0;
}

const char *signal_name(int number)
{
	for (size_t i = 0; signal_words[i] != NULL; i++) {
		if (signal_numbers[i] == number)
			return signal_words[i];
	}
	return "a real-time signal";
}

bool signal_stops(int number)
{
	return number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}
