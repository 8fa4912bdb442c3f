/* Our side: takes the place of the runner's main in a binary of generated programs.
 *
 *   rt3d PROGRAM BLOB INPUT THREADS layer|network
 *
 * Of a layer the kernel alone is timed, of a network load and store too. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt3d_execute.h"
#include "rt3d_host.h"
#include "serve.h"

struct ours {
  struct rt3d_execution execution;
  int whole;
};

static void execute(void *state) {
  struct ours *o = state;
  struct rt3d_execution *e = &o->execution;
  if (o->whole) {
    e->program->load(e->input, e->arena);
  }
  e->program->run(e->blob, e->arena, e->pool);
  if (o->whole) {
    e->program->store(e->arena, e->output);
  }
}

static const float *output(void *state, size_t *count) {
  struct rt3d_execution *e = &((struct ours *)state)->execution;
  e->program->load(e->input, e->arena);
  e->program->run(e->blob, e->arena, e->pool);
  e->program->store(e->arena, e->output);
  *count = (size_t)e->program->output_count;
  return e->output;
}

/* The best of several runs on one core, as the runner takes it. */
static double peak(void *state) {
  enum { LEAST_NS = 2000000, REPEATS = 5 };
  (void)state;
  double best = 0;
  int64_t rounds = 64, begin, ns, flops;
  for (int i = 0; i < REPEATS;) {
    begin = rt3d_now();
    flops = rt3d_fma_rounds(rounds);
    ns = rt3d_now() - begin;
    if (ns < LEAST_NS) {
      rounds *= 2;
      continue;
    }
    best = (double)flops / (double)ns > best ? (double)flops / (double)ns : best;
    i++;
  }
  return best;
}

int main(int argc, char **argv) {
  static struct ours o;
  if (argc != 6) {
    fputs("usage: rt3d PROGRAM BLOB INPUT THREADS layer|network\n", stderr);
    return 2;
  }
  int cores[RT3D_MAX_CORES], core_count = rt3d_allowed_cores(cores);
  const char *problem =
      rt3d_execution_open(&o.execution, argv[1], argv[2], atoi(argv[4]), cores, core_count);
  if (problem) {
    fprintf(stderr, "open program %s, blob %s: %s: %s\n", argv[1], argv[2], problem,
            strerror(errno));
    return 1;
  }
  o.whole = strcmp(argv[5], "network") == 0;
  struct rt3d_execution *e = &o.execution;
  size_t bytes = (size_t)e->program->input_count * sizeof(float);
  FILE *f = fopen(argv[3], "rb");
  if (!f || fread(e->input, 1, bytes, f) != bytes) {
    fprintf(stderr, "read %zu bytes of input %s: %s\n", bytes, argv[3], strerror(errno));
    return 1;
  }
  fclose(f);
  e->program->load(e->input, e->arena);
  struct serve_engine engine = {&o, rt3d_isa_name, execute, output, peak};
  return serve(&engine);
}
