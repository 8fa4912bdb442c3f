/* Memory for weights and activations: of the runner, and of exported libraries. */
#ifndef RT3D_MEMORY_H
#define RT3D_MEMORY_H

#include <stddef.h>

/* Zero-filled memory aligned to a page, in large pages where the system has them to give: weights
 * and activations are streamed, and small pages would measure the TLB. Null with errno set when
 * there is none. Release with rt3d_release(memory, bytes). */
void *rt3d_memory(size_t bytes);
void rt3d_release(void *memory, size_t bytes);

/* Reads a whole file into rt3d_memory; null with errno set when it cannot. */
void *rt3d_read_file(const char *path, size_t *bytes);

#endif
