/* Modem lines for a pseudo-terminal, which has none: preloaded, it answers the ioctls that read and write them.
 *
 * LINES_IN is a file with the lines that are on, as the hexadecimal number that TIOCMGET gives; LINES_OUT is where every
 * switching is noted: SET, ON or OFF and the lines, BREAK. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

static int noted(const char *what, int lines)
{
    FILE *file = fopen(getenv("LINES_OUT"), "a");
    if (file) {
        fprintf(file, "%s %x\n", what, lines);
        fclose(file);
    }
    return 0;
}

static int lines_in(void)
{
    int lines = 0;
    FILE *file = fopen(getenv("LINES_IN"), "r");
    if (file) {
        if (fscanf(file, "%x", &lines) != 1)
            lines = 0;
        fclose(file);
    }
    return lines;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    switch (request) {
    case TIOCMGET:
        *(int *)argument = lines_in();
        return 0;
    case TIOCMSET:
        return noted("SET", *(int *)argument);
    case TIOCMBIS:
        return noted("ON", *(int *)argument);
    case TIOCMBIC:
        return noted("OFF", *(int *)argument);
    case TIOCSBRK:
        return noted("BREAK", 0);
    case TIOCCBRK:
        return 0;
    }
    int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
}

int tcsendbreak(int fd, int duration)
{
    (void)fd;
    (void)duration;
    return noted("BREAK", 0);
}
