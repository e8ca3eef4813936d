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

# --- A dump that has parents before children, over what is there: all of that goes first ---
B=b0000000-0000-4000-8000-000000000002
other_rows() {                  # rows that are not in the dump, in its house and in another one, some under keys and names that the dump has
    printf "$A\tNot Acme\n$B\tOther\n" | copy organizations "id, name"
    printf "1\t$B\tfor two\n50\t$A\tfifty\n51\t$B\tone\n" | copy orders "id, organization_id, note"
    printf '1\t51\t9\n60\t50\t9\n' | copy items "id, order_id, count"
    printf "7\t$B\t2\n" | copy players "id, organization_id, team"
    printf "1\t$A\t8\n2\t$B\t7\n" | copy teams "id, organization_id, lead"
    printf "8\t$A\t1\n" | copy players "id, organization_id, team"
    awk 'BEGIN { for (i = 0; i < 9000; i++) print i "\t" i }' | copy ring "id, next"
    printf '00000000-0000-4000-8000-000000000009\tfree\t1\n' | copy plans "id, name, price"
    printf '1\t00000000-0000-4000-8000-000000000009\n' | copy subscriptions "id, plan"
    printf "$B\tbob@example.com\n" | copy auth.users "id, email" | sed 's/public\.auth/auth/'
}
other_rows > other.sql
grep -n '^COPY public.\(organizations\|orders\|items\)' own.sql | cut -d: -f1 | sort -nc || complain "own.sql has children before parents"
for ((i = 0; i <= ${KILLS:-3}; i++)); do
    fresh
    wants 0 "" other.sql
    before=$("$ROWHOUSE" dump 2> err | md5sum)
    if [ $i -gt 0 ]; then
        "$ROWHOUSE" restore --clean own.sql > out 2> err &
        client=$!
        sleep 0.0$((RANDOM % 90 + 10))
        case $((i % 3)) in
        0) kill -9 $client ;;
        1) kill -INT $client; wait $client || same "Ctrl-C of --clean" ;;
        2) kill -9 $server; wait $server 2> /dev/null || true; start ;;
        esac
        wait $client 2> /dev/null || true
    fi
    wants 0 "" --clean own.sql
    "$ROWHOUSE" dump 2> err | cmp -s own.sql - || complain "another dump after --clean own.sql"
    "$ROWHOUSE" verify > out 2> err || complain "verify after --clean"
done
sed '/^COPY public.players/,/^\\\.$/d' own.sql > bad.sql
"$ROWHOUSE" sql "insert into organizations values ('$B', 'Other')" > out 2> err
wants 1 'rows of "players" refer to those of "[a-z]*", which the dump would replace' --clean bad.sql
shows "2" "select count(*) from organizations"

# --- A dump that was cut off between two statements ---
cuts() {                        # FILE: where its statements and blocks of rows end
    LC_ALL=C grep -ab '\(;\|^\\\.\)$' "$1" | awk -F: '{ print $1 + length($0) - length($1) }'
}
cut_everywhere() {              # FILE: each beginning of it is refused, and nothing of it comes
    for size in $(LC_ALL=C cuts "$1"); do
        head -c "$size" "$1" > bad.sql
        wants 1 "it was cut off\|does not end\|in the middle of a statement" bad.sql
    done
    [ "$(cuts "$1" | wc -l)" -gt 20 ] || complain "few cuts of $1"
}
fresh
before=$("$ROWHOUSE" dump 2> err | md5sum)
cut_everywhere own.sql
same "a dump that was cut off"
{ cat bad.sql own.sql; } > twice.sql
wants 1 "it was cut off" twice.sql
wants 0 "" own.sql
cat > by_pg_dump.sql <<'SQL'
SET session_replication_role = replica;

--
-- PostgreSQL database dump
--

-- Dumped from database version 15.8

COPY public.ring (id, next) FROM stdin;
1	1
\.


--
-- PostgreSQL database dump complete
--

RESET ALL;
SQL
{ printf -- '--\n-- PostgreSQL database cluster dump\n--\nCREATE ROLE anon;\n'; cat by_pg_dump.sql; printf -- '--\n-- PostgreSQL database cluster dump complete\n--\n'; } > by_pg_dumpall.sql
for file in by_pg_dump by_pg_dumpall; do
    fresh
    grep -v 'dump complete' $file.sql > bad.sql
    wants 1 "it was cut off" bad.sql
    grep -q "hint: dump again" err || complain "no hint for a dump that was cut off"
    grep -v 'cluster dump complete' $file.sql > bad.sql
    [ $file = by_pg_dump ] || wants 1 "line 2 does not end: it was cut off" bad.sql
    shows "0" "select count(*) from ring"
    wants 0 "" $file.sql
    fresh
    grep -v '^--' $file.sql > plain.sql
    printf '\xef\xbb\xbf' | cat - plain.sql > marked.sql
    wants 0 "" marked.sql
    shows "1" "select count(*) from ring"
done

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
    if [ $((i % 3)) = 1 ]; then
        case "$(sql "select count(*) from ring")" in "0 " | "30011 ") ;; *) complain "Ctrl-C left something" ;; esac
    fi
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

# --- What a dump says of itself: settings, escapes, encodings, commands of psql ---
cat > mig/2.sql <<'SQL'
CREATE TABLE texts (id integer PRIMARY KEY, t text, j jsonb);
CREATE TABLE "It's, ""odd"" Name" ("a b" serial PRIMARY KEY, "ünï" text);
SQL
fresh
cat > said.sql <<'SQL'
\restrict abcdef
SET client_encoding = 'UTF8'; SET standard_conforming_strings = off; SET session_replication_role = replica;
SELECT pg_catalog.set_config('search_path', '', false);
/* a comment; with /* another; */ in it */
INSERT INTO public.texts VALUES (1, 'a\\b;\'c', NULL); -- 'it ends here;
SET standard_conforming_strings TO on;
INSERT INTO public.texts (id, t) VALUES (2, 'a\\b;''c'), (3, E'a\\b\x41\n;\'c');
SQL
printf "SET client_encoding = 'LATIN1';\nCOPY public.texts (id, t) FROM stdin;\n4\t\xc3\xa9\n\\.\nSET client_encoding = 'SJIS';\nCOPY public.texts (id, t) FROM stdin;\n5\t\x83\x5c\x95\x5c\n\\.\n" >> said.sql
printf "SELECT pg_catalog.set_config('client_encoding', 'UTF8', false);\nCOPY public.texts (id, t) FROM stdin WITH (DELIMITER '|', NULL 'nil');\n6|\\101\\x42\\0603\\|x\n7|nil\n\\.\n" >> said.sql
printf 'COPY public."It'"'"'s, ""odd"" Name" ("a b", "ünï") FROM stdin;\n7\tx\n\\.\n' >> said.sql
printf "SELECT pg_catalog.setval('public.\"It''s, \"\"odd\"\" Name_a b_seq\"', 40, true);\nSELECT pg_catalog.setval('public.of_nobody', 4, true);\nRESET ALL;\n\\\\unrestrict abcdef\n" | sed 's/^\\\\/\\/' >> said.sql
wants 0 "no column here has the sequence \"of_nobody\"" said.sql
shows "a\\b;'c" "select t from texts where id = 1"
shows "a\\\\b;'c" "select t from texts where id = 2"
shows "Ã©" "select t from texts where id = 4"
shows "ソ表" "select t from texts where id = 5"
shows "AB03|x" "select t from texts where id = 6"
shows "7" "select id from texts where t is null"
"$ROWHOUSE" sql "insert into \"It's, \"\"odd\"\" Name\" (\"ünï\") values ('y')" > out 2> err || complain "an odd name"
shows "41" "select max(\"a b\") from \"It's, \"\"odd\"\" Name\""
"$ROWHOUSE" dump > odd.sql 2> err
fresh
wants 0 "" odd.sql
"$ROWHOUSE" dump 2> err | cmp -s odd.sql - || complain "another dump of odd names"
fresh
refuses() {                     # PATTERN TEXT: a dump of this text
    printf "$2" > bad.sql
    wants 1 "$1" bad.sql
}
refuses "no statement of a dump" '# Rowhouse\n\nprose;\n'
refuses "zero bytes" '\0\0\0\0'
refuses "dump is empty" ''
refuses "no statement" ' -- nothing\n'
refuses "no statement" '/* nothing; */ -- at\n /* all */\n'
refuses "pg_restore" 'PGDMP\001\016'
refuses "zcat" '\037\213\010'
refuses "encoding \"KLINGON\"" "SET client_encoding = 'KLINGON';\n"
refuses "invalid byte sequence" "SET client_encoding = 'UTF8';\nCOPY public.texts (id, t) FROM stdin;\n1\t\\377\\303\n\\.\n"
refuses "has 3 columns, not 2" 'COPY public.texts (id, t) FROM stdin;\n1\t2\t3\n\\.\n'
refuses "middle of a statement" "INSERT INTO public.texts VALUES (1, 'x"
refuses "does not exist" 'COPY public.nothing (id) FROM stdin;\n1\n\\.\n'
refuses "no column nocolumn" 'COPY public.texts (id, nocolumn) FROM stdin;\n1\t1\n\\.\n'
refuses "CSV\|csv" 'COPY public.texts (id) FROM stdin WITH (FORMAT csv);\n1\n\\.\n'
refuses "no statement of a dump" 'SET x = 1; DELETE FROM texts;\n'
mkdir directory
wants 1 "pg_restore" directory
{ printf 'COPY public.texts (id, j) FROM stdin;\n1\t{}\n2\t'; printf '[%.0s' {1..60}; printf ']%.0s' {1..60}; printf '\n\\.\n'; } > bad.sql
wants 1 "line 3: a row of \"texts\" is refused: column \"j\": .*deep" bad.sql
shows "0" "select count(*) from texts"

# --- What has no home here ---
printf "COPY auth.users (id, email, encrypted_password) FROM stdin;\n$A\tada@example.com\tx\n\\.\nCOPY auth.sessions (id) FROM stdin;\n1\n2\n\\.\nSET session_replication_role = replica;\nCOPY storage.objects (id) FROM stdin;\n\\.\nCOPY public.texts (id) FROM stdin;\n1\n\\.\nRESET ALL;\n" > supabase.sql
wants 1 "encrypted_password" --strict supabase.sql
shows "0" "select count(*) from texts"
wants 0 "auth.sessions is passed over: its 2 rows" supabase.sql
shows "ada@example.com" "select email from auth.users"
shows "1" "select count(*) from texts"

# --- A schema of its own, where the server has none ---
cat > schema.sql <<'SQL'
CREATE SCHEMA auth;
CREATE TABLE public.people (id integer NOT NULL, boss integer, name text);
CREATE TABLE public.open (id integer NOT NULL);
CREATE TABLE public.keyless (id integer);
CREATE SEQUENCE public.people_seq AS integer START WITH 1;
ALTER SEQUENCE public.people_seq OWNED BY public.people.id;
ALTER TABLE ONLY public.people ALTER COLUMN id SET DEFAULT nextval('public.people_seq'::regclass);
CREATE FUNCTION public.answer() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 42 END; END;
CREATE FUNCTION public.many(a integer) RETURNS SETOF integer LANGUAGE sql Begin  Atomic SELECT 1 AS "end"; SELECT 'end;' FROM people /* end; */; END;
CREATE FUNCTION public.loud() RETURNS trigger LANGUAGE plpgsql AS $_$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END; $_$;
COPY public.people (id, boss, name) FROM stdin;
1	2	Ada
2	1	Bob
\.
COPY public.keyless (id) FROM stdin;
1
\.
SELECT pg_catalog.setval('public.people_seq', 9, true);
ALTER TABLE ONLY public.people ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.open ADD CONSTRAINT open_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.people ADD CONSTRAINT people_boss_fkey FOREIGN KEY (boss) REFERENCES public.people(id);
CREATE TRIGGER loud BEFORE INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.loud();
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_of_them ON public.people TO authenticated USING (true);
CREATE POLICY but_few ON public.people AS RESTRICTIVE TO authenticated USING (public.answer() = 42);
GRANT ALL ON TABLE public.open TO anon;
SQL
mv mig mig.other
mkdir mig
fresh
wants 1 "line 8: .* is refused" --strict schema.sql
wants 0 "CREATE TRIGGER loud .* is passed over" schema.sql
for line in 4 8 9 10 22 24 25; do grep -q "line $line: .* is passed over" err || complain "line $line is not told"; done
[ "$(grep -c 'line [89]: CREATE FUNCTION .*is not one that Rowhouse provides' err)" = 2 ] || complain "why functions are passed over"
shows "2" "select count(*) from people"
"$ROWHOUSE" insert people name=Cy > out 2> err
shows "10" "select max(id) from people"
"$ROWHOUSE" schema people | grep -q but_few && complain "a policy without its restriction"
"$ROWHOUSE" dump > own.sql 2> err
"$ROWHOUSE" get open 1 --token "$("$ROWHOUSE" token --role anon)" > out 2> err && complain "a GRANT of a dump opens a table"
fresh
wants 0 "" own.sql
"$ROWHOUSE" dump 2> err | cmp -s own.sql - || complain "another dump after its own schema"

[ $failed = 0 ] && echo "ok      restore.sh"
exit $failed
