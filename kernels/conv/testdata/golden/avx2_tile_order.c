/* c20_m16_k1x3x3_p0x1x1_i2x14x14_fp32
 * direct_3x2x2_tile_c8_g4_t4 on avx2 */
static __attribute__((noinline)) void kernel_3x2x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, int part) {
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
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 4096);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 4104);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 4112);
    a3_0 = rt3d_load(y + 128);
    a3_1 = rt3d_load(y + 4224);
    a4_0 = rt3d_load(y + 136);
    a4_1 = rt3d_load(y + 4232);
    a5_0 = rt3d_load(y + 144);
    a5_1 = rt3d_load(y + 4240);
  }
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
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 128);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 136);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 144);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
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
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 129);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 137);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 145);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
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
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 130);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 138);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 146);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
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
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 131);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 139);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 147);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
    }
    weights += 8 * RT3D_LANES;
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4096, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 4104, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 4112, a2_1);
  rt3d_store(y + 128, a3_0);
  rt3d_store(y + 4224, a3_1);
  rt3d_store(y + 136, a4_0);
  rt3d_store(y + 4232, a4_1);
  rt3d_store(y + 144, a5_0);
  rt3d_store(y + 4240, a5_1);
}

static __attribute__((noinline)) void kernel_2x2x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, int part) {
  rt3d_data a0_0;
  rt3d_data a0_1;
  rt3d_data a1_0;
  rt3d_data a1_1;
  rt3d_data a2_0;
  rt3d_data a2_1;
  rt3d_data a3_0;
  rt3d_data a3_1;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
    a1_0 = a0_0;
    a1_1 = a0_1;
    a2_0 = a0_0;
    a2_1 = a0_1;
    a3_0 = a0_0;
    a3_1 = a0_1;
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 4096);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 4104);
    a2_0 = rt3d_load(y + 128);
    a2_1 = rt3d_load(y + 4224);
    a3_0 = rt3d_load(y + 136);
    a3_1 = rt3d_load(y + 4232);
  }
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
      const rt3d_data x2 = rt3d_broadcast(p + 128);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 136);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
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
      const rt3d_data x2 = rt3d_broadcast(p + 129);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 137);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
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
      const rt3d_data x2 = rt3d_broadcast(p + 130);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 138);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
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
      const rt3d_data x2 = rt3d_broadcast(p + 131);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 139);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
    }
    weights += 8 * RT3D_LANES;
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4096, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 4104, a1_1);
  rt3d_store(y + 128, a2_0);
  rt3d_store(y + 4224, a2_1);
  rt3d_store(y + 136, a3_0);
  rt3d_store(y + 4232, a3_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row * 2, w = column < 4 ? column * 3 : column * 2 + 4;
  const rt3d_block *block = k->blocks + (channel * 1 + filter);
  const rt3d_value *x = k->x + (ptrdiff_t)d * 2048 + (ptrdiff_t)h * 128 + (ptrdiff_t)w * 8;
  const int32_t *offsets = k->offsets + block->first;
  const rt3d_value *weights = k->weights + (size_t)block->weights * RT3D_LANES;
  const float *bias = k->bias + filter * (2 * RT3D_LANES);
  rt3d_value *y = k->y + 136 + (ptrdiff_t)filter * 8192 + (ptrdiff_t)d * 2048 + (ptrdiff_t)h * 128 + (ptrdiff_t)w * 8;
  const int part = (channel == 0 ? 1 : 0) | (channel == 2 ? 2 : 0);
  if (column < 4) {
    kernel_3x2x2(x, offsets, weights, block->count, bias, y, part);
  } else {
    kernel_2x2x2(x, offsets, weights, block->count, bias, y, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 3; ++channel)
      cost += k->blocks[(channel * 1 + filter)].count + 4;
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
    const int begin = rt3d_share(before, cost, total, 14, from, of);
    const int end = rt3d_share(before, cost, total, 14, to, of);
    before += cost;
    for (int channel = 0; channel < 3; ++channel) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 7;
        const int row = band % 7;
        for (int column = 0; column < 5; ++column) {
          for (int filter = chunk; filter < chunk + 1; ++filter) {
            kernel_tile(&k, d, row, column, filter, channel);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {1, 3, 8, 8, 16, 8464, 0};
  return rt3d_section_check(weights, bytes, &want);
}

