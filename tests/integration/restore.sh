#!/bin/bash
# Restoring: nothing that is there goes, all of a dump comes or none of it, interrupted or not, in time that grows with its rows.
# Run from the repository's root; ROWHOUSED and ROWHOUSE name the build.
set -eu
here=$(mktemp -d /tmp/rowhouse-restore.XXXXXX)
failed=0 server=
A=a0000000-0000-4000-8000-000000000001
SEED=${SEED:-$(date +%s)}
RANDOM=$SEED
echo "restore.sh: SEED=$SEED"
cd "$here"
trap 'stop; rm -rf "$here"' EXIT
trap 'exit 1' INT TERM

start() {                       # the server, on the directory data
    : > log
    "$ROWHOUSED" --data data --image-dir data --listen none --migrations mig > log 2>&1 &
    server=$!
    until grep -q event=listening log; do kill -0 $server 2> /dev/null || { cat log; exit 1; }; sleep 0.05; done
}
stop() { if [ -n "$server" ]; then kill $server 2> /dev/null || true; wait $server 2> /dev/null || true; server=; fi; }
fresh() {                       # another server, on nothing; the old one has nothing to save
    if [ -n "$server" ]; then kill -9 $server; wait $server 2> /dev/null || true; fi
    rm -rf data
    start
}
complain() { echo "FAILED  $*"; sed 's/^/    /' out err 2> /dev/null | head -8; failed=1; }
sql() { "$ROWHOUSE" sql --csv "$1" 2> sql.err | tail -n +2 | tr '\n' ' '; }
shows() { got=$(sql "$2"); [ "$got" = "$1 " ] || complain "\"$got\", not \"$1\": $2"; }          # VALUES QUERY
# wants CODE PATTERN ARGUMENT...: the exit code of a restore, and a pattern on stderr
wants() {
    code=$1 pattern=$2 got=0
    shift 2
    "$ROWHOUSE" restore "$@" > out 2> err || got=$?
    [ "$got" = "$code" ] || complain "exit code $got, not $code: restore $*"
    [ -z "$pattern" ] || grep -q -- "$pattern" err || complain "no \"$pattern\": restore $*"
}
copy() {                        # TABLE COLUMNS; rows on stdin
    echo "COPY public.$1 ($2) FROM stdin;"
    cat
    echo '\.'
}

export ROWHOUSE_DATA=data
mkdir mig
cat > mig/1.sql <<'SQL'
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
CREATE TABLE organizations (id uuid PRIMARY KEY, name text);
CREATE TABLE ring (id integer PRIMARY KEY, next integer NOT NULL REFERENCES ring(id));
CREATE TABLE teams (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), lead integer NOT NULL);
CREATE TABLE players (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), team integer NOT NULL REFERENCES teams(id));
ALTER TABLE teams ADD CONSTRAINT teams_lead FOREIGN KEY (lead) REFERENCES players(id);
CREATE TABLE plans (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL UNIQUE, price integer CHECK (price >= 0));
CREATE TABLE subscriptions (id bigserial PRIMARY KEY, plan uuid REFERENCES plans(id) ON DELETE CASCADE);
CREATE TABLE orders (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), note text);
CREATE TABLE items (id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders(id), count integer CHECK (count > 0));
INSERT INTO plans (name, price) VALUES ('free', 0), ('pro', 10);
SQL

# A dump with all of it: rows that refer to each other in circles, children before their parents, organizations last.
whole() {                       # ROWS of the ring
    awk -v n=$1 'BEGIN { for (i = 0; i < n; i++) { id = i * 7919 % n; print id "\t" (id * 31 + 7) % n } }' | copy ring "id, next"
    printf '1\t1\t3\n2\t2\t4\n' | copy items "id, order_id, count"
    printf "1\t$A\tone\n2\t$A\ttwo\n" | copy orders "id, organization_id, note"
    printf "7\t$A\t1\n" | copy players "id, organization_id, team"
    printf "1\t$A\t7\n" | copy teams "id, organization_id, lead"
    printf "$A\tAcme\n" | copy organizations "id, name"
    printf '00000000-0000-4000-8000-000000000001\tfree\t5\n' | copy plans "id, name, price"
    printf '1\t00000000-0000-4000-8000-000000000001\n' | copy subscriptions "id, plan"
    printf "$A\tada@example.com\n" | copy auth.users "id, email" | sed 's/public\.auth/auth/'
    echo "SELECT pg_catalog.setval('public.orders_id_seq', 20, true);"
}
whole 10007 > whole.sql

# --- Circles, any order, the rows of migrations ---
fresh
wants 0 "" whole.sql
shows "10007" "select count(*) from ring"
shows "7,1" "select t.lead, p.team from teams t join players p on p.id = t.lead"
shows "free,5" "select name, price from plans"
shows "3 4" "select count from items order by id"
"$ROWHOUSE" verify > out 2> err || complain "verify"
"$ROWHOUSE" insert orders organization_id=$A note=next > out 2> err
shows "21" "select max(id) from orders"
"$ROWHOUSE" dump > own.sql 2> err && "$ROWHOUSE" dump --form binary > own.bin 2> err
for form in sql bin; do
    fresh
    wants 0 "" own.$form
    "$ROWHOUSE" dump 2> err | cmp -s own.sql - || complain "another dump after restoring own.$form"
done

# --- Nothing live goes: tables are looked at before anything is written ---
wants 1 "rows already.*\"ring\"" whole.sql
shows "free,5" "select name, price from plans"
fresh
"$ROWHOUSE" insert auth.users id=$A email=live@example.com > out 2> err
wants 1 "\"auth.users\"" whole.sql
shows "live@example.com" "select email from auth.users"
shows "0" "select count(*) from ring"
fresh
"$ROWHOUSE" sql "insert into subscriptions (plan) select id from plans where name = 'pro'" > out 2> err ||
    "$ROWHOUSE" insert subscriptions plan="$(sql "select id from plans where name = 'pro'" | tr -d ' ')" > out 2> err
printf '00000000-0000-4000-8000-000000000001\tfree\t5\n' | copy plans "id, name, price" > plans.sql
wants 1 "rows of \"subscriptions\" refer to those of \"plans\"" plans.sql
shows "2" "select count(*) from plans"
shows "1" "select count(*) from subscriptions"
"$ROWHOUSE" sql "update plans set price = 11 where name = 'pro'" > out 2> err
"$ROWHOUSE" sql "delete from subscriptions" > out 2> err
wants 1 "\"plans\"" plans.sql
shows "0 11" "select price from plans order by price"
wants 0 "" --clean plans.sql
shows "5" "select price from plans"

# --- All or nothing ---
fresh
before=$("$ROWHOUSE" dump 2> err | md5sum)
same() { [ "$("$ROWHOUSE" dump 2> err | md5sum)" = "$before" ] || complain "something stayed: $*"; }
{ whole 2003; printf '9\t1\t-1\n8\tx\t1\n' | copy items "id, order_id, count"; } > bad.sql
wants 1 "line 20[0-9]*: a row of \"items\" is refused.*23514" bad.sql
grep -q "line 20[0-9]*: a row of \"items\" is refused.*22P02" err || complain "the second row that is refused is not told"
same "a row was refused"
{ whole 2003; printf '9\t1000\t1\n' | copy items "id, order_id, count"; } > bad.sql
wants 1 "23503" bad.sql
same "a child without a parent"
whole 2003 | sed 's/^7\t[^\t]*\t1$/7\t'$A'\t2/' > bad.sql
wants 1 "players_team_fkey" bad.sql
same "a reference that leads nowhere"
whole 2003 | sed '/^COPY public.organizations/,/^\\\.$/d' > bad.sql
wants 1 "23503" bad.sql
same "rows without their organization"
head -c 9000 whole.sql > bad.sql
wants 1 "does not end" bad.sql
same "a dump that was cut off"
"$ROWHOUSE" insert plans name=mine price:=1 > out 2> err
before=$("$ROWHOUSE" dump 2> err | md5sum)
{ whole 2003; printf '9\t1\t-1\n' | copy items "id, order_id, count"; } > bad.sql
wants 1 "23514" --clean bad.sql
same "rows that --clean had removed"
wants 0 "" --clean whole.sql
shows "free,5" "select name, price from plans"

# --- Killed, and run again ---
whole 30011 > large.sql
for ((i = 0; i < ${KILLS:-3}; i++)); do
    fresh
    "$ROWHOUSE" restore large.sql > out 2> err &
    client=$!
    sleep 0.0$((RANDOM % 90 + 10))$((RANDOM % 10))
    case $((i % 3)) in
    0) kill -9 $client; [ $((RANDOM % 2)) = 0 ] || { kill -9 $server; wait $server 2> /dev/null || true; start; } ;;
    1) kill -INT $client ;;
    2) kill -9 $server; wait $server 2> /dev/null || true; start ;;
    esac
    wait $client 2> /dev/null || true
    [ "$(sql "select count(*) from ring")" = "30011 " ] || wants 0 "" large.sql
    shows "30011" "select count(*) from ring"
    "$ROWHOUSE" dump 2> err | md5sum > sum.$i
    cmp -s sum.0 sum.$i || complain "kill $i: another dump"
    "$ROWHOUSE" verify > out 2> err || complain "verify after kill $i"
done

# --- While it goes on, nobody else writes ---
fresh
load=$("$ROWHOUSE" call restore_begin 'tables:=["ring"]' --json | sed 's/.*"load": *\([0-9]*\).*/\1/')
"$ROWHOUSE" insert plans name=late price:=1 > out 2> err && complain "a write beside a restore"
grep -q 55006 err || complain "no 55006 of a write beside a restore"
"$ROWHOUSE" migrate mig/1.sql > out 2> err || complain "what is applied already"
echo "create table late (id integer primary key);" > late.sql
"$ROWHOUSE" migrate late.sql > out 2> err && complain "a migration beside a restore"
"$ROWHOUSE" call restore_undo load:="$load" > out 2> err || complain "restore_undo"
"$ROWHOUSE" insert plans name=late price:=1 > out 2> err || complain "a write behind a restore"

[ $failed = 0 ] && echo "ok      restore.sh"
exit $failed
