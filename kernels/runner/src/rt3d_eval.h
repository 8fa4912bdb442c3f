/* Mode eval: clips in, outputs out. */
#ifndef RT3D_EVAL_H
#define RT3D_EVAL_H

#include <stdint.h>
#include <stdio.h>

#include "rt3d_execute.h"

/* Runs the program on every clip (input_count floats in the machine's byte order, which is
 * little-endian on all targets) of `in` until its end and writes output_count floats for each.
 * Returns 0; 1 when the input ends within a clip; 2 when reading or writing fails (errno). */
int rt3d_eval(struct rt3d_execution *e, FILE *in, FILE *out, int64_t *clips);

#endif
