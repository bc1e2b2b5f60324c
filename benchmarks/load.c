/* The load on a NUT server: many connections on one epoll, each with one request under way at a time.
 *
 *   load keep      -p PORT -c CONNECTIONS -t SECONDS [-n REQUESTS] -r LINE [-r LINE ...]
 *   load churn     -p PORT -c CONNECTIONS -t SECONDS [-n REQUESTS] -r LINE
 *   load subscribe -p PORT -c CONNECTIONS -t SECONDS -n EVENTS -r LINE -v VARIABLE
 *   load hold      -p PORT -c CONNECTIONS -r LINE
 *
 * keep asks the lines in turn on kept connections; churn connects, asks, says LOGOUT and waits for the end of the
 * connection, for each request; subscribe sends LINE once and then takes NOTIFY lines in which VARIABLE's value is a
 * CLOCK_MONOTONIC stamp in nanoseconds; hold asks once on each connection and keeps them until its standard input ends.
 * A run ends after SECONDS or REQUESTS, whichever comes first.
 *
 * Writes "ready" when all are connected, then one JSON object: counts, seconds, its own CPU seconds, microseconds of
 * latency. Anything unexpected ends it with a message and status 1. For loopback: it connects to 127.0.0.1 alone.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 32768, LINES = 16, EVENTS = 512, SAMPLES = 1 << 22, STAMPS = 65536 };
enum step { ASKED, LEAVING };

struct connection {
    int fd, next_line;
    enum step step;
    int64_t asked;
    size_t have;
    char in[BUFFER];
};

struct event { /* one stamped change: how many connections have it, and when the last one got it */
    int64_t stamp, last;
    int arrived;
};

static int port, count = 1, lines;
static char *line[LINES];
static size_t line_length[LINES];
static const char *variable = "";
static double seconds = 1;
static int64_t limit = INT64_MAX, done, started;
static uint32_t *sample;
static size_t samples;
static struct event *stamped;
static int stamps;
static int poller;

static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void take_sample(int64_t nanoseconds)
{
    if (samples < SAMPLES)
        sample[samples++] = (uint32_t)(nanoseconds / 100);
}

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void say(int fd, const char *text, size_t length)
{
    if (send(fd, text, length, MSG_NOSIGNAL) != (ssize_t)length)
        die("send: %s", strerror(errno));
}

/* A reply is whole when it ends a line, and for a list when that line is its END. Nothing is pipelined. */
static int whole(const char *in, size_t have)
{
    if (have == 0 || in[have - 1] != '\n')
        return 0;
    if (have < 5 || memcmp(in, "BEGIN", 5))
        return 1;
    const char *end = memrchr(in, '\n', have - 1);
    return end && !strncmp(end + 1, "END LIST", 8);
}

/* Ask one thing on a fresh connection and wait for the answer, so that the server has it in its books. */
static void ask_once(int fd)
{
    char in[BUFFER];
    size_t have = 0;
    say(fd, line[0], line_length[0]);
    while (!whole(in, have)) {
        ssize_t got = recv(fd, in + have, sizeof in - have, 0);
        if (got <= 0)
            die("no answer to the first request: %s", got ? strerror(errno) : "closed");
        have += got;
    }
    if (!strncmp(in, "ERR", 3))
        die("the server answers %.*s", (int)have, in);
}

static void watch(struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0)
        die("epoll: %s", strerror(errno));
}

static void ask(struct connection *c)
{
    int at = c->next_line;
    c->next_line = at + 1 == lines ? 0 : at + 1;
    c->step = ASKED;
    c->have = 0;
    say(c->fd, line[at], line_length[at]);
}

static void begin(struct connection *c, int churn)
{
    c->asked = now();
    if (churn) {
        c->fd = dial();
        watch(c);
    }
    ask(c);
}

static void finish(struct connection *c, int churn)
{
    take_sample(now() - c->asked);
    done++;
    begin(c, churn);
}

static void answered(struct connection *c, int churn)
{
    if (churn) {
        if (c->step == LEAVING) /* the goodbye; the end of the connection follows */
            return;
        c->step = LEAVING;
        c->have = 0;
        say(c->fd, "LOGOUT\n", 7);
    } else
        finish(c, 0);
}

static void note(const char *text)
{
    int64_t arrival = now(), stamp = atoll(text);
    int at = stamps;
    while (at > 0 && stamped[at - 1].stamp != stamp)
        at--;
    if (at == 0) {
        if (stamps == STAMPS)
            return;
        at = ++stamps;
        stamped[at - 1].stamp = stamp;
    }
    struct event *event = &stamped[at - 1];
    take_sample(arrival - stamp);
    event->last = arrival;
    if (++event->arrived == count)
        done++;
}

static void notified(struct connection *c)
{
    size_t width = strlen(variable);
    char *start = c->in, *end;
    while ((end = memchr(start, '\n', c->in + c->have - start))) {
        char *found = memmem(start, end - start, variable, width);
        if (found && !strncmp(start, "NOTIFY ", 7))
            note(found + width + 2);
        start = end + 1;
    }
    c->have -= start - c->in;
    memmove(c->in, start, c->have);
}

static void receive(struct connection *c, int churn)
{
    ssize_t got = recv(c->fd, c->in + c->have, BUFFER - c->have, 0);
    if (got <= 0) {
        if (!churn || c->step != LEAVING)
            die("lost a connection: %s", got ? strerror(errno) : "closed");
        close(c->fd);
        finish(c, 1);
        return;
    }
    c->have += got;
    if (*variable)
        notified(c);
    else if (whole(c->in, c->have))
        answered(c, churn);
    if (c->have == BUFFER)
        die("an answer of more than %d bytes", BUFFER);
}

static int ascending(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

static void report_spread(const char *name, uint32_t *values, size_t number)
{
    qsort(values, number, sizeof *values, ascending);
    for (int i = 0; i < 3; i++) {
        static const int percent[] = {50, 99, 100};
        size_t at = number * percent[i] / 100;
        double value = number ? values[at < number ? at : number - 1] / 10.0 : 0;
        printf(", \"%s_p%d\": %.1f", name, percent[i], value);
    }
}

static void report(int64_t ended, double cpu)
{
    printf("{\"requests\": %lld, \"seconds\": %.6f, \"cpu\": %.6f", (long long)done, (ended - started) / 1e9, cpu);
    report_spread("us", sample, samples);
    if (*variable) {
        size_t number = 0;
        for (int i = 0; i < stamps; i++)
            if (stamped[i].arrived == count)
                sample[number++] = (uint32_t)((stamped[i].last - stamped[i].stamp) / 100);
        report_spread("last_us", sample, number);
        printf(", \"events\": %d", stamps);
    }
    puts("}");
}

static double own_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void run(struct connection *all, int churn)
{
    double cpu = own_cpu();
    started = now();
    int64_t deadline = started + (int64_t)(seconds * 1e9);
    if (!*variable)
        for (int i = 0; i < count; i++)
            begin(&all[i], churn);
    struct epoll_event ready[EVENTS];
    int64_t time = started;
    while (done < limit && time < deadline) {
        int number = epoll_wait(poller, ready, EVENTS, (int)((deadline - time) / 1000000) + 1);
        for (int i = 0; i < number; i++)
            receive(ready[i].data.ptr, churn);
        time = now();
    }
    report(now(), own_cpu() - cpu);
}

static void options(int argc, char **argv)
{
    int letter;
    while ((letter = getopt(argc, argv, "p:c:t:n:r:v:")) != -1) {
        switch (letter) {
        case 'p': port = atoi(optarg); break;
        case 'c': count = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'n': limit = atoll(optarg); break;
        case 'v': variable = optarg; break;
        case 'r':
            if (lines == LINES)
                die("more than %d lines", LINES);
            line_length[lines] = asprintf(&line[lines], "%s\n", optarg);
            lines++;
            break;
        default: die("see the top of load.c");
        }
    }
    if (!port || !lines || count < 1 || seconds > 60)
        die("-p, -c and -r are needed; -t is at most 60");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        die("see the top of load.c");
    const char *mode = argv[1];
    options(argc - 1, argv + 1);
    int churn = !strcmp(mode, "churn"), hold = !strcmp(mode, "hold");
    poller = epoll_create1(0);
    sample = malloc(SAMPLES * sizeof *sample);
    stamped = calloc(STAMPS, sizeof *stamped);
    struct connection *all = hold ? NULL : calloc(count, sizeof *all);
    for (int i = 0; hold && i < count; i++)
        ask_once(dial());
    for (int i = 0; i < count && !hold && !churn; i++) {
        all[i].fd = dial();
        if (!*variable)
            ask_once(all[i].fd);
        watch(&all[i]);
        if (*variable)
            ask(&all[i]);
    }
    if (*variable) /* the snapshots are not part of it */
        for (int i = 0; i < count; i++) {
            while (!memmem(all[i].in, all[i].have, "DUMPDONE\n", 9)) {
                ssize_t got = recv(all[i].fd, all[i].in + all[i].have, BUFFER - all[i].have, 0);
                if (got <= 0)
                    die("no snapshot");
                all[i].have += got;
            }
            all[i].have = 0;
        }
    puts("ready");
    fflush(stdout);
    char byte;
    if (hold)
        while (read(0, &byte, 1) > 0)
            ;
    else
        run(all, churn);
    return 0;
}
