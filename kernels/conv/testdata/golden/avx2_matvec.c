/* c512_m101_k1x1x1_i1x1x1_fp32
 * matvec_1x1x4_filter_c0_g4_t2 on avx2 */
static __attribute__((noinline)) void kernel_1x1x4(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a0_2 = rt3d_load_floats(bias + 2 * RT3D_LANES);
  rt3d_data a0_3 = rt3d_load_floats(bias + 3 * RT3D_LANES);
  rt3d_vec b1_0 = rt3d_zero();
  rt3d_vec b1_1 = rt3d_zero();
  rt3d_vec b1_2 = rt3d_zero();
  rt3d_vec b1_3 = rt3d_zero();
  rt3d_vec b2_0 = rt3d_zero();
  rt3d_vec b2_1 = rt3d_zero();
  rt3d_vec b2_2 = rt3d_zero();
  rt3d_vec b2_3 = rt3d_zero();
  const int32_t *offsets = list;
  const int count = run->count, each = count / 3;
  const rt3d_value *w0 = section + (size_t)each * 0 * RT3D_LANES;
  const rt3d_value *w1 = section + (size_t)each * 16 * RT3D_LANES;
  const rt3d_value *w2 = section + (size_t)each * 32 * RT3D_LANES;
  for (int i = 0; i < each; ++i) {
    {
      const rt3d_value *p = x + offsets[i + each * 0];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma(rt3d_load(w0 + 0 * RT3D_LANES), x0, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 1 * RT3D_LANES), x0, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 2 * RT3D_LANES), x0, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 3 * RT3D_LANES), x0, a0_3);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma(rt3d_load(w0 + 4 * RT3D_LANES), x1, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 5 * RT3D_LANES), x1, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 6 * RT3D_LANES), x1, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 7 * RT3D_LANES), x1, a0_3);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma(rt3d_load(w0 + 8 * RT3D_LANES), x2, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 9 * RT3D_LANES), x2, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 10 * RT3D_LANES), x2, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 11 * RT3D_LANES), x2, a0_3);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma(rt3d_load(w0 + 12 * RT3D_LANES), x3, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 13 * RT3D_LANES), x3, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 14 * RT3D_LANES), x3, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 15 * RT3D_LANES), x3, a0_3);
      w0 += 16 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 1];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b1_0 = rt3d_fma(rt3d_load(w1 + 0 * RT3D_LANES), x0, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 1 * RT3D_LANES), x0, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 2 * RT3D_LANES), x0, b1_2);
      b1_3 = rt3d_fma(rt3d_load(w1 + 3 * RT3D_LANES), x0, b1_3);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b1_0 = rt3d_fma(rt3d_load(w1 + 4 * RT3D_LANES), x1, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 5 * RT3D_LANES), x1, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 6 * RT3D_LANES), x1, b1_2);
      b1_3 = rt3d_fma(rt3d_load(w1 + 7 * RT3D_LANES), x1, b1_3);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b1_0 = rt3d_fma(rt3d_load(w1 + 8 * RT3D_LANES), x2, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 9 * RT3D_LANES), x2, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 10 * RT3D_LANES), x2, b1_2);
      b1_3 = rt3d_fma(rt3d_load(w1 + 11 * RT3D_LANES), x2, b1_3);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b1_0 = rt3d_fma(rt3d_load(w1 + 12 * RT3D_LANES), x3, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 13 * RT3D_LANES), x3, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 14 * RT3D_LANES), x3, b1_2);
      b1_3 = rt3d_fma(rt3d_load(w1 + 15 * RT3D_LANES), x3, b1_3);
      w1 += 16 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 2];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b2_0 = rt3d_fma(rt3d_load(w2 + 0 * RT3D_LANES), x0, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 1 * RT3D_LANES), x0, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 2 * RT3D_LANES), x0, b2_2);
      b2_3 = rt3d_fma(rt3d_load(w2 + 3 * RT3D_LANES), x0, b2_3);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b2_0 = rt3d_fma(rt3d_load(w2 + 4 * RT3D_LANES), x1, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 5 * RT3D_LANES), x1, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 6 * RT3D_LANES), x1, b2_2);
      b2_3 = rt3d_fma(rt3d_load(w2 + 7 * RT3D_LANES), x1, b2_3);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b2_0 = rt3d_fma(rt3d_load(w2 + 8 * RT3D_LANES), x2, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 9 * RT3D_LANES), x2, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 10 * RT3D_LANES), x2, b2_2);
      b2_3 = rt3d_fma(rt3d_load(w2 + 11 * RT3D_LANES), x2, b2_3);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b2_0 = rt3d_fma(rt3d_load(w2 + 12 * RT3D_LANES), x3, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 13 * RT3D_LANES), x3, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 14 * RT3D_LANES), x3, b2_2);
      b2_3 = rt3d_fma(rt3d_load(w2 + 15 * RT3D_LANES), x3, b2_3);
      w2 += 16 * RT3D_LANES;
    }
  }
  w0 = section + (size_t)each * 48 * RT3D_LANES;
  for (int i = each * 3; i < count; ++i) {
    {
      const rt3d_value *p = x + offsets[i];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma(rt3d_load(w0 + 0 * RT3D_LANES), x0, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 1 * RT3D_LANES), x0, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 2 * RT3D_LANES), x0, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 3 * RT3D_LANES), x0, a0_3);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma(rt3d_load(w0 + 4 * RT3D_LANES), x1, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 5 * RT3D_LANES), x1, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 6 * RT3D_LANES), x1, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 7 * RT3D_LANES), x1, a0_3);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma(rt3d_load(w0 + 8 * RT3D_LANES), x2, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 9 * RT3D_LANES), x2, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 10 * RT3D_LANES), x2, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 11 * RT3D_LANES), x2, a0_3);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma(rt3d_load(w0 + 12 * RT3D_LANES), x3, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 13 * RT3D_LANES), x3, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 14 * RT3D_LANES), x3, a0_2);
      a0_3 = rt3d_fma(rt3d_load(w0 + 15 * RT3D_LANES), x3, a0_3);
      w0 += 16 * RT3D_LANES;
    }
  }
  a0_0 = rt3d_add(a0_0, b1_0);
  a0_1 = rt3d_add(a0_1, b1_1);
  a0_2 = rt3d_add(a0_2, b1_2);
  a0_3 = rt3d_add(a0_3, b1_3);
  a0_0 = rt3d_add(a0_0, b2_0);
  a0_1 = rt3d_add(a0_1, b2_1);
  a0_2 = rt3d_add(a0_2, b2_2);
  a0_3 = rt3d_add(a0_3, b2_3);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 72, a0_1);
  rt3d_store(y + 144, a0_2);
  rt3d_store(y + 216, a0_3);
}

static __attribute__((noinline)) void kernel_1x1x3(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_data a0_2 = rt3d_load_floats(bias + 2 * RT3D_LANES);
  rt3d_vec b1_0 = rt3d_zero();
  rt3d_vec b1_1 = rt3d_zero();
  rt3d_vec b1_2 = rt3d_zero();
  rt3d_vec b2_0 = rt3d_zero();
  rt3d_vec b2_1 = rt3d_zero();
  rt3d_vec b2_2 = rt3d_zero();
  rt3d_vec b3_0 = rt3d_zero();
  rt3d_vec b3_1 = rt3d_zero();
  rt3d_vec b3_2 = rt3d_zero();
  const int32_t *offsets = list;
  const int count = run->count, each = count / 4;
  const rt3d_value *w0 = section + (size_t)each * 0 * RT3D_LANES;
  const rt3d_value *w1 = section + (size_t)each * 12 * RT3D_LANES;
  const rt3d_value *w2 = section + (size_t)each * 24 * RT3D_LANES;
  const rt3d_value *w3 = section + (size_t)each * 36 * RT3D_LANES;
  for (int i = 0; i < each; ++i) {
    {
      const rt3d_value *p = x + offsets[i + each * 0];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma(rt3d_load(w0 + 0 * RT3D_LANES), x0, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 1 * RT3D_LANES), x0, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 2 * RT3D_LANES), x0, a0_2);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma(rt3d_load(w0 + 3 * RT3D_LANES), x1, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 4 * RT3D_LANES), x1, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 5 * RT3D_LANES), x1, a0_2);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma(rt3d_load(w0 + 6 * RT3D_LANES), x2, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 7 * RT3D_LANES), x2, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 8 * RT3D_LANES), x2, a0_2);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma(rt3d_load(w0 + 9 * RT3D_LANES), x3, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 10 * RT3D_LANES), x3, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 11 * RT3D_LANES), x3, a0_2);
      w0 += 12 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 1];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b1_0 = rt3d_fma(rt3d_load(w1 + 0 * RT3D_LANES), x0, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 1 * RT3D_LANES), x0, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 2 * RT3D_LANES), x0, b1_2);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b1_0 = rt3d_fma(rt3d_load(w1 + 3 * RT3D_LANES), x1, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 4 * RT3D_LANES), x1, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 5 * RT3D_LANES), x1, b1_2);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b1_0 = rt3d_fma(rt3d_load(w1 + 6 * RT3D_LANES), x2, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 7 * RT3D_LANES), x2, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 8 * RT3D_LANES), x2, b1_2);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b1_0 = rt3d_fma(rt3d_load(w1 + 9 * RT3D_LANES), x3, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 10 * RT3D_LANES), x3, b1_1);
      b1_2 = rt3d_fma(rt3d_load(w1 + 11 * RT3D_LANES), x3, b1_2);
      w1 += 12 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 2];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b2_0 = rt3d_fma(rt3d_load(w2 + 0 * RT3D_LANES), x0, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 1 * RT3D_LANES), x0, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 2 * RT3D_LANES), x0, b2_2);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b2_0 = rt3d_fma(rt3d_load(w2 + 3 * RT3D_LANES), x1, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 4 * RT3D_LANES), x1, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 5 * RT3D_LANES), x1, b2_2);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b2_0 = rt3d_fma(rt3d_load(w2 + 6 * RT3D_LANES), x2, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 7 * RT3D_LANES), x2, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 8 * RT3D_LANES), x2, b2_2);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b2_0 = rt3d_fma(rt3d_load(w2 + 9 * RT3D_LANES), x3, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 10 * RT3D_LANES), x3, b2_1);
      b2_2 = rt3d_fma(rt3d_load(w2 + 11 * RT3D_LANES), x3, b2_2);
      w2 += 12 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 3];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b3_0 = rt3d_fma(rt3d_load(w3 + 0 * RT3D_LANES), x0, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 1 * RT3D_LANES), x0, b3_1);
      b3_2 = rt3d_fma(rt3d_load(w3 + 2 * RT3D_LANES), x0, b3_2);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b3_0 = rt3d_fma(rt3d_load(w3 + 3 * RT3D_LANES), x1, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 4 * RT3D_LANES), x1, b3_1);
      b3_2 = rt3d_fma(rt3d_load(w3 + 5 * RT3D_LANES), x1, b3_2);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b3_0 = rt3d_fma(rt3d_load(w3 + 6 * RT3D_LANES), x2, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 7 * RT3D_LANES), x2, b3_1);
      b3_2 = rt3d_fma(rt3d_load(w3 + 8 * RT3D_LANES), x2, b3_2);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b3_0 = rt3d_fma(rt3d_load(w3 + 9 * RT3D_LANES), x3, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 10 * RT3D_LANES), x3, b3_1);
      b3_2 = rt3d_fma(rt3d_load(w3 + 11 * RT3D_LANES), x3, b3_2);
      w3 += 12 * RT3D_LANES;
    }
  }
  w0 = section + (size_t)each * 48 * RT3D_LANES;
  for (int i = each * 4; i < count; ++i) {
    {
      const rt3d_value *p = x + offsets[i];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma(rt3d_load(w0 + 0 * RT3D_LANES), x0, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 1 * RT3D_LANES), x0, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 2 * RT3D_LANES), x0, a0_2);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma(rt3d_load(w0 + 3 * RT3D_LANES), x1, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 4 * RT3D_LANES), x1, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 5 * RT3D_LANES), x1, a0_2);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma(rt3d_load(w0 + 6 * RT3D_LANES), x2, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 7 * RT3D_LANES), x2, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 8 * RT3D_LANES), x2, a0_2);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma(rt3d_load(w0 + 9 * RT3D_LANES), x3, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 10 * RT3D_LANES), x3, a0_1);
      a0_2 = rt3d_fma(rt3d_load(w0 + 11 * RT3D_LANES), x3, a0_2);
      w0 += 12 * RT3D_LANES;
    }
  }
  a0_0 = rt3d_add(a0_0, b1_0);
  a0_1 = rt3d_add(a0_1, b1_1);
  a0_2 = rt3d_add(a0_2, b1_2);
  a0_0 = rt3d_add(a0_0, b2_0);
  a0_1 = rt3d_add(a0_1, b2_1);
  a0_2 = rt3d_add(a0_2, b2_2);
  a0_0 = rt3d_add(a0_0, b3_0);
  a0_1 = rt3d_add(a0_1, b3_1);
  a0_2 = rt3d_add(a0_2, b3_2);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 72, a0_1);
  rt3d_store(y + 144, a0_2);
}

static __attribute__((noinline)) void kernel_1x1x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y) {
  rt3d_data a0_0 = rt3d_load_floats(bias + 0 * RT3D_LANES);
  rt3d_data a0_1 = rt3d_load_floats(bias + 1 * RT3D_LANES);
  rt3d_vec b1_0 = rt3d_zero();
  rt3d_vec b1_1 = rt3d_zero();
  rt3d_vec b2_0 = rt3d_zero();
  rt3d_vec b2_1 = rt3d_zero();
  rt3d_vec b3_0 = rt3d_zero();
  rt3d_vec b3_1 = rt3d_zero();
  const int32_t *offsets = list;
  const int count = run->count, each = count / 4;
  const rt3d_value *w0 = section + (size_t)each * 0 * RT3D_LANES;
  const rt3d_value *w1 = section + (size_t)each * 8 * RT3D_LANES;
  const rt3d_value *w2 = section + (size_t)each * 16 * RT3D_LANES;
  const rt3d_value *w3 = section + (size_t)each * 24 * RT3D_LANES;
  for (int i = 0; i < each; ++i) {
    {
      const rt3d_value *p = x + offsets[i + each * 0];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma(rt3d_load(w0 + 0 * RT3D_LANES), x0, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 1 * RT3D_LANES), x0, a0_1);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma(rt3d_load(w0 + 2 * RT3D_LANES), x1, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 3 * RT3D_LANES), x1, a0_1);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma(rt3d_load(w0 + 4 * RT3D_LANES), x2, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 5 * RT3D_LANES), x2, a0_1);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma(rt3d_load(w0 + 6 * RT3D_LANES), x3, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 7 * RT3D_LANES), x3, a0_1);
      w0 += 8 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 1];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b1_0 = rt3d_fma(rt3d_load(w1 + 0 * RT3D_LANES), x0, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 1 * RT3D_LANES), x0, b1_1);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b1_0 = rt3d_fma(rt3d_load(w1 + 2 * RT3D_LANES), x1, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 3 * RT3D_LANES), x1, b1_1);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b1_0 = rt3d_fma(rt3d_load(w1 + 4 * RT3D_LANES), x2, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 5 * RT3D_LANES), x2, b1_1);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b1_0 = rt3d_fma(rt3d_load(w1 + 6 * RT3D_LANES), x3, b1_0);
      b1_1 = rt3d_fma(rt3d_load(w1 + 7 * RT3D_LANES), x3, b1_1);
      w1 += 8 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 2];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b2_0 = rt3d_fma(rt3d_load(w2 + 0 * RT3D_LANES), x0, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 1 * RT3D_LANES), x0, b2_1);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b2_0 = rt3d_fma(rt3d_load(w2 + 2 * RT3D_LANES), x1, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 3 * RT3D_LANES), x1, b2_1);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b2_0 = rt3d_fma(rt3d_load(w2 + 4 * RT3D_LANES), x2, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 5 * RT3D_LANES), x2, b2_1);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b2_0 = rt3d_fma(rt3d_load(w2 + 6 * RT3D_LANES), x3, b2_0);
      b2_1 = rt3d_fma(rt3d_load(w2 + 7 * RT3D_LANES), x3, b2_1);
      w2 += 8 * RT3D_LANES;
    }
    {
      const rt3d_value *p = x + offsets[i + each * 3];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      b3_0 = rt3d_fma(rt3d_load(w3 + 0 * RT3D_LANES), x0, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 1 * RT3D_LANES), x0, b3_1);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      b3_0 = rt3d_fma(rt3d_load(w3 + 2 * RT3D_LANES), x1, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 3 * RT3D_LANES), x1, b3_1);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      b3_0 = rt3d_fma(rt3d_load(w3 + 4 * RT3D_LANES), x2, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 5 * RT3D_LANES), x2, b3_1);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      b3_0 = rt3d_fma(rt3d_load(w3 + 6 * RT3D_LANES), x3, b3_0);
      b3_1 = rt3d_fma(rt3d_load(w3 + 7 * RT3D_LANES), x3, b3_1);
      w3 += 8 * RT3D_LANES;
    }
  }
  w0 = section + (size_t)each * 32 * RT3D_LANES;
  for (int i = each * 4; i < count; ++i) {
    {
      const rt3d_value *p = x + offsets[i];
      const rt3d_vec x0 = rt3d_broadcast(p + 0);
      a0_0 = rt3d_fma(rt3d_load(w0 + 0 * RT3D_LANES), x0, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 1 * RT3D_LANES), x0, a0_1);
      const rt3d_vec x1 = rt3d_broadcast(p + 1);
      a0_0 = rt3d_fma(rt3d_load(w0 + 2 * RT3D_LANES), x1, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 3 * RT3D_LANES), x1, a0_1);
      const rt3d_vec x2 = rt3d_broadcast(p + 2);
      a0_0 = rt3d_fma(rt3d_load(w0 + 4 * RT3D_LANES), x2, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 5 * RT3D_LANES), x2, a0_1);
      const rt3d_vec x3 = rt3d_broadcast(p + 3);
      a0_0 = rt3d_fma(rt3d_load(w0 + 6 * RT3D_LANES), x3, a0_0);
      a0_1 = rt3d_fma(rt3d_load(w0 + 7 * RT3D_LANES), x3, a0_1);
      w0 += 8 * RT3D_LANES;
    }
  }
  a0_0 = rt3d_add(a0_0, b1_0);
  a0_1 = rt3d_add(a0_1, b1_1);
  a0_0 = rt3d_add(a0_0, b2_0);
  a0_1 = rt3d_add(a0_1, b2_1);
  a0_0 = rt3d_add(a0_0, b3_0);
  a0_1 = rt3d_add(a0_1, b3_1);
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 72, a0_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter) {
  const int h = row, w = column, vector = filter < 3 ? filter * 4 : 11;
  const int32_t *block = k->blocks + (ptrdiff_t)filter * 4;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 8 + (ptrdiff_t)h * 8 + (ptrdiff_t)w * 8;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 32 + (ptrdiff_t)vector * 72 + (ptrdiff_t)d * 72 + (ptrdiff_t)h * 24 + (ptrdiff_t)w * 8;
  rt3d_run runs[2];
  runs[0] = (rt3d_run){0, block[3], 0};
  runs[1].count = 0;
  if (filter < 2) {
    kernel_1x1x4(x, list, weights, runs, bias, y);
  } else if (filter == 2) {
    kernel_1x1x3(x, list, weights, runs, bias, y);
  } else {
    kernel_1x1x2(x, list, weights, runs, bias, y);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    cost += k->blocks[(ptrdiff_t)filter * 4 + 3] + 4;
  }
  return cost;
}

static void kernel(const rt3d_value *x, rt3d_value *y, const rt3d_value *residual, const unsigned char *weights, float *workspace, int from, int to, int of) {
  (void)workspace;
  const rt3d_conv k = rt3d_conv_of(x, y, residual, weights);
  int64_t total = 0, before = 0;
  for (int chunk = 0; chunk < 4; ++chunk) total += kernel_cost(&k, chunk);
  for (int chunk = 0; chunk < 4; ++chunk) {
    const int64_t cost = kernel_cost(&k, chunk);
    const int begin = rt3d_share(before, cost, total, 1, from, of);
    const int end = rt3d_share(before, cost, total, 1, to, of);
    before += cost;
    for (int filter = chunk; filter < chunk + 1; ++filter) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 1;
        const int row = band % 1;
        for (int column = 0; column < 1; ++column) {
          kernel_tile(&k, d, row, column, filter);
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {4, 1, 2, 16, {12, 8}, 104, 1, 1, 1, 1, 0, 0, 508, 4};
  return rt3d_section_check(weights, bytes, &want);
}

