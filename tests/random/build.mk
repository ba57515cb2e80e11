# Random programs: the fast tiers against the stepper. Included by the Makefile.
RANDOM_TEST    := $(HOST)/tests/random/random
RANDOM_OBJECTS := $(patsubst %.c,$(HOST)/obj/%.o,$(wildcard tests/random/*.c))

$(RANDOM_TEST): $(RANDOM_OBJECTS) $(LIBRARY)
	$(LINK)

tests: $(RANDOM_TEST)
-include $(RANDOM_OBJECTS:.o=.d)
