/* The same for every vector extension: built on the names above it. */
#ifndef RT3D_COMMON_H
#define RT3D_COMMON_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Steps of a tile's inner loop: sum += a * b, where one of the two may come from memory. */
#ifndef RT3D_STEP_FMA
#define RT3D_STEP_LOAD(v, p) ((v) = rt3d_load_data(p))
#define RT3D_STEP_BROADCAST(v, p) ((v) = rt3d_broadcast(p))
#define RT3D_STEP_FMA(sum, a, b) ((sum) = rt3d_fma_data(a, b, sum))
#endif
#ifndef RT3D_STEP_FMA_LOAD
#define RT3D_STEP_FMA_LOAD(sum, p, b) ((sum) = rt3d_fma_data(rt3d_load_data(p), b, sum))
#define RT3D_STEP_FMA_BROADCAST(sum, a, p) ((sum) = rt3d_fma_data(a, rt3d_broadcast(p), sum))
#endif

/* Asks for the cache line at a place that is soon read; no place is wrong. */
#define RT3D_PREFETCH(p) __builtin_prefetch(p)

/* Hides from the compiler what a pointer points to, so that it stays in memory. */
#define RT3D_OPAQUE(p) __asm__ volatile("" : "+r"(p) : : "memory")

/* The first n lanes (0 <= n <= RT3D_LANES); the others are 0. */
RT3D_INLINE rt3d_vec rt3d_load_partial(const rt3d_value *p, int n) {
  float lanes[RT3D_LANES] = {0.0f};
  for (int i = 0; i < n; ++i)
    lanes[i] = p[i];
  return rt3d_load_floats(lanes);
}

RT3D_INLINE void rt3d_store_partial(rt3d_value *p, rt3d_vec v, int n) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < n; ++i)
    p[i] = (rt3d_value)lanes[i];
}

/* Sum of the lanes, first to last. */
RT3D_INLINE float rt3d_reduce_add(rt3d_vec v) {
  float lanes[RT3D_LANES], sum = 0.0f;
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < RT3D_LANES; ++i)
    sum += lanes[i];
  return sum;
}

/* Pointwise functions, as ONNX defines them. Constants come first in maxima and minima so that what
 * is not a number stays so. The transcendental ones go through libm lane by lane: relative error
 * below 1e-6, and the same values on every vector extension of one libm. */
RT3D_INLINE rt3d_vec rt3d_relu(rt3d_vec v) {
  return rt3d_max(rt3d_zero(), v);
}

RT3D_INLINE rt3d_vec rt3d_leaky_relu(rt3d_vec v, float alpha) {
  return rt3d_fma(rt3d_set1(alpha), rt3d_min(rt3d_zero(), v), rt3d_max(rt3d_zero(), v));
}

RT3D_INLINE rt3d_vec rt3d_clip(rt3d_vec v, float low, float high) {
  return rt3d_min(rt3d_set1(high), rt3d_max(rt3d_set1(low), v));
}

RT3D_INLINE float rt3d_sigmoid1(float v) {
  return 1.0f / (1.0f + expf(-v));
}

RT3D_INLINE rt3d_vec rt3d_sigmoid(rt3d_vec v) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < RT3D_LANES; ++i)
    lanes[i] = rt3d_sigmoid1(lanes[i]);
  return rt3d_load_floats(lanes);
}

RT3D_INLINE rt3d_vec rt3d_tanh(rt3d_vec v) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < RT3D_LANES; ++i)
    lanes[i] = tanhf(lanes[i]);
  return rt3d_load_floats(lanes);
}

RT3D_INLINE rt3d_vec rt3d_erf(rt3d_vec v) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < RT3D_LANES; ++i)
    lanes[i] = erff(lanes[i]);
  return rt3d_load_floats(lanes);
}

/* v/2 * (1 + erf(v / sqrt(2))), without the cancellation far below zero. */
RT3D_INLINE rt3d_vec rt3d_gelu(rt3d_vec v) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < RT3D_LANES; ++i)
    lanes[i] = 0.5f * lanes[i] * erfcf(lanes[i] * -0.70710678f);
  return rt3d_load_floats(lanes);
}

RT3D_INLINE rt3d_vec rt3d_elu(rt3d_vec v, float alpha) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  for (int i = 0; i < RT3D_LANES; ++i)
    if (lanes[i] < 0.0f)
      lanes[i] = alpha * expm1f(lanes[i]);
  return rt3d_load_floats(lanes);
}

/* A layer's section of the weight blob (kernels/pack). Places are bytes from the section's start.
 */
typedef struct {
  uint32_t magic, version;
  int32_t filter_blocks, channel_blocks;
  uint32_t bias, blocks, offsets, weights, bytes;
  int32_t entries;
  uint32_t weight_vectors;
  uint32_t reserved[5];
} rt3d_section;

#define RT3D_SECTION_MAGIC 0x4b443352u /* "R3DK" */
#define RT3D_SECTION_VERSION 2u

/* A part of a block's kept list, counted from the block's first entry, and the class of kernel
 * columns that it is of. */
typedef struct {
  int32_t first, count, class;
} rt3d_run;

/* One call of a convolution. */
typedef struct {
  const rt3d_value *x;
  rt3d_value *y;
  const rt3d_value *residual;
  const float *bias;
  /* Per (filter block, channel block): its first entry, its first weight vector (unsigned), and
   * where each segment of its list begins, counted from the first entry, the end of the last one
   * included. */
  const int32_t *blocks;
  const int32_t *offsets;
  const rt3d_value *weights;
} rt3d_conv;

RT3D_INLINE rt3d_conv rt3d_conv_of(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual,
                                   const unsigned char *section) {
  const rt3d_section *s = (const rt3d_section *)(const void *)section;
  rt3d_conv k;
  k.x = x;
  k.y = y;
  k.residual = residual;
  k.bias = (const float *)(const void *)(section + s->bias);
  k.blocks = (const int32_t *)(const void *)(section + s->blocks);
  k.offsets = (const int32_t *)(const void *)(section + s->offsets);
  k.weights = (const rt3d_value *)(const void *)(section + s->weights);
  return k;
}

/* Threads share a line of work: chunks of filter blocks one after another, each as long as its cost
 * times the number of bands (output rows). This is the first band of a chunk that lies at or behind
 * at/of of the line, when `before` is the cost of the chunks in front of it. */
RT3D_INLINE int rt3d_share(int64_t before, int64_t cost, int64_t total, int bands, int at, int of) {
  int64_t into = total * bands * at / of - before * bands;
  if (into <= 0)
    return 0;
  into = (into + cost - 1) / cost;
  return into < bands ? (int)into : bands;
}

/* What a kernel expects of its section. */
typedef struct {
  int32_t filter_blocks, channel_blocks;
  /* Weight vectors of an entry in the full filter blocks, and in those behind. */
  int32_t full_blocks, entry_vectors, rest_vectors[2];
  int32_t bias_floats;
  int32_t filter_major; /* the table of blocks: filter block outermost, or channel block */
  /* Segments of a list: (column class, depth, row) of the kernel. An entry lies at its depth and
   * row or up to largest_offset behind. */
  int32_t segments, rows, depths, row_offset, depth_offset, largest_offset;
  int32_t weight_bytes; /* of one weight */
} rt3d_section_want;

/* 0 when a block's list is in order and stays inside the input. */
static inline __attribute__((unused)) int
rt3d_list_check(const int32_t *starts, const int32_t *list, const rt3d_section_want *want) {
  if (starts[0] != 0)
    return 1;
  for (int32_t i = 0; i < want->segments; ++i) {
    const int32_t row = i % want->rows, depth = i / want->rows % want->depths;
    const int64_t least = (int64_t)row * want->row_offset + (int64_t)depth * want->depth_offset;
    if (starts[i + 1] < starts[i])
      return 1;
    for (int32_t k = starts[i]; k < starts[i + 1]; ++k)
      if (list[k] < least || list[k] > least + want->largest_offset)
        return 1;
  }
  return 0;
}

/* 0 when a section of `bytes` bytes is whole and reads nothing outside itself and the kernel's
 * input. */
static inline __attribute__((unused)) int
rt3d_section_check(const unsigned char *section, size_t bytes, const rt3d_section_want *want) {
  const rt3d_section *s = (const rt3d_section *)(const void *)section;
  if (bytes < sizeof *s || s->magic != RT3D_SECTION_MAGIC || s->version != RT3D_SECTION_VERSION)
    return 1;
  if (s->filter_blocks != want->filter_blocks || s->channel_blocks != want->channel_blocks)
    return 2;
  if (s->bytes > bytes || s->entries < 0)
    return 3;
  const uint64_t blocks = (uint64_t)want->filter_blocks * (uint64_t)want->channel_blocks;
  const uint64_t words = (uint64_t)want->segments + 3;
  if ((s->bias | s->blocks | s->offsets | s->weights) % 64 != 0)
    return 4;
  if (s->bias + 4 * (uint64_t)want->bias_floats > s->bytes ||
      s->blocks + 4 * words * blocks > s->bytes ||
      s->offsets + 4 * (uint64_t)s->entries > s->bytes ||
      s->weights + (uint64_t)want->weight_bytes * RT3D_LANES * s->weight_vectors > s->bytes)
    return 5;
  const int32_t *block = (const int32_t *)(const void *)(section + s->blocks);
  const int32_t *offsets = (const int32_t *)(const void *)(section + s->offsets);
  for (uint64_t i = 0; i < blocks; ++i, block += words) {
    const uint64_t filter =
        want->filter_major ? i / (uint64_t)want->channel_blocks : i % (uint64_t)want->filter_blocks;
    const int64_t behind = (int64_t)filter - want->full_blocks;
    const uint64_t vectors =
        (uint64_t)(behind < 0 ? want->entry_vectors : want->rest_vectors[behind]);
    const int32_t count = block[words - 1];
    if (block[0] < 0 || count < 0 || (int64_t)block[0] + count > s->entries ||
        (uint32_t)block[1] + vectors * (uint64_t)count > s->weight_vectors)
      return 6;
    for (int32_t k = 0; k < want->segments; ++k)
      if (block[2 + k] < 0 || block[2 + k] > count)
        return 6;
    if (rt3d_list_check(block + 2, offsets + block[0], want) != 0)
      return 7;
  }
  return 0;
}

/* The section of a Winograd kernel (kernels/pack). Places are bytes from the section's start. */
typedef struct {
  uint32_t magic, version;
  uint32_t points; /* of the transform domain */
  uint32_t bias, weights, bytes;
  uint32_t bias_floats, weight_vectors;
  uint32_t reserved[8];
} rt3d_winograd_section;

#define RT3D_WINOGRAD_MAGIC 0x57443352u /* "R3DW" */
#define RT3D_WINOGRAD_VERSION 1u

/* The data of a Winograd kernel: a bias for each filter, and the transformed weights in the order
 * in which the kernel reads them. */
typedef struct {
  const float *bias;
  const rt3d_value *weights;
} rt3d_winograd;

RT3D_INLINE rt3d_winograd rt3d_winograd_of(const unsigned char *section) {
  const rt3d_winograd_section *s = (const rt3d_winograd_section *)(const void *)section;
  rt3d_winograd k;
  k.bias = (const float *)(const void *)(section + s->bias);
  k.weights = (const rt3d_value *)(const void *)(section + s->weights);
  return k;
}

/* 0 when a section of `bytes` bytes is whole and has what the kernel reads. */
static inline __attribute__((unused)) int rt3d_winograd_check(const unsigned char *section,
                                                              size_t bytes, uint32_t points,
                                                              uint32_t bias_floats,
                                                              uint32_t weight_vectors) {
  const rt3d_winograd_section *s = (const rt3d_winograd_section *)(const void *)section;
  if (bytes < sizeof *s || s->magic != RT3D_WINOGRAD_MAGIC || s->version != RT3D_WINOGRAD_VERSION)
    return 1;
  if (s->points != points || s->bias_floats != bias_floats || s->weight_vectors != weight_vectors)
    return 2;
  if (s->bytes > bytes)
    return 3;
  if ((s->bias | s->weights) % 64 != 0)
    return 4;
  if (s->bias + 4 * (uint64_t)bias_floats > s->bytes ||
      s->weights + sizeof(rt3d_value) * RT3D_LANES * (uint64_t)weight_vectors > s->bytes)
    return 5;
  return 0;
}

/* The lesser and the greater of two numbers. */
RT3D_INLINE int rt3d_least(int a, int b) {
  return a < b ? a : b;
}

RT3D_INLINE int rt3d_most(int a, int b) {
  return a > b ? a : b;
}

#endif
