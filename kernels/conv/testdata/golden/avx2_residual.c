/* c16_m24_k3x1x1_p1x0x0_i4x7x7_fp32_residual_leakyrelu:0.1
 * direct_3x2x2_filter_c8_g4_t1 on avx2 */
RT3D_INLINE rt3d_vec kernel_activate(rt3d_vec v) { return rt3d_leaky_relu(v, 0.1f); }

static __attribute__((noinline)) void kernel_3x2x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 56);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 64);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 72);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 57);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 65);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 73);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 58);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 66);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 74);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 59);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
      const rt3d_data x4 = rt3d_broadcast(p + 67);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      a4_1 = rt3d_fma_data(w1, x4, a4_1);
      const rt3d_data x5 = rt3d_broadcast(p + 75);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
      a5_1 = rt3d_fma_data(w1, x5, a5_1);
    }
    weights += 8 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_2x2x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 56);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 64);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 57);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 65);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 58);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 66);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 59);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
      const rt3d_data x3 = rt3d_broadcast(p + 67);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      a3_1 = rt3d_fma_data(w1, x3, a3_1);
    }
    weights += 8 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_3x1x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      a2_1 = rt3d_fma_data(w1, x2, a2_1);
    }
    weights += 8 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_2x1x2(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 4 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 5 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 6 * RT3D_LANES);
      const rt3d_data w1 = rt3d_load_data(weights + 7 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      a0_1 = rt3d_fma_data(w1, x0, a0_1);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      a1_1 = rt3d_fma_data(w1, x1, a1_1);
    }
    weights += 8 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_3x2x1(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 56);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 64);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 72);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 57);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 65);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 73);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 58);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 66);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 74);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 59);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
      const rt3d_data x4 = rt3d_broadcast(p + 67);
      a4_0 = rt3d_fma_data(w0, x4, a4_0);
      const rt3d_data x5 = rt3d_broadcast(p + 75);
      a5_0 = rt3d_fma_data(w0, x5, a5_0);
    }
    weights += 4 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_2x2x1(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 56);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 64);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 57);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 65);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 58);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 66);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 59);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
      const rt3d_data x3 = rt3d_broadcast(p + 67);
      a3_0 = rt3d_fma_data(w0, x3, a3_0);
    }
    weights += 4 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_3x1x1(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
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
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 16);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 17);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 18);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
      const rt3d_data x2 = rt3d_broadcast(p + 19);
      a2_0 = rt3d_fma_data(w0, x2, a2_0);
    }
    weights += 4 * RT3D_LANES;
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

static __attribute__((noinline)) void kernel_2x1x1(const rt3d_value *x, const int32_t *offsets, const rt3d_value *weights, int count, const float *bias, rt3d_value *y, const rt3d_value *residual, int part) {
  rt3d_data a0_0;
  rt3d_data a1_0;
  if (part & 1) {
    a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
    a1_0 = a0_0;
  } else {
    a0_0 = rt3d_load(y + 0);
    a1_0 = rt3d_load(y + 8);
  }
  for (int i = 0; i < count; ++i) {
    const rt3d_value *p = x + offsets[i];
    {
      const rt3d_data w0 = rt3d_load_data(weights + 0 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 8);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 1 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 9);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 2 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 10);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
    }
    {
      const rt3d_data w0 = rt3d_load_data(weights + 3 * RT3D_LANES);
      const rt3d_data x0 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma_data(w0, x0, a0_0);
      const rt3d_data x1 = rt3d_broadcast(p + 11);
      a1_0 = rt3d_fma_data(w0, x1, a1_0);
    }
    weights += 4 * RT3D_LANES;
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
  const int h = row < 3 ? row * 2 : row + 3, w = column < 1 ? column * 3 : column * 2 + 1;
  const rt3d_block *block = k->blocks + (filter * 2 + channel);
  const rt3d_value *x = k->x + (ptrdiff_t)d * 392 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  const int32_t *offsets = k->offsets + block->first;
  const rt3d_value *weights = k->weights + (size_t)block->weights * RT3D_LANES;
  const float *bias = k->bias + filter * (2 * RT3D_LANES);
  rt3d_value *y = k->y + 80 + (ptrdiff_t)filter * 5184 + (ptrdiff_t)d * 648 + (ptrdiff_t)h * 72 + (ptrdiff_t)w * 8;
  const rt3d_value *residual = k->residual + (ptrdiff_t)filter * 3136 + (ptrdiff_t)d * 392 + (ptrdiff_t)h * 56 + (ptrdiff_t)w * 8;
  const int part = (channel == 0 ? 1 : 0) | (channel == 1 ? 2 : 0);
  if (filter < 1 && row < 3 && column < 1) {
    kernel_3x2x2(x, offsets, weights, block->count, bias, y, residual, part);
  } else if (filter < 1 && row < 3 && column >= 1) {
    kernel_2x2x2(x, offsets, weights, block->count, bias, y, residual, part);
  } else if (filter < 1 && row >= 3 && column < 1) {
    kernel_3x1x2(x, offsets, weights, block->count, bias, y, residual, part);
  } else if (filter < 1 && row >= 3 && column >= 1) {
    kernel_2x1x2(x, offsets, weights, block->count, bias, y, residual, part);
  } else if (filter == 1 && row < 3 && column < 1) {
    kernel_3x2x1(x, offsets, weights, block->count, bias, y, residual, part);
  } else if (filter == 1 && row < 3 && column >= 1) {
    kernel_2x2x1(x, offsets, weights, block->count, bias, y, residual, part);
  } else if (filter == 1 && row >= 3 && column < 1) {
    kernel_3x1x1(x, offsets, weights, block->count, bias, y, residual, part);
  } else {
    kernel_2x1x1(x, offsets, weights, block->count, bias, y, residual, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 2; ++channel)
      cost += k->blocks[(filter * 2 + channel)].count + 4;
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
  const rt3d_section_want want = {2, 2, 8, 4, 24, 3140, 1};
  return rt3d_section_check(weights, bytes, &want);
}

