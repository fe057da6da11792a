#!/bin/sh
# The command line: exit statuses, help, suggestions, options, and what each command prints.
. "$(dirname "$0")/frame"

reference=$tree/reference/solutions/echo-server
fault=$tree/assignments/echo-server/faulty/never-closed
escape=$(printf '\033')
has_colour() { grep -q "$escape" "$out"; }
has_none() { ! grep -q "$escape" "$out"; }
lines() { grep -cE "$1" "$out"; }

echo "help and suggestions"
exits 0 "--help" "$grader" --help
commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$out")
holds "--help lists the commands" [ "$(echo "$commands" | wc -l)" -ge 9 ]
for command in $commands; do
	exits 0 "$command --help" "$grader" "$command" --help
	says "$command --help: usage" "$out" "^usage: grader $command"
	exits 2 "$command --no-such-option" "$grader" "$command" --no-such-option
done
exits 0 "--version" "$grader" --version
exits 2 "no command" "$grader"
exits 2 "a command that is none" "$grader" runn
says "… and the one that was meant" "$err" 'did you mean run\?'
exits 2 "an option that is none" "$grader" run --tset close
says "… and the one that was meant" "$err" 'did you mean --test\?'
exits 2 "an assignment that is none" "$grader" run echo-servr "$reference"
says "… and the one that was meant" "$err" 'did you mean echo-server\?'
exits 2 "a test that is none" "$grader" run echo-server "$reference" --test clsoe
says "… and the one that was meant" "$err" 'did you mean close\?'
exits 2 "a submission that is not there" "$grader" run echo-server "$scratch/nothing"
exits 2 "an option without its value" "$grader" run echo-server "$reference" --test
exits 2 "a role that is none" "$grader" run echo-server "$reference" --role clinet
exits 2 "--repeat 0" "$grader" run echo-server "$reference" --repeat 0
exits 2 "--jobs many" "$grader" run echo-server "$reference" --jobs many
exits 2 "--color sometimes" "$grader" run echo-server "$reference" --color sometimes
exits 2 "a format that is none" "$grader" run echo-server "$reference" --format jsn=x

echo "run"
exits 0 "a correct server" "$grader" run echo-server "$reference"
says "… has full marks" "$out" '^Total: 100/100 points'
holds "… without colour where no terminal is" has_none
exits 1 "a faulty server" "$grader" run echo-server "$fault"
says "… the finding has its name" "$out" 'never-closed'
says "… the test that failed" "$out" '✗ close '
exits 0 "--exit-zero" "$grader" run echo-server "$fault" --exit-zero
exits 1 "--color always" "$grader" run echo-server "$fault" --color always
holds "… is in colour" has_colour
exits 1 "NO_COLOR" env NO_COLOR=1 "$grader" run echo-server "$fault"
holds "… has none" has_none
exits 1 "--color always and NO_COLOR" env NO_COLOR=1 "$grader" run echo-server "$fault" --color always
holds "… is in colour: it was asked for" has_colour
exits 1 "a C locale" env LC_ALL=C "$grader" run echo-server "$fault" --quiet
holds "… has ASCII only" sh -c '! LC_ALL=C grep -q "[^ -~]" "$1"' sh "$out"
exits 0 "--test" "$grader" run echo-server "$fault" --test echo --quiet
holds "… runs it and what it requires, no other" [ "$(lines '✓')" -eq "$(lines '.')" ]
says "… the test is there" "$out" '✓ echo '
exits 1 "--test, of a test that fails" "$grader" run echo-server "$fault" --test close --quiet
says "… the test is there" "$out" '✗ close '
exits 0 "--repeat" "$grader" run echo-server "$reference" --test echo --repeat 3 --quiet
exits 0 "--jobs 1" "$grader" run echo-server "$reference" --jobs 1 --quiet
exits 0 "--seed" "$grader" run echo-server "$reference" --seed 77 --quiet
exits 0 "--role" "$grader" run echo-client "$tree/reference/solutions/echo-client" --role client --quiet
exits 2 "--role, of a role without a command" "$grader" run echo-server "$reference" --role client
exits 0 "in the submission's folder" sh -c 'cd "$2" && "$1" run echo-server --quiet' sh "$grader" "$reference"
exits 0 "in the assignment's folder" sh -c 'cd "$2" && "$1" run "$3" --quiet' sh "$grader" "$tree/assignments/echo-server" "$reference"
exits 0 "a single file" "$grader" run echo-server "$reference/server.c" --quiet
exits 2 "in a folder that is neither" sh -c 'cd "$2" && "$1" run' sh "$grader" "$scratch"
holds "the submission's folder is left as it was" [ ! -e "$reference/server" ]

echo "formats"
exits 1 "--format json=FILE" "$grader" run echo-server "$fault" --quiet --format json="$scratch/result.json"
cat >"$scratch/validate.py" <<'PYTHON'
"""Checks a result against its schema: the part of JSON Schema that the schema uses; an unknown keyword is an error."""
import json, re, sys

schema = json.load(open(sys.argv[2]))
kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}

def is_kind(value, kind):
    if kind in ("number", "integer"):
        return isinstance(value, (int, float) if kind == "number" else int) and not isinstance(value, bool)
    return isinstance(value, kinds[kind])

def check(value, rule, path):
    for key, want in rule.items():
        if key in ("$schema", "$id", "$defs", "definitions", "title", "description", "examples", "default", "$comment"):
            continue
        elif key == "$ref":
            target = schema
            for part in want.lstrip("#/").split("/"):
                target = target[part]
            check(value, target, path)
        elif key == "type":
            if not any(is_kind(value, kind) for kind in (want if isinstance(want, list) else [want])):
                sys.exit(f"{path}: {value!r} is no {want}")
        elif key == "enum":
            if value not in want:
                sys.exit(f"{path}: {value!r} is none of {want}")
        elif key == "const":
            if value != want:
                sys.exit(f"{path}: {value!r} is not {want!r}")
        elif key == "required":
            for name in want if isinstance(value, dict) else ():
                if name not in value:
                    sys.exit(f"{path}: {name} is missing")
        elif key == "properties":
            for name, part in want.items() if isinstance(value, dict) else ():
                if name in value:
                    check(value[name], part, f"{path}.{name}")
        elif key == "additionalProperties":
            for name in value if isinstance(value, dict) else ():
                if name in rule.get("properties", {}):
                    continue
                if want is False:
                    sys.exit(f"{path}: {name} is not in the schema")
                if isinstance(want, dict):
                    check(value[name], want, f"{path}.{name}")
        elif key == "items":
            for at, part in enumerate(value if isinstance(value, list) else ()):
                check(part, want, f"{path}[{at}]")
        elif key == "pattern":
            if isinstance(value, str) and not re.search(want, value):
                sys.exit(f"{path}: {value!r} does not match {want}")
        elif key in ("minimum", "maximum"):
            if is_kind(value, "number") and (value < want if key == "minimum" else value > want):
                sys.exit(f"{path}: {value!r}, {key} {want}")
        elif key in ("minItems", "maxItems"):
            if isinstance(value, list) and (len(value) < want if key == "minItems" else len(value) > want):
                sys.exit(f"{path}: {len(value)} items, {key} {want}")
        elif key in ("minLength", "maxLength"):
            if isinstance(value, str) and (len(value) < want if key == "minLength" else len(value) > want):
                sys.exit(f"{path}: length {len(value)}, {key} {want}")
        elif key in ("anyOf", "oneOf", "allOf"):
            good = 0
            for part in want:
                try:
                    check(value, part, path)
                    good += 1
                except SystemExit:
                    pass
            if good != len(want) if key == "allOf" else good != 1 if key == "oneOf" else good == 0:
                sys.exit(f"{path}: {good} of {key} hold")
        else:
            sys.exit(f"{path}: the schema's keyword {key} is not known here")

result = json.load(open(sys.argv[1]))
check(result, schema, "result")
tests = {test["name"]: test for test in result["tests"]}
assert tests["close"]["verdict"] == "fail" and tests["close"]["points"] == 0, "close"
assert tests["echo"]["verdict"] == "pass", "echo"
assert any(step["verdict"] == "unmet" for step in tests["close"]["steps"]), "steps"
assert [finding["id"] for finding in result["findings"]] == ["never-closed"], "findings"
assert result["points"] == sum(test["points"] for test in result["tests"]), "points"
PYTHON
exits 0 "… keeps to the published schema" python3 "$scratch/validate.py" "$scratch/result.json" "$tree/specs/result.schema.json"
"$grader" run echo-server 2>&1 --format jsn=x | sed -n 's/.*the names are: //p' | tr -d ',' | tr ' ' '\n' >"$scratch/formats.txt"
holds "there are at least 10 formats" [ "$(wc -l <"$scratch/formats.txt")" -ge 10 ]
set --
while read -r format; do
	set -- "$@" --format "$format=$scratch/result.$format"
done <"$scratch/formats.txt"
exits 1 "all formats at once" "$grader" run echo-server "$fault" --quiet "$@"
while read -r format; do
	holds "… $format has been written" [ -s "$scratch/result.$format" ]
done <"$scratch/formats.txt"
for place in --format=json=/nowhere/x --keep=/nowhere/x; do
	exits 2 "$place: a folder that is not there" "$grader" run echo-server "$reference" --test echo "$place"
	holds "… is told before anything runs" [ ! -s "$out" ]
done
exits 3 "a format's file that cannot be written" "$grader" run echo-server "$reference" --test echo --format json=/proc/x
mkdir "$scratch/precious"
echo mine >"$scratch/precious/file"
run "$grader" run echo-server "$reference" --test echo --keep "$scratch/precious"
holds "--keep leaves a folder alone that is no kept run" [ "$status" -ne 0 -a "$(cat "$scratch/precious/file")" = mine ]

echo "check"
exits 0 "the specs and assignments that are here" "$grader" check specs/echo.yaml assignments/*/assignment.yaml
cat >"$scratch/bad.yaml" <<'YAML'
format: 1
name: bad
tests:
  - name: first
    title: A test
    points: 5
    steps:
      - sever: listen
      - client: conect
      - client: {send: "x\n", segmnts: 2}
YAML
exits 2 "a spec with three mistakes" "$grader" check "$scratch/bad.yaml"
says "… the first has line and column" "$err" 'bad\.yaml:8:[0-9]+: '
says "… the second, and the word that was meant" "$err" 'bad\.yaml:9:[0-9]+: .*connect'
says "… the third" "$err" 'bad\.yaml:10:[0-9]+: .*segmnts'
printf 'format: 1\nname: [\n' >"$scratch/torn.yaml"
exits 2 "a file that is no YAML" "$grader" check "$scratch/torn.yaml"
says "… has line and column" "$err" 'torn\.yaml:[0-9]+:[0-9]+: '
exits 2 "a file that is not there" "$grader" check "$scratch/nothing.yaml"
: >"$scratch/empty.yaml"
exits 2 "an empty file" "$grader" check "$scratch/empty.yaml"
head -c 3000000 /dev/zero | tr '\0' '[' >"$scratch/deep.yaml"
exits 2 "a huge and deep file" "$grader" check "$scratch/deep.yaml"

echo "explain"
exits 0 "explain" "$grader" explain
names=$(sed -n 's/^  \([a-z_-][a-z_-]*\)  .*/\1/p' "$out")
holds "explain lists at least 60 names" [ "$(echo "$names" | wc -l)" -ge 60 ]
unexplained=
for name in $names; do
	"$grader" explain "$name" >/dev/null 2>&1 || unexplained="$unexplained $name"
done
holds "explain knows each of them$unexplained" [ -z "$unexplained" ]
"$grader" explain lms.json | sed '1,/^example:/d' >"$scratch/lms.json"
exits 2 "explain: the lms.json it shows is a good one, but for the token" \
	env -u CANVAS_TOKEN "$grader" post doctor --config "$scratch/lms.json" --target course
says "… which is asked for" "$err" 'CANVAS_TOKEN'
exits 2 "explain: a name that is none" "$grader" explain nevr-closed
says "… and the one that was meant" "$err" 'did you mean never-closed\?'

echo "new, doctor, reference"
cd "$scratch" || exit 2
exits 0 "new" "$grader" new lab-1
exits 0 "… prove" "$grader" prove lab-1
exits 0 "… check" "$grader" check lab-1/spec.yaml lab-1/assignment.yaml
exits 0 "… run in its folder" sh -c 'cd lab-1 && "$1" run reference --quiet' sh "$grader"
exits 2 "new: a folder that is there" "$grader" new lab-1
exits 2 "new: a name that is none" "$grader" new ../lab-2
cd "$tree" || exit 2
run "$grader" doctor
says "doctor names the rung" "$out" '^Rung [A-E] '
run "$grader" doctor --json
cp "$out" "$scratch/doctor.json"
exits 0 "doctor --json is JSON" python3 -m json.tool "$scratch/doctor.json"
exits 0 "reference schema" "$grader" reference schema
holds "… is specs/schema.json" cmp -s "$out" specs/schema.json
run sh -c '"$1" explain | head -n 1' sh "$grader"
holds "a reader that goes away is no error" [ "$status" -eq 0 -a ! -s "$err" ]
finish
