#!/bin/sh
# Virtual time: programs that sleep for minutes are graded at once, and all their clocks agree with what they slept.
. "$(dirname "$0")/frame"
cases=$tree/tests/e2e/time

for program in c python go node java; do
	language=$(language_missing "$cases/$program")
	if [ -n "$language" ]; then
		skip "$program: $language is not installed"
		continue
	fi
	exits 0 "$program: sleeps, and its clocks agree" "$grader" run "$cases" "$cases/$program" --test prompt,sleeps \
		--quiet --repeat 5
	exits 1 "$program: limits hold in the program's time" "$grader" run "$cases" "$cases/$program" --test too-long --quiet
done
exits 0 "a timer of the kernel's is waited for, and its date is right" "$grader" run "$cases" "$cases/c" --test timer

# Sleeps of 160 s altogether: what is measured is the machine's start-up, so the bound is wide.
before=$(date +%s)
run "$grader" run "$cases" "$cases/c" --test sleeps --repeat 2 --keep "$scratch/kept"
holds "160 s pass in less than 20" [ $(($(date +%s) - before)) -lt 20 ]
exits 0 "the stored timeline is judged the same" "$grader" judge "$scratch/kept"
says "... byte for byte" "$out" 'The verdicts are those that were stored'
run "$grader" explain time
says "explain says what is covered" "$out" 'epoll_wait'
says "... and what is not" "$out" "Not covered"
finish
