/* The data type float: activations and weights are stored and multiplied as the lanes of rt3d_vec.
 */
#ifndef RT3D_DATA_H
#define RT3D_DATA_H

#include <stdint.h>

/* One stored activation or weight. */
typedef float rt3d_value;
/* What the inner loop multiplies and adds up: RT3D_LANES values. */
typedef rt3d_vec rt3d_data;

RT3D_INLINE rt3d_data rt3d_load_data(const rt3d_value *p) {
  return rt3d_load(p);
}

/* a * b + c */
RT3D_INLINE rt3d_data rt3d_fma_data(rt3d_data a, rt3d_data b, rt3d_data c) {
  return rt3d_fma(a, b, c);
}

/* To float32, in which everything but the inner loop calculates. */
RT3D_INLINE rt3d_vec rt3d_widen(rt3d_data v) {
  return v;
}

/* RT3D_LANES weights in half precision, which are finite; vector headers that can do it faster
 * define RT3D_LOAD_HALF. */
typedef uint16_t rt3d_half;
#ifndef RT3D_LOAD_HALF
#include <string.h>
RT3D_INLINE rt3d_vec rt3d_load_half(const rt3d_half *p) {
  float lanes[RT3D_LANES];
  for (int i = 0; i < RT3D_LANES; ++i) {
    /* The exponent counts from 2^-15 instead of 2^-127; the product is exact. */
    const uint32_t magnitude = (uint32_t)(p[i] & 0x7fff) << 13, sign = (uint32_t)(p[i] & 0x8000)
                                                                       << 16;
    memcpy(&lanes[i], &magnitude, sizeof magnitude);
    lanes[i] *= sign ? -0x1p112f : 0x1p112f;
  }
  return rt3d_load(lanes);
}
#endif

/* Between vectors and floats, whatever the data type is. */
RT3D_INLINE rt3d_vec rt3d_load_floats(const float *p) {
  return rt3d_load(p);
}

RT3D_INLINE void rt3d_store_floats(float *p, rt3d_vec v) {
  rt3d_store(p, v);
}

#endif
