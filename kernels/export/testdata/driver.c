/* Uses a library named "net" as apps do, and as they should not: driver WEIGHTS FOREIGN_WEIGHTS.
 * Exit status 1 and the line of the first expectation that fails. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

#define EXPECT(what)                                                                               \
  do {                                                                                             \
    if (!(what)) {                                                                                 \
      fprintf(stderr, "line %d: not so: %s\n", __LINE__, #what);                                   \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

enum { C = NET_INPUT_CHANNELS, T = NET_INPUT_FRAMES, H = NET_INPUT_HEIGHT, W = NET_INPUT_WIDTH };
enum { IN = NET_INPUT_COUNT, OUT = NET_OUTPUT_COUNT };

static const char *weights_path;

/* Pixel (c, t, h, w) of clip number n. */
static uint8_t pixel(int n, int c, int t, int h, int w) {
  uint32_t x = (uint32_t)((((n * C + c) * T + t) * H + h) * W + w) * 2654435761u;
  return (uint8_t)(x >> 13 ^ x >> 24);
}

static const float mean[] = NET_PIXEL_MEAN, scale[] = NET_PIXEL_SCALE;

/* The clip as contiguous floats. */
static float *planes(int n) {
  float *clip = malloc(IN * sizeof *clip), *p = clip;
  EXPECT(clip);
  for (int c = 0; c < C; c++)
    for (int t = 0; t < T; t++)
      for (int h = 0; h < H; h++)
        for (int w = 0; w < W; w++)
          *p++ = ((float)pixel(n, c, t, h, w) - mean[c]) * scale[c];
  return clip;
}

static net_instance *open_net(int threads) {
  const net_options options = {.threads = threads};
  net_instance *made = NULL;
  EXPECT(net_create_from_file(weights_path, &options, &made) == NET_OK && made);
  return made;
}

static void run_planes(net_instance *made, int n, float *output) {
  float *clip = planes(n);
  const net_input input = {.data = clip};
  EXPECT(net_run(made, &input, output) == NET_OK);
  free(clip);
}

static void *read_all(const char *path, size_t *bytes) {
  FILE *f = fopen(path, "rb");
  EXPECT(f && fseek(f, 0, SEEK_END) == 0);
  *bytes = (size_t)ftell(f);
  rewind(f);
  void *content = NULL;
  EXPECT(posix_memalign(&content, NET_WEIGHTS_ALIGNMENT, *bytes + 64) == 0);
  EXPECT(fread(content, 1, *bytes, f) == *bytes);
  fclose(f);
  return content;
}

static void check_texts(void) {
  for (int status = -1; status < 20; status++)
    EXPECT(net_status_text(status) && net_status_text(status)[0]);
  EXPECT(strcmp(net_status_text(NET_OK), net_status_text(NET_BAD_WEIGHTS)) != 0);
  EXPECT(strcmp(net_identity(), NET_IDENTITY) == 0);
  EXPECT(net_memory_bytes() > IN * sizeof(float));
}

static void check_arguments(void) {
  net_instance *made = (net_instance *)&made;
  net_options options = {.threads = NET_MAX_THREADS + 1};
  EXPECT(net_create_from_file(weights_path, &options, &made) == NET_BAD_ARGUMENT && !made);
  options = (net_options){.threads = -1};
  EXPECT(net_create_from_file(weights_path, &options, &made) == NET_BAD_ARGUMENT);
  options = (net_options){.core_count = 2};
  EXPECT(net_create_from_file(weights_path, &options, &made) == NET_BAD_ARGUMENT);
  EXPECT(net_create_from_file(weights_path, NULL, NULL) == NET_BAD_ARGUMENT);
  EXPECT(net_create_from_file(NULL, NULL, &made) == NET_BAD_ARGUMENT);
  EXPECT(net_create(NULL, 100, NULL, &made) == NET_BAD_ARGUMENT);
  EXPECT(net_create("", 0, NULL, NULL) == NET_BAD_ARGUMENT);
  net_destroy(NULL);

  made = open_net(1);
  float input[1] = {0}, output[1];
  EXPECT(net_run(NULL, &(net_input){.data = input}, output) == NET_BAD_ARGUMENT);
  EXPECT(net_run(made, NULL, output) == NET_BAD_ARGUMENT);
  EXPECT(net_run(made, &(net_input){0}, output) == NET_BAD_ARGUMENT);
  EXPECT(net_run(made, &(net_input){.data = input}, NULL) == NET_BAD_ARGUMENT);
  EXPECT(net_run(made, &(net_input){.data = input, .type = 7}, output) == NET_BAD_ARGUMENT);
  net_destroy(made);
}

static void check_weights(const char *foreign) {
  net_instance *made = (net_instance *)&made;
  EXPECT(net_create_from_file(foreign, NULL, &made) == NET_BAD_WEIGHTS && !made);
  errno = 0;
  EXPECT(net_create_from_file("/nowhere", NULL, &made) == NET_NO_FILE && errno == ENOENT);
  EXPECT(net_create_from_file("/dev/null", NULL, &made) == NET_BAD_WEIGHTS);
  EXPECT(net_create_from_file("/", NULL, &made) == NET_NO_FILE);

  size_t bytes;
  unsigned char *content = read_all(weights_path, &bytes);
  EXPECT(bytes == NET_WEIGHTS_BYTES);
  const size_t lengths[] = {0, 1, 63, 64, 100, bytes / 2, bytes - 1};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
    EXPECT(net_create(content, lengths[i], NULL, &made) == NET_BAD_WEIGHTS);
  for (size_t at = 0; at < 64; at += 8) { /* the fixed header; its last 8 bytes are not used */
    content[at] ^= 1;
    EXPECT(net_create(content, bytes, NULL, &made) == (at == 56 ? NET_OK : NET_BAD_WEIGHTS));
    net_destroy(made);
    made = NULL;
    content[at] ^= 1;
  }

  /* Weights that do not lie on a multiple of the alignment. */
  float want[OUT], got[OUT];
  EXPECT(net_create(content, bytes, NULL, &made) == NET_OK);
  run_planes(made, 1, want);
  net_destroy(made);
  memmove(content + 4, content, bytes);
  EXPECT(net_create(content + 4, bytes, NULL, &made) == NET_OK);
  run_planes(made, 1, got);
  net_destroy(made);
  EXPECT(memcmp(got, want, sizeof want) == 0);
  free(content);
}

/* Every form of the same clip gives the same bytes. */
static void check_forms(void) {
  net_instance *made = open_net(2);
  float want[OUT], got[OUT];
  run_planes(made, 3, want);

  enum { PAD = 5 }; /* unused values behind each row */
  float *rows = malloc(sizeof(float) * C * T * H * (W + PAD)), *plane = planes(3);
  uint8_t *frames = malloc(IN);
  float *frames32 = malloc(sizeof(float) * IN), *reversed = malloc(sizeof(float) * IN);
  EXPECT(rows && frames && frames32 && reversed);
  for (int c = 0; c < C; c++)
    for (int t = 0; t < T; t++)
      for (int h = 0; h < H; h++)
        for (int w = 0; w < W; w++) {
          const float v = plane[((c * T + t) * H + h) * W + w];
          rows[((c * T + t) * H + h) * (W + PAD) + w] = v;
          frames[((t * H + h) * W + w) * C + c] = pixel(3, c, t, h, w);
          frames32[((t * H + h) * W + w) * C + c] = v;
          reversed[((t * H + h) * W + w) * C + C - 1 - c] = v;
        }
  const ptrdiff_t P = W + PAD;
  const net_input forms[] = {
      {.data = plane, .stride = {T * H * W, H * W, W, 1}},
      {.data = rows, .stride = {T * H * P, H * P, P, 1}},
      {.data = frames32, .stride = {1, H * W * C, W * C, C}},
      {.data = reversed + C - 1, .stride = {-1, H * W * C, W * C, C}},
      {.data = frames, .type = NET_UINT8, .stride = {1, H * W * C, W * C, C}, .mean = mean, .scale = scale},
  };
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    memset(got, 0xff, sizeof got);
    EXPECT(net_run(made, &forms[i], got) == NET_OK);
    EXPECT(memcmp(got, want, sizeof want) == 0);
  }
  /* Contiguous bytes, and floats that are normalised on the way. */
  uint8_t *bytes = malloc(IN);
  float *raw = malloc(sizeof(float) * IN);
  EXPECT(bytes && raw);
  for (int i = 0; i < IN; i++) {
    bytes[i] = pixel(3, i / W / H / T, i / W / H % T, i / W % H, i % W);
    raw[i] = bytes[i];
  }
  EXPECT(net_run(made, &(net_input){.data = bytes, .type = NET_UINT8, .mean = mean, .scale = scale}, got) == NET_OK);
  EXPECT(memcmp(got, want, sizeof want) == 0);
  EXPECT(net_run(made, &(net_input){.data = raw, .mean = mean, .scale = scale}, got) == NET_OK);
  EXPECT(memcmp(got, want, sizeof want) == 0);
  free(rows), free(plane), free(frames), free(frames32), free(reversed), free(bytes), free(raw);
  net_destroy(made);
}

/* Any number of threads gives the same bytes, and the caller stays where it was. */
static void check_threads(void) {
  float want[OUT], got[OUT];
  net_instance *made = open_net(1);
  run_planes(made, 2, want);
  net_destroy(made);
  cpu_set_t before, after;
  CPU_ZERO(&before);
  CPU_ZERO(&after);
  EXPECT(sched_getaffinity(0, sizeof before, &before) == 0);
  int allowed = 0;
  while (!CPU_ISSET(allowed, &before))
    allowed++;
  for (int threads = 0; threads <= NET_MAX_THREADS; threads++) {
    /* No choice of cores, one that is there, and one that no system has. */
    const int cores[] = {CPU_SETSIZE + 5, allowed};
    for (int count = 0; count <= 2; count++) {
      const net_options options = {.threads = threads, .cores = cores + (count == 1), .core_count = count};
      EXPECT(net_create_from_file(weights_path, &options, &made) == NET_OK);
      run_planes(made, 2, got);
      EXPECT(memcmp(got, want, sizeof want) == 0);
      EXPECT(sched_getaffinity(0, sizeof after, &after) == 0 && CPU_EQUAL(&before, &after));
      net_destroy(made);
    }
  }
}

struct user {
  net_instance *made;
  int first;
  float want[4][OUT];
  int wrong;
};

static void *use(void *argument) {
  struct user *u = argument;
  for (int round = 0; round < 8; round++) {
    float got[OUT];
    const int clip = round % 4;
    run_planes(u->made, u->first + clip, got);
    u->wrong += memcmp(got, u->want[clip], sizeof got) != 0;
  }
  return NULL;
}

/* Two instances at once, on the same weights in memory, each in a thread of its own. */
static void check_two_at_once(void) {
  size_t bytes;
  void *content = read_all(weights_path, &bytes);
  static struct user users[2];
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    struct user *u = &users[i];
    u->first = 10 * i;
    const net_options options = {.threads = 2};
    EXPECT(net_create(content, bytes, &options, &u->made) == NET_OK);
    for (int clip = 0; clip < 4; clip++)
      run_planes(u->made, u->first + clip, u->want[clip]);
  }
  EXPECT(memcmp(users[0].want[0], users[1].want[0], sizeof users[0].want[0]) != 0);
  for (int i = 0; i < 2; i++)
    EXPECT(pthread_create(&threads[i], NULL, use, &users[i]) == 0);
  for (int i = 0; i < 2; i++) {
    pthread_join(threads[i], NULL);
    EXPECT(users[i].wrong == 0);
    net_destroy(users[i].made);
  }
  free(content);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  weights_path = argv[1];
  check_texts();
  check_arguments();
  check_weights(argv[2]);
  check_forms();
  check_threads();
  check_two_at_once();
  return 0;
}
