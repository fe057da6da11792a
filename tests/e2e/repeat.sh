#!/bin/sh
# The same run twenty times, while two busy loops load the machine: not one verdict differs.
. "$(dirname "$0")/frame"

for loop in 1 2; do
	sh -c 'while :; do :; done' &
	children="$children $!"
done

# repeated STATUS NAME SUBMISSION
repeated() {
	exits "$1" "$2: exit status $1" "$grader" run echo-server "$3" --repeat 20 --quiet --format json="$scratch/result.json"
	run python3 - "$scratch/result.json" <<'PYTHON'
import json, sys
tests = json.load(open(sys.argv[1]))["tests"]
ran = [test for test in tests if test["verdict"] != "skipped"]
for test in tests:
    if test["unstable"] or test["verdict"] in ("unstable", "inconclusive"):
        print(test["name"], test["verdict"], test["reason"])
for test in ran:
    if test["runs"] != 20:
        print(test["name"], "was run", test["runs"], "times")
PYTHON
	holds "$2: every test has the same verdict in 20 runs" [ "$status" -eq 0 -a ! -s "$out" -a ! -s "$err" ]
}

repeated 0 reference "$tree/reference/solutions/echo-server"
repeated 1 never-closed "$tree/assignments/echo-server/faulty/never-closed"
repeated 1 closed-unread-data "$tree/assignments/echo-server/faulty/closed-unread-data"
finish
