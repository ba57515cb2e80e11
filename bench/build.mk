# Bare HTIF programs that bench/run.sh times: $(BUILD)/bench/NAME.elf for each bench/NAME.S.

BENCH_ELFS := $(patsubst bench/%.S,$(BUILD)/bench/%.elf,$(wildcard bench/*.S))

$(BUILD)/bench/%.elf: bench/%.S bench/frame.inc bench/build.mk
	@mkdir -p $(@D) && echo "  CROSS $<"
	@$(CROSS)gcc -march=rv64gc -Wa,-march=rv64gch -mabi=lp64d -nostdlib -static -I. \
	    -Wl,-Ttext=0x80000000 -Wl,--build-id=none -Wl,-N,--no-warn-rwx-segments -o $@ $<
