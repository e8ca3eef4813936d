# Rowhouse. `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
#
# Each variant (V=release, V=asan, V=tsan, V=fuzz) has its own directory below build/, so no `clean` in between. Every folder
# of src/ becomes one archive, with the folders in it; a program links the archives of its layer and of those below it, in the order
# of docs/architecture.md, so that an upward call does not link. tools/check-layers says the same of includes.

V ?= release
B ?= build/$V
CC := gcc
VERSION := 0.1.0
PREFIX ?= /usr/local

all: programs

#: make demo            starts a server on the reference schema and shows it working
#: make test            every test, and the units under ASan as well, JOBS=2 at a time; make check: those of variant V, one after the other
#: make                 the programs, into build/V
#: make unit            unit tests; make unit-LAYER those of a folder of src/
#: make integration     a real server, with PostgreSQL as the judge where there is one
#: make differential    the same operations to Rowhouse and PostgreSQL: OPERATIONS=100000 SEED=7; differential-sql: SQL_OPERATIONS=;
#:                      differential-rights: RIGHTS_OPERATIONS=
#: make kill            kill -9 of a server in a loop: CYCLES=1000 SEED=7; crash-store: of the store alone
#: make fuzz            a fuzzer for each decoder, with clang: SECONDS=600 NAMES="json rpc"; make corpus replays what once failed
#: make stock-client    a MessagePack-RPC client from npm
#: make mutants         mistakes planted in a copy of the tree, each of which a test must notice: NAMES="a b"
#: make soak            the longer runs, for hours; CI does not run them
#: make lint layers     cppcheck; that includes point down, and drawings show what is there; make statics: that no module keeps what it was given
#: make drawings        docs/drawings/*.svg from the .dot beside them; needs graphviz
#: make bench           what bench/RESULTS.md measures, on this machine
#: make install         PREFIX=/usr/local DESTDIR=
#: make deps test-deps  installs the Debian packages that are missing: those of the programs, and those of the tests
#: make races           a server under ThreadSanitizer with all its threads at work (Criterion does not run under it)
#:
#: V=asan, with any of them: under AddressSanitizer and UBSan, in build/asan: make V=asan integration
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile
.PHONY: help

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
MODE_release := -O2
MODE_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
MODE_tsan := -O1 -fsanitize=thread
MODE_fuzz := $(MODE_asan) -fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow     # clang's sees NULL + 0 in it, gcc's does not
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -g -Iinclude -Isrc -I$B/include -fvisibility=hidden -fPIC $(WARN) -MMD -MP $(MODE_$V) $(CFLAGS)

# Layers, top first; the client stands on value and what lies below that.
LAYERS := server protocol native engine store catalog sql value proof crypto base
BELOW_base    := base
BELOW_crypto  := crypto base
BELOW_proof   := proof $(BELOW_crypto)
BELOW_value   := value $(BELOW_proof)
BELOW_sql     := sql $(BELOW_value)
BELOW_catalog := catalog $(BELOW_sql)
BELOW_store   := store $(BELOW_catalog)
BELOW_engine  := engine $(BELOW_store)
BELOW_native  := native $(BELOW_engine)
BELOW_protocol := protocol $(BELOW_native)
BELOW_server  := server $(BELOW_protocol)
BELOW_client  := client $(BELOW_value)

LIBS_base    := -lpthread
LIBS_crypto  := -lcrypto $(LIBS_base)
LIBS_proof   := $(LIBS_crypto)
LIBS_value   := -lgmp -lyajl -lm $(LIBS_proof)
LIBS_sql     := -lpg_query -licui18n -licuuc -lcrypto $(LIBS_value)
LIBS_catalog := -lcrypto $(LIBS_sql)
LIBS_store   := -llmdb -lzstd $(LIBS_catalog)
LIBS_engine  := $(LIBS_store)
LIBS_native  := -lmaxminddb -lhpdf $(LIBS_engine)
LIBS_protocol := -lcrypto $(LIBS_native)
LIBS_server  := -lev -linih $(LIBS_protocol)
LIBS_client  := $(LIBS_value)

# What a file was made of, beside those files: flags for an object, the names of its objects for what is put together from them. It is
# written only when it changes, and what was made with the old text is made again: a source that goes leaves no object behind.
remember = @mkdir -p $(@D) && { echo '$1' | cmp -s - $@ || echo '$1' > $@; }
FLAGS := $(filter-out ccache,$(CC)) $(ALL_CFLAGS) $(LDFLAGS)
$B/flags: FORCE
	$(call remember,$(FLAGS))
$B/%.files: FORCE
	$(call remember,$(FILES))
from = $2 $B/$1.files$(eval $B/$1.files: FILES := $2)
inputs = $(filter %.o %.a,$^)
.PHONY: FORCE

archive = $B/lib$1.a
objects = $(patsubst %.c,$B/%.o,$(filter-out src/server/main.c,$(wildcard src/$1/*.c src/$1/*/*.c)))
$(foreach l,$(LAYERS) client,$(eval $(call archive,$l): $(call from,lib$l,$(call objects,$l))))
$B/lib%.a:
	@rm -f $@ && ar qcs $@ $(inputs)

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	@echo "  CC $<" && $(CC) $(ALL_CFLAGS) -c -o $@ $<

# Programs. The daemon is src/server/main.c; the command line may open a data directory itself (verify, restore), so it
# links the server's layers beside the client; the demo and the load generator link librowhouse and nothing private.
SERVER_ARCHIVES := $(foreach b,$(BELOW_server),$(call archive,$b))
PROGRAMS := $B/rowhoused $B/rowhouse $B/demo $B/loadgen $B/echo $B/rawput
programs: $(PROGRAMS) $B/librowhouse.so
link = @echo "  LD $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(inputs)
$B/rowhoused: $B/src/server/main.o $(SERVER_ARCHIVES)
	$(link) $(LIBS_server)
$B/rowhouse: $(call from,rowhouse,$(patsubst %.c,$B/%.o,$(wildcard tools/rowhouse/*.c))) $(call archive,client) $(SERVER_ARCHIVES)
	$(link) -ledit $(LIBS_server)
$B/demo: $B/tools/demo.o $B/librowhouse.a
	$(link) $(LIBS_client)
$B/loadgen: $(call from,loadgen,$(patsubst %.c,$B/%.o,$(wildcard bench/loadgen/*.c))) $B/librowhouse.a
	$(link) -lev $(LIBS_client)
$B/echo: $B/bench/echo.o
	$(link) -lev
$B/rawput: $B/bench/rawput.o
	$(link) -llmdb

# librowhouse: the layers of the client in one object, in which everything but rh_* is local.
$B/librowhouse.o: $(call from,librowhouse,$(foreach l,$(BELOW_client),$(call objects,$l)))
	@ld -r -o $@ $(inputs) && objcopy --localize-hidden $@
$B/librowhouse.a: $B/librowhouse.o
	@rm -f $@ && ar rcs $@ $^
$B/librowhouse.so: $B/librowhouse.o
	@echo "  LD $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,librowhouse.so.0 -o $@ $^ $(LIBS_client)
.PHONY: all programs

# Unit tests: tests/unit/<layer>/test_*.c, each one program, linked with the folder's other files, its layer and those below. Those of
# engine and native drive their layer as clients do, by methods, which lie above it.
WITH_engine := $(BELOW_protocol)
WITH_native := $(BELOW_protocol)
unit_tests = $(patsubst %.c,$B/%,$(wildcard tests/unit/$1/test_*.c))
# A whole server, too, runs on the store's fake disk.
unit_help = $(patsubst %.c,$B/%.o,$(filter-out tests/unit/$1/test_%,$(wildcard tests/unit/$1/*.c)) $(if $(filter server,$1),tests/unit/store/fake_disk.c))
UNIT_TESTS := $(foreach l,$(LAYERS) client,$(call unit_tests,$l))
define unit_rules
$(call unit_tests,$1): $B/%: $B/%.o $(call from,tests/unit/$1,$(call unit_help,$1)) $(foreach b,$(or $(WITH_$1),$(BELOW_$1)),$(call archive,$b))
	@echo "  LD $$@" && $$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$(inputs) -lcriterion $$(LDLIBS) $(if $(WITH_$1),$(LIBS_protocol),$(LIBS_$1))
unit-$1: $(call unit_tests,$1)
	@set -e; for t in $$^; do ASAN_OPTIONS=abort_on_error=1 LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 $$$$t; done
.PHONY: unit-$1
endef
$(foreach l,$(LAYERS) client,$(eval $(call unit_rules,$l)))
unit: $(foreach l,$(LAYERS) client,unit-$l)
.PHONY: unit
$(call unit_tests,native): LDLIBS := -ljwt              # another library's tokens

# Tests beside another program: tests/integration/*.c and tests/differential share tests/lib, which drives PostgreSQL.
$B/tests/lib/%.o $B/tests/integration/%.o $B/tests/differential/%.o: CFLAGS += -Itests $(shell pkg-config --cflags libpq)
TESTLIB := $(call from,tests/lib,$(patsubst %.c,$B/%.o,$(wildcard tests/lib/*.c)))
INTEGRATION := $(patsubst %.c,$B/%,$(wildcard tests/integration/*.c))
$(INTEGRATION): $B/%: $B/%.o $(TESTLIB) $(foreach b,client $(BELOW_protocol),$(call archive,$b))
	@echo "  LD $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(inputs) -lcriterion -lpq $(LIBS_protocol) $(LIBS_client)
integration: $(INTEGRATION) $B/rowhoused $B/rowhouse
	@set -e; export ROWHOUSED=$B/rowhoused ROWHOUSE=$B/rowhouse; for t in $(INTEGRATION); do ASAN_OPTIONS=abort_on_error=1 LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 $$t; done
	@set -e; export B=$B ROWHOUSED=$(abspath $B/rowhoused) ROWHOUSE=$(abspath $B/rowhouse) MODE='$(MODE_$V)'; for t in tests/integration/*.sh; do echo "  $$t" && $$t; done

# dump_pg takes its rows from the generator of the differential test.
$B/tests/integration/dump_pg: $(call from,tests/differential,$(patsubst %.c,$B/%.o,$(filter-out %/differential.c,$(wildcard tests/differential/*.c))))

# Rowhouse against PostgreSQL, operation by operation: make differential OPERATIONS=100000 SEED=7
OPERATIONS ?= 10000
$B/differential: $(call from,differential,$(patsubst %.c,$B/%.o,$(wildcard tests/differential/*.c))) $(TESTLIB) $(foreach b,$(BELOW_client),$(call archive,$b))
	$(link) -lpq -lcrypto $(LIBS_client)
differential: $B/differential $B/rowhoused
	@$B/differential --server $B/rowhoused --operations $(OPERATIONS) $(if $(SEED),--seed $(SEED))
SQL_OPERATIONS ?= 5000
differential-sql: $B/differential $B/rowhoused
	@$B/differential --sql --server $B/rowhoused --operations $(SQL_OPERATIONS) $(if $(SEED),--seed $(SEED))
# The same while rights change between the operations.
RIGHTS_OPERATIONS ?= 1000
differential-rights: $B/differential $B/rowhoused
	@$B/differential --rights --server $B/rowhoused --operations $(RIGHTS_OPERATIONS) $(if $(SEED),--seed $(SEED))
differential-rights-sql: $B/differential $B/rowhoused
	@$B/differential --rights --sql --server $B/rowhoused --operations $(RIGHTS_OPERATIONS) $(if $(SEED),--seed $(SEED))
.PHONY: integration differential differential-sql differential-rights differential-rights-sql

# kill -9 of the server in a loop: make kill CYCLES=1000 SEED=7
CYCLES ?= 200
$B/kill: $(call from,kill,$(patsubst %.c,$B/%.o,$(wildcard tests/kill/*.c))) $B/librowhouse.a
	$(link) $(LIBS_client)
kill: $B/kill $B/rowhoused $B/rowhouse
	@$B/kill --server $B/rowhoused --command $B/rowhouse --cycles $(CYCLES) $(if $(SEED),--seed $(SEED))
# The same of the store alone, judged key by key: make crash-store CYCLES=1000 SEED=7
$B/crash-store: $B/tests/crash/store.o $(call from,crash-store,$(call unit_help,store)) $(foreach b,$(BELOW_store),$(call archive,$b))
	$(link) $(LIBS_store)
crash-store: $B/crash-store
	@$B/crash-store $(CYCLES) $(SEED)
.PHONY: kill crash-store

# Planted mistakes, tests/mutants/*.patch; tests/mutants/run says what they look like: make mutants NAMES="a b"
mutants:
	@tests/mutants/run $(if $(filter command environment,$(firstword $(origin NAMES))),$(NAMES))
mutants-apply:
	@tests/mutants/run --check
.PHONY: mutants mutants-apply

# What takes too long for `make test`; a line each.
soak:
	$(MAKE) kill CYCLES=5000
	$(MAKE) crash-store CYCLES=5000
	$(MAKE) differential OPERATIONS=1000000
	$(MAKE) differential-sql SQL_OPERATIONS=1000000
	for i in 1 2 3 4 5 6 7 8 9 10; do $(MAKE) differential-rights differential-rights-sql RIGHTS_OPERATIONS=10000 || exit 1; done
	ROWHOUSE_ROUNDS=20000 $(MAKE) unit-store
	ROWHOUSE_ROUNDS=5000 $(MAKE) unit-server
	$(MAKE) V=asan unit integration
	$(MAKE) races
	LOOKALIKE_WORLDS=20000 $B/tests/unit/native/test_lookalike
	$B/tests/integration/migrations_pg $$(date +%s) 20000
	export ROWHOUSED=$(abspath $B/rowhoused) ROWHOUSE=$(abspath $B/rowhouse); KILLS=300 tests/integration/restore.sh && $B/tests/integration/roundtrip_pg $$(date +%s) 200
	$(MAKE) mutants
.PHONY: soak

# Fuzzers, one a decoder: make fuzz SECONDS=600 NAMES="json rpc". They need clang. Inputs that failed stay in tests/corpus/<name>/
# and are replayed by `make corpus`, which is part of `make check`.
SECONDS ?= 60
NAMES ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))
RESTORE_READERS := $B/tools/rowhouse/restore-sql.o $B/tools/rowhouse/restore-copy.o $B/tools/rowhouse/restore-input.o $B/tools/rowhouse/restore-forms.o
$B/tests/fuzz/%.o: CFLAGS += -Itools/rowhouse
$B/fuzz_restore: $(RESTORE_READERS)
$(FUZZERS): $B/fuzz_%: $B/tests/fuzz/fuzz_%.o $(if $(filter fuzz,$V),,$B/tests/fuzz/replay.o) $(call archive,client) $(SERVER_ARCHIVES)
	@echo "  LD $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) $(if $(filter fuzz,$V),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS_server)
run-fuzz: $(NAMES:%=$B/fuzz_%)
	@set -e; for n in $(NAMES); do mkdir -p $B/inputs/$$n tests/corpus/$$n; echo "  FUZZ $$n"; \
	    $B/fuzz_$$n -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 -artifact_prefix=$B/failed-$$n- \
	        $$(test ! -f tests/fuzz/$$n.dict || echo -dict=tests/fuzz/$$n.dict) $B/inputs/$$n tests/corpus/$$n; done
fuzz:
	@$(MAKE) --no-print-directory V=fuzz CC=clang run-fuzz
corpus: $(FUZZERS)
	@set -e; for n in $(NAMES); do $B/fuzz_$$n $$(find tests/corpus/$$n -type f 2>/dev/null) 2> $B/corpus.log || { cat $B/corpus.log; exit 1; }; done
.PHONY: run-fuzz fuzz corpus

# Data races. LMDB is not built with the sanitizer: what it then takes for a race stands in tests/tsan.supp.
run-races: programs
	@ROWHOUSED=$B/rowhoused ROWHOUSE=$B/rowhouse LOADGEN=$B/loadgen tests/races.sh
races:
	@$(MAKE) --no-print-directory V=tsan run-races
.PHONY: run-races races

# A MessagePack-RPC client from npm, which knows nothing of Rowhouse.
NPM := tests/integration/npm
$(NPM)/node_modules: $(NPM)/package-lock.json
	@cd $(NPM) && npm ci --silent --no-audit --no-fund && touch node_modules
stock-client: $(NPM)/node_modules $B/rowhoused
	@cd $(NPM) && ROWHOUSED=$(abspath $B/rowhoused) MIGRATIONS=$(abspath schema/migrations) npm test --silent
.PHONY: stock-client

# What the two commands need from Debian 12: the programs, and beside them the tests. Installs what is missing, with sudo when not root;
# tools/check-packages holds the first list to the headers that are included.
PACKAGES := gcc libc6-dev binutils liblmdb-dev libmsgpack-dev libev-dev libxxhash-dev libpg-query-dev libprotobuf-c-dev libmaxminddb-dev \
	libzstd-dev libssl-dev libyajl-dev libgmp-dev uthash-dev libinih-dev libedit-dev libhpdf-dev libicu-dev
TEST_PACKAGES := libcriterion-dev libpq-dev libjwt-dev pkg-config postgresql-15 nodejs npm cppcheck faketime g++ git procps util-linux
deps:
	@tools/deps $(PACKAGES)
test-deps:
	@tools/deps $(PACKAGES) $(TEST_PACKAGES)

# The two commands.
demo: deps
	@$(MAKE) --no-print-directory programs
	@$B/demo $B/rowhoused schema/migrations
# `test` builds all of it first, and then runs the parts side by side, the longest first: each has directories, sockets, ports and a
# PostgreSQL of its own.
CHECKS := differential-sql integration differential kill lint differential-rights crash-store corpus stock-client layers statics packages mutants-apply records functions-page
UNITS := $(LAYERS:%=unit-%) unit-client
JOBS ?= 2
built: $(PROGRAMS) $B/librowhouse.so $(UNIT_TESTS) $(INTEGRATION) $B/differential $B/kill $B/crash-store $(FUZZERS)
built-units: $(UNIT_TESTS)
test: test-deps
	@$(MAKE) --no-print-directory -j$(JOBS) built
	@$(MAKE) --no-print-directory -j$(JOBS) V=asan built-units
	@MAKE="$(MAKE)" tools/side-by-side $(JOBS) $(CHECKS) $(UNITS) $(UNITS:%=V=asan:%)
check: $(CHECKS) unit
.PHONY: built built-units
layers:
	@tools/check-layers
	@tools/check-drawings $(LAYERS)
statics: $(SERVER_ARCHIVES)
	@tools/check-statics $B
packages:
	@tools/check-packages $(PACKAGES)
# What cppcheck takes for a mistake and is none stands in tools/lint.supp, with the reason.
lint:
	@echo "  LINT" && cppcheck --enable=warning,performance --std=c11 --quiet --error-exitcode=1 --include=tests/lint.h \
	    --suppressions-list=tools/lint.supp -Iinclude -Isrc -Itests -Itools/rowhouse --template='{file}:{line}: {message} [{id}]' src tools bench tests
# include/rowhouse/records.h is made from the migrations.
records: $B/rowhouse
	@$B/rowhouse gen-c schema/migrations | diff -u include/rowhouse/records.h - || { echo "include/rowhouse/records.h is old: rowhouse gen-c schema/migrations" >&2; exit 1; }
.PHONY: lint records
# The drawings of docs/drawings, by graphviz; tools/check-drawings finds by the source's hash that one is old.
drawings:
	@for d in docs/drawings/*.dot; do dot -Tsvg $$d | sed "1a <!-- made from $${d##*/}, sha256 $$(sha256sum < $$d | cut -d' ' -f1) -->" > $${d%.dot}.svg || exit 1; done
.PHONY: drawings
# docs/functions.md is made from the table of functions.
functions-page: $B/rowhouse
	@$B/rowhouse functions --markdown | diff -u docs/functions.md - || { echo "docs/functions.md is old: rowhouse functions --markdown" >&2; exit 1; }
.PHONY: functions-page
bench: deps
	@$(MAKE) --no-print-directory programs
	@bench/run $B
.PHONY: bench deps test-deps demo test check layers statics packages

MAN := $(PREFIX)/share/man/man1
DOC := $(PREFIX)/share/doc/rowhouse
install: programs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/rowhouse $(DESTDIR)$(MAN) $(DESTDIR)$(DOC)
	install -m 755 $B/rowhoused $B/rowhouse $(DESTDIR)$(PREFIX)/bin
	install -m 644 include/rowhouse/*.h $(DESTDIR)$(PREFIX)/include/rowhouse
	install -m 644 $B/librowhouse.a $(DESTDIR)$(PREFIX)/lib
	install -m 755 $B/librowhouse.so $(DESTDIR)$(PREFIX)/lib/librowhouse.so.0
	ln -sf librowhouse.so.0 $(DESTDIR)$(PREFIX)/lib/librowhouse.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' tools/rowhouse.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/rowhouse.pc
	install -m 644 LICENSE NOTICE $(DESTDIR)$(DOC)
	$B/rowhouse man > $(DESTDIR)$(MAN)/rowhouse.1
	for c in $$($B/rowhouse help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'); do $B/rowhouse man $$c > $(DESTDIR)$(MAN)/rowhouse-$$c.1 || exit 1; done
.PHONY: install

-include $(shell find $B -name '*.d' 2>/dev/null)
