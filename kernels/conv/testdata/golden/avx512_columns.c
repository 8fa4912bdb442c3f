/* c64_m64_k3x1x1_p1x0x0_i4x28x28_fp32_relu
 * direct_14x1x2_column4_c0_g4_t1_p1 on avx512 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[4][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 2}};

static __attribute__((noinline)) void kernel_14x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  rt3d_data a2_0 = a0_0;
  rt3d_data a2_1 = a0_1;
  rt3d_data a3_0 = a0_0;
  rt3d_data a3_1 = a0_1;
  rt3d_data a4_0 = a0_0;
  rt3d_data a4_1 = a0_1;
  rt3d_data a5_0 = a0_0;
  rt3d_data a5_1 = a0_1;
  rt3d_data a6_0 = a0_0;
  rt3d_data a6_1 = a0_1;
  rt3d_data a7_0 = a0_0;
  rt3d_data a7_1 = a0_1;
  rt3d_data a8_0 = a0_0;
  rt3d_data a8_1 = a0_1;
  rt3d_data a9_0 = a0_0;
  rt3d_data a9_1 = a0_1;
  rt3d_data a10_0 = a0_0;
  rt3d_data a10_1 = a0_1;
  rt3d_data a11_0 = a0_0;
  rt3d_data a11_1 = a0_1;
  rt3d_data a12_0 = a0_0;
  rt3d_data a12_1 = a0_1;
  rt3d_data a13_0 = a0_0;
  rt3d_data a13_1 = a0_1;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      RT3D_PREFETCH(p + 224);
      RT3D_PREFETCH(p + 240);
      RT3D_PREFETCH(p + 256);
      RT3D_PREFETCH(p + 272);
      RT3D_PREFETCH(p + 288);
      RT3D_PREFETCH(p + 304);
      RT3D_PREFETCH(p + 320);
      RT3D_PREFETCH(p + 336);
      RT3D_PREFETCH(p + 352);
      RT3D_PREFETCH(p + 368);
      RT3D_PREFETCH(p + 384);
      RT3D_PREFETCH(p + 400);
      RT3D_PREFETCH(p + 416);
      RT3D_PREFETCH(p + 432);
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 16);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 32);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 48);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 64);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 80);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
        RT3D_STEP_BROADCAST(x6, p + 96);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_FMA(a6_1, w1, x6);
        RT3D_STEP_BROADCAST(x7, p + 112);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_FMA(a7_1, w1, x7);
        RT3D_STEP_BROADCAST(x8, p + 128);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_FMA(a8_1, w1, x8);
        RT3D_STEP_BROADCAST(x9, p + 144);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_FMA(a9_1, w1, x9);
        RT3D_STEP_BROADCAST(x10, p + 160);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_FMA(a10_1, w1, x10);
        RT3D_STEP_BROADCAST(x11, p + 176);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_FMA(a11_1, w1, x11);
        RT3D_STEP_BROADCAST(x12, p + 192);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_FMA(a12_1, w1, x12);
        RT3D_STEP_BROADCAST(x13, p + 208);
        RT3D_STEP_FMA(a13_0, w0, x13);
        RT3D_STEP_FMA(a13_1, w1, x13);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 17);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 33);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 49);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 65);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 81);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
        RT3D_STEP_BROADCAST(x6, p + 97);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_FMA(a6_1, w1, x6);
        RT3D_STEP_BROADCAST(x7, p + 113);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_FMA(a7_1, w1, x7);
        RT3D_STEP_BROADCAST(x8, p + 129);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_FMA(a8_1, w1, x8);
        RT3D_STEP_BROADCAST(x9, p + 145);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_FMA(a9_1, w1, x9);
        RT3D_STEP_BROADCAST(x10, p + 161);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_FMA(a10_1, w1, x10);
        RT3D_STEP_BROADCAST(x11, p + 177);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_FMA(a11_1, w1, x11);
        RT3D_STEP_BROADCAST(x12, p + 193);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_FMA(a12_1, w1, x12);
        RT3D_STEP_BROADCAST(x13, p + 209);
        RT3D_STEP_FMA(a13_0, w0, x13);
        RT3D_STEP_FMA(a13_1, w1, x13);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 18);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 34);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 50);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 66);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 82);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
        RT3D_STEP_BROADCAST(x6, p + 98);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_FMA(a6_1, w1, x6);
        RT3D_STEP_BROADCAST(x7, p + 114);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_FMA(a7_1, w1, x7);
        RT3D_STEP_BROADCAST(x8, p + 130);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_FMA(a8_1, w1, x8);
        RT3D_STEP_BROADCAST(x9, p + 146);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_FMA(a9_1, w1, x9);
        RT3D_STEP_BROADCAST(x10, p + 162);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_FMA(a10_1, w1, x10);
        RT3D_STEP_BROADCAST(x11, p + 178);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_FMA(a11_1, w1, x11);
        RT3D_STEP_BROADCAST(x12, p + 194);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_FMA(a12_1, w1, x12);
        RT3D_STEP_BROADCAST(x13, p + 210);
        RT3D_STEP_FMA(a13_0, w0, x13);
        RT3D_STEP_FMA(a13_1, w1, x13);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13;
        RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
        RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_FMA(a0_1, w1, x0);
        RT3D_STEP_BROADCAST(x1, p + 19);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_FMA(a1_1, w1, x1);
        RT3D_STEP_BROADCAST(x2, p + 35);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 51);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 67);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 83);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
        RT3D_STEP_BROADCAST(x6, p + 99);
        RT3D_STEP_FMA(a6_0, w0, x6);
        RT3D_STEP_FMA(a6_1, w1, x6);
        RT3D_STEP_BROADCAST(x7, p + 115);
        RT3D_STEP_FMA(a7_0, w0, x7);
        RT3D_STEP_FMA(a7_1, w1, x7);
        RT3D_STEP_BROADCAST(x8, p + 131);
        RT3D_STEP_FMA(a8_0, w0, x8);
        RT3D_STEP_FMA(a8_1, w1, x8);
        RT3D_STEP_BROADCAST(x9, p + 147);
        RT3D_STEP_FMA(a9_0, w0, x9);
        RT3D_STEP_FMA(a9_1, w1, x9);
        RT3D_STEP_BROADCAST(x10, p + 163);
        RT3D_STEP_FMA(a10_0, w0, x10);
        RT3D_STEP_FMA(a10_1, w1, x10);
        RT3D_STEP_BROADCAST(x11, p + 179);
        RT3D_STEP_FMA(a11_0, w0, x11);
        RT3D_STEP_FMA(a11_1, w1, x11);
        RT3D_STEP_BROADCAST(x12, p + 195);
        RT3D_STEP_FMA(a12_0, w0, x12);
        RT3D_STEP_FMA(a12_1, w1, x12);
        RT3D_STEP_BROADCAST(x13, p + 211);
        RT3D_STEP_FMA(a13_0, w0, x13);
        RT3D_STEP_FMA(a13_1, w1, x13);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  a0_0 = kernel_activate(a0_0);
  a0_1 = kernel_activate(a0_1);
  a1_0 = kernel_activate(a1_0);
  a1_1 = kernel_activate(a1_1);
  a2_0 = kernel_activate(a2_0);
  a2_1 = kernel_activate(a2_1);
  a3_0 = kernel_activate(a3_0);
  a3_1 = kernel_activate(a3_1);
  a4_0 = kernel_activate(a4_0);
  a4_1 = kernel_activate(a4_1);
  a5_0 = kernel_activate(a5_0);
  a5_1 = kernel_activate(a5_1);
  a6_0 = kernel_activate(a6_0);
  a6_1 = kernel_activate(a6_1);
  a7_0 = kernel_activate(a7_0);
  a7_1 = kernel_activate(a7_1);
  a8_0 = kernel_activate(a8_0);
  a8_1 = kernel_activate(a8_1);
  a9_0 = kernel_activate(a9_0);
  a9_1 = kernel_activate(a9_1);
  a10_0 = kernel_activate(a10_0);
  a10_1 = kernel_activate(a10_1);
  a11_0 = kernel_activate(a11_0);
  a11_1 = kernel_activate(a11_1);
  a12_0 = kernel_activate(a12_0);
  a12_1 = kernel_activate(a12_1);
  a13_0 = kernel_activate(a13_0);
  a13_1 = kernel_activate(a13_1);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 57600, a0_1);
  rt3d_store(y + 16, a1_0);
  rt3d_store(y + 57616, a1_1);
  rt3d_store(y + 32, a2_0);
  rt3d_store(y + 57632, a2_1);
  rt3d_store(y + 48, a3_0);
  rt3d_store(y + 57648, a3_1);
  rt3d_store(y + 64, a4_0);
  rt3d_store(y + 57664, a4_1);
  rt3d_store(y + 80, a5_0);
  rt3d_store(y + 57680, a5_1);
  rt3d_store(y + 96, a6_0);
  rt3d_store(y + 57696, a6_1);
  rt3d_store(y + 112, a7_0);
  rt3d_store(y + 57712, a7_1);
  rt3d_store(y + 128, a8_0);
  rt3d_store(y + 57728, a8_1);
  rt3d_store(y + 144, a9_0);
  rt3d_store(y + 57744, a9_1);
  rt3d_store(y + 160, a10_0);
  rt3d_store(y + 57760, a10_1);
  rt3d_store(y + 176, a11_0);
  rt3d_store(y + 57776, a11_1);
  rt3d_store(y + 192, a12_0);
  rt3d_store(y + 57792, a12_1);
  rt3d_store(y + 208, a13_0);
  rt3d_store(y + 57808, a13_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column * 14, vector = filter * 2;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 6;
  const rt3d_value *x = k->x + -12544 + (ptrdiff_t)d * 12544 + (ptrdiff_t)h * 448 + (ptrdiff_t)w * 16;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 496 + (ptrdiff_t)vector * 57600 + (ptrdiff_t)d * 14400 + (ptrdiff_t)h * 480 + (ptrdiff_t)w * 16;
  rt3d_run runs[4];
  const int d0 = kernel_depths[d][0], d1 = kernel_depths[d][1], h0 = 0, h1 = 1;
  rt3d_run *run = runs;
  for (int class = 0; class < 1; ++class) {
    const int32_t *starts = block + 2 + class * 3;
    if (h1 - h0 == 1) {
      *run = (rt3d_run){starts[d0 * 1], starts[d1 * 1] - starts[d0 * 1], class};
      run += run->count > 0;
    } else {
      for (int i = d0; i < d1; ++i) {
        *run = (rt3d_run){starts[i * 1 + h0], starts[i * 1 + h1] - starts[i * 1 + h0], class};
        run += run->count > 0;
      }
    }
  }
  run->count = 0;
  kernel_14x1x2(x, list, weights, runs, bias, y);
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 2; filter < (chunk + 1) * 2; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 6 + 5] + 4;
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
    const int begin = rt3d_share(before, cost, total, 28, from, of);
    const int end = rt3d_share(before, cost, total, 28, to, of);
    before += cost;
    for (int band = begin; band < end; ++band) {
      const int d = band % 4;
      const int first = band / 4 * 4;
      for (int filter = chunk * 2; filter < (chunk + 1) * 2; ++filter) {
        for (int row = first; row < first + 4; ++row) {
          for (int column = 0; column < 2; ++column) {
            kernel_tile(&k, d, row, column, filter);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {2, 1, 2, 8, {0, 0}, 64, 1, 3, 1, 3, 448, 12544, 150540, 4};
  return rt3d_section_check(weights, bytes, &want);
}

