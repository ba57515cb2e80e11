# $(BUILD)/bench/kvm/machine, a program for Linux on RISC-V: vmm's devices on KVM.

KVM_OUT     := $(BUILD)/bench/kvm
KVM_MACHINE := $(KVM_OUT)/machine
KVM_SOURCES := bench/kvm/machine.c firmware/devices/device.c firmware/devices/plic.c \
               firmware/devices/uart.c firmware/fdt/guest.c firmware/fdt/read.c firmware/fdt/write.c \
               firmware/image.c firmware/print.c firmware/string.c
KVM_OBJECTS := $(KVM_SOURCES:%.c=$(KVM_OUT)/%.o)

$(KVM_OBJECTS): $(KVM_OUT)/%.o: %.c bench/kvm/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS $<" && $(CROSS)gcc $(FW_FLAGS) -msmall-data-limit=0 -MMD -c -o $@ $<

$(KVM_MACHINE): $(KVM_OBJECTS)
	$(CROSS)gcc $(FW_FLAGS) -static -Wl,--no-relax -Wl,--build-id=none -Wl,--fatal-warnings -o $@ $^

# $(BUILD)/bench/kvm/aia, another: a guest whose harts have interrupt files.
KVM_AIA := $(KVM_OUT)/aia

$(KVM_OUT)/bench/kvm/aia.o: bench/kvm/aia.c bench/kvm/build.mk
	@mkdir -p $(@D)
	@echo "  CROSS $<" && $(CROSS)gcc $(FW_FLAGS) -msmall-data-limit=0 -MMD -c -o $@ $<

$(KVM_AIA): $(KVM_OUT)/bench/kvm/aia.o
	$(CROSS)gcc $(FW_FLAGS) -static -Wl,--no-relax -Wl,--build-id=none -Wl,--fatal-warnings -o $@ $^

tests: $(KVM_MACHINE) $(KVM_AIA)

.PHONY: kvm-exits kvm-exits-now
kvm-exits: ## a guest's boot under vmm and under KVM: exits by cause, and what they cost
	@tools/deps.sh build run linux
	$(AGAIN) kvm-exits-now
kvm-exits-now: $(VHART) $(VMM) $(KVM_MACHINE) linux-files
	@VHART=$(VHART) BUILD=$(BUILD) bench/kvm/exits.sh

-include $(KVM_OBJECTS:.o=.d)
