/* Reads a reference and then times; prints after how many of them it was sure, or 0. */
#include <stdio.h>

#include "rt3d_sequential.h"

int main(void) {
  double value;
  struct rt3d_sequential s;
  if (scanf("%lf", &value) != 1) {
    return 1;
  }
  rt3d_sequential_begin(&s, value);
  for (int n = 1; scanf("%lf", &value) == 1; n++) {
    if (rt3d_sequential_add(&s, value)) {
      printf("%d\n", n);
      return 0;
    }
  }
  puts("0");
  return 0;
}
