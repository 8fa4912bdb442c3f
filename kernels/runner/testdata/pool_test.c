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

static void count(void *context, const struct rt3d_part *part) {
  struct tally *t = context;
  atomic_fetch_add(&t->calls[part->thread], 1);
  t->plain[part->thread]++;
  if (part->thread == 0) {
    t->threads_seen = part->of;
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

/* The parts follow one another, cover the work, and have the sizes that were asked for. */
static struct rt3d_part seen[MOST];

static void look(void *context, const struct rt3d_part *part) {
  (void)context;
  seen[part->thread] = *part;
}

static void divide(void) {
  const int weights[] = {5, 1, 2};
  struct rt3d_pool *pool = rt3d_pool_new(3, NULL, 0, NULL);
  for (int divided = 0; divided < 2; divided++) {
    rt3d_pool_run(pool, look, NULL);
    for (int i = 0, from = 0; i < 3; i++) {
      int size = divided ? weights[i] : 1;
      if (seen[i].thread != i || seen[i].from != from || seen[i].to != from + size) {
        fail("end of a part", 3, seen[i].to, from + size);
      }
      from = seen[i].to;
    }
    if (seen[0].of != (divided ? 8 : 3)) {
      fail("all parts", 3, seen[0].of, divided ? 8 : 3);
    }
    rt3d_pool_divide(pool, weights);
  }
  rt3d_pool_free(pool);
}

/* The thread that is `slow` takes four times as long. */
static _Thread_local int slow;

static int64_t spend(int64_t rounds) {
  volatile int64_t sum = 0;
  for (int64_t i = 0; i < rounds * (slow ? 4 : 1); i++) {
    sum += i;
  }
  return sum;
}

static void slow_down(void *context, const struct rt3d_part *part) {
  (void)context;
  slow = part->thread == 1;
}

/* Threads of one speed share equally, a slow one gets less; with one core there is nothing to learn. */
static void balance(void) {
  struct rt3d_pool *pool = rt3d_pool_new(2, NULL, 0, NULL);
  rt3d_pool_run(pool, slow_down, NULL);
  int slowest = rt3d_pool_balance(pool, spend);
  rt3d_pool_run(pool, look, NULL);
  int sizes[] = {seen[0].to - seen[0].from, seen[1].to - seen[1].from};
  printf("balance: %d %%, parts %d and %d\n", slowest, sizes[0], sizes[1]);
  if (slowest < 100 && sizes[1] >= sizes[0]) {
    fail("part of the slow thread", 2, sizes[1], sizes[0] / 4);
  }
  rt3d_pool_free(pool);
}

int main(int argc, char **argv) {
  int calls = argc > 1 ? atoi(argv[1]) : 1000;
  for (int threads = 1; threads <= 8; threads++) {
    stress(threads, calls);
  }
  stress(MOST, calls / 10);
  divide();
  balance();
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
