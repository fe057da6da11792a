#!/bin/sh
# PrairieLearn's entrypoint: /grade/student in, /grade/results/results.json out.  The assignment, with all that it names,
# is the question's folder tests/, which arrives as /grade/tests.
#
# An error of the harness is "not gradable", which costs the student no attempt.  What this prints goes to the job's log,
# for the staff.  PrairieLearn keeps no other file; a capture is had by grading the downloaded files again with --keep.
#
# Isolation: a container of PrairieLearn is rung B (root), with no network but lo, which is all that Grader needs.
set -u
root=${GRADE:-/grade} # another place for a trial
results=$root/results

mkdir -p "$results"
rm -f "$results/results.json" "$results/pending.json"
# The student's program runs as another user.
for private in "$root/tests" "$root/serverFilesCourse" "$root/data" "$results"; do
	[ ! -d "$private" ] || chmod go= "$private"
done

grader doctor
reason=$(mktemp)
trap 'rm -f "$reason"' EXIT
status=0
grader run "$root/tests" "$root/student" --as instructor --color never --exit-zero \
	--format prairielearn="$results/pending.json" 2>"$reason" || status=$?
cat "$reason"

# 0: graded; 3: not all of it, which the file calls not gradable.  Anything else, and what was written is not complete.
if { [ "$status" != 0 ] && [ "$status" != 3 ]; } || [ ! -s "$results/pending.json" ]; then
	# Grader's words on a submission that it cannot take (3) are for the student; those on a spec are not.
	[ "$status" = 3 ] || : >"$reason"
	{
		printf '{"gradable": false, "format_errors": "This could not be graded. The course staff can see why. '
		tr '\n' ' ' <"$reason" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g'
		printf '"}\n'
	} >"$results/pending.json"
fi
mv "$results/pending.json" "$results/results.json"
