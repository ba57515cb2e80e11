# Fuzz targets. Each is linked twice: with replay.c, to run the files of tests/fuzz/corpus in
# `make test`, and with libFuzzer by clang, below build/fuzz/, for `make fuzz`. Included by the Makefile.
#   FUZZ_SECONDS=60   how long each target runs
#   FUZZ_TARGET=NAME  this one only: csr decode elf fdt virtio vmmtree walk

FUZZ_SECONDS ?= 60
FUZZ_ALL     := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGET  ?= $(FUZZ_ALL)
FUZZ_OBJECTS := $(FUZZ_ALL:%=$(HOST)/obj/tests/fuzz/fuzz_%.o) $(HOST)/obj/tests/fuzz/replay.o
FUZZ_REPLAYS := $(FUZZ_ALL:%=$(HOST)/tests/fuzz/%)
FUZZ_MAKE     = $(MAKE) --no-print-directory CC=clang HOST=$(BUILD)/fuzz \
    SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"

$(FUZZ_REPLAYS): $(HOST)/tests/fuzz/%: $(HOST)/obj/tests/fuzz/fuzz_%.o \
    $(HOST)/obj/tests/fuzz/replay.o $(LIBRARY)
	$(LINK) -lcmocka $(LDLIBS)
tests: $(FUZZ_REPLAYS)

# Only ever made with FUZZ_MAKE's settings.
FUZZERS := $(FUZZ_ALL:%=$(HOST)/fuzzer-%)
$(FUZZERS): $(HOST)/fuzzer-%: $(HOST)/obj/tests/fuzz/fuzz_%.o $(LIBRARY)
	$(LINK) -fsanitize=fuzzer -lcmocka $(LDLIBS)

.PHONY: fuzz fuzz-corpus fuzzers
fuzzers: $(FUZZ_TARGET:%=$(HOST)/fuzzer-%)
fuzz: ## coverage-guided fuzzing, into build/fuzz/corpus  [FUZZ_SECONDS=60 FUZZ_TARGET="elf walk"]
	@tools/deps.sh build fuzz
	@$(FUZZ_MAKE) fuzzers
	@BUILD=$(BUILD) tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_TARGET)
fuzz-corpus: ## take what `make fuzz` found and adds coverage into tests/fuzz/corpus
	@$(FUZZ_MAKE) fuzzers
	@BUILD=$(BUILD) tests/fuzz/run merge $(FUZZ_TARGET)
-include $(FUZZ_OBJECTS:.o=.d)
