/* The persistent thread pool behind rt3d_pool_run (declared in rt3d_program.h). */
#ifndef RT3D_POOL_H
#define RT3D_POOL_H

#include "rt3d_program.h"

/* A pool of `threads` threads, the caller of rt3d_pool_run being thread 0. With core_count > 0,
 * thread i is pinned to cores[i % core_count], the caller included; *pinned (may be null) tells
 * whether the system accepted all of them. Returns null with errno set when a thread or memory
 * cannot be had. */
struct rt3d_pool *rt3d_pool_new(int threads, const int *cores, int core_count, int *pinned);

/* Ends the threads. A null pool is ignored. */
void rt3d_pool_free(struct rt3d_pool *pool);

int rt3d_pool_threads(const struct rt3d_pool *pool);

#endif
