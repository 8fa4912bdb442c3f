// Two exported libraries in one program: both WEIGHTS_OF_ONE WEIGHTS_OF_TWO.
#include <vector>

#include "one.h"
#include "two.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  one_instance *one = nullptr;
  two_instance *two = nullptr;
  if (one_create_from_file(argv[1], nullptr, &one) != ONE_OK) return 3;
  if (two_create_from_file(argv[1], nullptr, &two) != TWO_BAD_WEIGHTS) return 4;
  if (two_create_from_file(argv[2], nullptr, &two) != TWO_OK) return 5;
  std::vector<float> a(ONE_INPUT_COUNT, 0.5f), x(ONE_OUTPUT_COUNT), b(TWO_INPUT_COUNT, 0.5f), y(TWO_OUTPUT_COUNT);
  one_input in_one = {};
  two_input in_two = {};
  in_one.data = a.data();
  in_two.data = b.data();
  if (one_run(one, &in_one, x.data()) != ONE_OK || two_run(two, &in_two, y.data()) != TWO_OK) return 6;
  one_destroy(one);
  two_destroy(two);
  return 0;
}
