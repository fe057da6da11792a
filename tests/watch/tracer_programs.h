/* The programs that the tests of the tracer watch.  Each is what a student might write. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static inline struct sockaddr_in program_address(int port)
{
	return (struct sockaddr_in){
	        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline int program_listen(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 5) != 0)
		_exit(99);
	return fd;
}

static inline int program_echo(int port)
{
	int listener = program_listen(port);
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int fd = accept(listener, (struct sockaddr *)&address, &length);
	char bytes[512];
	ssize_t count;
	while ((count = read(fd, bytes, sizeof(bytes))) > 0)
		if (write(fd, bytes, (size_t)count) != count)
			return 98;
	close(fd);
	close(listener);
	return 7;
}

static inline int program_client(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return errno;
	return 0;
}

static inline int program_datagrams(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	sendto(fd, "ping", 4, 0, (struct sockaddr *)&address, sizeof(address));
	char bytes[16];
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length);
	return 0;
}

static inline int program_vectors(int port)
{
	int fd = accept(program_listen(port), NULL, NULL);
	char one[3], two[64];
	struct iovec pieces[2] = {{one, sizeof(one)}, {two, sizeof(two)}};
	readv(fd, pieces, 2);
	struct iovec out[2] = {{one, sizeof(one)}, {two, 3}};
	writev(fd, out, 2);
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	recvmsg(fd, &message, 0);
	message.msg_iov = out;
	sendmsg(fd, &message, MSG_NOSIGNAL);
	return 0;
}

static inline int program_messages(int port)
{
	struct sockaddr_in address = program_address(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&address, sizeof(address));
	connect(fd, (struct sockaddr *)&address, sizeof(address));
	char a[] = "four", b[] = "sixsix", in[2][32];
	struct iovec out[2] = {{a, 4}, {b, 6}}, into[2] = {{in[0], 32}, {in[1], 32}};
	struct mmsghdr list[2] = {{.msg_hdr = {.msg_iov = &out[0], .msg_iovlen = 1}},
	                          {.msg_hdr = {.msg_iov = &out[1], .msg_iovlen = 1}}};
	sendmmsg(fd, list, 2, 0);
	struct mmsghdr got[2] = {{.msg_hdr = {.msg_iov = &into[0], .msg_iovlen = 1}},
	                         {.msg_hdr = {.msg_iov = &into[1], .msg_iovlen = 1}}};
	recvmmsg(fd, got, 2, 0, NULL);
	return 0;
}

static inline int program_pipes(int port)
{
	int listener = program_listen(port), fd = accept(listener, NULL, NULL), ends[2];
	if (pipe(ends) != 0)
		return 1;
	splice(fd, NULL, ends[1], NULL, 5, 0);
	splice(ends[0], NULL, fd, NULL, 5, 0);
	int file = open("/proc/self/exe", O_RDONLY);
	sendfile(fd, file, NULL, 9);
	char bytes[9];
	if (read(file, bytes, sizeof(bytes)) != 9) /* of no socket: not told */
		return 2;
	close(file);
	return 0;
}

static inline int program_copies(int port)
{
	int fd = program_listen(port);
	int copy = dup(fd), chosen = dup2(fd, 9), third = fcntl(fd, F_DUPFD, 20);
	dup2(0, 30);
	close(copy);
	close(chosen);
	close(third);
	close(30);
	close_range(3, 40, 0);
	close_range(3, 40, 0);
	return 0;
}

static inline int program_passes(int port)
{
	int pair[2], fd = program_listen(port);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	memset(&control, 0, sizeof(control));
	char byte = 'x';
	struct iovec piece = {&byte, 1};
	struct msghdr message = {
	        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control)};
	if (fork() == 0) {
		close(fd);
		recvmsg(pair[1], &message, 0);
		const struct cmsghdr *received = CMSG_FIRSTHDR(&message);
		int got = -1;
		if (received != NULL)
			memcpy(&got, CMSG_DATA(received), sizeof(got));
		struct pollfd ready = {.fd = accept(got, NULL, NULL), .events = POLLIN};
		poll(&ready, 1, 0);
		_exit(0);
	}
	struct cmsghdr *header = &control.header;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	sendmsg(pair[0], &message, 0);
	close(fd);
	wait(NULL);
	return 0;
}

static inline int program_forks(int port)
{
	int listener = program_listen(port);
	for (int i = 0; i < 2; i++) {
		int fd = accept(listener, NULL, NULL);
		if (fork() == 0) {
			char byte;
			_exit(read(fd, &byte, 1) == 1 ? 5 : 6);
		}
		close(fd);
	}
	int status;
	wait4(-1, &status, 0, NULL);
	pause();
	return 0;
}

static inline int program_daemon(int port)
{
	int listener = program_listen(port);
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			accept(listener, NULL, NULL);
			_exit(4);
		}
		_exit(0);
	}
	wait(NULL);
	return 0;
}

static inline void *program_acceptor(void *listener)
{
	accept(*(int *)listener, NULL, NULL);
	return NULL;
}

static inline int program_threads(int port)
{
	int listener = program_listen(port);
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, program_acceptor, &listener);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 3;
}

/* The leader ends first: a zombie with living threads. */
static inline int program_leaderless(int port)
{
	static int listener;
	pthread_t thread;
	listener = program_listen(port);
	pthread_create(&thread, NULL, program_acceptor, &listener);
	pthread_exit(NULL);
}

static inline void *program_exec_in_thread(void *unused)
{
	(void)unused;
	execl("/proc/self/exe", "program", "echo", getenv("PROGRAM_PORT"), (char *)NULL);
	return NULL;
}

static inline int program_thread_exec(int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	setenv("PROGRAM_PORT", text, 1);
	pthread_t thread;
	pthread_create(&thread, NULL, program_exec_in_thread, NULL);
	pthread_join(thread, NULL);
	return 1;
}

static inline int program_vfork_exec(int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	pid_t child = vfork();
	if (child == 0) {
		execl("/proc/self/exe", "program", "echo", text, (char *)NULL);
		_exit(1);
	}
	int status;
	waitpid(child, &status, 0);
	return WEXITSTATUS(status) + 1;
}

static inline int program_waits(int port)
{
	int listener = program_listen(port), epoll = epoll_create1(0);
	fd_set set;
	FD_ZERO(&set);
	FD_SET(listener, &set);
	struct timeval two_ms = {0, 2000};
	select(listener + 1, &set, NULL, NULL, &two_ms);
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	poll(&ready, 1, 3);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	epoll_wait(epoll, &event, 1, 1);
	epoll_wait(epoll, &event, 1, -1);
	return 0;
}

static inline int program_nonblocking(int port)
{
	int listener = program_listen(port), flags = fcntl(listener, F_GETFL);
	fcntl(listener, F_SETFL, flags | O_NONBLOCK);
	accept(listener, NULL, NULL);
	return 0;
}

static inline int program_spin_accept(int port)
{
	int listener = program_listen(port), fd;
	fcntl(listener, F_SETFL, O_NONBLOCK);
	while ((fd = accept(listener, NULL, NULL)) < 0)
		continue;
	return 0;
}

/* Takes no notice of end of file: the commonest of all spins.  It prints on the way. */
static inline int program_spin_eof(int port)
{
	int fd = accept(program_listen(port), NULL, NULL), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	for (;;) {
		char bytes[16];
		epoll_wait(epoll, &event, 1, -1);
		ssize_t count = read(fd, bytes, sizeof(bytes));
		if (write(1, "got\n", 4) < 0 || count < 0)
			return 1;
	}
}

/* select(2) says that standard input is readable: it is at its end. */
static inline int program_spin_stdin(int port)
{
	int listener = program_listen(port);
	for (;;) {
		fd_set set;
		FD_ZERO(&set);
		FD_SET(listener, &set);
		FD_SET(0, &set);
		select(listener + 1, &set, NULL, NULL, NULL);
		char byte;
		if (FD_ISSET(0, &set) && read(0, &byte, 1) > 0)
			return 1;
	}
}

/* Polls, but sleeps in between: wasteful and no spin. */
static inline int program_polls_sleeping(int port)
{
	int listener = program_listen(port);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 200; i++) {
		accept(listener, NULL, NULL);
		usleep(100);
	}
	return 0;
}

/* Moves bytes through a pipe for ever so long: that gets it somewhere. */
static inline int program_pipe_busy(int port)
{
	(void)port;
	int ends[2];
	if (pipe(ends) != 0)
		return 1;
	for (int i = 0; i < 400; i++) {
		char byte = 'x';
		struct pollfd ready = {.fd = ends[0], .events = POLLIN};
		if (write(ends[1], &byte, 1) != 1 || poll(&ready, 1, -1) != 1 || read(ends[0], &byte, 1) != 1)
			return 1;
	}
	return 0;
}

static inline void program_handler(int number)
{
	(void)number;
}

static inline int program_interrupted_with(int port, int flags)
{
	struct sigaction action = {.sa_handler = program_handler, .sa_flags = flags};
	sigaction(SIGUSR1, &action, NULL);
	int listener = program_listen(port);
	int fd = accept(listener, NULL, NULL);
	return fd >= 0 ? 0 : errno;
}

static inline int program_interrupted(int port)
{
	return program_interrupted_with(port, 0);
}

static inline int program_restarted(int port)
{
	return program_interrupted_with(port, SA_RESTART);
}

static inline int program_tries_again(int port)
{
	struct sigaction action = {.sa_handler = program_handler};
	sigaction(SIGUSR1, &action, NULL);
	int listener = program_listen(port), fd;
	while ((fd = accept(listener, NULL, NULL)) < 0 && errno == EINTR)
		continue;
	return fd >= 0 ? 0 : errno;
}

static sigjmp_buf program_jump;

static inline void program_jumper(int number)
{
	(void)number;
	siglongjmp(program_jump, 1);
}

static inline int program_jumps(int port)
{
	signal(SIGUSR1, program_jumper);
	static int listener;
	listener = program_listen(port);
	if (sigsetjmp(program_jump, 1) == 0)
		accept(listener, NULL, NULL);
	for (int i = 0; i < 100; i++)
		getppid();
	close(listener);
	return 0;
}

static inline void program_reaper(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static inline int program_handler_calls(int port)
{
	struct sigaction action = {.sa_handler = program_reaper, .sa_flags = SA_RESTART};
	sigaction(SIGCHLD, &action, NULL);
	int listener = program_listen(port);
	if (fork() == 0) {
		usleep(20000);
		_exit(0);
	}
	return accept(listener, NULL, NULL) >= 0 ? 0 : errno;
}

static inline int program_fork_storm(int port)
{
	(void)port;
	for (;;) {
		if (fork() == 0) {
			if (fork() == 0)
				_exit(1);
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}

static inline void *program_mayfly(void *unused)
{
	return unused;
}

static inline void *program_breed(void *unused)
{
	for (;;) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, program_mayfly, unused) == 0)
			pthread_join(thread, NULL);
	}
	return NULL;
}

/* execve(2) by one thread while others are born and die. */
static inline int program_exec_storm(int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	setenv("PROGRAM_PORT", text, 1);
	pthread_t thread;
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, program_breed, NULL);
	usleep(3000);
	pthread_create(&thread, NULL, program_exec_in_thread, NULL);
	pause();
	return 1;
}

/* The children of this server die, and it has no handler for that: epoll_wait(2) must not notice. */
static inline int program_epoll_child(int port)
{
	int listener = program_listen(port), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	if (fork() == 0)
		_exit(0);
	int count = epoll_wait(epoll, &event, 1, -1);
	return count == 1 ? 0 : errno;
}

static inline int program_epoll_signal(int port)
{
	signal(SIGUSR1, program_handler);
	int listener = program_listen(port), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	return epoll_wait(epoll, &event, 1, -1) == 1 ? 0 : errno;
}

static inline int program_naps(int port)
{
	(void)port;
	usleep(300000);
	return 0;
}

static inline int program_sleeps(int port)
{
	(void)port;
	sleep(1000);
	return 0;
}

static inline int program_alarm(int port)
{
	int listener = program_listen(port);
	alarm(500);
	return accept(listener, NULL, NULL);
}

static inline int program_receive_timeout(int port)
{
	int listener = program_listen(port);
	struct timeval time = {.tv_sec = 700};
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	return accept(listener, NULL, NULL);
}

static inline int program_timer_descriptor(int port)
{
	(void)port;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec time = {.it_value = {.tv_sec = 600}};
	timerfd_settime(timer, 0, &time, NULL);
	uint64_t count;
	return read(timer, &count, sizeof(count)) == 8 ? 0 : 1;
}

static inline int program_condition(int port)
{
	(void)port;
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	struct timespec time;
	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += 400;
	pthread_mutex_lock(&mutex);
	return pthread_cond_timedwait(&condition, &mutex, &time);
}

static inline int program_computes(int port)
{
	(void)port;
	for (volatile unsigned i = 0;; i++)
		continue;
	return 0;
}

static inline int program_stops(int port)
{
	(void)port;
	raise(SIGSTOP);
	return 11;
}

static inline int program_crashes(int port)
{
	(void)port;
	abort();
}

static inline int program_zombies(int port)
{
	(void)port;
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(0);
	pause();
	return 0;
}

static inline int program_holds(int port)
{
	int listener = program_listen(port);
	dup(listener);
	socket(AF_INET6, SOCK_STREAM, 0);
	socket(AF_INET, SOCK_DGRAM, 0);
	socket(AF_UNIX, SOCK_STREAM, 0);
	if (fork() == 0)
		pause();
	pause();
	return 0;
}

/* Threads in a ring that pass a ball on through pipes for ever: nearly all of them sleep, never all at once. */
enum { RING = 8 };

struct place {
	int from, to;
};

static inline void *program_pass_on(void *argument)
{
	const struct place *place = argument;
	char byte;
	while (read(place->from, &byte, 1) == 1 && write(place->to, &byte, 1) == 1)
		continue;
	return NULL;
}

static inline int program_ring(int port)
{
	(void)port;
	static struct place places[RING];
	pthread_t thread;
	for (int i = 0; i < RING; i++) {
		int ends[2];
		if (pipe(ends) != 0)
			return 1;
		places[i].from = ends[0];
		places[(i + 1) % RING].to = ends[1];
	}
	for (int i = 1; i < RING; i++)
		pthread_create(&thread, NULL, program_pass_on, &places[i]);
	if (write(places[0].to, "x", 1) == 1)
		program_pass_on(&places[0]);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int port);
} programs[] = {
        {"echo", program_echo},
        {"client", program_client},
        {"datagrams", program_datagrams},
        {"vectors", program_vectors},
        {"messages", program_messages},
        {"pipes", program_pipes},
        {"copies", program_copies},
        {"passes", program_passes},
        {"forks", program_forks},
        {"daemon", program_daemon},
        {"threads", program_threads},
        {"leaderless", program_leaderless},
        {"thread_exec", program_thread_exec},
        {"vfork_exec", program_vfork_exec},
        {"waits", program_waits},
        {"nonblocking", program_nonblocking},
        {"spin_accept", program_spin_accept},
        {"spin_eof", program_spin_eof},
        {"spin_stdin", program_spin_stdin},
        {"polls_sleeping", program_polls_sleeping},
        {"pipe_busy", program_pipe_busy},
        {"interrupted", program_interrupted},
        {"restarted", program_restarted},
        {"tries_again", program_tries_again},
        {"jumps", program_jumps},
        {"handler_calls", program_handler_calls},
        {"fork_storm", program_fork_storm},
        {"exec_storm", program_exec_storm},
        {"epoll_child", program_epoll_child},
        {"epoll_signal", program_epoll_signal},
        {"naps", program_naps},
        {"sleeps", program_sleeps},
        {"alarm", program_alarm},
        {"receive_timeout", program_receive_timeout},
        {"timer_descriptor", program_timer_descriptor},
        {"condition", program_condition},
        {"computes", program_computes},
        {"stops", program_stops},
        {"crashes", program_crashes},
        {"zombies", program_zombies},
        {"holds", program_holds},
        {"ring", program_ring},
};

/* Runs the program named by the arguments, and does not return; does nothing when they name none. */
static inline void programs_run(int count, char **arguments)
{
	for (size_t i = 0; count == 3 && i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(arguments[1], programs[i].name) == 0)
			_exit(programs[i].run((int)strtol(arguments[2], NULL, 10)));
}
