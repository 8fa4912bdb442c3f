/* Runs the kernels of a test: reads cases from a file, runs each on 1 and on `threads` threads one
 * after another, checks that both agree to the bit, writes y. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*kernel_function)(const rt3d_value *, rt3d_value *, const rt3d_value *, const unsigned char *,
                                float *, int, int, int);
typedef int (*check_function)(const unsigned char *, size_t);
struct entry {
  const char *name;
  kernel_function run;
  check_function check;
};
extern const struct entry kernels[];
extern const int kernel_count;

static void *read_block(FILE *in, size_t bytes) {
  void *p = NULL;
  if (posix_memalign(&p, 64, bytes ? bytes : 1) || fread(p, 1, bytes, in) != bytes) {
    fprintf(stderr, "read %zu bytes failed\n", bytes);
    exit(3);
  }
  return p;
}

static rt3d_value *output(size_t count) {
  rt3d_value *y = malloc(sizeof *y * count);
  for (size_t i = 0; i < count; ++i) y[i] = (rt3d_value)12344.0f; /* a half, too */
  return y;
}

/* Scratch memory full of what is not a number: a kernel that reads what it did not write gives
 * itself away. */
static float *workspace_of(size_t count) {
  void *p = NULL;
  if (posix_memalign(&p, 64, count ? 4 * count : 1)) exit(3);
  memset(p, 0xff, 4 * count);
  return p;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
  if (!in || !out) return 2;
  for (int i = 0; i < kernel_count; ++i) {
    int64_t head[6];
    if (fread(head, sizeof head, 1, in) != 1) return 3;
    rt3d_value *x = read_block(in, sizeof *x * (size_t)head[0]);
    rt3d_value *residual = read_block(in, sizeof *residual * (size_t)head[1]);
    unsigned char *weights = read_block(in, (size_t)head[2]);
    const size_t count = (size_t)head[3];
    const size_t scratch = (size_t)head[4];
    const int threads = (int)head[5];
    float *workspace = workspace_of(scratch * (size_t)threads);
    rt3d_value *y = output(count), *again = output(count);
    int bad = kernels[i].check(weights, (size_t)head[2]);
    if (bad) {
      fprintf(stderr, "%s: section refused: %d\n", kernels[i].name, bad);
      return 4;
    }
    if (!kernels[i].check(weights, (size_t)head[2] - 64)) {
      fprintf(stderr, "%s: a cut section was not refused\n", kernels[i].name);
      return 4;
    }
    kernels[i].run(x, y, residual, weights, workspace, 0, 1, 1);
    /* The last thread first, and each with a larger part than the one before it. */
    const int of = threads * (threads + 1) / 2;
    for (int t = threads - 1; t >= 0; --t)
      kernels[i].run(x, again, residual, weights, workspace + scratch * (size_t)t, t * (t + 1) / 2, (t + 1) * (t + 2) / 2, of);
    if (memcmp(y, again, sizeof *y * count)) {
      fprintf(stderr, "%s: 1 and %d threads differ\n", kernels[i].name, threads);
      return 5;
    }
    if (fwrite(y, sizeof *y, count, out) != count) return 6;
    free(x);
    free(residual);
    free(weights);
    free(workspace);
    free(y);
    free(again);
  }
  return fclose(out) ? 6 : 0;
}
