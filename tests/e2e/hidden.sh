#!/bin/sh
# hidden.sh GRADER: what a student is given holds nothing of a hidden test, in any format.
set -eu
grader=$(realpath "${1:?usage: hidden.sh GRADER}")
cd "$(dirname "$0")/../.."
command -v python3 >/dev/null || {
	echo "skipped: python3 is not installed"
	exit 77
}
PYTHONDONTWRITEBYTECODE=1 python3 tests/e2e/class/hidden.py "$grader"
