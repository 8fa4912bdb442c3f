/* Prints what rt3d_peak.c says of itself. */
#include <stdio.h>

#include "rt3d_program.h"

int main(void) {
  printf("%s %d %lld\n", rt3d_isa_name, rt3d_isa_missing(), (long long)rt3d_fma_rounds(1000));
  return 0;
}
