#!/bin/sh
# Grades one file.  With -A the last line is the score as Autolab wants it, and nothing comes behind it.
#   driver.sh [-A] HANDIN
#
# An error of the harness is a null, which Autolab takes for "no score yet"; without such a line it would enter 0.
# Everything printed is shown to the student: hidden tests are not in it.  Autolab keeps no files; a capture is had by
# grading the downloaded handin again with --keep.
#
# Isolation: Tango's containers run jobs as the user autograde: rung C, or A where its Docker allows user namespaces.
set -u
AUTOLAB_PROBLEM=${AUTOLAB_PROBLEM:-Correctness} # as the lab names it; letters, digits, blanks, '_', '-', '/'
seconds=${GRADER_SECONDS:-150}                  # less than the autograder's timeout, which Autolab takes for a 0
export AUTOLAB_PROBLEM

autoresult=
if [ "${1:-}" = -A ]; then
	autoresult=yes
	shift
fi
handin=${1:?usage: driver.sh [-A] HANDIN}
here=$(dirname "$0")
folder=$(mktemp -d)

# $1: what the student reads.
not_graded() {
	trap '' HUP INT TERM
	rm -rf "$folder"
	printf '\nNot graded: %s\nThis is no score; the course staff can have it graded again.\n' "$1"
	[ -z "$autoresult" ] || printf '{"scores": {"%s": null}, "scoreboard": []}\n' "$AUTOLAB_PROBLEM"
	exit 0
}
trap 'not_graded "the grading was stopped."' HUP INT TERM

command -v grader >/dev/null || not_graded "Grader is not installed on this machine."
grader doctor | tail -n 2

submission=$handin
case $handin in
*.tar | *.tgz | *.tar.gz | *.tar.xz | *.tar.bz2)
	submission=$folder/submission
	mkdir "$submission"
	(ulimit -f 131072 && tar --no-same-owner -xf "$handin" -C "$submission") 2>"$folder/said" ||
		not_graded "the archive cannot be unpacked: $(head -n 1 "$folder/said")"
	# One folder around everything is no part of the submission.
	for only in "$submission"/*; do :; done
	if [ -d "$only" ] && [ ! -L "$only" ] && [ "$(find "$submission" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]; then
		submission=$only
	fi
	;;
esac

status=0
timeout -k 10 "$seconds" grader run "$here/assignment" "$submission" --as student --quiet --color never --exit-zero \
	--format autolab="$folder/autolab.txt" --format text="$folder/report.txt" >/dev/null 2>"$folder/said" || status=$?
# 0: graded; 3: not all of it, for which the file gives a null.  Anything else, and what was written is not complete.
case $status in
0 | 3) ;;
*) not_graded "Grader ended with status $status." ;;
esac
[ -s "$folder/autolab.txt" ] || not_graded "$(cat "$folder/said")"
if [ -n "$autoresult" ]; then
	cat "$folder/autolab.txt"
else
	cat "$folder/report.txt"
fi
rm -rf "$folder"
