/* c6_m16_k1x1x1_i1x1x7_fp32
 * direct_7x1x1_filter_c0_g2_t1 on avx512 */
static __attribute__((noinline)) void kernel_7x1x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a2_0 = a0_0;
  rt3d_data a3_0 = a0_0;
  rt3d_data a4_0 = a0_0;
  rt3d_data a5_0 = a0_0;
  rt3d_data a6_0 = a0_0;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (2 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_FMA_BROADCAST(a0_0, w0, p + 0);
        RT3D_STEP_FMA_BROADCAST(a1_0, w0, p + 16);
        RT3D_STEP_FMA_BROADCAST(a2_0, w0, p + 32);
        RT3D_STEP_FMA_BROADCAST(a3_0, w0, p + 48);
        RT3D_STEP_FMA_BROADCAST(a4_0, w0, p + 64);
        RT3D_STEP_FMA_BROADCAST(a5_0, w0, p + 80);
        RT3D_STEP_FMA_BROADCAST(a6_0, w0, p + 96);
      }
      {
        rt3d_data w0;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_FMA_BROADCAST(a0_0, w0, p + 1);
        RT3D_STEP_FMA_BROADCAST(a1_0, w0, p + 17);
        RT3D_STEP_FMA_BROADCAST(a2_0, w0, p + 33);
        RT3D_STEP_FMA_BROADCAST(a3_0, w0, p + 49);
        RT3D_STEP_FMA_BROADCAST(a4_0, w0, p + 65);
        RT3D_STEP_FMA_BROADCAST(a5_0, w0, p + 81);
        RT3D_STEP_FMA_BROADCAST(a6_0, w0, p + 97);
      }
      weights += 2 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 16, a1_0);
  rt3d_store(y + 32, a2_0);
  rt3d_store(y + 48, a3_0);
  rt3d_store(y + 64, a4_0);
  rt3d_store(y + 80, a5_0);
  rt3d_store(y + 96, a6_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 7, vector = filter;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 4;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 112 + (ptrdiff_t)h * 112 + (ptrdiff_t)w * 16;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 160 + (ptrdiff_t)vector * 432 + (ptrdiff_t)d * 432 + (ptrdiff_t)h * 144 + (ptrdiff_t)w * 16;
  rt3d_run runs[2];
  runs[0] = (rt3d_run){0, block[3], 0};
  runs[1].count = 0;
  kernel_7x1x1(x, list, weights, runs, bias, y);
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
  const rt3d_section_want want = {1, 1, 1, 2, {0, 0}, 16, 1, 1, 1, 1, 0, 0, 4, 4};
  return rt3d_section_check(weights, bytes, &want);
}

