#include "platform/signature.h"

/* The byte at pa, 0 from end on. */
static bool read_byte(struct board *b, u64 pa, u64 end, u8 *byte)
{
    *byte = 0;
    return pa >= end || board_read(b, pa, byte, 1);
}

bool signature_write(FILE *out, struct board *b, u64 begin, u64 end, unsigned granularity)
{
    u8 byte;
    for (u64 line = begin; line < end; line += granularity) {
        for (unsigned k = granularity; k > 0; k--) {
            if (!read_byte(b, line + k - 1, end, &byte)) return false;
            fprintf(out, "%02x", byte);
        }
        fputc('\n', out);
    }
    return fflush(out) == 0 && !ferror(out);
}
