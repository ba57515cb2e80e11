# vhart and vmm: one Makefile for all of it. `make help` lists the verbs.
#
#   make SAN=1 VERB   the same verb with AddressSanitizer and UBSan, under build/san/
#   make ARM64=1 VERB the same for AArch64, under build/arm64/; `make test-arm64` runs it by emulation
#   make TSAN=1 VERB  with ThreadSanitizer, under build/tsan/; for tests/parallel/
#   make CC=clang     another compiler
#
# Parts that are cross-compiled describe themselves in firmware/build.mk, guests/build.mk and
# tests/build.mk, which add the files that they make to FIRMWARE, GUESTS and ISA_ELFS.

CC        = gcc
CROSS    ?= riscv64-unknown-elf-
PREFIX   ?= /usr/local
BUILD    := build
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror
CFLAGS   := -std=gnu11 -O2 -g
LDLIBS   := -lfdt -pthread

# HOST is where what runs on this machine goes; cross-compiled files do not depend on SAN.
HOST     := $(BUILD)
PATIENCE := 3# times what a test may take on an idle machine
ifdef SAN
PATIENCE := 10
HOST     := $(BUILD)/san
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef ARM64
CC       := aarch64-linux-gnu-gcc
AR       := aarch64-linux-gnu-ar
CFLAGS   += -DJIT_ONE_VIEW # hart/jit/jit.c: so that emulators run what is there
HOST     := $(HOST)/arm64
LDLIBS   += -L$(BUILD)/arm64/libraries/root/usr/lib/aarch64-linux-gnu
endif
ifdef TSAN
PATIENCE := 10
HOST     := $(BUILD)/tsan
SANITIZE := -fsanitize=thread -Wno-tsan # all that harts share are atomics: fences need not count
endif
VHART    := $(HOST)/vhart

.PHONY: all
all: $(VHART) ## build everything that the installed compilers can (the default)

# ---- the simulator ----------------------------------------------------------------------------

# The translator makes code for the hosts that have a folder in hart/jit/, and maps it as Linux has it.
MACHINE  := $(shell $(CC) -dumpmachine)
JIT_HOST := $(if $(findstring linux,$(MACHINE)),$(patsubst x86_64-%,x64,$(filter x86_64-%,$(MACHINE)))$(patsubst aarch64-%,a64,$(filter aarch64-%,$(MACHINE))))
NO_JIT   := hart/jit/none.c
JIT      := $(if $(JIT_HOST),$(filter-out $(NO_JIT),$(wildcard hart/jit/*.c hart/jit/$(JIT_HOST)/*.c)),$(NO_JIT))
SOURCES  := $(filter-out hart/jit/%,$(wildcard hart/*.c hart/*/*.c hext/*.c mmu/*.c platform/*.c census/*.c)) $(JIT)
OBJECTS  := $(SOURCES:%.c=$(HOST)/obj/%.o)
LIBRARY  := $(HOST)/libvhart.a

COMPILE   = @mkdir -p $(@D) && echo "  CC    $<" && \
            $(CC) $(CFLAGS) $(WARNINGS) $(SANITIZE) -I. -MMD -MP -c -o $@ $<
LINK      = @mkdir -p $(@D) && echo "  LINK  $@" && \
            $(CC) $(CFLAGS) $(SANITIZE) -o $@ $(filter %.o %.a,$^)

$(HOST)/obj/%.o: %.c Makefile
	$(COMPILE)

# Everything but main(), so that a unit test links what it uses and no more.
$(LIBRARY): $(filter-out %/platform/main.o,$(OBJECTS))
	@echo "  AR    $@" && rm -f $@ && $(AR) rcs $@ $^

$(VHART): $(HOST)/obj/platform/main.o $(LIBRARY)
	$(LINK) $(LDLIBS)

# ---- unit tests on this machine -----------------------------------------------------------------

# Each tests/host/test_*.c is a program; the other files beside them are linked into every one.
HOST_TEST_SOURCES := $(wildcard tests/host/test_*.c)
HOST_TEST_COMMON  := $(filter-out $(HOST_TEST_SOURCES),$(wildcard tests/host/*.c))
HOST_TEST_OBJECTS := $(HOST_TEST_SOURCES:%.c=$(HOST)/obj/%.o)
HOST_TESTS        := $(HOST_TEST_SOURCES:%.c=$(HOST)/%)

# (Named targets, here and in the *.mk: to a pattern alone, objects would be files to delete again.)
$(HOST_TESTS): $(HOST)/tests/host/%: $(HOST)/obj/tests/host/%.o \
    $(HOST_TEST_COMMON:%.c=$(HOST)/obj/%.o) $(LIBRARY)
	$(LINK) -lcmocka -lmpfr $(LDLIBS) -lm

# ---- the hypervisor, its guests, the guest tests ------------------------------------------------

FIRMWARE  :=
GUESTS    :=
ISA_ELFS  :=
VMM       := $(BUILD)/firmware/vmm.elf
-include firmware/build.mk
-include guests/build.mk
-include tests/build.mk
-include bench/build.mk
-include bench/kvm/build.mk
-include tests/random/build.mk
-include census/build.mk
-include demos/build.mk
-include tests/peers/build.mk
-include tests/parallel/build.mk
-include tests/fuzz/build.mk

# Without a cross compiler, `make` still builds the simulator.
ifneq ($(shell command -v $(CROSS)gcc),)
PAYLOADS  := $(FIRMWARE) $(GUESTS)
all: $(PAYLOADS)
endif

# ---- verbs --------------------------------------------------------------------------------------

# run, test and linux first see to the packages, and only then let make look for compilers: hence
# the second make.
AGAIN = @$(MAKE) --no-print-directory

.PHONY: deps
deps: ## install the Debian packages that are missing, saying which and why
	@tools/deps.sh

.PHONY: run run-now
run: ## OpenSBI, vmm and two guests on vhart (Ctrl-A x quits)
	@tools/deps.sh build run
	$(AGAIN) run-now
run-now: $(VHART) $(VMM) $(RUN_GUESTS)
	$(VHART) --kernel $(VMM) $(foreach g,$(RUN_GUESTS),--guest name=$(basename $(notdir $g)),kernel=$g)

.PHONY: linux linux-now linux-files linux-guests linux-guests-now
linux: ## Debian's riscv64 kernel to a shell (fetched once; `poweroff` ends it)
	@tools/deps.sh build linux
	$(AGAIN) linux-now
linux-files: ## fetch that kernel and make its initramfs, no more
	@tools/deps.sh linux
	@guests/linux/fetch.sh $(BUILD)/linux
linux-now: $(VHART) linux-files
	$(VHART) -m 256 --kernel $(BUILD)/linux/Image --initrd $(BUILD)/linux/initramfs.cpio \
	    --append "console=ttyS0"
LINUX_GUEST = kernel=$(BUILD)/linux/Image,initrd=$(BUILD)/linux/initramfs.cpio,memory=256M,cpus=2
LINUX_ARGUMENTS = console=ttyS0 vmm.devices=net
linux-guests: ## two of them under vmm, 2 vCPUs each on 2 harts (Ctrl-] h: what can be typed)
	@tools/deps.sh build run linux
	$(AGAIN) linux-guests-now
linux-guests-now: $(VHART) $(VMM) linux-files
	$(VHART) -m 1024 -p 2 --kernel $(VMM) \
	    --guest "name=one,$(LINUX_GUEST),append=$(LINUX_ARGUMENTS) net=10.0.0.1" \
	    --guest "name=two,$(LINUX_GUEST),append=$(LINUX_ARGUMENTS) net=10.0.0.2"

.PHONY: test test-now tests test-fresh
test: ## all tests; ends in a line `N passed, N failed`  [ONLY="host isa cli boot random ..."]
	@tests/run --check $(ONLY)
	@tools/deps.sh build run test linux census
	$(AGAIN) test-now
test-now: tests
	@VHART=$(VHART) BUILD=$(BUILD) HOST=$(HOST) PATIENCE=$(PATIENCE) \
	    HOST_TESTS="$(HOST_TESTS)" ISA_ELFS="$(ISA_ELFS)" tests/run $(ONLY)
tests: $(VHART) $(HOST_TESTS) $(FIRMWARE) $(GUESTS) $(ISA_ELFS) $(X86_ELFS) $(X86_USER) $(DEMO_ELFS)
tests: $(BENCH_ELFS) $(BENCH_MEASURE) ## build what `make test` runs
# On a machine of another kind, the random programs for AArch64 as well, to be emulated.
ifeq ($(SAN)$(ARM64)$(filter aarch64-%,$(MACHINE)),)
ifneq ($(shell command -v aarch64-linux-gnu-gcc),)
tests: random-arm64
endif
endif
.PHONY: random-arm64
random-arm64:
	+$(AGAIN) ARM64=1 $(BUILD)/arm64/tests/random/random
test-fresh: ## `make run` on a bare Debian in a temporary directory (as root)
	@tools/deps.sh fresh
	@tools/test-fresh.sh

.PHONY: test-arm64 test-arm64-now
test-arm64: ## tests of the simulator as AArch64 hosts run it, by user-mode emulation
	@tools/deps.sh build run test linux
	@tools/arm64-libraries.sh $(BUILD)/arm64/libraries
	$(AGAIN) test-arm64-now
test-arm64-now: $(VHART) $(FIRMWARE) $(GUESTS) $(ISA_ELFS) $(BENCH_ELFS) $(PARALLEL_ELFS)
	$(AGAIN) ARM64=1 $(addprefix $(BUILD)/arm64/,vhart tests/host/test_jit tests/random/random)
	@VHART=$(VHART) ISA_ELFS="$(ISA_ELFS)" tests/arm64/everything

.PHONY: fuzz-guests
SEEDS := 1-300
fuzz-guests: $(VHART) $(FIRMWARE) $(GUESTS) $(HOSTILE_GUESTS) ## random guests beside one that must not notice  [SEEDS=1-300]
	@VHART=$(VHART) BUILD=$(BUILD) JOBS=$$(nproc) tests/hostile/fuzz.sh $(SEEDS)

.PHONY: census census-now
census: ## what traps where, RISC-V beside x86: a table, and build/census/census.html
	@tools/deps.sh build census
	$(AGAIN) census-now
census-now: $(VHART) $(X86_RECORDS)
	$(VHART) census --format html $(X86_RECORDS:%=--beside %) >$(X86_DIR)/census.html
	$(VHART) census $(X86_RECORDS:%=--beside %)

.PHONY: coverage-rules
coverage-rules: ## which test proves each rule of the specification; fails when one has none
	@tools/coverage-rules.sh

.PHONY: bench bench-now
bench: ## measure speed beside the peers found: bench/run.py explains  [BENCH=worldswitch RUNS=1 PEERS=]
	@tools/deps.sh build run test
	$(AGAIN) bench-now
bench-now: $(VHART) $(BENCH_ELFS) $(BENCH_MEASURE)
	@bench/run.py --vhart $(VHART) --measure $(BENCH_MEASURE) --programs $(BENCH_OUT) \
	    --out $(BUILD)/bench.json

.PHONY: san
san: ## build with AddressSanitizer and UBSan into build/san/
	$(AGAIN) SAN=1 tests

.PHONY: lint format
# clang finds what gcc does not say; it is not a package that we ask for.
LINT_COMPILE = $(if $(shell command -v clang),clang $(CFLAGS) $(WARNINGS) -I. -fsyntax-only)
C_FILES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')
lint: ## check format, include directions, shell scripts, white space, file lengths
	@tools/deps.sh lint
	@LINT_COMPILE="$(LINT_COMPILE)" tools/lint.sh
format: ## lay out every C file by .clang-format
	@tools/deps.sh lint
	clang-format -i $(C_FILES)

.PHONY: install uninstall
LIBDIR := $(DESTDIR)$(PREFIX)/lib/vhart
install: all ## install vhart, vhart-gcc, the man page, vmm and the guests  [PREFIX=/usr/local DESTDIR=]
	install -D $(VHART) $(DESTDIR)$(PREFIX)/bin/vhart
	install tools/vhart-gcc $(DESTDIR)$(PREFIX)/bin/vhart-gcc
	install -D -m 644 docs/vhart.1 $(DESTDIR)$(PREFIX)/share/man/man1/vhart.1
	install -d $(LIBDIR)
	$(if $(PAYLOADS),install -m 644 $(PAYLOADS) $(LIBDIR))
uninstall: ## remove what install put there  [PREFIX=/usr/local DESTDIR=]
	rm -f $(DESTDIR)$(PREFIX)/bin/vhart $(DESTDIR)$(PREFIX)/bin/vhart-gcc \
	    $(DESTDIR)$(PREFIX)/share/man/man1/vhart.1
	rm -rf $(LIBDIR)

.PHONY: clean distclean
clean: ## remove what was built (but not what `make linux` fetched)
	rm -rf $(filter-out $(BUILD)/linux,$(wildcard $(BUILD)/*))
distclean: ## remove build/ altogether
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@echo 'make VERB [SAN=1] [CC=clang]'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1=\2/p' $(filter %Makefile %.mk,$(MAKEFILE_LIST)) | sort | \
	    while IFS== read -r verb line; do printf '  %-14s %s\n' "$$verb" "$$line"; done

-include $(OBJECTS:.o=.d) $(HOST_TEST_OBJECTS:.o=.d) $(HOST_TEST_COMMON:%.c=$(HOST)/obj/%.d)
