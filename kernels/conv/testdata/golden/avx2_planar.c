/* c3_m45_k1x7x7_s1x2x2_p0x3x3_i16x112x112_fp32_relu
 * direct_4x1x3_filter_c0_g3_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

/* Kernel rows on the input, for each output. */
static const int kernel_rows[56][2] = {{3, 7}, {1, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 7}, {0, 5}};

static __attribute__((noinline)) void kernel_4x1x3(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a0_2 = rt3d_load_floats(bias + 2 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  rt3d_data a1_2 = a0_2;
  rt3d_data a2_0 = a0_0;
  rt3d_data a2_1 = a0_1;
  rt3d_data a2_2 = a0_2;
  rt3d_data a3_0 = a0_0;
  rt3d_data a3_1 = a0_1;
  rt3d_data a3_2 = a0_2;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (9 * RT3D_LANES);
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
        RT3D_STEP_BROADCAST(x1, p + 2);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 4);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 6);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 4 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 5 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 219024);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_BROADCAST(x1, p + 219026);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 219028);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 219030);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      {
        rt3d_data w0, w1, w2, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
        RT3D_STEP_LOAD(w2, weights + 8 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 438048);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_FMA(a0_2, w2, x0);
        RT3D_STEP_BROADCAST(x1, p + 438050);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_FMA(a1_2, w2, x1);
        RT3D_STEP_BROADCAST(x2, p + 438052);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_FMA(a2_2, w2, x2);
        RT3D_STEP_BROADCAST(x3, p + 438054);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_FMA(a3_2, w2, x3);
      }
      weights += 9 * RT3D_LANES;
    }
  }
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

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 4, vector = filter * 3;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 10;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 13689 + (ptrdiff_t)h * 234 + (ptrdiff_t)w * 2;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 472 + (ptrdiff_t)vector * 430592 + (ptrdiff_t)d * 26912 + (ptrdiff_t)h * 464 + (ptrdiff_t)w * 8;
  rt3d_run runs[2];
  const int d0 = 0, d1 = 1, h0 = kernel_rows[row][0], h1 = kernel_rows[row][1];
  rt3d_run *run = runs;
  for (int class = 0; class < 1; ++class) {
    const int32_t *starts = block + 2 + class * 7;
    if (h1 - h0 == 7) {
      *run = (rt3d_run){starts[d0 * 7], starts[d1 * 7] - starts[d0 * 7], class};
      run += run->count > 0;
    } else {
      for (int i = d0; i < d1; ++i) {
        *run = (rt3d_run){starts[i * 7 + h0], starts[i * 7 + h1] - starts[i * 7 + h0], class};
        run += run->count > 0;
      }
    }
  }
  run->count = 0;
  kernel_4x1x3(x, list, weights, runs, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 10 + 9] + 4;
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
    const int begin = rt3d_share(before, cost, total, 896, from, of);
    const int end = rt3d_share(before, cost, total, 896, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 56;
        const int row = band % 56;
        for (int column = 0; column < 14; ++column) {
          kernel_tile(&k, d, row, column, filter);
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {2, 1, 2, 9, {0, 0}, 48, 1, 7, 7, 1, 117, 13689, 6, 4};
  return rt3d_section_check(weights, bytes, &want);
}

