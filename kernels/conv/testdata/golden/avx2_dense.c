/* c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32_relu
 * direct_4x1x3_filter_c12_g4_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

static __attribute__((noinline)) void kernel_4x1x3(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, int part) {
  rt3d_data a0_0;
  rt3d_data a0_1;
  rt3d_data a0_2;
  rt3d_data a1_0;
  rt3d_data a1_1;
  rt3d_data a1_2;
  rt3d_data a2_0;
  rt3d_data a2_1;
  rt3d_data a2_2;
  rt3d_data a3_0;
  rt3d_data a3_1;
  rt3d_data a3_2;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
    a0_2 = rt3d_load_floats(bias + 2 * RT3D_LANES);
    a1_0 = a0_0;
    a1_1 = a0_1;
    a1_2 = a0_2;
    a2_0 = a0_0;
    a2_1 = a0_1;
    a2_2 = a0_2;
    a3_0 = a0_0;
    a3_1 = a0_1;
    a3_2 = a0_2;
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 430592);
    a0_2 = rt3d_load(y + 861184);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 430600);
    a1_2 = rt3d_load(y + 861192);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 430608);
    a2_2 = rt3d_load(y + 861200);
    a3_0 = rt3d_load(y + 24);
    a3_1 = rt3d_load(y + 430616);
    a3_2 = rt3d_load(y + 861208);
  }
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data w2 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      a0_2 = rt3d_fma_data(w2, x0, a0_2);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      a1_2 = rt3d_fma_data(w2, x1, a1_2);
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      a2_2 = rt3d_fma_data(w2, x2, a2_2);
      const rt3d_data x3 = rt3d_broadcast(p + 24);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      a3_2 = rt3d_fma_data(w2, x3, a3_2);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w2 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      a0_2 = rt3d_fma_data(w2, x0, a0_2);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      a1_2 = rt3d_fma_data(w2, x1, a1_2);
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      a2_2 = rt3d_fma_data(w2, x2, a2_2);
      const rt3d_data x3 = rt3d_broadcast(p + 25);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      a3_2 = rt3d_fma_data(w2, x3, a3_2);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data w2 = rt3d_load_data(weights + 8 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      a0_2 = rt3d_fma_data(w2, x0, a0_2);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      a1_2 = rt3d_fma_data(w2, x1, a1_2);
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      a2_2 = rt3d_fma_data(w2, x2, a2_2);
      const rt3d_data x3 = rt3d_broadcast(p + 26);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      a3_2 = rt3d_fma_data(w2, x3, a3_2);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 9 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 10 * RT3D_LANES);
      const rt3d_data w2 = rt3d_load_data(weights + 11 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      a0_2 = rt3d_fma_data(w2, x0, a0_2);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      a1_2 = rt3d_fma_data(w2, x1, a1_2);
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      a2_2 = rt3d_fma_data(w2, x2, a2_2);
      const rt3d_data x3 = rt3d_broadcast(p + 27);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      a3_2 = rt3d_fma_data(w2, x3, a3_2);
    }
    weights += 12 * RT3D_LANES;
  }
  if (part & 2) {
    a0_0 = kernel_activate(a0_0);
    a0_1 = kernel_activate(a0_1);
    a0_2 = kernel_activate(a0_2);
    a1_0 = kernel_activate(a1_0);
    a1_1 = kernel_activate(a1_1);
    a1_2 = kernel_activate(a1_2);
    a2_0 = kernel_activate(a2_0);
    a2_1 = kernel_activate(a2_1);
    a2_2 = kernel_activate(a2_2);
    a3_0 = kernel_activate(a3_0);
    a3_1 = kernel_activate(a3_1);
    a3_2 = kernel_activate(a3_2);
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 430592, a0_1);
  rt3d_store(y + 861184, a0_2);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 430600, a1_1);
  rt3d_store(y + 861192, a1_2);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 430608, a2_1);
  rt3d_store(y + 861200, a2_2);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 430616, a3_1);
  rt3d_store(y + 861208, a3_2);
}

static __attribute__((noinline)) void kernel_4x1x1(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, int part) {
  rt3d_data a0_0;
  rt3d_data a1_0;
  rt3d_data a2_0;
  rt3d_data a3_0;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a1_0 = a0_0;
    a2_0 = a0_0;
    a3_0 = a0_0;
  } else {
    a0_0 = rt3d_load(y + 0);
    a1_0 = rt3d_load(y + 8);
    a2_0 = rt3d_load(y + 16);
    a3_0 = rt3d_load(y + 24);
  }
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
    }
    weights += 4 * RT3D_LANES;
  }
  if (part & 2) {
    a0_0 = kernel_activate(a0_0);
    a1_0 = kernel_activate(a1_0);
    a2_0 = kernel_activate(a2_0);
    a3_0 = kernel_activate(a3_0);
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 24, a3_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row, w = column * 4;
  const rt3d_block *block = k->blocks + (filter * 6 + channel);
  const rt3d_value *x = k->x + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  const int32_t *offsets = k->offsets + block->first;
  const rt3d_value *weights = k->weights + (size_t)block->weights * RT3D_LANES;
  const float *bias = k->bias + filter * (3 * RT3D_LANES);
  rt3d_value *y = k->y + 472 + (ptrdiff_t)filter * 1291776 + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  const int part = (channel == 0 ? 1 : 0) | (channel == 5 ? 2 : 0);
  if (filter < 5) {
    kernel_4x1x3(x, offsets, weights, block->count, bias, y, part);
  } else {
    kernel_4x1x1(x, offsets, weights, block->count, bias, y, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 6; ++channel)
      cost += k->blocks[(filter * 6 + channel)].count + 4;
  }
  return cost;
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  (void)workspace;
  const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);
  int64_t total = 0, before = 0;
  for (int chunk = 0; chunk < 6; ++chunk) total += kernel_cost(&k, chunk);
  for (int chunk = 0; chunk < 6; ++chunk) {
    const int64_t cost = kernel_cost(&k, chunk);
    const int begin = rt3d_share(before, cost, total, 896, from, of);
    const int end = rt3d_share(before, cost, total, 896, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int channel = 0; channel < 6; ++channel) {
        for (int band = begin; band < end; ++band) {
          const int d = band / 56;
          const int row = band % 56;
          for (int column = 0; column < 14; ++column) {
            kernel_tile(&k, d, row, column, filter, channel);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {6, 6, 12, 4, 128, 3445684, 1};
  return rt3d_section_check(weights, bytes, &want);
}

