#include "rt3d_input.h"

void rt3d_seeded_input(uint64_t seed, float *values, size_t count) {
  uint64_t state = seed;
  for (size_t i = 0; i < count; i++) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    values[i] = (float)(z >> 40) * 0x1p-23f - 1.0f;
  }
}
