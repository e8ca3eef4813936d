#!/bin/sh
# The command line as its users meet it: exit codes, what goes to stdout and what to stderr, JSON, pipes. Then the installed tree, whose
# libraries build README's example. Run from the repository's root; B, ROWHOUSED and ROWHOUSE name the build, MODE how it was compiled.
set -eu
root=$(pwd)
here=$(mktemp -d /tmp/rowhouse-cli.XXXXXX)
failed=0
A=a0000000-0000-4000-8000-000000000001
U=00000000-0000-4000-8000-0000000000aa

cd "$here"
"$ROWHOUSED" --data data --image-dir . --listen 127.0.0.1:0 --migrations "$root/schema/migrations" > log 2>&1 &
server=$!
trap 'kill $server 2> /dev/null; wait $server 2> /dev/null || true; rm -rf "$here"' EXIT
trap 'exit 1' INT TERM
while [ ! -S data/rowhouse.sock ]; do kill -0 $server 2> /dev/null || { cat log; exit 1; }; sleep 0.1; done

complain() { echo "FAILED  $*"; sed 's/^/    /' out err | head -8; failed=1; }

# wants CODE PATTERN ARGUMENT...: the exit code, and a pattern in stdout (code 0) or stderr; the other one is empty.
wants() {
    code=$1 pattern=$2
    shift 2
    got=0
    "$ROWHOUSE" "$@" > out 2> err < /dev/null || got=$?
    if [ "$got" != "$code" ]; then complain "exit code $got, not $code: rowhouse $*"; return; fi
    if [ "$code" = 0 ]; then text=out other=err; else text=err other=out; fi
    grep -q -- "$pattern" $text || complain "no \"$pattern\": rowhouse $*"
    [ ! -s $other ] || complain "something on $other: rowhouse $*"
}

# json ARGUMENT...: every line of stdout is JSON.
json() {
    "$ROWHOUSE" "$@" --json > out 2> err < /dev/null || { complain "rowhouse $* --json"; return; }
    node -e 'require("fs").readFileSync("out", "utf8").trimEnd().split("\n").forEach(JSON.parse)' 2> err || complain "no JSON: rowhouse $* --json"
}

wants 0 "Acme" insert organizations id=$A name=Acme
wants 1 "23505" insert organizations id=$A name=Acme
wants 0 "ada@example.com" insert contacts organization_id=$A name='Ada Lovelace' email=ada@example.com
wants 0 "馬" insert contacts organization_id=$A "name=Ünï 馬
second line" email=
wants 0 "^0$" insert contacts
wants 2 "neither column=text" insert contacts name
wants 2 "not JSON" insert contacts 'name:={"a"'
wants 1 "42804" insert contacts organization_id=$A name:=1
wants 1 "42703" insert contacts organization_id=$A nocolumn=1
wants 1 "42P01" insert nothing a=1
wants 0 "ada@example.com" get contacts 1
wants 0 "company  *NULL" get contacts 1
wants 1 "there is no such row" get contacts 99
wants 1 "22P02" get contacts abc
wants 2 "arguments are missing" get contacts
wants 0 "Ada Lovelace" scan contacts email=ada@example.com
wants 0 "second line" scan contacts --order name:desc --limit 1 --columns name
wants 1 "22023" scan contacts --order name:sideways
wants 2 "list of columns" scan contacts --columns id,,name
wants 2 "number of rows" scan contacts --limit 0
wants 2 "not JSON" scan contacts --where nonsense
wants 2 "one argument too many" schema contacts events
wants 2 "there is no option" scan contacts --nonsense
wants 2 'did you mean "limit"' scan contacts --limt 3
wants 2 'did you mean "scan"' scna contacts
wants 0 "options of every command" scan -h
wants 0 "commands:" -h
wants 2 "wants FILTER" scan contacts --where
wants 2 "takes no value" scan contacts --json=1
wants 2 "there is no command" nonsense
wants 0 "credits_remaining  *100" call grant_credits amount=100 --organization $A
wants 1 "42883" call nofunction
wants 2 "whose token" token
wants 1 "neither the service key nor a JSON Web Token" scan contacts --token "$(echo wrong | cat - data/service.key | tr -d '\n')"
wants 1 "at line 3, column 1" sql --data data "select

nope"
wants 0 "^ey" token --role service_role

# hints COMMAND...: whoever does this is told what to do instead.
hints() {
    pattern=$1
    shift
    "$ROWHOUSE" "$@" > out 2> err < /dev/null && complain "exit code 0: rowhouse $*"
    grep -q -- "$pattern" err || complain "no \"$pattern\": rowhouse $*"
}
echo 'CREATE TABLE elsewhere.a (id int PRIMARY KEY);' > hint.sql
hints "hint: Tables lie in public" migrate hint.sql
for statement in 'CREATE TABLE a (id int PRIMARY KEY REFERENCES auth.nobody (id))' 'ALTER TABLE auth.nobody ADD COLUMN a int' 'CREATE VIEW a AS SELECT * FROM auth.nobody' \
    'CREATE POLICY a ON contacts USING (EXISTS (SELECT 1 FROM auth.nobody))' 'DROP TABLE auth.nobody'; do
    echo "$statement;" > hint.sql
    hints "hint: .*CREATE SCHEMA auth; CREATE TABLE auth.users" migrate hint.sql
done
for address in host:99999 127.0.0.1:65536 localhost:http localhost:0 '[::1]:-1'; do
    hints "hint: a port is a number from 1 to 65535" stats --address "$address"
done
for address in unix: 127.0.0.1 :7432 localhost: '[::1:7432'; do hints "hint: give host:port" stats --address "$address"; done
: > empty.key
hints 'the service key "empty.key" is empty' stats --key empty.key
echo > empty.key
hints 'the service key "empty.key" is empty' stats --key empty.key
hints 'the token is empty' stats --token ''
ROWHOUSE_TOKEN='' "$ROWHOUSE" stats > out 2> err || complain "an empty ROWHOUSE_TOKEN"
for statement in 'create table a (id int)' 'alter table contacts add a int' 'drop table contacts' 'create index on contacts (id)' 'grant all on contacts to anon' \
    "comment on table contacts is 'x'" 'create view a as select 1' 'refresh materialized view a' 'create function f() returns int language sql as $$ select 1 $$'; do
    hints "hint: the schema changes by migrations.*rowhouse migrate FILE" sql "$statement"
done
hints "hint: DELETE FROM" sql 'truncate contacts'
hints "hint: rowhouse restore reads COPY" sql 'copy contacts from stdin'
hints "hint: a connection has no settings" sql 'set search_path = x'
hints "hint: a connection has no settings" sql 'show all'
hints "hint: it is (id), and names one row" get contacts 1 2
hints "no option \"-f\"; .*rowhouse sql < FILE" sql -f hint.sql
hints "no option \"--file\"; .*rowhouse sql < FILE" sql --file=hint.sql
hints "no option \"-c\"; .*rowhouse sql 'select 1'" sql -c 'select 1'
hints "no option \"-l\"; options begin with two dashes" scan -l 3 contacts
hints '"hint.sql" is a file; .*rowhouse sql < hint.sql' sql hint.sql
hints 'is a command of the shell' sql '\d contacts'
anon=$("$ROWHOUSE" token --role anon)
for command in dump "restore hint.sql" "migrate hint.sql" stats verify "backup away" "rekey"; do
    hints "hint: sign in with the service key" $command --token "$anon"
done
"$ROWHOUSE" sql 'select $1' -- -f > out 2> err || complain "a parameter that begins with a dash"

wants 0 "sound" verify
wants 0 "^applied " migrate --plan "$root/schema/migrations"
wants 1 "cannot read" migrate nothing
mkdir folder
echo 'CREATE TABLE cli_first (id int PRIMARY KEY);' > folder/29990102_first.sql
wants 0 "^applied  *29990102_first.sql$" migrate folder
wants 0 "^applied  *29990102_first.sql (before)$" migrate folder
wants 0 "^missing  *20240911000000_credits_schema.sql " migrate folder
echo 'CREATE TABLE cli_early (id int PRIMARY KEY);' > folder/29990101_early.sql
wants 1 "55000" migrate folder
wants 0 "^applied  *29990101_early.sql out of order, behind 29990102_first.sql$" migrate --out-of-order folder
printf 'CREATE TABLE cli_bare (a int);\nCREATE INDEX ON cli_bare (a);\nCREATE TABLE cli_kept (id int PRIMARY KEY);\n' > folder/29990103_bare.sql
"$ROWHOUSE" migrate --plan folder > out 2> err && complain "a plan with a refusal exits with 0"
head -1 out | grep -q "^3 migrations: 2 applied, 0 new, 1 refused" || complain "the plan does not begin with its summary"
grep -q "^3 statements: 1 honoured, 1 refused, 1 pulled down" out || complain "the plan counts other statements"
grep -q "^29990103_bare.sql:1: 0A000 table \"cli_bare\" has no primary key" out || complain "the plan does not tell the refusal"
grep -q "^        29990103_bare.sql:2: 42P01" out || complain "the plan does not tell what it pulls down"
"$ROWHOUSE" migrate --plan --json folder > out 2> err && complain "a plan with a refusal exits with 0"
grep -q '"sqlstate": "0A000"' out || complain "the plan's JSON does not tell the refusal"
echo 'DROP TABLE cli_first, cli_early;' > 29990104_gone.sql
wants 0 "drop table cli_early" migrate 29990104_gone.sql
wants 2 "is not a form" dump --form xml
wants 1 "cannot create" dump --output nothing/x
wants 1 "does not exist" dump --organization $U
wants 1 "the dump is empty" restore /dev/null
wants 1 "no statement of a dump" restore "$root/README.md"
wants 1 "cannot connect" scan contacts --address 127.0.0.1:1
wants 1 "is rowhoused running" scan contacts --data nothing
wants 1 "not an address" scan contacts --address nonsense
wants 1 "cannot read the service key" scan contacts --key nothing
wants 1 "28000" scan contacts --token nonsense
wants 0 "ROWHOUSE-SCAN" man scan

for command in "scan contacts" "get contacts 1" "schema" "schema contacts" "stats" "verify" "functions" "dump" "init other" "token $U" \
    "migrate --plan $root/schema/migrations" "call get_credit_balance --organization $A"; do
    json $command
done
printf '{"organization_id": "%s", "name": "line %s"}\n' $A 1 $A 2 | "$ROWHOUSE" insert contacts > out 2> err || complain "insert of lines"
[ "$(cat out)" = 2 ] || complain "insert of lines says how many"

# The audit log, kept and followed over a removal; its stub and an export are checked without a server.
for n in 1 2 3; do "$ROWHOUSE" call append_audit_log action_type=did.$n --organization $A > out 2> err || complain "an audit entry"; done
"$ROWHOUSE" audit key --organization $A > log.key
"$ROWHOUSE" audit checkpoint --organization $A > log.checkpoint
"$ROWHOUSE" audit prove 1 --organization $A > entry.proof
wants 0 '"removed": 0' audit retain 1 --organization $A --json
wants 2 "number of days" audit retain many --organization $A
wants 0 "^3$" audit retain 0 --organization $A
wants 0 "begins with the 3 entries" audit follow log.checkpoint --verifier log.key --organization $A
"$ROWHOUSE" audit stub --organization $A > log.stub
wants 0 "first 3 were removed" audit verify log.stub --verifier log.key
wants 0 "by service_role" audit verify log.stub --verifier log.key
wants 0 "did.2" audit verify entry.proof --verifier log.key
"$ROWHOUSE" audit prove 1 --organization $A > removed.proof
wants 1 "was removed from the log" audit verify removed.proof --verifier log.key
wants 0 "removed  *3" audit export json --organization $A
wants 0 "in the signed log of 4" audit verify data/exports/*.jsonl --verifier log.key
sed 's/^3$/2/' log.stub > forged.stub
wants 1 "signature does not hold" audit verify forged.stub --verifier log.key
wants 0 "sound" verify

# A function that says no is printed, and does not exit as one that said yes.
wants 0 "allowed  *true" call check_rate_limit endpoint=/once --organization $A
"$ROWHOUSE" call check_rate_limit endpoint=/once cost:=1000000 --organization $A > out 2> err && complain "a refused call exits with 0"
grep -q "allowed  *false" out && grep -q "says no" err || complain "a refused call is not shown"

# Errors as JSON, one object a line; values in one form whatever command prints them.
"$ROWHOUSE" scan nothing --json > out 2> err && complain "a scan of nothing"
node -e 'const e = JSON.parse(require("fs").readFileSync("err", "utf8")).error; process.exit(e.sqlstate == "42P01" ? 0 : 1)' || complain "an error as JSON"
"$ROWHOUSE" get contacts 1 --json | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).created_at)' > one
"$ROWHOUSE" sql --json 'select created_at from contacts where id = 1' | node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).created_at)' > two
cmp -s one two || complain "two forms of an instant"
[ "$("$ROWHOUSE" sql --json "select interval '1 day' as i")" = '{"i": "1 day"}' ] || complain "an interval as JSON"

# A script is told its own lines, and stops where it fails.
printf 'select 1;\n\nselect 2,\n  nope;\nselect 3;\n' | "$ROWHOUSE" sql > out 2> err && complain "a script with a mistake"
grep -q "line 4, column 3" err || complain "the line of a script"
printf 'select 1;\n\ninsert into contacts (name) values (1);' | "$ROWHOUSE" sql > out 2> err && complain "a script that is refused"
grep -q "in the statement at line 3" err || complain "the line of a statement"
printf 'select 1,\n\\q\n' | "$ROWHOUSE" sql > out 2> err || complain "leaving in the middle of a statement"

# Addresses are looked at before anything starts, and the log says which port 0 became.
for address in foo 127.0.0.1:99999 127.0.0.1:x 127.0.0.1: 127.0.0.1:-1; do
    "$ROWHOUSED" --listen $address --check-config > out 2> err && complain "--listen $address is taken"
    grep -q "no address to listen on" err || complain "--listen $address: why"
done
"$ROWHOUSED" -h > out 2> err && grep -q -- --net-threads out || complain "rowhoused -h"
grep -q "event=listening.* address=127.0.0.1:[1-9]" log || complain "the port that was taken"

# Records of C for names of every kind: keywords, quoted ones, those of librowhouse itself.
{
    echo 'CREATE SCHEMA auth; CREATE TYPE "a */ b" AS ENUM (1);' | sed "s/1/'x'/"
    printf 'CREATE TABLE words (id int PRIMARY KEY, "two words" int, two_words int, "1st" int, "n\303\257f" int, "q""\\" int, e "a */ b"'
    for word in for class operator has bool int unix linux alignas co_await xor NULL; do printf ', "%s" text' $word; done
    echo ');'
    for tag in $(grep -oE '(struct|enum) rh_[a-z_]+' "$root/include/rowhouse/rowhouse.h" | sed 's/.* rh_//' | sort -u) "a b" a_b auth_users; do
        echo "CREATE TABLE \"$tag\" (id uuid PRIMARY KEY);"
    done
    echo "CREATE TABLE auth.users (id uuid PRIMARY KEY); COMMENT ON TABLE words IS 'ends */ here';"
} > names.sql
"$ROWHOUSE" gen-c names.sql > names.h || complain "gen-c of names"
printf '#include "names.h"\nint main(void) { struct rh_words w; return w.has.for_ != 0 && rh_words_record.count; }\n' > names.c
cp names.c names.cpp
sed 's/rh_words_record.count/w.id/' names.c > names2.c
gcc -std=c11 -Wall -Wno-maybe-uninitialized -Wno-uninitialized -I "$root/include" -fsyntax-only names2.c 2> err || complain "gen-c for C"
g++ -Wall -Wno-uninitialized -I "$root/include" -fsyntax-only names.h 2> err || complain "gen-c for C++"

# A long value comes back whole; a reader that leaves early is no disaster, and leaves no backup behind.
long=$(head -c 100000 /dev/zero | tr '\0' x)
"$ROWHOUSE" insert contacts organization_id=$A name="$long" --json > out 2> err || complain "a long value"
case $(cat out) in *"$long"*) ;; *) complain "a long value comes back" ;; esac
"$ROWHOUSE" dump 2> err | head -1 > out
[ -z "$(find data -name 'dump-*')" ] || complain "a backup of dump is left"

# Every page of the manual, without a warning; help within 80 columns.
for command in "" $("$ROWHOUSE" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do
    "$ROWHOUSE" man $command > page.1
    if command -v man > /dev/null; then
        man -l --warnings page.1 > out 2> err < /dev/null || complain "man $command"
        [ ! -s err ] || complain "man $command warns"
    fi
    "$ROWHOUSE" help $command | awk 'length > 80 && !/^(    |usage: )/' > out
    [ ! -s out ] || complain "help $command is too wide"
done

# Secrets: out of dumps unless asked, sealed again where they are restored, under new keys, and in a backup that lacks the key file.
"$ROWHOUSE" insert integrations organization_id=$A name=mail type=email 'credentials:={"key": "CANARY-1"}' > out 2> err || complain "a secret"
"$ROWHOUSE" insert api_integrations provider_name=p provider_type=ai display_name=d 'credentials:={"key": "CANARY-2"}' > out 2> err || complain "a secret"
wants 0 "^master key [0-9a-f]\{16\}, [0-9]* data keys" rekey
wants 0 "^master key" rekey --data-keys
[ "$(wc -l < data/seal.key)" = 1 ] || complain "old keys are left in the key file"
wants 0 "CANARY-1" scan integrations
wants 0 "sealed values were opened" verify
for form in sql jsonl binary; do
    "$ROWHOUSE" dump --form $form > plain.$form 2> err || complain "dump --form $form"
    grep -q "api_integrations.credentials  1, not null" err || complain "dump --form $form does not say what it left out"
    "$ROWHOUSE" dump --form $form --secrets > whole.$form 2> err || complain "dump --form $form --secrets"
    [ ! -s err ] || complain "dump --secrets leaves something out"
done
grep -q CANARY plain.sql plain.jsonl && complain "a secret is in a dump"
printf old > kept.sql && chmod 644 kept.sql
"$ROWHOUSE" dump --secrets --output kept.sql 2> err || complain "dump --secrets --output"
[ "$(stat -c %a kept.sql)" = 600 ] || complain "others may read a dump with secrets"
grep -q CANARY-2 whole.sql || complain "--secrets leaves secrets out"
"$ROWHOUSE" backup backup > out 2> err || complain "a backup"
wants 0 "sealed values were not opened" verify --offline --data backup --audit-key data/audit.key
wants 0 "sealed values were opened" verify --offline --data backup --audit-key data/audit.key --seal-key data/seal.key
wants 1 "has no key file" dump --secrets --data backup
wants 1 "cannot open the key file" dump --secrets --data backup --seal-key nothing
"$ROWHOUSED" --data backup --image-dir . --listen none > refused 2>&1 && complain "a server starts without its key file"
grep -q "which is not in the key file" refused || complain "a server without its key file does not say so"
for form in plain.sql plain.jsonl plain.binary whole.sql whole.jsonl whole.binary; do
    "$ROWHOUSED" --data other --image-dir . --listen none --migrations "$root/schema/migrations" > otherlog 2>&1 &
    other=$!
    while [ ! -S other/rowhouse.sock ]; do kill -0 $other 2> /dev/null || { cat otherlog; exit 1; }; sleep 0.1; done
    "$ROWHOUSE" restore $form --data other > out 2> err || complain "restore of $form"
    "$ROWHOUSE" scan api_integrations --data other > out 2> err || complain "a scan of what was restored"
    case $form in plain*) grep -q CANARY out && complain "a secret came out of $form" ;; *) grep -q CANARY-2 out || complain "no secret came out of $form" ;; esac
    grep -q " d " out || complain "its row did not come out of $form"
    kill $other
    wait $other || complain "a stop"
    grep -rq CANARY other && complain "a restored secret is on the disk"
    rm -rf other
done

own_server() {                  # ARGUMENT...: a server on own/data
    : > ownlog
    "$ROWHOUSED" --data own/data --image-dir . --listen none "$@" > ownlog 2>&1 &
    own=$!
    tenth=0
    while ! grep -q event=listening ownlog && kill -0 $own 2> /dev/null && [ $tenth -lt 300 ]; do sleep 0.1; tenth=$((tenth + 1)); done
}

# A declaration whose tables are not there, and none at all: the server starts, again and again, and says so.
mkdir -p own/migrations
cp "$root/schema/rowhouse.sql" own/
echo 'CREATE TABLE notes (id uuid PRIMARY KEY, body text);' > own/migrations/1.sql
for round in 1 2 3; do
    [ $round != 3 ] || { rm own/rowhouse.sql; rm -rf own/data; }
    own_server --migrations own/migrations
    case $round in 3) words='none are declared' ;; *) words='missing=.*profiles' ;; esac
    grep -q "event=no_super_admins .*$words" ownlog || { cp ownlog out; complain "a start says that nobody is super admin"; }
    kill $own
    wait $own || { cp ownlog out; complain "a server whose declaration waits"; }
done

# A declaration that does not fit the tables of the migrations with it: nothing of it is recorded, by the start or by migrate. Alone it is recorded, and waits.
rm -rf own
mkdir -p own/migrations other/migrations
echo 'CREATE TABLE profiles (id integer PRIMARY KEY, role text);' > own/migrations/1.sql
echo "CREATE VIEW rowhouse.super_admins AS SELECT id FROM profiles WHERE role = 'super_admin';" > own/rowhouse.sql
echo 'CREATE TABLE others (id uuid PRIMARY KEY);' > other/migrations/2.sql
echo 'SELECT 1;' > other/rowhouse.sql
"$ROWHOUSED" --data own/data --image-dir . --listen none --migrations own/migrations > out 2>&1 && complain "a start with a declaration that does not fit"
grep -q 'sqlstate=42804 message="1.sql: rowhouse.super_admins: ' out || complain "why a declaration does not fit"
grep -q migration_applied out && complain "a declaration that does not fit is recorded"
own_server
for folder in own/migrations own/migrations/; do
    wants 1 "1.sql: rowhouse.super_admins: .*42804" migrate $folder --data own/data
    "$ROWHOUSE" migrate --plan own/migrations --data own/data > out 2> err && complain "a plan with a declaration that does not fit"
    grep -q "^1.sql:1: 42804 rowhouse.super_admins: " out || complain "a plan says why a declaration does not fit"
done
"$ROWHOUSE" schema --data own/data --json > out 2> err
grep -q '"migrations": \[\]' out || complain "a declaration that does not fit is recorded"
wants 1 "hint: name the one that counts" migrate own/migrations other/migrations --data own/data
sed -i 's/id integer/id uuid/' own/migrations/1.sql
wants 0 "^new  *rowhouse.sql" migrate --plan own/migrations --data own/data
wants 0 "^applied  *rowhouse.sql$" migrate own/migrations --data own/data
wants 0 "^applied  *rowhouse.sql (before)$" migrate own/migrations --data own/data
kill $own
wait $own || complain "a stop"
rm -rf own/data
own_server --declaration own/rowhouse.sql
grep -q 'event=migration_applied name=rowhouse.sql' ownlog || complain "--declaration without --migrations"
cp own/rowhouse.sql said.sql
wants 0 "^applied  *rowhouse.sql$" migrate own/migrations other/migrations --declaration said.sql --plan --data own/data
kill $own
wait $own || complain "a stop"
ROWHOUSE_LSITEN=none ROWHOUSE_HISTORY=x "$ROWHOUSED" --check-config > out 2> err || complain "a variable that is no setting"
grep -q "event=unknown_variable name=ROWHOUSE_LSITEN" err || complain "a variable that is no setting is not told"
grep -q ROWHOUSE_HISTORY err && complain "a variable of rowhouse is told"

# What is revoked from the service role no dump has.
echo 'REVOKE ALL ON debug_logs FROM service_role;' > 20990101000000_revoke.sql
echo 'GRANT ALL ON debug_logs TO service_role;' > 20990101000001_grant.sql
wants 0 "revoke" migrate 20990101000000_revoke.sql
"$ROWHOUSE" dump > out 2> err && complain "a dump of what was revoked"
grep -q "permission denied for table debug_logs" err || complain "a dump of what was revoked: why"
wants 0 "grant" migrate 20990101000001_grant.sql
wants 0 "COPY" dump --table debug_logs

# The installed tree: README's example, against both libraries.
(cd "$root" && make --no-print-directory B="$B" install DESTDIR="$here/root" PREFIX=/usr) > out 2> err || complain "make install"
for file in bin/rowhoused bin/rowhouse include/rowhouse/rowhouse.h include/rowhouse/records.h lib/librowhouse.a lib/librowhouse.so \
    lib/pkgconfig/rowhouse.pc share/doc/rowhouse/LICENSE share/doc/rowhouse/NOTICE share/man/man1/rowhouse.1 share/man/man1/rowhouse-scan.1; do
    [ -s "root/usr/$file" ] || complain "$file is not installed"
done
{
    printf '#include <rowhouse/records.h>\n#include <stdio.h>\n\nint main(int argc, char **argv)\n{\n    const char *token = argv[1];\n'
    printf '    struct rh_uuid organization;\n    if (!rh_uuid_parse(argv[2], &organization))\n        return 2;\n'
    awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$root/README.md"
    printf '    if (outcome != RH_OK)\n        fprintf(stderr, "%%s\\n", rh_message(db));\n    rh_close(db);\n    return outcome != RH_OK;\n}\n'
} > example.c
export PKG_CONFIG_SYSROOT_DIR="$here/root" PKG_CONFIG_PATH="$here/root/usr/lib/pkgconfig"
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
gcc -std=c11 -Wall -Wextra -Wno-unused $MODE -o shared example.c $(pkg-config --cflags --libs rowhouse) > out 2> err || complain "the example with librowhouse.so"
gcc -std=c11 -Wall -Wextra -Wno-unused $MODE -o static example.c $(pkg-config --cflags rowhouse) "$here/root/usr/lib/librowhouse.a" \
    $(pkg-config --static --libs-only-l rowhouse | sed 's/-lrowhouse//') > out 2> err || complain "the example with librowhouse.a"
"$ROWHOUSE" insert auth.users id=$U email=ada@example.com > out 2> err || complain "a user"
"$ROWHOUSE" insert profiles id=$U organization_id=$A > out 2> err || complain "a profile"
token=$("$ROWHOUSE" token $U)
LD_LIBRARY_PATH="$here/root/usr/lib" ./shared "$token" $A > out 2> err || complain "README's example, shared"
./static "$token" $A > out 2> err || complain "README's example, static"
wants 0 "Grace Hopper" scan contacts "name=Grace Hopper"
[ "$("$ROWHOUSE" scan contacts "name=Grace Hopper" --json | wc -l)" = 2 ] || complain "both examples wrote their row"

[ $failed = 0 ] && echo "ok      the command line, and what is installed"
exit $failed
