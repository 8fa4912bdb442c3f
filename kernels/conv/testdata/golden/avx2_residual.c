/* c16_m24_k3x1x1_p1x0x0_i4x7x7_fp32_residual_leakyrelu:0.1
 * direct_3x2x2_filter_c8_g4_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_leaky_relu(v, 0.1f); }

/* Kernel depths on the input, for each output. */
static const int kernel_depths[4][2] = {{1, 3}, {0, 3}, {0, 3}, {0, 2}};

static __attribute__((noinline)) void kernel_3x2x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
    a0_1 = rt3d_load(y + 2592);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 2600);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 2608);
    a3_0 = rt3d_load(y + 72);
    a3_1 = rt3d_load(y + 2664);
    a4_0 = rt3d_load(y + 80);
    a4_1 = rt3d_load(y + 2672);
    a5_0 = rt3d_load(y + 88);
    a5_1 = rt3d_load(y + 2680);
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
        RT3D_STEP_BROADCAST(x3, p + 56);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 64);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 72);
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
        RT3D_STEP_BROADCAST(x3, p + 57);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 65);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 73);
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
        RT3D_STEP_BROADCAST(x3, p + 58);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 66);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 74);
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
        RT3D_STEP_BROADCAST(x3, p + 59);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 67);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 75);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a0_1 = kernel_activate(rt3d_add(a0_1, rt3d_load(residual + 1568)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a1_1 = kernel_activate(rt3d_add(a1_1, rt3d_load(residual + 1576)));
    a2_0 = kernel_activate(rt3d_add(a2_0, rt3d_load(residual + 16)));
    a2_1 = kernel_activate(rt3d_add(a2_1, rt3d_load(residual + 1584)));
    a3_0 = kernel_activate(rt3d_add(a3_0, rt3d_load(residual + 56)));
    a3_1 = kernel_activate(rt3d_add(a3_1, rt3d_load(residual + 1624)));
    a4_0 = kernel_activate(rt3d_add(a4_0, rt3d_load(residual + 64)));
    a4_1 = kernel_activate(rt3d_add(a4_1, rt3d_load(residual + 1632)));
    a5_0 = kernel_activate(rt3d_add(a5_0, rt3d_load(residual + 72)));
    a5_1 = kernel_activate(rt3d_add(a5_1, rt3d_load(residual + 1640)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 2592, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 2600, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 2608, a2_1);
  rt3d_store(y + 72, a3_0);
  rt3d_store(y + 2664, a3_1);
  rt3d_store(y + 80, a4_0);
  rt3d_store(y + 2672, a4_1);
  rt3d_store(y + 88, a5_0);
  rt3d_store(y + 2680, a5_1);
}

static __attribute__((noinline)) void kernel_2x2x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
    a0_1 = rt3d_load(y + 2592);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 2600);
    a2_0 = rt3d_load(y + 72);
    a2_1 = rt3d_load(y + 2664);
    a3_0 = rt3d_load(y + 80);
    a3_1 = rt3d_load(y + 2672);
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
        RT3D_STEP_BROADCAST(x2, p + 56);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 64);
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
        RT3D_STEP_BROADCAST(x2, p + 57);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 65);
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
        RT3D_STEP_BROADCAST(x2, p + 58);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 66);
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
        RT3D_STEP_BROADCAST(x2, p + 59);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_FMA(a2_1, w1, x2);
        RT3D_STEP_BROADCAST(x3, p + 67);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a0_1 = kernel_activate(rt3d_add(a0_1, rt3d_load(residual + 1568)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a1_1 = kernel_activate(rt3d_add(a1_1, rt3d_load(residual + 1576)));
    a2_0 = kernel_activate(rt3d_add(a2_0, rt3d_load(residual + 56)));
    a2_1 = kernel_activate(rt3d_add(a2_1, rt3d_load(residual + 1624)));
    a3_0 = kernel_activate(rt3d_add(a3_0, rt3d_load(residual + 64)));
    a3_1 = kernel_activate(rt3d_add(a3_1, rt3d_load(residual + 1632)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 2592, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 2600, a1_1);
  rt3d_store(y + 72, a2_0);
  rt3d_store(y + 2664, a2_1);
  rt3d_store(y + 80, a3_0);
  rt3d_store(y + 2672, a3_1);
}

static __attribute__((noinline)) void kernel_3x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a0_1;
  rt3d_data a1_0;
  rt3d_data a1_1;
  rt3d_data a2_0;
  rt3d_data a2_1;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
    a1_0 = a0_0;
    a1_1 = a0_1;
    a2_0 = a0_0;
    a2_1 = a0_1;
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 2592);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 2600);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 2608);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, w1, x0, x1, x2;
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
      }
      {
        rt3d_data w0, w1, x0, x1, x2;
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
      }
      {
        rt3d_data w0, w1, x0, x1, x2;
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
      }
      {
        rt3d_data w0, w1, x0, x1, x2;
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
      }
      weights += 8 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a0_1 = kernel_activate(rt3d_add(a0_1, rt3d_load(residual + 1568)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a1_1 = kernel_activate(rt3d_add(a1_1, rt3d_load(residual + 1576)));
    a2_0 = kernel_activate(rt3d_add(a2_0, rt3d_load(residual + 16)));
    a2_1 = kernel_activate(rt3d_add(a2_1, rt3d_load(residual + 1584)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 2592, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 2600, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 2608, a2_1);
}

static __attribute__((noinline)) void kernel_2x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a0_1;
  rt3d_data a1_0;
  rt3d_data a1_1;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
    a1_0 = a0_0;
    a1_1 = a0_1;
  } else {
    a0_0 = rt3d_load(y + 0);
    a0_1 = rt3d_load(y + 2592);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 2600);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
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
      weights += 8 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a0_1 = kernel_activate(rt3d_add(a0_1, rt3d_load(residual + 1568)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a1_1 = kernel_activate(rt3d_add(a1_1, rt3d_load(residual + 1576)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 2592, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 2600, a1_1);
}

static __attribute__((noinline)) void kernel_3x2x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a1_0;
  rt3d_data a2_0;
  rt3d_data a3_0;
  rt3d_data a4_0;
  rt3d_data a5_0;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a1_0 = a0_0;
    a2_0 = a0_0;
    a3_0 = a0_0;
    a4_0 = a0_0;
    a5_0 = a0_0;
  } else {
    a0_0 = rt3d_load(y + 0);
    a1_0 = rt3d_load(y + 8);
    a2_0 = rt3d_load(y + 16);
    a3_0 = rt3d_load(y + 72);
    a4_0 = rt3d_load(y + 80);
    a5_0 = rt3d_load(y + 88);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (4 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 16);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 56);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 64);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 72);
        RT3D_STEP_FMA(a5_0, w0, x5);
      }
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 17);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 57);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 65);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 73);
        RT3D_STEP_FMA(a5_0, w0, x5);
      }
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 18);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 58);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 66);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 74);
        RT3D_STEP_FMA(a5_0, w0, x5);
      }
      {
        rt3d_data w0, x0, x1, x2, x3, x4, x5;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 19);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 59);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_BROADCAST(x4, p + 67);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_BROADCAST(x5, p + 75);
        RT3D_STEP_FMA(a5_0, w0, x5);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a2_0 = kernel_activate(rt3d_add(a2_0, rt3d_load(residual + 16)));
    a3_0 = kernel_activate(rt3d_add(a3_0, rt3d_load(residual + 56)));
    a4_0 = kernel_activate(rt3d_add(a4_0, rt3d_load(residual + 64)));
    a5_0 = kernel_activate(rt3d_add(a5_0, rt3d_load(residual + 72)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 72, a3_0);
  rt3d_store(y + 80, a4_0);
  rt3d_store(y + 88, a5_0);
}

static __attribute__((noinline)) void kernel_2x2x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a1_0;
  rt3d_data a2_0;
  rt3d_data a3_0;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a1_0 = a0_0;
    a2_0 = a0_0;
    a3_0 = a0_0;
  } else {
    a0_0 = rt3d_load(y + 0);
    a1_0 = rt3d_load(y + 8);
    a2_0 = rt3d_load(y + 72);
    a3_0 = rt3d_load(y + 80);
  }
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
        RT3D_STEP_BROADCAST(x2, p + 56);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 64);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 57);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 65);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 58);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 66);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      {
        rt3d_data w0, x0, x1, x2, x3;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 59);
        RT3D_STEP_FMA(a2_0, w0, x2);
        RT3D_STEP_BROADCAST(x3, p + 67);
        RT3D_STEP_FMA(a3_0, w0, x3);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a2_0 = kernel_activate(rt3d_add(a2_0, rt3d_load(residual + 56)));
    a3_0 = kernel_activate(rt3d_add(a3_0, rt3d_load(residual + 64)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 72, a2_0);
  rt3d_store(y + 80, a3_0);
}

static __attribute__((noinline)) void kernel_3x1x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a1_0;
  rt3d_data a2_0;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a1_0 = a0_0;
    a2_0 = a0_0;
  } else {
    a0_0 = rt3d_load(y + 0);
    a1_0 = rt3d_load(y + 8);
    a2_0 = rt3d_load(y + 16);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (4 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, x0, x1, x2;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 16);
        RT3D_STEP_FMA(a2_0, w0, x2);
      }
      {
        rt3d_data w0, x0, x1, x2;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 17);
        RT3D_STEP_FMA(a2_0, w0, x2);
      }
      {
        rt3d_data w0, x0, x1, x2;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 18);
        RT3D_STEP_FMA(a2_0, w0, x2);
      }
      {
        rt3d_data w0, x0, x1, x2;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
        RT3D_STEP_BROADCAST(x2, p + 19);
        RT3D_STEP_FMA(a2_0, w0, x2);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
    a2_0 = kernel_activate(rt3d_add(a2_0, rt3d_load(residual + 16)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 16, a2_0);
}

static __attribute__((noinline)) void kernel_2x1x1(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a1_0;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a1_0 = a0_0;
  } else {
    a0_0 = rt3d_load(y + 0);
    a1_0 = rt3d_load(y + 8);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (4 * RT3D_LANES);
    for (int i = 0; i < run->count; ++i) {
      const rt3d_value *p = x + offsets[i];
      {
        rt3d_data w0, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 0);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 8);
        RT3D_STEP_FMA(a1_0, w0, x1);
      }
      {
        rt3d_data w0, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 1 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 1);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 9);
        RT3D_STEP_FMA(a1_0, w0, x1);
      }
      {
        rt3d_data w0, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 2);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 10);
        RT3D_STEP_FMA(a1_0, w0, x1);
      }
      {
        rt3d_data w0, x0, x1;
        RT3D_STEP_LOAD(w0, weights + 3 * RT3D_LANES);
        RT3D_STEP_BROADCAST(x0, p + 3);
        RT3D_STEP_FMA(a0_0, w0, x0);
        RT3D_STEP_BROADCAST(x1, p + 11);
        RT3D_STEP_FMA(a1_0, w0, x1);
      }
      weights += 4 * RT3D_LANES;
    }
  }
  if (part & 2) {
    a0_0 = kernel_activate(rt3d_add(a0_0, rt3d_load(residual + 0)));
    a1_0 = kernel_activate(rt3d_add(a1_0, rt3d_load(residual + 8)));
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 8, a1_0);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row < 3 ? row * 2 : row + 3, w = column < 1 ? column * 3 : column * 2 + 1, vector = filter * 2;
  const int32_t *block = k->blocks + (ptrdiff_t)(filter * 2 + channel) * 6;
  const rt3d_value *x = k->x + -392 + (ptrdiff_t)d * 392 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 80 + (ptrdiff_t)vector * 2592 + (ptrdiff_t)d * 648 + (ptrdiff_t)h * 72 + (ptrdiff_t)w * 8;
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
  const rt3d_value *residual = k->residual + (ptrdiff_t)vector * 1568 + (ptrdiff_t)d * 392 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  const int part = (channel == 0 ? 1 : 0) | (channel == 1 ? 2 : 0);
  if (filter < 1 && row < 3 && column < 1) {
    kernel_3x2x2(x, list, weights, runs, bias, y, residual, part);
  } else if (filter < 1 && row < 3 && column >= 1) {
    kernel_2x2x2(x, list, weights, runs, bias, y, residual, part);
  } else if (filter < 1 && row >= 3 && column < 1) {
    kernel_3x1x2(x, list, weights, runs, bias, y, residual, part);
  } else if (filter < 1 && row >= 3 && column >= 1) {
    kernel_2x1x2(x, list, weights, runs, bias, y, residual, part);
  } else if (filter == 1 && row < 3 && column < 1) {
    kernel_3x2x1(x, list, weights, runs, bias, y, residual, part);
  } else if (filter == 1 && row < 3 && column >= 1) {
    kernel_2x2x1(x, list, weights, runs, bias, y, residual, part);
  } else if (filter == 1 && row >= 3 && column < 1) {
    kernel_3x1x1(x, list, weights, runs, bias, y, residual, part);
  } else {
    kernel_2x1x1(x, list, weights, runs, bias, y, residual, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 2; ++channel)
      cost += k->blocks[(ptrdiff_t)(filter * 2 + channel) * 6 + 5] + 4;
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
    const int begin = rt3d_share(before, cost, total, 16, from, of);
    const int end = rt3d_share(before, cost, total, 16, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int channel = 0; channel < 2; ++channel) {
        for (int band = begin; band < end; ++band) {
          const int d = band / 4;
          const int row = band % 4;
          for (int column = 0; column < 3; ++column) {
            kernel_tile(&k, d, row, column, filter, channel);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {2, 2, 1, 8, {4, 0}, 24, 1, 3, 1, 3, 56, 392, 1572, 4};
  return rt3d_section_check(weights, bytes, &want);
}

