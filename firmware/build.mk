# vmm, the hypervisor: $(BUILD)/firmware/vmm.elf and .bin.

FW_OUT     := $(BUILD)/firmware
FIRMWARE   := $(FW_OUT)/vmm.elf $(FW_OUT)/vmm.bin
FW_OBJECTS := $(patsubst firmware/%,$(FW_OUT)/%.o,$(wildcard firmware/*.c firmware/*.S firmware/*/*.c))

# Functions that stand in tables take what any of them needs, so some parameters go unused.
# No floating point in vmm itself: the registers are the guests'. memcpy and its kind are loops here,
# which the compiler must not turn into calls of themselves.
FW_FLAGS   := -std=gnu11 -O2 -g -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
              -ffreestanding -fno-tree-loop-distribute-patterns -fno-common -nostdlib -I. \
              -Wall -Wextra -Wno-unused-parameter -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror

$(FW_OUT)/%.c.o: firmware/%.c firmware/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS $<" && $(CROSS)gcc $(FW_FLAGS) -MMD -c -o $@ $<

$(FW_OUT)/%.S.o: firmware/%.S firmware/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS $<" && $(CROSS)gcc $(FW_FLAGS) -MMD -c -o $@ $<

$(FW_OUT)/vmm.elf: $(FW_OBJECTS) firmware/vmm.ld
	$(CROSS)gcc $(FW_FLAGS) -static -Wl,-T,firmware/vmm.ld -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -Wl,--fatal-warnings -o $@ $(FW_OBJECTS)

$(FW_OUT)/vmm.bin: $(FW_OUT)/vmm.elf
	$(CROSS)objcopy -O binary $< $@

firmware: $(FIRMWARE)
.PHONY: firmware

-include $(FW_OBJECTS:.o=.d)
