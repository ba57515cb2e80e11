/* wild: does, as its arguments tell, what no guest may, to show that it alone ends. The addresses
 * below are devices of the machine or nothing at all, but never its memory. */
#include "guests/guest.h"

#define OUTSIDE 0x40000000ull /* nothing */

static void store(void)
{
    *(volatile u64 *)OUTSIDE = 1;
}

static void load(void)
{
    (void)*(volatile u64 *)OUTSIDE;
}

static void fetch(void)
{
    ((void (*)(void))OUTSIDE)();
}

/* A page table where there is no memory, for the lowest GiB: the walk itself goes astray, at the
 * second entry of that table. */
static void table(void)
{
    static u64 root[512] __attribute__((aligned(PAGE_SIZE)));
    root[0] = OUTSIDE >> 12 << 10 | 1;       /* V */
    root[2] = 0x80000000 >> 12 << 10 | 0xcf; /* D A X W R V: where this code is */
    csr_write(satp, 8ull << 60 | (u64)root >> 12);
    __asm__ volatile("sfence.vma" ::: "memory");
    (void)*(volatile u8 *)0x200003;
}

/* With no timer set and no device there is nothing to wait for. */
static void wait(void)
{
    csr_write(sie, 0);
    __asm__ volatile("wfi");
}

static const struct {
    const char *name;
    void (*act)(void);
} acts[] = {
    {"wild=store", store},
    {"wild=load",  load },
    {"wild=fetch", fetch},
    {"wild=table", table},
    {"wild=wait",  wait },
};

static bool contains(const char *text, const char *word)
{
    for (; *text; text++) {
        size_t n = 0;
        while (word[n] && text[n] == word[n]) n++;
        if (!word[n]) return true;
    }
    return false;
}

void guest_main(u64 hart, const void *tree)
{
    const char *arguments = (const char *)tree_property(tree, "bootargs");
    unsigned chosen = 0;
    (void)hart;
    for (unsigned i = 0; arguments && i < sizeof acts / sizeof *acts; i++)
        if (contains(arguments, acts[i].name)) chosen = i;
    print("%s: about to do it\n", acts[chosen].name);
    acts[chosen].act();
    print("survived what no guest should\n");
    shutdown(true);
}
