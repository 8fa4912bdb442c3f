/* c64_m128_k3x3x3_p1x1x1_i16x56x56_fp32_relu
 * winograd4x4_6x1x2_slab3_c32_g4_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_relu(v); }

static __attribute__((noinline)) void kernel_6x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
    a0_1 = rt3d_load(y + 336);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 344);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 352);
    a3_0 = rt3d_load(y + 24);
    a3_1 = rt3d_load(y + 360);
    a4_0 = rt3d_load(y + 32);
    a4_1 = rt3d_load(y + 368);
    a5_0 = rt3d_load(y + 40);
    a5_1 = rt3d_load(y + 376);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5;
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
        RT3D_STEP_BROADCAST(x4, p + 32);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 40);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5;
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
        RT3D_STEP_BROADCAST(x4, p + 33);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 41);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5;
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
        RT3D_STEP_BROADCAST(x4, p + 34);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 42);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4, x5;
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
        RT3D_STEP_BROADCAST(x4, p + 35);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 43);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 336, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 344, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 352, a2_1);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 360, a3_1);
  rt3d_store(y + 32, a4_0);
  rt3d_store(y + 368, a4_1);
  rt3d_store(y + 40, a5_0);
  rt3d_store(y + 376, a5_1);
}

static __attribute__((noinline)) void kernel_5x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 336);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 344);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 352);
    a3_0 = rt3d_load(y + 24);
    a3_1 = rt3d_load(y + 360);
    a4_0 = rt3d_load(y + 32);
    a4_1 = rt3d_load(y + 368);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4;
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
        RT3D_STEP_BROADCAST(x4, p + 32);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4;
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
        RT3D_STEP_BROADCAST(x4, p + 33);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4;
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
        RT3D_STEP_BROADCAST(x4, p + 34);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
      }
      {
        rt3d_data w0, w1, x0, x1, x2, x3, x4;
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
        RT3D_STEP_BROADCAST(x4, p + 35);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 336, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 344, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 352, a2_1);
  rt3d_store(y + 24, a3_0);
  rt3d_store(y + 360, a3_1);
  rt3d_store(y + 32, a4_0);
  rt3d_store(y + 368, a4_1);
}

/* One window of a channel block into the transform domain. */
static __attribute__((noinline)) void kernel_input(const rt3d_value *x, ptrdiff_t row, rt3d_value *out) {
  rt3d_value t[36 * RT3D_LANES];
  for (int j = 0; j < 6; ++j) {
    const rt3d_vec x0 = rt3d_load(x + 0 * row + j * RT3D_LANES);
    const rt3d_vec x1 = rt3d_load(x + 1 * row + j * RT3D_LANES);
    const rt3d_vec x2 = rt3d_load(x + 2 * row + j * RT3D_LANES);
    const rt3d_vec x3 = rt3d_load(x + 3 * row + j * RT3D_LANES);
    const rt3d_vec x4 = rt3d_load(x + 4 * row + j * RT3D_LANES);
    const rt3d_vec x5 = rt3d_load(x + 5 * row + j * RT3D_LANES);
    const rt3d_vec y0 = rt3d_fma(rt3d_set1(-2.8125f), x2, rt3d_fma(rt3d_set1(1.265625f), x0, x4));
    const rt3d_vec ye1 = rt3d_fma(rt3d_set1(-2.25f), x2, x4);
    const rt3d_vec yo1 = rt3d_fma(rt3d_set1(-2.25f), x1, x3);
    const rt3d_vec y1 = rt3d_fma(rt3d_set1(0.75f), yo1, ye1);
    const rt3d_vec y2 = rt3d_fma(rt3d_set1(-0.75f), yo1, ye1);
    const rt3d_vec ye3 = rt3d_fma(rt3d_set1(-0.5625f), x2, x4);
    const rt3d_vec yo3 = rt3d_fma(rt3d_set1(-0.5625f), x1, x3);
    const rt3d_vec y3 = rt3d_fma(rt3d_set1(1.5f), yo3, ye3);
    const rt3d_vec y4 = rt3d_fma(rt3d_set1(-1.5f), yo3, ye3);
    const rt3d_vec y5 = rt3d_fma(rt3d_set1(-2.8125f), x3, rt3d_fma(rt3d_set1(1.265625f), x1, x5));
    rt3d_store(t + (0 * 6 + j) * RT3D_LANES, y0);
    rt3d_store(t + (1 * 6 + j) * RT3D_LANES, y1);
    rt3d_store(t + (2 * 6 + j) * RT3D_LANES, y2);
    rt3d_store(t + (3 * 6 + j) * RT3D_LANES, y3);
    rt3d_store(t + (4 * 6 + j) * RT3D_LANES, y4);
    rt3d_store(t + (5 * 6 + j) * RT3D_LANES, y5);
  }
  for (int j = 0; j < 6; ++j) {
    const rt3d_vec x0 = rt3d_load(t + (j * 6 + 0) * RT3D_LANES);
    const rt3d_vec x1 = rt3d_load(t + (j * 6 + 1) * RT3D_LANES);
    const rt3d_vec x2 = rt3d_load(t + (j * 6 + 2) * RT3D_LANES);
    const rt3d_vec x3 = rt3d_load(t + (j * 6 + 3) * RT3D_LANES);
    const rt3d_vec x4 = rt3d_load(t + (j * 6 + 4) * RT3D_LANES);
    const rt3d_vec x5 = rt3d_load(t + (j * 6 + 5) * RT3D_LANES);
    const rt3d_vec y0 = rt3d_fma(rt3d_set1(-2.8125f), x2, rt3d_fma(rt3d_set1(1.265625f), x0, x4));
    const rt3d_vec ye1 = rt3d_fma(rt3d_set1(-2.25f), x2, x4);
    const rt3d_vec yo1 = rt3d_fma(rt3d_set1(-2.25f), x1, x3);
    const rt3d_vec y1 = rt3d_fma(rt3d_set1(0.75f), yo1, ye1);
    const rt3d_vec y2 = rt3d_fma(rt3d_set1(-0.75f), yo1, ye1);
    const rt3d_vec ye3 = rt3d_fma(rt3d_set1(-0.5625f), x2, x4);
    const rt3d_vec yo3 = rt3d_fma(rt3d_set1(-0.5625f), x1, x3);
    const rt3d_vec y3 = rt3d_fma(rt3d_set1(1.5f), yo3, ye3);
    const rt3d_vec y4 = rt3d_fma(rt3d_set1(-1.5f), yo3, ye3);
    const rt3d_vec y5 = rt3d_fma(rt3d_set1(-2.8125f), x3, rt3d_fma(rt3d_set1(1.265625f), x1, x5));
    rt3d_store(out + (ptrdiff_t)(j * 6 + 0) * 8080, y0);
    rt3d_store(out + (ptrdiff_t)(j * 6 + 1) * 8080, y1);
    rt3d_store(out + (ptrdiff_t)(j * 6 + 2) * 8080, y2);
    rt3d_store(out + (ptrdiff_t)(j * 6 + 3) * 8080, y3);
    rt3d_store(out + (ptrdiff_t)(j * 6 + 4) * 8080, y4);
    rt3d_store(out + (ptrdiff_t)(j * 6 + 5) * 8080, y5);
  }
}

/* The products of one output tile and filter vector out of the transform domain. */
static __attribute__((noinline)) void kernel_output(const rt3d_value *m, const float *bias, rt3d_value *y, ptrdiff_t row) {
  const rt3d_vec b = rt3d_load(bias);
  rt3d_value t[36 * RT3D_LANES];
  for (int j = 0; j < 6; ++j) {
    const rt3d_vec x0 = rt3d_load(m + (ptrdiff_t)(0 * 6 + j) * 5392);
    const rt3d_vec x1 = rt3d_load(m + (ptrdiff_t)(1 * 6 + j) * 5392);
    const rt3d_vec x2 = rt3d_load(m + (ptrdiff_t)(2 * 6 + j) * 5392);
    const rt3d_vec x3 = rt3d_load(m + (ptrdiff_t)(3 * 6 + j) * 5392);
    const rt3d_vec x4 = rt3d_load(m + (ptrdiff_t)(4 * 6 + j) * 5392);
    const rt3d_vec x5 = rt3d_load(m + (ptrdiff_t)(5 * 6 + j) * 5392);
    const rt3d_vec xs1 = rt3d_add(x1, x2);
    const rt3d_vec xd1 = rt3d_sub(x1, x2);
    const rt3d_vec xs3 = rt3d_add(x3, x4);
    const rt3d_vec xd3 = rt3d_sub(x3, x4);
    const rt3d_vec y0 = rt3d_add(rt3d_add(x0, xs1), xs3);
    const rt3d_vec y1 = rt3d_fma(rt3d_set1(1.5f), xd3, rt3d_mul(rt3d_set1(0.75f), xd1));
    const rt3d_vec y2 = rt3d_fma(rt3d_set1(2.25f), xs3, rt3d_mul(rt3d_set1(0.5625f), xs1));
    const rt3d_vec y3 = rt3d_fma(rt3d_set1(3.375f), xd3, rt3d_fma(rt3d_set1(0.421875f), xd1, x5));
    rt3d_store(t + (0 * 6 + j) * RT3D_LANES, y0);
    rt3d_store(t + (1 * 6 + j) * RT3D_LANES, y1);
    rt3d_store(t + (2 * 6 + j) * RT3D_LANES, y2);
    rt3d_store(t + (3 * 6 + j) * RT3D_LANES, y3);
  }
  for (int j = 0; j < 4; ++j) {
    const rt3d_vec x0 = rt3d_load(t + (j * 6 + 0) * RT3D_LANES);
    const rt3d_vec x1 = rt3d_load(t + (j * 6 + 1) * RT3D_LANES);
    const rt3d_vec x2 = rt3d_load(t + (j * 6 + 2) * RT3D_LANES);
    const rt3d_vec x3 = rt3d_load(t + (j * 6 + 3) * RT3D_LANES);
    const rt3d_vec x4 = rt3d_load(t + (j * 6 + 4) * RT3D_LANES);
    const rt3d_vec x5 = rt3d_load(t + (j * 6 + 5) * RT3D_LANES);
    const rt3d_vec xs1 = rt3d_add(x1, x2);
    const rt3d_vec xd1 = rt3d_sub(x1, x2);
    const rt3d_vec xs3 = rt3d_add(x3, x4);
    const rt3d_vec xd3 = rt3d_sub(x3, x4);
    const rt3d_vec y0 = rt3d_add(rt3d_add(x0, xs1), xs3);
    const rt3d_vec y1 = rt3d_fma(rt3d_set1(1.5f), xd3, rt3d_mul(rt3d_set1(0.75f), xd1));
    const rt3d_vec y2 = rt3d_fma(rt3d_set1(2.25f), xs3, rt3d_mul(rt3d_set1(0.5625f), xs1));
    const rt3d_vec y3 = rt3d_fma(rt3d_set1(3.375f), xd3, rt3d_fma(rt3d_set1(0.421875f), xd1, x5));
    rt3d_store(y + j * row + 0 * RT3D_LANES, kernel_activate(rt3d_add(y0, b)));
    rt3d_store(y + j * row + 1 * RT3D_LANES, kernel_activate(rt3d_add(y1, b)));
    rt3d_store(y + j * row + 2 * RT3D_LANES, kernel_activate(rt3d_add(y2, b)));
    rt3d_store(y + j * row + 3 * RT3D_LANES, kernel_activate(rt3d_add(y3, b)));
  }
}

/* Depth z of tile rows row to row + rows - 1 into the transform domain. */
static void kernel_gather(const rt3d_value *x, rt3d_value *out, int z, int row, int rows) {
  out += (ptrdiff_t)(z % 3) * 2688;
  for (int block = 0; block < 8; ++block) {
    for (int r = row; r < row + rows; ++r) {
      for (int c = 0; c < 14; ++c, out += RT3D_LANES) {
        const rt3d_value *p = x + -26912 + (ptrdiff_t)block * 430592 + (ptrdiff_t)z * 26912 + (ptrdiff_t)r * 1856 + (ptrdiff_t)c * 32;
        kernel_input(p, 464, out);
      }
    }
    out += (ptrdiff_t)(3 - rows) * 112;
  }
}

/* Depths first to last - 1 of `count` tiles each: multiplies at every point. */
static void kernel_products(const rt3d_value *u, const rt3d_value *x, rt3d_value *m, int32_t *offsets, int first, int last, int count) {
  static const float zero[2 * RT3D_LANES] = {0.0f};
  int32_t *entry = offsets;
  for (int d = first; d < last; ++d) {
    for (int channel = 0; channel < 64; channel += 32) {
      for (int k = 0; k < 3; ++k) {
        for (int c = channel; c < rt3d_least(64, channel + 32); c += 4) {
          *entry++ = (d + k) % 3 * 2688 + c / RT3D_LANES * 336 + c % RT3D_LANES;
        }
      }
    }
  }
  const int pieces = (count + 5) / 6;
  for (int point = 0; point < 36; ++point, x += 8080, m += 5392) {
    for (int filter = 0; filter < 8; ++filter) {
      const int vector = filter * 2, vectors = 2;
      for (int channel = 0; channel < 2; ++channel) {
        const int part = (channel == 0 ? 1 : 0) | (channel == 1 ? 2 : 0);
        for (int d = first; d < last; ++d) {
          const int low = rt3d_most(0, rt3d_least(3, 1 - d)), high = rt3d_most(low, rt3d_least(3, 17 - d));
          const rt3d_run runs[2] = {{low * 8, (high - low) * 8, 0}, {0, 0, 0}};
          rt3d_value *y = m + (ptrdiff_t)vector * 336 + (ptrdiff_t)(d - first) * 336;
          for (int piece = 0; piece < pieces; ++piece) {
            const int at = count * piece / pieces;
            const int width = count * (piece + 1) / pieces - at;
            if (width == 6) {
              kernel_6x1x2(x + at * RT3D_LANES, offsets + (d - first) * 48 + channel * 24, u, runs, zero, y + at * RT3D_LANES, part);
            } else {
              kernel_5x1x2(x + at * RT3D_LANES, offsets + (d - first) * 48 + channel * 24, u, runs, zero, y + at * RT3D_LANES, part);
            }
          }
        }
        u += (ptrdiff_t)8 * (vectors * 12 * RT3D_LANES);
      }
    }
  }
}

/* Depths first to last - 1 of tile rows row to row + rows - 1 out of the transform domain. */
static void kernel_scatter(const rt3d_value *m, const float *bias, rt3d_value *y, int first, int last, int row, int rows) {
  for (int f = 0; f < 16; ++f) {
    for (int z = first; z < last; ++z) {
      const rt3d_value *products = m + (ptrdiff_t)f * 336 + (ptrdiff_t)(z - first) * 336;
      for (int r = row; r < row + rows; ++r) {
        for (int c = 0; c < 14; ++c, products += RT3D_LANES) {
          rt3d_value *to = y + 472 + (ptrdiff_t)f * 430592 + (ptrdiff_t)z * 26912 + (ptrdiff_t)r * 1856 + (ptrdiff_t)c * 32;
          kernel_output(products, bias + f * RT3D_LANES, to, 464);
        }
      }
    }
  }
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  const rt3d_winograd k = rt3d_winograd_of(weights);
  rt3d_value *input = workspace, *products = workspace + 290880;
  int32_t *offsets = (int32_t *)(void *)(workspace + 484992);
  const int begin = (int)((int64_t)80 * from / of), end = (int)((int64_t)80 * to / of);
  (void)residual;
  for (int band = begin; band < end; ++band) {
    const int slab = band / 16, first = band % 16 * 1;
    const int last = first + 1, row = slab < 4 ? slab * 3 : slab * 2 + 4, rows = slab < 4 ? 3 : 2;
    /* Earlier bands of the thread transformed the depths that the kernel shares. */
    const int known = band == begin || first == 0 ? first : first + 2;
    for (int z = rt3d_most(known, 1); z < rt3d_least(last + 2, 17); ++z)
      kernel_gather(x, input, z, row, rows);
    kernel_products(k.weights, input, products, offsets, first, last, rows * 14);
    kernel_scatter(products, k.bias, y, first, last, row, rows);
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  return rt3d_winograd_check(weights, bytes, 36, 128, 110592);
}

