/* NEON of AArch64: 4 floats, 32 registers, multiply-add by lane. Meanings: rt3d_scalar.h. */
#ifndef RT3D_VECTOR_H
#define RT3D_VECTOR_H

#include <arm_neon.h>
#include <stdint.h>

#define RT3D_ISA_NAME "neon"
#define RT3D_LANES 4
#define RT3D_INLINE static inline __attribute__((always_inline, unused))

typedef float32x4_t rt3d_vec;

RT3D_INLINE rt3d_vec rt3d_load(const float *p) {
  return vld1q_f32(p);
}
RT3D_INLINE void rt3d_store(float *p, rt3d_vec v) {
  vst1q_f32(p, v);
}
RT3D_INLINE rt3d_vec rt3d_set1(float value) {
  return vdupq_n_f32(value);
}
RT3D_INLINE rt3d_vec rt3d_zero(void) {
  return vdupq_n_f32(0.0f);
}
RT3D_INLINE rt3d_vec rt3d_broadcast(const float *p) {
  return vld1q_dup_f32(p);
}
RT3D_INLINE rt3d_vec rt3d_fma(rt3d_vec a, rt3d_vec b, rt3d_vec c) {
  return vfmaq_f32(c, a, b);
}
RT3D_INLINE rt3d_vec rt3d_add(rt3d_vec a, rt3d_vec b) {
  return vaddq_f32(a, b);
}
RT3D_INLINE rt3d_vec rt3d_sub(rt3d_vec a, rt3d_vec b) {
  return vsubq_f32(a, b);
}
RT3D_INLINE rt3d_vec rt3d_mul(rt3d_vec a, rt3d_vec b) {
  return vmulq_f32(a, b);
}
RT3D_INLINE rt3d_vec rt3d_div(rt3d_vec a, rt3d_vec b) {
  return vdivq_f32(a, b);
}
RT3D_INLINE rt3d_vec rt3d_max(rt3d_vec a, rt3d_vec b) {
  return vmaxq_f32(a, b);
}
RT3D_INLINE rt3d_vec rt3d_min(rt3d_vec a, rt3d_vec b) {
  return vminq_f32(a, b);
}

/* Four activations in one register; rt3d_fma_lane(a, q, lane, c) is a * q[lane] + c. */
#define RT3D_BY_LANE 1
typedef float32x4_t rt3d_quad;
RT3D_INLINE rt3d_quad rt3d_load_quad(const float *p) {
  return vld1q_f32(p);
}
#define rt3d_fma_lane(a, q, lane, c) vfmaq_laneq_f32(c, a, q, lane)

#define RT3D_LOAD_HALF 1
RT3D_INLINE rt3d_vec rt3d_load_half(const uint16_t *p) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

/* Every AArch64 processor has NEON. */
RT3D_INLINE int rt3d_vector_missing(void) {
  return 0;
}

#endif
