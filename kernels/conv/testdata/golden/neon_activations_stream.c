/* c64_m64_k3x3x3_p1x1x1_i4x14x14_fp32_sigmoid
 * direct_14x1x1_slab2_c0_g8_t1 on neon */
static __attribute__((noinline)) rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_sigmoid(v); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[4][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 2}};
/* Kernel rows on the input, for each output. */
static const int kernel_rows[14][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 2}};

static __attribute__((noinline)) void kernel_14x1x1_first_last(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a2_0 = a0_0;
  rt3d_data a3_0 = a0_0;
  rt3d_data a4_0 = a0_0;
  rt3d_data a5_0 = a0_0;
  rt3d_data a6_0 = a0_0;
  rt3d_data a7_0 = a0_0;
  rt3d_data a8_0 = a0_0;
  rt3d_data a9_0 = a0_0;
  rt3d_data a10_0 = a0_0;
  rt3d_data a11_0 = a0_0;
  rt3d_data a12_0 = a0_0;
  rt3d_data a13_0 = a0_0;
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
            const rt3d_data w1_0 = rt3d_load_data(weights + 1 * RT3D_LANES);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            const rt3d_data w2_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            const rt3d_data w3_0 = rt3d_load_data(weights + 3 * RT3D_LANES);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_quad x5 = rt3d_load_quad(p + 20);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            const rt3d_quad x6 = rt3d_load_quad(p + 24);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 28);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            const rt3d_quad x8 = rt3d_load_quad(p + 32);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a8_0 = rt3d_fma_lane(w0_0, x8, 0, a8_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a8_0 = rt3d_fma_lane(w1_0, x8, 1, a8_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a8_0 = rt3d_fma_lane(w2_0, x8, 2, a8_0);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            const rt3d_quad x9 = rt3d_load_quad(p + 36);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            const rt3d_quad x10 = rt3d_load_quad(p + 40);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            const rt3d_quad x11 = rt3d_load_quad(p + 44);
            a8_0 = rt3d_fma_lane(w3_0, x8, 3, a8_0);
            const rt3d_quad x12 = rt3d_load_quad(p + 48);
            a9_0 = rt3d_fma_lane(w0_0, x9, 0, a9_0);
            a10_0 = rt3d_fma_lane(w0_0, x10, 0, a10_0);
            a11_0 = rt3d_fma_lane(w0_0, x11, 0, a11_0);
            a12_0 = rt3d_fma_lane(w0_0, x12, 0, a12_0);
            a9_0 = rt3d_fma_lane(w1_0, x9, 1, a9_0);
            a10_0 = rt3d_fma_lane(w1_0, x10, 1, a10_0);
            a11_0 = rt3d_fma_lane(w1_0, x11, 1, a11_0);
            a12_0 = rt3d_fma_lane(w1_0, x12, 1, a12_0);
            a9_0 = rt3d_fma_lane(w2_0, x9, 2, a9_0);
            a10_0 = rt3d_fma_lane(w2_0, x10, 2, a10_0);
            a11_0 = rt3d_fma_lane(w2_0, x11, 2, a11_0);
            a12_0 = rt3d_fma_lane(w2_0, x12, 2, a12_0);
            a9_0 = rt3d_fma_lane(w3_0, x9, 3, a9_0);
            const rt3d_quad x13 = rt3d_load_quad(p + 52);
            a10_0 = rt3d_fma_lane(w3_0, x10, 3, a10_0);
            a11_0 = rt3d_fma_lane(w3_0, x11, 3, a11_0);
            a12_0 = rt3d_fma_lane(w3_0, x12, 3, a12_0);
            a13_0 = rt3d_fma_lane(w0_0, x13, 0, a13_0);
            a13_0 = rt3d_fma_lane(w1_0, x13, 1, a13_0);
            a13_0 = rt3d_fma_lane(w2_0, x13, 2, a13_0);
            a13_0 = rt3d_fma_lane(w3_0, x13, 3, a13_0);
          }
          {
            const rt3d_data w0_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
            const rt3d_quad x1 = rt3d_load_quad(p + 4100);
            const rt3d_quad x2 = rt3d_load_quad(p + 4104);
            const rt3d_quad x3 = rt3d_load_quad(p + 4108);
            const rt3d_quad x4 = rt3d_load_quad(p + 4112);
            const rt3d_data w1_0 = rt3d_load_data(weights + 5 * RT3D_LANES);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            const rt3d_data w2_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            const rt3d_data w3_0 = rt3d_load_data(weights + 7 * RT3D_LANES);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_quad x5 = rt3d_load_quad(p + 4116);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            const rt3d_quad x6 = rt3d_load_quad(p + 4120);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 4124);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            const rt3d_quad x8 = rt3d_load_quad(p + 4128);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a8_0 = rt3d_fma_lane(w0_0, x8, 0, a8_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a8_0 = rt3d_fma_lane(w1_0, x8, 1, a8_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a8_0 = rt3d_fma_lane(w2_0, x8, 2, a8_0);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            const rt3d_quad x9 = rt3d_load_quad(p + 4132);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            const rt3d_quad x10 = rt3d_load_quad(p + 4136);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            const rt3d_quad x11 = rt3d_load_quad(p + 4140);
            a8_0 = rt3d_fma_lane(w3_0, x8, 3, a8_0);
            const rt3d_quad x12 = rt3d_load_quad(p + 4144);
            a9_0 = rt3d_fma_lane(w0_0, x9, 0, a9_0);
            a10_0 = rt3d_fma_lane(w0_0, x10, 0, a10_0);
            a11_0 = rt3d_fma_lane(w0_0, x11, 0, a11_0);
            a12_0 = rt3d_fma_lane(w0_0, x12, 0, a12_0);
            a9_0 = rt3d_fma_lane(w1_0, x9, 1, a9_0);
            a10_0 = rt3d_fma_lane(w1_0, x10, 1, a10_0);
            a11_0 = rt3d_fma_lane(w1_0, x11, 1, a11_0);
            a12_0 = rt3d_fma_lane(w1_0, x12, 1, a12_0);
            a9_0 = rt3d_fma_lane(w2_0, x9, 2, a9_0);
            a10_0 = rt3d_fma_lane(w2_0, x10, 2, a10_0);
            a11_0 = rt3d_fma_lane(w2_0, x11, 2, a11_0);
            a12_0 = rt3d_fma_lane(w2_0, x12, 2, a12_0);
            a9_0 = rt3d_fma_lane(w3_0, x9, 3, a9_0);
            const rt3d_quad x13 = rt3d_load_quad(p + 4148);
            a10_0 = rt3d_fma_lane(w3_0, x10, 3, a10_0);
            a11_0 = rt3d_fma_lane(w3_0, x11, 3, a11_0);
            a12_0 = rt3d_fma_lane(w3_0, x12, 3, a12_0);
            a13_0 = rt3d_fma_lane(w0_0, x13, 0, a13_0);
            a13_0 = rt3d_fma_lane(w1_0, x13, 1, a13_0);
            a13_0 = rt3d_fma_lane(w2_0, x13, 2, a13_0);
            a13_0 = rt3d_fma_lane(w3_0, x13, 3, a13_0);
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
            const rt3d_data w1_0 = rt3d_load_data(weights + 1 * RT3D_LANES);
            a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            const rt3d_data w2_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            const rt3d_data w3_0 = rt3d_load_data(weights + 3 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
            const rt3d_quad x4 = rt3d_load_quad(p + 16);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_quad x5 = rt3d_load_quad(p + 20);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            const rt3d_quad x6 = rt3d_load_quad(p + 24);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 28);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            const rt3d_quad x8 = rt3d_load_quad(p + 32);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            const rt3d_quad x9 = rt3d_load_quad(p + 36);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            const rt3d_quad x10 = rt3d_load_quad(p + 40);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            const rt3d_quad x11 = rt3d_load_quad(p + 44);
            a8_0 = rt3d_fma_lane(w0_0, x8, 0, a8_0);
            a9_0 = rt3d_fma_lane(w0_0, x9, 0, a9_0);
            a10_0 = rt3d_fma_lane(w0_0, x10, 0, a10_0);
            a11_0 = rt3d_fma_lane(w0_0, x11, 0, a11_0);
            a8_0 = rt3d_fma_lane(w1_0, x8, 1, a8_0);
            a9_0 = rt3d_fma_lane(w1_0, x9, 1, a9_0);
            a10_0 = rt3d_fma_lane(w1_0, x10, 1, a10_0);
            a11_0 = rt3d_fma_lane(w1_0, x11, 1, a11_0);
            a8_0 = rt3d_fma_lane(w2_0, x8, 2, a8_0);
            a9_0 = rt3d_fma_lane(w2_0, x9, 2, a9_0);
            a10_0 = rt3d_fma_lane(w2_0, x10, 2, a10_0);
            a11_0 = rt3d_fma_lane(w2_0, x11, 2, a11_0);
            a8_0 = rt3d_fma_lane(w3_0, x8, 3, a8_0);
            const rt3d_quad x12 = rt3d_load_quad(p + 48);
            a9_0 = rt3d_fma_lane(w3_0, x9, 3, a9_0);
            const rt3d_quad x13 = rt3d_load_quad(p + 52);
            a10_0 = rt3d_fma_lane(w3_0, x10, 3, a10_0);
            a11_0 = rt3d_fma_lane(w3_0, x11, 3, a11_0);
            a12_0 = rt3d_fma_lane(w0_0, x12, 0, a12_0);
            a13_0 = rt3d_fma_lane(w0_0, x13, 0, a13_0);
            a12_0 = rt3d_fma_lane(w1_0, x12, 1, a12_0);
            a13_0 = rt3d_fma_lane(w1_0, x13, 1, a13_0);
            a12_0 = rt3d_fma_lane(w2_0, x12, 2, a12_0);
            a13_0 = rt3d_fma_lane(w2_0, x13, 2, a13_0);
            a12_0 = rt3d_fma_lane(w3_0, x12, 3, a12_0);
            a13_0 = rt3d_fma_lane(w3_0, x13, 3, a13_0);
          }
          {
            const rt3d_data w0_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
            const rt3d_quad x0 = rt3d_load_quad(p + 4096);
            const rt3d_quad x1 = rt3d_load_quad(p + 4100);
            const rt3d_quad x2 = rt3d_load_quad(p + 4104);
            const rt3d_quad x3 = rt3d_load_quad(p + 4108);
            const rt3d_data w1_0 = rt3d_load_data(weights + 5 * RT3D_LANES);
            a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            const rt3d_data w2_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            const rt3d_data w3_0 = rt3d_load_data(weights + 7 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
            const rt3d_quad x4 = rt3d_load_quad(p + 4112);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_quad x5 = rt3d_load_quad(p + 4116);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            const rt3d_quad x6 = rt3d_load_quad(p + 4120);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 4124);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            const rt3d_quad x8 = rt3d_load_quad(p + 4128);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            const rt3d_quad x9 = rt3d_load_quad(p + 4132);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            const rt3d_quad x10 = rt3d_load_quad(p + 4136);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            const rt3d_quad x11 = rt3d_load_quad(p + 4140);
            a8_0 = rt3d_fma_lane(w0_0, x8, 0, a8_0);
            a9_0 = rt3d_fma_lane(w0_0, x9, 0, a9_0);
            a10_0 = rt3d_fma_lane(w0_0, x10, 0, a10_0);
            a11_0 = rt3d_fma_lane(w0_0, x11, 0, a11_0);
            a8_0 = rt3d_fma_lane(w1_0, x8, 1, a8_0);
            a9_0 = rt3d_fma_lane(w1_0, x9, 1, a9_0);
            a10_0 = rt3d_fma_lane(w1_0, x10, 1, a10_0);
            a11_0 = rt3d_fma_lane(w1_0, x11, 1, a11_0);
            a8_0 = rt3d_fma_lane(w2_0, x8, 2, a8_0);
            a9_0 = rt3d_fma_lane(w2_0, x9, 2, a9_0);
            a10_0 = rt3d_fma_lane(w2_0, x10, 2, a10_0);
            a11_0 = rt3d_fma_lane(w2_0, x11, 2, a11_0);
            a8_0 = rt3d_fma_lane(w3_0, x8, 3, a8_0);
            const rt3d_quad x12 = rt3d_load_quad(p + 4144);
            a9_0 = rt3d_fma_lane(w3_0, x9, 3, a9_0);
            const rt3d_quad x13 = rt3d_load_quad(p + 4148);
            a10_0 = rt3d_fma_lane(w3_0, x10, 3, a10_0);
            a11_0 = rt3d_fma_lane(w3_0, x11, 3, a11_0);
            a12_0 = rt3d_fma_lane(w0_0, x12, 0, a12_0);
            a13_0 = rt3d_fma_lane(w0_0, x13, 0, a13_0);
            a12_0 = rt3d_fma_lane(w1_0, x12, 1, a12_0);
            a13_0 = rt3d_fma_lane(w1_0, x13, 1, a13_0);
            a12_0 = rt3d_fma_lane(w2_0, x12, 2, a12_0);
            a13_0 = rt3d_fma_lane(w2_0, x13, 2, a13_0);
            a12_0 = rt3d_fma_lane(w3_0, x12, 3, a12_0);
            a13_0 = rt3d_fma_lane(w3_0, x13, 3, a13_0);
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
            const rt3d_data w1_0 = rt3d_load_data(weights + 1 * RT3D_LANES);
            a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            const rt3d_data w2_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            const rt3d_data w3_0 = rt3d_load_data(weights + 3 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
            const rt3d_quad x4 = rt3d_load_quad(p + 16);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_quad x5 = rt3d_load_quad(p + 20);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            const rt3d_quad x6 = rt3d_load_quad(p + 24);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 28);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            const rt3d_quad x8 = rt3d_load_quad(p + 32);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            const rt3d_quad x9 = rt3d_load_quad(p + 36);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            const rt3d_quad x10 = rt3d_load_quad(p + 40);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            const rt3d_quad x11 = rt3d_load_quad(p + 44);
            a8_0 = rt3d_fma_lane(w0_0, x8, 0, a8_0);
            a9_0 = rt3d_fma_lane(w0_0, x9, 0, a9_0);
            a10_0 = rt3d_fma_lane(w0_0, x10, 0, a10_0);
            a11_0 = rt3d_fma_lane(w0_0, x11, 0, a11_0);
            a8_0 = rt3d_fma_lane(w1_0, x8, 1, a8_0);
            a9_0 = rt3d_fma_lane(w1_0, x9, 1, a9_0);
            a10_0 = rt3d_fma_lane(w1_0, x10, 1, a10_0);
            a11_0 = rt3d_fma_lane(w1_0, x11, 1, a11_0);
            a8_0 = rt3d_fma_lane(w2_0, x8, 2, a8_0);
            a9_0 = rt3d_fma_lane(w2_0, x9, 2, a9_0);
            a10_0 = rt3d_fma_lane(w2_0, x10, 2, a10_0);
            a11_0 = rt3d_fma_lane(w2_0, x11, 2, a11_0);
            a8_0 = rt3d_fma_lane(w3_0, x8, 3, a8_0);
            const rt3d_quad x12 = rt3d_load_quad(p + 48);
            a9_0 = rt3d_fma_lane(w3_0, x9, 3, a9_0);
            a10_0 = rt3d_fma_lane(w3_0, x10, 3, a10_0);
            a11_0 = rt3d_fma_lane(w3_0, x11, 3, a11_0);
            a12_0 = rt3d_fma_lane(w0_0, x12, 0, a12_0);
            a12_0 = rt3d_fma_lane(w1_0, x12, 1, a12_0);
            a12_0 = rt3d_fma_lane(w2_0, x12, 2, a12_0);
            a12_0 = rt3d_fma_lane(w3_0, x12, 3, a12_0);
          }
          {
            const rt3d_data w0_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
            const rt3d_quad x0 = rt3d_load_quad(p + 4096);
            const rt3d_quad x1 = rt3d_load_quad(p + 4100);
            const rt3d_quad x2 = rt3d_load_quad(p + 4104);
            const rt3d_quad x3 = rt3d_load_quad(p + 4108);
            const rt3d_data w1_0 = rt3d_load_data(weights + 5 * RT3D_LANES);
            a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
            a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
            const rt3d_data w2_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
            a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
            a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
            a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
            const rt3d_data w3_0 = rt3d_load_data(weights + 7 * RT3D_LANES);
            a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
            a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
            a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
            a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
            a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
            a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
            a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
            const rt3d_quad x4 = rt3d_load_quad(p + 4112);
            a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
            const rt3d_quad x5 = rt3d_load_quad(p + 4116);
            a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
            const rt3d_quad x6 = rt3d_load_quad(p + 4120);
            a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
            const rt3d_quad x7 = rt3d_load_quad(p + 4124);
            a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
            a5_0 = rt3d_fma_lane(w0_0, x5, 0, a5_0);
            a6_0 = rt3d_fma_lane(w0_0, x6, 0, a6_0);
            a7_0 = rt3d_fma_lane(w0_0, x7, 0, a7_0);
            a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
            a5_0 = rt3d_fma_lane(w1_0, x5, 1, a5_0);
            a6_0 = rt3d_fma_lane(w1_0, x6, 1, a6_0);
            a7_0 = rt3d_fma_lane(w1_0, x7, 1, a7_0);
            a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
            a5_0 = rt3d_fma_lane(w2_0, x5, 2, a5_0);
            a6_0 = rt3d_fma_lane(w2_0, x6, 2, a6_0);
            a7_0 = rt3d_fma_lane(w2_0, x7, 2, a7_0);
            a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
            const rt3d_quad x8 = rt3d_load_quad(p + 4128);
            a5_0 = rt3d_fma_lane(w3_0, x5, 3, a5_0);
            const rt3d_quad x9 = rt3d_load_quad(p + 4132);
            a6_0 = rt3d_fma_lane(w3_0, x6, 3, a6_0);
            const rt3d_quad x10 = rt3d_load_quad(p + 4136);
            a7_0 = rt3d_fma_lane(w3_0, x7, 3, a7_0);
            const rt3d_quad x11 = rt3d_load_quad(p + 4140);
            a8_0 = rt3d_fma_lane(w0_0, x8, 0, a8_0);
            a9_0 = rt3d_fma_lane(w0_0, x9, 0, a9_0);
            a10_0 = rt3d_fma_lane(w0_0, x10, 0, a10_0);
            a11_0 = rt3d_fma_lane(w0_0, x11, 0, a11_0);
            a8_0 = rt3d_fma_lane(w1_0, x8, 1, a8_0);
            a9_0 = rt3d_fma_lane(w1_0, x9, 1, a9_0);
            a10_0 = rt3d_fma_lane(w1_0, x10, 1, a10_0);
            a11_0 = rt3d_fma_lane(w1_0, x11, 1, a11_0);
            a8_0 = rt3d_fma_lane(w2_0, x8, 2, a8_0);
            a9_0 = rt3d_fma_lane(w2_0, x9, 2, a9_0);
            a10_0 = rt3d_fma_lane(w2_0, x10, 2, a10_0);
            a11_0 = rt3d_fma_lane(w2_0, x11, 2, a11_0);
            a8_0 = rt3d_fma_lane(w3_0, x8, 3, a8_0);
            const rt3d_quad x12 = rt3d_load_quad(p + 4144);
            a9_0 = rt3d_fma_lane(w3_0, x9, 3, a9_0);
            a10_0 = rt3d_fma_lane(w3_0, x10, 3, a10_0);
            a11_0 = rt3d_fma_lane(w3_0, x11, 3, a11_0);
            a12_0 = rt3d_fma_lane(w0_0, x12, 0, a12_0);
            a12_0 = rt3d_fma_lane(w1_0, x12, 1, a12_0);
            a12_0 = rt3d_fma_lane(w2_0, x12, 2, a12_0);
            a12_0 = rt3d_fma_lane(w3_0, x12, 3, a12_0);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
    }
  }
  a0_0 = kernel_activate(a0_0);
  a1_0 = kernel_activate(a1_0);
  a2_0 = kernel_activate(a2_0);
  a3_0 = kernel_activate(a3_0);
  a4_0 = kernel_activate(a4_0);
  a5_0 = kernel_activate(a5_0);
  a6_0 = kernel_activate(a6_0);
  a7_0 = kernel_activate(a7_0);
  a8_0 = kernel_activate(a8_0);
  a9_0 = kernel_activate(a9_0);
  a10_0 = kernel_activate(a10_0);
  a11_0 = kernel_activate(a11_0);
  a12_0 = kernel_activate(a12_0);
  a13_0 = kernel_activate(a13_0);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4, a1_0);
  rt3d_store(y + 8, a2_0);
  rt3d_store(y + 12, a3_0);
  rt3d_store(y + 16, a4_0);
  rt3d_store(y + 20, a5_0);
  rt3d_store(y + 24, a6_0);
  rt3d_store(y + 28, a7_0);
  rt3d_store(y + 32, a8_0);
  rt3d_store(y + 36, a9_0);
  rt3d_store(y + 40, a10_0);
  rt3d_store(y + 44, a11_0);
  rt3d_store(y + 48, a12_0);
  rt3d_store(y + 52, a13_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 14, vector = filter;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 30;
  const rt3d_value *x = k->x + -1024 + (ptrdiff_t)d * 1024 + (ptrdiff_t)h * 64 + (ptrdiff_t)w * 4;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 68 + (ptrdiff_t)vector * 4096 + (ptrdiff_t)d * 1024 + (ptrdiff_t)h * 64 + (ptrdiff_t)w * 4;
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
  kernel_14x1x1_first_last(x, list, weights, runs, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 16; filter < (chunk + 1) * 16; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 30 + 29] + 4;
  }
  return cost;
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  (void)workspace;
  const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);
  int64_t total = 0, before = 0;
  for (int chunk = 0; chunk < 1; ++chunk) total += kernel_cost(&k, chunk);
  for (int chunk = 0; chunk < 1; ++chunk) {
    const int64_t cost = kernel_cost(&k, chunk);
    const int begin = rt3d_share(before, cost, total, 28, from, of);
    const int end = rt3d_share(before, cost, total, 28, to, of);
    before += cost;
    for (int band = begin; band < end; ++band) {
      const int d = band / 7;
      const int first = band % 7 * 2;
      for (int filter = chunk * 16; filter < (chunk + 1) * 16; ++filter) {
        for (int row = first; row < first + 2; ++row) {
          for (int column = 0; column < 1; ++column) {
            kernel_tile(&k, d, row, column, filter);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {16, 1, 16, 8, {0, 0}, 64, 1, 27, 3, 3, 64, 1024, 57352, 4};
  return rt3d_section_check(weights, bytes, &want);
}

