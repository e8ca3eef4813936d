#!/bin/bash
# A machine that gives less than was asked for: a map that cannot grow, few open files, a stderr that nobody reads, signals. A no is
# answered, nothing ends, and what ends does so cleanly. Run from the repository's root; B, ROWHOUSED and ROWHOUSE name the build.
set -eu
root=$(pwd)
here=$(mktemp -d /tmp/rowhouse-machine.XXXXXX)
server=
failed=0
cleanup() { [ -z "$server" ] || kill -9 "$server" 2> /dev/null || true; exec 8>&- 9>&-; rm -rf "$here"; }
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$here"
echo 'create table rooms (id int primary key, name text);' > schema.sql
mkdir migrations && mv schema.sql migrations/0001.sql

complain() { echo "FAILED  $*"; tail -5 log 2> /dev/null | sed 's/^/    /'; failed=1; }
rowhouse() { timeout 30 "$ROWHOUSE" "$@" > out 2> err < /dev/null; }

# begin FILE COMMAND...: a server on a new directory, by the words before it, its stderr in a file.
begin() {
    local to=$1
    shift
    rm -rf data
    "$@" "$ROWHOUSED" --data data --image-dir . --listen none --migrations migrations --segment-size 16MiB 2> "$to" &
    server=$!
    for i in $(seq 100); do [ ! -S data/rowhouse.sock ] || return 0; kill -0 $server 2> /dev/null || break; sleep 0.1; done
    complain "the server does not start: $*"
    exit 1
}

# ended WORDS: SIGTERM is heard, and the end is clean.
ended() {
    kill "$server"
    for i in $(seq 100); do kill -0 "$server" 2> /dev/null || break; sleep 0.1; done
    if kill -0 "$server" 2> /dev/null; then complain "SIGTERM is not heard: $*"; kill -9 "$server"; fi
    local status=0
    wait "$server" || status=$?
    [ $status = 0 ] || complain "status $status: $*"
    server=
}

# serves WORDS: a write and a read.
row=0
serves() {
    row=$((row + 1))
    rowhouse insert rooms id:=$row "name=room $row" || { complain "no insert $*"; cat err; }
    rowhouse get rooms $row || complain "no get $*"
}

# A map that cannot grow beyond 2 GiB: a snapshot asks for more.
begin log prlimit --fsize=2147483648
serves "under a limit on file size"
rowhouse backup "$here/copy" || complain "no backup under a limit on file size"
serves "after the map could not grow"
rowhouse verify || complain "verify under a limit on file size"
serves "after verify"
ended "under a limit on file size"

# Few files, and peers that hold theirs. The log goes on to its next segments.
begin log prlimit --nofile=300:300
grep -q 'event=few_files.* connections=' log || complain "few files are not told"
cat > peers.js <<'END'
const net = require("net"), peers = [];
for (let i = 0; i < 400; i++) peers.push(net.connect("data/rowhouse.sock").on("error", () => {}));
setTimeout(() => { require("fs").writeFileSync("there", ""); }, 1000);
setTimeout(() => {}, 60000);
END
mkfifo rows
timeout 60 "$ROWHOUSE" insert rooms < rows > inserted 2>&1 &
inserts=$!
exec 9> rows
batches() { awk -v from="$1" -v to="$2" -v size="$3" 'BEGIN { while (length(x) < size) x = x "aaaaaaaaaaaaaaaaaaaa";
    for (i = from * 500; i < to * 500; i++) printf "{\"id\":%d,\"name\":\"%s\"}\n", 1000000 + i, x }'; }
batches 0 1 10 >&9                          # its connection is there before the peers
for i in $(seq 50); do ! rowhouse get rooms 1000000 || break; sleep 0.1; done
prlimit --nofile=1000 node peers.js 9>&- &
peers=$!
while [ ! -e there ]; do sleep 0.1; done
batches 1 10 8000 >&9 2> /dev/null || true
exec 9>&-
wait $inserts || { complain "few files: no inserts"; cat inserted; }
[ "$(ls data/wal | wc -l)" -ge 3 ] || complain "the log came to no next segment"
kill -0 $server || complain "few files: it ended"
kill $peers; wait $peers 2> /dev/null || true
sleep 0.5
serves "after 400 peers"
ended "with few files"
if prlimit --nofile=40:40 "$ROWHOUSED" --data data --image-dir . --listen none > log 2>&1; then complain "40 files are enough"; fi
grep -q 'ulimit -n' log || complain "too few files are not told"

# A log that is read no more: a pipe whose reader is gone, and one that nobody reads.
mkfifo pipe
head -n 1 < pipe > first &
reader=$!
begin pipe env
wait $reader
serves "without a reader of stderr"
for i in 1 2 3 4 5; do rowhouse stats --token wrong || true; done
serves "without a reader of stderr"
ended "without a reader of stderr"

rm pipe && mkfifo pipe
exec 8<> pipe
head -c 65536 /dev/zero >&8
begin pipe env
for i in $(seq 20); do rowhouse stats --token wrong || true; done
serves "with a pipe that nobody reads"
timeout 1 cat <&8 > drained || true
rowhouse stats --token wrong || true
timeout 1 cat <&8 > drained || true
grep -a -q 'event=lines_dropped count=' drained || complain "dropped lines are not told"
head -c 65536 /dev/zero >&8 &
filler=$!
sleep 0.2
ended "with a pipe that nobody reads"
kill $filler 2> /dev/null || true
exec 8>&-

# Memory that is not there: what the parser would need is asked for before it is called.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:allocator_may_return_null=1
begin log env MALLOC_ARENA_MAX=1         # else a thread has 64 MiB of addresses set aside
{ printf "select '"; head -c 65000 /dev/zero | tr '\0' x; echo "';"; } > large.sql
prlimit --pid $server --as=$(($(awk '$1 == "VmSize:" { print $2 }' /proc/$server/status) * 1024 + 8 * 1024 * 1024))
timeout 30 "$ROWHOUSE" sql < large.sql > out 2> err && complain "65 kB of SQL are parsed in 8 MiB"
grep -q 53200 err || { complain "no 53200"; cat err; }
serves "after a statement that memory was not there for"
ended "with little memory"

# Signals that are not for it.
begin log env
for signal in HUP PIPE USR1 USR2 ALRM XFSZ; do kill -s $signal $server; sleep 0.05; kill -0 $server 2> /dev/null || complain "SIG$signal ends it"; done
serves "after signals"
ended "after signals"
exit $failed
