/* A fuzz target over files instead of made-up bytes: NAME DIRECTORY. Prints TAP, a test for each.
 */
#include "hart/types.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

static u8 *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    u8 *data = NULL;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        *size = (size_t)ftell(file);
        data = malloc(*size ? *size : 1);
        rewind(file);
        if (data && fread(data, 1, *size, file) != *size) *size = 0;
    }
    if (file) fclose(file);
    return data;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The bytes are in a block of their own size, so that ASan sees a step beyond them. */
static void replay(const char *directory, const char *name, int number)
{
    char path[4096];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    u8 *data = read_whole(path, &size);
    if (data) LLVMFuzzerTestOneInput(data, size);
    printf("%sok %d - %s\n", data ? "" : "not ", number, path);
    fflush(stdout);
    free(data);
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int n = argc == 2 ? scandir(argv[1], &entries, is_input, alphasort) : -1;
    if (n <= 0) {
        fprintf(stderr, "%s: give one directory with inputs in it\n", argv[0]);
        return 2;
    }
    printf("1..%d\n", n);
    fflush(stdout);
    for (int k = 0; k < n; k++) {
        replay(argv[1], entries[k]->d_name, k + 1);
        free(entries[k]);
    }
    free(entries);
    return 0;
}
