/* Runs one program for the tests: main PROGRAM THREADS BLOB < input > output (raw floats).
 *
 * The arena has exactly the size that the program asks for and starts as NaN. The program runs twice
 * after one load and must give the same bytes. Exit status 3: refused blob, 4: runs differ. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt3d_program.h"

static int threads = 1;

struct share {
  rt3d_task task;
  void *context;
  struct rt3d_part part;
};

static void *work(void *argument) {
  const struct share *s = argument;
  s->task(s->context, &s->part);
  return 0;
}

/* Each thread gets a larger part than the one before it. Steps that are too brief for a pool are
 * divided too, for the networks of tests have hardly any others. */
void rt3d_pool_run(struct rt3d_pool *pool, rt3d_task task, void *context) {
  pthread_t ids[16];
  struct share shares[16];
  const int of = threads * (threads + 1) / 2;
  (void)pool;
  for (int i = 0; i < threads; ++i) {
    shares[i] = (struct share){task, context, {i, i * (i + 1) / 2, (i + 1) * (i + 2) / 2, of}};
    if (i > 0 && pthread_create(&ids[i], 0, work, &shares[i]) != 0) abort();
  }
  work(&shares[0]);
  for (int i = 1; i < threads; ++i) pthread_join(ids[i], 0);
}

static void *aligned(size_t bytes) {
  void *p = 0;
  if (posix_memalign(&p, 64, bytes ? bytes : 64) != 0) abort();
  return p;
}

int main(int argc, char **argv) {
  const struct rt3d_program *program = 0;
  if (argc != 4) return 2;
  for (int i = 0; i < rt3d_program_count; ++i)
    if (strcmp(rt3d_programs[i]->name, argv[1]) == 0) program = rt3d_programs[i];
  if (program == 0) return 2;
  threads = atoi(argv[2]);

  FILE *file = fopen(argv[3], "rb");
  if (file == 0 || fseek(file, 0, SEEK_END) != 0) return 2;
  const size_t bytes = (size_t)ftell(file);
  rewind(file);
  unsigned char *blob = aligned(bytes);
  if (fread(blob, 1, bytes, file) != bytes) return 2;
  fclose(file);
  const int refused = program->check_blob(blob, bytes);
  if (refused) {
    fprintf(stderr, "blob refused: %d\n", refused);
    return 3;
  }

  const size_t inputs = (size_t)program->input_count, outputs = (size_t)program->output_count;
  float *input = aligned(inputs * sizeof *input);
  float *output = aligned(outputs * sizeof *output), *again = aligned(outputs * sizeof *again);
  void *arena = aligned((size_t)program->arena_bytes);
  if (fread(input, sizeof *input, inputs, stdin) != inputs) return 2;
  memset(arena, 0xff, (size_t)program->arena_bytes);
  program->load(input, arena);
  program->run(blob, arena, 0);
  program->store(arena, output);
  program->run(blob, arena, 0);
  program->store(arena, again);
  if (memcmp(output, again, outputs * sizeof *output) != 0) return 4;
  if (fwrite(output, sizeof *output, outputs, stdout) != outputs) return 2;
  free(blob), free(input), free(output), free(again), free(arena);
  return 0;
}
