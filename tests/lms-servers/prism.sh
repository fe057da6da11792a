#!/bin/sh
# prism.sh GRADER: requests of AGS through a validating server (npm @stoplight/prism-cli) made from 1EdTech's description.
# That file is not the project's: AGS_OPENAPI names it, else it is looked for beside the project.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
grader=$1
. "$here/npm_install.sh"
description=${AGS_OPENAPI:-$here/../../../shared/facts/ags_openapi.yaml}
if [ ! -r "$description" ]; then
	echo "skipped: 1EdTech's description of AGS is not at hand (AGS_OPENAPI names the file)"
	exit 0
fi
folder=$(mktemp -d)
chmod 700 "$folder"
servers=
cleanup() {
	for process in $servers; do
		kill "$process" 2>/dev/null || true
	done
	rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
npm_install "$folder" @stoplight/prism-cli@5 || exit 0
python3 "$here/prism_scenario.py" "$grader" "$folder/node_modules/.bin/prism" "$description" "$folder"
