#!/bin/sh
# Bugs that the grader puts into the reference solutions' calls: the shipped specs catch all that a peer can see, a weak
# spec is told what it misses.
. "$(dirname "$0")/frame"

for name in echo-server echo-client; do
	exits 0 "$name: every bug that a peer can see is caught" "$grader" prove "$name" --mutants
	says "$name: and counted" "$out" '^([0-9]+) of \1 bugs that the grader made were caught$'
done
says "what no peer can see counts for nothing" "$out" 'close-left-out .* no peer can see it'
says "calls that are not there cannot be wrong" "$out" 'bind-left-out .* not made: no such call'

mkdir -p "$scratch/weak/reference"
cp "$tree"/reference/solutions/echo-server/* "$scratch/weak/reference"
sed 's,spec: .*,spec: spec.yaml,' "$tree/assignments/echo-server/assignment.yaml" >"$scratch/weak/assignment.yaml"
cat >"$scratch/weak/spec.yaml" <<'YAML'
format: 1
name: weak
tests:
  - name: echo
    steps:
      - server: listen
      - client: connect
      - client: {send: "hello\n"}
      - server: accept
YAML
exits 1 "a weak spec misses some" "$grader" prove "$scratch/weak" --mutants
says "... a changed byte" "$out" 'byte-changed .* NOT CAUGHT by any test'
says "... but not a swapped port" "$out" 'port-swapped .* echo$'
finish
