/* A program with its blob, arena, input, output and pool: loaded once, executed many times. */
#ifndef RT3D_EXECUTE_H
#define RT3D_EXECUTE_H

#include "rt3d_pool.h"
#include "rt3d_program.h"

struct rt3d_execution {
  const struct rt3d_program *program;
  void *blob, *arena;
  size_t blob_bytes;
  float *input, *output;
  struct rt3d_pool *pool;
  int pinned;
  int slowest; /* speed of the slowest thread in percent of the fastest's; the work is divided so */
  char blob_sha256[65];
};

/* The program with this name, or null. */
const struct rt3d_program *rt3d_find_program(const char *name);

/* Reads and checks the blob, and takes memory and threads. Returns null, or what failed (static
 * text; errno says more when it is not 0). */
const char *rt3d_execution_open(struct rt3d_execution *e, const char *program, const char *blob,
                                int threads, const int *cores, int core_count);
void rt3d_execution_close(struct rt3d_execution *e);

#endif
