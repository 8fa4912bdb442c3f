/* c5_m9_k2x2x2_d1x2x2_p0x1x1+1x0x0_i3x5x6_fp32_tanh
 * direct_2x1x2_filter_c0_g5_t1 on scalar */
static __attribute__((noinline)) rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_tanh(v); }

static __attribute__((noinline)) void kernel_2x1x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 8 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 9 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 4);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 12);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    weights += 10 * RT3D_LANES;
  }
  a0_0 = kernel_activate(a0_0);
  a0_1 = kernel_activate(a0_1);
  a1_0 = kernel_activate(a1_0);
  a1_1 = kernel_activate(a1_1);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 1008, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 1016, a1_1);
}

static __attribute__((noinline)) void kernel_1x1x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
    }
    {
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
    }
    {
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
    }
    {
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
    }
    {
      const rt3d_data x0 = rt3d_broadcast(p + 4);
      const rt3d_data w0 = rt3d_load_data(weights + 8 * RT3D_LANES);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data w1 = rt3d_load_data(weights + 9 * RT3D_LANES);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
    }
    weights += 10 * RT3D_LANES;
  }
  a0_0 = kernel_activate(a0_0);
  a0_1 = kernel_activate(a0_1);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 1008, a0_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column < 2 ? column * 2 : column + 2;
  const rt3d_block *block = k->blocks + filter;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 336 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  const int32_t *offsets = k->offsets + block->first;
  const rt3d_value *weights = k->weights + (size_t)block->weights * RT3D_LANES;
  const float *bias = k->bias + filter * (2 * RT3D_LANES);
  rt3d_value *y = k->y + 64 + (ptrdiff_t)filter * 2016 + (ptrdiff_t)d * 336 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  if (column < 2) {
    kernel_2x1x2(x, offsets, weights, block->count, bias, y);
  } else {
    kernel_1x1x2(x, offsets, weights, block->count, bias, y);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
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
    const int begin = rt3d_share(before, cost, total, 12, from, of);
    const int end = rt3d_share(before, cost, total, 12, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 4;
        const int row = band % 4;
        for (int column = 0; column < 3; ++column) {
          kernel_tile(&k, d, row, column, filter);
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {1, 1, 10, 10, 16, 464, 1};
  return rt3d_section_check(weights, bytes, &want);
}

