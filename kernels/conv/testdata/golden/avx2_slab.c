/* c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32
 * direct_14x1x1_slab4_c0_g4_t1 on avx2 */
/* Kernel depths on the input, for each output. */
static const int kernel_depths[16][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 2}};
/* Kernel rows on the input, for each output. */
static const int kernel_rows[56][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 3}, {0, 2}};

static __attribute__((noinline)) void kernel_14x1x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a2_0 = a0_0;
  rt3d_data a3_0 = a0_0;
  rt3d_data a4_0 = a0_0;
  rt3d_data a5_0 = a0_0;
  rt3d_data a6_0 = a0_0;
  rt3d_data a7_0 = a0_0;
  rt3d_data a8_0 = a0_0;
  rt3d_data a9_0 = a0_0;
  rt3d_data a10_0 = a0_0;
  rt3d_data a11_0 = a0_0;
  rt3d_data a12_0 = a0_0;
  rt3d_data a13_0 = a0_0;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (4 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 16);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 24);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 32);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 40);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_BROADCAST(x6, p + 48);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_BROADCAST(x7, p + 56);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_BROADCAST(x8, p + 64);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_BROADCAST(x9, p + 72);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_BROADCAST(x10, p + 80);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_BROADCAST(x11, p + 88);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_BROADCAST(x12, p + 96);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_BROADCAST(x13, p + 104);
        RT3D_STEP_FMA(a13_0, w0, x13);
      }
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 17);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 25);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 33);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 41);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_BROADCAST(x6, p + 49);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_BROADCAST(x7, p + 57);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_BROADCAST(x8, p + 65);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_BROADCAST(x9, p + 73);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_BROADCAST(x10, p + 81);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_BROADCAST(x11, p + 89);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_BROADCAST(x12, p + 97);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_BROADCAST(x13, p + 105);
        RT3D_STEP_FMA(a13_0, w0, x13);
      }
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 18);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 26);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 34);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 42);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_BROADCAST(x6, p + 50);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_BROADCAST(x7, p + 58);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_BROADCAST(x8, p + 66);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_BROADCAST(x9, p + 74);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_BROADCAST(x10, p + 82);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_BROADCAST(x11, p + 90);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_BROADCAST(x12, p + 98);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_BROADCAST(x13, p + 106);
        RT3D_STEP_FMA(a13_0, w0, x13);
      }
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 19);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 27);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 35);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 43);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_BROADCAST(x6, p + 51);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_BROADCAST(x7, p + 59);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_BROADCAST(x8, p + 67);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_BROADCAST(x9, p + 75);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_BROADCAST(x10, p + 83);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_BROADCAST(x11, p + 91);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_BROADCAST(x12, p + 99);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_BROADCAST(x13, p + 107);
        RT3D_STEP_FMA(a13_0, w0, x13);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 32, a4_0);
  rt3d_store(y + 40, a5_0);
  rt3d_store(y + 48, a6_0);
  rt3d_store(y + 56, a7_0);
  rt3d_store(y + 64, a8_0);
  rt3d_store(y + 72, a9_0);
  rt3d_store(y + 80, a10_0);
  rt3d_store(y + 88, a11_0);
  rt3d_store(y + 96, a12_0);
  rt3d_store(y + 104, a13_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 14, vector = filter;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 12;
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
  kernel_14x1x1(x, list, weights, runs, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 16; filter < (chunk + 1) * 16; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 12 + 11] + 4;
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
    const int begin = rt3d_share(before, cost, total, 224, from, of);
    const int end = rt3d_share(before, cost, total, 224, to, of);
    before += cost;
    for (int band = begin; band < end; ++band) {
      const int d = band / 14;
      const int first = band % 14 * 4;
      for (int filter = chunk * 16; filter < (chunk + 1) * 16; ++filter) {
        for (int row = first; row < first + 4; ++row) {
          for (int column = 0; column < 4; ++column) {
            kernel_tile(&k, d, row, column, filter);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {16, 1, 16, 4, {0, 0}, 128, 1, 9, 3, 3, 464, 26912, 3014164, 4};
  return rt3d_section_check(weights, bytes, &want);
}

