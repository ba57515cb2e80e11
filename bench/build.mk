# Bare HTIF programs that bench/run.sh times: $(BUILD)/bench/NAME.elf for each bench/NAME.S or .c.

BENCH_ELFS  := $(patsubst bench/%,$(BUILD)/bench/%.elf,$(basename $(wildcard bench/*.S bench/*.c)))
BENCH_BUILD  = mkdir -p $(@D) && echo "  CROSS $<" && \
               $(CROSS)gcc -O2 -march=rv64gc -Wa,-march=rv64gch -mabi=lp64d -mcmodel=medany -mno-riscv-attribute -nostdlib \
               -ffreestanding -static -I. -Wl,-Ttext=0x80000000 -Wl,--build-id=none \
               -Wl,-N,--no-warn-rwx-segments -o $@ $<

$(BUILD)/bench/%.elf: bench/%.S bench/frame.inc bench/build.mk
	@$(BENCH_BUILD)
$(BUILD)/bench/%.elf: bench/%.c bench/build.mk
	@$(BENCH_BUILD)
