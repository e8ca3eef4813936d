#!/usr/bin/env bash
# Data races: a server under ThreadSanitizer whose threads all have work at once. Segments and snapshots are small, so that both change
# under load; the load generator and the command line are its clients. Its first report ends the test.
#
#      ROWHOUSED=... ROWHOUSE=... LOADGEN=... tests/races.sh [SECONDS]      for each mix of the load generator (2)
set -euo pipefail
seconds=${1:-2}
work=$(mktemp -d /tmp/rowhouse-races.XXXXXX)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    wait
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
fail() { cat "$work/log" "$work/out" >&2; echo "FAILED  $*" >&2; exit 1; }

: > "$work/out"
export TSAN_OPTIONS=halt_on_error=1:suppressions=tests/tsan.supp
"$ROWHOUSED" --data "$work/data" --image-dir "$work" --migrations schema/migrations --listen none --segment-size 16MiB \
    --snapshot-log-bytes 1MiB > "$work/log" 2>&1 &
server=$!
while [ ! -S "$work/data/rowhouse.sock" ]; do kill -0 $server 2> /dev/null || fail "the server does not start"; sleep 0.1; done

rowhouse() { "$ROWHOUSE" "$@" --data "$work/data" > "$work/out" 2>&1 || fail "rowhouse $*"; }
for mix in get scan sql insert sql-insert check consume reserve audit commit; do
    "$LOADGEN" --address "unix:$work/data/rowhouse.sock" --key "$work/data/service.key" --connections 20 --pipeline 4 \
        --seconds "$seconds" --mix $mix > "$work/load" 2>&1 &
    load=$!
    echo "create table \"races of $mix\" (id uuid primary key, organization_id uuid not null, name text);" > "$work/$mix.sql"
    rowhouse migrate "$work/$mix.sql"
    rowhouse backup "$work/backup-$mix"
    rowhouse stats
    rowhouse verify
    rowhouse call run_upkeep
    wait $load || { cp "$work/load" "$work/out"; fail "loadgen --mix $mix"; }
done
kill $server
wait $server || fail "the server ended with status $?"
server=
echo "ok      no race among the server's threads"
