/* SHA-256 (FIPS 180-4), so that the runner can say what it ran. */
#ifndef RT3D_SHA256_H
#define RT3D_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct rt3d_sha256 {
  uint32_t state[8];
  uint64_t bytes;
  unsigned char block[64];
};

void rt3d_sha256_init(struct rt3d_sha256 *s);
void rt3d_sha256_add(struct rt3d_sha256 *s, const void *data, size_t bytes);
/* Writes 64 lower-case hexadecimal digits and a terminating zero. */
void rt3d_sha256_hex(struct rt3d_sha256 *s, char hex[65]);

/* Hash of a buffer and of a file. The latter returns 0, or -1 with errno set. */
void rt3d_sha256_buffer(const void *data, size_t bytes, char hex[65]);
int rt3d_sha256_file(const char *path, char hex[65]);

#endif
