# The benchmarks: $(BUILD)/bench/NAME.elf for each bench/programs/NAME.c (with NAME.S, if there is one),
# over bench/frame/; and $(HOST)/bench/measure, which runs and times one command.

BENCH_OUT   := $(BUILD)/bench
BENCH_NAMES := $(basename $(notdir $(wildcard bench/programs/*.c)))
BENCH_ELFS  := $(BENCH_NAMES:%=$(BENCH_OUT)/%.elf)
BENCH_FRAME := $(patsubst bench/%,$(BENCH_OUT)/%.o,$(wildcard bench/frame/*.[cS]))
BENCH_MEASURE := $(HOST)/bench/measure

# No contraction: a checksum of floating point must not depend on what the compiler fuses.
BENCH_FLAGS := -std=gnu11 -O2 -g -march=rv64gc -Wa,-march=rv64gch_zihintpause -mabi=lp64d -mcmodel=medany \
               -mno-riscv-attribute -ffreestanding -fno-common -ffp-contract=off -fno-math-errno -nostdlib \
               -fno-tree-loop-distribute-patterns -msmall-data-limit=0 -Ibench/frame \
               -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror
BENCH_CC     = @mkdir -p $(@D) && echo "  CROSS $<" && $(CROSS)gcc $(BENCH_FLAGS) -MMD

bench-programs: $(BENCH_ELFS)
.PHONY: bench-programs

$(BENCH_OUT)/%.c.o: bench/%.c bench/build.mk
	$(BENCH_CC) -c -o $@ $<
$(BENCH_OUT)/%.S.o: bench/%.S bench/build.mk
	$(BENCH_CC) -c -o $@ $<

$(foreach n,$(BENCH_NAMES),$(if $(wildcard bench/programs/$n.S), \
    $(eval $(BENCH_OUT)/$n.elf: $(BENCH_OUT)/programs/$n.S.o)))
$(BENCH_ELFS): $(BENCH_OUT)/%.elf: $(BENCH_OUT)/programs/%.c.o $(BENCH_FRAME) bench/frame/frame.ld
	$(BENCH_CC) -static -Wl,-T,bench/frame/frame.ld -Wl,--build-id=none -Wl,--no-relax \
	    -Wl,--no-warn-rwx-segments -Wl,--fatal-warnings -o $@ $(filter %.o,$^)

$(BENCH_MEASURE): bench/measure.c bench/build.mk
	@mkdir -p $(@D)
	@echo "  CC    $<" && $(CC) $(CFLAGS) $(WARNINGS) -o $@ $<

-include $(wildcard $(BENCH_OUT)/*/*.d)
