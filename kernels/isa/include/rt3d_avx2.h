/* AVX2 with FMA: 8 floats, 16 registers. Meanings: rt3d_scalar.h. */
#ifndef RT3D_VECTOR_H
#define RT3D_VECTOR_H

#include <immintrin.h>
#include <stdint.h>

#define RT3D_ISA_NAME "avx2"
#define RT3D_LANES 8
#define RT3D_INLINE static inline __attribute__((always_inline, unused))

typedef __m256 rt3d_vec;

RT3D_INLINE rt3d_vec rt3d_load(const float *p) {
  return _mm256_loadu_ps(p);
}
RT3D_INLINE void rt3d_store(float *p, rt3d_vec v) {
  _mm256_storeu_ps(p, v);
}
RT3D_INLINE rt3d_vec rt3d_set1(float value) {
  return _mm256_set1_ps(value);
}
RT3D_INLINE rt3d_vec rt3d_zero(void) {
  return _mm256_setzero_ps();
}
RT3D_INLINE rt3d_vec rt3d_broadcast(const float *p) {
  return _mm256_broadcast_ss(p);
}
RT3D_INLINE rt3d_vec rt3d_fma(rt3d_vec a, rt3d_vec b, rt3d_vec c) {
  return _mm256_fmadd_ps(a, b, c);
}
/* Steps of a tile's inner loop. Left to themselves, compilers run out of the 16 registers and
 * spill: gcc moves accumulators about, clang collects loads. So sums stay where they are, and for
 * clang everything keeps the order in which it is written. */
#define RT3D_STEP_FMA(sum, a, b) RT3D_STEP("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b))
#ifdef __clang__
#define RT3D_STEP __asm__ volatile
#define RT3D_STEP_LOAD(v, p) RT3D_STEP("vmovups %1, %0" : "=x"(v) : "m"(*(const float(*)[8])(p)))
#define RT3D_STEP_BROADCAST(v, p) RT3D_STEP("vbroadcastss %1, %0" : "=x"(v) : "m"(*(p)))
#else
#define RT3D_STEP __asm__
#define RT3D_STEP_LOAD(v, p) ((v) = rt3d_load(p))
#define RT3D_STEP_BROADCAST(v, p) ((v) = rt3d_broadcast(p))
#endif
RT3D_INLINE rt3d_vec rt3d_add(rt3d_vec a, rt3d_vec b) {
  return _mm256_add_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_sub(rt3d_vec a, rt3d_vec b) {
  return _mm256_sub_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_mul(rt3d_vec a, rt3d_vec b) {
  return _mm256_mul_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_div(rt3d_vec a, rt3d_vec b) {
  return _mm256_div_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_max(rt3d_vec a, rt3d_vec b) {
  return _mm256_max_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_min(rt3d_vec a, rt3d_vec b) {
  return _mm256_min_ps(a, b);
}

#define RT3D_LOAD_HALF 1
RT3D_INLINE rt3d_vec rt3d_load_half(const uint16_t *p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* Every processor with AVX2 has F16C. */
RT3D_INLINE int rt3d_vector_missing(void) {
  return !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
}

#endif
