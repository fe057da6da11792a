#!/bin/sh
# Programs that are broken or hostile: each ends in a message and the right exit status, and nothing of it is left, neither
# a process nor a temporary file.
. "$(dirname "$0")/frame"

mark=$((860290000 + $$))
export TMPDIR="$scratch/tmp"
mkdir -m 1777 "$TMPDIR"

# program NAME: a submission of a server.c from standard input.
program() {
	mkdir -p "$scratch/$1"
	sed "s/MARK/$mark/g" >"$scratch/$1/server.c"
	printf 'server: server.c\n\tcc -O1 -w -o server server.c\n' >"$scratch/$1/Makefile"
}

nothing_left() {
	left=$(ls -A "$TMPDIR")
	[ -z "$left" ] || echo "$left" >"$out"
	holds "$1: no temporary file is left" [ -z "$left" ]
	pgrep -f -- "$mark" >"$out"
	holds "$1: no process is left" [ ! -s "$out" ]
}

# graded STATUS NAME: the submission is graded, and ends so.
graded() {
	exits "$1" "$2: exit status $1" timeout --signal=KILL 120 "$grader" run echo-server "$scratch/$2" --color never
	cp "$out" "$scratch/report.txt"
	cat "$err" >>"$scratch/report.txt"
	nothing_left "$2"
}

echo 'int main(void) { return x; }' | program unbuildable
graded 1 unbuildable
says "unbuildable: the compiler's words are shown" "$scratch/report.txt" "server.c:1:.*error.*undeclared"
grep 'Hint:' "$scratch/report.txt" >"$out"
holds "unbuildable: no test that was not run stands before them" [ ! -s "$out" ]

mkdir "$scratch/missing"
printf 'all:\n\t@true\n' >"$scratch/missing/Makefile"
graded 1 missing
says "missing: the program that is missing is named" "$scratch/report.txt" '\./server.*(no such file|not there|did not make)'

mkdir "$scratch/not-executable"
printf 'all:\n\t@true\n' >"$scratch/not-executable/Makefile"
echo '#!/bin/sh' >"$scratch/not-executable/server"
chmod 644 "$scratch/not-executable/server"
graded 1 not-executable
says "not-executable: says so" "$scratch/report.txt" '\./server.*([Pp]ermissio|not executable)'

mkdir "$scratch/empty"
graded 1 empty

program crashes <<'PROGRAM'
int main(void) { *(volatile int *)0 = 0; }
PROGRAM
graded 1 crashes
says "crashes: the signal is named" "$scratch/report.txt" SIGSEGV

program fork-bomb <<'PROGRAM'
#include <unistd.h>
int main(void) { for (;;) if (fork() == 0) setsid(); }
PROGRAM
graded 1 fork-bomb

program endless-output <<'PROGRAM'
#include <stdio.h>
int main(void) { for (;;) puts("and on and on and on"); }
PROGRAM
graded 1 endless-output

# A server that serves nobody, behind every door that might let it live on.
program escapes <<'PROGRAM'
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
int main(void)
{
	for (int number = 1; number < 65; number++)
		signal(number, SIG_IGN);
	if (fork() > 0)
		_exit(0);
	setsid();
	if (fork() > 0)
		_exit(0);
	for (int fd = 0; fd < 256; fd++)
		close(fd);
	execl("/bin/sleep", "sleep", "MARK", (char *)0);
}
PROGRAM
graded 1 escapes

program ignores-sigterm <<'PROGRAM'
#include <signal.h>
#include <unistd.h>
int main(void)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, 0);
	signal(SIGTERM, SIG_IGN);
	execl("/bin/sleep", "sleep", "MARK", (char *)0);
}
PROGRAM
graded 1 ignores-sigterm

# Calls that lead nowhere and are no row, and one that would take its tracer along.
program labours <<'PROGRAM'
#include <unistd.h>
int main(void) { for (;;) close(dup(0)); }
PROGRAM
program splices-its-output <<'PROGRAM'
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>
int main(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	bind(datagrams, (struct sockaddr *)&any, sizeof(any));
	dup2(1, 100);
	write(1, "x", 1);
	splice(datagrams, 0, 100, 0, 10, 0);
	pause();
}
PROGRAM
mkdir "$scratch/short"
sed -e "s|^spec:.*|spec: $tree/specs/echo.yaml|" -e 's/time: 10s/time: 2s/' \
	"$tree/assignments/echo-server/assignment.yaml" >"$scratch/short/assignment.yaml"
for name in labours splices-its-output; do
	exits 1 "$name: exit status 1" timeout --signal=KILL 60 \
		"$grader" run "$scratch/short" "$scratch/$name" --test handshake --color never
	cp "$out" "$scratch/report.txt"
	nothing_left "$name"
done
says "splices-its-output: it is told that it may not" "$scratch/report.txt" 'splice\(.*= -1 EINVAL'

# A build that leaves folders deeper than a path may be long.
mkdir "$scratch/deep"
printf 'all:\n\t@i=0; while [ $$i -lt 700 ]; do mkdir folder && cd folder; i=$$((i + 1)); done\n' >"$scratch/deep/Makefile"
graded 1 deep

# The reference with its streams closed, and as a daemon that keeps its work: correct, however it looks.
reference=$tree/reference/solutions/echo-server
mkdir "$scratch/closed-streams"
cp "$reference/Makefile" "$reference/server.c" "$scratch/closed-streams"
sed -i 's/^int main(int/static int serve(int/' "$scratch/closed-streams/server.c"
cat >>"$scratch/closed-streams/server.c" <<'PROGRAM'
#include <unistd.h>
int main(int count, char **arguments)
{
	close(0);
	close(1);
	if (open("/dev/null", O_RDWR) != 0 || dup(0) != 1)
		return 1;
	return serve(count, arguments);
}
PROGRAM
grep -q fcntl.h "$scratch/closed-streams/server.c" || sed -i '1i #include <fcntl.h>' "$scratch/closed-streams/server.c"
graded 0 closed-streams

# The reference, after it has done what ought to lead nowhere: its verdict is not changed by that.
# attacks NAME: the body of a constructor from standard input.
attacks() {
	mkdir -p "$scratch/$1"
	{
		printf '#define _GNU_SOURCE\n#include <signal.h>\n#include <sys/ptrace.h>\n#include <sys/resource.h>\n'
		printf '#include <unistd.h>\n__attribute__((constructor)) static void attack(void)\n{\n'
		cat
		printf '}\n'
		cat "$reference/server.c"
	} >"$scratch/$1/server.c"
	cp "$reference/Makefile" "$scratch/$1"
}

attacks asks-for-all <<'BODY'
	for (int pid = 1; pid < 400; pid++)
		if (pid != getpid())
			kill(pid, 0);
BODY
graded 0 asks-for-all

attacks writes-everywhere <<'BODY'
	for (int fd = 1; fd < 256; fd++)
		if (write(fd, "\033[2J\033]0;owned\007{\"score\": 100}\n", 33) < 0)
			continue;
BODY
graded 0 writes-everywhere

attacks leaves-daemons <<'BODY'
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			if (fork() > 0)
				_exit(0);
			for (;;)
				pause();
		}
BODY
for test in full-duplex idle; do
	exits 0 "leaves-daemons: the end of a child disturbs nothing in $test" timeout --signal=KILL 60 \
		"$grader" run echo-server "$scratch/leaves-daemons" --test $test --color never
done

# --- a host that has run full ----------------------------------------------------------------------------------------
exits 3 "a report that cannot be written" \
	sh -c '"$1" run echo-server "$2" --test echo --keep "$3" >/dev/full' sh "$grader" "$reference" "$scratch/kept-full"
holds "what was asked for besides is there" [ -s "$scratch/kept-full/result.json" ]
exits 3 "a standard output that is closed" sh -c '"$1" run echo-server "$2" --test echo >&-' sh "$grader" "$reference"
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir "$scratch/small"
	exits 3 "a full disk is no fault of the submission" unshare -m sh -c \
		'mount -t tmpfs -o size=32k small "$3" && TMPDIR="$3" exec "$1" run echo-server "$2" --test echo' \
		sh "$grader" "$reference" "$scratch/small"
	says "the full disk is named" "$err" 'disk that holds .* is full'
else
	skip "a full disk: this host lets nobody mount one"
fi

# A limit lower than the numbers that the sandbox uses on its way.
mkdir "$scratch/narrow"
sed -e "s|^spec:.*|spec: $tree/specs/echo.yaml|" -e 's/descriptors: 256/descriptors: 12/' \
	"$tree/assignments/echo-server/assignment.yaml" >"$scratch/narrow/assignment.yaml"
exits 0 "twelve descriptors are enough to start with" "$grader" run "$scratch/narrow" "$reference" --test echo --color never

# --- interruption ----------------------------------------------------------------------------------------------------
# The first line of the report is the event that says the run is in its middle.
for signal in INT TERM; do
	mkfifo "$scratch/pipe"
	: >"$err"
	"$grader" run echo-server "$reference" --repeat 1000 --color never >"$scratch/pipe" 2>"$err" &
	child=$!
	children=$child
	exec 9<"$scratch/pipe"
	read -r line <&9
	kill -"$signal" "$child"
	cat <&9 >"$out"
	status=0
	wait "$child" || status=$?
	children=
	exec 9<&-
	rm "$scratch/pipe"
	holds "SIG$signal in the middle: what was decided is kept (${line%%  *})" [ -n "$line" ]
	holds "SIG$signal in the middle: exit status 130" [ "$status" -eq 130 ]
	says "SIG$signal in the middle: says so" "$err" interrupted
	nothing_left "SIG$signal in the middle"
done
finish
