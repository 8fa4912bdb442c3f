#include "rt3d_eval.h"

int rt3d_eval(struct rt3d_execution *e, FILE *in, FILE *out, int64_t *clips) {
  size_t inputs = (size_t)e->program->input_count, outputs = (size_t)e->program->output_count;
  for (*clips = 0;; ++*clips) {
    size_t bytes = fread(e->input, 1, inputs * sizeof(float), in);
    if (bytes < inputs * sizeof(float)) {
      return ferror(in) ? 2 : bytes > 0;
    }
    e->program->load(e->input, e->arena);
    e->program->run(e->blob, e->arena, e->pool);
    e->program->store(e->arena, e->output);
    if (fwrite(e->output, sizeof(float), outputs, out) != outputs || fflush(out) != 0) {
      return 2;
    }
  }
}
