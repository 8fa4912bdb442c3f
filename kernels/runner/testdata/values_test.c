/* Prints what Go computes too: SHA-256 of n bytes fed in odd pieces, and seeded input as bits. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt3d_input.h"
#include "rt3d_sha256.h"

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "sha256") == 0) {
    size_t n = strtoul(argv[2], NULL, 10), done = 0, piece = 1;
    unsigned char *data = malloc(n + 1);
    for (size_t i = 0; i < n; i++) {
      data[i] = (unsigned char)(i * 7);
    }
    struct rt3d_sha256 s;
    rt3d_sha256_init(&s);
    while (done < n) {
      size_t take = piece < n - done ? piece : n - done;
      rt3d_sha256_add(&s, data + done, take);
      done += take;
      piece = piece * 3 % 101 + 1;
    }
    char hex[65], whole[65];
    rt3d_sha256_hex(&s, hex);
    rt3d_sha256_buffer(data, n, whole);
    free(data);
    printf("%s\n%s\n", hex, whole);
    return 0;
  }
  if (argc == 4 && strcmp(argv[1], "input") == 0) {
    size_t n = strtoul(argv[3], NULL, 10);
    float *values = malloc((n + 1) * sizeof(float));
    rt3d_seeded_input(strtoull(argv[2], NULL, 10), values, n);
    for (size_t i = 0; i < n; i++) {
      uint32_t bits;
      memcpy(&bits, &values[i], sizeof(bits));
      printf("%08" PRIx32 "\n", bits);
    }
    free(values);
    return 0;
  }
  return 2;
}
