#!/bin/bash
# Runs each of ci/templates as its platform would, with a correct and a faulty submission, one that cannot be taken, and
# with a Grader that breaks down; then checks what the platform would read.  Nothing is fetched: apt-get unpacks the .deb
# that this script makes of GRADER, git copies a folder.
set -u
grader=$(realpath "${1:?usage: templates.sh GRADER}")
cd "$(dirname "$0")/../.." || exit 1
sources=$PWD
templates=$sources/ci/templates
folder=$(mktemp -d)
# Only processes that this script started are ended.
batch=
trap '[ -n "$batch" ] && kill -9 "$batch" 2>/dev/null; rm -rf "$folder"' EXIT
passed=0 failed=0
check() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: expected "%s", not "%s"\n' "$1" "$3" "$2"
	fi
}
# $2: a Python expression over `data` (the JSON of file $3) and `text` that has to be true.
true_of() {
	local said
	if said=$(python3 -c '
import json, sys
text = open(sys.argv[2], encoding="utf-8").read()
try:
    data = json.loads(text)
except ValueError:
    data = None
sys.exit(0 if eval("(" + sys.argv[1] + ")") else "not so: " + sys.argv[1] + "\n" + text[-600:])' "$2" "$3" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: %s\n' "$1" "$said"
	fi
}
# No file under the folder $2 holds a word of the hidden test.
hidden_absent() {
	check "$1: the hidden test is nowhere" "$(grep -rlaE 'secret-probe|secret title|secret hint|classified-bytes' "$2")" ""
}
absent() {
	check "$1" "$([ -e "$2" ] || echo absent)" absent
}
present() {
	check "$1" "$([ -s "$2" ] && echo present)" present
}
if ! command -v python3 >/dev/null; then
	echo "skipped: the templates' output is read with python3, which is not installed"
	exit 0
fi

# --- an assignment with a hidden test, submissions ---------------------------------------------------------------------
lab=$folder/lab
cp -r assignments/echo-server "$lab"
cp specs/echo.yaml "$lab/"
sed -i 's|^spec:.*|spec: echo.yaml|' "$lab/assignment.yaml"
cat >>"$lab/echo.yaml" <<'SPEC'

  - name: secret-probe
    title: A secret title
    hidden: true
    student: [server]
    points: 5
    requires: [handshake]
    allow: [spin]
    hint: the secret hint
    steps:
      - server: listen
      - client: connect
      - server: accept
      - client: {send: "classified-bytes\n"}
      - server: {send: "classified-bytes\n"}
SPEC
mkdir "$folder"/{good,bad,broken,linked}
cp reference/solutions/echo-server/server.c "$folder/good/"
cp assignments/echo-server/faulty/eof-ignored/server.c "$folder/bad/"
ln -s /etc/hostname "$folder/linked/server.c"
# Does not build, and its build prints what a platform might obey or take for a score.
echo 'int main(void) { return x; }' >"$folder/broken/server.c"
# shellcheck disable=SC2016
printf '%s\n' '$(info ::error title=forged::forged)' '$(info ##[error]forged)' '$(info {"scores": {"Correctness": 100}})' \
	'server: server.c' '	cc -o server server.c' >"$folder/broken/Makefile"
most=$(python3 - "$lab/echo.yaml" <<'COUNT'
import re, sys
print(sum(int(n) for n in re.findall(r"^ +points: *(\d+)", open(sys.argv[1]).read(), re.M)))
COUNT
)
"$grader" check "$lab/assignment.yaml" >/dev/null || exit 1
"$grader" run "$lab" "$folder/bad" --quiet --exit-zero --format json="$folder/expected.json" >/dev/null
bad_points=$(python3 -c 'import json, sys; print("%g" % json.load(open(sys.argv[1]))["points"])' "$folder/expected.json")
most=$(python3 -c 'import json, sys; print("%g" % json.load(open(sys.argv[1]))["max_points"])' "$folder/expected.json")

# --- what stands for the platform's machine ----------------------------------------------------------------------------
machine=$folder/machine
mkdir -p "$machine/bin" "$folder/deb/DEBIAN" "$folder/deb/usr/bin" "$folder/deb/usr/share/grader/reference/solutions"
printf 'Package: grader\nVersion: 0\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: for a trial\n' \
	>"$folder/deb/DEBIAN/control"
cp "$grader" "$folder/deb/usr/bin/grader"
if command -v dpkg-deb >/dev/null; then
	dpkg-deb -Znone --build "$folder/deb" "$folder/grader_0_all.deb" >/dev/null
else
	echo "dpkg-deb is not installed: a tar archive stands for the .deb"
	tar -C "$folder/deb" -cf "$folder/grader_0_all.deb" usr
fi
cat >"$machine/bin/apt-get" <<'STUB'
#!/bin/sh
echo "$*" >>"$MACHINE/apt-get.log"
for word; do
	case $word in
	/*.deb) dpkg-deb -x "$word" "$MACHINE/root" 2>/dev/null || { mkdir -p "$MACHINE/root" && tar -C "$MACHINE/root" -xf "$word"; } ;;
	esac
done
STUB
cat >"$machine/bin/git" <<'STUB'
#!/bin/sh
case $1 in
clone)
	for to; do :; done
	cp -r "$MACHINE/course" "$to" && mkdir "$to/.git" && echo token >"$to/.git/config"
	;;
show) echo 1700000000 ;;
*) exit 1 ;;
esac
STUB
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ "$1" != -n ] || shift\nexec env -i PATH="$PATH" MACHINE="$MACHINE" "$@"\n' >"$machine/bin/sudo"
cat >"$machine/bin/cmake" <<'STUB'
#!/bin/sh
echo "cmake $*" >>"$MACHINE/source.log"
mkdir -p "$MACHINE/root/usr/bin"
cp "$MACHINE/deb/usr/bin/grader" "$MACHINE/root/usr/bin/"
STUB
chmod +x "$machine"/bin/*
export MACHINE=$folder
export PATH="$folder/root/usr/bin:$machine/bin:$PATH"

# A Grader that breaks down: it writes every format as if all had failed, and ends with STUB_STATUS.
mkdir "$folder/breaking"
cat >"$folder/breaking/grader" <<'STUB'
#!/bin/sh
status=$(cat "$MACHINE/status")
[ "$1" = run ] || exit 0
if [ "$status" != 3 ]; then
	for word; do
		case $word in
		autolab=*) printf '{"scores": {"Correctness": 0}}\n' >"${word#*=}" ;;
		*=*) printf '{"score": 0, "points": 0, "datetime": "2026-01-01T00:00:00Z", "tests": []}\n' >"${word#*=}" ;;
		esac
	done
fi
echo 'grader: the "disk"	is \full' >&2
exit "$status"
STUB
chmod +x "$folder/breaking/grader"
breakdowns="2 3 130 139"

# --- install-grader ----------------------------------------------------------------------------------------------------
mkdir "$folder/from-deb" "$folder/from-source" "$folder/from-nothing"
cp "$folder/grader_0_all.deb" "$folder/from-deb/"
"$templates/install-grader" "$folder/from-deb" >"$folder/out" 2>&1
check "install-grader takes the .deb" "$? $(command -v grader)" "0 $folder/root/usr/bin/grader"
check "no network but apt's" "$(cut -d' ' -f1-2 "$folder/apt-get.log" | tr '\n' ,)" "-qq update,-qq install,"
check "solutions are for root" "$(stat -c %a "$folder/root/usr/share/grader/reference/solutions")" 700
rm -rf "$folder/root"
mkdir -p "$folder/from-source/grader/ci"
for script in setup build; do
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho "ci/%s $*" >>"$MACHINE/source.log"\n' $script >"$folder/from-source/grader/ci/$script"
	chmod +x "$folder/from-source/grader/ci/$script"
	check "the source tree has ci/$script" "$([ -x "ci/$script" ] && echo yes)" yes
done
"$templates/install-grader" "$folder/from-source" >"$folder/out" 2>&1
check "install-grader builds a source tree" \
	"$? $(tr '\n' , <"$folder/source.log")" "0 ci/setup build,ci/build release,cmake --install build,"
rm -rf "$folder/root"
PATH="$machine/bin:/usr/bin:/bin" "$templates/install-grader" "$folder/from-nothing" >"$folder/out" 2>&1
status=$?
if [ -x /usr/bin/grader ] || [ -x /bin/grader ]; then
	echo "skipped: nothing to install, on a machine without Grader: this one has it"
else
	check "nothing to install is an error" "$status" 3
fi

# --- Gradescope --------------------------------------------------------------------------------------------------------
"$templates/install-grader" "$folder/from-deb" >/dev/null # for make-zip, on the instructor's machine
"$templates/gradescope/make-zip" "$lab" "$folder/autograder.zip" "$folder/grader_0_all.deb" >"$folder/out" 2>&1
check "make-zip" "$?" 0
cp -r assignments/echo-server "$folder/incomplete"
"$templates/gradescope/make-zip" "$folder/incomplete" "$folder/incomplete.zip" "$folder/grader_0_all.deb" >"$folder/out" 2>&1
check "make-zip refuses an assignment whose spec lies elsewhere" \
	"$? $([ -e "$folder/incomplete.zip" ] || echo no zip)" "2 no zip"
rm -rf "$folder/root"
export AUTOGRADER=$folder/autograder
mkdir -p "$AUTOGRADER/source" "$AUTOGRADER/results"
python3 - "$folder/autograder.zip" "$AUTOGRADER/source" <<'UNZIP'
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for info in archive.infolist():
        path = archive.extract(info, sys.argv[2])
        os.chmod(path, (info.external_attr >> 16 & 0o777) or 0o644)
UNZIP
for file in setup.sh run_autograder; do
	check "$file is at the top of the zip file and may be run" "$([ -x "$AUTOGRADER/source/$file" ] && echo yes)" yes
done
absent "no faulty program in the zip file" "$AUTOGRADER/source/assignment/faulty"
bash "$AUTOGRADER/source/setup.sh" >"$folder/out" 2>&1
check "setup.sh" "$?" 0
check "the spec is not for everybody" "$(stat -c %a "$AUTOGRADER/source" | cut -c2-)" 00
cp "$AUTOGRADER/source/run_autograder" "$AUTOGRADER/"
gradescope() {
	rm -rf "$AUTOGRADER/submission"
	cp -r "$folder/$1" "$AUTOGRADER/submission"
	echo '{"score": 1, "stale": true}' >"$AUTOGRADER/results/results.json"
	echo '{"users": []}' >"$AUTOGRADER/submission_metadata.json"
	(cd "$AUTOGRADER" && ./run_autograder) >"$folder/out" 2>&1
	check "Gradescope, $1: one file is left" "$(ls -A "$AUTOGRADER/results")" results.json
	results=$AUTOGRADER/results/results.json
	true_of "Gradescope, $1: it is new" 'data is not None and "stale" not in data' "$results"
}
gradescope good
true_of "Gradescope: full points" "data['score'] == $most and not isinstance(data['score'], bool)" "$results"
gradescope bad
true_of "Gradescope: the faulty server's points" "data['score'] == $bad_points" "$results"
true_of "Gradescope: fields" "all(isinstance(t['number'], str) and t['status'] in ('passed', 'failed') and
	t['visibility'] in ('visible', 'hidden') and '\r' not in t['output'] and 0 <= t['score'] <= t['max_score']
	for t in data['tests'] if 'status' in t) and data['stdout_visibility'] == 'hidden'" "$results"
true_of "Gradescope: the points of the tests are the score" \
	"sum(t['score'] for t in data['tests'] if 'score' in t) == data['score']" "$results"
true_of "Gradescope: the failing line" \
	"any('CLOSE_WAIT' in t['output'] for t in data['tests'] if t.get('status') == 'failed')" "$results"
mkdir -p "$folder/seen"
python3 - "$results" "$folder/seen/student.json" <<'SEEN'
import json, sys
data = json.load(open(sys.argv[1]))
assert any(t["visibility"] == "hidden" for t in data["tests"])
data["tests"] = [t for t in data["tests"] if t["visibility"] != "hidden"]
json.dump(data, open(sys.argv[2], "w"))
SEEN
hidden_absent "Gradescope" "$folder/seen"
true_of "Gradescope: what the container allows is kept for the staff" "'Rung ' in text" "$folder/out"
gradescope broken
true_of "Gradescope: what does not build has 0 points" "data['score'] == 0 and 'x' in data['output']" "$results"
gradescope linked
true_of "Gradescope: a submission that cannot be taken has no score, and a reason" \
	"'score' not in data and 'tests' not in data and 'server.c is a symbolic link' in data['output']" "$results"
for status in $breakdowns; do
	echo "$status" >"$folder/status"
	PATH="$folder/breaking:$PATH" gradescope good
	true_of "Gradescope: Grader ends with $status: no score" "'score' not in data and 'tests' not in data" "$results"
done

# --- Autolab -----------------------------------------------------------------------------------------------------------
mkdir "$folder/autolab"
cp "$templates"/autolab/* "$folder/autolab/"
cp -r "$lab" "$folder/autolab/assignment"
make -C "$folder/autolab" >"$folder/out" 2>&1
check "Autolab: make" "$?" 0
check "Autolab: no faulty program in autograde.tar" "$(tar -tf "$folder/autolab/autograde.tar" | grep -c /faulty)" 0
# What Autolab does to the last line before it reads it as JSON.
cat >"$folder/autoresult.py" <<'READ'
import json, re, sys
lines = open(sys.argv[1], encoding="utf-8").read().rstrip("\n").split("\n")
print(json.dumps({"last": json.loads(re.sub(r"([a-zA-Z0-9]+):", r'"\1":', lines[-1])), "before": lines[-2], "lines": len(lines)}))
READ
autolab() {
	rm -rf "$folder/instance"
	mkdir "$folder/instance"
	cp "$folder/autolab/autograde-Makefile" "$folder/instance/Makefile"
	cp "$folder/autolab/autograde.tar" "$folder/instance/"
	if [ "${2:-}" = wrapped ]; then
		tar -C "$folder" -cf "$folder/instance/handin.tar" "$1"
	else
		tar -C "$folder/$1" -cf "$folder/instance/handin.tar" .
	fi
	mkdir -p "$folder/feedback"
	(cd "$folder/instance" && make) >"$folder/feedback/out" 2>&1
	check "Autolab, $1: make's status" "$?" 0
	python3 "$folder/autoresult.py" "$folder/feedback/out" >"$folder/autoresult.json" 2>&1
	hidden_absent "Autolab, $1" "$folder/feedback"
}
autolab good
true_of "Autolab: full points on the last line" "data['last'] == {'scores': {'Correctness': $most}, 'scoreboard': [$most]}" \
	"$folder/autoresult.json"
true_of "Autolab: formatted feedback before it" \
	"json.loads(data['before'])['_presentation'] == 'semantic'" "$folder/autoresult.json"
autolab bad wrapped
true_of "Autolab: the faulty server's points" \
	"data['last']['scores'] == {'Correctness': $bad_points}" "$folder/autoresult.json"
true_of "Autolab: the failing line" "'CLOSE_WAIT' in text and 'Rung ' in text" "$folder/feedback/out"
autolab broken
true_of "Autolab: a score that a student prints is none" \
	"data['last']['scores'] == {'Correctness': 0}" "$folder/autoresult.json"
autolab linked
true_of "Autolab: a submission that cannot be taken has no score" \
	"data['last']['scores'] == {'Correctness': None}" "$folder/autoresult.json"
true_of "Autolab: … and a reason" "'server.c is a symbolic link' in text" "$folder/feedback/out"
echo "no archive" >"$folder/instance/handin.tar"
(cd "$folder/instance" && make) >"$folder/feedback/out" 2>&1
python3 "$folder/autoresult.py" "$folder/feedback/out" >"$folder/autoresult.json" 2>&1
true_of "Autolab: what is no archive has no score" \
	"data['last']['scores'] == {'Correctness': None}" "$folder/autoresult.json"
for status in $breakdowns; do
	echo "$status" >"$folder/status"
	PATH="$folder/breaking:$PATH" autolab good
	true_of "Autolab: Grader ends with $status: a null" \
		"data['last']['scores'] == {'Correctness': None}" "$folder/autoresult.json"
done
cp "$folder/good/server.c" "$folder/instance/"
AUTOLAB_PROBLEM="Part 1" "$folder/instance/autograde/driver.sh" "$folder/instance/server.c" >"$folder/feedback/out" 2>&1
true_of "Autolab: without -A, no score line, and a single file will do" \
	"'scores' not in text and '100/100 points' in text" "$folder/feedback/out"

# --- PrairieLearn ------------------------------------------------------------------------------------------------------
true_of "PrairieLearn: info.json" "data['gradingMethod'] == 'External' and data['externalGradingOptions']['timeout'] <= 600 and
	data['externalGradingOptions']['entrypoint'] == '/opt/grader/run.sh'" "$templates/prairielearn/info.json"
check "PrairieLearn: the image has the entrypoint" \
	"$(grep -c '^COPY .*run\.sh.* /opt/grader/$' "$templates/prairielearn/Dockerfile")" 1
export GRADE=$folder/grade
prairielearn() {
	rm -rf "$GRADE"
	mkdir -p "$GRADE/data"
	cp -r "$lab" "$GRADE/tests"
	cp -r "$folder/$1" "$GRADE/student"
	echo '{}' >"$GRADE/data/data.json"
	"$templates/prairielearn/run.sh" >"$folder/out" 2>&1
	check "PrairieLearn, $1: one file is left" "$(ls -A "$GRADE/results")" results.json
	results=$GRADE/results/results.json
	true_of "PrairieLearn, $1: at most 1 MiB of JSON" "data is not None and len(text.encode()) <= 1024 * 1024" "$results"
	hidden_absent "PrairieLearn, $1" "$GRADE/results"
}
prairielearn good
true_of "PrairieLearn: full points" "data['gradable'] is True and data['score'] == 1" "$results"
check "PrairieLearn: the spec is not for everybody" "$(stat -c %a "$GRADE/tests" | cut -c2-)" 00
prairielearn bad
true_of "PrairieLearn: the faulty server's share" "abs(data['score'] - $bad_points / $most) < 1e-9" "$results"
true_of "PrairieLearn: points for every test" "all('points' in t and 'max_points' in t for t in data['tests'])" "$results"
true_of "PrairieLearn: the failing line" "any('CLOSE_WAIT' in t.get('output', '') for t in data['tests'])" "$results"
true_of "PrairieLearn: what the container allows is kept" "'Rung ' in text" "$folder/out"
prairielearn broken
true_of "PrairieLearn: what does not build costs no attempt" "data['gradable'] is False and 'score' not in data" "$results"
prairielearn linked
true_of "PrairieLearn: a submission that cannot be taken is not gradable, for a reason" \
	"data['gradable'] is False and 'server.c is a symbolic link' in data['format_errors'] and 'score' not in data" "$results"
for status in $breakdowns; do
	echo "$status" >"$folder/status"
	PATH="$folder/breaking:$PATH" prairielearn good
	true_of "PrairieLearn: Grader ends with $status: not gradable" "data['gradable'] is False and 'score' not in data" "$results"
done

# --- GitHub Actions ----------------------------------------------------------------------------------------------------
# The script below a line "- name: NAME" or "KEY:", and a job's environment.
cat >"$folder/block.py" <<'BLOCK'
import sys
lines, wanted, kind = open(sys.argv[1]).read().split("\n"), sys.argv[2], sys.argv[3]
indent = lambda line: len(line) - len(line.lstrip())
at = next(i for i, line in enumerate(lines) if line.strip() == wanted)
start = next(i for i in range(at, len(lines)) if lines[i].strip().startswith(kind))
here, rest = indent(lines[start]), lines[start].strip()[len(kind):].strip()
body = []
for line in lines[start + 1:]:
    if line.strip() and indent(line) <= here:
        break
    body.append(line)
if kind == "run:" and rest != "|":
    body = [rest]
if kind in ("script:", "before_script:"):  # a list of commands, of which one may be a block
    out, block = [], None
    for line in body:
        item = line.strip()
        if item.startswith("- ") and indent(line) == here + 2:
            item, block = item[2:], None
            if item == "|":
                block = indent(line) + 2
                continue
            out.append(item[1:-1] if item[0] == "'" and item[-1] == "'" else item)
        elif block is not None:
            out.append(line[block:])
    body = out
elif kind in ("env:", "variables:"):
    body = ["%s=%s" % tuple(part.strip().strip('"') for part in line.split(":", 1)) for line in body if line.strip()]
else:
    left = min((indent(line) for line in body if line.strip()), default=0)
    body = [line[left:] for line in body]
print("\n".join(body))
BLOCK
# What GitHub's runner would obey in a log.
cat >"$folder/obeyed.py" <<'OBEYED'
import re, sys
word, obeyed = None, []
for line in open(sys.argv[1], encoding="utf-8"):
    line = line.strip()
    if word is not None:
        if line == "::%s::" % word:
            word = None
        continue
    stop = re.match(r"::stop-commands::(.+)$", line)
    if stop:
        word = stop.group(1)
    elif line.startswith("::") or "##[" in line:
        obeyed.append(line)
if word is not None:
    obeyed.append("commands stay stopped")
print("\n".join(obeyed))
OBEYED
mkdir -p "$folder/course/assignments"
cp "$templates/install-grader" "$folder/grader_0_all.deb" "$folder/course/"
cp -r "$lab" "$folder/course/assignments/lab-1"
for name in "Install Grader" Grade; do
	python3 "$folder/block.py" "$templates/github/grade.yml" "- name: $name" run: >"$folder/${name%% *}.sh"
done
github() {
	rm -rf "$folder/workspace" "$folder/root"
	mkdir "$folder/workspace"
	cp -r "$folder/course" "$folder/workspace/course"
	cp -r "$folder/$1" "$folder/workspace/submission"
	echo "an earlier step" >"$folder/summary.md"
	(
		cd "$folder/workspace" || exit 1
		while IFS= read -r assignment; do
			export "${assignment?}"
		done < <(python3 "$folder/block.py" "$templates/github/grade.yml" env: env:)
		export GITHUB_ACTIONS=true GITHUB_WORKSPACE=$PWD GITHUB_STEP_SUMMARY=$folder/summary.md RUNNER_TEMP=$folder
		bash -e "$folder/Install.sh" >"$folder/out" 2>&1 || exit 99
		[ -z "${2:-}" ] || cp "$folder/breaking/grader" "$folder/root/usr/bin/grader"
		bash -e "$folder/Grade.sh" >"$folder/log" 2>&1
	)
	status=$?
	report=$folder/workspace/report
	python3 "$folder/obeyed.py" "$folder/log" >"$folder/obeyed" 2>&1
	mkdir -p "$report"
	cp "$folder/log" "$folder/summary.md" "$report/"
	hidden_absent "GitHub, $1" "$report"
	true_of "GitHub, $1: only annotations are obeyed" \
		"all(l.split(' ')[0] in ('::error', '::warning', '::notice') and ' title=forged' not in l.split('::')[1] 
			for l in text.split('\n') if l)" "$folder/obeyed"
	true_of "GitHub, $1: the summary is added to" "text.startswith('an earlier step')" "$folder/summary.md"
}
github good
check "GitHub: a correct server's check is green" "$status" 0
true_of "GitHub: its points" "'title=Grade::' in text and '::error' not in text" "$folder/obeyed"
present "GitHub: the report" "$report/report.txt"
present "GitHub: what the runner allows" "$report/doctor.txt"
present "GitHub: captures" "$report/evidence/close/capture.pcapng"
absent "GitHub: none of hidden tests" "$report/evidence/secret-probe"
absent "GitHub: the whole run is not published" "$folder/workspace/kept"
github bad
check "GitHub: a faulty server's check is red" "$status" 1
true_of "GitHub: the failing line is an annotation" \
	"sum(l.startswith('::error') for l in text.split('\n')) in range(1, 11) and
	'title=close::' in text and '%0Aexpected: ' in text and 'CLOSE_WAIT' in text" "$folder/obeyed"
true_of "GitHub: the table is in the summary" "'| close |' in text and len(text.encode()) <= 1024 * 1024" "$folder/summary.md"
true_of "GitHub: JUnit" "text.count('<testcase') == text.count('</testcase>') > 0" "$report/junit.xml"
github broken
check "GitHub: what does not build is red" "$status" 1
true_of "GitHub: the compiler's words" "'does not build' in text" "$folder/obeyed"
true_of "GitHub: what the build printed is in the log, and not obeyed" "'forged' in text" "$folder/log"
github linked
check "GitHub: a submission that cannot be taken" "$status" 3
true_of "GitHub: … is told, without a score" "'Not graded' in text and 'title=Grade' not in text" "$folder/obeyed"
for code in $breakdowns; do
	echo "$code" >"$folder/status"
	github good breaking
	check "GitHub: Grader's status $code fails the step" "$status" "$code"
	true_of "GitHub: Grader's status $code is no score" "'Not graded' in text and 'title=Grade' not in text" "$folder/obeyed"
	absent "GitHub: and leaves no result ($code)" "$report/result.json"
done

# --- GitLab ------------------------------------------------------------------------------------------------------------
python3 "$folder/block.py" "$templates/gitlab/.gitlab-ci.yml" before_script: before_script: >"$folder/gitlab.sh"
python3 "$folder/block.py" "$templates/gitlab/.gitlab-ci.yml" script: script: >>"$folder/gitlab.sh"
gitlab() {
	rm -rf "$folder/builds" "$folder/root"
	mkdir -p "$folder/builds"
	cp -r "$folder/$1" "$folder/builds/project"
	(
		cd "$folder/builds/project" || exit 1
		while IFS= read -r assignment; do
			export "${assignment?}"
		done < <(python3 "$folder/block.py" "$templates/gitlab/.gitlab-ci.yml" variables: variables:)
		export CI_PROJECT_DIR=$PWD CI_JOB_TOKEN=token CI_SERVER_HOST=gitlab.example.org
		[ -z "${2:-}" ] || export PATH="$folder/breaking:$PATH"
		sh -e "$folder/gitlab.sh" >"$folder/log" 2>&1
	)
	status=$?
	report=$folder/builds/project/report
	mkdir -p "$report"
	cp "$folder/log" "$report/"
	hidden_absent "GitLab, $1" "$report"
	check "GitLab, $1: the token is not left" "$(grep -rl token "$folder/builds" --include=config)" ""
}
gitlab good
check "GitLab: a correct server's job passes" "$status" 0
present "GitLab: captures" "$report/evidence/close/capture.pcapng"
absent "GitLab: none of hidden tests" "$report/evidence/secret-probe"
present "GitLab: what the runner allows" "$report/doctor.txt"
gitlab bad
check "GitLab: a faulty server's job fails" "$status" 1
python3 - "$report/junit.xml" >"$folder/junit.json" 2>&1 <<'JUNIT'
import json, sys, xml.etree.ElementTree as tree
top = tree.parse(sys.argv[1]).getroot()
cases = list(top.iter("testcase"))
keys = [(case.get("classname"), case.get("name")) for case in cases]
print(json.dumps({"top": top.tag, "unique": len(keys) == len(set(keys)) and all(a and b for a, b in keys),
                  "failed": [case.get("name") for case in cases if case.find("failure") is not None],
                  "errors": sum(case.find("error") is not None for case in cases)}))
JUNIT
true_of "GitLab: JUnit" \
	"data['top'] == 'testsuites' and data['unique'] and 'close' in data['failed'] and data['errors'] == 0" "$folder/junit.json"
check "GitLab: the artifact is where the report is" \
	"$(grep -cE '^ +(- report/|junit: report/junit.xml)$' "$templates/gitlab/.gitlab-ci.yml")" 2
gitlab linked
check "GitLab: a submission that cannot be taken" "$status" 3
for code in $breakdowns; do
	echo "$code" >"$folder/status"
	gitlab good breaking
	check "GitLab: Grader's status $code fails the job" "$status" "$code"
	absent "GitLab: and leaves no result ($code)" "$report/junit.xml"
done

# --- Classroom 50 ------------------------------------------------------------------------------------------------------
rm -rf "$folder/root"
mkdir "$folder/bundle"
cp "$templates/classroom50/autograder.py" "$templates/install-grader" "$folder/grader_0_all.deb" "$folder/bundle/"
cp -r "$lab" "$folder/bundle/assignment"
true_of "Classroom 50: runtime.json" "data['runs-on'] and isinstance(data['apt'], list)" "$templates/classroom50/runtime.json"
classroom50() {
	rm -rf "$folder/checkout" "$folder/root"
	cp -r "$folder/$1" "$folder/checkout"
	mkdir "$folder/checkout/result.json" # what a student may have committed
	(
		cd "$folder/checkout" || exit 1
		export CLASSROOM=networks ASSIGNMENT=lab-1 ASSIGNMENT_TYPE=individual OWNER=ada
		export SUBMISSION_TAG=submit/2026-06-01T14-32-05Z-a1b2c3d COMMIT_URL=https://example.org/c
		export RELEASE_URL=https://example.org/r REVIEW_URL=https://example.org/v
		if [ -n "${2:-}" ]; then
			cp "$folder/breaking/grader" "$folder/deb/usr/bin/grader"
			dpkg-deb -Znone --build "$folder/deb" "$folder/bundle/grader_0_all.deb" >/dev/null
		fi
		python3 "$folder/bundle/autograder.py" >"$folder/log" 2>&1
	)
	status=$?
	result=$folder/checkout/result.json
	mkdir -p "$folder/seen50"
	cp "$folder/log" "$folder/seen50/"
	rm -f "$folder/seen50/"*.json
	[ ! -f "$result" ] || cp "$result" "$folder/checkout/release-body.md" "$folder/seen50/"
	hidden_absent "Classroom 50, $1" "$folder/seen50"
}
classroom50 good
check "Classroom 50: graded" "$status" 0
true_of "Classroom 50: whole points" "data['score'] == data['max-score'] and type(data['score']) is int" "$result"
members="schema classroom assignment assignment_type owner submission commit release review datetime graded_at score"
members="$members max-score tests"
true_of "Classroom 50: identity and members" "set(data) == set('$members'.split()) and data['owner'] == 'ada' and data['assignment'] == 'lab-1' and
	data['schema'] == 'classroom50/result/v1' and data['submission'].startswith('submit/')" "$result"
true_of "Classroom 50: a regrade makes nobody late" \
	"data['datetime'] == '2023-11-14T22:13:20Z' and data['graded_at'] > data['datetime']" "$result"
check "Classroom 50: evidence of what the student may see" \
	"$(tar -tzf "$folder/checkout/evidence.tar.gz" | grep -E '/close/capture.pcapng|secret')" evidence/close/capture.pcapng
classroom50 bad
true_of "Classroom 50: fewer points" "0 < data['score'] < data['max-score'] and
	any(t['test-name'] == 'close' and not t['passed'] and t['score'] == 0 for t in data['tests'])" "$result"
true_of "Classroom 50: what the runner allows is in the log" "'Rung ' in text" "$folder/log"
classroom50 linked
check "Classroom 50: a submission that cannot be taken is an error, without a result" \
	"$status $([ -e "$result" ] || echo no result)" "3 no result"
if command -v dpkg-deb >/dev/null; then
	for code in $breakdowns; do
		echo "$code" >"$folder/status"
		classroom50 good breaking
		check "Classroom 50: Grader's status $code is an error, without a result" \
			"$([ "$status" != 0 ] && echo error) $([ -e "$result" ] || echo no result)" "error no result"
	done
	cp "$grader" "$folder/deb/usr/bin/grader"
else
	echo "skipped: Classroom 50 with a Grader that breaks down: dpkg-deb is not installed"
fi

# --- Slurm -------------------------------------------------------------------------------------------------------------
rm -rf "$folder/root"
"$templates/install-grader" "$folder/from-deb" >/dev/null
mkdir -p "$folder/class"/{ada,bert,cleo}
cp "$folder/good/server.c" "$folder/class/ada/"
cp "$folder/bad/server.c" "$folder/class/bert/"
cp "$folder/good/server.c" "$folder/class/cleo/"
book() {
	grader book list --book "$1" | cut -c23-
}
check "Slurm: every option is before the first command" \
	"$(awk '/^[^#]/ {seen = 1} /^#SBATCH/ && seen {print}' "$templates/slurm/grade.sbatch")" ""
mkdir "$folder/node"
slurm() {
	TMPDIR=$folder/node SLURM_CPUS_PER_TASK=2 exec sh "$templates/slurm/grade.sbatch" "$lab" "$folder/class" "$folder/course.db" \
		>"$folder/log" 2>&1
}
(slurm)
check "Slurm: the class is graded" "$?" 0
undisturbed=$(book "$folder/course.db")
check "Slurm: three scores" "$(echo "$undisturbed" | grep -c 'echo-server: ')" 3
(slurm)
check "Slurm: the job again adds nothing" "$(book "$folder/course.db")" "$undisturbed"
check "Slurm: nothing is left on the node" "$(ls "$folder/node")" ""
rm -f "$folder"/course.db* "$folder/log"
slurm &
batch=$!
until grep -q 'layout' "$folder/log" 2>/dev/null; do kill -0 "$batch" 2>/dev/null || break; done
kill -TERM "$batch" 2>/dev/null
wait "$batch"
status=$?
batch=
case $status in
130) check "Slurm: what was stopped left no log" "$([ -s "$folder/course.db-wal" ] && echo a log)" "" ;;
0) echo "skipped: Slurm stopped in the middle: the class was graded before the signal came" ;;
*) check "Slurm: stopped in order" "$status" 130 ;;
esac
(slurm)
check "Slurm: stopped and requeued, the gradebook is the same" "$(book "$folder/course.db")" "$undisturbed"
echo x >"$folder/course.db-wal"
(slurm)
check "Slurm: a gradebook that somebody has open is left alone" "$?" 2

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
