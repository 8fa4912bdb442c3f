/* c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32_relu
 * direct_4x1x3_filter_c12_g4_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[16][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 2}};
/* Kernel rows on the input, for each output. */
static const int kernel_rows[56][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 2}};

static __attribute__((noinline)) void kernel_4x1x3(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (12 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 16);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 24);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 4 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 5 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 17);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 25);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 8 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 18);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 26);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 9 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 10 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 11 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 19);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 27);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      weights += 12 * RT3D_LANES;
    }
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

static __attribute__((noinline)) void kernel_4x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
    a0_1 = rt3d_load(y + 430592);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 430600);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 430608);
    a3_0 = rt3d_load(y + 24);
    a3_1 = rt3d_load(y + 430616);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 16);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 24);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 17);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 25);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 18);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 26);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 19);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 27);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
      }
      weights += 8 * RT3D_LANES;
    }
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
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 430592, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 430600, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 430608, a2_1);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 430616, a3_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row, w = column * 4, vector = filter < 5 ? filter * 3 : 14;
  const int32_t *block = k->blocks + (ptrdiff_t)(filter * 6 + channel) * 12;
  const rt3d_value *x = k->x + -26912 + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 472 + (ptrdiff_t)vector * 430592 + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  rt3d_run runs[4];
  const int d0 = kernel_depths[d][0], d1 = kernel_depths[d][1], h0 = kernel_rows[row][0], h1 = kernel_rows[row][1];
  rt3d_run *run = runs;
  for (int class = 0; class < 1; ++class) {
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
  run->count = 0;
  const int part = (channel == 0 ? 1 : 0) | (channel == 5 ? 2 : 0);
  if (filter < 4) {
    kernel_4x1x3(x, list, weights, runs, bias, y, part);
  } else {
    kernel_4x1x2(x, list, weights, runs, bias, y, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 6; ++channel)
      cost += k->blocks[(ptrdiff_t)(filter * 6 + channel) * 12 + 11] + 4;
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
  const rt3d_section_want want = {6, 6, 4, 12, {8, 8}, 128, 1, 9, 3, 3, 464, 26912, 3014164, 4};
  return rt3d_section_check(weights, bytes, &want);
}

