#!/bin/sh
# oauth.sh GRADER: the assertion for a token against a certified OAuth server (npm oidc-provider), which checks it strictly.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
grader=$1
. "$here/npm_install.sh"
folder=$(mktemp -d)
chmod 700 "$folder"
server=
cleanup() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
npm_install "$folder" oidc-provider@9 || exit 0
"$grader" lms keygen --out "$folder/tool.key" >"$folder/public"
sed '/^$/,$d' "$folder/public" >"$folder/jwks.json"
"$grader" lms keygen --out "$folder/other.key" >/dev/null
cp "$here/oauth_server.mjs" "$folder/server.mjs"
node "$folder/server.mjs" "$folder/jwks.json" "$folder/port" >"$folder/server.log" 2>&1 &
server=$!
wait_for "$folder/port" $server || {
	echo "skipped: oidc-provider does not start here: $(grep -m 1 Error "$folder/server.log" | cut -c 1-120)"
	exit 0
}
port=$(cat "$folder/port")

passed=0
failed=0
# check NAME KEY CLIENT AUDIENCE EXPECTED
check() {
	cat >"$folder/lms.json" <<JSON
{"targets": {"oauth": {"backend": "ags", "column": "echo", "client_id": "$3", "key_file": "$2",
"token_url": "http://127.0.0.1:$port/token", "audience": "$4", "timeout_ms": 5000, "backoff_ms": 5,
"lineitem": "http://127.0.0.1:$port/lineitem", "lineitems": "http://127.0.0.1:$port/lineitems"}}}
JSON
	"$grader" post doctor --config "$folder/lms.json" --color never >"$folder/out" 2>&1 || true
	if grep -q "$5" "$folder/out"; then
		echo "ok - oauth: $1"
		passed=$((passed + 1))
	else
		echo "not ok - oauth: $1"
		cat "$folder/out"
		tail -n 3 "$folder/server.log"
		failed=$((failed + 1))
	fi
}
check "the assertion is taken" tool.key tool "http://127.0.0.1:$port/token" 'token *granted'
check "the scopes are granted" tool.key tool "http://127.0.0.1:$port/token" 'scopes *score result lineitem'
check "the issuer is an audience, too" tool.key tool "http://127.0.0.1:$port" 'token *granted'
check "another key is refused" other.key tool "http://127.0.0.1:$port/token" 'no token (40[01]): invalid_client'
check "another client is refused" tool.key somebody "http://127.0.0.1:$port/token" 'no token (40[01]): invalid_client'
check "another audience is refused" tool.key tool "https://elsewhere.example.edu/token" 'no token (40[01]): invalid_client'
echo "$passed passed, $failed failed"
[ $failed = 0 ]
