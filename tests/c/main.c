/* Calls the functions of lib.go from several threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib.h"

static int wrong;

#define CHECK(condition) ((condition) ? (void)0 : (void)(wrong++, printf("line %d: %s\n", __LINE__, #condition)))

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++)
        Count(4);
    return NULL;
}

static void *put(void *unused)
{
    (void)unused;
    for (int i = 0; i < 100; i++)
        Put(i);
    return NULL;
}

int main(int argc, char **argv)
{
    (void)argv;
    CHECK(Start() == 5);
    CHECK(Add(40, 2) == 42);
    CHECK(Mixed(-1, 2, 0.5f, 0.25, 0, 3, 4) == 8.75);
    CHECK(Mixed(-1, 2, 0.5f, 0.25, 1, 3, 4) == -8.75);

    GoString s = { "hello", 5 };
    struct Spread_return r = Spread(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, s);
    CHECK(r.r0 == 55 && strcmp(r.r1, "HELLO") == 0 && r.r2 == 5);
    free(r.r1);

    GoInt32 numbers[] = { 1, 2, 3, 4 };
    struct Sum_values values = { numbers, 4 };
    CHECK(Sum(values) == 10);
    values.len = 0;
    values.data = NULL;
    CHECK(Sum(values) == 0);
    char buffer[16] = "";
    struct Fill_buf buf = { buffer, 15 };
    Fill(buf, 'x');
    CHECK(strcmp(buffer, "xxxxxxxxxxxxxxx") == 0);

    CHECK(Garbage(20000) == 1990000);

    char *text = Recovered(3);
    CHECK(strcmp(text, "runtime error: index out of range [3] with length 3") == 0);
    free(text);

    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, i < 3 ? count : put, NULL);
    long sum = 0;
    for (int i = 0; i < 100; i++)
        sum += Take();
    CHECK(sum == 4950);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK(Count(0) == 600);

    if (argc > 1) {
        struct Sum_values bad = { NULL, 3 };
        Sum(bad);
    }
    printf("%s\n", wrong ? "wrong" : "ok");
    return wrong != 0;
}
