# Keeps a PostgreSQL server for tests: $1 is the folder of its programs.
# Prints the folder of its socket once it answers; ends the server and removes the folder when standard input ends.

# An interrupted test run ends its standard input as well: only that counts.
trap '' INT TERM

folder=$(mktemp -d "${TMPDIR:-/tmp}/yunyiban-postgres-XXXXXX") || { echo "no temporary folder"; exit 1; }

fail() {
    echo "$1" | tr '\n' ' '
    rm -rf "$folder"
    exit 1
}

said=$("$1/initdb" --pgdata "$folder/data" --username yunyiban --auth trust --encoding UTF8 --locale C --no-sync 2>&1) || fail "$said"

# Tests here ask whether answers are right, not whether a power cut is survived: no sync.
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=200 \
    </dev/null >"$folder/log" 2>&1 &
server=$!

until "$1/pg_isready" --quiet --host "$folder"; do
    kill -0 "$server" 2>/dev/null || fail "$(cat "$folder/log")"
done
echo "$folder"

while read -r _; do :; done
kill -INT "$server"
wait "$server"
rm -rf "$folder"
