/* c6_m112_k1x1x1_i1x1x4_fp32
 * direct_4x1x7_filter_c0_g2_t1 on avx512 */
static __attribute__((noinline)) void kernel_4x1x7(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a0_2 = rt3d_load_floats(bias + 2 * RT3D_LANES);
  rt3d_data a0_3 = rt3d_load_floats(bias + 3 * RT3D_LANES);
  rt3d_data a0_4 = rt3d_load_floats(bias + 4 * RT3D_LANES);
  rt3d_data a0_5 = rt3d_load_floats(bias + 5 * RT3D_LANES);
  rt3d_data a0_6 = rt3d_load_floats(bias + 6 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  rt3d_data a1_2 = a0_2;
  rt3d_data a1_3 = a0_3;
  rt3d_data a1_4 = a0_4;
  rt3d_data a1_5 = a0_5;
  rt3d_data a1_6 = a0_6;
  rt3d_data a2_0 = a0_0;
  rt3d_data a2_1 = a0_1;
  rt3d_data a2_2 = a0_2;
  rt3d_data a2_3 = a0_3;
  rt3d_data a2_4 = a0_4;
  rt3d_data a2_5 = a0_5;
  rt3d_data a2_6 = a0_6;
  rt3d_data a3_0 = a0_0;
  rt3d_data a3_1 = a0_1;
  rt3d_data a3_2 = a0_2;
  rt3d_data a3_3 = a0_3;
  rt3d_data a3_4 = a0_4;
  rt3d_data a3_5 = a0_5;
  rt3d_data a3_6 = a0_6;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (14 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, w2, w3, w4, w5, w6, x0, x1, x2;
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_BROADCAST(x1, p + 16);
        RT3D_STEP_BROADCAST(x2, p + 32);
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA_BROADCAST(a3_0, w0, p + 48);
        RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA_BROADCAST(a3_1, w1, p + 48);
        RT3D_STEP_LOAD(w2, weights + 2 * RT3D_LANES);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_FMA_BROADCAST(a3_2, w2, p + 48);
        RT3D_STEP_LOAD(w3, weights + 3 * RT3D_LANES);
        RT3D_STEP_FMA(a0_3, w3, x0);
        RT3D_STEP_FMA(a1_3, w3, x1);
        RT3D_STEP_FMA(a2_3, w3, x2);
        RT3D_STEP_FMA_BROADCAST(a3_3, w3, p + 48);
        RT3D_STEP_LOAD(w4, weights + 4 * RT3D_LANES);
        RT3D_STEP_FMA(a0_4, w4, x0);
        RT3D_STEP_FMA(a1_4, w4, x1);
        RT3D_STEP_FMA(a2_4, w4, x2);
        RT3D_STEP_FMA_BROADCAST(a3_4, w4, p + 48);
        RT3D_STEP_LOAD(w5, weights + 5 * RT3D_LANES);
        RT3D_STEP_FMA(a0_5, w5, x0);
        RT3D_STEP_FMA(a1_5, w5, x1);
        RT3D_STEP_FMA(a2_5, w5, x2);
        RT3D_STEP_FMA_BROADCAST(a3_5, w5, p + 48);
        RT3D_STEP_LOAD(w6, weights + 6 * RT3D_LANES);
        RT3D_STEP_FMA(a0_6, w6, x0);
        RT3D_STEP_FMA(a1_6, w6, x1);
        RT3D_STEP_FMA(a2_6, w6, x2);
        RT3D_STEP_FMA_BROADCAST(a3_6, w6, p + 48);
      }
      {
        rt3d_data w0, w1, w2, w3, w4, w5, w6, x0, x1, x2;
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_BROADCAST(x1, p + 17);
        RT3D_STEP_BROADCAST(x2, p + 33);
        RT3D_STEP_LOAD(w0, weights + 7 * RT3D_LANES);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA_BROADCAST(a3_0, w0, p + 49);
        RT3D_STEP_LOAD(w1, weights + 8 * RT3D_LANES);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA_BROADCAST(a3_1, w1, p + 49);
        RT3D_STEP_LOAD(w2, weights + 9 * RT3D_LANES);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_FMA_BROADCAST(a3_2, w2, p + 49);
        RT3D_STEP_LOAD(w3, weights + 10 * RT3D_LANES);
        RT3D_STEP_FMA(a0_3, w3, x0);
        RT3D_STEP_FMA(a1_3, w3, x1);
        RT3D_STEP_FMA(a2_3, w3, x2);
        RT3D_STEP_FMA_BROADCAST(a3_3, w3, p + 49);
        RT3D_STEP_LOAD(w4, weights + 11 * RT3D_LANES);
        RT3D_STEP_FMA(a0_4, w4, x0);
        RT3D_STEP_FMA(a1_4, w4, x1);
        RT3D_STEP_FMA(a2_4, w4, x2);
        RT3D_STEP_FMA_BROADCAST(a3_4, w4, p + 49);
        RT3D_STEP_LOAD(w5, weights + 12 * RT3D_LANES);
        RT3D_STEP_FMA(a0_5, w5, x0);
        RT3D_STEP_FMA(a1_5, w5, x1);
        RT3D_STEP_FMA(a2_5, w5, x2);
        RT3D_STEP_FMA_BROADCAST(a3_5, w5, p + 49);
        RT3D_STEP_LOAD(w6, weights + 13 * RT3D_LANES);
        RT3D_STEP_FMA(a0_6, w6, x0);
        RT3D_STEP_FMA(a1_6, w6, x1);
        RT3D_STEP_FMA(a2_6, w6, x2);
        RT3D_STEP_FMA_BROADCAST(a3_6, w6, p + 49);
      }
      weights += 14 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 288, a0_1);
  rt3d_store(y + 576, a0_2);
  rt3d_store(y + 864, a0_3);
  rt3d_store(y + 1152, a0_4);
  rt3d_store(y + 1440, a0_5);
  rt3d_store(y + 1728, a0_6);
  rt3d_store(y + 16, a1_0);
  rt3d_store(y + 304, a1_1);
  rt3d_store(y + 592, a1_2);
  rt3d_store(y + 880, a1_3);
  rt3d_store(y + 1168, a1_4);
  rt3d_store(y + 1456, a1_5);
  rt3d_store(y + 1744, a1_6);
  rt3d_store(y + 32, a2_0);
  rt3d_store(y + 320, a2_1);
  rt3d_store(y + 608, a2_2);
  rt3d_store(y + 896, a2_3);
  rt3d_store(y + 1184, a2_4);
  rt3d_store(y + 1472, a2_5);
  rt3d_store(y + 1760, a2_6);
  rt3d_store(y + 48, a3_0);
  rt3d_store(y + 336, a3_1);
  rt3d_store(y + 624, a3_2);
  rt3d_store(y + 912, a3_3);
  rt3d_store(y + 1200, a3_4);
  rt3d_store(y + 1488, a3_5);
  rt3d_store(y + 1776, a3_6);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 4, vector = filter * 7;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 4;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 64 + (ptrdiff_t)h * 64 + (ptrdiff_t)w * 16;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 112 + (ptrdiff_t)vector * 288 + (ptrdiff_t)d * 288 + (ptrdiff_t)h * 96 + (ptrdiff_t)w * 16;
  rt3d_run runs[2];
  runs[0] = (rt3d_run){0, block[3], 0};
  runs[1].count = 0;
  kernel_4x1x7(x, list, weights, runs, bias, y);
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
  const rt3d_section_want want = {1, 1, 1, 14, {0, 0}, 112, 1, 1, 1, 1, 0, 0, 4, 4};
  return rt3d_section_check(weights, bytes, &want);
}

