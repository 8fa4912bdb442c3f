/* c64_m64_k3x3x3_p1x1x1_i2x7x7_fp32_elu:1
 * direct_7x2x2_filter_c16_g4_t1 on avx512 */
static __attribute__((noinline)) rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_elu(v, 1.0f); }

static __attribute__((noinline)) void kernel_7x2x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, int part) {
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
  rt3d_data a8_0;
  rt3d_data a8_1;
  rt3d_data a9_0;
  rt3d_data a9_1;
  rt3d_data a10_0;
  rt3d_data a10_1;
  rt3d_data a11_0;
  rt3d_data a11_1;
  rt3d_data a12_0;
  rt3d_data a12_1;
  rt3d_data a13_0;
  rt3d_data a13_1;
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
    a8_0 = a0_0;
    a8_1 = a0_1;
    a9_0 = a0_0;
    a9_1 = a0_1;
    a10_0 = a0_0;
    a10_1 = a0_1;
    a11_0 = a0_0;
    a11_1 = a0_1;
    a12_0 = a0_0;
    a12_1 = a0_1;
    a13_0 = a0_0;
    a13_1 = a0_1;
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 2592);
    a1_0 = rt3d_load(y + 16);
    a1_1 = rt3d_load(y + 2608);
    a2_0 = rt3d_load(y + 32);
    a2_1 = rt3d_load(y + 2624);
    a3_0 = rt3d_load(y + 48);
    a3_1 = rt3d_load(y + 2640);
    a4_0 = rt3d_load(y + 64);
    a4_1 = rt3d_load(y + 2656);
    a5_0 = rt3d_load(y + 80);
    a5_1 = rt3d_load(y + 2672);
    a6_0 = rt3d_load(y + 96);
    a6_1 = rt3d_load(y + 2688);
    a7_0 = rt3d_load(y + 144);
    a7_1 = rt3d_load(y + 2736);
    a8_0 = rt3d_load(y + 160);
    a8_1 = rt3d_load(y + 2752);
    a9_0 = rt3d_load(y + 176);
    a9_1 = rt3d_load(y + 2768);
    a10_0 = rt3d_load(y + 192);
    a10_1 = rt3d_load(y + 2784);
    a11_0 = rt3d_load(y + 208);
    a11_1 = rt3d_load(y + 2800);
    a12_0 = rt3d_load(y + 224);
    a12_1 = rt3d_load(y + 2816);
    a13_0 = rt3d_load(y + 240);
    a13_1 = rt3d_load(y + 2832);
  }
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 16);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 32);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 48);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 64);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 80);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 96);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
      const rt3d_data x7 = rt3d_broadcast(p + 144);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      a7_1 = rt3d_fma_data(w1, x7, a7_1);
      const rt3d_data x8 = rt3d_broadcast(p + 160);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      a8_1 = rt3d_fma_data(w1, x8, a8_1);
      const rt3d_data x9 = rt3d_broadcast(p + 176);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      a9_1 = rt3d_fma_data(w1, x9, a9_1);
      const rt3d_data x10 = rt3d_broadcast(p + 192);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      a10_1 = rt3d_fma_data(w1, x10, a10_1);
      const rt3d_data x11 = rt3d_broadcast(p + 208);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      a11_1 = rt3d_fma_data(w1, x11, a11_1);
      const rt3d_data x12 = rt3d_broadcast(p + 224);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      a12_1 = rt3d_fma_data(w1, x12, a12_1);
      const rt3d_data x13 = rt3d_broadcast(p + 240);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
      a13_1 = rt3d_fma_data(w1, x13, a13_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 17);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 33);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 49);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 65);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 81);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 97);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
      const rt3d_data x7 = rt3d_broadcast(p + 145);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      a7_1 = rt3d_fma_data(w1, x7, a7_1);
      const rt3d_data x8 = rt3d_broadcast(p + 161);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      a8_1 = rt3d_fma_data(w1, x8, a8_1);
      const rt3d_data x9 = rt3d_broadcast(p + 177);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      a9_1 = rt3d_fma_data(w1, x9, a9_1);
      const rt3d_data x10 = rt3d_broadcast(p + 193);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      a10_1 = rt3d_fma_data(w1, x10, a10_1);
      const rt3d_data x11 = rt3d_broadcast(p + 209);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      a11_1 = rt3d_fma_data(w1, x11, a11_1);
      const rt3d_data x12 = rt3d_broadcast(p + 225);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      a12_1 = rt3d_fma_data(w1, x12, a12_1);
      const rt3d_data x13 = rt3d_broadcast(p + 241);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
      a13_1 = rt3d_fma_data(w1, x13, a13_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 18);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 34);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 50);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 66);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 82);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 98);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
      const rt3d_data x7 = rt3d_broadcast(p + 146);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      a7_1 = rt3d_fma_data(w1, x7, a7_1);
      const rt3d_data x8 = rt3d_broadcast(p + 162);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      a8_1 = rt3d_fma_data(w1, x8, a8_1);
      const rt3d_data x9 = rt3d_broadcast(p + 178);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      a9_1 = rt3d_fma_data(w1, x9, a9_1);
      const rt3d_data x10 = rt3d_broadcast(p + 194);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      a10_1 = rt3d_fma_data(w1, x10, a10_1);
      const rt3d_data x11 = rt3d_broadcast(p + 210);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      a11_1 = rt3d_fma_data(w1, x11, a11_1);
      const rt3d_data x12 = rt3d_broadcast(p + 226);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      a12_1 = rt3d_fma_data(w1, x12, a12_1);
      const rt3d_data x13 = rt3d_broadcast(p + 242);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
      a13_1 = rt3d_fma_data(w1, x13, a13_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 19);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 35);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 51);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 67);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 83);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 99);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
      const rt3d_data x7 = rt3d_broadcast(p + 147);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      a7_1 = rt3d_fma_data(w1, x7, a7_1);
      const rt3d_data x8 = rt3d_broadcast(p + 163);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      a8_1 = rt3d_fma_data(w1, x8, a8_1);
      const rt3d_data x9 = rt3d_broadcast(p + 179);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      a9_1 = rt3d_fma_data(w1, x9, a9_1);
      const rt3d_data x10 = rt3d_broadcast(p + 195);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      a10_1 = rt3d_fma_data(w1, x10, a10_1);
      const rt3d_data x11 = rt3d_broadcast(p + 211);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      a11_1 = rt3d_fma_data(w1, x11, a11_1);
      const rt3d_data x12 = rt3d_broadcast(p + 227);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      a12_1 = rt3d_fma_data(w1, x12, a12_1);
      const rt3d_data x13 = rt3d_broadcast(p + 243);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
      a13_1 = rt3d_fma_data(w1, x13, a13_1);
    }
    weights += 8 * RT3D_LANES;
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
    a8_0 = kernel_activate(a8_0);
    a8_1 = kernel_activate(a8_1);
    a9_0 = kernel_activate(a9_0);
    a9_1 = kernel_activate(a9_1);
    a10_0 = kernel_activate(a10_0);
    a10_1 = kernel_activate(a10_1);
    a11_0 = kernel_activate(a11_0);
    a11_1 = kernel_activate(a11_1);
    a12_0 = kernel_activate(a12_0);
    a12_1 = kernel_activate(a12_1);
    a13_0 = kernel_activate(a13_0);
    a13_1 = kernel_activate(a13_1);
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 2592, a0_1);
  rt3d_store(y + 16, a1_0);
  rt3d_store(y + 2608, a1_1);
  rt3d_store(y + 32, a2_0);
  rt3d_store(y + 2624, a2_1);
  rt3d_store(y + 48, a3_0);
  rt3d_store(y + 2640, a3_1);
  rt3d_store(y + 64, a4_0);
  rt3d_store(y + 2656, a4_1);
  rt3d_store(y + 80, a5_0);
  rt3d_store(y + 2672, a5_1);
  rt3d_store(y + 96, a6_0);
  rt3d_store(y + 2688, a6_1);
  rt3d_store(y + 144, a7_0);
  rt3d_store(y + 2736, a7_1);
  rt3d_store(y + 160, a8_0);
  rt3d_store(y + 2752, a8_1);
  rt3d_store(y + 176, a9_0);
  rt3d_store(y + 2768, a9_1);
  rt3d_store(y + 192, a10_0);
  rt3d_store(y + 2784, a10_1);
  rt3d_store(y + 208, a11_0);
  rt3d_store(y + 2800, a11_1);
  rt3d_store(y + 224, a12_0);
  rt3d_store(y + 2816, a12_1);
  rt3d_store(y + 240, a13_0);
  rt3d_store(y + 2832, a13_1);
}

static __attribute__((noinline)) void kernel_7x1x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, int part) {
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
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 2592);
    a1_0 = rt3d_load(y + 16);
    a1_1 = rt3d_load(y + 2608);
    a2_0 = rt3d_load(y + 32);
    a2_1 = rt3d_load(y + 2624);
    a3_0 = rt3d_load(y + 48);
    a3_1 = rt3d_load(y + 2640);
    a4_0 = rt3d_load(y + 64);
    a4_1 = rt3d_load(y + 2656);
    a5_0 = rt3d_load(y + 80);
    a5_1 = rt3d_load(y + 2672);
    a6_0 = rt3d_load(y + 96);
    a6_1 = rt3d_load(y + 2688);
  }
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 16);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 32);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 48);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 64);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 80);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 96);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 17);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 33);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 49);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 65);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 81);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 97);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 18);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 34);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 50);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 66);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 82);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 98);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 19);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 35);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 51);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 67);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 83);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
      const rt3d_data x6 = rt3d_broadcast(p + 99);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      a6_1 = rt3d_fma_data(w1, x6, a6_1);
    }
    weights += 8 * RT3D_LANES;
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
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 2592, a0_1);
  rt3d_store(y + 16, a1_0);
  rt3d_store(y + 2608, a1_1);
  rt3d_store(y + 32, a2_0);
  rt3d_store(y + 2624, a2_1);
  rt3d_store(y + 48, a3_0);
  rt3d_store(y + 2640, a3_1);
  rt3d_store(y + 64, a4_0);
  rt3d_store(y + 2656, a4_1);
  rt3d_store(y + 80, a5_0);
  rt3d_store(y + 2672, a5_1);
  rt3d_store(y + 96, a6_0);
  rt3d_store(y + 2688, a6_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row < 3 ? row * 2 : row + 3, w = column * 7;
  const rt3d_block *block = k->blocks + (filter * 4 + channel);
  const rt3d_value *x = k->x + (ptrdiff_t)d * 1296 + (ptrdiff_t)h * 144 + (ptrdiff_t)w * 16;
  const int32_t *offsets = k->offsets + block->first;
  const rt3d_value *weights = k->weights + (size_t)block->weights * RT3D_LANES;
  const float *bias = k->bias + filter * (2 * RT3D_LANES);
  rt3d_value *y = k->y + 160 + (ptrdiff_t)filter * 5184 + (ptrdiff_t)d * 1296 + (ptrdiff_t)h * 144 + (ptrdiff_t)w * 16;
  const int part = (channel == 0 ? 1 : 0) | (channel == 3 ? 2 : 0);
  if (row < 3) {
    kernel_7x2x2(x, offsets, weights, block->count, bias, y, part);
  } else {
    kernel_7x1x2(x, offsets, weights, block->count, bias, y, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 4; ++channel)
      cost += k->blocks[(filter * 4 + channel)].count + 4;
  }
  return cost;
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  (void)workspace;
  const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);
  int64_t total = 0, before = 0;
  for (int chunk = 0; chunk < 2; ++chunk) total += kernel_cost(&k, chunk);
  for (int chunk = 0; chunk < 2; ++chunk) {
    const int64_t cost = kernel_cost(&k, chunk);
    const int begin = rt3d_share(before, cost, total, 8, from, of);
    const int end = rt3d_share(before, cost, total, 8, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int channel = 0; channel < 4; ++channel) {
        for (int band = begin; band < end; ++band) {
          const int d = band / 4;
          const int row = band % 4;
          for (int column = 0; column < 1; ++column) {
            kernel_tile(&k, d, row, column, filter, channel);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {2, 4, 8, 8, 64, 18476, 1};
  return rt3d_section_check(weights, bytes, &want);
}

