#include "model/language.h"

#include <string.h>

const struct language languages[] = {
	{"compiled", NULL, NULL, NULL, NULL, NULL, "returned 0",
     "C, C++, Rust and Go: with debug information (-g; Go has it by itself) findings, steps and ladder name the line of "
     "your source that a call stands in. Rust calls read() on a TcpStream what the system calls recv(), with Ok(0) at "
     "the end of the stream; Go says io.EOF there. The scheduler of Go has threads and timers of its own: they are not "
     "taken for something that your program does. AddressSanitizer and UndefinedBehaviorSanitizer work here; "
     "LeakSanitizer cannot look into a program that is traced, and is switched off: look for leaks outside of Grader."},
	{"Python", "python pypy", "recv", "send", "recvfrom", "sendto", "returned b''",
     "sendall() is several send() calls when the kernel takes only a part. An exception that nobody catches ends the "
     "program with status 1. Findings name a line of the source where a traceback on standard error does."},
	{"Java", "java", "read", "write", "receive", "send", "returned -1",
     "read() and write() are those of the socket's streams; in between the virtual machine waits in poll(). A "
     "BufferedReader reads ahead: what it holds is gone with it. The machine's own threads and timers are not taken for "
     "something that your program does; its start takes a while, which costs nothing."},
	{"Node", "node", "read", "write", "recv", "send", "returned 0 (the 'end' event)",
     "Data come as 'data' events, the end of the stream as 'end', a reset as 'error', which ends the program when nobody "
     "listens for it. A server made without allowHalfOpen: true answers 'end' with its own FIN at once. write() keeps "
     "what the kernel does not take and sends it later."},
	{"Perl", "perl", "sysread", "syswrite", "recv", "send", "returned 0",
     "sysread() and syswrite() are the system's calls; <$socket> and print have buffers of their own ($|). undef is an "
     "error, 0 the end of the stream."},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct language *language_of(const char *program, size_t length)
{
	for (size_t i = 1; languages[i].name != NULL; i++) {
		for (const char *at = languages[i].programs; *at != '\0'; at += strspn(at, " ")) {
			size_t part = strcspn(at, " ");
			if (length >= part && memcmp(program, at, part) == 0)
				return &languages[i];
			at += part;
		}
	}
	return &languages[0];
}

const char *language_call(const struct language *language, enum call call, bool stream)
{
	if (call_reads(call) && language->receive != NULL)
		return stream ? language->receive : language->receive_datagram;
	if (call_writes(call) && language->send != NULL)
		return stream ? language->send : language->send_datagram;
	/* The C library has one function for several system calls. */
	static const struct {
		enum call call;
		const char *word;
	} functions[] = {
		{CALL_PSELECT6, "select"},         {CALL_PPOLL, "poll"},     {CALL_EPOLL_PWAIT, "epoll_wait"},
		{CALL_EPOLL_PWAIT2, "epoll_wait"}, {CALL_ACCEPT4, "accept"}, {CALL_WAIT4, "waitpid"},
	};
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].call == call)
			return functions[i].word;
	if (stream && call == CALL_RECVFROM)
		return "recv";
	return stream && call == CALL_SENDTO ? "send" : call_word(call);
}
