#!/bin/sh
# Bugs that show under some ways of cutting the same bytes, and under calls that fail or do less: each is shrunk to its
# smallest case, which its seed gives again; correct programs of every language pass them all.
. "$(dirname "$0")/frame"
cases=$tree/tests/e2e/vary

# submit NAME: a folder with the program NAME.c.
submit() {
	mkdir "$scratch/$1"
	cp "$cases/frame.h" "$cases/$1.c" "$scratch/$1"
	printf 'server: %s.c frame.h\n\t$(CC) -o server %s.c\n' "$1" "$1" >"$scratch/$1/Makefile"
}

# shrinks NAME PATTERN: what the report says of the varied test, the same again by its seed alone.
shrinks() {
	submit "$1"
	exits 1 "$1: passes as written, fails varied" "$grader" run "$cases" "$scratch/$1" --test varied --seed 7 \
		--keep "$scratch/$1.kept"
	says "$1: passes as written" "$out" '✓ plain'
	says "$1: the smallest case is told" "$out" "Fails when $2\\.\$"
	says "$1: and how it is made again" "$out" 'The same again: grader run --seed 7 --test varied'
	grep 'Fails when' "$out" >"$scratch/first"
	run "$grader" run "$cases" "$scratch/$1" --test varied --seed 7 --jobs 1
	grep 'Fails when' "$out" >"$scratch/second"
	holds "$1: the same seed gives the same case" cmp -s "$scratch/first" "$scratch/second"
	exits 1 "$1: judged again" "$grader" judge "$scratch/$1.kept"
	says "$1: the stored verdicts are the same" "$out" 'The verdicts are those that were stored'
	says "$1: and the case is told again" "$out" "Fails when $2\\.\$"
}

shrinks line-is-a-read '"hello\\r\\n" arrives as "h" \+ "ello\\r\\n"'
shrinks single-bytes-lost '"hello\\r\\n" arrives as "h" \+ "ello\\r\\n"'
shrinks return-at-the-end '"hello\\r\\n" arrives as "hello\\r" \+ "\\n"'
shrinks head-in-one-piece '"hello\\r\\n" arrives as "h" \+ "ello\\r\\n"'
shrinks two-pieces-at-most '"hello\\r\\n" arrives as "[^"]*" \+ "[^"]*" \+ "[^"]*"'

shrinks first-line-only '"one\\r\\n" and "two\\r\\n" arrive together in one segment'

run "$grader" run "$cases" "$scratch/line-is-a-read" --as student --format json="$scratch/result.json"
holds "a hidden test keeps its case to itself" sh -c '! grep -q secret "$1"' - "$out"

# A program without the loops that bad luck asks for, and what is said of it.
run "$grader" run "$cases" "$tree/tests/programs/server-c-threads" --test interrupted
says "what the grader did is said first" "$out" 'The grader makes .* fail with EINTR'
holds "... and no bug is made of it" sh -c '! grep -q "Finding:" "$1"' - "$out"
cp -r "$tree/assignments/echo-server/faulty/short-write-ignored" "$scratch/writer"
cp "$tree/assignments/echo-server/starter/Makefile" "$scratch/writer"
run "$grader" run "$cases" "$scratch/writer" --test short-write
says "a short write that is not noticed" "$out" 'The grader lets [a-z]+\(\) move 3 of 7 bytes at most'

for program in c-epoll c-epoll-edge c-poll c-select c-fork python-threads python-asyncio python-selectors go java-nio \
	java-threads node; do
	language=$(language_missing "$tree/tests/programs/server-$program")
	if [ -n "$language" ]; then
		skip "$program: $language is not installed"
		continue
	fi
	exits 0 "$program passes under every cutting and all bad luck" "$grader" run "$cases" \
		"$tree/tests/programs/server-$program" --quiet
done
finish
