/* c20_m16_k1x3x3_p0x1x1_i2x14x14_fp32
 * direct_3x2x2_tile_c8_g4_t4 on avx2 */

static __attribute__((noinline)) void kernel_3x2x2_first(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
    a0_1 = rt3d_load(y + 4096);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 4104);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 4112);
    a3_0 = rt3d_load(y + 128);
    a3_1 = rt3d_load(y + 4224);
    a4_0 = rt3d_load(y + 136);
    a4_1 = rt3d_load(y + 4232);
    a5_0 = rt3d_load(y + 144);
    a5_1 = rt3d_load(y + 4240);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    switch (run->class) {
      case 0: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            rt3d_data w0, w1, x1, x2, x4, x5;
            RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x1, p + 8);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
            RT3D_STEP_BROADCAST(x2, p + 16);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x4, p + 136);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 144);
            RT3D_STEP_FMA(a5_0, w0, x5);
            RT3D_STEP_FMA(a5_1, w1, x5);
          }
          {
            rt3d_data w0, w1, x1, x2, x4, x5;
            RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x1, p + 9);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
            RT3D_STEP_BROADCAST(x2, p + 17);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x4, p + 137);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 145);
            RT3D_STEP_FMA(a5_0, w0, x5);
            RT3D_STEP_FMA(a5_1, w1, x5);
          }
          {
            rt3d_data w0, w1, x1, x2, x4, x5;
            RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x1, p + 10);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
            RT3D_STEP_BROADCAST(x2, p + 18);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x4, p + 138);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 146);
            RT3D_STEP_FMA(a5_0, w0, x5);
            RT3D_STEP_FMA(a5_1, w1, x5);
          }
          {
            rt3d_data w0, w1, x1, x2, x4, x5;
            RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x1, p + 11);
            RT3D_STEP_FMA(a1_0, w0, x1);
            RT3D_STEP_FMA(a1_1, w1, x1);
            RT3D_STEP_BROADCAST(x2, p + 19);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x4, p + 139);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 147);
            RT3D_STEP_FMA(a5_0, w0, x5);
            RT3D_STEP_FMA(a5_1, w1, x5);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
      case 1: case 2: {
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
            RT3D_STEP_BROADCAST(x3, p + 128);
            RT3D_STEP_FMA(a3_0, w0, x3);
            RT3D_STEP_FMA(a3_1, w1, x3);
            RT3D_STEP_BROADCAST(x4, p + 136);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 144);
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
            RT3D_STEP_BROADCAST(x3, p + 129);
            RT3D_STEP_FMA(a3_0, w0, x3);
            RT3D_STEP_FMA(a3_1, w1, x3);
            RT3D_STEP_BROADCAST(x4, p + 137);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 145);
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
            RT3D_STEP_BROADCAST(x3, p + 130);
            RT3D_STEP_FMA(a3_0, w0, x3);
            RT3D_STEP_FMA(a3_1, w1, x3);
            RT3D_STEP_BROADCAST(x4, p + 138);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 146);
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
            RT3D_STEP_BROADCAST(x3, p + 131);
            RT3D_STEP_FMA(a3_0, w0, x3);
            RT3D_STEP_FMA(a3_1, w1, x3);
            RT3D_STEP_BROADCAST(x4, p + 139);
            RT3D_STEP_FMA(a4_0, w0, x4);
            RT3D_STEP_FMA(a4_1, w1, x4);
            RT3D_STEP_BROADCAST(x5, p + 147);
            RT3D_STEP_FMA(a5_0, w0, x5);
            RT3D_STEP_FMA(a5_1, w1, x5);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4096, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 4104, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 4112, a2_1);
  rt3d_store(y + 128, a3_0);
  rt3d_store(y + 4224, a3_1);
  rt3d_store(y + 136, a4_0);
  rt3d_store(y + 4232, a4_1);
  rt3d_store(y + 144, a5_0);
  rt3d_store(y + 4240, a5_1);
}

static __attribute__((noinline)) void kernel_2x2x2_last(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
    a0_1 = rt3d_load(y + 4096);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 4104);
    a2_0 = rt3d_load(y + 128);
    a2_1 = rt3d_load(y + 4224);
    a3_0 = rt3d_load(y + 136);
    a3_1 = rt3d_load(y + 4232);
  }
  for (; run->count > 0; ++run) {
    const int32_t *offsets = list + run->first;
    const rt3d_value *weights = section + (ptrdiff_t)run->first * (8 * RT3D_LANES);
    switch (run->class) {
      case 0: case 1: {
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
            RT3D_STEP_BROADCAST(x2, p + 128);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x3, p + 136);
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
            RT3D_STEP_BROADCAST(x2, p + 129);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x3, p + 137);
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
            RT3D_STEP_BROADCAST(x2, p + 130);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x3, p + 138);
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
            RT3D_STEP_BROADCAST(x2, p + 131);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
            RT3D_STEP_BROADCAST(x3, p + 139);
            RT3D_STEP_FMA(a3_0, w0, x3);
            RT3D_STEP_FMA(a3_1, w1, x3);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
      case 2: {
        for (int i = 0; i < run->count; ++i) {
          const rt3d_value *p = x + offsets[i];
          {
            rt3d_data w0, w1, x0, x2;
            RT3D_STEP_LOAD(w0, weights + 0 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 1 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 0);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x2, p + 128);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
          }
          {
            rt3d_data w0, w1, x0, x2;
            RT3D_STEP_LOAD(w0, weights + 2 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 3 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 1);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x2, p + 129);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
          }
          {
            rt3d_data w0, w1, x0, x2;
            RT3D_STEP_LOAD(w0, weights + 4 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 5 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 2);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x2, p + 130);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
          }
          {
            rt3d_data w0, w1, x0, x2;
            RT3D_STEP_LOAD(w0, weights + 6 * RT3D_LANES);
            RT3D_STEP_LOAD(w1, weights + 7 * RT3D_LANES);
            RT3D_STEP_BROADCAST(x0, p + 3);
            RT3D_STEP_FMA(a0_0, w0, x0);
            RT3D_STEP_FMA(a0_1, w1, x0);
            RT3D_STEP_BROADCAST(x2, p + 131);
            RT3D_STEP_FMA(a2_0, w0, x2);
            RT3D_STEP_FMA(a2_1, w1, x2);
          }
          weights += 8 * RT3D_LANES;
        }
        break;
      }
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4096, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 4104, a1_1);
  rt3d_store(y + 128, a2_0);
  rt3d_store(y + 4224, a2_1);
  rt3d_store(y + 136, a3_0);
  rt3d_store(y + 4232, a3_1);
}

static __attribute__((noinline)) void kernel_3x2x2(const rt3d_value *x, const int32_t *list, const rt3d_value *section, const rt3d_run *run, const float *bias, rt3d_value *y, int part) {
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
    a0_1 = rt3d_load(y + 4096);
    a1_0 = rt3d_load(y + 8);
    a1_1 = rt3d_load(y + 4104);
    a2_0 = rt3d_load(y + 16);
    a2_1 = rt3d_load(y + 4112);
    a3_0 = rt3d_load(y + 128);
    a3_1 = rt3d_load(y + 4224);
    a4_0 = rt3d_load(y + 136);
    a4_1 = rt3d_load(y + 4232);
    a5_0 = rt3d_load(y + 144);
    a5_1 = rt3d_load(y + 4240);
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
        RT3D_STEP_BROADCAST(x3, p + 128);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 136);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 144);
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
        RT3D_STEP_BROADCAST(x3, p + 129);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 137);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 145);
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
        RT3D_STEP_BROADCAST(x3, p + 130);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 138);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 146);
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
        RT3D_STEP_BROADCAST(x3, p + 131);
        RT3D_STEP_FMA(a3_0, w0, x3);
        RT3D_STEP_FMA(a3_1, w1, x3);
        RT3D_STEP_BROADCAST(x4, p + 139);
        RT3D_STEP_FMA(a4_0, w0, x4);
        RT3D_STEP_FMA(a4_1, w1, x4);
        RT3D_STEP_BROADCAST(x5, p + 147);
        RT3D_STEP_FMA(a5_0, w0, x5);
        RT3D_STEP_FMA(a5_1, w1, x5);
      }
      weights += 8 * RT3D_LANES;
    }
  }
  rt3d_store(y + 0, a0_0);
  rt3d_store(y + 4096, a0_1);
  rt3d_store(y + 8, a1_0);
  rt3d_store(y + 4104, a1_1);
  rt3d_store(y + 16, a2_0);
  rt3d_store(y + 4112, a2_1);
  rt3d_store(y + 128, a3_0);
  rt3d_store(y + 4224, a3_1);
  rt3d_store(y + 136, a4_0);
  rt3d_store(y + 4232, a4_1);
  rt3d_store(y + 144, a5_0);
  rt3d_store(y + 4240, a5_1);
}

/* Output depth d, row and column piece of the plane, filter block. */
static void kernel_tile(const rt3d_conv *k, int d, int row, int column, int filter, int channel) {
  const int h = row * 2, w = column < 4 ? column * 3 : column * 2 + 4, vector = filter * 2;
  const int32_t *block = k->blocks + (ptrdiff_t)(channel * 1 + filter) * 12;
  const rt3d_value *x = k->x + (ptrdiff_t)d * 2048 + (ptrdiff_t)h * 128 + (ptrdiff_t)w * 8;
  const int32_t *list = k->offsets + block[0];
  const rt3d_value *weights = k->weights + (size_t)(uint32_t)block[1] * RT3D_LANES;
  const float *bias = k->bias + vector * RT3D_LANES;
  rt3d_value *y = k->y + 136 + (ptrdiff_t)vector * 4096 + (ptrdiff_t)d * 2048 + (ptrdiff_t)h * 128 + (ptrdiff_t)w * 8;
  rt3d_run runs[4];
  const int d0 = 0, d1 = 1, h0 = 0, h1 = 3;
  rt3d_run *run = runs;
  if (d1 - d0 == 1 && h1 - h0 == 3 && column > 0 && column < 4) {
    *run++ = (rt3d_run){0, block[11], 0};
  } else {
    for (int class = 0; class < 3; ++class) {
      const int32_t *starts = block + 2 + class * 3;
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
  }
  run->count = 0;
  const int part = (channel == 0 ? 1 : 0) | (channel == 2 ? 2 : 0);
  if (column == 0) {
    kernel_3x2x2_first(x, list, weights, runs, bias, y, part);
  } else if (column == 4) {
    kernel_2x2x2_last(x, list, weights, runs, bias, y, part);
  } else {
    kernel_3x2x2(x, list, weights, runs, bias, y, part);
  }
}

static int64_t kernel_cost(const rt3d_conv *k, int chunk) {
  int64_t cost = 0;
  for (int filter = chunk * 1; filter < (chunk + 1) * 1; ++filter) {
    for (int channel = 0; channel < 3; ++channel)
      cost += k->blocks[(ptrdiff_t)(channel * 1 + filter) * 12 + 11] + 4;
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
    const int begin = rt3d_share(before, cost, total, 14, from, of);
    const int end = rt3d_share(before, cost, total, 14, to, of);
    before += cost;
    for (int channel = 0; channel < 3; ++channel) {
      for (int band = begin; band < end; ++band) {
        const int d = band / 7;
        const int row = band % 7;
        for (int column = 0; column < 5; ++column) {
          for (int filter = chunk; filter < chunk + 1; ++filter) {
            kernel_tile(&k, d, row, column, filter, channel);
          }
        }
      }
    }
  }
}

static __attribute__((unused)) int kernel_check(const unsigned char *weights, size_t bytes) {
  const rt3d_section_want want = {1, 3, 1, 8, {0, 0}, 16, 0, 9, 3, 1, 128, 2048, 8208, 4};
  return rt3d_section_check(weights, bytes, &want);
}

