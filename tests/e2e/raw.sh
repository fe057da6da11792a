#!/bin/sh
# Lifecycles with `network: raw`: correct programs get full marks whatever is lost, repeated, reordered or late, programs
# that break only then are caught, and a capture holds no complaint that the spec did not make.
. "$(dirname "$0")/frame"
cases=$tree/tests/e2e/raw

assignment() { # ROLE COMMAND
	mkdir -p "$scratch/$1-segments"
	cp "$cases/$1.yaml" "$scratch/$1-segments/spec.yaml"
	cat >"$scratch/$1-segments/assignment.yaml" <<END
format: 1
name: $1-segments
spec: spec.yaml
student: [$1]
run: {$1: $2}
limits: {time: 20s}
END
}
assignment server '[./server, "{port}"]'
assignment client '[./client, "{host}", "{port}"]'

build() { # NAME ROLE SOURCE…
	folder=$scratch/$1 role=$2
	shift 2
	mkdir -p "$folder"
	"${CC:-cc}" -D_GNU_SOURCE -O1 -w -pthread -o "$folder/$role" "$@"
}

for role in server client; do
	exits 0 "the $role spec is good" "$grader" check "$cases/$role.yaml"
	build "good-$role" "$role" "$tree/reference/solutions/echo-$role/$role.c"
	exits 0 "a correct $role gets full marks" "$grader" run "$scratch/$role-segments" "$scratch/good-$role" \
		--color never --keep "$scratch/kept-$role"
	exits 0 "the same verdicts come from the kept run" "$grader" judge "$scratch/kept-$role" --color never
	run "$grader" prove "$scratch/$role-segments" --color never
	says "the reference on both sides holds" "$out" 'the reference on both sides .*, 0 findings'
done
for program in server-c-epoll-edge server-c-threads; do
	build "$program" server "$tree/tests/programs/$program"/*.c
	exits 0 "$program gets full marks" "$grader" run "$scratch/server-segments" "$scratch/$program" --color never
done

# fails NAME ROLE TESTS…: passes the plain test, and fails exactly these.
fails() {
	name=$1 role=$2
	shift 2
	build "$name" "$role" "$cases/$name.c"
	exits 1 "$name is caught" "$grader" run "$scratch/$role-segments" "$scratch/$name" --color never
	says "$name passes the plain test" "$out" '^ ✓ plain '
	echo "$*" | tr ' ' '\n' | sort >"$scratch/expected"
	# How much of a great deal fits at once is up to the moment.
	sed -n 's/^ ✗ \([^ ]*\) .*/\1/p' "$out" | grep -vx much | sort >"$scratch/failed"
	holds "$name fails only $*" cmp -s "$scratch/expected" "$scratch/failed"
}
fails hangs-up-first server fin-with-the-data fin-with-the-data-by-the-kernel another-order
fails dies-of-reset server reset-behind-data reset-behind-fin
fails gives-up-on-full server closed-window
fails impatient client lost-syn

# complaints TEST: what Wireshark's own analysis says of the segments and their checksums.
complaints() {
	tshark -r "$1" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE \
		-Y 'tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.spurious_retransmission ||
		tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || tcp.analysis.out_of_order ||
		tcp.analysis.duplicate_ack || tcp.analysis.keep_alive || tcp.checksum.status == "Bad" ||
		ip.checksum.status == "Bad" || _ws.malformed' 2>>"$err"
}
if command -v tshark >/dev/null; then
	for test in plain many fin-with-the-data reset-behind-fin reset-behind-data lost-data lost-ack-of-the-handshake; do
		complaints "$scratch/kept-server/tests/$test/capture.pcapng" >"$out"
		holds "tshark has no complaint about $test" [ ! -s "$out" ]
	done
	for test in plain fin-with-the-data reset refused; do
		complaints "$scratch/kept-client/tests/$test/capture.pcapng" >"$out"
		holds "tshark has no complaint about $test (client)" [ ! -s "$out" ]
	done
	for test in twice another-order lost-syn-ack; do
		complaints "$scratch/kept-server/tests/$test/capture.pcapng" >"$out"
		holds "tshark sees what the spec did in $test" [ -s "$out" ]
		holds "and no checksum is wrong" [ -z "$(tshark -r "$scratch/kept-server/tests/$test/capture.pcapng" \
			-o tcp.check_checksum:TRUE -Y 'tcp.checksum.status == "Bad"' 2>/dev/null)" ]
	done
	tshark -r "$scratch/kept-server/tests/plain/capture.pcapng" -o tcp.check_checksum:TRUE \
		-Y 'tcp.checksum.status == "Good"' >"$out" 2>/dev/null
	holds "checksums were really looked at" [ -s "$out" ]
else
	skip "tshark is not installed: nobody else reads the captures"
fi

# With less evidence something may have to be looked at by hand, but nobody is accused.
for rung in B C D; do
	run "$grader" run "$scratch/server-segments" "$scratch/good-server" --color never --rung "$rung"
	says "rung $rung was used" "$out" "rung $rung"
	holds "rung $rung accuses nobody" sh -c "! grep -q '✗' '$out'"
done

# As root of a container has it: no capability over the network but raw sockets, and no namespaces (--rung B: a user
# namespace would give them).
if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	caps=-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw
	exits 0 "with no capability over the network but raw sockets" setpriv --bounding-set "$caps" --inh-caps "$caps" \
		"$grader" run "$scratch/server-segments" "$scratch/good-server" --color never --rung B
	says "that is rung B" "$out" 'rung B'
else
	skip "setpriv is not here, or this is not root: capabilities are not dropped"
fi
finish
