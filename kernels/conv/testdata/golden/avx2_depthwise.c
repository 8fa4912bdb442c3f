/* c36_m36_g36_k3x3x3_s1x2x2_p1x1x1_i4x14x14_fp32_clip:0:6
 * depthwise_7x1x1_filter_c0_g1_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_clip(v, 0.0f, 6.0f); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[4][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 2}};
/* Kernel rows on the input, for each output. */
static const int kernel_rows[7][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}};

static __attribute__((noinline)) void kernel_7x1x1_first_last(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a2_0 = a0_0;
  rt3d_data a3_0 = a0_0;
  rt3d_data a4_0 = a0_0;
  rt3d_data a5_0 = a0_0;
  rt3d_data a6_0 = a0_0;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (1 * RT3D_LANES);
    switch (run->class) {
      case 0: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          const rt3d_data w0 = rt3d_load_data(weights);
          a1_0 = rt3d_fma_data(w0, rt3d_load_data(p + 16), a1_0);
          a2_0 = rt3d_fma_data(w0, rt3d_load_data(p + 32), a2_0);
          a3_0 = rt3d_fma_data(w0, rt3d_load_data(p + 48), a3_0);
          a4_0 = rt3d_fma_data(w0, rt3d_load_data(p + 64), a4_0);
          a5_0 = rt3d_fma_data(w0, rt3d_load_data(p + 80), a5_0);
          a6_0 = rt3d_fma_data(w0, rt3d_load_data(p + 96), a6_0);
          weights += 1 * RT3D_LANES;
        }
        break;
      }
      case 1: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          const rt3d_data w0 = rt3d_load_data(weights);
          a0_0 = rt3d_fma_data(w0, rt3d_load_data(p + 0), a0_0);
          a1_0 = rt3d_fma_data(w0, rt3d_load_data(p + 16), a1_0);
          a2_0 = rt3d_fma_data(w0, rt3d_load_data(p + 32), a2_0);
          a3_0 = rt3d_fma_data(w0, rt3d_load_data(p + 48), a3_0);
          a4_0 = rt3d_fma_data(w0, rt3d_load_data(p + 64), a4_0);
          a5_0 = rt3d_fma_data(w0, rt3d_load_data(p + 80), a5_0);
          a6_0 = rt3d_fma_data(w0, rt3d_load_data(p + 96), a6_0);
          weights += 1 * RT3D_LANES;
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
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 32, a4_0);
  rt3d_store(y + 40, a5_0);
  rt3d_store(y + 48, a6_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 7, vector = filter;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 21;
  const rt3d_value *x = k->x + -1800 + (ptrdiff_t)d * 1800 + (ptrdiff_t)h * 240 + (ptrdiff_t)w * 16;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 80 + (ptrdiff_t)vector * 2592 + (ptrdiff_t)d * 648 + (ptrdiff_t)h * 72 + (ptrdiff_t)w * 8;
  rt3d_run runs[7];
  const int d0 = kernel_depths[d][0], d1 = kernel_depths[d][1], h0 = kernel_rows[row][0], h1 = kernel_rows[row][1];
  rt3d_run *run = runs;
  if (d1 - d0 == 3 && h1 - h0 == 3 && column > 0 && column < 0) {
    *run++ = (rt3d_run){0, block[20], 0};
  } else {
    for (int class = 0; class < 2; ++class) {
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
  kernel_7x1x1_first_last(x, list, weights, runs, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 21 + 20] + 4;
  }
  return cost;
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  (void)workspace;
  const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);
  int64_t total = 0, before = 0;
  for (int chunk = 0; chunk < 5; ++chunk) total += kernel_cost(&k, chunk);
  for (int chunk = 0; chunk < 5; ++chunk) {
    const int64_t cost = kernel_cost(&k, chunk);
    const int begin = rt3d_share(before, cost, total, 28, from, of);
    const int end = rt3d_share(before, cost, total, 28, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 7;
        const int row = band % 7;
        for (int column = 0; column < 1; ++column) {
          kernel_tile(&k, d, row, column, filter);
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {5, 1, 5, 1, {0, 0}, 40, 1, 18, 3, 3, 120, 1800, 28816, 4};
  return rt3d_section_check(weights, bytes, &want);
}

