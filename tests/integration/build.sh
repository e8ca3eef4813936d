#!/bin/sh
# What is put together from a folder follows the folder, and what is compiled follows its flags, in a tree of a few lines under this Makefile.
# Run from the repository's root.
set -eu
here=$(mktemp -d /tmp/rowhouse-build.XXXXXX)
trap 'rm -rf "$here"' EXIT
trap 'exit 1' INT TERM
failed=0
complain() { echo "FAILED  $*"; failed=1; }
cp Makefile "$here"
cd "$here"
mkdir -p include src/base src/client tools/rowhouse
echo 'int stays(void); int stays(void) { return 1; }' > src/base/stays.c
echo 'int goes(void); int goes(void) { return 2; }' > src/base/goes.c
echo 'int rh_near(void); int rh_near(void) { return 3; }' > src/client/near.c
echo 'int main(void) { return 0; }' > tools/rowhouse/main.c
echo 'int command(void); int command(void) { return 4; }' > tools/rowhouse/command.c

O=build/release
built() {                       # what this tree has of the programs, with the words given to make
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u B -u V make "$@" $O/libbase.a $O/librowhouse.a $O/librowhouse.so $O/rowhouse > log 2>&1 ||
        { cat log; complain "make $*"; exit 1; }
}
compiled() { grep -c '^  CC ' log || true; }
has() { nm -a "$1" | grep -q " [tT] $2\$"; }

built
for archive in $O/libbase.a $O/librowhouse.a $O/librowhouse.so; do has $archive goes || complain "$archive lacks a function that is there"; done
has $O/rowhouse command || complain "rowhouse lacks a function that is there"
built
[ "$(compiled)" = 0 ] && ! grep -q '^  LD ' log || complain "made again, and nothing changed: $(cat log)"

# A file that goes takes its object along, one that comes is in, wherever a folder is put together; the others are not compiled again.
rm src/base/goes.c tools/rowhouse/command.c
built
for archive in $O/libbase.a $O/librowhouse.a $O/librowhouse.so; do
    ! has $archive goes || complain "$archive keeps a function whose file went"
    has $archive stays || complain "$archive lost a function whose file stays"
done
! has $O/rowhouse command || complain "rowhouse keeps a function whose file went"
echo 'int comes(void); int comes(void) { return 5; }' > src/base/comes.c
built
for archive in $O/libbase.a $O/librowhouse.a $O/librowhouse.so; do has $archive comes || complain "$archive lacks a function whose file came"; done
[ "$(compiled)" = 1 ] || complain "one file came, $(compiled) were compiled"

# Other flags or another compiler make everything again, once; a cache before the compiler does not.
for words in CFLAGS=-O0 LDFLAGS=-Wl,--build-id "CC=gcc -pipe" CC=gcc; do
    built "$words"
    [ "$(compiled)" = 4 ] || complain "$words compiled $(compiled) of 4"
    built "$words"
    [ "$(compiled)" = 0 ] || complain "$words compiled $(compiled) the second time"
done
mkdir bin
printf '#!/bin/sh\nexec "$@"\n' > bin/ccache
chmod +x bin/ccache
PATH=$here/bin:$PATH built "CC=ccache gcc"
[ "$(compiled)" = 0 ] || complain "ccache compiled $(compiled)"
# What is asked for without a compiler changes nothing.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u B -u V make CFLAGS=-O1 help > log 2>&1
built
[ "$(compiled)" = 0 ] || complain "help compiled $(compiled)"
exit $failed
