/* Tests run in processes of their own kind: workers, forked from this one, each of which takes the
 * next test that nobody has taken until there is none left. So nothing that one test does to the
 * simulator, a crash included, outlives its worker; and a worker lives for thousands of tests, so
 * that a fork costs none of them anything. What they find out lies in memory that all share. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, sigtimedwait */
#include "platform/suite.h"

#include "platform/message.h"
#include "platform/suite_find.h"
#include "platform/suite_report.h"
#include "platform/suite_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_PASSED = 0, STATUS_FAILED = 1, STATUS_BAD = 2 };
enum { TICK_NS = 50000000, PRINTED_MAX = 64 << 20 /* bytes, by one test */ };

#define NO_TEST (~0u)

struct worker {
    pid_t pid;     /* 0: there is none */
    FILE *printed; /* its stdout and stderr; outlives it */
    bool overdue;  /* we have killed it for that */
};

/* What a worker tells, at any time. */
struct news {
    _Atomic unsigned test; /* that it is at, or NO_TEST */
    _Atomic u64 since;     /* ns, when it began */
};

struct suite {
    const struct options *options;
    struct suite_list list;
    struct report report;
    struct worker *workers;
    unsigned worker_count;
    bool broken; /* a worker died between two tests */

    /* shared */
    _Atomic unsigned *next; /* the first test that nobody has taken */
    struct news *news;      /* one for each worker */
    struct verdict *verdicts;
};

static u64 now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

static double seconds_since(u64 start)
{
    return (double)(now_ns() - start) / 1e9;
}

/* ---- in a worker ---- */

/* The end of what was printed, from the beginning of a line if there is one. */
static void take_printed(struct verdict *v, FILE *printed)
{
    int fd = fileno(printed);
    off_t size = lseek(fd, 0, SEEK_END), room = sizeof v->output - 1;
    off_t from = size > room ? size - room : 0;
    ssize_t n = pread(fd, v->output, (size_t)room, from);
    v->output[n > 0 ? n : 0] = 0;
    char *line = from ? strchr(v->output, '\n') : NULL;
    if (line) memmove(v->output, line + 1, strlen(line));
}

static void forget_printed(FILE *printed)
{
    int fd = fileno(printed);
    if (ftruncate(fd, 0) == 0) lseek(fd, 0, SEEK_SET);
}

static void run_test(const struct suite *s, const struct worker *w, unsigned index)
{
    struct verdict *v = &s->verdicts[index];
    u64 start = now_ns();
    enum verdict_kind kind = suite_test_run(v, s->options, &s->list.tests[index]);
    fflush(stdout);
    if (kind == VERDICT_FAIL) take_printed(v, w->printed);
    forget_printed(w->printed);
    v->seconds = seconds_since(start);
    atomic_store(&v->kind, kind);
}

/* No input; what is printed goes to the worker's file, and no more than fits a disk. */
static bool redirect(const struct worker *w)
{
    const struct rlimit limit = {PRINTED_MAX, PRINTED_MAX};
    signal(SIGXFSZ, SIG_IGN); /* then the write fails */
    setrlimit(RLIMIT_FSIZE, &limit);
    int null = open("/dev/null", O_RDONLY);
    return null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
           dup2(fileno(w->printed), STDOUT_FILENO) >= 0 &&
           dup2(fileno(w->printed), STDERR_FILENO) >= 0;
}

static void work(const struct suite *s, const struct worker *w, struct news *news, pid_t parent)
{
    while (getppid() == parent) { /* nobody wants to know otherwise */
        atomic_store(&news->since, now_ns());
        unsigned index = atomic_fetch_add(s->next, 1);
        if (index >= s->list.count) return;
        atomic_store(&news->test, index);
        run_test(s, w, index);
        atomic_store(&news->test, NO_TEST);
    }
}

/* ---- in the parent ---- */

static bool start_worker(struct suite *s, unsigned k)
{
    struct worker *w = &s->workers[k];
    pid_t parent = getpid();
    if (!w->printed && !(w->printed = tmpfile()))
        return complain("no temporary file for a test's output: %s", strerror(errno));
    atomic_store(&s->news[k].test, NO_TEST);
    forget_printed(w->printed);
    fflush(NULL); /* or the worker would write it again */
    w->overdue = false;
    w->pid = fork();
    if (w->pid < 0) {
        w->pid = 0;
        return complain("no process for a worker: %s", strerror(errno));
    }
    if (w->pid == 0) {
        if (!redirect(w)) _Exit(STATUS_BAD);
        work(s, w, &s->news[k], parent);
        exit(0);
    }
    return true;
}

/* Workers could not be started, or were killed where they cannot be. */
static void blame_rest(const struct suite *s)
{
    for (unsigned k = 0; k < s->list.count; k++) {
        struct verdict *v = &s->verdicts[k];
        if (v->kind != VERDICT_NONE) continue;
        snprintf(v->reason, REASON_MAX, "not run: there was no process for it");
        atomic_store(&v->kind, VERDICT_FAIL);
    }
}

/* How it ended, as a reason. */
static void describe_end(char *reason, int status)
{
    if (WIFSIGNALED(status))
        snprintf(reason, REASON_MAX, "the simulator crashed: signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(reason, REASON_MAX, "the simulator gave up with exit status %d",
                 WEXITSTATUS(status));
}

/* A worker died in the middle of a test: that is this test's verdict. */
static void blame(const struct suite *s, const struct worker *w, unsigned index, int status)
{
    struct verdict *v = &s->verdicts[index];
    describe_end(v->reason, status);
    if (w->overdue)
        snprintf(v->reason, REASON_MAX, "timeout: no end after %u seconds",
                 s->options->suite.timeout);
    take_printed(v, w->printed);
    v->ran = false; /* where it was died with it */
    atomic_store(&v->kind, VERDICT_FAIL);
}

static void bury(struct suite *s, unsigned k, int status)
{
    struct worker *w = &s->workers[k];
    unsigned test = atomic_load(&s->news[k].test);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (test != NO_TEST && s->verdicts[test].kind == VERDICT_NONE) {
        s->verdicts[test].seconds = seconds_since(atomic_load(&s->news[k].since));
        blame(s, w, test, status);
    } else if (!good) {
        char reason[REASON_MAX];
        describe_end(reason, status);
        s->broken = true;
        complain("between two tests, %s", reason);
    }
    w->pid = 0;
    if (!good && atomic_load(s->next) < s->list.count) start_worker(s, k);
}

/* See which workers have ended; true while there are any. */
static bool look_after(struct suite *s)
{
    bool any = false;
    for (unsigned k = 0; k < s->worker_count; k++) {
        int status;
        if (s->workers[k].pid && waitpid(s->workers[k].pid, &status, WNOHANG) > 0)
            bury(s, k, status);
        any |= s->workers[k].pid != 0;
    }
    return any;
}

static void kill_overdue(struct suite *s)
{
    u64 patience = (u64)s->options->suite.timeout * 1000000000, now = now_ns();
    for (unsigned k = 0; k < s->worker_count; k++) {
        struct worker *w = &s->workers[k];
        u64 since = atomic_load(&s->news[k].since);
        if (!w->pid || atomic_load(&s->news[k].test) == NO_TEST) continue;
        if (since >= now || now - since < patience) continue;
        w->overdue = true;
        kill(w->pid, SIGKILL);
    }
}

/* Until a worker ends, or for a while. */
static void wait_a_little(const sigset_t *ends)
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    sigtimedwait(ends, NULL, &tick);
}

static void run_all(struct suite *s)
{
    u64 start = now_ns();
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, &before);
    for (unsigned k = 0; k < s->worker_count; k++) start_worker(s, k);
    while (look_after(s)) {
        report_progress(&s->report);
        wait_a_little(&ends);
        kill_overdue(s);
    }
    blame_rest(s);
    s->report.seconds = seconds_since(start);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- memory ---- */

static void *share(size_t size)
{
    void *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static unsigned choose_worker_count(const struct suite *s)
{
    unsigned wanted = s->options->suite.jobs;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!wanted) wanted = cores > 0 ? (unsigned)cores : 1;
    return wanted < s->list.count ? wanted : s->list.count;
}

static bool make(struct suite *s)
{
    s->worker_count = choose_worker_count(s);
    s->workers = calloc(s->worker_count, sizeof *s->workers);
    s->next = share(sizeof *s->next);
    s->news = share(s->worker_count * sizeof *s->news);
    s->verdicts = share(s->list.count * sizeof *s->verdicts);
    if (!s->workers || !s->next || !s->news || !s->verdicts) return complain("out of memory");
    return true;
}

static void unmake(struct suite *s)
{
    for (unsigned k = 0; s->workers && k < s->worker_count; k++)
        if (s->workers[k].printed) fclose(s->workers[k].printed);
    free(s->workers);
    if (s->next) munmap(s->next, sizeof *s->next);
    if (s->news) munmap(s->news, s->worker_count * sizeof *s->news);
    if (s->verdicts) munmap(s->verdicts, s->list.count * sizeof *s->verdicts);
}

/* ---- all of it ---- */

static int run(struct suite *s)
{
    s->report = (struct report){.out = stdout,
                                .format = s->options->suite.format,
                                .list = &s->list,
                                .verdicts = s->verdicts};
    run_all(s);
    bool all_passed = report_end(&s->report);
    if (fflush(stdout) != 0)
        complain("the report cannot be written: %s", strerror(errno));
    else if (all_passed && !s->broken)
        return STATUS_PASSED;
    return STATUS_FAILED;
}

/* Whether what single tests ask for makes sense, before any of them runs. */
static bool options_are_good(const struct suite *s)
{
    for (unsigned k = 0; k < s->list.count; k++) {
        struct options one = *s->options;
        const char *name = s->list.tests[k].options;
        if (name && !options_add_file(&one, name)) return false;
    }
    return true;
}

int suite_run(const struct options *o)
{
    struct suite s = {.options = o};
    int status = STATUS_BAD;
    if (suite_find(&s.list, &o->suite) && options_are_good(&s)) {
        if (make(&s)) status = run(&s);
        unmake(&s);
    }
    suite_list_free(&s.list);
    return status;
}
