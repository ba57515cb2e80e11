#include "platform/machine.h"

#include "platform/message.h"
#include "platform/virtio.h"

/* A program made for HTIF has its console there; a kernel beside it means that the program is
 * firmware, and the console is the board's UART. */
static bool console_is_htif(const struct options *o, const struct software *s)
{
    u64 tohost;
    return !o->kernel && software_symbol(s, "tohost", &tohost);
}

static bool begin_htif(struct machine *m, const struct options *o, const struct software *s,
                       bool quiet)
{
    struct htif_config config = {
        .arguments = o->arguments,
        .argument_count = o->argument_count,
        .quiet = quiet,
        .host_time = o->host_time || o->parallel,
    };
    if (!software_symbol(s, "tohost", &config.tohost)) return true;
    software_symbol(s, "fromhost", &config.fromhost);
    m->htif = htif_new(&config, m->board);
    return m->htif;
}

/* Two boards that run side by side write to no file. */
static void choose_disks(struct board_disk *disks, const struct options *o)
{
    for (unsigned k = 0; k < o->disk_count; k++) {
        disks[k] = (struct board_disk){o->disks[k].file, o->disks[k].mode};
        if (o->lockstep && disks[k].mode == DISK_WRITABLE) disks[k].mode = DISK_SNAPSHOT;
    }
}

bool machine_begin(struct machine *m, const struct options *o, struct software *s,
                   enum hart_tier tier, enum board_console console)
{
    struct board_disk disks[VIRTIO_SLOTS];
    choose_disks(disks, o);
    struct board_config config = {.harts = o->harts,
                                  .ram_size = o->memory,
                                  .isa = &o->isa,
                                  .tier = tier,
                                  .hart = o->hart,
                                  .aia = o->aia,
                                  .host_time = o->host_time || o->parallel,
                                  .parallel = o->parallel,
                                  .console = console,
                                  .htif = console_is_htif(o, s),
                                  .disks = disks,
                                  .disk_count = o->disk_count,
                                  .rng = o->rng,
                                  .seed = o->seed,
                                  .max_steps = o->instructions};
    *m = (struct machine){.board = board_new(&config)};
    return m->board && software_place(s, m->board) &&
           begin_htif(m, o, s, console == CONSOLE_NONE) && board_finish_setup(m->board, &s->boot);
}

void machine_end(struct machine *m)
{
    htif_free(m->htif);
    if (m->board) board_free(m->board);
    *m = (struct machine){0};
}
