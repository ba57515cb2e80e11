/* measure REPORT SECONDS COMMAND...: run a command and say what it cost.
 *
 * The line "status user system wall peak" goes into the file REPORT: exit status (124 when it was
 * stopped after SECONDS, 128 + n after signal n), CPU and wall seconds with its children's, and the
 * peak of resident memory in KiB. This is a program of its own because Linux counts the memory of
 * whoever forks into the child's peak, and a scripting language has more of it than a simulator. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_TIMEOUT = 124, STATUS_CANNOT_RUN = 127, STATUS_SIGNAL = 128 };

static volatile sig_atomic_t child, timed_out;

static void stop_child(int signal)
{
    (void)signal;
    timed_out = 1;
    kill(child, SIGKILL);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static int status_of(int wait_status)
{
    if (timed_out) return STATUS_TIMEOUT;
    if (WIFSIGNALED(wait_status)) return STATUS_SIGNAL + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}

static void run(char **command)
{
    execvp(command[0], command);
    fprintf(stderr, "measure: %s: %s\n", command[0], strerror(errno));
    _exit(STATUS_CANNOT_RUN);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: measure REPORT SECONDS COMMAND...\n");
        return 2;
    }
    FILE *report = fopen(argv[1], "we");
    if (!report) {
        fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(errno));
        return 2;
    }
    double begin = now();
    child = fork();
    if (child == 0) run(argv + 3);
    signal(SIGALRM, stop_child);
    alarm((unsigned)strtoul(argv[2], NULL, 10));
    int wait_status;
    struct rusage used;
    while (wait4(child, &wait_status, 0, &used) < 0 && errno == EINTR) {
    }
    fprintf(report, "%d %.6f %.6f %.6f %ld\n", status_of(wait_status), seconds(used.ru_utime),
            seconds(used.ru_stime), now() - begin, used.ru_maxrss);
    return fclose(report) ? 2 : 0;
}
