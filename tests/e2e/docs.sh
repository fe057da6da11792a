#!/bin/sh
# What README.md shows is true: its commands work, its YAML checks, the files it names are there.
. "$(dirname "$0")/frame"

cat >"$scratch/blocks.py" <<'PYTHON'
"""Writes each fenced block of a Markdown file to FOLDER/NN.LANGUAGE."""
import os, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
os.makedirs(sys.argv[2])
for at, block in enumerate(re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)):
    with open(os.path.join(sys.argv[2], f"{at:02}.{block[1] or 'text'}"), "w", encoding="utf-8") as file:
        file.write(block[2])
PYTHON
for document in README.md ARCHITECTURE.md; do
	exits 0 "$document: its blocks" python3 "$scratch/blocks.py" "$document" "$scratch/$document"
done

# YAML: a fragment is completed to a spec.
for file in "$scratch"/*/*.yaml; do
	[ -f "$file" ] || continue
	name=$(basename "$(dirname "$file")"), block=$(basename "$file")
	grep -q '^format:' "$file" || sed -i '1i format: 1\nname: shown' "$file"
	exits 0 "$name: block $block: grader check" "$grader" check "$file"
done

# Commands: `grader …` and `ci/…`, in a folder with what they speak of.
work=$scratch/work
mkdir -p "$work/bin"
ln -s "$grader" "$work/bin/grader"
cp -a reference/solutions/echo-server "$work/my-server"
cp -a reference/template/reference "$work/submission"
cp -a assignments specs reference "$work"
cat "$scratch"/README.md/*.sh >"$scratch/commands"
PATH="$work/bin:$PATH"
cd "$work" || exit 2
while IFS= read -r line; do
	line=$(echo "$line" | sed 's/ *#.*//')
	case $line in
	"") ;;
	grader\ *)
		folder=$work
		case $line in
		"grader run echo-server" | *" . "*) folder=$work/my-server ;;
		esac
		run sh -c "cd '$folder' && $line"
		if [ "$status" -le 1 ]; then
			good "$line"
		else
			bad "$line: exit status $status"
		fi
		;;
	*)
		# Not run here, since they build and install; their files have to be there.
		for word in $line; do
			case $word in
			ci/*) holds "$line: $word is there" [ -x "$tree/$word" ] ;;
			esac
		done
		;;
	esac
done <"$scratch/commands"
cd "$tree" || exit 2

# Paths in back quotes or links: a file of the tree, or the end of a path in it.
grep -ohE '`[a-zA-Z0-9_.-]+/[a-zA-Z0-9_./-]*`|\]\([A-Za-z0-9_./-]+\)' README.md ARCHITECTURE.md | tr -d '`]()' | sort -u >"$scratch/paths"
while read -r path; do
	case $path in
	*NAME*) continue ;;
	esac
	holds "$path is there" [ -n "$(find . -name 'build*' -prune -o -path "*/${path%/}" -print -quit)" ]
done <"$scratch/paths"

# The example report is what the program prints: each line but for the times.
run grader run echo-server assignments/echo-server/faulty/never-closed --test close --color never
says "the example: the test's line" "$out" 'close  *read\(\) == 0 is the end of the stream, and both sides close  *0/12'
says "the example: the finding" "$out" 'grader explain never-closed'
if grep -q 'rung A' "$out"; then
	sed -E 's/^(►?) *[0-9]+(\.[0-9]+)? /\1 N /; s/ +$//' "$out" >"$scratch/printed"
	sed -E 's/^(►?) *[0-9]+(\.[0-9]+)? /\1 N /; s/ +$//' "$scratch/README.md/00.text" >"$scratch/shown"
	grep -vxFf "$scratch/printed" "$scratch/shown" | grep . >"$out"
	holds "the example is what is printed" [ ! -s "$out" ]
else
	skip "the example as a whole: this host does not give full evidence"
fi
finish
