#!/bin/bash
# A class through `grader batch`: layouts, a roster, what is refused, a kill at any moment, a regrade.
set -u
grader=$(realpath "${1:?usage: batch.sh GRADER}")
cd "$(dirname "$0")/../.." || exit 1
sources=$PWD
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
contains() {
	case $2 in
	*"$3"*) passed=$((passed + 1)) ;;
	*)
		failed=$((failed + 1))
		printf '%s: "%s" is not in:\n%s\n' "$1" "$3" "$2"
		;;
	esac
}
# Everything a book says of its students, without the times.
book() {
	"$grader" book list --book "$1" | cut -c23-
}

mkdir "$folder/lab"
cp -r assignments/echo-server/* "$folder/lab/"
cp specs/echo.yaml "$folder/lab/"
sed -i 's|^spec:.*|spec: echo.yaml|' "$folder/lab/assignment.yaml"
lab=$folder/lab
right=$sources/reference/solutions/echo-server/server.c
wrong() { echo "$sources/assignments/echo-server/faulty/$1/server.c"; }

# --- one folder for each student -------------------------------------------------------------------------------------
class=$folder/class
mkdir -p "$class"/{ada,bert,cleo,dora,emil,fay,gus,hal,ida,jon}
for student in ada cleo; do cp "$right" "$class/$student/"; done
cp "$(wrong eof-ignored)" "$class/bert/"
cp "$(wrong never-closed)" "$class/dora/"
cp "$(wrong crashed)" "$class/emil/"
echo 'int main(void) { return x; }' >"$class/fay/server.c"
ln -s /etc/hostname "$class/gus/server.c"
# A student's own archive, wrapped in a folder, with macOS litter and a Makefile from another system.
mkdir -p "$folder/mac/My Lab" "$folder/mac/__MACOSX"
cp "$right" "$folder/mac/My Lab/"
sed 's/$/\r/' assignments/echo-server/starter/Makefile >"$folder/mac/My Lab/Makefile"
: >"$folder/mac/.DS_Store"
tar -C "$folder/mac" -czf "$class/hal/lab.tar.gz" .
cp "$(wrong bind-missing)" "$class/ida/server.c"
# Forks without end; its neighbours do not wait for it longer than its own limits let it run.
cat >"$class/jon/server.c" <<'PROGRAM'
#include <unistd.h>
int main(void)
{
	for (;;)
		fork();
}
PROGRAM
cat >"$folder/roster.csv" <<'ROSTER'
login,name,email,lms_user_id
ada,Ada Lovelace,ada@example.org,101
bert,Bert Root,bert@example.org,102
cleo,Cleo Vane,cleo@example.org,103
dora,Dora Moon,dora@example.org,104
emil,Emil Post,emil@example.org,105
fay,Fay Wray,fay@example.org,106
gus,Gus Gray,gus@example.org,107
hal,Hal Blaine,hal@example.org,108
ida,Ida Noyes,ida@example.org,109
jon,Jon Doe,jon@example.org,110
ROSTER

"$grader" batch "$lab" "$class" --book "$folder/one.db" --roster "$folder/roster.csv" \
	--format "canvas-csv=$folder/canvas.csv" >"$folder/out" 2>"$folder/err"
check "a class with one refused submission needs staff" $? 3
contains "the summary counts" "$(cat "$folder/out")" "9 graded"
contains "a link is refused by name" "$(cat "$folder/out")" 'refused: "server.c" is a link'
undisturbed=$(book "$folder/one.db")
for student in ada cleo hal; do
	contains "$student passes" "$undisturbed" "100 of 100    echo-server: $student"
done
contains "what was repaired is told to staff" "$("$grader" book show hal --book "$folder/one.db")" \
	"Makefile had line ends of CR LF"
contains "so is what macOS had added" "$("$grader" book show hal --book "$folder/one.db")" \
	"what macOS had added (__MACOSX, .DS_Store, ._NAME) was left out"
contains "and to the student" "$(python3 -c "
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute(\"SELECT comment FROM outbox WHERE student = 'hal'\").fetchone()[0])" \
	"$folder/one.db")" "everything lay in one folder, My Lab: its content was taken."
contains "what does not build has no points" "$undisturbed" "0 of 100    echo-server: fay"
check "a refused submission has no score" "$(echo "$undisturbed" | grep -c 'gus.*queued')" 0
contains "the export has the platform's ids" "$(cat "$folder/canvas.csv")" "Ada Lovelace,101"

"$grader" batch "$lab" "$class" --book "$folder/one.db" --roster "$folder/roster.csv" >/dev/null 2>&1
check "the same again changes nothing" "$(book "$folder/one.db")" "$undisturbed"
check "and adds no result" "$("$grader" book audit ada --book "$folder/one.db" | grep -c ' graded ')" 1

# --- an archive that is cut off: who came whole is graded, the others are named ------------------------------------------
tar -C "$folder" --sort=name -cf "$folder/whole.tar" class
offset=$(LC_ALL=C grep -abo 'class/dora/server.c' "$folder/whole.tar" | head -1 | cut -d: -f1)
head -c $((offset + 700)) "$folder/whole.tar" >"$folder/cut.tar"
cp "$folder/one.db" "$folder/cut.db"
"$grader" batch "$lab" "$folder/cut.tar" --book "$folder/cut.db" --roster "$folder/roster.csv" >"$folder/out" 2>&1
check "a class that is cut off needs staff" $? 3
out=$(cat "$folder/out")
contains "it says how many came whole" "$out" "3 submissions came whole, dora did not"
contains "and who is not in it" "$out" "not graded: emil is not in what could be read of the archive"
contains "and whose is cut" "$out" "the archive of the class is cut off in dora"

# --- one archive ------------------------------------------------------------------------------------------------------
out=$("$grader" run "$lab" "$class/hal/lab.tar.gz" --quiet 2>&1)
check "an archive is graded as the class's are" $? 0
contains "and what was repaired is told" "$out" "note: Makefile had line ends of CR LF"
mkdir "$folder/out-of-it" && ln -s /etc/hostname "$folder/out-of-it/server.c"
tar -C "$folder/out-of-it" -cf "$folder/link.tar" server.c
out=$("$grader" run "$lab" "$folder/link.tar" --quiet 2>&1)
check "an archive with a link is refused" $? 2
contains "by name" "$out" "server.c"

mkdir -p "$folder/deep/hw3"/{echo/src,old}
cp "$right" "$folder/deep/hw3/echo/src/"
echo '%PDF' >"$folder/deep/hw3/report.pdf"
tar -C "$folder/deep" -czf "$folder/deep.tar.gz" hw3
out=$("$grader" run "$lab" "$folder/deep.tar.gz" --test handshake --quiet 2>&1)
check "a program in folders of folders is found" $? 0
contains "and it is told where" "$out" "the program lay in the folder echo/src"
cp "$right" "$folder/deep/hw3/old/"
tar -C "$folder/deep" -czf "$folder/deep.tar.gz" hw3
out=$("$grader" run "$lab" "$folder/deep.tar.gz" --quiet 2>&1)
check "which of two is meant is not guessed" $? 2
contains "and that is said" "$out" "which is meant cannot be told"

# --- killed, and resumed -----------------------------------------------------------------------------------------------
for least in 0 1 3 5; do
	rm -f "$folder"/two.db*
	"$grader" batch "$lab" "$class" --book "$folder/two.db" --roster "$folder/roster.csv" >/dev/null 2>&1 &
	batch=$!
	until [ "$(book "$folder/two.db" 2>/dev/null | wc -l)" -ge "$least" ] && [ -s "$folder/two.db" ]; do
		kill -0 "$batch" 2>/dev/null || break
	done
	kill -9 "$batch" 2>/dev/null
	wait "$batch" 2>/dev/null
	batch=
	"$grader" batch "$lab" "$class" --book "$folder/two.db" --roster "$folder/roster.csv" --resume >"$folder/out" 2>&1
	# Killed before it had begun, there is nothing to go on with.
	[ $? = 2 ] && "$grader" batch "$lab" "$class" --book "$folder/two.db" --roster "$folder/roster.csv" >"$folder/out" 2>&1
	check "killed with $least results and resumed: the same book" "$(book "$folder/two.db")" "$undisturbed"
	check "killed with $least results: every score entered once" \
		"$("$grader" book audit --book "$folder/two.db" | grep -c ' queued ')" 9
done

# Without the roster it was begun with, the same students would be other people.
python3 -c "
import sqlite3, sys
sqlite3.connect(sys.argv[1], isolation_level=None).execute('UPDATE batches SET finished_ms = NULL')" "$folder/two.db"
out=$("$grader" batch "$lab" "$class" --book "$folder/two.db" --resume 2>&1)
check "a batch goes on as it was begun, or not at all" $? 2
contains "and says how that was" "$out" "was begun with --roster $folder/roster.csv; --resume needs the same"
check "and nothing came into the book" "$(book "$folder/two.db")" "$undisturbed"

# --- a class in one archive, with what students put into it -------------------------------------------------------------
mkdir -p "$folder/packed/lab"/{ada,bert,cleo,dora,ada@example.org,__MACOSX}
for student in ada bert ada@example.org; do cp "$right" "$folder/packed/lab/$student/"; done
ln -s /etc/hostname "$folder/packed/lab/bert/notes"
printf 'Rar!\032\007\001' >"$folder/packed/lab/cleo/lab.rar"
echo '%PDF' >"$folder/packed/lab/dora/report.pdf"
: >"$folder/packed/lab/__MACOSX/._server.c"
tar -C "$folder/packed" -czf "$folder/packed.tar.gz" lab
"$grader" batch "$lab" "$folder/packed.tar.gz" --book "$folder/packed.db" --roster "$folder/roster.csv" \
	>"$folder/out" 2>&1
check "some need staff" $? 3
out=$(cat "$folder/out")
contains "one person twice is not guessed" "$out" "are both of ada; neither was taken"
contains "a link refuses whose it is" "$out" 'needs staff: bert (bert): refused: "lab/bert/notes" is a link'
contains "an archive that is not read is refused" "$out" "lab.rar is a RAR archive, which is not read here"
contains "what macOS had added beside them is told" "$out" "left out: what macOS had added"
contains "others are graded" "$(book "$folder/packed.db")" "0 of 100    echo-server: dora"
contains "and read what they handed in" "$("$grader" book show dora --book "$folder/packed.db"; python3 -c "
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute(\"SELECT comment FROM outbox WHERE student = 'dora'\").fetchone()[0])" \
	"$folder/packed.db")" "Handed in: report.pdf."

# --- a Canvas download ---------------------------------------------------------------------------------------------------
mkdir "$folder/canvas"
cp "$right" "$folder/canvas/lovelaceada_101_9001_server-2.c"
cp "$(wrong eof-ignored)" "$folder/canvas/rootbert_LATE_102_9002_server.c"
cp "$class/hal/lab.tar.gz" "$folder/canvas/blainehal_108_9003_lab.tar.gz"
cp "$right" "$folder/canvas/nobodyknown_999_9004_server.c"
echo text >"$folder/canvas/vanecleo_103_text.html"
tar -C "$folder/canvas" -cf "$folder/canvas.tar" .
"$grader" batch "$lab" "$folder/canvas.tar" --book "$folder/canvas.db" --roster "$folder/roster.csv" >"$folder/out" 2>&1
check "someone is not in the roster" $? 1
contains "the layout is told" "$(cat "$folder/out")" "layout canvas"
contains "who is unmatched is told" "$(cat "$folder/out")" "not graded: nobodyknown_999: nobody in the roster fits"
contains "a file handed in again passes" "$(book "$folder/canvas.db")" "100 of 100    echo-server: ada"
contains "lateness is kept" "$(book "$folder/canvas.db")" "bert (late)"
check "only those that are known" "$(book "$folder/canvas.db" | wc -l)" 3

# --- regrade -------------------------------------------------------------------------------------------------------------
"$grader" regrade "$lab" --book "$folder/canvas.db" >"$folder/out" 2>&1
contains "nothing changed: nothing to do" "$(cat "$folder/out")" "3 already of this spec"
sed -i '0,/points: *[0-9]*/s//points: 50/' "$lab/echo.yaml"
before=$(book "$folder/canvas.db")
"$grader" regrade "$lab" --book "$folder/canvas.db" >"$folder/out" 2>&1
contains "points alone start no program" "$(cat "$folder/out")" "no program was started"
contains "the difference is shown" "$(cat "$folder/out")" "ada  100 of 100 -> "
check "and nothing is written" "$(book "$folder/canvas.db")" "$before"
"$grader" regrade "$lab" --book "$folder/canvas.db" --yes >"$folder/out" 2>&1
check "with --yes" $? 0
contains "both results stay" "$("$grader" book show ada --book "$folder/canvas.db")" "100 of 100, submission"
check "two scores of ada" "$("$grader" book show ada --book "$folder/canvas.db" | grep -c '^score')" 2
contains "the old score is superseded" "$("$grader" book show ada --book "$folder/canvas.db")" "superseded"

# An action that changed is played again, and nothing else is.
sed -i 's|{send: "no newline"}|{send: "without newline"}|' "$lab/echo.yaml"
"$grader" regrade "$lab" --book "$folder/canvas.db" --yes >"$folder/out" 2>&1
check "a regrade with tests to play" $? 0
contains "only the changed test is played" "$(cat "$folder/out")" "; 3 tests were played again"
check "its outcome is as before" "$("$grader" book show ada --book "$folder/canvas.db" | grep -c '^score')" 2
# An expectation that changes: programs that are right under the old one are judged again without being run.
sed -i '0,/server: {send: "without newline"}/s//server: {send: "quite another"}/' "$lab/echo.yaml"
"$grader" regrade "$lab" --book "$folder/canvas.db" >"$folder/out" 2>&1
contains "what is expected now is not there" "$(cat "$folder/out")" "pass -> fail"
contains "and that is seen from the recording" "$(cat "$folder/out")" "ada  "

# --- what is no gradebook --------------------------------------------------------------------------------------------------
echo "not a book" >"$folder/text.db"
"$grader" book list --book "$folder/text.db" >/dev/null 2>"$folder/err"
check "a text file is no gradebook" $? 2
contains "and says so" "$(cat "$folder/err")" "is not a gradebook; it was left as it is"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
