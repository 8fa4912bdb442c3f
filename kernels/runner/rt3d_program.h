/* What generated programs offer and what they may use. Generated code includes this header and a
 * header of kernels/isa, nothing else of this project. */
#ifndef RT3D_PROGRAM_H
#define RT3D_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

/* A pool of threads that stays alive between calls (rt3d_pool.c). */
struct rt3d_pool;

/* What one thread does of a task: the part that lies between from/of and to/of of the work. Parts
 * of threads on fast cores are larger than those on slow ones. */
struct rt3d_part {
  int thread; /* 0 ... threads - 1 */
  int from, to, of;
};
typedef void (*rt3d_task)(void *context, const struct rt3d_part *part);

/* Runs a task on all threads of the pool, each with its part, and waits for all of them. A null
 * pool runs the whole task on the caller. Results must not depend on how the work is divided. */
void rt3d_pool_run(struct rt3d_pool *pool, rt3d_task task, void *context);

/* One program: a network or a single layer. All of its state is in the arena; nothing is global. */
struct rt3d_program {
  const char *name;
  int64_t input_count;  /* floats: C*D*H*W, row-major, batch 1 */
  int64_t output_count; /* likewise */
  int64_t arena_bytes;  /* to be aligned to 64 bytes; need not be cleared */
  int64_t blob_bytes_min;
  int threads; /* planned for at most this many */
  /* Checks magic, version, identity of the program and bounds of every section; 0 when it fits. */
  int (*check_blob)(const void *blob, size_t bytes);
  /* Input as the user has it -> the program's first layout in the arena. */
  void (*load)(const float *input, void *arena);
  /* The work that is timed for a kernel; load, run and store are timed for a network. */
  void (*run)(const void *blob, void *arena, struct rt3d_pool *pool);
  /* run in pieces: run_step for each of 0 to steps - 1, in this order, does the same. */
  int steps;
  void (*run_step)(const void *blob, void *arena, struct rt3d_pool *pool, int step);
  /* The program's last layout in the arena -> output as the user has it. */
  void (*store)(const void *arena, float *output);
};

/* The table of a binary's programs (generated: programs.c). */
extern const struct rt3d_program *const rt3d_programs[];
extern const int rt3d_program_count;

/* Generated from the isa header of the target: runs the given number of rounds of independent
 * multiply-adds from registers and returns the floating-point operations done (2 per multiply-add
 * and lane). Times of it give the peak and, with a fixed count, the canary. */
int64_t rt3d_fma_rounds(int64_t rounds);
/* Name of the vector extension that the binary was compiled for, for example "avx2". */
extern const char rt3d_isa_name[];
/* 0 when this processor has that vector extension. */
int rt3d_isa_missing(void);

#endif
