/* NEON of AArch64 with half precision (asimdhp): the inner loop works on 8 halves, all else on
 * their values as floats. Meanings: rt3d_scalar.h and rt3d_fp32.h. */
#ifndef RT3D_VECTOR_H
#define RT3D_VECTOR_H

#include <arm_neon.h>
#include <sys/auxv.h>

#define RT3D_ISA_NAME "neon/fp16"
#define RT3D_LANES 8
#define RT3D_INLINE static inline __attribute__((always_inline, unused))

typedef struct {
  float32x4_t low, high;
} rt3d_vec;

typedef float16_t rt3d_value;
typedef float16x8_t rt3d_data;

RT3D_INLINE rt3d_data rt3d_load_data(const rt3d_value *p) {
  return vld1q_f16(p);
}
RT3D_INLINE rt3d_data rt3d_zero_data(void) {
  return vdupq_n_f16(0.0f);
}
RT3D_INLINE rt3d_data rt3d_broadcast(const rt3d_value *p) {
  return vld1q_dup_f16(p);
}
RT3D_INLINE rt3d_data rt3d_fma_data(rt3d_data a, rt3d_data b, rt3d_data c) {
  return vfmaq_f16(c, a, b);
}
RT3D_INLINE rt3d_vec rt3d_widen(rt3d_data v) {
  return (rt3d_vec){vcvt_f32_f16(vget_low_f16(v)), vcvt_high_f32_f16(v)};
}

/* Four activations in one register; rt3d_fma_lane(a, q, lane, c) is a * q[lane] + c. */
#define RT3D_BY_LANE 1
typedef float16x4_t rt3d_quad;
RT3D_INLINE rt3d_quad rt3d_load_quad(const rt3d_value *p) {
  return vld1_f16(p);
}
#define rt3d_fma_lane(a, q, lane, c) vfmaq_lane_f16(c, a, q, lane)

RT3D_INLINE rt3d_vec rt3d_load(const rt3d_value *p) {
  return rt3d_widen(vld1q_f16(p));
}
RT3D_INLINE void rt3d_store(rt3d_value *p, rt3d_vec v) {
  vst1q_f16(p, vcvt_high_f16_f32(vcvt_f16_f32(v.low), v.high));
}
RT3D_INLINE rt3d_vec rt3d_load_floats(const float *p) {
  return (rt3d_vec){vld1q_f32(p), vld1q_f32(p + 4)};
}
RT3D_INLINE void rt3d_store_floats(float *p, rt3d_vec v) {
  vst1q_f32(p, v.low);
  vst1q_f32(p + 4, v.high);
}
RT3D_INLINE rt3d_vec rt3d_set1(float value) {
  return (rt3d_vec){vdupq_n_f32(value), vdupq_n_f32(value)};
}
RT3D_INLINE rt3d_vec rt3d_zero(void) {
  return rt3d_set1(0.0f);
}
RT3D_INLINE rt3d_vec rt3d_fma(rt3d_vec a, rt3d_vec b, rt3d_vec c) {
  return (rt3d_vec){vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)};
}
RT3D_INLINE rt3d_vec rt3d_add(rt3d_vec a, rt3d_vec b) {
  return (rt3d_vec){vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)};
}
RT3D_INLINE rt3d_vec rt3d_sub(rt3d_vec a, rt3d_vec b) {
  return (rt3d_vec){vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)};
}
RT3D_INLINE rt3d_vec rt3d_mul(rt3d_vec a, rt3d_vec b) {
  return (rt3d_vec){vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)};
}
RT3D_INLINE rt3d_vec rt3d_div(rt3d_vec a, rt3d_vec b) {
  return (rt3d_vec){vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)};
}
RT3D_INLINE rt3d_vec rt3d_max(rt3d_vec a, rt3d_vec b) {
  return (rt3d_vec){vmaxq_f32(a.low, b.low), vmaxq_f32(a.high, b.high)};
}
RT3D_INLINE rt3d_vec rt3d_min(rt3d_vec a, rt3d_vec b) {
  return (rt3d_vec){vminq_f32(a.low, b.low), vminq_f32(a.high, b.high)};
}

/* HWCAP_FPHP and HWCAP_ASIMDHP: arithmetic on halves is an option before ARMv9. */
RT3D_INLINE int rt3d_vector_missing(void) {
  const unsigned long want = 1ul << 9 | 1ul << 10;
  return (getauxval(AT_HWCAP) & want) != want;
}

#endif
