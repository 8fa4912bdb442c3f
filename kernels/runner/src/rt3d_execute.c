#include "rt3d_execute.h"

#include <errno.h>
#include <string.h>

#include "rt3d_memory.h"
#include "rt3d_sha256.h"

const struct rt3d_program *rt3d_find_program(const char *name) {
  for (int i = 0; i < rt3d_program_count; i++) {
    if (strcmp(rt3d_programs[i]->name, name) == 0) {
      return rt3d_programs[i];
    }
  }
  return NULL;
}

static size_t floats(int64_t count) {
  return (size_t)count * sizeof(float);
}

const char *rt3d_execution_open(struct rt3d_execution *e, const char *program, const char *blob,
                                int threads, const int *cores, int core_count) {
  memset(e, 0, sizeof(*e));
  errno = 0;
  const struct rt3d_program *p = e->program = rt3d_find_program(program);
  if (!p) {
    return "no such program in this binary";
  }
  if (threads > p->threads) {
    return "more threads than the program is planned for";
  }
  e->blob = rt3d_read_file(blob, &e->blob_bytes);
  if (!e->blob) {
    return "cannot read the blob";
  }
  rt3d_sha256_buffer(e->blob, e->blob_bytes, e->blob_sha256);
  if ((int64_t)e->blob_bytes < p->blob_bytes_min || p->check_blob(e->blob, e->blob_bytes) != 0) {
    errno = 0;
    return "the blob does not belong to this program";
  }
  e->arena = rt3d_memory((size_t)p->arena_bytes);
  e->input = rt3d_memory(floats(p->input_count));
  e->output = rt3d_memory(floats(p->output_count));
  if (!e->arena || !e->input || !e->output) {
    return "cannot get memory";
  }
  /* NaN everywhere: a program that reads what it did not write gives itself away. */
  memset(e->arena, 0xff, (size_t)p->arena_bytes);
  memset(e->output, 0xff, floats(p->output_count));
  e->pool = rt3d_pool_new(threads, cores, core_count, &e->pinned);
  if (!e->pool) {
    return "cannot start threads";
  }
  e->slowest = rt3d_pool_balance(e->pool, rt3d_fma_rounds);
  return NULL;
}

void rt3d_execution_close(struct rt3d_execution *e) {
  rt3d_pool_free(e->pool);
  rt3d_release(e->blob, e->blob_bytes);
  if (e->program) {
    rt3d_release(e->arena, (size_t)e->program->arena_bytes);
    rt3d_release(e->input, floats(e->program->input_count));
    rt3d_release(e->output, floats(e->program->output_count));
  }
  memset(e, 0, sizeof(*e));
}
