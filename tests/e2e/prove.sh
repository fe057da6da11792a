#!/bin/sh
# The assignments prove themselves: the reference passes with no finding, each faulty program fails as it declares.
. "$(dirname "$0")/frame"

# A tree without the programs whose language is not installed.
mkdir "$scratch/tree"
cp -a "$tree/specs" "$tree/assignments" "$tree/reference" "$scratch/tree"
for program in "$scratch"/tree/assignments/*/faulty/*; do
	language=$(language_missing "$program")
	[ -n "$language" ] || continue
	skip "$(basename "$(dirname "$(dirname "$program")")")/$(basename "$program"): $language is not installed"
	rm -r "$program"
done

for folder in "$scratch"/tree/assignments/*/; do
	name=$(basename "$folder")
	exits 0 "grader prove $name" "$grader" prove "$folder"
	count=$(find "$folder/faulty" -mindepth 1 -maxdepth 1 -type d | wc -l)
	says "$name: all $count faults are caught" "$out" "^$count of $count known faults caught$"
	says "$name: the reference solution passes" "$out" 'the reference solution .*, 0 findings'
	says "$name: the reference passes on both sides" "$out" 'the reference on both sides .*, 0 findings'
	# Those of the first labs are the first labs' faults.
	least=20
	[ "$name" != echo-server-hard ] || least=8
	holds "$name: there are at least $least faulty programs" [ "$count" -ge $least ]
done
finish
