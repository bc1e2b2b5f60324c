/* LIST VAR again and again on one kept connection, through NUT's own libupsclient.
 *
 *   libupsclient_client PORT UPS REQUESTS
 *
 * Writes one JSON object: requests, items of the last list, seconds, CPU seconds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <upsclient.h>

static double monotonic(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* How many items the list has; ends the program on an error. */
static int list(UPSCONN_t *ups, const char *name)
{
    const char *query[] = {"VAR", name};
    char **answer;
    size_t words;
    int items = 0;
    if (upscli_list_start(ups, 2, query) < 0) {
        fprintf(stderr, "libupsclient_client: %s\n", upscli_strerror(ups));
        exit(1);
    }
    while (upscli_list_next(ups, 2, query, &words, &answer) == 1)
        items++;
    return items;
}

int main(int argc, char **argv)
{
    static UPSCONN_t ups;
    if (argc != 4 || upscli_connect(&ups, "127.0.0.1", (uint16_t)atoi(argv[1]), 0) < 0) {
        fprintf(stderr, "usage: libupsclient_client PORT UPS REQUESTS (or no connection)\n");
        return 1;
    }
    int requests = atoi(argv[3]), items = list(&ups, argv[2]);
    double began = monotonic(), used = cpu();
    for (int i = 0; i < requests; i++)
        items = list(&ups, argv[2]);
    printf("{\"requests\": %d, \"items\": %d, \"seconds\": %.6f, \"cpu\": %.6f}\n", requests, items, monotonic() - began,
           cpu() - used);
    upscli_disconnect(&ups);
    return 0;
}
