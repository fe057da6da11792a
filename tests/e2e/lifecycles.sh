#!/bin/sh
# Specs of many protocols, as a reader of the language writes them: each is good, holds with the reference on both sides,
# and where programs lie beside it, the correct one passes and the faulty one fails in the test that is meant for it.
. "$(dirname "$0")/frame"
cases=$tree/tests/e2e/lifecycles

for folder in "$cases"/*/; do
	name=$(basename "$folder")
	exits 0 "$name: good" "$grader" check "$folder"/*.yaml
	exits 0 "$name: holds with the reference on both sides" "$grader" prove "$folder/spec.yaml"
done

# passes NAME; fails NAME PROGRAM TEST
graded() {
	language=
	[ ! -f "$cases/$1/$2/server.py" ] || there python3 || language=python3
	[ -z "$language" ] || skip "$1/$2: $language is not installed"
	[ -z "$language" ]
}
passes() {
	graded "$1" good || return 0
	exits 0 "$1: a correct program passes" "$grader" run "$cases/$1" "$cases/$1/good"
	holds "$1: ... and nothing is found" [ "$(grep -c Finding: "$out")" -eq 0 ]
}
fails() {
	graded "$1" "$2" || return 0
	exits 1 "$1: $2 fails" "$grader" run "$cases/$1" "$cases/$1/$2"
	says "$1: ... in $3" "$out" "✗ $3 "
}

passes http
passes http-client
passes mail
passes two-connections
passes chat
passes store
passes tftp
passes odds
passes chargen # writes without end; the reference reads what the lines ask for
fails mail read-is-a-line pieces
fails chat blocks slow
fails store no-reuseaddr restart
fails tftp never-gives-up gives-up

# A spec that does not hold says where.
sed 's/"OK\\n"/"NO\\n"/;s/^      - client: connect$/&\n      - client: eof/' "$cases/store/spec.yaml" >"$scratch/broken.yaml"
exits 1 "a spec that does not hold" "$grader" prove "$scratch/broken.yaml"
says "... is told with line and column" "$out" 'broken.yaml:[0-9]+:[0-9]+: set-get: fail'
finish
