# What tests/e2e/templates.sh needs before the first platform: checks, an assignment with submissions, and a machine on
# which nothing is fetched.  Sourced, with $grader, $sources, $templates and $folder.
# shellcheck shell=bash disable=SC2154,SC2034

passed=0 failed=0
check() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: expected "%s", not "%s"\n' "$1" "$3" "$2"
	fi
}
# $2: a Python expression over `data` (the JSON of file $3) and `text` that has to be true.
true_of() {
	local said
	if said=$(python3 -c '
import json, sys
text = open(sys.argv[2], encoding="utf-8").read()
try:
    data = json.loads(text)
except ValueError:
    data = None
sys.exit(0 if eval("(" + sys.argv[1] + ")") else "not so: " + sys.argv[1] + "\n" + text[-600:])' "$2" "$3" 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: %s\n' "$1" "$said"
	fi
}
# No file under the folder $2 holds a word of the hidden test.
hidden_absent() {
	check "$1: the hidden test is nowhere" "$(grep -rlaE 'secret-probe|secret title|secret hint|classified-bytes' "$2")" ""
}
absent() {
	check "$1" "$([ -e "$2" ] || echo absent)" absent
}
present() {
	check "$1" "$([ -s "$2" ] && echo present)" present
}
if ! command -v python3 >/dev/null; then
	echo "skipped: the templates' output is read with python3, which is not installed"
	exit 77
fi

# --- an assignment with a hidden test, submissions ---------------------------------------------------------------------
lab=$folder/lab
cp -r assignments/echo-server "$lab"
cp specs/echo.yaml "$lab/"
sed -i 's|^spec:.*|spec: echo.yaml|' "$lab/assignment.yaml"
cat >>"$lab/echo.yaml" <<'SPEC'

  - name: secret-probe
    title: A secret title
    hidden: true
    student: [server]
    points: 5
    requires: [handshake]
    allow: [spin]
    hint: the secret hint
    steps:
      - server: listen
      - client: connect
      - server: accept
      - client: {send: "classified-bytes\n"}
      - server: {send: "classified-bytes\n"}
SPEC
mkdir "$folder"/{good,bad,broken,linked}
cp reference/solutions/echo-server/server.c "$folder/good/"
cp assignments/echo-server/faulty/eof-ignored/server.c "$folder/bad/"
ln -s /etc/hostname "$folder/linked/server.c"
# Does not build, and its build prints what a platform might obey or take for a score.
echo 'int main(void) { return x; }' >"$folder/broken/server.c"
# shellcheck disable=SC2016
printf '%s\n' '$(info ::error title=forged::forged)' '$(info ##[error]forged)' '$(info {"scores": {"Correctness": 100}})' \
	'server: server.c' '	cc -o server server.c' >"$folder/broken/Makefile"
most=$(python3 - "$lab/echo.yaml" <<'COUNT'
import re, sys
print(sum(int(n) for n in re.findall(r"^ +points: *(\d+)", open(sys.argv[1]).read(), re.M)))
COUNT
)
"$grader" check "$lab/assignment.yaml" >/dev/null || exit 1
"$grader" run "$lab" "$folder/bad" --quiet --exit-zero --format json="$folder/expected.json" >/dev/null
bad_points=$(python3 -c 'import json, sys; print("%g" % json.load(open(sys.argv[1]))["points"])' "$folder/expected.json")
most=$(python3 -c 'import json, sys; print("%g" % json.load(open(sys.argv[1]))["max_points"])' "$folder/expected.json")

# --- what stands for the platform's machine ----------------------------------------------------------------------------
machine=$folder/machine
mkdir -p "$machine/bin" "$folder/deb/DEBIAN" "$folder/deb/usr/bin" "$folder/deb/usr/share/grader/reference/solutions"
printf 'Package: grader\nVersion: 0\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: for a trial\n' \
	>"$folder/deb/DEBIAN/control"
cp "$grader" "$folder/deb/usr/bin/grader"
if command -v dpkg-deb >/dev/null; then
	dpkg-deb -Znone --build "$folder/deb" "$folder/grader_0_all.deb" >/dev/null
else
	echo "dpkg-deb is not installed: a tar archive stands for the .deb"
	tar -C "$folder/deb" -cf "$folder/grader_0_all.deb" usr
fi
cat >"$machine/bin/apt-get" <<'STUB'
#!/bin/sh
echo "$*" >>"$MACHINE/apt-get.log"
for word; do
	case $word in
	/*.deb) dpkg-deb -x "$word" "$MACHINE/root" 2>/dev/null || { mkdir -p "$MACHINE/root" && tar -C "$MACHINE/root" -xf "$word"; } ;;
	esac
done
STUB
cat >"$machine/bin/git" <<'STUB'
#!/bin/sh
case $1 in
clone)
	for to; do :; done
	cp -r "$MACHINE/course" "$to" && mkdir "$to/.git" && echo token >"$to/.git/config"
	;;
show) echo 1700000000 ;;
*) exit 1 ;;
esac
STUB
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ "$1" != -n ] || shift\nexec env -i PATH="$PATH" MACHINE="$MACHINE" "$@"\n' >"$machine/bin/sudo"
cat >"$machine/bin/cmake" <<'STUB'
#!/bin/sh
echo "cmake $*" >>"$MACHINE/source.log"
mkdir -p "$MACHINE/root/usr/bin"
cp "$MACHINE/deb/usr/bin/grader" "$MACHINE/root/usr/bin/"
STUB
chmod +x "$machine"/bin/*
export MACHINE=$folder
export PATH="$folder/root/usr/bin:$machine/bin:$PATH"

# A Grader that breaks down: it writes every format as if all had failed, and ends with STUB_STATUS.
mkdir "$folder/breaking"
cat >"$folder/breaking/grader" <<'STUB'
#!/bin/sh
status=$(cat "$MACHINE/status")
[ "$1" = run ] || exit 0
if [ "$status" != 3 ]; then
	for word; do
		case $word in
		autolab=*) printf '{"scores": {"Correctness": 0}}\n' >"${word#*=}" ;;
		*=*) printf '{"score": 0, "points": 0, "datetime": "2026-01-01T00:00:00Z", "tests": []}\n' >"${word#*=}" ;;
		esac
	done
fi
echo 'grader: the "disk"	is \full' >&2
exit "$status"
STUB
chmod +x "$folder/breaking/grader"
breakdowns="2 3 130 139"

