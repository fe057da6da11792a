#!/bin/sh
# The line of the source that a finding speaks of, in each language that is compiled.
. "$(dirname "$0")/frame"

# program NAME FROM SED-PROGRAM FILE: a server that does not close what it accepted.
program() {
	mkdir "$scratch/$1"
	cp "$tree/tests/programs/$2"/* "$scratch/$1"
	sed -i "$3" "$scratch/$1/$4"
}
program c server-c-threads '29,30d' server.c
program cpp server-cpp-threads '/::close(descriptor_);/s/::close.*/return;/' server.cpp
program go server-go '/defer client.Close()/d' server.go
program rust server-rust 's/if count == 0 {/if count == 0 { std::mem::forget(client);/' server.rs
sed -i 's/rustc -O/rustc -O -g/' "$scratch/rust/Makefile"

grade() {
	run "$grader" run "$tree/assignments/echo-server" "$1" --test close --keep "$1.kept" --color never
}

for row in 'c server.c recv(' 'cpp server.cpp ::recv(' 'go server.go client.Read(' 'rust server.rs client.read('; do
	set -- $row
	language=$(language_missing "$scratch/$1")
	if [ -n "$language" ]; then
		skip "$1: $language is not installed"
		continue
	fi
	line=$(grep -nF "$3" "$scratch/$1/$2" | head -n 1 | cut -d : -f 1)
	grade "$scratch/$1"
	says "$1: the finding names line $line" "$out" "^ *$2:$line: "
	says "$1: the ladder does" "$out" "│ +$2:$line\$"
	says "$1: the result does" "$scratch/$1.kept/result.json" "\"source\": *\"$2:$line\""
done

# Go's table says where a function begins, or its first instructions do; that does not fit here.
if there go; then
	cp -r "$scratch/go" "$scratch/changed"
	printf '\tsed -i "1i //\\n//" server.go\n' >>"$scratch/changed/Makefile"
	grade "$scratch/changed"
	says "a source that was changed has no lines" "$out" 'built from another source than the submission \(server\.go\)'
	holds "nor any in the timeline" sh -c '! grep -q "\"kind\": *\"source\".*\"line\"" "$1"/tests/close/timeline.jsonl' - \
		"$scratch/changed.kept"
	cp -r "$scratch/go" "$scratch/stripped"
	sed -i 's/go build/go build -ldflags=-s/' "$scratch/stripped/Makefile"
	grade "$scratch/stripped"
	says "a program of Go without symbols has no lines" "$out" 'built without debug information'
fi

# The library of Rust has debug information also where the program has none.
if there rustc; then
	cp -r "$scratch/rust" "$scratch/plain"
	sed -i 's/ -g / /' "$scratch/plain/Makefile"
	grade "$scratch/plain"
	says "a program of Rust without its own debug information has no lines" "$out" 'built without debug information'
fi

# What calls itself Go's table and is none.
mkdir "$scratch/false"
cp "$scratch/c"/* "$scratch/false"
cat >"$scratch/false/table.c" <<'C'
__asm__(".pushsection .gopclntab,\"a\",@progbits\n"
        ".long 0xfffffff1\n.byte 0, 0, 1, 8\n.quad 7, 7, 0, 64, 72, 80, 88, 96\n"
        ".fill 6, 4, 0x20\n.fill 64, 4, 0xffffffff\n.fill 256, 1, 0x81\n.popsection\n"
        ".set runtime.text, __executable_start\n.set \"go:func.*\", __executable_start\n");
extern char __executable_start[];
C
sed -i 's/server\.c/server.c table.c/' "$scratch/false/Makefile"
grade "$scratch/false"
says "a false table of Go changes no verdict" "$out" 'the descriptor was never closed'
holds "and ends nothing" [ "$status" -eq 1 ]
finish
