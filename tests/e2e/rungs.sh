#!/bin/sh
# Poorer hosts: what they cannot show is not held against a correct program, and wrong ones still do not pass.
. "$(dirname "$0")/frame"

# graded RUNG STATUS ASSIGNMENT SUBMISSION
graded() {
	exits "$2" "rung $1: $3 $(basename "$4")" \
		"$grader" run "$3" "$4" --rung "$1" --quiet --format json="$scratch/result.json"
}
# verdicts TITLE EXPRESSION over the tests of the last run
verdicts() {
	holds "$1" python3 -c 'import json, sys; tests = json.load(open(sys.argv[1]))["tests"]; sys.exit(not eval(sys.argv[2]))' \
		"$scratch/result.json" "$2"
}

for role in server client; do
	for rung in A B C; do
		graded $rung 0 echo-$role "$tree/reference/solutions/echo-$role"
	done
	run "$grader" run echo-$role "$tree/reference/solutions/echo-$role" --rung D --quiet --format json="$scratch/result.json"
	verdicts "rung D: echo-$role is accused of nothing" 'all(t["verdict"] in ("pass", "inconclusive") for t in tests)'
	verdicts "rung D: most of echo-$role is decided" \
		'sum(t["verdict"] == "pass" for t in tests) > 3 * sum(t["verdict"] != "pass" for t in tests)'
done
for fault in never-closed no-reuseaddr text-not-bytes serial-server; do
	for rung in B C; do
		graded $rung 1 echo-server "$tree/assignments/echo-server/faulty/$fault"
		verdicts "rung $rung: $fault: the handshake passes" 'tests[0]["verdict"] == "pass"'
	done
done
# Small buffers are the program's own matter: what only they bring to light is found on a shared network too, and
# nothing else is.
for place in B/server/short-write-ignored C/server/blocks-on-slow-reader B/server/descriptor-leak B/server/exits-on-eof \
	C/client/deadlock-full-duplex; do
	rung=${place%%/*} fault=${place#*/}
	exits 0 "rung $rung: $fault fails what it fails on rung A" \
		"$grader" prove "echo-${fault%/*}" --only "${fault#*/}" --rung "$rung"
done
run "$grader" run echo-server "$tree/assignments/echo-server/faulty/short-write-ignored" --rung D --quiet \
	--format json="$scratch/result.json"
verdicts "rung D: a pass that needed small buffers is in doubt" \
	'[t["verdict"] for t in tests if t["name"] == "slow-reader"] == ["inconclusive"]'
exits 2 "a rung that is none" "$grader" run echo-server "$tree/reference/solutions/echo-server" --rung F
finish
