# Random programs on vhart and on other simulators. Included by the Makefile.
#   PEER_SEEDS=1..200   which programs `make random-peers` runs
PEER_TEST    := $(HOST)/tests/peers/peers
PEER_FRAME   := $(BUILD)/tests/peers/frame.elf
PEER_SOURCES := $(wildcard tests/peers/*.c)
PEER_OBJECTS := $(patsubst %.c,$(HOST)/obj/%.o,$(filter-out %/frame.c,$(PEER_SOURCES)))
PEER_SEEDS   ?= 1..200

$(PEER_TEST): $(PEER_OBJECTS) $(filter-out %/random.o,$(RANDOM_OBJECTS)) $(LIBRARY)
	$(LINK)

$(PEER_FRAME): tests/peers/frame.S tests/peers/frame.c tests/isa/harness/htif.c \
    $(wildcard tests/peers/*.h) tests/isa/harness/mailboxes.inc tests/peers/link.ld tests/peers/build.mk
	@mkdir -p $(@D) && echo "  CROSS   $@"
	@$(CROSS)gcc $(ISA_CFLAGS) -Wa,-march=rv64gch -I. -T tests/peers/link.ld -Wl,--build-id=none \
	    -Wl,--no-warn-rwx-segments $(filter %.S %.c,$^) -o $@

.PHONY: random-peers
random-peers: $(VHART) $(PEER_TEST) $(PEER_FRAME) ## random programs on Spike and QEMU as well, if on the PATH
	@VHART=$(VHART) BUILD=$(BUILD) HOST=$(HOST) PEER_SEEDS=$(PEER_SEEDS) tests/peers/peers.sh
tests: $(PEER_TEST) $(PEER_FRAME)
-include $(PEER_OBJECTS:.o=.d)
