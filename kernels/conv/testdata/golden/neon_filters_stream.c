/* c64_m64_k3x3x3_p1x1x1_i4x8x8_fp32_relu
 * direct_8x1x2_filter_c16_g4_t1 on neon */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[4][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 2}};
/* Kernel rows on the input, for each output. */
static const int kernel_rows[8][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 2}};

static __attribute__((noinline)) void kernel_8x1x2_first_last(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
  rt3d_data a0_0;
  rt3d_data a0_1;
  rt3d_data a1_0;
  rt3d_data a1_1;
  rt3d_data a2_0;
  rt3d_data a2_1;
  rt3d_data a3_0;
  rt3d_data a3_1;
  rt3d_data a4_0;
  rt3d_data a4_1;
  rt3d_data a5_0;
  rt3d_data a5_1;
  rt3d_data a6_0;
  rt3d_data a6_1;
  rt3d_data a7_0;
  rt3d_data a7_1;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
    a1_0 = a0_0;
    a1_1 = a0_1;
    a2_0 = a0_0;
    a2_1 = a0_1;
    a3_0 = a0_0;
    a3_1 = a0_1;
    a4_0 = a0_0;
    a4_1 = a0_1;
    a5_0 = a0_0;
    a5_1 = a0_1;
    a6_0 = a0_0;
    a6_1 = a0_1;
    a7_0 = a0_0;
    a7_1 = a0_1;
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 1600);
    a1_0 = rt3d_load(y + 4);
    a1_1 = rt3d_load(y + 1604);
    a2_0 = rt3d_load(y + 8);
    a2_1 = rt3d_load(y + 1608);
    a3_0 = rt3d_load(y + 12);
    a3_1 = rt3d_load(y + 1612);
    a4_0 = rt3d_load(y + 16);
    a4_1 = rt3d_load(y + 1616);
    a5_0 = rt3d_load(y + 20);
    a5_1 = rt3d_load(y + 1620);
    a6_0 = rt3d_load(y + 24);
    a6_1 = rt3d_load(y + 1624);
    a7_0 = rt3d_load(y + 28);
    a7_1 = rt3d_load(y + 1628);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    switch (run->class) {
      case 0: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
            const rt3d_quad x1 = rt3d_load_quad(p + 4);
            const rt3d_quad x2 = rt3d_load_quad(p + 8);
            const rt3d_quad x3 = rt3d_load_quad(p + 12);
            const rt3d_quad x4 = rt3d_load_quad(p + 16);
            const rt3d_quad x5 = rt3d_load_quad(p + 20);
            const rt3d_quad x6 = rt3d_load_quad(p + 24);
            const rt3d_quad x7 = rt3d_load_quad(p + 28);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            const rt3d_data w0_1 = rt3d_load_data(weights + 1 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a1_1 = rt3d_fma_lane(w0_1, x1, 0, a1_1);
            const rt3d_data w1_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
            a2_1 = rt3d_fma_lane(w0_1, x2, 0, a2_1);
            a3_1 = rt3d_fma_lane(w0_1, x3, 0, a3_1);
            a4_1 = rt3d_fma_lane(w0_1, x4, 0, a4_1);
            a5_1 = rt3d_fma_lane(w0_1, x5, 0, a5_1);
            a6_1 = rt3d_fma_lane(w0_1, x6, 0, a6_1);
            a7_1 = rt3d_fma_lane(w0_1, x7, 0, a7_1);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            const rt3d_data w1_1 = rt3d_load_data(weights + 3 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a1_1 = rt3d_fma_lane(w1_1, x1, 1, a1_1);
            const rt3d_data w2_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
            a2_1 = rt3d_fma_lane(w1_1, x2, 1, a2_1);
            a3_1 = rt3d_fma_lane(w1_1, x3, 1, a3_1);
            a4_1 = rt3d_fma_lane(w1_1, x4, 1, a4_1);
            a5_1 = rt3d_fma_lane(w1_1, x5, 1, a5_1);
            a6_1 = rt3d_fma_lane(w1_1, x6, 1, a6_1);
            a7_1 = rt3d_fma_lane(w1_1, x7, 1, a7_1);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            const rt3d_data w2_1 = rt3d_load_data(weights + 5 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a1_1 = rt3d_fma_lane(w2_1, x1, 2, a1_1);
            const rt3d_data w3_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
            a2_1 = rt3d_fma_lane(w2_1, x2, 2, a2_1);
            a3_1 = rt3d_fma_lane(w2_1, x3, 2, a3_1);
            a4_1 = rt3d_fma_lane(w2_1, x4, 2, a4_1);
            a5_1 = rt3d_fma_lane(w2_1, x5, 2, a5_1);
            a6_1 = rt3d_fma_lane(w2_1, x6, 2, a6_1);
            a7_1 = rt3d_fma_lane(w2_1, x7, 2, a7_1);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_data w3_1 = rt3d_load_data(weights + 7 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            a1_1 = rt3d_fma_lane(w3_1, x1, 3, a1_1);
            a2_1 = rt3d_fma_lane(w3_1, x2, 3, a2_1);
            a3_1 = rt3d_fma_lane(w3_1, x3, 3, a3_1);
            a4_1 = rt3d_fma_lane(w3_1, x4, 3, a4_1);
            a5_1 = rt3d_fma_lane(w3_1, x5, 3, a5_1);
            a6_1 = rt3d_fma_lane(w3_1, x6, 3, a6_1);
            a7_1 = rt3d_fma_lane(w3_1, x7, 3, a7_1);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
      case 1: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
            const rt3d_quad x0 = rt3d_load_quad(p + 0);
            const rt3d_quad x1 = rt3d_load_quad(p + 4);
            const rt3d_quad x2 = rt3d_load_quad(p + 8);
            const rt3d_quad x3 = rt3d_load_quad(p + 12);
            const rt3d_quad x4 = rt3d_load_quad(p + 16);
            const rt3d_quad x5 = rt3d_load_quad(p + 20);
            const rt3d_quad x6 = rt3d_load_quad(p + 24);
            a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 28);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            const rt3d_data w0_1 = rt3d_load_data(weights + 1 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a0_1 = rt3d_fma_lane(w0_1, x0, 0, a0_1);
            a1_1 = rt3d_fma_lane(w0_1, x1, 0, a1_1);
            const rt3d_data w1_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
            a2_1 = rt3d_fma_lane(w0_1, x2, 0, a2_1);
            a3_1 = rt3d_fma_lane(w0_1, x3, 0, a3_1);
            a4_1 = rt3d_fma_lane(w0_1, x4, 0, a4_1);
            a5_1 = rt3d_fma_lane(w0_1, x5, 0, a5_1);
            a6_1 = rt3d_fma_lane(w0_1, x6, 0, a6_1);
            a7_1 = rt3d_fma_lane(w0_1, x7, 0, a7_1);
            a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            const rt3d_data w1_1 = rt3d_load_data(weights + 3 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a0_1 = rt3d_fma_lane(w1_1, x0, 1, a0_1);
            a1_1 = rt3d_fma_lane(w1_1, x1, 1, a1_1);
            const rt3d_data w2_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
            a2_1 = rt3d_fma_lane(w1_1, x2, 1, a2_1);
            a3_1 = rt3d_fma_lane(w1_1, x3, 1, a3_1);
            a4_1 = rt3d_fma_lane(w1_1, x4, 1, a4_1);
            a5_1 = rt3d_fma_lane(w1_1, x5, 1, a5_1);
            a6_1 = rt3d_fma_lane(w1_1, x6, 1, a6_1);
            a7_1 = rt3d_fma_lane(w1_1, x7, 1, a7_1);
            a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            const rt3d_data w2_1 = rt3d_load_data(weights + 5 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a0_1 = rt3d_fma_lane(w2_1, x0, 2, a0_1);
            a1_1 = rt3d_fma_lane(w2_1, x1, 2, a1_1);
            const rt3d_data w3_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
            a2_1 = rt3d_fma_lane(w2_1, x2, 2, a2_1);
            a3_1 = rt3d_fma_lane(w2_1, x3, 2, a3_1);
            a4_1 = rt3d_fma_lane(w2_1, x4, 2, a4_1);
            a5_1 = rt3d_fma_lane(w2_1, x5, 2, a5_1);
            a6_1 = rt3d_fma_lane(w2_1, x6, 2, a6_1);
            a7_1 = rt3d_fma_lane(w2_1, x7, 2, a7_1);
            a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_data w3_1 = rt3d_load_data(weights + 7 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            a0_1 = rt3d_fma_lane(w3_1, x0, 3, a0_1);
            a1_1 = rt3d_fma_lane(w3_1, x1, 3, a1_1);
            a2_1 = rt3d_fma_lane(w3_1, x2, 3, a2_1);
            a3_1 = rt3d_fma_lane(w3_1, x3, 3, a3_1);
            a4_1 = rt3d_fma_lane(w3_1, x4, 3, a4_1);
            a5_1 = rt3d_fma_lane(w3_1, x5, 3, a5_1);
            a6_1 = rt3d_fma_lane(w3_1, x6, 3, a6_1);
            a7_1 = rt3d_fma_lane(w3_1, x7, 3, a7_1);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
      case 2: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
            const rt3d_quad x0 = rt3d_load_quad(p + 0);
            const rt3d_quad x1 = rt3d_load_quad(p + 4);
            const rt3d_quad x2 = rt3d_load_quad(p + 8);
            const rt3d_quad x3 = rt3d_load_quad(p + 12);
            const rt3d_quad x4 = rt3d_load_quad(p + 16);
            const rt3d_quad x5 = rt3d_load_quad(p + 20);
            const rt3d_quad x6 = rt3d_load_quad(p + 24);
            a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
            const rt3d_data w0_1 = rt3d_load_data(weights + 1 * RT3D_LANES);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a0_1 = rt3d_fma_lane(w0_1, x0, 0, a0_1);
            const rt3d_data w1_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
            a1_1 = rt3d_fma_lane(w0_1, x1, 0, a1_1);
            a2_1 = rt3d_fma_lane(w0_1, x2, 0, a2_1);
            a3_1 = rt3d_fma_lane(w0_1, x3, 0, a3_1);
            a4_1 = rt3d_fma_lane(w0_1, x4, 0, a4_1);
            a5_1 = rt3d_fma_lane(w0_1, x5, 0, a5_1);
            a6_1 = rt3d_fma_lane(w0_1, x6, 0, a6_1);
            a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
            const rt3d_data w1_1 = rt3d_load_data(weights + 3 * RT3D_LANES);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a0_1 = rt3d_fma_lane(w1_1, x0, 1, a0_1);
            const rt3d_data w2_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
            a1_1 = rt3d_fma_lane(w1_1, x1, 1, a1_1);
            a2_1 = rt3d_fma_lane(w1_1, x2, 1, a2_1);
            a3_1 = rt3d_fma_lane(w1_1, x3, 1, a3_1);
            a4_1 = rt3d_fma_lane(w1_1, x4, 1, a4_1);
            a5_1 = rt3d_fma_lane(w1_1, x5, 1, a5_1);
            a6_1 = rt3d_fma_lane(w1_1, x6, 1, a6_1);
            a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
            const rt3d_data w2_1 = rt3d_load_data(weights + 5 * RT3D_LANES);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a0_1 = rt3d_fma_lane(w2_1, x0, 2, a0_1);
            const rt3d_data w3_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
            a1_1 = rt3d_fma_lane(w2_1, x1, 2, a1_1);
            a2_1 = rt3d_fma_lane(w2_1, x2, 2, a2_1);
            a3_1 = rt3d_fma_lane(w2_1, x3, 2, a3_1);
            a4_1 = rt3d_fma_lane(w2_1, x4, 2, a4_1);
            a5_1 = rt3d_fma_lane(w2_1, x5, 2, a5_1);
            a6_1 = rt3d_fma_lane(w2_1, x6, 2, a6_1);
            a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
            const rt3d_data w3_1 = rt3d_load_data(weights + 7 * RT3D_LANES);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            a0_1 = rt3d_fma_lane(w3_1, x0, 3, a0_1);
            a1_1 = rt3d_fma_lane(w3_1, x1, 3, a1_1);
            a2_1 = rt3d_fma_lane(w3_1, x2, 3, a2_1);
            a3_1 = rt3d_fma_lane(w3_1, x3, 3, a3_1);
            a4_1 = rt3d_fma_lane(w3_1, x4, 3, a4_1);
            a5_1 = rt3d_fma_lane(w3_1, x5, 3, a5_1);
            a6_1 = rt3d_fma_lane(w3_1, x6, 3, a6_1);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(a0_0);
    a0_1 = kernel_activate(a0_1);
    a1_0 = kernel_activate(a1_0);
    a1_1 = kernel_activate(a1_1);
    a2_0 = kernel_activate(a2_0);
    a2_1 = kernel_activate(a2_1);
    a3_0 = kernel_activate(a3_0);
    a3_1 = kernel_activate(a3_1);
    a4_0 = kernel_activate(a4_0);
    a4_1 = kernel_activate(a4_1);
    a5_0 = kernel_activate(a5_0);
    a5_1 = kernel_activate(a5_1);
    a6_0 = kernel_activate(a6_0);
    a6_1 = kernel_activate(a6_1);
    a7_0 = kernel_activate(a7_0);
    a7_1 = kernel_activate(a7_1);
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 1600, a0_1);
  rt3d_store(y + 4, a1_0);
  rt3d_store(y + 1604, a1_1);
  rt3d_store(y + 8, a2_0);
  rt3d_store(y + 1608, a2_1);
  rt3d_store(y + 12, a3_0);
  rt3d_store(y + 1612, a3_1);
  rt3d_store(y + 16, a4_0);
  rt3d_store(y + 1616, a4_1);
  rt3d_store(y + 20, a5_0);
  rt3d_store(y + 1620, a5_1);
  rt3d_store(y + 24, a6_0);
  rt3d_store(y + 1624, a6_1);
  rt3d_store(y + 28, a7_0);
  rt3d_store(y + 1628, a7_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row, w = column * 8, vector = filter * 2;
  const int32_t *block = k->blocks + (ptrdiff_t)(filter * 4 + channel) * 30;
  const rt3d_value *x = k->x + -400 + (ptrdiff_t)d * 400 + (ptrdiff_t)h * 40 + (ptrdiff_t)w * 4;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 44 + (ptrdiff_t)vector * 1600 + (ptrdiff_t)d * 400 + (ptrdiff_t)h * 40 + (ptrdiff_t)w * 4;
  rt3d_run runs[10];
  const int d0 = kernel_depths[d][0], d1 = kernel_depths[d][1], h0 = kernel_rows[row][0], h1 = kernel_rows[row][1];
  rt3d_run *run = runs;
  if (d1 - d0 == 3 && h1 - h0 == 3 && column > 0 && column < 0) {
    *run++ = (rt3d_run){0, block[29], 0};
  } else {
    for (int class = 0; class < 3; ++class) {
      const int32_t *starts = block + 2 + class * 9;
      if (h1 - h0 == 3) {
        *run = (rt3d_run){starts[d0 * 3], starts[d1 * 3] - starts[d0 * 3], class};
        run += run->count > 0;
      } else {
        for (int i = d0; i < d1; ++i) {
          *run = (rt3d_run){starts[i * 3 + h0], starts[i * 3 + h1] - starts[i * 3 + h0], class};
          run += run->count > 0;
        }
      }
    }
  }
  run->count = 0;
  const int part = (channel == 0 ? 1 : 0) | (channel == 3 ? 2 : 0);
  kernel_8x1x2_first_last(x, list, weights, runs, bias, y, part);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 4; ++channel)
      cost += k->blocks[(ptrdiff_t)(filter * 4 + channel) * 30 + 29] + 4;
  }
  return cost;
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  (void)workspace;
  const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);
  int64_t total = 0, before = 0;
  for (int chunk = 0; chunk < 8; ++chunk) total += kernel_cost(&k, chunk);
  for (int chunk = 0; chunk < 8; ++chunk) {
    const int64_t cost = kernel_cost(&k, chunk);
    const int begin = rt3d_share(before, cost, total, 32, from, of);
    const int end = rt3d_share(before, cost, total, 32, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int channel = 0; channel < 4; ++channel) {
        for (int band = begin; band < end; ++band) {
          const int d = band / 8;
          const int row = band % 8;
          for (int column = 0; column < 1; ++column) {
            kernel_tile(&k, d, row, column, filter, channel);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {8, 4, 8, 8, {0, 0}, 64, 1, 27, 3, 3, 40, 400, 24008, 4};
  return rt3d_section_check(weights, bytes, &want);
}

