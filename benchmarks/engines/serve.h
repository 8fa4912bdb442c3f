/* A loaded network or layer as a child process that executes on request, so that engines can take
 * turns in one run: one request a line on stdin, one line of answer on stdout.
 *
 *   about            what runs, in words
 *   output PATH      executes once and writes the output, row-major float32; answers "ok"
 *   run WARM COUNT   executes WARM times untimed, then COUNT times; answers their nanoseconds
 *   peak             GFLOP/s of multiply-adds from registers, or 0 when the engine cannot tell
 *
 * A request that fails is answered by "error: TEXT". The process ends with its input. */
#ifndef SERVE_H
#define SERVE_H

#include <stddef.h>

struct serve_engine {
  void *state;
  const char *about;
  void (*execute)(void *state);
  /* Executes, and gives the output as the user has it. */
  const float *(*output)(void *state, size_t *count);
  double (*peak)(void *state); /* may be null */
};

/* Serves until the input ends; returns an exit status. */
int serve(const struct serve_engine *engine);

#endif
