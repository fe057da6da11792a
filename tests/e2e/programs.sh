#!/bin/sh
# Correct programs in many styles and languages get full marks, and no finding accuses them.
. "$(dirname "$0")/frame"

for program in "$tree"/tests/programs/*/; do
	name=$(basename "$program")
	case $name in
	udp-server-*) assignment=udp-echo ;;
	udp-client-*) assignment=udp-ping ;;
	server-*) assignment=echo-server ;;
	client-*) assignment=echo-client ;;
	*)
		bad "$name: neither a server nor a client"
		continue
		;;
	esac
	language=$(language_missing "$program")
	if [ -n "$language" ]; then
		skip "$name: $language is not installed"
		continue
	fi
	run "$grader" run "$tree/assignments/$assignment" "$program" --format json="$scratch/result.json"
	if [ "$status" -ne 0 ]; then
		bad "$name: exit status $status, not 0"
	elif ! python3 - "$scratch/result.json" >"$out" <<'PYTHON'; then
import json, sys
result = json.load(open(sys.argv[1]))
for finding in result["findings"]:
    print("found", finding["id"], "in", finding["test"])
for test in result["tests"]:
    if test["verdict"] != "pass":
        print(test["name"], test["verdict"])
print(result["points"], "of", result["max_points"])
sys.exit(len(result["findings"]) > 0 or result["points"] != result["max_points"])
PYTHON
		bad "$name: not full marks, or a finding"
	else
		good "$name"
	fi
done
finish
