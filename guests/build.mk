# The guests: $(BUILD)/guests/NAME.elf and .bin for each NAME.

GUEST_NAMES := hello compute wild parts disk neighbour echo frames
GUEST_OUT   := $(BUILD)/guests
GUESTS      := $(foreach g,$(GUEST_NAMES),$(GUEST_OUT)/$(g).elf $(GUEST_OUT)/$(g).bin)
RUN_GUESTS  := $(GUEST_OUT)/hello.elf $(GUEST_OUT)/compute.elf  # what `make run` shows
GUEST_COMMON := $(GUEST_OUT)/entry.S.o $(GUEST_OUT)/lib.c.o

# No floating point in C, so that what entry.S puts into those registers stays.
GUEST_FLAGS := -std=gnu11 -O2 -g -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
               -ffreestanding -fno-tree-loop-distribute-patterns -fno-common -nostdlib -I. \
               -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla -Werror

guests: $(GUESTS)
.PHONY: guests

$(GUEST_OUT)/%.c.o: guests/%.c guests/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS $<" && $(CROSS)gcc $(GUEST_FLAGS) -MMD -c -o $@ $<

$(GUEST_OUT)/%.S.o: guests/%.S guests/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS $<" && $(CROSS)gcc $(GUEST_FLAGS) -MMD -c -o $@ $<

$(GUEST_OUT)/hello.elf: $(GUEST_OUT)/hello_trap.S.o $(GUEST_OUT)/hello_user.c.o
$(GUEST_OUT)/parts.elf: $(GUEST_OUT)/hello_trap.S.o $(GUEST_OUT)/parts_second.S.o

$(GUEST_NAMES:%=$(GUEST_OUT)/%.elf): $(GUEST_OUT)/%.elf: \
    $(GUEST_OUT)/%.c.o $(GUEST_COMMON) guests/guest.ld
	$(CROSS)gcc $(GUEST_FLAGS) -static -Wl,-T,guests/guest.ld -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -Wl,--fatal-warnings -o $@ $(filter %.o,$^)

# The attacks: each file that begins with its outcome is one.
HOSTILE_NAMES  := $(patsubst guests/hostile/%.c,%,\
    $(filter-out %/hostile.c %/virtio.c %/disk.c,$(wildcard guests/hostile/*.c)))
HOSTILE_COMMON := $(GUEST_OUT)/hostile/entry.S.o $(GUEST_OUT)/hostile/hostile.c.o \
    $(GUEST_OUT)/hostile/virtio.c.o $(GUEST_OUT)/hostile/disk.c.o $(GUEST_OUT)/lib.c.o
HOSTILE_GUESTS := $(HOSTILE_NAMES:%=$(GUEST_OUT)/hostile/%.elf)

$(HOSTILE_GUESTS): %.elf: %.c.o $(HOSTILE_COMMON) guests/guest.ld
	@$(CROSS)gcc $(GUEST_FLAGS) -static -Wl,-T,guests/guest.ld -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -Wl,--fatal-warnings -o $@ $(filter %.o,$^)

hostile-guests: $(HOSTILE_GUESTS)
.PHONY: hostile-guests
tests: $(HOSTILE_GUESTS)

$(GUEST_OUT)/%.bin: $(GUEST_OUT)/%.elf
	$(CROSS)objcopy -O binary $< $@

-include $(wildcard $(GUEST_OUT)/*.d $(GUEST_OUT)/hostile/*.d)
