/* The data type float: activations and weights are stored and multiplied as the lanes of rt3d_vec.
 */
#ifndef RT3D_DATA_H
#define RT3D_DATA_H

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

/* Between vectors and floats, whatever the data type is. */
RT3D_INLINE rt3d_vec rt3d_load_floats(const float *p) {
  return rt3d_load(p);
}

RT3D_INLINE void rt3d_store_floats(float *p, rt3d_vec v) {
  rt3d_store(p, v);
}

#endif
