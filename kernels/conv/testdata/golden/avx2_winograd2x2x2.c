/* c20_m20_k3x3x3_p1x1x1_i3x7x7_fp32_residual_relu
 * winograd2x2x2_4x1x2_slab4_c0_g4_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

static __attribute__((noinline)) void kernel_4x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a1_1 = a0_1;
  rt3d_data a2_0 = a0_0;
  rt3d_data a2_1 = a0_1;
  rt3d_data a3_0 = a0_0;
  rt3d_data a3_1 = a0_1;
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
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 128, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 136, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 144, a2_1);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 152, a3_1);
}

static __attribute__((noinline)) void kernel_4x1x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a2_0 = a0_0;
  rt3d_data a3_0 = a0_0;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (4 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 16);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 24);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 17);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 25);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 18);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 26);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 19);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 27);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 24, a3_0);
}

/* One window of a channel block into the transform domain. */
static __attribute__((noinline)) void kernel_input(const rt3d_value *x, ptrdiff_t depth, ptrdiff_t row, rt3d_value *out) {
  rt3d_value t[64 * RT3D_LANES];
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const rt3d_vec x0 = rt3d_load(x + 0 * depth + i * row + j * RT3D_LANES);
      const rt3d_vec x1 = rt3d_load(x + 1 * depth + i * row + j * RT3D_LANES);
      const rt3d_vec x2 = rt3d_load(x + 2 * depth + i * row + j * RT3D_LANES);
      const rt3d_vec x3 = rt3d_load(x + 3 * depth + i * row + j * RT3D_LANES);
      const rt3d_vec y0 = rt3d_sub(x2, x0);
      const rt3d_vec y1 = rt3d_add(x2, x1);
      const rt3d_vec y2 = rt3d_sub(x2, x1);
      const rt3d_vec y3 = rt3d_sub(x3, x1);
      rt3d_store(t + ((0 * 4 + i) * 4 + j) * RT3D_LANES, y0);
      rt3d_store(t + ((1 * 4 + i) * 4 + j) * RT3D_LANES, y1);
      rt3d_store(t + ((2 * 4 + i) * 4 + j) * RT3D_LANES, y2);
      rt3d_store(t + ((3 * 4 + i) * 4 + j) * RT3D_LANES, y3);
    }
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const rt3d_vec x0 = rt3d_load(t + ((i * 4 + 0) * 4 + j) * RT3D_LANES);
      const rt3d_vec x1 = rt3d_load(t + ((i * 4 + 1) * 4 + j) * RT3D_LANES);
      const rt3d_vec x2 = rt3d_load(t + ((i * 4 + 2) * 4 + j) * RT3D_LANES);
      const rt3d_vec x3 = rt3d_load(t + ((i * 4 + 3) * 4 + j) * RT3D_LANES);
      const rt3d_vec y0 = rt3d_sub(x2, x0);
      const rt3d_vec y1 = rt3d_add(x2, x1);
      const rt3d_vec y2 = rt3d_sub(x2, x1);
      const rt3d_vec y3 = rt3d_sub(x3, x1);
      rt3d_store(t + ((i * 4 + 0) * 4 + j) * RT3D_LANES, y0);
      rt3d_store(t + ((i * 4 + 1) * 4 + j) * RT3D_LANES, y1);
      rt3d_store(t + ((i * 4 + 2) * 4 + j) * RT3D_LANES, y2);
      rt3d_store(t + ((i * 4 + 3) * 4 + j) * RT3D_LANES, y3);
    }
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const rt3d_vec x0 = rt3d_load(t + ((i * 4 + j) * 4 + 0) * RT3D_LANES);
      const rt3d_vec x1 = rt3d_load(t + ((i * 4 + j) * 4 + 1) * RT3D_LANES);
      const rt3d_vec x2 = rt3d_load(t + ((i * 4 + j) * 4 + 2) * RT3D_LANES);
      const rt3d_vec x3 = rt3d_load(t + ((i * 4 + j) * 4 + 3) * RT3D_LANES);
      const rt3d_vec y0 = rt3d_sub(x2, x0);
      const rt3d_vec y1 = rt3d_add(x2, x1);
      const rt3d_vec y2 = rt3d_sub(x2, x1);
      const rt3d_vec y3 = rt3d_sub(x3, x1);
      rt3d_store(out + (ptrdiff_t)((i * 4 + j) * 4 + 0) * 400, y0);
      rt3d_store(out + (ptrdiff_t)((i * 4 + j) * 4 + 1) * 400, y1);
      rt3d_store(out + (ptrdiff_t)((i * 4 + j) * 4 + 2) * 400, y2);
      rt3d_store(out + (ptrdiff_t)((i * 4 + j) * 4 + 3) * 400, y3);
    }
  }
}

/* The products of one output tile and filter vector out of the transform domain. */
static __attribute__((noinline)) void kernel_output(const rt3d_value *m, const float *bias, rt3d_value *y, ptrdiff_t depth, ptrdiff_t row, const rt3d_value *residual, ptrdiff_t residual_depth, ptrdiff_t residual_row) {
  const rt3d_vec b = rt3d_load(bias);
  rt3d_value t[64 * RT3D_LANES];
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const rt3d_vec x0 = rt3d_load(m + (ptrdiff_t)((0 * 4 + i) * 4 + j) * 400);
      const rt3d_vec x1 = rt3d_load(m + (ptrdiff_t)((1 * 4 + i) * 4 + j) * 400);
      const rt3d_vec x2 = rt3d_load(m + (ptrdiff_t)((2 * 4 + i) * 4 + j) * 400);
      const rt3d_vec x3 = rt3d_load(m + (ptrdiff_t)((3 * 4 + i) * 4 + j) * 400);
      const rt3d_vec xs1 = rt3d_add(x1, x2);
      const rt3d_vec xd1 = rt3d_sub(x1, x2);
      const rt3d_vec y0 = rt3d_add(x0, xs1);
      const rt3d_vec y1 = rt3d_add(xd1, x3);
      rt3d_store(t + ((0 * 4 + i) * 4 + j) * RT3D_LANES, y0);
      rt3d_store(t + ((1 * 4 + i) * 4 + j) * RT3D_LANES, y1);
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 4; ++j) {
      const rt3d_vec x0 = rt3d_load(t + ((i * 4 + 0) * 4 + j) * RT3D_LANES);
      const rt3d_vec x1 = rt3d_load(t + ((i * 4 + 1) * 4 + j) * RT3D_LANES);
      const rt3d_vec x2 = rt3d_load(t + ((i * 4 + 2) * 4 + j) * RT3D_LANES);
      const rt3d_vec x3 = rt3d_load(t + ((i * 4 + 3) * 4 + j) * RT3D_LANES);
      const rt3d_vec xs1 = rt3d_add(x1, x2);
      const rt3d_vec xd1 = rt3d_sub(x1, x2);
      const rt3d_vec y0 = rt3d_add(x0, xs1);
      const rt3d_vec y1 = rt3d_add(xd1, x3);
      rt3d_store(t + ((i * 4 + 0) * 4 + j) * RT3D_LANES, y0);
      rt3d_store(t + ((i * 4 + 1) * 4 + j) * RT3D_LANES, y1);
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      const rt3d_vec x0 = rt3d_load(t + ((i * 4 + j) * 4 + 0) * RT3D_LANES);
      const rt3d_vec x1 = rt3d_load(t + ((i * 4 + j) * 4 + 1) * RT3D_LANES);
      const rt3d_vec x2 = rt3d_load(t + ((i * 4 + j) * 4 + 2) * RT3D_LANES);
      const rt3d_vec x3 = rt3d_load(t + ((i * 4 + j) * 4 + 3) * RT3D_LANES);
      const rt3d_vec xs1 = rt3d_add(x1, x2);
      const rt3d_vec xd1 = rt3d_sub(x1, x2);
      const rt3d_vec y0 = rt3d_add(x0, xs1);
      const rt3d_vec y1 = rt3d_add(xd1, x3);
      rt3d_store(y + i * depth + j * row + 0 * RT3D_LANES, kernel_activate(rt3d_add(rt3d_add(y0, b), rt3d_load(residual + i * residual_depth + j * residual_row + 0 * RT3D_LANES))));
      rt3d_store(y + i * depth + j * row + 1 * RT3D_LANES, kernel_activate(rt3d_add(rt3d_add(y1, b), rt3d_load(residual + i * residual_depth + j * residual_row + 1 * RT3D_LANES))));
    }
  }
}

/* A window of which some rows and columns, and depths from missing on, are there; others are zero. */
static void kernel_window(const rt3d_value *x, int missing, int depths, int rows, int columns, rt3d_value *out) {
  for (int d = 0; d < 4; ++d) {
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j, out += RT3D_LANES) {
        rt3d_store(out, d >= missing && d < depths && i < rows && j < columns ? rt3d_load(x + (ptrdiff_t)d * 648 + (ptrdiff_t)i * 72 + (ptrdiff_t)j * 8) : rt3d_zero());
      }
    }
  }
}

/* Depth z of tile rows row to row + rows - 1 into the transform domain. */
static void kernel_gather(const rt3d_value *x, rt3d_value *out, int z, int row, int rows) {
  out += (ptrdiff_t)(z % 1) * 384;
  for (int block = 0; block < 3; ++block) {
    for (int r = row; r < row + rows; ++r) {
      for (int c = 0; c < 4; ++c, out += RT3D_LANES) {
        const rt3d_value *p = x + -648 + (ptrdiff_t)block * 1944 + (ptrdiff_t)z * 1296 + (ptrdiff_t)r * 144 + (ptrdiff_t)c * 16;
        if (0) {
          kernel_input(p, 648, 72, out);
        } else {
          rt3d_value window[64 * RT3D_LANES];
          kernel_window(p, 1 - z * 2, rt3d_least(4, 4 - z * 2), rt3d_least(4, 9 - r * 2), rt3d_least(4, 9 - c * 2), window);
          kernel_input(window, 128, 32, out);
        }
      }
    }
  }
}

/* Depths first to last - 1 of `count` tiles each: multiplies at every point. */
static void kernel_products(const rt3d_value *u, const rt3d_value *x, rt3d_value *m, int32_t *offsets, int first, int last, int count) {
  static const float zero[2 * RT3D_LANES] = {0.0f};
  int32_t *entry = offsets;
  for (int d = first; d < last; ++d) {
    for (int c = 0; c < 20; c += 4) {
      *entry++ = d % 1 * 384 + c / RT3D_LANES * 128 + c % RT3D_LANES;
    }
  }
  const int pieces = (count + 3) / 4;
  for (int point = 0; point < 64; ++point, x += 400, m += 400) {
    for (int filter = 0; filter < 2; ++filter) {
      const int vector = filter * 2, vectors = filter < 1 ? 2 : 1;
      for (int d = first; d < last; ++d) {
        const rt3d_run runs[2] = {{0 * 5, (1 - 0) * 5, 0}, {0, 0, 0}};
        rt3d_value *y = m + (ptrdiff_t)vector * 128 + (ptrdiff_t)(d - first) * 128;
        for (int piece = 0; piece < pieces; ++piece) {
          const int at = count * piece / pieces;
          if (filter < 1) {
            kernel_4x1x2(x + at * RT3D_LANES, offsets + (d - first) * 5, u, runs, zero, y + at * RT3D_LANES);
          } else {
            kernel_4x1x1(x + at * RT3D_LANES, offsets + (d - first) * 5, u, runs, zero, y + at * RT3D_LANES);
          }
        }
      }
      u += (ptrdiff_t)5 * (vectors * 4 * RT3D_LANES);
    }
  }
}

/* Depths first to last - 1 of tile rows row to row + rows - 1 out of the transform domain. */
static void kernel_scatter(const rt3d_value *m, const float *bias, rt3d_value *y, const rt3d_value *residual, int first, int last, int row, int rows) {
  for (int f = 0; f < 3; ++f) {
    for (int z = first; z < last; ++z) {
      const rt3d_value *products = m + (ptrdiff_t)f * 128 + (ptrdiff_t)(z - first) * 128;
      for (int r = row; r < row + rows; ++r) {
        for (int c = 0; c < 4; ++c, products += RT3D_LANES) {
          rt3d_value *to = y + 80 + (ptrdiff_t)f * 1944 + (ptrdiff_t)z * 1296 + (ptrdiff_t)r * 144 + (ptrdiff_t)c * 16;
          const rt3d_value *before = residual + 80 + (ptrdiff_t)f * 1944 + (ptrdiff_t)z * 1296 + (ptrdiff_t)r * 144 + (ptrdiff_t)c * 16;
          if (z < 1 && r < 3 && c < 3) {
            kernel_output(products, bias + f * RT3D_LANES, to, 648, 72, before, 648, 72);
          } else {
            rt3d_value tile[8 * RT3D_LANES];
            rt3d_value summand[8 * RT3D_LANES] = {0.0f};
            for (int d = 0; d < rt3d_least(2, 3 - z * 2); ++d) {
              for (int i = 0; i < rt3d_least(2, 7 - r * 2); ++i) {
                for (int j = 0; j < rt3d_least(2, 7 - c * 2); ++j) {
                  rt3d_store(summand + (ptrdiff_t)d * 32 + (ptrdiff_t)i * 16 + (ptrdiff_t)j * 8, rt3d_load(before + (ptrdiff_t)d * 648 + (ptrdiff_t)i * 72 + (ptrdiff_t)j * 8));
                }
              }
            }
            kernel_output(products, bias + f * RT3D_LANES, tile, 32, 16, summand, 32, 16);
            for (int d = 0; d < rt3d_least(2, 3 - z * 2); ++d) {
              for (int i = 0; i < rt3d_least(2, 7 - r * 2); ++i) {
                for (int j = 0; j < rt3d_least(2, 7 - c * 2); ++j) {
                  rt3d_store(to + (ptrdiff_t)d * 648 + (ptrdiff_t)i * 72 + (ptrdiff_t)j * 8, rt3d_load(tile + (ptrdiff_t)d * 32 + (ptrdiff_t)i * 16 + (ptrdiff_t)j * 8));
                }
              }
            }
          }
        }
      }
    }
  }
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  const rt3d_winograd k = rt3d_winograd_of(weights);
  rt3d_value *input = workspace, *products = workspace + 25600;
  int32_t *offsets = (int32_t *)(void *)(workspace + 51200);
  const int begin = (int)((int64_t)2 * from / of), end = (int)((int64_t)2 * to / of);
  for (int band = begin; band < end; ++band) {
    const int slab = band / 2, first = band % 2 * 1;
    const int last = first + 1, row = slab * 4, rows = 4;
    for (int z = first; z < last; ++z)
      kernel_gather(x, input, z, row, rows);
    kernel_products(k.weights, input, products, offsets, first, last, rows * 4);
    kernel_scatter(products, k.bias, y, residual, first, last, row, rows);
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  return rt3d_winograd_check(weights, bytes, 64, 24, 3840);
}

