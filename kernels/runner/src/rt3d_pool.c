/* A pool of threads that stays alive between calls. Waiting threads spin for a short while, because
 * a network enters the pool once per layer and a sleep costs more than a small layer, and then
 * sleep on a condition variable, so that an idle program costs nothing. */
#define _GNU_SOURCE
#include "rt3d_pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long a thread polls before it sleeps: longer than threads wait for each other at the end of a
 * layer. */
enum { SPIN_NS = 200000, ROUNDS_PER_CLOCK = 64 };

struct worker {
  struct rt3d_pool *pool;
  pthread_t thread;
  int core; /* -1: not pinned */
  struct rt3d_part part;
};

struct rt3d_pool {
  int threads, started, spin;
  rt3d_task task;
  void *context;
  _Atomic unsigned generation; /* grows by one for every call; workers wait for it to change */
  atomic_int working;          /* workers that have not finished this generation */
  atomic_int unpinned, ready, stop;
  atomic_int sleepers, caller_sleeps;
  pthread_mutex_t lock;
  pthread_cond_t begin, end;
  struct worker worker[];
};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("isb"); /* yield takes no time on most cores */
#endif
}

static int64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One pause of a poll that began with {0}; 0 when the thread should sleep instead. */
struct poll {
  int rounds;
  int64_t end;
};

static int goes_on(const struct rt3d_pool *pool, struct poll *p) {
  if (!pool->spin) {
    return 0;
  }
  pause_briefly();
  if (++p->rounds % ROUNDS_PER_CLOCK != 0) {
    return 1;
  }
  int64_t now = nanoseconds(CLOCK_MONOTONIC);
  p->end = p->end ? p->end : now + SPIN_NS;
  return now < p->end;
}

static int pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (core < 0 || core >= CPU_SETSIZE) {
    errno = EINVAL;
    return -1;
  }
  CPU_SET((unsigned)core, &set);
  return sched_setaffinity(0, sizeof(set), &set); /* 0 is the calling thread */
}

static void wait_for_generation(struct rt3d_pool *pool, unsigned seen) {
  struct poll poll = {0};
  do {
    if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen) {
      return;
    }
  } while (goes_on(pool, &poll));
  pthread_mutex_lock(&pool->lock);
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(&pool->generation) == seen) {
    pthread_cond_wait(&pool->begin, &pool->lock);
  }
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->lock);
}

static void finish(struct rt3d_pool *pool) {
  if (atomic_fetch_sub(&pool->working, 1) == 1 && atomic_load(&pool->caller_sleeps)) {
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->end);
    pthread_mutex_unlock(&pool->lock);
  }
}

static void *work(void *argument) {
  struct worker *self = argument;
  struct rt3d_pool *pool = self->pool;
  if (self->core >= 0 && pin(self->core) != 0) {
    atomic_fetch_add(&pool->unpinned, 1);
  }
  finish(pool); /* the start counts as a task, so that rt3d_pool_new knows about the pinning */
  unsigned seen = 0;
  for (;;) {
    wait_for_generation(pool, seen);
    seen++;
    if (atomic_load(&pool->stop)) {
      return NULL;
    }
    pool->task(pool->context, &self->part);
    finish(pool);
  }
}

static void wait_for_workers(struct rt3d_pool *pool) {
  struct poll poll = {0};
  do {
    if (atomic_load_explicit(&pool->working, memory_order_acquire) == 0) {
      return;
    }
  } while (goes_on(pool, &poll));
  pthread_mutex_lock(&pool->lock);
  atomic_store(&pool->caller_sleeps, 1);
  while (atomic_load(&pool->working) != 0) {
    pthread_cond_wait(&pool->end, &pool->lock);
  }
  atomic_store(&pool->caller_sleeps, 0);
  pthread_mutex_unlock(&pool->lock);
}

static void advance(struct rt3d_pool *pool) {
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->lock);
  }
}

/* Threads that share cores must not spin: the one that spins holds up the one that works. */
static int may_spin(int threads, const int *cores, int core_count) {
  int available = 0;
  if (core_count > 0) {
    for (int i = 0; i < core_count; i++) {
      int repeated = 0;
      for (int j = 0; j < i; j++) {
        repeated |= cores[j] == cores[i];
      }
      available += !repeated;
    }
  } else {
    cpu_set_t set;
    CPU_ZERO(&set);
    available = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  }
  return threads <= available;
}

struct rt3d_pool *rt3d_pool_new(int threads, const int *cores, int core_count, int *pinned) {
  if (threads < 1) {
    errno = EINVAL;
    return NULL;
  }
  struct rt3d_pool *pool = calloc(1, sizeof(*pool) + (size_t)threads * sizeof(struct worker));
  if (!pool) {
    return NULL;
  }
  pool->threads = threads;
  pool->spin = may_spin(threads, cores, core_count);
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->begin, NULL);
  pthread_cond_init(&pool->end, NULL);
  atomic_store(&pool->working, threads - 1);
  for (int i = 0; i < threads; i++) {
    pool->worker[i].part = (struct rt3d_part){i, i, i + 1, threads};
  }
  for (int i = 1; i < threads; i++) {
    pool->worker[i].pool = pool;
    pool->worker[i].core = core_count > 0 ? cores[i % core_count] : -1;
    int error = pthread_create(&pool->worker[i].thread, NULL, work, &pool->worker[i]);
    if (error != 0) {
      atomic_fetch_sub(&pool->working, threads - i);
      rt3d_pool_free(pool);
      errno = error;
      return NULL;
    }
    pool->started++;
  }
  if (core_count > 0 && pin(cores[0]) != 0) {
    atomic_fetch_add(&pool->unpinned, 1);
  }
  wait_for_workers(pool);
  if (pinned) {
    *pinned = core_count > 0 && atomic_load(&pool->unpinned) == 0;
  }
  return pool;
}

void rt3d_pool_free(struct rt3d_pool *pool) {
  if (!pool) {
    return;
  }
  wait_for_workers(pool);
  atomic_store(&pool->stop, 1);
  advance(pool);
  for (int i = 1; i <= pool->started; i++) {
    pthread_join(pool->worker[i].thread, NULL);
  }
  pthread_cond_destroy(&pool->begin);
  pthread_cond_destroy(&pool->end);
  pthread_mutex_destroy(&pool->lock);
  free(pool);
}

int rt3d_pool_threads(const struct rt3d_pool *pool) {
  return pool ? pool->threads : 1;
}

void rt3d_pool_run(struct rt3d_pool *pool, rt3d_task task, void *context) {
  if (!pool || pool->threads == 1) {
    task(context, &(struct rt3d_part){0, 0, 1, 1});
    return;
  }
  pool->task = task;
  pool->context = context;
  atomic_store(&pool->working, pool->threads - 1);
  advance(pool);
  task(context, &pool->worker[0].part);
  wait_for_workers(pool);
}

void rt3d_pool_divide(struct rt3d_pool *pool, const int *weights) {
  int of = 0;
  for (int i = 0; i < pool->threads; i++) {
    of += weights[i];
  }
  for (int i = 0, from = 0; i < pool->threads; from += weights[i++]) {
    pool->worker[i].part = (struct rt3d_part){i, from, from + weights[i], of};
  }
}

/* Weights are parts of WHOLE; threads within ALIKE of the fastest count as fast as it. A trial
 * takes TRIAL_NS of the processor: what others do on the same core meanwhile does not count. */
enum { WHOLE = 64, ALIKE = 56, TRIAL_NS = 200000, TRIALS = 25 };

struct pace {
  _Alignas(64) int64_t least;
};

struct trial {
  int64_t (*work)(int64_t rounds);
  int64_t rounds;
  struct pace *paces;
};

static void time_work(void *context, const struct rt3d_part *part) {
  const struct trial *t = context;
  struct pace *p = &t->paces[part->thread];
  int64_t begin = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  t->work(t->rounds);
  int64_t ns = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - begin;
  p->least = p->least == 0 || ns < p->least ? ns : p->least;
}

static void time_threads(struct rt3d_pool *pool, struct trial *t) {
  int64_t begin;
  do {
    t->rounds *= 2;
    begin = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    t->work(t->rounds);
  } while (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - begin < TRIAL_NS && t->rounds < (int64_t)1 << 40);
  for (int i = 0; i < TRIALS; i++) {
    rt3d_pool_run(pool, time_work, t);
  }
}

/* Gives every thread its weight and returns the least. */
static int weigh(const struct pace *paces, int threads, int *weights) {
  int64_t fastest = paces[0].least;
  for (int i = 1; i < threads; i++) {
    fastest = paces[i].least < fastest ? paces[i].least : fastest;
  }
  int slowest = WHOLE;
  for (int i = 0; i < threads; i++) {
    int weight = (int)((fastest * WHOLE + paces[i].least / 2) / paces[i].least);
    weights[i] = weight >= ALIKE ? WHOLE : weight > 0 ? weight : 1;
    slowest = weights[i] < slowest ? weights[i] : slowest;
  }
  return slowest;
}

int rt3d_pool_balance(struct rt3d_pool *pool, int64_t (*work)(int64_t rounds)) {
  if (pool->threads == 1 || !pool->spin) {
    return 100;
  }
  size_t bytes = (size_t)pool->threads * sizeof(struct pace);
  struct pace *paces = aligned_alloc(sizeof(struct pace), bytes);
  int *weights = calloc((size_t)pool->threads, sizeof(*weights));
  int slowest = WHOLE;
  if (paces && weights) {
    memset(paces, 0, bytes);
    time_threads(pool, &(struct trial){work, 32, paces});
    slowest = weigh(paces, pool->threads, weights);
    rt3d_pool_divide(pool, weights);
  }
  free(paces);
  free(weights);
  return slowest * 100 / WHOLE;
}
