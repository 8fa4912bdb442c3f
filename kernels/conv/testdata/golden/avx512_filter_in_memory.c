/* c6_m64_k1x1x1_i1x1x7_fp32
 * direct_7x1x4_filter_c0_g2_t1 on avx512 */
static __attribute__((noinline)) void kernel_7x1x4(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a0_2 = rt3d_load_floats(bias + 2 * RT3D_LANES);
  rt3d_data a0_3 = rt3d_load_floats(bias + 3 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  rt3d_data a1_2 = a0_2;
  rt3d_data a1_3 = a0_3;
  rt3d_data a2_0 = a0_0;
  rt3d_data a2_1 = a0_1;
  rt3d_data a2_2 = a0_2;
  rt3d_data a2_3 = a0_3;
  rt3d_data a3_0 = a0_0;
  rt3d_data a3_1 = a0_1;
  rt3d_data a3_2 = a0_2;
  rt3d_data a3_3 = a0_3;
  rt3d_data a4_0 = a0_0;
  rt3d_data a4_1 = a0_1;
  rt3d_data a4_2 = a0_2;
  rt3d_data a4_3 = a0_3;
  rt3d_data a5_0 = a0_0;
  rt3d_data a5_1 = a0_1;
  rt3d_data a5_2 = a0_2;
  rt3d_data a5_3 = a0_3;
  rt3d_data a6_0 = a0_0;
  rt3d_data a6_1 = a0_1;
  rt3d_data a6_2 = a0_2;
  rt3d_data a6_3 = a0_3;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3, x4, x5, x6;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_FMA_LOAD(a0_3, weights + 3 * RT3D_LANES, x0);
        RT3D_STEP_BROADCAST(x1, p + 16);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_FMA_LOAD(a1_3, weights + 3 * RT3D_LANES, x1);
        RT3D_STEP_BROADCAST(x2, p + 32);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_FMA_LOAD(a2_3, weights + 3 * RT3D_LANES, x2);
        RT3D_STEP_BROADCAST(x3, p + 48);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
        RT3D_STEP_FMA_LOAD(a3_3, weights + 3 * RT3D_LANES, x3);
        RT3D_STEP_BROADCAST(x4, p + 64);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_FMA(a4_2, w2, x4);
        RT3D_STEP_FMA_LOAD(a4_3, weights + 3 * RT3D_LANES, x4);
        RT3D_STEP_BROADCAST(x5, p + 80);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
        RT3D_STEP_FMA(a5_2, w2, x5);
        RT3D_STEP_FMA_LOAD(a5_3, weights + 3 * RT3D_LANES, x5);
        RT3D_STEP_BROADCAST(x6, p + 96);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_FMA(a6_1, w1, x6);
        RT3D_STEP_FMA(a6_2, w2, x6);
        RT3D_STEP_FMA_LOAD(a6_3, weights + 3 * RT3D_LANES, x6);
      }
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3, x4, x5, x6;
        RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 6 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_FMA_LOAD(a0_3, weights + 7 * RT3D_LANES, x0);
        RT3D_STEP_BROADCAST(x1, p + 17);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_FMA_LOAD(a1_3, weights + 7 * RT3D_LANES, x1);
        RT3D_STEP_BROADCAST(x2, p + 33);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_FMA_LOAD(a2_3, weights + 7 * RT3D_LANES, x2);
        RT3D_STEP_BROADCAST(x3, p + 49);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
        RT3D_STEP_FMA_LOAD(a3_3, weights + 7 * RT3D_LANES, x3);
        RT3D_STEP_BROADCAST(x4, p + 65);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_FMA(a4_2, w2, x4);
        RT3D_STEP_FMA_LOAD(a4_3, weights + 7 * RT3D_LANES, x4);
        RT3D_STEP_BROADCAST(x5, p + 81);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
        RT3D_STEP_FMA(a5_2, w2, x5);
        RT3D_STEP_FMA_LOAD(a5_3, weights + 7 * RT3D_LANES, x5);
        RT3D_STEP_BROADCAST(x6, p + 97);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_FMA(a6_1, w1, x6);
        RT3D_STEP_FMA(a6_2, w2, x6);
        RT3D_STEP_FMA_LOAD(a6_3, weights + 7 * RT3D_LANES, x6);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 432, a0_1);
  rt3d_store(y + 864, a0_2);
  rt3d_store(y + 1296, a0_3);
  rt3d_store(y + 16, a1_0);
  rt3d_store(y + 448, a1_1);
  rt3d_store(y + 880, a1_2);
  rt3d_store(y + 1312, a1_3);
  rt3d_store(y + 32, a2_0);
  rt3d_store(y + 464, a2_1);
  rt3d_store(y + 896, a2_2);
  rt3d_store(y + 1328, a2_3);
  rt3d_store(y + 48, a3_0);
  rt3d_store(y + 480, a3_1);
  rt3d_store(y + 912, a3_2);
  rt3d_store(y + 1344, a3_3);
  rt3d_store(y + 64, a4_0);
  rt3d_store(y + 496, a4_1);
  rt3d_store(y + 928, a4_2);
  rt3d_store(y + 1360, a4_3);
  rt3d_store(y + 80, a5_0);
  rt3d_store(y + 512, a5_1);
  rt3d_store(y + 944, a5_2);
  rt3d_store(y + 1376, a5_3);
  rt3d_store(y + 96, a6_0);
  rt3d_store(y + 528, a6_1);
  rt3d_store(y + 960, a6_2);
  rt3d_store(y + 1392, a6_3);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 7, vector = filter * 4;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 4;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 112 + (ptrdiff_t)h * 112 + (ptrdiff_t)w * 16;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 160 + (ptrdiff_t)vector * 432 + (ptrdiff_t)d * 432 + (ptrdiff_t)h * 144 + (ptrdiff_t)w * 16;
  rt3d_run runs[2];
  runs[0] = (rt3d_run){0, block[3], 0};
  runs[1].count = 0;
  kernel_7x1x4(x, list, weights, runs, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 4 + 3] + 4;
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
    const int begin = rt3d_share(before, cost, total, 1, from, of);
    const int end = rt3d_share(before, cost, total, 1, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 1;
        const int row = band % 1;
        for (int column = 0; column < 1; ++column) {
          kernel_tile(&k, d, row, column, filter);
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {1, 1, 1, 8, {0, 0}, 64, 1, 1, 1, 1, 0, 0, 4, 4};
  return rt3d_section_check(weights, bytes, &want);
}

