/* c12_m10_k1x3x3_p0x1x1_i2x5x6_fp32
 * winograd2x2_8x1x2_slab6_c0_g4_t1 on neon */
static __attribute__((noinline)) void kernel_5x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
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
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
        const rt3d_quad x0 = rt3d_load_quad(p + 0);
        const rt3d_data w0_1 = rt3d_load_data(weights + 1 * RT3D_LANES);
        const rt3d_quad x1 = rt3d_load_quad(p + 4);
        const rt3d_quad x2 = rt3d_load_quad(p + 8);
        const rt3d_quad x3 = rt3d_load_quad(p + 12);
        a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
        a0_1 = rt3d_fma_lane(w0_1, x0, 0, a0_1);
        const rt3d_data w1_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
        a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
        const rt3d_data w1_1 = rt3d_load_data(weights + 3 * RT3D_LANES);
        a1_1 = rt3d_fma_lane(w0_1, x1, 0, a1_1);
        a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
        a2_1 = rt3d_fma_lane(w0_1, x2, 0, a2_1);
        a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
        a3_1 = rt3d_fma_lane(w0_1, x3, 0, a3_1);
        a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
        a0_1 = rt3d_fma_lane(w1_1, x0, 1, a0_1);
        const rt3d_data w2_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
        a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
        const rt3d_data w2_1 = rt3d_load_data(weights + 5 * RT3D_LANES);
        a1_1 = rt3d_fma_lane(w1_1, x1, 1, a1_1);
        a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
        a2_1 = rt3d_fma_lane(w1_1, x2, 1, a2_1);
        a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
        a3_1 = rt3d_fma_lane(w1_1, x3, 1, a3_1);
        a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
        a0_1 = rt3d_fma_lane(w2_1, x0, 2, a0_1);
        const rt3d_data w3_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
        a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
        const rt3d_data w3_1 = rt3d_load_data(weights + 7 * RT3D_LANES);
        a1_1 = rt3d_fma_lane(w2_1, x1, 2, a1_1);
        a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
        a2_1 = rt3d_fma_lane(w2_1, x2, 2, a2_1);
        a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
        a3_1 = rt3d_fma_lane(w2_1, x3, 2, a3_1);
        a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
        a0_1 = rt3d_fma_lane(w3_1, x0, 3, a0_1);
        const rt3d_quad x4 = rt3d_load_quad(p + 16);
        a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
        a1_1 = rt3d_fma_lane(w3_1, x1, 3, a1_1);
        a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
        a2_1 = rt3d_fma_lane(w3_1, x2, 3, a2_1);
        a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
        a3_1 = rt3d_fma_lane(w3_1, x3, 3, a3_1);
        a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
        a4_1 = rt3d_fma_lane(w0_1, x4, 0, a4_1);
        a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
        a4_1 = rt3d_fma_lane(w1_1, x4, 1, a4_1);
        a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
        a4_1 = rt3d_fma_lane(w2_1, x4, 2, a4_1);
        a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
        a4_1 = rt3d_fma_lane(w3_1, x4, 3, a4_1);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 72, a0_1);
  rt3d_store(y + 4, a1_0);
  rt3d_store(y + 76, a1_1);
  rt3d_store(y + 8, a2_0);
  rt3d_store(y + 80, a2_1);
  rt3d_store(y + 12, a3_0);
  rt3d_store(y + 84, a3_1);
  rt3d_store(y + 16, a4_0);
  rt3d_store(y + 88, a4_1);
}

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
        const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
        const rt3d_quad x0 = rt3d_load_quad(p + 0);
        const rt3d_data w0_1 = rt3d_load_data(weights + 1 * RT3D_LANES);
        const rt3d_quad x1 = rt3d_load_quad(p + 4);
        const rt3d_quad x2 = rt3d_load_quad(p + 8);
        const rt3d_quad x3 = rt3d_load_quad(p + 12);
        a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
        a0_1 = rt3d_fma_lane(w0_1, x0, 0, a0_1);
        const rt3d_data w1_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
        a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
        const rt3d_data w1_1 = rt3d_load_data(weights + 3 * RT3D_LANES);
        a1_1 = rt3d_fma_lane(w0_1, x1, 0, a1_1);
        a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
        a2_1 = rt3d_fma_lane(w0_1, x2, 0, a2_1);
        a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
        a3_1 = rt3d_fma_lane(w0_1, x3, 0, a3_1);
        a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
        a0_1 = rt3d_fma_lane(w1_1, x0, 1, a0_1);
        const rt3d_data w2_0 = rt3d_load_data(weights + 4 * RT3D_LANES);
        a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
        const rt3d_data w2_1 = rt3d_load_data(weights + 5 * RT3D_LANES);
        a1_1 = rt3d_fma_lane(w1_1, x1, 1, a1_1);
        a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
        a2_1 = rt3d_fma_lane(w1_1, x2, 1, a2_1);
        a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
        a3_1 = rt3d_fma_lane(w1_1, x3, 1, a3_1);
        a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
        a0_1 = rt3d_fma_lane(w2_1, x0, 2, a0_1);
        const rt3d_data w3_0 = rt3d_load_data(weights + 6 * RT3D_LANES);
        a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
        const rt3d_data w3_1 = rt3d_load_data(weights + 7 * RT3D_LANES);
        a1_1 = rt3d_fma_lane(w2_1, x1, 2, a1_1);
        a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
        a2_1 = rt3d_fma_lane(w2_1, x2, 2, a2_1);
        a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
        a3_1 = rt3d_fma_lane(w2_1, x3, 2, a3_1);
        a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
        a0_1 = rt3d_fma_lane(w3_1, x0, 3, a0_1);
        a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
        a1_1 = rt3d_fma_lane(w3_1, x1, 3, a1_1);
        a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
        a2_1 = rt3d_fma_lane(w3_1, x2, 3, a2_1);
        a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
        a3_1 = rt3d_fma_lane(w3_1, x3, 3, a3_1);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 72, a0_1);
  rt3d_store(y + 4, a1_0);
  rt3d_store(y + 76, a1_1);
  rt3d_store(y + 8, a2_0);
  rt3d_store(y + 80, a2_1);
  rt3d_store(y + 12, a3_0);
  rt3d_store(y + 84, a3_1);
}

static __attribute__((noinline)) void kernel_5x1x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a1_0 = a0_0;
  rt3d_data a2_0 = a0_0;
  rt3d_data a3_0 = a0_0;
  rt3d_data a4_0 = a0_0;
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (4 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
        const rt3d_quad x0 = rt3d_load_quad(p + 0);
        const rt3d_quad x1 = rt3d_load_quad(p + 4);
        const rt3d_quad x2 = rt3d_load_quad(p + 8);
        const rt3d_quad x3 = rt3d_load_quad(p + 12);
        const rt3d_data w1_0 = rt3d_load_data(weights + 1 * RT3D_LANES);
        a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
        a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
        const rt3d_data w2_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
        a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
        a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
        a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
        a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
        const rt3d_data w3_0 = rt3d_load_data(weights + 3 * RT3D_LANES);
        a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
        a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
        a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
        a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
        a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
        a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
        a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
        const rt3d_quad x4 = rt3d_load_quad(p + 16);
        a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
        a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
        a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
        a4_0 = rt3d_fma_lane(w0_0, x4, 0, a4_0);
        a4_0 = rt3d_fma_lane(w1_0, x4, 1, a4_0);
        a4_0 = rt3d_fma_lane(w2_0, x4, 2, a4_0);
        a4_0 = rt3d_fma_lane(w3_0, x4, 3, a4_0);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4, a1_0);
  rt3d_store(y + 8, a2_0);
  rt3d_store(y + 12, a3_0);
  rt3d_store(y + 16, a4_0);
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
        const rt3d_data w0_0 = rt3d_load_data(weights + 0 * RT3D_LANES);
        const rt3d_quad x0 = rt3d_load_quad(p + 0);
        const rt3d_quad x1 = rt3d_load_quad(p + 4);
        const rt3d_quad x2 = rt3d_load_quad(p + 8);
        const rt3d_quad x3 = rt3d_load_quad(p + 12);
        const rt3d_data w1_0 = rt3d_load_data(weights + 1 * RT3D_LANES);
        a0_0 = rt3d_fma_lane(w0_0, x0, 0, a0_0);
        a1_0 = rt3d_fma_lane(w0_0, x1, 0, a1_0);
        const rt3d_data w2_0 = rt3d_load_data(weights + 2 * RT3D_LANES);
        a2_0 = rt3d_fma_lane(w0_0, x2, 0, a2_0);
        a3_0 = rt3d_fma_lane(w0_0, x3, 0, a3_0);
        a0_0 = rt3d_fma_lane(w1_0, x0, 1, a0_0);
        a1_0 = rt3d_fma_lane(w1_0, x1, 1, a1_0);
        const rt3d_data w3_0 = rt3d_load_data(weights + 3 * RT3D_LANES);
        a2_0 = rt3d_fma_lane(w1_0, x2, 1, a2_0);
        a3_0 = rt3d_fma_lane(w1_0, x3, 1, a3_0);
        a0_0 = rt3d_fma_lane(w2_0, x0, 2, a0_0);
        a1_0 = rt3d_fma_lane(w2_0, x1, 2, a1_0);
        a2_0 = rt3d_fma_lane(w2_0, x2, 2, a2_0);
        a3_0 = rt3d_fma_lane(w2_0, x3, 2, a3_0);
        a0_0 = rt3d_fma_lane(w3_0, x0, 3, a0_0);
        a1_0 = rt3d_fma_lane(w3_0, x1, 3, a1_0);
        a2_0 = rt3d_fma_lane(w3_0, x2, 3, a2_0);
        a3_0 = rt3d_fma_lane(w3_0, x3, 3, a3_0);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4, a1_0);
  rt3d_store(y + 8, a2_0);
  rt3d_store(y + 12, a3_0);
}

/* One window of a channel block into the transform domain. */
static __attribute__((noinline)) void kernel_input(const rt3d_value *x, ptrdiff_t row, rt3d_value *out) {
  rt3d_value t[16 * RT3D_LANES];
  for (int j = 0; j < 4; ++j) {
    const rt3d_vec x0 = rt3d_load(x + 0 * row + j * RT3D_LANES);
    const rt3d_vec x1 = rt3d_load(x + 1 * row + j * RT3D_LANES);
    const rt3d_vec x2 = rt3d_load(x + 2 * row + j * RT3D_LANES);
    const rt3d_vec x3 = rt3d_load(x + 3 * row + j * RT3D_LANES);
    const rt3d_vec y0 = rt3d_sub(x2, x0);
    const rt3d_vec y1 = rt3d_add(x2, x1);
    const rt3d_vec y2 = rt3d_sub(x2, x1);
    const rt3d_vec y3 = rt3d_sub(x3, x1);
    rt3d_store(t + (0 * 4 + j) * RT3D_LANES, y0);
    rt3d_store(t + (1 * 4 + j) * RT3D_LANES, y1);
    rt3d_store(t + (2 * 4 + j) * RT3D_LANES, y2);
    rt3d_store(t + (3 * 4 + j) * RT3D_LANES, y3);
  }
  for (int j = 0; j < 4; ++j) {
    const rt3d_vec x0 = rt3d_load(t + (j * 4 + 0) * RT3D_LANES);
    const rt3d_vec x1 = rt3d_load(t + (j * 4 + 1) * RT3D_LANES);
    const rt3d_vec x2 = rt3d_load(t + (j * 4 + 2) * RT3D_LANES);
    const rt3d_vec x3 = rt3d_load(t + (j * 4 + 3) * RT3D_LANES);
    const rt3d_vec y0 = rt3d_sub(x2, x0);
    const rt3d_vec y1 = rt3d_add(x2, x1);
    const rt3d_vec y2 = rt3d_sub(x2, x1);
    const rt3d_vec y3 = rt3d_sub(x3, x1);
    rt3d_store(out + (ptrdiff_t)(j * 4 + 0) * 240, y0);
    rt3d_store(out + (ptrdiff_t)(j * 4 + 1) * 240, y1);
    rt3d_store(out + (ptrdiff_t)(j * 4 + 2) * 240, y2);
    rt3d_store(out + (ptrdiff_t)(j * 4 + 3) * 240, y3);
  }
}

/* The products of one output tile and filter vector out of the transform domain. */
static __attribute__((noinline)) void kernel_output(const rt3d_value *m, const float *bias, rt3d_value *y, ptrdiff_t row) {
  const rt3d_vec b = rt3d_load(bias);
  rt3d_value t[16 * RT3D_LANES];
  for (int j = 0; j < 4; ++j) {
    const rt3d_vec x0 = rt3d_load(m + (ptrdiff_t)(0 * 4 + j) * 240);
    const rt3d_vec x1 = rt3d_load(m + (ptrdiff_t)(1 * 4 + j) * 240);
    const rt3d_vec x2 = rt3d_load(m + (ptrdiff_t)(2 * 4 + j) * 240);
    const rt3d_vec x3 = rt3d_load(m + (ptrdiff_t)(3 * 4 + j) * 240);
    const rt3d_vec xs1 = rt3d_add(x1, x2);
    const rt3d_vec xd1 = rt3d_sub(x1, x2);
    const rt3d_vec y0 = rt3d_add(x0, xs1);
    const rt3d_vec y1 = rt3d_add(xd1, x3);
    rt3d_store(t + (0 * 4 + j) * RT3D_LANES, y0);
    rt3d_store(t + (1 * 4 + j) * RT3D_LANES, y1);
  }
  for (int j = 0; j < 2; ++j) {
    const rt3d_vec x0 = rt3d_load(t + (j * 4 + 0) * RT3D_LANES);
    const rt3d_vec x1 = rt3d_load(t + (j * 4 + 1) * RT3D_LANES);
    const rt3d_vec x2 = rt3d_load(t + (j * 4 + 2) * RT3D_LANES);
    const rt3d_vec x3 = rt3d_load(t + (j * 4 + 3) * RT3D_LANES);
    const rt3d_vec xs1 = rt3d_add(x1, x2);
    const rt3d_vec xd1 = rt3d_sub(x1, x2);
    const rt3d_vec y0 = rt3d_add(x0, xs1);
    const rt3d_vec y1 = rt3d_add(xd1, x3);
    rt3d_store(y + j * row + 0 * RT3D_LANES, rt3d_add(y0, b));
    rt3d_store(y + j * row + 1 * RT3D_LANES, rt3d_add(y1, b));
  }
}

/* A window of which some rows and columns, and depths from missing on, are there; others are zero. */
static void kernel_window(const rt3d_value *x, int rows, int columns, rt3d_value *out) {
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j, out += RT3D_LANES) {
      rt3d_store(out, i < rows && j < columns ? rt3d_load(x + (ptrdiff_t)i * 32 + (ptrdiff_t)j * 4) : rt3d_zero());
    }
  }
}

/* Depth z of tile rows row to row + rows - 1 into the transform domain. */
static void kernel_gather(const rt3d_value *x, rt3d_value *out, int z, int row, int rows) {
  out += (ptrdiff_t)(z % 2) * 108;
  for (int block = 0; block < 3; ++block) {
    for (int r = row; r < row + rows; ++r) {
      for (int c = 0; c < 3; ++c, out += RT3D_LANES) {
        const rt3d_value *p = x + (ptrdiff_t)block * 448 + (ptrdiff_t)z * 224 + (ptrdiff_t)r * 64 + (ptrdiff_t)c * 8;
        if (r < 2) {
          kernel_input(p, 32, out);
        } else {
          rt3d_value window[16 * RT3D_LANES];
          kernel_window(p, rt3d_least(4, 7 - r * 2), rt3d_least(4, 8 - c * 2), window);
          kernel_input(window, 16, out);
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
    for (int c = 0; c < 12; c += 4) {
      *entry++ = d % 2 * 108 + c / RT3D_LANES * 36 + c % RT3D_LANES;
    }
  }
  const int pieces = (count + 7) / 8;
  for (int point = 0; point < 16; ++point, x += 240, m += 240) {
    for (int filter = 0; filter < 2; ++filter) {
      const int vector = filter * 2, vectors = filter < 1 ? 2 : 1;
      for (int d = first; d < last; ++d) {
        const rt3d_run runs[2] = {{0 * 3, (1 - 0) * 3, 0}, {0, 0, 0}};
        rt3d_value *y = m + (ptrdiff_t)vector * 72 + (ptrdiff_t)(d - first) * 36;
        for (int piece = 0; piece < pieces; ++piece) {
          const int at = count * piece / pieces;
          const int width = count * (piece + 1) / pieces - at;
          if (filter < 1 && width == 5) {
            kernel_5x1x2(x + at * RT3D_LANES, offsets + (d - first) * 3, u, runs, zero, y + at * RT3D_LANES);
          } else if (filter < 1 && width == 4) {
            kernel_4x1x2(x + at * RT3D_LANES, offsets + (d - first) * 3, u, runs, zero, y + at * RT3D_LANES);
          } else if (filter == 1 && width == 5) {
            kernel_5x1x1(x + at * RT3D_LANES, offsets + (d - first) * 3, u, runs, zero, y + at * RT3D_LANES);
          } else {
            kernel_4x1x1(x + at * RT3D_LANES, offsets + (d - first) * 3, u, runs, zero, y + at * RT3D_LANES);
          }
        }
      }
      u += (ptrdiff_t)3 * (vectors * 4 * RT3D_LANES);
    }
  }
}

/* Depths first to last - 1 of tile rows row to row + rows - 1 out of the transform domain. */
static void kernel_scatter(const rt3d_value *m, const float *bias, rt3d_value *y, int first, int last, int row, int rows) {
  for (int f = 0; f < 3; ++f) {
    for (int z = first; z < last; ++z) {
      const rt3d_value *products = m + (ptrdiff_t)f * 72 + (ptrdiff_t)(z - first) * 36;
      for (int r = row; r < row + rows; ++r) {
        for (int c = 0; c < 3; ++c, products += RT3D_LANES) {
          rt3d_value *to = y + 36 + (ptrdiff_t)f * 448 + (ptrdiff_t)z * 224 + (ptrdiff_t)r * 64 + (ptrdiff_t)c * 8;
          if (r < 2) {
            kernel_output(products, bias + f * RT3D_LANES, to, 32);
          } else {
            rt3d_value tile[4 * RT3D_LANES];
            kernel_output(products, bias + f * RT3D_LANES, tile, 8);
            for (int i = 0; i < rt3d_least(2, 5 - r * 2); ++i) {
              for (int j = 0; j < rt3d_least(2, 6 - c * 2); ++j) {
                rt3d_store(to + (ptrdiff_t)i * 32 + (ptrdiff_t)j * 4, rt3d_load(tile + (ptrdiff_t)i * 8 + (ptrdiff_t)j * 4));
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
  rt3d_value *input = workspace, *products = workspace + 3840;
  int32_t *offsets = (int32_t *)(void *)(workspace + 7680);
  const int begin = (int)((int64_t)1 * from / of), end = (int)((int64_t)1 * to / of);
  (void)residual;
  for (int band = begin; band < end; ++band) {
    const int slab = band / 1, first = band % 1 * 2;
    const int last = first + 2, row = slab * 3, rows = 3;
    for (int z = first; z < last; ++z)
      kernel_gather(x, input, z, row, rows);
    kernel_products(k.weights, input, products, offsets, first, last, rows * 3);
    kernel_scatter(products, k.bias, y, first, last, row, rows);
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  return rt3d_winograd_check(weights, bytes, 16, 12, 576);
}

