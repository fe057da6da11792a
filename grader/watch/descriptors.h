/* What a descriptor of another process is: proc(5), /proc/TID/fd.  Nothing is remembered here, so that dup, SCM_RIGHTS,
 * inheritance and threads that share descriptors need no bookkeeping. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROTOCOL_LENGTH = 32 };

/* Inode of the socket behind it; 0 when it is none or closed. */
uint64_t descriptor_socket(pid_t tid, int descriptor);
/* Inode of the pipe behind it; 0 when it is none or closed. */
uint64_t descriptor_pipe(pid_t tid, int descriptor);
/* Its open(2) flags, as fcntl(2) F_GETFL gives them: proc(5), fdinfo.  0 when they cannot be read. */
int descriptor_flags(pid_t tid, int descriptor);
/* The kernel's name of the socket's protocol: "TCP", "TCPv6", "UDP", "UNIX-STREAM", …  False when it says none. */
bool descriptor_protocol(pid_t tid, int descriptor, char into[static PROTOCOL_LENGTH]);
/* `each` is called for every open descriptor (`socket`: as descriptor_socket) until it returns false.  False when the
 * list cannot be read. */
bool descriptors_each(pid_t tid, bool (*each)(void *context, int descriptor, uint64_t socket), void *context);
