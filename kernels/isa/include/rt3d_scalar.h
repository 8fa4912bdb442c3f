/* Portable C: the definition of every name that the headers of the vector extensions offer.
 *
 * rt3d_fma may round once or twice; nothing is promised about which operand a maximum or minimum
 * returns when the first argument is not a number; when the second is, the result is not a number.
 */
#ifndef RT3D_VECTOR_H
#define RT3D_VECTOR_H

#define RT3D_ISA_NAME "scalar"
#ifndef RT3D_LANES /* the test of the other headers sets theirs */
#define RT3D_LANES 8
#endif
#define RT3D_INLINE static inline __attribute__((always_inline, unused))

typedef struct {
  float lane[RT3D_LANES];
} rt3d_vec;

#define RT3D_EACH_LANE for (int lane = 0; lane < RT3D_LANES; ++lane)

RT3D_INLINE rt3d_vec rt3d_load(const float *p) {
  rt3d_vec v;
  RT3D_EACH_LANE v.lane[lane] = p[lane];
  return v;
}

RT3D_INLINE void rt3d_store(float *p, rt3d_vec v) {
  RT3D_EACH_LANE p[lane] = v.lane[lane];
}

RT3D_INLINE rt3d_vec rt3d_set1(float value) {
  rt3d_vec v;
  RT3D_EACH_LANE v.lane[lane] = value;
  return v;
}

RT3D_INLINE rt3d_vec rt3d_zero(void) {
  return rt3d_set1(0.0f);
}

/* All lanes from one float in memory. */
RT3D_INLINE rt3d_vec rt3d_broadcast(const float *p) {
  return rt3d_set1(*p);
}

/* a * b + c */
RT3D_INLINE rt3d_vec rt3d_fma(rt3d_vec a, rt3d_vec b, rt3d_vec c) {
  RT3D_EACH_LANE c.lane[lane] += a.lane[lane] * b.lane[lane];
  return c;
}

RT3D_INLINE rt3d_vec rt3d_add(rt3d_vec a, rt3d_vec b) {
  RT3D_EACH_LANE a.lane[lane] += b.lane[lane];
  return a;
}

RT3D_INLINE rt3d_vec rt3d_sub(rt3d_vec a, rt3d_vec b) {
  RT3D_EACH_LANE a.lane[lane] -= b.lane[lane];
  return a;
}

RT3D_INLINE rt3d_vec rt3d_mul(rt3d_vec a, rt3d_vec b) {
  RT3D_EACH_LANE a.lane[lane] *= b.lane[lane];
  return a;
}

RT3D_INLINE rt3d_vec rt3d_div(rt3d_vec a, rt3d_vec b) {
  RT3D_EACH_LANE a.lane[lane] /= b.lane[lane];
  return a;
}

RT3D_INLINE rt3d_vec rt3d_max(rt3d_vec a, rt3d_vec b) {
  RT3D_EACH_LANE b.lane[lane] = a.lane[lane] > b.lane[lane] ? a.lane[lane] : b.lane[lane];
  return b;
}

RT3D_INLINE rt3d_vec rt3d_min(rt3d_vec a, rt3d_vec b) {
  RT3D_EACH_LANE b.lane[lane] = a.lane[lane] < b.lane[lane] ? a.lane[lane] : b.lane[lane];
  return b;
}

/* 0 when the processor can run this header's code. */
RT3D_INLINE int rt3d_vector_missing(void) {
  return 0;
}

#endif
