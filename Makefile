# Rowhouse. `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
#
# Each variant (V=release, V=asan) has its own directory below build/, so no `clean` in between. Every folder
# of src/ becomes one archive; a program links the archives of its layer and of those below it, in the order
# of docs/architecture.md, so that an upward call does not link. tools/check-layers says the same of includes.

V ?= release
B ?= build/$V
CC := gcc

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
MODE_release := -O2
MODE_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -g -Iinclude -Isrc -I$B/include -fvisibility=hidden -fPIC $(WARN) -MMD -MP $(MODE_$V) $(CFLAGS)

# Layers, top first: server native engine store catalog sql value base; the client stands on value and base.
LAYERS := server native engine store catalog sql value base
BELOW_base    := base
BELOW_value   := value base
BELOW_sql     := sql $(BELOW_value)
BELOW_catalog := catalog $(BELOW_sql)
BELOW_store   := store $(BELOW_catalog)
BELOW_engine  := engine $(BELOW_store)
BELOW_native  := native $(BELOW_engine)
BELOW_server  := server $(BELOW_native)
BELOW_client  := client $(BELOW_value)

LIBS_base    := -lxxhash -lpthread
LIBS_value   := -lgmp -lyajl -lm $(LIBS_base)
LIBS_sql     := -lpg_query $(LIBS_value)
LIBS_catalog := -lcrypto $(LIBS_sql)
LIBS_store   := -llmdb -lzstd $(LIBS_catalog)
LIBS_engine  := $(LIBS_store)
LIBS_native  := -ljwt -ljansson $(LIBS_engine)
LIBS_server  := -lev -linih $(LIBS_native)
LIBS_client  := -lssl -lcrypto $(LIBS_value)

archive = $B/lib$1.a
objects = $(patsubst %.c,$B/%.o,$(wildcard src/$1/*.c))
$(foreach l,$(LAYERS) client,$(eval $(call archive,$l): $(call objects,$l)))
$B/lib%.a:
	@rm -f $@ && ar rcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<" && $(CC) $(ALL_CFLAGS) -c -o $@ $<

# Unit tests: tests/unit/<layer>/test_*.c, each one program, linked with its layer and those below.
unit_tests = $(patsubst %.c,$B/%,$(wildcard tests/unit/$1/test_*.c))
UNIT_TESTS := $(foreach l,$(LAYERS) client,$(call unit_tests,$l))
define unit_rules
$(call unit_tests,$1): $B/%: $B/%.o $(foreach b,$(BELOW_$1),$(call archive,$b))
	@echo "  LD $$@" && $$(CC) $$(ALL_CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcriterion $(LIBS_$1)
unit-$1: $(call unit_tests,$1)
	@set -e; for t in $$^; do ASAN_OPTIONS=abort_on_error=1 $$$$t; done
.PHONY: unit-$1
endef
$(foreach l,$(LAYERS) client,$(eval $(call unit_rules,$l)))
unit: $(foreach l,$(LAYERS) client,unit-$l)
.PHONY: unit

# Tests beside another program: tests/integration/*.c and tests/differential share tests/lib, which drives PostgreSQL.
$B/tests/lib/%.o $B/tests/integration/%.o $B/tests/differential/%.o: CFLAGS += -Itests $(shell pkg-config --cflags libpq)
TESTLIB := $(patsubst %.c,$B/%.o,$(wildcard tests/lib/*.c))
INTEGRATION := $(patsubst %.c,$B/%,$(wildcard tests/integration/*.c))
$(INTEGRATION): $B/%: $B/%.o $(TESTLIB) $(foreach b,$(BELOW_client),$(call archive,$b))
	@echo "  LD $@" && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcriterion -lpq $(LIBS_client)
integration: $(INTEGRATION)
	@set -e; for t in $^; do ASAN_OPTIONS=abort_on_error=1 $$t; done
.PHONY: integration

-include $(shell find $B -name '*.d' 2>/dev/null)
