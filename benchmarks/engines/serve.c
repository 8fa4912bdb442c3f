#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Monotonic time in nanoseconds. */
static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void write_output(const struct serve_engine *engine, const char *path) {
  size_t count;
  const float *values = engine->output(engine->state, &count);
  FILE *f = fopen(path, "wb");
  int failed = !f || fwrite(values, sizeof(float), count, f) != count;
  if ((f && fclose(f) != 0) || failed) {
    printf("error: write %s: %s\n", path, strerror(errno));
    return;
  }
  puts("ok");
}

static void run(const struct serve_engine *engine, int warm, int count) {
  for (int i = 0; i < warm; i++) {
    engine->execute(engine->state);
  }
  int64_t begin = now();
  for (int i = 0; i < count; i++) {
    engine->execute(engine->state);
  }
  printf("%lld\n", (long long)(now() - begin));
}

int serve(const struct serve_engine *engine) {
  char line[4096], path[4096];
  int warm, count;
  while (fgets(line, sizeof(line), stdin)) {
    if (strcmp(line, "about\n") == 0) {
      puts(engine->about);
    } else if (sscanf(line, "output %4095s", path) == 1) {
      write_output(engine, path);
    } else if (sscanf(line, "run %d %d", &warm, &count) == 2) {
      run(engine, warm, count);
    } else if (strcmp(line, "peak\n") == 0) {
      printf("%f\n", engine->peak ? engine->peak(engine->state) : 0);
    } else {
      printf("error: request %s", line);
    }
    fflush(stdout);
  }
  return 0;
}
