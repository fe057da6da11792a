#!/bin/sh
# Kept runs: judge makes the same verdicts, byte for byte, from the stored timelines; show draws; the capture opens.
. "$(dirname "$0")/frame"

# keep_and_judge ASSIGNMENT SUBMISSION STATUS
keep_and_judge() {
	name=$1-$(basename "$2")
	kept=$scratch/$name
	exits "$3" "$name: run --keep" "$grader" run "$tree/assignments/$1" "$2" --keep "$kept"
	exits "$3" "$name: judge ends with the same status" "$grader" judge "$kept" --as instructor --format json="$scratch/again.json"
	says "$name: judge says the verdicts are the same" "$out" '^The verdicts are those that were stored\.$'
	exits 0 "$name: result.json is the same, byte for byte" cmp "$kept/result.json" "$scratch/again.json"
	exits 0 "$name: show" "$grader" show "$kept"
	says "$name: the ladder has segments" "$out" 'SYN ─.*▶'
	widest=$(python3 -c 'import sys; print(max(len(line.rstrip("\n")) for line in open(sys.argv[1])))' "$out")
	holds "$name: the ladder is at most 100 columns wide" [ "$widest" -le 100 ]
}

keep_and_judge echo-server "$tree/reference/solutions/echo-server" 0
for fault in never-closed closed-unread-data killed-by-sigpipe serial-server parent-keeps-descriptor; do
	keep_and_judge echo-server "$tree/assignments/echo-server/faulty/$fault" 1
done
keep_and_judge echo-client "$tree/reference/solutions/echo-client" 0
for fault in client-never-half-closes newline-added deadlock-full-duplex; do
	case $(language_missing "$tree/assignments/echo-client/faulty/$fault") in
	"") keep_and_judge echo-client "$tree/assignments/echo-client/faulty/$fault" 1 ;;
	*) skip "$fault: its language is not installed" ;;
	esac
done

kept=$scratch/echo-server-echo-server
exits 0 "show draws a test that is named" "$grader" show "$kept" close
says "show: the student's calls" "$out" 'close\('
says "show: both FINs (1)" "$out" '─ FIN(-ACK)? ─.*▶'
says "show: both FINs (2)" "$out" '◀─* ?FIN'
exits 2 "show: a test that is none" "$grader" show "$kept" clsoe
says "show: the word that was meant" "$err" 'did you mean close\?'
exits 2 "judge: a folder that is no run" "$grader" judge "$tree/specs"

# A verdict that was changed by hand is noticed.
cp -a "$kept" "$scratch/forged"
sed -i 's/"verdict": "pass"/"verdict": "fail"/' "$scratch/forged/result.json"
run "$grader" judge "$scratch/forged"
says "judge: a forged verdict is noticed" "$out" '^The verdicts differ'

if there tshark; then
	capture=$kept/tests/close/capture.pcapng
	run tshark -n -r "$capture"
	holds "tshark opens the capture" [ "$status" -eq 0 ]
	says "tshark: SYN" "$out" '\[SYN\]'
	says "tshark: data" "$out" '\[PSH, ACK\].*Len=[1-9]'
	holds "tshark: two FINs" [ "$(grep -c '\[FIN, ACK\]' "$out")" -eq 2 ]
	says "tshark: call rows between the segments" "$out" 'accept|close\('
	holds "tshark: none is malformed" sh -c '! grep -qi malformed "$1"' sh "$out"
else
	skip "the capture: tshark is not installed"
fi
finish
