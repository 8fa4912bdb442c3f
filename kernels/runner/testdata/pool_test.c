/* Stress of the pool: every index exactly once per call, for many calls, with pauses long enough
 * that threads sleep, and with more threads than cores. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rt3d_pool.h"

enum { MOST = 32 };

struct tally {
  _Atomic int calls[MOST];
  int plain[MOST]; /* written by the task, read by the caller: must be visible after the call */
  int threads_seen;
};

static void count(void *context, int thread, int threads) {
  struct tally *t = context;
  atomic_fetch_add(&t->calls[thread], 1);
  t->plain[thread]++;
  if (thread == 0) {
    t->threads_seen = threads;
  }
}

static void fail(const char *what, int threads, int got, int want) {
  printf("%d threads: %s is %d, want %d\n", threads, what, got, want);
  exit(1);
}

static void stress(int threads, int calls) {
  int pinned = -1;
  struct rt3d_pool *pool = rt3d_pool_new(threads, NULL, 0, &pinned);
  if (!pool) {
    fail("pool", threads, 0, 1);
  }
  if (pinned != 0) {
    fail("pinned without cores", threads, pinned, 0);
  }
  static struct tally t;
  t = (struct tally){.threads_seen = 0};
  for (int i = 1; i <= calls; i++) {
    rt3d_pool_run(pool, count, &t);
    if (t.threads_seen != threads) {
      fail("threads given to the task", threads, t.threads_seen, threads);
    }
    for (int j = 0; j < threads; j++) {
      if (t.plain[j] != i) {
        fail("calls of a thread", threads, t.plain[j], i);
      }
    }
    if (i % 100 == 0) {
      nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
  }
  if (rt3d_pool_threads(pool) != threads) {
    fail("rt3d_pool_threads", threads, rt3d_pool_threads(pool), threads);
  }
  rt3d_pool_free(pool);
}

int main(int argc, char **argv) {
  int calls = argc > 1 ? atoi(argv[1]) : 1000;
  for (int threads = 1; threads <= 8; threads++) {
    stress(threads, calls);
  }
  stress(MOST, calls / 10);
  /* Never used, and many in a row: starting and ending must not race. */
  for (int i = 0; i < 200; i++) {
    rt3d_pool_free(rt3d_pool_new(4, NULL, 0, NULL));
  }
  rt3d_pool_free(NULL);
  static struct tally alone;
  rt3d_pool_run(NULL, count, &alone);
  if (alone.plain[0] != 1 || alone.threads_seen != 1) {
    fail("calls without a pool", 1, alone.plain[0], 1);
  }
  if (rt3d_pool_new(0, NULL, 0, NULL)) {
    fail("pool of no threads", 0, 1, 0);
  }
  int here[] = {0}, nowhere[] = {-1}, pinned = -1;
  rt3d_pool_free(rt3d_pool_new(2, nowhere, 1, &pinned));
  if (pinned != 0) {
    fail("pinned to no core", 2, pinned, 0);
  }
  rt3d_pool_free(rt3d_pool_new(2, here, 1, &pinned));
  printf("pinned to core 0: %d\n", pinned);
  return 0;
}
