/* Prints what is known of the heat. */
#include <stdio.h>

#include "rt3d_heat.h"

int main(void) {
  struct rt3d_heat heat = rt3d_heat_now();
  printf("%ld %d\n", heat.millicelsius, heat.throttle);
  return 0;
}
