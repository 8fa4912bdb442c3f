/* One convolution with bias and, when asked for, ReLU by oneDNN, in the memory formats that it
 * likes best: reorders are done once and not timed.
 *
 *   onednn INPUT WEIGHTS RELU C M  KD KH KW  SD SH SW  DD DH DW  PD PH PW  ED EH EW  D H W
 *
 * INPUT and WEIGHTS are float32: (C, D, H, W), and (M, C, KD, KH, KW) followed by M biases. P is
 * the padding before, E after. Threads are OMP_NUM_THREADS. */
#define _GNU_SOURCE
#include <dnnl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "serve.h"

enum { SPATIAL = 3, NUMBERS = 21 };

/* Ends the process on an error of oneDNN: there is nothing to compare with then. */
static void check(dnnl_status_t status, const char *what) {
  if (status != dnnl_success) {
    fprintf(stderr, "oneDNN: %s: status %d\n", what, (int)status);
    exit(1);
  }
}
#define CHECK(call) check(call, #call)

struct theirs {
  dnnl_stream_t stream;
  dnnl_primitive_t primitive, to_plain;
  dnnl_exec_arg_t arguments[4], plain_arguments[2];
  float *plain;
  size_t count;
};

static void execute(void *state) {
  struct theirs *t = state;
  CHECK(dnnl_primitive_execute(t->primitive, t->stream, 4, t->arguments));
  CHECK(dnnl_stream_wait(t->stream));
}

static const float *output(void *state, size_t *count) {
  struct theirs *t = state;
  execute(t);
  CHECK(dnnl_primitive_execute(t->to_plain, t->stream, 2, t->plain_arguments));
  CHECK(dnnl_stream_wait(t->stream));
  *count = t->count;
  return t->plain;
}

static float *read_floats(const char *path, size_t count) {
  float *values = malloc(count * sizeof(float));
  FILE *f = fopen(path, "rb");
  if (!values || !f || fread(values, sizeof(float), count, f) != count) {
    fprintf(stderr, "read %zu values of %s: %s\n", count, path, strerror(errno));
    exit(1);
  }
  fclose(f);
  return values;
}

static dnnl_memory_t memory(dnnl_engine_t engine, const dnnl_memory_desc_t *d, void *data) {
  dnnl_memory_t m;
  CHECK(dnnl_memory_create(&m, d, engine, data));
  return m;
}

/* Memory in large pages where the system has them to give, as our side has. */
static dnnl_memory_t large_memory(dnnl_engine_t engine, const dnnl_memory_desc_t *d) {
  size_t bytes = dnnl_memory_desc_get_size(d);
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    perror("get memory");
    exit(1);
  }
  madvise(p, bytes, MADV_HUGEPAGE);
  return memory(engine, d, p);
}

static dnnl_primitive_t reorder(dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                                const dnnl_memory_desc_t *to) {
  dnnl_primitive_desc_t d;
  dnnl_primitive_t p;
  CHECK(dnnl_reorder_primitive_desc_create(&d, from, engine, to, engine, NULL));
  CHECK(dnnl_primitive_create(&p, d));
  CHECK(dnnl_primitive_desc_destroy(d));
  return p;
}

/* Plain values in the format that the convolution wants. */
static dnnl_memory_t arranged(dnnl_engine_t engine, dnnl_stream_t stream,
                              const dnnl_memory_desc_t *plain, const dnnl_memory_desc_t *wanted,
                              float *values) {
  dnnl_memory_t from = memory(engine, plain, values);
  dnnl_memory_t to = large_memory(engine, wanted);
  dnnl_primitive_t p = reorder(engine, plain, wanted);
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  CHECK(dnnl_primitive_execute(p, stream, 2, arguments));
  CHECK(dnnl_stream_wait(stream));
  CHECK(dnnl_primitive_destroy(p));
  CHECK(dnnl_memory_destroy(from));
  return to;
}

/* The numbers of the command line. */
struct problem {
  int relu;
  dnnl_dims_t src, weights, bias, dst, strides, dilates, begin, end;
};

static struct problem parse(char **argv) {
  struct problem p = {.relu = atoi(argv[0]), .src = {1}, .dst = {1}};
  dnnl_dim_t n[NUMBERS];
  for (int i = 0; i < NUMBERS; i++) {
    n[i] = atoll(argv[i]);
  }
  p.src[1] = p.weights[1] = n[1];
  p.dst[1] = p.weights[0] = p.bias[0] = n[2];
  for (int i = 0; i < SPATIAL; i++) {
    p.weights[2 + i] = n[3 + i];
    p.strides[i] = n[6 + i];
    p.dilates[i] = n[9 + i] - 1; /* oneDNN counts from 0 */
    p.begin[i] = n[12 + i];
    p.end[i] = n[15 + i];
    p.src[2 + i] = n[18 + i];
    p.dst[2 + i] =
        (n[18 + i] + n[12 + i] + n[15 + i] - n[9 + i] * (n[3 + i] - 1) - 1) / n[6 + i] + 1;
  }
  return p;
}

static size_t product(const dnnl_dim_t *dims, int n) {
  size_t all = 1;
  for (int i = 0; i < n; i++) {
    all *= (size_t)dims[i];
  }
  return all;
}

static dnnl_memory_desc_t describe(int n, const dnnl_dim_t *dims, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t d;
  CHECK(dnnl_memory_desc_init_by_tag(&d, n, dims, dnnl_f32, tag));
  return d;
}

static dnnl_primitive_desc_t convolution(dnnl_engine_t engine, const struct problem *p,
                                         const dnnl_memory_desc_t *bias) {
  dnnl_memory_desc_t src = describe(5, p->src, dnnl_format_tag_any);
  dnnl_memory_desc_t weights = describe(5, p->weights, dnnl_format_tag_any);
  dnnl_memory_desc_t dst = describe(5, p->dst, dnnl_format_tag_any);
  dnnl_convolution_desc_t d;
  CHECK(dnnl_dilated_convolution_forward_desc_init(&d, dnnl_forward_inference,
                                                   dnnl_convolution_direct, &src, &weights, bias,
                                                   &dst, p->strides, p->dilates, p->begin, p->end));
  dnnl_primitive_attr_t attributes;
  CHECK(dnnl_primitive_attr_create(&attributes));
  if (p->relu) {
    dnnl_post_ops_t after;
    CHECK(dnnl_post_ops_create(&after));
    CHECK(dnnl_post_ops_append_eltwise(after, 1.0f, dnnl_eltwise_relu, 0.0f, 0.0f));
    CHECK(dnnl_primitive_attr_set_post_ops(attributes, after));
    CHECK(dnnl_post_ops_destroy(after));
  }
  dnnl_primitive_desc_t pd;
  CHECK(dnnl_primitive_desc_create(&pd, &d, attributes, engine, NULL));
  CHECK(dnnl_primitive_attr_destroy(attributes));
  return pd;
}

int main(int argc, char **argv) {
  if (argc != 3 + NUMBERS) {
    fprintf(stderr, "usage: onednn INPUT WEIGHTS and %d numbers\n", NUMBERS);
    return 2;
  }
  struct problem p = parse(argv + 3);
  struct theirs t = {.count = product(p.dst, 5)};
  size_t weight_count = product(p.weights, 5);
  float *input = read_floats(argv[1], product(p.src, 5));
  float *weights = read_floats(argv[2], weight_count + (size_t)p.bias[0]);

  dnnl_engine_t engine;
  CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
  CHECK(dnnl_stream_create(&t.stream, engine, dnnl_stream_default_flags));
  dnnl_memory_desc_t bias = describe(1, p.bias, dnnl_a);
  dnnl_primitive_desc_t pd = convolution(engine, &p, &bias);
  CHECK(dnnl_primitive_create(&t.primitive, pd));

  dnnl_memory_desc_t plain_src = describe(5, p.src, dnnl_abcde);
  dnnl_memory_desc_t plain_weights = describe(5, p.weights, dnnl_abcde);
  dnnl_memory_desc_t plain_dst = describe(5, p.dst, dnnl_abcde);
  const dnnl_memory_desc_t *dst = dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0);
  dnnl_memory_t result = large_memory(engine, dst);
  t.arguments[0].arg = DNNL_ARG_SRC;
  t.arguments[0].memory = arranged(engine, t.stream, &plain_src,
                                   dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0), input);
  t.arguments[1].arg = DNNL_ARG_WEIGHTS;
  t.arguments[1].memory =
      arranged(engine, t.stream, &plain_weights,
               dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0), weights);
  t.arguments[2].arg = DNNL_ARG_BIAS;
  t.arguments[2].memory = memory(engine, &bias, weights + weight_count);
  t.arguments[3].arg = DNNL_ARG_DST;
  t.arguments[3].memory = result;

  t.plain = malloc(t.count * sizeof(float));
  if (!t.plain) {
    fputs("get memory for the output\n", stderr);
    return 1;
  }
  t.to_plain = reorder(engine, dst, &plain_dst);
  t.plain_arguments[0].arg = DNNL_ARG_FROM;
  t.plain_arguments[0].memory = result;
  t.plain_arguments[1].arg = DNNL_ARG_TO;
  t.plain_arguments[1].memory = memory(engine, &plain_dst, t.plain);

  const char *implementation = "";
  CHECK(dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &implementation));
  const dnnl_version_t *v = dnnl_version();
  char about[256];
  snprintf(about, sizeof(about), "oneDNN %d.%d.%d %s", v->major, v->minor, v->patch,
           implementation);
  struct serve_engine served = {&t, about, execute, output, NULL};
  return serve(&served);
}
