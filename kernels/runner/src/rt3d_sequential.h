/* A test that may be asked after every sample: is a program surely slower than a reference? */
#ifndef RT3D_SEQUENTIAL_H
#define RT3D_SEQUENTIAL_H

struct rt3d_sequential {
  double reference_ns; /* 0: nothing is ever surely slower */
  double evidence;
};

void rt3d_sequential_begin(struct rt3d_sequential *s, double reference_ns);

/* Takes in the time of one execution. Returns 1 once it is sure that the median exceeds the
 * reference: a program whose median does not is called slower with a probability of at most 1 %,
 * however many samples are taken and asked about. Package internal/sequential is the same in Go and
 * says why. */
int rt3d_sequential_add(struct rt3d_sequential *s, double ns);

#endif
