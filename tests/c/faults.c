/* Faults of C code beside Go: C's handlers see them, or the system's default action follows. The argument says which. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib.h"

static int wrong;

#define CHECK(condition) ((condition) ? (void)0 : (void)(wrong++, printf("line %d: %s\n", __LINE__, #condition)))

static __thread sigjmp_buf back;
static __thread char *alternate;
static volatile int seen, blocked, plain;
static void *volatile where;
static volatile int on_alternate;

enum { SIZE = 64 << 10 };

static void handle(int signal, siginfo_t *info, void *context)
{
    (void)context;
    char here;
    seen = signal;
    where = info->si_addr;
    on_alternate = alternate && &here >= alternate && &here < alternate + SIZE;
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    blocked = sigismember(&mask, SIGUSR1);
    siglongjmp(back, 1);
}

static void handle_plain(int signal)
{
    plain = signal;
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = flags | SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaction(signal, &action, NULL);
}

static volatile int *volatile bad = (int *)0x40;

static void touch(void)
{
    if (sigsetjmp(back, 1) == 0) {
        *bad = 1;
        CHECK(!"the write returns");
    }
}

static int deep(volatile char *from)
{
    volatile char room[4096];
    room[0] = *from;
    return from[1] == 7 ? 0 : deep(room) + room[0];
}

/* A thread with a stack for handlers runs out of its own. */
static void *overflow(void *unused)
{
    (void)unused;
    alternate = malloc(SIZE);
    stack_t stack = { .ss_sp = alternate, .ss_size = SIZE };
    sigaltstack(&stack, NULL);
    CHECK(Add(1, 2) == 3);
    char c = 0;
    if (sigsetjmp(back, 1) == 0)
        deep(&c);
    CHECK(seen == SIGSEGV && on_alternate);
    CHECK(Add(3, 4) == 7);
    return NULL;
}

static void nil(void)
{
    char *text = Nil();
    CHECK(strcmp(text, "runtime error: invalid memory address or nil pointer dereference") == 0);
    free(text);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int ends[2];
    if (pipe(ends) != 0)
        return 3;
    close(ends[0]);
    if (strcmp(what, "handlers") == 0) {
        install(SIGSEGV, handle, SA_ONSTACK);
        signal(SIGFPE, handle_plain);
        signal(SIGPIPE, handle_plain);
        nil();
        touch();
        CHECK(seen == SIGSEGV && where == (void *)0x40 && blocked && !on_alternate);
        sigset_t mask;
        pthread_sigmask(SIG_BLOCK, NULL, &mask);
        CHECK(!sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGUSR1));
        nil();
        raise(SIGFPE);
        CHECK(plain == SIGFPE);
        CHECK(Broken(ends[1]) && plain == SIGFPE);
        if (write(ends[1], "x", 1) > 0)
            return 3;
        CHECK(plain == SIGPIPE);
        pthread_t thread;
        pthread_create(&thread, NULL, overflow, NULL);
        pthread_join(thread, NULL);
        seen = 0;
        touch();
        CHECK(seen == SIGSEGV);
        nil();
        printf("%s\n", wrong ? "wrong" : "ok");
        return wrong != 0;
    }
    nil();
    if (strcmp(what, "fault") == 0)
        *bad = 1;
    if (strcmp(what, "pipe") == 0 && write(ends[1], "x", 1) > 0)
        return 3;
    return 0;
}
