/* c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32
 * direct_14x1x1_slab4_c0_g4_t1 on avx2 */
static __attribute__((noinline)) void kernel_14x1x1(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 24);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 32);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 40);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      const rt3d_data x6 = rt3d_broadcast(p + 48);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      const rt3d_data x7 = rt3d_broadcast(p + 56);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      const rt3d_data x8 = rt3d_broadcast(p + 64);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      const rt3d_data x9 = rt3d_broadcast(p + 72);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      const rt3d_data x10 = rt3d_broadcast(p + 80);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      const rt3d_data x11 = rt3d_broadcast(p + 88);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      const rt3d_data x12 = rt3d_broadcast(p + 96);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      const rt3d_data x13 = rt3d_broadcast(p + 104);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 25);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 33);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 41);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      const rt3d_data x6 = rt3d_broadcast(p + 49);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      const rt3d_data x7 = rt3d_broadcast(p + 57);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      const rt3d_data x8 = rt3d_broadcast(p + 65);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      const rt3d_data x9 = rt3d_broadcast(p + 73);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      const rt3d_data x10 = rt3d_broadcast(p + 81);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      const rt3d_data x11 = rt3d_broadcast(p + 89);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      const rt3d_data x12 = rt3d_broadcast(p + 97);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      const rt3d_data x13 = rt3d_broadcast(p + 105);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 26);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 34);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 42);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      const rt3d_data x6 = rt3d_broadcast(p + 50);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      const rt3d_data x7 = rt3d_broadcast(p + 58);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      const rt3d_data x8 = rt3d_broadcast(p + 66);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      const rt3d_data x9 = rt3d_broadcast(p + 74);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      const rt3d_data x10 = rt3d_broadcast(p + 82);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      const rt3d_data x11 = rt3d_broadcast(p + 90);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      const rt3d_data x12 = rt3d_broadcast(p + 98);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      const rt3d_data x13 = rt3d_broadcast(p + 106);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 27);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 35);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 43);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      const rt3d_data x6 = rt3d_broadcast(p + 51);
      a6_0 = rt3d_fma_data(w0, x6, a6_0);
      const rt3d_data x7 = rt3d_broadcast(p + 59);
      a7_0 = rt3d_fma_data(w0, x7, a7_0);
      const rt3d_data x8 = rt3d_broadcast(p + 67);
      a8_0 = rt3d_fma_data(w0, x8, a8_0);
      const rt3d_data x9 = rt3d_broadcast(p + 75);
      a9_0 = rt3d_fma_data(w0, x9, a9_0);
      const rt3d_data x10 = rt3d_broadcast(p + 83);
      a10_0 = rt3d_fma_data(w0, x10, a10_0);
      const rt3d_data x11 = rt3d_broadcast(p + 91);
      a11_0 = rt3d_fma_data(w0, x11, a11_0);
      const rt3d_data x12 = rt3d_broadcast(p + 99);
      a12_0 = rt3d_fma_data(w0, x12, a12_0);
      const rt3d_data x13 = rt3d_broadcast(p + 107);
      a13_0 = rt3d_fma_data(w0, x13, a13_0);
    }
    weights += 4 * RT3D_LANES;
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 32, a4_0);
  rt3d_store(y + 40, a5_0);
  rt3d_store(y + 48, a6_0);
  rt3d_store(y + 56, a7_0);
  rt3d_store(y + 64, a8_0);
  rt3d_store(y + 72, a9_0);
  rt3d_store(y + 80, a10_0);
  rt3d_store(y + 88, a11_0);
  rt3d_store(y + 96, a12_0);
  rt3d_store(y + 104, a13_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 14;
  const rt3d_block *block = k->blocks + filter;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  const int32_t *offsets = k->offsets + block->first;
  const rt3d_value *weights = k->weights + (size_t)block->weights * RT3D_LANES;
  const float *bias = k->bias + filter * (1 * RT3D_LANES);
  rt3d_value *y = k->y + 472 + (ptrdiff_t)filter * 430592 + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  kernel_14x1x1(x, offsets, weights, block->count, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 16; filter < (chunk + 1) * 16; ++filter) {
    cost += k->blocks[filter].count + 4;
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
    const int begin = rt3d_share(before, cost, total, 224, from, of);
    const int end = rt3d_share(before, cost, total, 224, to, of);
    before += cost;
    for (int band = begin; band < end; ++band) {
      const int d = band / 14;
      const int first = band % 14 * 4;
      for (int filter = chunk * 16; filter < (chunk + 1) * 16; ++filter) {
        for (int row = first; row < first + 4; ++row) {
          for (int column = 0; column < 4; ++column) {
            kernel_tile(&k, d, row, column, filter);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {16, 1, 4, 4, 128, 3445684, 1};
  return rt3d_section_check(weights, bytes, &want);
}

