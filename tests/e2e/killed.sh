#!/bin/sh
# killed.sh GRADER: `kill -9` of batch, regrade and post at 30 random moments each; resumed, nothing is lost or doubled.
set -eu
grader=$(realpath "${1:?usage: killed.sh GRADER}")
cd "$(dirname "$0")/../.."
for tool in python3 openssl; do
	command -v $tool >/dev/null || {
		echo "skipped: $tool is not installed"
		exit 77
	}
done
# A proxy of the environment would stand between the program and this host.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY || true
export PYTHONDONTWRITEBYTECODE=1
python3 tests/e2e/class/killed.py "$grader"
python3 tests/lms-servers/post_killed.py "$grader"
