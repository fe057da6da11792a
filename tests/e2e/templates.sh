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
# shellcheck source-path=SCRIPTDIR
. tests/e2e/templates/trial.sh

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
	python3 "$sources/tests/e2e/templates/autoresult.py" "$folder/feedback/out" >"$folder/autoresult.json" 2>&1
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
python3 "$sources/tests/e2e/templates/autoresult.py" "$folder/feedback/out" >"$folder/autoresult.json" 2>&1
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
mkdir -p "$folder/course/assignments"
cp "$templates/install-grader" "$folder/grader_0_all.deb" "$folder/course/"
cp -r "$lab" "$folder/course/assignments/lab-1"
for name in "Install Grader" Grade; do
	python3 "$sources/tests/e2e/templates/block.py" "$templates/github/grade.yml" "- name: $name" run: >"$folder/${name%% *}.sh"
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
		done < <(python3 "$sources/tests/e2e/templates/block.py" "$templates/github/grade.yml" env: env:)
		export GITHUB_ACTIONS=true GITHUB_WORKSPACE=$PWD GITHUB_STEP_SUMMARY=$folder/summary.md RUNNER_TEMP=$folder
		bash -e "$folder/Install.sh" >"$folder/out" 2>&1 || exit 99
		[ -z "${2:-}" ] || cp "$folder/breaking/grader" "$folder/root/usr/bin/grader"
		bash -e "$folder/Grade.sh" >"$folder/log" 2>&1
	)
	status=$?
	report=$folder/workspace/report
	python3 "$sources/tests/e2e/templates/obeyed.py" "$folder/log" >"$folder/obeyed" 2>&1
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
present "GitHub: captures" "$report/evidence/tests/close/capture.pcapng"
absent "GitHub: none of hidden tests" "$report/evidence/tests/secret-probe"
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
python3 "$sources/tests/e2e/templates/block.py" "$templates/gitlab/.gitlab-ci.yml" before_script: before_script: >"$folder/gitlab.sh"
python3 "$sources/tests/e2e/templates/block.py" "$templates/gitlab/.gitlab-ci.yml" script: script: >>"$folder/gitlab.sh"
gitlab() {
	rm -rf "$folder/builds" "$folder/root"
	mkdir -p "$folder/builds"
	cp -r "$folder/$1" "$folder/builds/project"
	(
		cd "$folder/builds/project" || exit 1
		while IFS= read -r assignment; do
			export "${assignment?}"
		done < <(python3 "$sources/tests/e2e/templates/block.py" "$templates/gitlab/.gitlab-ci.yml" variables: variables:)
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
present "GitLab: captures" "$report/evidence/tests/close/capture.pcapng"
absent "GitLab: none of hidden tests" "$report/evidence/tests/secret-probe"
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
