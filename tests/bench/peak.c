/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peak PROGRAM ARGUMENT...: runs it and prints on standard error, last of all, the most memory that it held (ru_maxrss, kB). Linux
 * counts what a process held before exec too, so a large parent such as Python cannot measure a small child itself.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status = 0;
    pid_t child = argc > 1 ? fork() : -1;
    if (child == 0) {
        (void)execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return 1;
    (void)fprintf(stderr, "%ld\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
