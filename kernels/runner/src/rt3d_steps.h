/* An execution looked at step by step: where the time of a network goes. */
#ifndef RT3D_STEPS_H
#define RT3D_STEPS_H

#include <stdio.h>

#include "rt3d_execute.h"

/* Executes `rounds` times, reading the clock between load, every step and store, and writes an
 * event for each of them with the median of its times. Returns 0, or -1 when there is no memory. */
int rt3d_time_steps(struct rt3d_execution *e, const char *key, int rounds, FILE *out);

#endif
