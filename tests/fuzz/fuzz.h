/* Fuzz targets: each tests/fuzz/fuzz_NAME.c is one function that takes any bytes and ends the
 * process when something does not hold. libFuzzer calls it with what it makes up (`make fuzz`),
 * replay.c with the files of tests/fuzz/corpus/NAME (`make test`). */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With a reason in printf's manner. */
#define HOLDS(condition, ...)                                                                      \
    do {                                                                                           \
        if (condition) break;                                                                      \
        printf("%s:%d: does not hold: %s: ", __FILE__, __LINE__, #condition);                      \
        printf(__VA_ARGS__);                                                                       \
        printf("\n");                                                                              \
        fflush(stdout);                                                                            \
        abort();                                                                                   \
    } while (0)

/* The input as a row of little-endian numbers; zeros when it has ended. */
struct input {
    const uint8_t *at;
    size_t left;
};

static inline uint64_t take(struct input *in, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned k = 0; k < bytes && in->left; k++, in->left--)
        value |= (uint64_t)*in->at++ << 8 * k;
    return value;
}

#endif
