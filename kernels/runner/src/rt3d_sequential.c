#include "rt3d_sequential.h"

/* 1 / 0.01, and the shares of the bets on a sample above and below the reference. */
static const double SURE = 100, ABOVE = 1.8, BELOW = 0.2;

void rt3d_sequential_begin(struct rt3d_sequential *s, double reference_ns) {
  s->reference_ns = reference_ns;
  s->evidence = 1;
}

int rt3d_sequential_add(struct rt3d_sequential *s, double ns) {
  if (s->reference_ns <= 0) {
    return 0;
  }
  if (s->evidence < SURE) {
    s->evidence *= ns > s->reference_ns ? ABOVE : BELOW;
  }
  return s->evidence >= SURE;
}
