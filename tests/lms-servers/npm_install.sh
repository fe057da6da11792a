# Sourced: npm_install FOLDER PACKAGE installs a package of npm there; false after printing why it is not there.
npm_install() {
	if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
		echo "skipped: npm and node are not installed, so $2 is not there to test against"
		return 1
	fi
	if ! (cd "$1" && npm install --silent --no-audit --no-fund --no-save "$2" >npm.log 2>&1); then
		echo "skipped: npm could not install $2: $(tail -n 1 "$1/npm.log" | cut -c 1-120)"
		return 1
	fi
}

# Waits until a file is there, or the process that should write it is gone.
wait_for() {
	while [ ! -s "$1" ]; do
		kill -0 "$2" 2>/dev/null || return 1
		sleep 0.05
	done
}
