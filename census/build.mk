# The census of x86 beside that of RISC-V: a bare probe for 32 and 64 bits, run under QEMU, and a
# program for the processor of this machine if that is x86-64 with Linux.
#   make census          build/census/census.html and the table

X86_DIR    := $(BUILD)/census
X86_HOST   := $(filter x86_64-Linux,$(shell uname -m)-$(shell uname -s))
X86_CROSS  := $(if $(X86_HOST),,x86_64-linux-gnu-)
X86_CC     := $(if $(X86_HOST),gcc,$(X86_CROSS)gcc)
X86_CFLAGS := -std=gnu11 -O1 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-builtin \
    -fno-asynchronous-unwind-tables -mgeneral-regs-only -mno-red-zone -Wall -Wextra -Werror -I.
X86_PARTS  := start.S tests.S probe.c
X86_ELFS   := $(X86_DIR)/probe32.elf $(X86_DIR)/probe64.elf
X86_USER   := $(if $(X86_HOST),$(X86_DIR)/user)
X86_RECORDS := $(X86_DIR)/x86.txt $(X86_DIR)/x86-umip.txt $(if $(X86_HOST),$(X86_DIR)/host.txt)

$(X86_DIR)/%32.o: census/x86/% census/x86/probe.h census/build.mk
	@mkdir -p $(@D) && echo "  X86   $<" && $(X86_CC) -m32 $(X86_CFLAGS) -c $< -o $@
$(X86_DIR)/%64.o: census/x86/% census/x86/probe.h census/build.mk
	@mkdir -p $(@D) && echo "  X86   $<" && $(X86_CC) -m64 $(X86_CFLAGS) -c $< -o $@

$(X86_DIR)/probe32.elf: $(X86_PARTS:%=$(X86_DIR)/%32.o) census/x86/link.ld
	@echo "  X86   $@" && $(X86_CROSS)ld -m elf_i386 --no-warn-rwx-segments -z max-page-size=4096 \
	    -T census/x86/link.ld $(filter %.o,$^) -o $@
# QEMU loads multiboot programs from 32-bit ELF files alone, whatever is in them.
$(X86_DIR)/probe64.elf: $(X86_PARTS:%=$(X86_DIR)/%64.o) census/x86/link.ld
	@echo "  X86   $@" && $(X86_CROSS)ld -m elf_x86_64 --no-warn-rwx-segments -z max-page-size=4096 \
	    -T census/x86/link.ld $(filter %.o,$^) -o $@.64
	@$(X86_CROSS)objcopy -O elf32-i386 $@.64 $@

$(X86_DIR)/user: census/x86/user.c census/build.mk
	@mkdir -p $(@D) && echo "  CC    $<" && $(X86_CC) -std=gnu11 -O1 -Wall -Wextra -Werror $< -o $@

$(X86_RECORDS) &: $(X86_ELFS) $(X86_USER) census/x86/run.sh
	@census/x86/run.sh $(X86_ELFS) "$(X86_USER)" $(X86_DIR)
