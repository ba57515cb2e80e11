# Random programs on vhart and on other simulators. Included by the Makefile.
#   PEER_SEEDS=1..200   which programs `make random-peers` runs
PEERS         := $(HOST)/tests/peers/peers
PEERS_FRAME   := $(BUILD)/tests/peers/frame.elf
PEERS_SOURCES := $(wildcard tests/peers/*.c)
PEERS_OBJECTS := $(patsubst %.c,$(HOST)/obj/%.o,$(filter-out %/frame.c,$(PEERS_SOURCES)))
PEER_SEEDS    ?= 1..200

$(PEERS): $(PEERS_OBJECTS) $(filter-out %/random.o,$(RANDOM_OBJECTS)) $(LIBRARY)
	$(LINK)

$(PEERS_FRAME): tests/peers/frame.S tests/peers/frame.c tests/isa/harness/htif.c \
    $(wildcard tests/peers/*.h) tests/peers/link.ld tests/peers/build.mk
	@mkdir -p $(@D) && echo "  CROSS   $@"
	@$(CROSS)gcc $(ISA_CFLAGS) -Wa,-march=rv64gch -I. -T tests/peers/link.ld -Wl,--build-id=none \
	    -Wl,--no-warn-rwx-segments $(filter %.S %.c,$^) -o $@

.PHONY: random-peers
random-peers: $(VHART) $(PEERS) $(PEERS_FRAME) ## random programs on Spike and QEMU as well, if on the PATH
	@VHART=$(VHART) BUILD=$(BUILD) HOST=$(HOST) PEER_SEEDS=$(PEER_SEEDS) tests/peers/peers.sh
tests: $(PEERS) $(PEERS_FRAME)
-include $(PEERS_OBJECTS:.o=.d)
