# The demonstrations of demos/: each story, QUIRK, in each way to run its kernel, as one program
# build/demos/QUIRK-WAY.elf.
#   make demo-popf      and demo-pushf, demo-sgdt, demo-sfence; make demos runs all

CROSS ?= riscv64-unknown-elf-
DEMO_QUIRKS := popf pushf sgdt sfence
DEMO_WAYS   := bare user guest
DEMO_ELFS   := $(foreach q,$(DEMO_QUIRKS),$(DEMO_WAYS:%=$(BUILD)/demos/$q-%.elf))
DEMO_CFLAGS := -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib -std=gnu11 -O1 \
    -fno-stack-protector -Wall -Wextra -Wno-undef -Werror -Idemos -Wa,-march=rv64gch

# $(call demo_is,KIND,ALL,ONE): -DKIND_ONE=1 and 0 for the others
demo_is = $(foreach k,$2,-D$1_$k=$(if $(filter $k,$3),1,0))

$(DEMO_ELFS): $(BUILD)/demos/%.elf: demos/entry.S demos/kernel.c demos/monitor.c demos/demo.h demos/link.ld
	@mkdir -p $(@D) && echo "  CROSS   $@"
	@$(CROSS)gcc $(DEMO_CFLAGS) $(call demo_is,DEMO,$(DEMO_QUIRKS),$(firstword $(subst -, ,$*))) \
	    $(call demo_is,WAY,$(DEMO_WAYS),$(lastword $(subst -, ,$*))) -T demos/link.ld \
	    -Wl,--no-warn-rwx-segments $(filter %.S %.c,$^) -o $@

.PHONY: demos $(DEMO_QUIRKS:%=demo-%)
demos: $(DEMO_QUIRKS:%=demo-%) ## what a hart that cheats does to a kernel: four stories
$(DEMO_QUIRKS:%=demo-%): demo-%: $(VHART) $(DEMO_ELFS)
	@VHART=$(VHART) BUILD=$(BUILD) demos/run.sh $*
