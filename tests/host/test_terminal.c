/* The console: files, pipes, a tty with its escapes, output that fails. Each case runs in a child
 * process that has what it needs as stdin and stdout. */
#define _GNU_SOURCE
#include "platform/terminal.h"

#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

/* Run body in a child on these descriptors; its exit status, or 128 + the signal that ended it. */
static int run_child(int in, int out, int (*body)(void))
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        _exit(body());
    }
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int open_text(const char *text)
{
    FILE *f = tmpfile();
    fputs(text, f);
    rewind(f);
    return fileno(f);
}

/* Copies all input to output. */
static int copy(void)
{
    struct terminal *t = terminal_new(false);
    int byte;
    terminal_start(t);
    while (terminal_open(t) && !terminal_quit(t)) {
        terminal_poll(t);
        while ((byte = terminal_get(t)) >= 0) terminal_put(t, (u8)byte);
        if (terminal_live(t)) terminal_wait(t, ~0ull);
    }
    int status = terminal_broken(t) ? 3 : terminal_quit(t) ? 4 : 0;
    terminal_free(t);
    return status;
}

static void test_file(void **state)
{
    (void)state;
    static char text[20000], back[20001];
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = (char)(1 + i % 97); /* Ctrl-A too */
    int out = open_text("");
    assert_int_equal(run_child(open_text(text), out, copy), 0);
    assert_int_equal(pread(out, back, sizeof back, 0), sizeof text - 1);
    assert_memory_equal(back, text, sizeof text - 1);
}

static void test_dev_null(void **state)
{
    (void)state;
    int null = open("/dev/null", O_RDWR);
    assert_int_equal(run_child(null, null, copy), 0);
    close(null);
}

static int never_blocks(void)
{
    struct terminal *t = terminal_new(false);
    terminal_start(t);
    terminal_poll(t);
    if (terminal_get(t) != -1 || !terminal_live(t) || terminal_pending(t)) return 1;
    terminal_wait(t, 1000);
    terminal_free(t);
    return 0;
}

static void test_silent_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(run_child(ends[0], open_text(""), never_blocks), 0);
    close(ends[0]);
    close(ends[1]);
}

static void test_pipe(void **state)
{
    (void)state;
    int ends[2], out = open_text("");
    char back[8];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "hello\n", 6), 6);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    close(ends[1]);
    assert_int_equal(run_child(ends[0], out, copy), 0);
    assert_int_equal(pread(out, back, sizeof back, 0), 6);
    assert_memory_equal(back, "hello\n", 6);
    close(ends[0]);
}

static void test_closed_output(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    int null = open("/dev/null", O_WRONLY), errors = dup(STDERR_FILENO);
    dup2(null, STDERR_FILENO);
    int status = run_child(open_text("lost\n"), ends[1], copy);
    dup2(errors, STDERR_FILENO);
    assert_int_equal(status, 3); /* not killed by SIGPIPE */
    close(ends[1]);
}

static int unget(void)
{
    struct terminal *t = terminal_new(false);
    terminal_start(t);
    terminal_poll(t);
    int a = terminal_get(t), b = terminal_get(t);
    terminal_unget(t, (u8)b);
    terminal_unget(t, (u8)a);
    char word[] = {(char)terminal_get(t), (char)terminal_get(t), (char)terminal_get(t), 0};
    terminal_free(t);
    return strcmp(word, "abc") != 0;
}

static void test_unget(void **state)
{
    (void)state;
    assert_int_equal(run_child(open_text("abc"), open_text(""), unget), 0);
}

/* ---- a tty ---- */

/* Start copy in a new session on a pseudo-terminal; the master side. */
static int start_on_tty(pid_t *child)
{
    int master;
    fflush(NULL);
    *child = forkpty(&master, NULL, NULL, NULL);
    if (*child == 0) _exit(copy());
    return master;
}

/* Wait until the child has made the tty raw. */
static bool wait_until_raw(int master)
{
    struct termios mode;
    for (int i = 0; i < 1000; i++) {
        if (tcgetattr(master, &mode) == 0 && !(mode.c_lflag & ICANON)) return true;
        usleep(5000);
    }
    return false;
}

static bool is_cooked(int master)
{
    struct termios mode;
    return tcgetattr(master, &mode) == 0 && mode.c_lflag & ICANON && mode.c_lflag & ECHO;
}

static int end_of(pid_t child)
{
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Read from the tty until the text has come. */
static bool comes(int master, const char *text)
{
    static char seen[4096];
    size_t count = 0;
    while (count < sizeof seen - 1) {
        ssize_t n = read(master, seen + count, sizeof seen - 1 - count);
        if (n <= 0) return false;
        count += (size_t)n;
        seen[count] = 0;
        if (strstr(seen, text)) return true;
    }
    return false;
}

static void test_tty(void **state)
{
    (void)state;
    pid_t child;
    int master = start_on_tty(&child);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY); /* keeps the mode readable to the end */
    assert_true(wait_until_raw(master));
    assert_int_equal(write(master, "a\003\001\001b", 5), 5); /* Ctrl-C is a byte like any other */
    assert_true(comes(master, "a\003\001b"));
    assert_int_equal(write(master, "\001h", 2), 2);
    assert_true(comes(master, "Ctrl-A x"));
    assert_int_equal(write(master, "\001x", 2), 2);
    assert_int_equal(end_of(child), 4);
    assert_true(is_cooked(master));
    close(slave);
    close(master);
}

static void test_signal_restores_the_tty(void **state)
{
    (void)state;
    pid_t child;
    int master = start_on_tty(&child);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(wait_until_raw(master));
    kill(child, SIGTERM);
    assert_int_equal(end_of(child), 128 + SIGTERM);
    assert_true(is_cooked(master));
    close(slave);
    close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),          cmocka_unit_test(test_dev_null),
        cmocka_unit_test(test_silent_pipe),   cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_closed_output), cmocka_unit_test(test_unget),
        cmocka_unit_test(test_tty),           cmocka_unit_test(test_signal_restores_the_tty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
