# Guest tests: one bare-machine ELF for each tests/isa/*.c, linked with tests/isa/harness/.
#   make isa-tests              build/tests/isa/*.elf
#   ISA_RICHEST=0               accept zero wherever the specification lets a trap value be zero
#   ISA_SABOTAGE=1              every check gets a wrong expectation, so that each test must fail

CROSS ?= riscv64-unknown-elf-
ISA_RICHEST ?= 1
ISA_SABOTAGE ?= 0
ISA_DIR := build/tests/isa

# What the compiler may use, and what the assembler accepts in snippets.
ISA_CFLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-riscv-attribute -ffreestanding -nostdlib \
    -std=gnu11 -O2 -g -fno-toplevel-reorder -fno-stack-protector -Itests/isa/harness -Itests/isa \
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror \
    -DRICHEST=$(ISA_RICHEST) -DSABOTAGE=$(ISA_SABOTAGE)
ISA_ASFLAGS := \
    -Wa,-march=rv64gch_zba_zbb_zbc_zbs_zicbom_zicboz_zicbop_zawrs_zfh_svinval

ISA_HARNESS := $(patsubst tests/isa/harness/%,$(ISA_DIR)/harness/%.o, \
    $(wildcard tests/isa/harness/*.[cS]))
ISA_ELFS := $(patsubst tests/isa/%.c,$(ISA_DIR)/%.elf,$(wildcard tests/isa/*.c))
ISA_OPTIONS := $(patsubst tests/isa/%,$(ISA_DIR)/%,$(wildcard tests/isa/*.options))
ISA_HEADERS := $(wildcard tests/isa/*.inc tests/isa/harness/*.h tests/isa/harness/*.inc)

isa-tests: $(ISA_ELFS)

$(ISA_ELFS): | $(ISA_OPTIONS)

$(ISA_DIR)/%.options: tests/isa/%.options
	@mkdir -p $(@D)
	@cp $< $@

$(ISA_DIR)/harness/%.o: tests/isa/harness/% $(ISA_HEADERS) tests/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS   $@"
	@$(CROSS)gcc $(ISA_CFLAGS) $(ISA_ASFLAGS) -c $< -o $@

$(ISA_ELFS): $(ISA_DIR)/%.elf: tests/isa/%.c $(ISA_HARNESS) $(ISA_HEADERS) tests/isa/harness/link.ld
	@echo "  CROSS   $@"
	@$(CROSS)gcc $(ISA_CFLAGS) $(ISA_ASFLAGS) -T tests/isa/harness/link.ld \
	    -Wl,--no-warn-rwx-segments $< $(ISA_HARNESS) -o $@

.PHONY: isa-tests
