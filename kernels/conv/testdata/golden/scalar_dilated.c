/* c5_m9_k2x2x2_d1x2x2_p0x1x1+1x0x0_i3x5x6_fp32_tanh
 * direct_2x1x2_filter_c0_g5_t1 on scalar */
static __attribute__((noinline)) rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_tanh(v); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[3][2] = {{0, 2}, {0, 2}, {0, 1}};
/* Kernel rows on the input, for each output. */
static const int kernel_rows[4][2] = {{1, 2}, {0, 2}, {0, 2}, {0, 2}};

static __attribute__((noinline)) void kernel_2x1x2_first(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (10 * RT3D_LANES);
    switch (run->class) {
      case 0: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            rt3d_data w0, w1, x1;
            RT3D_STEP_BROADCAST(x1, p + 8);
            RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x1;
            RT3D_STEP_BROADCAST(x1, p + 9);
            RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x1;
            RT3D_STEP_BROADCAST(x1, p + 10);
            RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x1;
            RT3D_STEP_BROADCAST(x1, p + 11);
            RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x1;
            RT3D_STEP_BROADCAST(x1, p + 12);
            RT3D_STEP_LOAD(w0, weights + 8 * RT3D_LANES);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_LOAD(w1, weights + 9 * RT3D_LANES);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          weights += 10 * RT3D_LANES;
        }
        break;
      }
      case 1: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            rt3d_data w0, w1, x0, x1;
            RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 0);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x1, p + 8);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x0, x1;
            RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 1);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x1, p + 9);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x0, x1;
            RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 2);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x1, p + 10);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x0, x1;
            RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 3);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x1, p + 11);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          {
            rt3d_data w0, w1, x0, x1;
            RT3D_STEP_LOAD(w0, weights + 8 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 9 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 4);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x1, p + 12);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
          }
          weights += 10 * RT3D_LANES;
        }
        break;
      }
    }
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

static __attribute__((noinline)) void kernel_1x1x2_last(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (10 * RT3D_LANES);
    switch (run->class) {
      case 0: case 1: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            rt3d_data w0, w1, x0;
            RT3D_STEP_BROADCAST(x0, p + 0);
            RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
            RT3D_STEP_FMA(a0_1, w1, x0);
          }
          {
            rt3d_data w0, w1, x0;
            RT3D_STEP_BROADCAST(x0, p + 1);
            RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
            RT3D_STEP_FMA(a0_1, w1, x0);
          }
          {
            rt3d_data w0, w1, x0;
            RT3D_STEP_BROADCAST(x0, p + 2);
            RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
            RT3D_STEP_FMA(a0_1, w1, x0);
          }
          {
            rt3d_data w0, w1, x0;
            RT3D_STEP_BROADCAST(x0, p + 3);
            RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
            RT3D_STEP_FMA(a0_1, w1, x0);
          }
          {
            rt3d_data w0, w1, x0;
            RT3D_STEP_BROADCAST(x0, p + 4);
            RT3D_STEP_LOAD(w0, weights + 8 * RT3D_LANES);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_LOAD(w1, weights + 9 * RT3D_LANES);
            RT3D_STEP_FMA(a0_1, w1, x0);
          }
          weights += 10 * RT3D_LANES;
        }
        break;
      }
    }
  }
  a0_0 = kernel_activate(a0_0);
  a0_1 = kernel_activate(a0_1);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 1008, a0_1);
}

static __attribute__((noinline)) void kernel_2x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (10 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
      }
      {
        rt3d_data w0, w1, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
      }
      {
        rt3d_data w0, w1, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
      }
      {
        rt3d_data w0, w1, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
      }
      {
        rt3d_data w0, w1, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 8 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 9 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 4);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 12);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
      }
      weights += 10 * RT3D_LANES;
    }
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

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column < 2 ? column * 2 : column + 2, vector = filter * 2;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 11;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 336 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 64 + (ptrdiff_t)vector * 1008 + (ptrdiff_t)d * 336 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  rt3d_run runs[5];
  const int d0 = kernel_depths[d][0], d1 = kernel_depths[d][1], h0 = kernel_rows[row][0], h1 = kernel_rows[row][1];
  rt3d_run *run = runs;
  if (d1 - d0 == 2 && h1 - h0 == 2 && column > 0 && column < 2) {
    *run++ = (rt3d_run){0, block[10], 0};
  } else {
    for (int class = 0; class < 2; ++class) {
      const int32_t *starts = block + 2 + class * 4;
      if (h1 - h0 == 2) {
        *run = (rt3d_run){starts[d0 * 2], starts[d1 * 2] - starts[d0 * 2], class};
        run += run->count > 0;
      } else {
        for (int i = d0; i < d1; ++i) {
          *run = (rt3d_run){starts[i * 2 + h0], starts[i * 2 + h1] - starts[i * 2 + h0], class};
          run += run->count > 0;
        }
      }
    }
  }
  run->count = 0;
  if (column == 0) {
    kernel_2x1x2_first(x, list, weights, runs, bias, y);
  } else if (column == 2) {
    kernel_1x1x2_last(x, list, weights, runs, bias, y);
  } else {
    kernel_2x1x2(x, list, weights, runs, bias, y);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 11 + 10] + 4;
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
  const rt3d_section_want want = {1, 1, 1, 10, {0, 0}, 16, 1, 8, 2, 2, 112, 336, 16, 4};
  return rt3d_section_check(weights, bytes, &want);
}

