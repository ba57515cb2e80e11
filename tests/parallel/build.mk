# Programs for four harts that run at the same time (tests/parallel/programs.sh). Included by the
# Makefile.
PARALLEL_DIR   := $(BUILD)/tests/parallel
PARALLEL_NAMES := $(filter-out smp,$(basename $(notdir $(wildcard tests/parallel/*.c))))
PARALLEL_ELFS  := $(PARALLEL_NAMES:%=$(PARALLEL_DIR)/%.elf)
PARALLEL_FLAGS := $(filter-out -Itests/isa -DRICHEST% -DSABOTAGE%,$(ISA_CFLAGS)) -Wa,-march=rv64gch

$(PARALLEL_ELFS): $(PARALLEL_DIR)/%.elf: tests/parallel/%.c tests/parallel/start.S tests/parallel/smp.c \
    $(wildcard tests/parallel/*.h tests/isa/harness/*.h) tests/isa/harness/mailboxes.inc tests/parallel/link.ld tests/parallel/build.mk
	@mkdir -p $(@D) && echo "  CROSS   $@"
	@$(CROSS)gcc $(PARALLEL_FLAGS) -T tests/parallel/link.ld -Wl,--no-warn-rwx-segments \
	    -Wl,--build-id=none $(filter %.S %.c,$^) -o $@

.PHONY: parallel-tests
parallel-tests: $(PARALLEL_ELFS)
tests: $(PARALLEL_ELFS)
