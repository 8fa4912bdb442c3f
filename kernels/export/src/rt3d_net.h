/* rt3d_net: a 3D convolutional network as a C library.
 *
 *   rt3d_net_instance *net = NULL;
 *   int status = rt3d_net_create_from_file("rt3d_net.weights", NULL, &net);
 *   rt3d_net_input input = {.data = clip};
 *   if (status == RT3D_NET_OK) status = rt3d_net_run(net, &input, output);
 *   if (status != RT3D_NET_OK) report(rt3d_net_status_text(status));
 *   rt3d_net_destroy(net);
 *
 * There is no global state. Instances are independent of each other, also in different threads; one
 * instance serves one call at a time. Nothing here prints, exits or aborts. Shapes, counts and the
 * most threads are constants of rt3d_net_facts.h. */
#ifndef RT3D_NET_H
#define RT3D_NET_H

#include <stddef.h>
#include <stdint.h>

#include "rt3d_net_facts.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RT3D_NET_API __attribute__((visibility("default")))

/* What functions return. */
enum {
  RT3D_NET_OK = 0,
  RT3D_NET_BAD_ARGUMENT = 1,  /* a null pointer, too many threads, an unknown type */
  RT3D_NET_NO_FILE = 2,       /* the file of weights cannot be read; errno says why */
  RT3D_NET_BAD_WEIGHTS = 3,   /* cut off, or of another network or version of the code */
  RT3D_NET_NO_MEMORY = 4,     /* the system has no memory left */
  RT3D_NET_NO_THREADS = 5,    /* the system refuses threads */
  RT3D_NET_BAD_PROCESSOR = 6, /* this processor lacks the vector extension of the code */
};

/* A sentence in English for a status; never null. */
RT3D_NET_API const char *rt3d_net_status_text(int status);

/* One line that tells this library from others: network, origin, target, the hash that ties weights
 * to code, and the version of rt3d-tune. */
RT3D_NET_API const char *rt3d_net_identity(void);

/* Bytes of memory that each instance takes beside the weights. */
RT3D_NET_API size_t rt3d_net_memory_bytes(void);

/* How an instance runs. All zero is the default. */
typedef struct rt3d_net_options {
  /* 1 to RT3D_NET_MAX_THREADS, the thread that calls rt3d_net_run included; 0: the most. */
  int threads;
  /* Cores to run on: thread i on cores[i % core_count], with more of the work on faster cores. The
   * calling thread is thread 0; it moves to its core for the time of a run and back. Null: wherever
   * the system puts the threads, as for a core that the system refuses. */
  const int *cores;
  int core_count;
} rt3d_net_options;

/* One network with its memory and threads. */
typedef struct rt3d_net_instance rt3d_net_instance;

/* Makes an instance from weights in memory. They must stay as they are until rt3d_net_destroy and
 * may be shared by any number of instances; they are copied only where they do not lie on a
 * multiple of RT3D_NET_WEIGHTS_ALIGNMENT bytes. Null options are the default. *made is null unless
 * the status is RT3D_NET_OK. All memory is taken and touched here: the first run is as fast as
 * later ones. Sizes and the lists of what is kept are checked, values are not: where weights may
 * have changed on their way, compare their SHA-256 with RT3D_NET_WEIGHTS_SHA256 first. */
RT3D_NET_API int rt3d_net_create(const void *weights, size_t bytes, const rt3d_net_options *options,
                                 rt3d_net_instance **made);

/* Makes an instance from a file of weights, which is read whole. */
RT3D_NET_API int rt3d_net_create_from_file(const char *path, const rt3d_net_options *options,
                                           rt3d_net_instance **made);

/* Ends the threads and gives the memory back. Null is ignored. */
RT3D_NET_API void rt3d_net_destroy(rt3d_net_instance *net);

enum { RT3D_NET_WEIGHTS_ALIGNMENT = 64 };

/* Types of input values. */
enum { RT3D_NET_FLOAT32 = 0, RT3D_NET_UINT8 = 1 };

/* A clip as the caller has it: value (c, t, h, w) is
 *
 *   (data[c * stride[0] + t * stride[1] + h * stride[2] + w * stride[3]] - mean[c]) * scale[c]
 *
 * with strides in values, not bytes. For example {1, H*W*3, W*3, 3} reads frames of interleaved
 * R, G, B, and the same with stride[0] = -1 and data on the first R reads B, G, R. */
typedef struct rt3d_net_input {
  const void *data;
  int type;            /* RT3D_NET_FLOAT32 or RT3D_NET_UINT8 */
  ptrdiff_t stride[4]; /* channel, frame, row, column; all 0: contiguous in this order */
  const float *mean;   /* one per channel; null: 0 */
  const float *scale;  /* one per channel; null: 1 */
} rt3d_net_input;

/* Runs the network on one clip. output takes RT3D_NET_OUTPUT_COUNT floats, contiguous in the order
 * channel, frame, row, column. The same input gives the same bytes for any number of threads. */
RT3D_NET_API int rt3d_net_run(rt3d_net_instance *net, const rt3d_net_input *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
