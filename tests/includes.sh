#!/bin/sh
# The arrows between the rooms (ARCHITECTURE.md): a forbidden #include is named with its file and line.
set -eu
cd "$(dirname "$0")/.."

allowed() {
	case $1 in
	base) echo base ;;
	model) echo base model ;;
	spec) echo base model spec ;;
	timeline) echo base model timeline ;;
	sandbox) echo base model sandbox ;;
	watch) echo base model timeline watch ;;
	tcp) echo base model tcp ;;
	peer) echo base model timeline tcp peer ;;
	judge) echo base model timeline judge ;;
	run) echo base model timeline sandbox watch peer judge run ;;
	report) echo base model timeline report ;;
	gradebook) echo base model timeline gradebook ;;
	intake) echo base model intake ;;
	lms) echo base model lms ;;
	cli) echo base model spec timeline sandbox watch peer judge run report gradebook intake lms cli ;;
	esac
}

status=0
for folder in grader/*/ reference/peer/ reference/tcp/; do
	room=$(basename "$folder")
	may=$(allowed "$room")
	if [ -z "$may" ]; then
		echo "$folder: a room that ARCHITECTURE.md does not know"
		status=1
	fi
	for hit in $(grep -rnHoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[a-z_]+/' "$folder" --include='*.[ch]' | tr -d ' \t'); do
		to=$(echo "$hit" | sed -E 's/.*"([a-z_]+)\/$/\1/')
		case " $may " in
		*" $to "*) ;;
		*)
			echo "$hit: $room may not include $to"
			status=1
			;;
		esac
	done
done

# Pure rooms: no clock, no files, no sockets.
for hit in $(grep -rnHE '#include <(sys/socket|netinet|fcntl|unistd|time|sys/stat|sys/time|poll|sys/epoll)[^>]*>' \
	grader/judge grader/report grader/model reference/tcp --include='*.[ch]' | grep -v 'arpa/inet' | cut -d: -f1,2); do
	echo "$hit: a pure room includes the header of an effect"
	status=1
done
only() {
	for hit in $(grep -rnHE "#include <$1>" grader reference --include='*.[ch]' | grep -vE "$2" | cut -d: -f1,2); do
		echo "$hit: <$1> belongs to $2 only"
		status=1
	done
}
only yaml.h '^grader/spec/'
only curl/curl.h '^grader/lms/http_curl.c'
only sqlite3.h '^grader/gradebook/'
only 'elfutils/[a-z]*.h' '^grader/watch/(source\.c|units\.[ch]|unwind\.[ch]):'
only archive.h '^grader/intake/unpack_child.c'
[ $status = 0 ] && echo "1 passed, 0 failed"
exit $status
