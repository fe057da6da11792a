#!/bin/sh
# The sources are formatted as .clang-format says (clang-format 14: other versions differ in details).
set -eu
cd "$(dirname "$0")/.."
if ! command -v clang-format-14 >/dev/null; then
	echo "skipped: clang-format-14 is not installed (ci/setup test installs it)"
	exit 77
fi
files=$(find grader reference/peer tests ci -name '*.[ch]' ! -path 'tests/programs/*')
# shellcheck disable=SC2086
if clang-format-14 --dry-run -Werror $files; then
	echo "1 passed, 0 failed"
else
	echo "to mend them: clang-format-14 -i FILE…"
	exit 1
fi
