/* What a language calls the system calls that its programs make: sentences speak the language of the program. */
#pragma once

#include "model/event.h"

struct language {
	const char *name; /* "Python" */
	const char *programs; /* names of the program that runs it begin so, separated by spaces; NULL: compiled */
	const char *receive, *send; /* NULL: as the system calls are named */
	const char *receive_datagram, *send_datagram; /* over UDP; NULL where the others are */
	const char *end; /* how the end of the stream shows: "returned 0" */
	const char *differs; /* what is different for its programs; a paragraph */
};

/* Ends with a row without a name.  The first is that of compiled programs. */
extern const struct language languages[];
/* By the name of the program that execve(2) started; the first one when it is none of the others. */
const struct language *language_of(const char *program, size_t length);
/* "recv", for recvfrom(2) of a program in Python.  `stream`: on a connection, where recv() and send() need no address. */
const char *language_call(const struct language *, enum call, bool stream);
