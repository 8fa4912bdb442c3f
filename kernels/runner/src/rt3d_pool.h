/* The persistent thread pool behind rt3d_pool_run (declared in rt3d_program.h). */
#ifndef RT3D_POOL_H
#define RT3D_POOL_H

#include "rt3d_program.h"

/* A pool of `threads` threads, the caller of rt3d_pool_run being thread 0. With core_count > 0,
 * thread i is pinned to cores[i % core_count], the caller included; *pinned (may be null) tells
 * whether the system accepted all of them. Returns null with errno set when a thread or memory
 * cannot be had. */
struct rt3d_pool *rt3d_pool_new(int threads, const int *cores, int core_count, int *pinned);

/* From now on the work is divided in proportion to weights[0 ... threads - 1], which are positive.
 * It is divided equally at first. */
void rt3d_pool_divide(struct rt3d_pool *pool, const int *weights);

/* Divides the work by how fast the threads are: each times work(rounds), which takes longer the
 * more rounds there are, all at the same time, for some milliseconds. Threads of about the same
 * speed, and threads that share cores, get equal parts. Returns the weight of the slowest thread in
 * percent of the fastest's. */
int rt3d_pool_balance(struct rt3d_pool *pool, int64_t (*work)(int64_t rounds));

/* Ends the threads. A null pool is ignored. */
void rt3d_pool_free(struct rt3d_pool *pool);

int rt3d_pool_threads(const struct rt3d_pool *pool);

#endif
