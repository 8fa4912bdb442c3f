#include "rt3d_steps.h"

#include <stdlib.h>

#include "rt3d_host.h"
#include "rt3d_json.h"

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* One round; the times of load, the steps and store go to ns[0], ns[rounds], ns[2 * rounds] ... */
static void time_round(struct rt3d_execution *e, int rounds, int64_t *ns) {
  const struct rt3d_program *p = e->program;
  int64_t begin = rt3d_now();
  for (int i = 0; i < p->steps + 2; i++) {
    if (i == 0) {
      p->load(e->input, e->arena);
    } else if (i <= p->steps) {
      p->run_step(e->blob, e->arena, e->pool, i - 1);
    } else {
      p->store(e->arena, e->output);
    }
    int64_t end = rt3d_now();
    ns[(size_t)i * (size_t)rounds] = end - begin;
    begin = end;
  }
}

static void write_step(FILE *out, const char *key, const char *part, int step, int64_t ns) {
  struct rt3d_json j;
  rt3d_json_begin(&j, out, "step");
  rt3d_json_text(&j, "key", key);
  rt3d_json_text(&j, "part", part);
  rt3d_json_known(&j, "step", step);
  rt3d_json_integer(&j, "step_ns", ns);
  rt3d_json_end(&j, 0);
}

int rt3d_time_steps(struct rt3d_execution *e, const char *key, int rounds, FILE *out) {
  int parts = e->program->steps + 2;
  int64_t *ns = calloc((size_t)parts * (size_t)rounds, sizeof(*ns));
  if (!ns) {
    return -1;
  }
  for (int r = 0; r < rounds; r++) {
    time_round(e, rounds, ns + r);
  }
  for (int i = 0; i < parts; i++) {
    int64_t *times = ns + (size_t)i * (size_t)rounds;
    qsort(times, (size_t)rounds, sizeof(*times), ascending);
    int step = i > 0 && i < parts - 1 ? i - 1 : RT3D_UNKNOWN;
    write_step(out, key, i == 0 ? "load" : step >= 0 ? "run" : "store", step, times[rounds / 2]);
  }
  free(ns);
  return 0;
}
