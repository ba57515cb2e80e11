/* The board: memory as harts see it, whose turn it is, time, sleep, reset. The harts here are
 * puppets that follow a script. */
#define _GNU_SOURCE
#include "platform/board.h"
#include "hart/isa.h"
#include "platform/terminal.h"
#include "platform/timebase.h"
#include "tests/host/fake/hart.c"

#include <fcntl.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define MSIP(h)     (0x2000000ull + 4 * (h))
#define MTIMECMP(h) (0x2004000ull + 8 * (h))
#define FINISHER    0x100000ull
#define UART        0x10000000ull

/* ---- making boards ---- */

static struct isa isa;
static char said[512]; /* the last run's stderr */

static struct board *make(unsigned harts)
{
    static const struct board_boot boot = {.entry = RAM_BASE, .next = 0x80200000};
    const struct board_config config = {.harts = harts, .ram_size = BIT(24), .isa = &isa};
    event_count = 0;
    struct board *b = board_new(&config);
    assert_non_null(b);
    assert_true(board_finish_setup(b, &boot));
    return b;
}

/* Run with this text as standard input. */
static int run_with_input(struct board *b, const char *text)
{
    FILE *in = tmpfile(), *err = tmpfile();
    fputs(text, in);
    rewind(in);
    int old_in = dup(STDIN_FILENO), old_err = dup(STDERR_FILENO);
    dup2(fileno(in), STDIN_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    int status = board_run(b);
    dup2(old_in, STDIN_FILENO);
    dup2(old_err, STDERR_FILENO);
    close(old_in);
    close(old_err);
    ssize_t n = pread(fileno(err), said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = 0;
    fclose(in);
    fclose(err);
    return status;
}

static int run(struct board *b)
{
    return run_with_input(b, "");
}

static int setup(void **state)
{
    (void)state;
    isa_default(&isa);
    return 0;
}

#define PASS                                                                                       \
    {                                                                                              \
        STORE, FINISHER, 4, 0x5555                                                                 \
    }

/* ---- tests ---- */

static void test_reset_vector(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, RESET_BASE, 8, ~0ull},
        PASS, {END,   0,          0, 0    }
    };
    scripts[0] = script;
    struct board *b = make(1);
    struct hart *h = board_hart(b, 0);
    assert_int_equal(h->pc, 0x1000);
    const u64 *rom = (const void *)h->bus.page(b, 0x1000).host;
    u64 before[11];
    memcpy(before, rom, sizeof before);
    assert_int_equal(before[3], 0x80000000);
    u32 magic;
    assert_true(board_read(b, before[4], &magic, 4));
    assert_int_equal(magic, cpu_to_fdt32(FDT_MAGIC));
    assert_int_equal(before[5], 0x4942534f); /* OpenSBI's fw_dynamic_info, version 2 */
    assert_int_equal(before[6], 2);
    assert_int_equal(before[7], 0x80200000);
    assert_int_equal(before[8], 1);
    assert_int_equal(run(b), 0);
    assert_memory_equal(rom, before, sizeof before); /* a store to ROM does nothing */
    board_free(b);
}

static void test_unmapped(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, 0x10009000, 4, 1},
        {LOAD,  0,          4, 0},
        PASS, {END,   0,          0, 0}
    };
    scripts[0] = script;
    struct board *b = make(1);
    assert_int_equal(run(b), 0);
    assert_int_equal(event_count, 2);
    assert_int_equal(events[0].value, 0xbad);
    assert_int_equal(events[1].value, 0xbad);
    board_free(b);
}

static void test_time_is_steps(void **state)
{
    (void)state;
    static const struct line script[] = {
        {RUN,  0,         0, 99     },
        {NOTE, 0,         0, 0      },
        {RUN,  0,         0, 1234567},
        {NOTE, 0,         0, 0      },
        {LOAD, 0x200bff8, 8, 0      },
        PASS,
        {END,  0,         0, 0      }
    };
    scripts[0] = script;
    struct board *b = make(1);
    assert_int_equal(run(b), 0);
    assert_int_equal(events[0].value, 100 / 100);
    assert_int_equal(events[1].value, (100 + 1234567 + 1) / 100);
    assert_int_equal(events[2].value, (100 + 1234567 + 2) / 100);
    board_free(b);
}

static void on_store(void *arg, struct board *b, u64 pa, unsigned size)
{
    (void)pa, (void)size;
    u64 steps = hart_steps(board_hart(b, 0));
    *(u64 *)arg = steps;
}

static void on_alarm(void *arg, struct board *b)
{
    *(u64 *)arg = hart_steps(board_hart(b, 0));
}

static void set_alarm(void *arg, struct board *b, u64 pa, unsigned size)
{
    (void)size;
    board_alarm(b, pa == RAM_BASE ? 100 : 7, on_alarm, arg);
}

/* The interrupt line rises exactly at the step that makes mtime reach mtimecmp. */
static void test_timer_comes_at_its_step(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, MTIMECMP(0), 8, 5000 },
        {WAIT,  0,           0, 0    },
        {STORE, RAM_BASE,    8, 1    },
        {STORE, MTIMECMP(0), 8, ~0ull},
        {NOTE,  0,           0, 0    },
        PASS,
        {END,   0,           0, 0    }
    };
    scripts[0] = script;
    struct board *b = make(1);
    u64 steps = 0;
    assert_true(board_watch(b, RAM_BASE, 8, on_store, &steps));
    assert_int_equal(run(b), 0);
    assert_int_equal(steps, 3); /* time jumped: no step was spent waiting */
    assert_int_equal(events[0].value, 5000);
    board_free(b);
}

/* The alarm, at its step in the midst of others; the last one set counts, and it rings once. */
static void test_alarm(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, RAM_BASE,     8, 1      },
        {STORE, RAM_BASE + 8, 8, 1      },
        {RUN,   0,            0, 1000000},
        PASS,
        {END,   0,            0, 0      }
    };
    scripts[0] = script;
    struct board *b = make(1);
    u64 steps = 0;
    assert_true(board_watch(b, RAM_BASE, 16, set_alarm, &steps));
    assert_int_equal(run(b), 0);
    assert_int_equal(steps, 7 * NS_PER_TICK);
    board_free(b);
}

/* In the midst of other steps too. */
static void test_slice_ends_at_the_deadline(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, MTIMECMP(0), 8, 1234   },
        {RUN,   0,           0, 1000000},
        PASS, {END,   0,           0, 0      }
    };
    scripts[0] = script;
    struct board *b = make(1);
    assert_int_equal(run(b), 0);
    assert_int_equal(puppet(board_hart(b, 0))->line_rose, 123400);
    board_free(b);
}

static void test_own_timer_wakes(void **state)
{
    (void)state;
    static const struct line script[] = {
        {TIMER, 0, 0, 777},
        {WAIT,  0, 0, 0  },
        {NOTE,  0, 0, 0  },
        PASS, {END,   0, 0, 0  }
    };
    scripts[0] = script;
    struct board *b = make(1);
    assert_int_equal(run(b), 0);
    assert_int_equal(events[0].value, 777);
    board_free(b);
}

static void test_turns(void **state)
{
    (void)state;
    static const struct line first[] = {
        {NOTE, 0, 0, 0    },
        {RUN,  0, 0, 20000},
        {NOTE, 0, 0, 0    },
        {RUN,  0, 0, 50000},
        PASS,
        {END,  0, 0, 0    }
    };
    static const struct line second[] = {
        {NOTE, 0, 0, 0    },
        {RUN,  0, 0, 20000},
        {NOTE, 0, 0, 0    },
        {END,  0, 0, 0    }
    };
    scripts[0] = first;
    scripts[1] = second;
    struct board *b = make(2);
    assert_int_equal(run(b), 0);
    static const u64 order[] = {0, 1, 0, 1};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(events[i].hart, order[i]);
        assert_true(i == 0 || events[i].value >= events[i - 1].value); /* time is monotone */
    }
    assert_true(puppet(board_hart(b, 0))->reservations_lost >= 2);
    board_free(b);
}

static void test_interprocessor_interrupt(void **state)
{
    (void)state;
    static const struct line first[] = {
        {RUN,   0,       0, 100},
        {STORE, MSIP(1), 4, 1  },
        {NOTE,  0,       0, 0  },
        {END,   0,       0, 0  }
    };
    static const struct line second[] = {
        {WAIT, 0, 0, 0},
        {NOTE, 0, 0, 0},
        PASS, {END,  0, 0, 0}
    };
    scripts[0] = first;
    scripts[1] = second;
    struct board *b = make(2);
    assert_int_equal(run(b), 0);
    assert_int_equal(event_count, 1); /* the target runs at once, not at the end of a long slice */
    assert_int_equal(events[0].hart, 1);
    board_free(b);
}

static void test_nothing_can_wake(void **state)
{
    (void)state;
    static const struct line script[] = {
        {WAIT, 0, 0, 0},
        PASS, {END,  0, 0, 0}
    };
    scripts[0] = scripts[1] = script;
    struct board *b = make(2);
    assert_int_equal(run_with_input(b, "input that no driver listens for"), 2);
    assert_non_null(strstr(said, "every hart waits"));
    board_free(b);
}

static void test_trap_loop(void **state)
{
    (void)state;
    static const struct line script[] = {
        {RUN,       0, 0, 10},
        {TRAP_LOOP, 0, 0, 0 }
    };
    scripts[0] = script;
    struct board *b = make(1);
    assert_int_equal(run(b), 2);
    assert_non_null(strstr(said, "M-mode"));
    assert_non_null(strstr(said, "pc 0x123456"));
    assert_non_null(strstr(said, "mcause 1"));
    board_free(b);
}

/* A driver: enable the receive interrupt at UART and PLIC, wait, read. */
static void test_input_from_a_file(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, UART + 2,       1, 1      },
        {STORE, UART + 1,       1, 1      },
        {STORE, 0xc000000 + 40, 4, 1      },
        {STORE, 0xc002000,      4, 1 << 10},
        {WAIT,  0,              0, 0      },
        {LOAD,  0xc200004,      4, 0      },
        {LOAD,  UART,           1, 0      },
        {LOAD,  UART,           1, 0      },
        {LOAD,  UART + 5,       1, 0      },
        {STORE, 0xc200004,      4, 10     },
        {WAIT,  0,              0, 0      },
        PASS,
        {END,   0,              0, 0      }
    };
    scripts[0] = script;
    struct board *b = make(1);
    assert_int_equal(run_with_input(b, "ok"), 2); /* the second WAIT: the input is at its end */
    assert_non_null(strstr(said, "every hart waits"));
    static const u64 expected[] = {10, 'o', 'k', 0x60};
    for (unsigned i = 0; i < 4; i++) assert_int_equal(events[i].value, expected[i]);
    board_free(b);
}

static void test_step_limit(void **state)
{
    (void)state;
    static const struct line script[] = {
        {END, 0, 0, 0}
    };
    scripts[0] = scripts[1] = script;
    const struct board_config config = {
        .harts = 2, .ram_size = BIT(24), .isa = &isa, .max_steps = 123457};
    static const struct board_boot boot = {.entry = RAM_BASE};
    struct board *b = board_new(&config);
    assert_true(board_finish_setup(b, &boot));
    assert_int_equal(run(b), 0);
    assert_int_equal(hart_steps(board_hart(b, 0)) + hart_steps(board_hart(b, 1)), 123457);
    board_free(b);
}

static void test_code_pages(void **state)
{
    (void)state;
    static const struct line script[] = {
        {CODE,  RAM_BASE,     0, 0},
        {STORE, RAM_BASE + 8, 4, 1},
        {STORE, RAM_BASE + 8, 4, 2},
        PASS,
        {END,   0,            0, 0}
    };
    static const struct line other[] = {
        {END, 0, 0, 0}
    };
    scripts[0] = script;
    scripts[1] = other;
    struct board *b = make(2);
    assert_int_equal(run(b), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(puppet(board_hart(b, i))->stores_forgotten, 1);
        assert_int_equal(puppet(board_hart(b, i))->code_forgotten,
                         1); /* the page is plain again after it */
    }
    hold_code(board_hart(b, 0), RAM_BASE + PAGE_SIZE);
    u8 byte = 0;
    board_write(b, RAM_BASE + PAGE_SIZE - 1, &byte, 1);
    assert_int_equal(puppet(board_hart(b, 1))->code_forgotten, 1);
    board_write(b, RAM_BASE + PAGE_SIZE, &byte, 1);
    assert_int_equal(puppet(board_hart(b, 1))->code_forgotten, 2);
    board_free(b);
}

/* The virtio entropy device, driven by hand, writes 600 bytes across the end of a page of code: its
 * blocks go, and so do reservations. (VIRTIO 1.2: 4.2.2, 2.7.5, 2.7.6) */
static void test_device_writes_code_pages(void **state)
{
    (void)state;
    enum { QUEUE = 0x8000, SLOT = 0x10001000 };
    static const struct line script[] = {
        {CODE,  RAM_BASE + PAGE_SIZE,         0, 0                              },
        {STORE, RAM_BASE + QUEUE,             8, RAM_BASE + PAGE_SIZE - 100     }, /* descriptor */
        {STORE, RAM_BASE + QUEUE + 8,         8, 600 | 2ull << 32               }, /* WRITE */
        {STORE, RAM_BASE + QUEUE + 0x100 + 2, 2, 1                              },
        {STORE, SLOT + 0x24,                  4, 1                              }, /* VERSION_1 */
        {STORE, SLOT + 0x20,                  4, 1                              },
        {STORE, SLOT + 0x70,                  4, 11                             },
        {STORE, SLOT + 0x38,                  4, 1                              },
        {STORE, SLOT + 0x80,                  4, (u32)(RAM_BASE + QUEUE)        },
        {STORE, SLOT + 0x90,                  4, (u32)(RAM_BASE + QUEUE + 0x100)},
        {STORE, SLOT + 0xa0,                  4, (u32)(RAM_BASE + QUEUE + 0x200)},
        {STORE, SLOT + 0x44,                  4, 1                              },
        {STORE, SLOT + 0x70,                  4, 15                             },
        {STORE, SLOT + 0x50,                  4, 0                              },
        {LOAD,  SLOT + 0x70,                  4, 0                              },
        PASS,
        {END,   0,                            0, 0                              }
    };
    static const struct board_boot boot = {.entry = RAM_BASE};
    const struct board_config config = {.harts = 1, .ram_size = BIT(24), .isa = &isa, .rng = true};
    scripts[0] = script;
    event_count = 0;
    struct board *b = board_new(&config);
    assert_true(board_finish_setup(b, &boot));
    const struct puppet *p = puppet(board_hart(b, 0));
    assert_int_equal(run(b), 0);
    assert_int_equal(events[0].value, 15);
    u32 used[3];
    assert_true(board_read(b, RAM_BASE + QUEUE + 0x200, used, sizeof used));
    assert_int_equal(used[0] >> 16, 1);
    assert_int_equal(used[2], 600);
    assert_int_equal(p->code_forgotten, 1);
    assert_true(p->reservations_lost > 0);
    u64 bytes[2];
    assert_true(board_read(b, RAM_BASE + PAGE_SIZE - 100 + 592, bytes, sizeof bytes));
    assert_int_not_equal(bytes[0], 0);
    assert_int_equal(bytes[1], 0);
    board_free(b);
}

static bool reload(void *arg, struct board *b)
{
    static const u64 image = 0x1234;
    ++*(unsigned *)arg;
    scripts[0] = scripts[1]; /* what the first hart does after the reset */
    return board_write(b, RAM_BASE, &image, 8);
}

static void test_reset(void **state)
{
    (void)state;
    static const struct line script[] = {
        {STORE, RAM_BASE, 8, 0     },
        {STORE, MSIP(0),  4, 1     },
        {STORE, FINISHER, 4, 0x7777},
        {END,   0,        0, 0     }
    };
    static const struct line after[] = {
        {LOAD,  MSIP(0),  4, 0      },
        {STORE, FINISHER, 4, 0x73333},
        {END,   0,        0, 0      }
    };
    unsigned reloads = 0;
    const struct board_config config = {.harts = 1, .ram_size = BIT(24), .isa = &isa};
    const struct board_boot boot = {.entry = RAM_BASE, .reload = reload, .reload_arg = &reloads};
    scripts[0] = script;
    scripts[1] = after;
    event_count = 0;
    struct board *b = board_new(&config);
    assert_true(board_finish_setup(b, &boot));
    assert_int_equal(run(b), 7);
    assert_int_equal(reloads, 1);
    assert_int_equal(events[0].value, 0);
    u64 word;
    board_read(b, RAM_BASE, &word, 8);
    assert_int_equal(word, 0x1234);
    board_free(b);
}

static void test_claims(void **state)
{
    (void)state;
    static const struct line script[] = {
        {END, 0, 0, 0}
    };
    scripts[0] = script;
    const struct board_config config = {.harts = 1, .ram_size = BIT(24), .isa = &isa};
    struct board *b = board_new(&config);
    u64 end = RAM_BASE + BIT(24);
    assert_true(board_claim(b, "a", RAM_BASE, 0x1000));
    assert_false(board_claim(b, "b", RAM_BASE + 0xfff, 1));
    assert_true(board_claim(b, "empty", RAM_BASE, 0));
    assert_false(board_claim(b, "c", end - 1, 2));
    assert_false(board_claim(b, "d", RAM_BASE - 1, 1));
    assert_int_equal(board_find_room(b, 0x1000, 0x1000, ~0ull), end - 0x1000);
    assert_true(board_claim(b, "e", end - 0x800, 0x800));
    assert_int_equal(board_find_room(b, 0x1000, 0x1000, ~0ull), end - 0x2000);
    assert_int_equal(board_find_room(b, BIT(24) - 0x1800, 8, ~0ull), RAM_BASE + 0x1000);
    assert_int_equal(board_find_room(b, BIT(24) - 0x17ff, 1, ~0ull), 0);
    assert_int_equal(board_find_room(b, 16, 8, RAM_BASE + 0x2000), RAM_BASE + 0x1ff0);
    board_free(b);
}

static void test_bad_configurations(void **state)
{
    (void)state;
    struct board_config config = {.harts = 0, .ram_size = BIT(24), .isa = &isa};
    assert_null(board_new(&config));
    config.harts = BOARD_HARTS_MAX + 1;
    assert_null(board_new(&config));
    config.harts = 1;
    config.ram_size = 4095;
    assert_null(board_new(&config));
    config.ram_size = BIT(63) + PAGE_SIZE;
    assert_null(board_new(&config));
    config.ram_size = BIT(63);
    struct board *b = board_new(&config);
    assert_non_null(b);
    board_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset_vector),
        cmocka_unit_test(test_unmapped),
        cmocka_unit_test(test_time_is_steps),
        cmocka_unit_test(test_timer_comes_at_its_step),
        cmocka_unit_test(test_alarm),
        cmocka_unit_test(test_slice_ends_at_the_deadline),
        cmocka_unit_test(test_own_timer_wakes),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_interprocessor_interrupt),
        cmocka_unit_test(test_nothing_can_wake),
        cmocka_unit_test(test_trap_loop),
        cmocka_unit_test(test_input_from_a_file),
        cmocka_unit_test(test_step_limit),
        cmocka_unit_test(test_code_pages),
        cmocka_unit_test(test_device_writes_code_pages),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_bad_configurations),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
