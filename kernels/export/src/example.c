/* Runs the network once on a clip in a file, and prints the outputs, one a line:
 *
 *   example WEIGHTS CLIP [THREADS]
 *
 * CLIP holds 32-bit floats in the order channel, frame, row, column; or, when it is a quarter as
 * long, bytes in the order frame, row, column, channel, as cameras and decoders give them. */
#include <stdio.h>
#include <stdlib.h>

#include "rt3d_net.h"

/* The whole file, or null. */
static void *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    return NULL;
  }
  const size_t most = RT3D_NET_INPUT_COUNT * sizeof(float) + 1;
  void *content = malloc(most);
  *bytes = content ? fread(content, 1, most, file) : 0;
  fclose(file);
  return content;
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: %s WEIGHTS CLIP [THREADS]\n", argv[0]);
    return 2;
  }
  size_t bytes = 0;
  void *clip = read_file(argv[2], &bytes);
  rt3d_net_input input = {.data = clip};
  static const float mean[] = RT3D_NET_PIXEL_MEAN, scale[] = RT3D_NET_PIXEL_SCALE;
  if (bytes == RT3D_NET_INPUT_COUNT) {
    const ptrdiff_t c = RT3D_NET_INPUT_CHANNELS, w = RT3D_NET_INPUT_WIDTH,
                    h = RT3D_NET_INPUT_HEIGHT;
    input = (rt3d_net_input){clip, RT3D_NET_UINT8, {1, h * w * c, w * c, c}, mean, scale};
  } else if (!clip || bytes != RT3D_NET_INPUT_COUNT * sizeof(float)) {
    fprintf(stderr, "%s: want %d floats or bytes\n", argv[2], RT3D_NET_INPUT_COUNT);
    return 2;
  }

  const rt3d_net_options options = {.threads = argc == 4 ? atoi(argv[3]) : 0};
  rt3d_net_instance *net = NULL;
  static float output[RT3D_NET_OUTPUT_COUNT];
  int status = rt3d_net_create_from_file(argv[1], &options, &net);
  if (status == RT3D_NET_OK) {
    status = rt3d_net_run(net, &input, output);
  }
  rt3d_net_destroy(net);
  free(clip);
  if (status != RT3D_NET_OK) {
    fprintf(stderr, "%s: %s\n", argv[1], rt3d_net_status_text(status));
    return 1;
  }
  for (int i = 0; i < RT3D_NET_OUTPUT_COUNT; i++) {
    printf("%.9g\n", (double)output[i]);
  }
  return 0;
}
