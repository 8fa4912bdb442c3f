#define _GNU_SOURCE
#include "rt3d_net.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "rt3d_memory.h"
#include "rt3d_pool.h"
#include "rt3d_program.h"

extern const struct rt3d_program rt3d_program_rt3d_net;

struct rt3d_net_instance {
  const void *weights;
  void *own_weights; /* those that are to be released; null when they are the caller's */
  size_t weights_bytes;
  void *arena;
  float *clip; /* input that the caller has in another form */
  struct rt3d_pool *pool;
  int core; /* of the calling thread during a run; -1: any */
};

static size_t arena_bytes(void) {
  return (size_t)rt3d_program_rt3d_net.arena_bytes;
}

static size_t clip_bytes(void) {
  return sizeof(float) * RT3D_NET_INPUT_COUNT;
}

const char *rt3d_net_status_text(int status) {
  switch (status) {
  case RT3D_NET_OK:
    return "no error";
  case RT3D_NET_BAD_ARGUMENT:
    return "an argument is null or out of range";
  case RT3D_NET_NO_FILE:
    return "the file of weights cannot be read";
  case RT3D_NET_BAD_WEIGHTS:
    return "the weights are cut off or belong to another network";
  case RT3D_NET_NO_MEMORY:
    return "there is not enough memory";
  case RT3D_NET_NO_THREADS:
    return "threads cannot be started";
  case RT3D_NET_BAD_PROCESSOR:
    return "the processor lacks the vector extension " RT3D_NET_VECTOR_EXTENSION;
  }
  return "unknown status";
}

const char *rt3d_net_identity(void) {
  return RT3D_NET_IDENTITY;
}

size_t rt3d_net_memory_bytes(void) {
  return sizeof(rt3d_net_instance) + arena_bytes() + clip_bytes();
}

/* Starts the threads. The pool pins the thread that makes it, which here is the caller's own. Where
 * threads have cores of their own, fast ones get more of the work. */
static int start_threads(rt3d_net_instance *net, const rt3d_net_options *o) {
  const int threads = o->threads ? o->threads : RT3D_NET_MAX_THREADS;
  cpu_set_t home;
  const int known = o->core_count > 0 && sched_getaffinity(0, sizeof home, &home) == 0;
  net->core = known ? o->cores[0] : -1;
  net->pool = rt3d_pool_new(threads, o->cores, known ? o->core_count : 0, NULL);
  if (net->pool && known) {
    rt3d_pool_balance(net->pool, rt3d_fma_rounds);
  }
  if (known) {
    sched_setaffinity(0, sizeof home, &home);
  }
  return net->pool ? RT3D_NET_OK : RT3D_NET_NO_THREADS;
}

/* Checks the weights and takes what a run needs. */
static int prepare(rt3d_net_instance *net, const rt3d_net_options *o) {
  if (rt3d_program_rt3d_net.check_blob(net->weights, net->weights_bytes) != 0) {
    return RT3D_NET_BAD_WEIGHTS;
  }
  net->arena = rt3d_memory(arena_bytes());
  net->clip = rt3d_memory(clip_bytes());
  if (!net->arena || !net->clip) {
    return RT3D_NET_NO_MEMORY;
  }
  /* Pages that are new to the system would slow the first run down. */
  memset(net->arena, 0, arena_bytes());
  return start_threads(net, o);
}

static int check_options(const rt3d_net_options *o) {
  if (o->threads < 0 || o->threads > RT3D_NET_MAX_THREADS || o->core_count < 0) {
    return RT3D_NET_BAD_ARGUMENT;
  }
  if (o->core_count > 0 && !o->cores) {
    return RT3D_NET_BAD_ARGUMENT;
  }
  return rt3d_isa_missing() ? RT3D_NET_BAD_PROCESSOR : RT3D_NET_OK;
}

/* Completes an instance that has its weights, or gives all of it back. */
static int finish(rt3d_net_instance *net, const rt3d_net_options *o, rt3d_net_instance **made) {
  const int status = prepare(net, o);
  if (status == RT3D_NET_OK) {
    *made = net;
  } else {
    rt3d_net_destroy(net);
  }
  return status;
}

int rt3d_net_create(const void *weights, size_t bytes, const rt3d_net_options *options,
                    rt3d_net_instance **made) {
  const rt3d_net_options defaults = {0}, *o = options ? options : &defaults;
  if (!made) {
    return RT3D_NET_BAD_ARGUMENT;
  }
  *made = NULL;
  const int status = weights ? check_options(o) : RT3D_NET_BAD_ARGUMENT;
  if (status != RT3D_NET_OK) {
    return status;
  }
  rt3d_net_instance *net = calloc(1, sizeof *net);
  if (!net) {
    return RT3D_NET_NO_MEMORY;
  }
  net->weights = weights;
  net->weights_bytes = bytes;
  if ((uintptr_t)weights % RT3D_NET_WEIGHTS_ALIGNMENT != 0) {
    net->own_weights = rt3d_memory(bytes);
    if (!net->own_weights) {
      rt3d_net_destroy(net);
      return RT3D_NET_NO_MEMORY;
    }
    net->weights = memcpy(net->own_weights, weights, bytes);
  }
  return finish(net, o, made);
}

int rt3d_net_create_from_file(const char *path, const rt3d_net_options *options,
                              rt3d_net_instance **made) {
  const rt3d_net_options defaults = {0}, *o = options ? options : &defaults;
  if (!made) {
    return RT3D_NET_BAD_ARGUMENT;
  }
  *made = NULL;
  const int status = path ? check_options(o) : RT3D_NET_BAD_ARGUMENT;
  if (status != RT3D_NET_OK) {
    return status;
  }
  rt3d_net_instance *net = calloc(1, sizeof *net);
  if (!net) {
    return RT3D_NET_NO_MEMORY;
  }
  net->own_weights = rt3d_read_file(path, &net->weights_bytes);
  if (!net->own_weights) {
    rt3d_net_destroy(net);
    return RT3D_NET_NO_FILE;
  }
  net->weights = net->own_weights;
  return finish(net, o, made);
}

void rt3d_net_destroy(rt3d_net_instance *net) {
  if (!net) {
    return;
  }
  rt3d_pool_free(net->pool);
  rt3d_release(net->own_weights, net->weights_bytes);
  rt3d_release(net->arena, arena_bytes());
  rt3d_release(net->clip, clip_bytes());
  free(net);
}

/* One conversion of the caller's clip. */
struct conversion {
  const rt3d_net_input *input;
  ptrdiff_t stride[4];
  float *clip;
};

/* The part's rows. */
static void convert(void *context, const struct rt3d_part *part) {
  const struct conversion *v = context;
  const rt3d_net_input *in = v->input;
  enum { T = RT3D_NET_INPUT_FRAMES, H = RT3D_NET_INPUT_HEIGHT, W = RT3D_NET_INPUT_WIDTH };
  const int64_t rows = (int64_t)RT3D_NET_INPUT_CHANNELS * T * H;
  const int64_t end = rows * part->to / part->of;
  for (int64_t row = rows * part->from / part->of; row < end; row++) {
    const int64_t c = row / H / T;
    const ptrdiff_t start = (ptrdiff_t)c * v->stride[0] + (ptrdiff_t)(row / H % T) * v->stride[1] +
                            (ptrdiff_t)(row % H) * v->stride[2];
    const ptrdiff_t step = v->stride[3];
    const float mean = in->mean ? in->mean[c] : 0.0f, scale = in->scale ? in->scale[c] : 1.0f;
    float *to = v->clip + row * W;
    if (in->type == RT3D_NET_UINT8) {
      const uint8_t *from = (const uint8_t *)in->data + start;
      for (int w = 0; w < W; w++) {
        to[w] = ((float)from[w * step] - mean) * scale;
      }
    } else {
      const float *from = (const float *)in->data + start;
      for (int w = 0; w < W; w++) {
        to[w] = (from[w * step] - mean) * scale;
      }
    }
  }
}

/* The clip as the program reads it: contiguous floats. */
static const float *contiguous(rt3d_net_instance *net, const rt3d_net_input *in) {
  enum { T = RT3D_NET_INPUT_FRAMES, H = RT3D_NET_INPUT_HEIGHT, W = RT3D_NET_INPUT_WIDTH };
  static const ptrdiff_t none[4] = {0}, packed[4] = {(ptrdiff_t)T * H * W, (ptrdiff_t)H * W, W, 1};
  struct conversion v = {in, {0}, net->clip};
  const int given = memcmp(in->stride, none, sizeof none) != 0;
  memcpy(v.stride, given ? in->stride : packed, sizeof v.stride);
  if (in->type == RT3D_NET_FLOAT32 && !in->mean && !in->scale &&
      memcmp(v.stride, packed, sizeof packed) == 0) {
    return in->data;
  }
  rt3d_pool_run(net->pool, convert, &v);
  return net->clip;
}

int rt3d_net_run(rt3d_net_instance *net, const rt3d_net_input *input, float *output) {
  if (!net || !input || !input->data || !output ||
      (input->type != RT3D_NET_FLOAT32 && input->type != RT3D_NET_UINT8)) {
    return RT3D_NET_BAD_ARGUMENT;
  }
  cpu_set_t home, one;
  int moved = 0;
  if (net->core >= 0 && net->core < CPU_SETSIZE && sched_getaffinity(0, sizeof home, &home) == 0) {
    CPU_ZERO(&one);
    CPU_SET((unsigned)net->core, &one);
    moved = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  rt3d_program_rt3d_net.load(contiguous(net, input), net->arena);
  rt3d_program_rt3d_net.run(net->weights, net->arena, net->pool);
  rt3d_program_rt3d_net.store(net->arena, output);
  if (moved) {
    sched_setaffinity(0, sizeof home, &home);
  }
  return RT3D_NET_OK;
}
