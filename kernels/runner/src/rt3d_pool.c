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
#include <unistd.h>

/* About 50 microseconds of polling before a thread sleeps. */
enum { SPIN_ROUNDS = 4000 };

struct worker {
  struct rt3d_pool *pool;
  pthread_t thread;
  int index, core; /* core -1: not pinned */
};

struct rt3d_pool {
  int threads, started, spin;
  void (*task)(void *context, int thread, int threads);
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
  __asm__ __volatile__("yield");
#endif
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
  for (int i = 0; i < pool->spin; i++) {
    if (atomic_load_explicit(&pool->generation, memory_order_acquire) != seen) {
      return;
    }
    pause_briefly();
  }
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
    pool->task(pool->context, self->index, pool->threads);
    finish(pool);
  }
}

static void wait_for_workers(struct rt3d_pool *pool) {
  for (int i = 0; i < pool->spin; i++) {
    if (atomic_load_explicit(&pool->working, memory_order_acquire) == 0) {
      return;
    }
    pause_briefly();
  }
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
static int spin_rounds(int threads, const int *cores, int core_count) {
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
  return threads <= available ? SPIN_ROUNDS : 0;
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
  pool->spin = spin_rounds(threads, cores, core_count);
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->begin, NULL);
  pthread_cond_init(&pool->end, NULL);
  atomic_store(&pool->working, threads - 1);
  for (int i = 1; i < threads; i++) {
    pool->worker[i].pool = pool;
    pool->worker[i].index = i;
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

void rt3d_pool_run(struct rt3d_pool *pool, void (*task)(void *context, int thread, int threads),
                   void *context) {
  if (!pool || pool->threads == 1) {
    task(context, 0, 1);
    return;
  }
  pool->task = task;
  pool->context = context;
  atomic_store(&pool->working, pool->threads - 1);
  advance(pool);
  task(context, 0, pool->threads);
  wait_for_workers(pool);
}
