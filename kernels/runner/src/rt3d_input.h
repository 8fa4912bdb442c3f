/* The seeded generator of inputs that host and device share (bench.SeededInput is the same in Go).
 */
#ifndef RT3D_INPUT_H
#define RT3D_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* Value i is made of output i of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", OOPSLA 2014) started at the seed: its upper 24 bits, scaled to [-1, 1). All
 * values are exact in float, so that both sides hold the same bits. */
void rt3d_seeded_input(uint64_t seed, float *values, size_t count);

#endif
