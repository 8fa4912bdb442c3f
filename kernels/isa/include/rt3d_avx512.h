/* AVX-512F: 16 floats, 32 registers. Meanings: rt3d_scalar.h. With RT3D_SIMDE the same code runs on
 * any processor through the SIMDe headers: that proves values, and its times say nothing. */
#ifndef RT3D_VECTOR_H
#define RT3D_VECTOR_H

#ifdef RT3D_SIMDE
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#else
#include <immintrin.h>
#endif

#include <stdint.h>

#define RT3D_ISA_NAME "avx512"
#define RT3D_LANES 16
#define RT3D_INLINE static inline __attribute__((always_inline, unused))

typedef __m512 rt3d_vec;

RT3D_INLINE rt3d_vec rt3d_load(const float *p) {
  return _mm512_loadu_ps(p);
}
RT3D_INLINE void rt3d_store(float *p, rt3d_vec v) {
  _mm512_storeu_ps(p, v);
}
RT3D_INLINE rt3d_vec rt3d_set1(float value) {
  return _mm512_set1_ps(value);
}
RT3D_INLINE rt3d_vec rt3d_zero(void) {
  return _mm512_setzero_ps();
}
RT3D_INLINE rt3d_vec rt3d_broadcast(const float *p) {
  return _mm512_set1_ps(*p);
}
RT3D_INLINE rt3d_vec rt3d_fma(rt3d_vec a, rt3d_vec b, rt3d_vec c) {
  return _mm512_fmadd_ps(a, b, c);
}
#ifndef RT3D_SIMDE
/* Steps of a tile's inner loop, in the order in which they are written. Left to themselves,
 * compilers move accumulators about and collect loads until the 32 registers do not suffice, and
 * spill. */
#define RT3D_STEP __asm__ volatile
#define RT3D_STEP_LOAD(v, p) RT3D_STEP("vmovups %1, %0" : "=v"(v) : "m"(*(const float(*)[16])(p)))
#define RT3D_STEP_BROADCAST(v, p) RT3D_STEP("vbroadcastss %1, %0" : "=v"(v) : "m"(*(p)))
#define RT3D_STEP_FMA(sum, a, b) RT3D_STEP("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b))
#define RT3D_STEP_FMA_LOAD(sum, p, b)                                                              \
  RT3D_STEP("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(b), "m"(*(const float(*)[16])(p)))
#define RT3D_STEP_FMA_BROADCAST(sum, a, p)                                                         \
  RT3D_STEP("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(a), "m"(*(p)))
#endif
RT3D_INLINE rt3d_vec rt3d_add(rt3d_vec a, rt3d_vec b) {
  return _mm512_add_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_sub(rt3d_vec a, rt3d_vec b) {
  return _mm512_sub_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_mul(rt3d_vec a, rt3d_vec b) {
  return _mm512_mul_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_div(rt3d_vec a, rt3d_vec b) {
  return _mm512_div_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_max(rt3d_vec a, rt3d_vec b) {
  return _mm512_max_ps(a, b);
}
RT3D_INLINE rt3d_vec rt3d_min(rt3d_vec a, rt3d_vec b) {
  return _mm512_min_ps(a, b);
}

#ifndef RT3D_SIMDE
#define RT3D_LOAD_HALF 1
RT3D_INLINE rt3d_vec rt3d_load_half(const uint16_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
#endif

RT3D_INLINE int rt3d_vector_missing(void) {
#ifdef RT3D_SIMDE
  return 0;
#else
  return !__builtin_cpu_supports("avx512f");
#endif
}

#endif
