/* The same for every vector extension: built on the names above it. */
#ifndef RT3D_COMMON_H
#define RT3D_COMMON_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

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
#define RT3D_SECTION_VERSION 1u

/* What one filter block adds up over one channel block: `count` entries of the kept list from
 * `first`, and their weights from vector `weights`. */
typedef struct {
  int32_t first, count;
  uint32_t weights;
} rt3d_block;

/* One call of a convolution. */
typedef struct {
  const rt3d_value *x;
  rt3d_value *y;
  const rt3d_value *residual;
  const float *bias;
  const rt3d_block *blocks;
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
  k.blocks = (const rt3d_block *)(const void *)(section + s->blocks);
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
  /* Weight vectors of an entry in a full filter block, and in the last one. */
  int32_t entry_vectors, tail_vectors;
  int32_t bias_floats, largest_offset;
  int32_t filter_major; /* the table of blocks: filter block outermost, or channel block */
} rt3d_section_want;

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
  if ((s->bias | s->blocks | s->offsets | s->weights) % 64 != 0)
    return 4;
  if (s->bias + 4 * (uint64_t)want->bias_floats > s->bytes ||
      s->blocks + sizeof(rt3d_block) * blocks > s->bytes ||
      s->offsets + 4 * (uint64_t)s->entries > s->bytes ||
      s->weights + sizeof(rt3d_value) * RT3D_LANES * s->weight_vectors > s->bytes)
    return 5;
  const rt3d_block *block = (const rt3d_block *)(const void *)(section + s->blocks);
  for (uint64_t i = 0; i < blocks; ++i) {
    const uint64_t filter =
        want->filter_major ? i / (uint64_t)want->channel_blocks : i % (uint64_t)want->filter_blocks;
    const int last = filter == (uint64_t)want->filter_blocks - 1;
    const uint64_t vectors = (uint64_t)(last ? want->tail_vectors : want->entry_vectors);
    if (block[i].first < 0 || block[i].count < 0 ||
        (int64_t)block[i].first + block[i].count > s->entries ||
        block[i].weights + vectors * (uint64_t)block[i].count > s->weight_vectors)
      return 6;
  }
  const int32_t *offset = (const int32_t *)(const void *)(section + s->offsets);
  for (int32_t i = 0; i < s->entries; ++i)
    if (offset[i] < 0 || offset[i] > want->largest_offset)
      return 7;
  return 0;
}

#endif
