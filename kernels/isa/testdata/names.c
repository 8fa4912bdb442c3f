/* Prints what every name of a vector header gives, one line per name and vector, lanes as %a. Compiled
 * once with the header under test and once with the scalar one at as many lanes; for a header of halves
 * with HALVES, so that both get the same values. */
#include <stdio.h>

#ifdef HALVES
#define ROUND(v) ((float)(_Float16)(v))
#else
#define ROUND(v) (v)
#endif

#define COUNT 64 /* a multiple of every vector length */

static rt3d_value a[COUNT], b[COUNT], c[COUNT];

static void fill(void) {
  uint32_t state = 12345;
  for (int i = 0; i < COUNT; ++i) {
    rt3d_value *values[3] = {a, b, c};
    for (int j = 0; j < 3; ++j) {
      state = state * 1664525u + 1013904223u;
      const float v = ((float)(state >> 8) / 8388608.0f - 1.0f) * (i % 5 == 0 ? 60.0f : 3.0f);
      values[j][i] = (rt3d_value)ROUND(v);
    }
  }
  b[3] = NAN;
  b[17] = INFINITY;
  a[18] = -INFINITY;
  b[20] = 0.0f;
  a[33] = (rt3d_value)ROUND(1e-40f);
}

static void print(const char *name, int at, rt3d_vec v) {
  float lanes[RT3D_LANES];
  rt3d_store_floats(lanes, v);
  printf("%s %d", name, at);
  for (int i = 0; i < RT3D_LANES; ++i) printf(" %a", (double)lanes[i]);
  printf("\n");
}

static void print_data(const char *name, int at, rt3d_data v) {
  print(name, at, rt3d_widen(v));
}

/* Stored values as a vector. */
static rt3d_vec stored(const rt3d_value *p) {
  float lanes[RT3D_LANES];
  for (int i = 0; i < RT3D_LANES; ++i) lanes[i] = ROUND((float)p[i]);
  return rt3d_load_floats(lanes);
}

int main(void) {
  if (rt3d_vector_missing()) return 1;
  fill();
  for (int i = 0; i < COUNT; i += RT3D_LANES) {
    const rt3d_vec va = rt3d_load(a + i), vb = rt3d_load(b + i), vc = rt3d_load(c + i);
    print("load", i, va);
    print("input", i, vb);
    print("set1", i, rt3d_set1(a[i] + 1.0f));
    print("zero", i, rt3d_zero());
    print_data("load_data", i, rt3d_load_data(a + i));
#if defined(RT3D_DATA_H) && !defined(HALVES) /* half-precision weights of float32 kernels */
    rt3d_half halves[RT3D_LANES];
    for (int j = 0; j < RT3D_LANES; ++j) { /* both signs, tiny to large, none infinite */
      const uint32_t k = (uint32_t)(i + j) * 1021u;
      halves[j] = (rt3d_half)((k & 0x8000) | k % 0x7c00);
    }
    halves[0] = i % 32 == 0 ? 0x0001 : 0xfbff; /* the smallest and the largest */
    print("load_half", i, rt3d_load_half(halves));
#endif
    print_data("broadcast", i, rt3d_broadcast(a + i + 1));
    print_data("fma_data", i, rt3d_fma_data(rt3d_load_data(a + i), rt3d_load_data(c + i), rt3d_load_data(b + i)));
    rt3d_data x, y, sums[3] = {rt3d_load_data(b + i), rt3d_load_data(b + i), rt3d_load_data(b + i)};
    RT3D_STEP_LOAD(x, a + i);
    RT3D_STEP_BROADCAST(y, c + i);
    RT3D_STEP_FMA(sums[0], x, y);
    RT3D_STEP_FMA_LOAD(sums[1], c + i, y);
    RT3D_STEP_FMA_BROADCAST(sums[2], x, a + i + 1);
    print_data("step_fma", i, sums[0]);
    print_data("step_fma_load", i, sums[1]);
    print_data("step_fma_broadcast", i, sums[2]);
    print("add", i, rt3d_add(va, vb));
    print("sub", i, rt3d_sub(va, vb));
    print("mul", i, rt3d_mul(va, vb));
    print("div", i, rt3d_div(va, vc));
    print("max", i, rt3d_max(va, vb));
    print("min", i, rt3d_min(va, vb));
    print("fma", i, rt3d_fma(va, vc, vb));
    for (int n = 0; n <= RT3D_LANES; ++n) {
      rt3d_value out[RT3D_LANES];
      print("load_partial", i + n, rt3d_load_partial(a + i, n));
      for (int j = 0; j < RT3D_LANES; ++j) out[j] = 7.0f;
      rt3d_store_partial(out, va, n);
      print("store_partial", i + n, stored(out));
    }
    rt3d_value out[RT3D_LANES];
    rt3d_store(out, rt3d_mul(va, vc));
    print("store", i, stored(out));
    printf("reduce_add %d %a\n", i, (double)rt3d_reduce_add(vc));
    print("relu", i, rt3d_relu(vb));
    print("leaky_relu", i, rt3d_leaky_relu(vb, 0.1f));
    print("clip", i, rt3d_clip(vb, -0.5f, 1.5f));
    print("sigmoid", i, rt3d_sigmoid(vb));
    print("tanh", i, rt3d_tanh(vb));
    print("elu", i, rt3d_elu(vb, 1.5f));
    print("erf", i, rt3d_erf(vb));
    print("gelu", i, rt3d_gelu(vb));
    for (int j = 0; j + 4 <= COUNT - i; j += 16) {
#ifdef RT3D_BY_LANE
      const rt3d_quad q = rt3d_load_quad(c + j);
      print_data("fma_lane", 4 * j + 0, rt3d_fma_lane(rt3d_load_data(a + i), q, 0, rt3d_load_data(b + i)));
      print_data("fma_lane", 4 * j + 1, rt3d_fma_lane(rt3d_load_data(a + i), q, 1, rt3d_load_data(b + i)));
      print_data("fma_lane", 4 * j + 2, rt3d_fma_lane(rt3d_load_data(a + i), q, 2, rt3d_load_data(b + i)));
      print_data("fma_lane", 4 * j + 3, rt3d_fma_lane(rt3d_load_data(a + i), q, 3, rt3d_load_data(b + i)));
#else
      for (int n = 0; n < 4; ++n)
        print_data("fma_lane", 4 * j + n, rt3d_fma_data(va, rt3d_broadcast(c + j + n), vb));
#endif
    }
  }
  return 0;
}
