#!/bin/sh
# The sources are formatted as .clang-format says (clang-format 14: other versions differ in details).
set -eu
cd "$(dirname "$0")/.."
if ! command -v clang-format-14 >/dev/null; then
	echo "skipped: clang-format-14 is not installed (ci/setup test installs it)"
	exit 77
fi
files=$(find grader reference/peer reference/tcp tests ci -name '*.[ch]' ! -path 'tests/programs/*')
# shellcheck disable=SC2086
if clang-format-14 --dry-run -Werror $files >/dev/null 2>&1; then
	echo "1 passed, 0 failed"
	exit 0
fi
for file in $files; do
	clang-format-14 "$file" | diff -q "$file" - >/dev/null || echo "$file: to be formatted with clang-format-14 -i"
done
exit 1
