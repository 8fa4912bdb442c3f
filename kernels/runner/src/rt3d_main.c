/* Entry point of every binary: modes info, measure and eval (PROTOCOL.md). */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "rt3d_eval.h"
#include "rt3d_execute.h"
#include "rt3d_heat.h"
#include "rt3d_host.h"
#include "rt3d_json.h"
#include "rt3d_measure.h"
#include "rt3d_program.h"
#include "rt3d_sha256.h"

static const char VERSION[] = "2";

enum {
  EXIT_USAGE = 2,
  EXIT_PROGRAM = 3,   /* program, blob, memory or threads cannot be had */
  EXIT_TRUNCATED = 4, /* the input ends within a clip */
  EXIT_IO = 5,
  EXIT_ISA = 6, /* this processor lacks the vector extension */
};

static int usage(void) {
  fputs("usage: info\n"
        "       measure [--nonce N]                       jobs on stdin, events on stdout\n"
        "       eval --program NAME --blob FILE [--threads N] [--cores A,B,...]\n"
        "                                                 clips on stdin, outputs on stdout\n",
        stderr);
  return EXIT_USAGE;
}

struct options {
  const char *nonce, *program, *blob;
  int threads, cores[RT3D_JOB_CORES], core_count;
};

static int parse_cores(const char *text, struct options *o) {
  o->core_count = 0;
  for (const char *p = text; *p;) {
    char *end;
    long core = strtol(p, &end, 10);
    if (end == p || core < 0 || core > 65535 || o->core_count == RT3D_JOB_CORES) {
      return -1;
    }
    o->cores[o->core_count++] = (int)core;
    if (*end != 0 && (*end != ',' || end[1] == 0)) {
      return -1;
    }
    p = *end ? end + 1 : end;
  }
  return 0;
}

static int parse(int argc, char **argv, struct options *o) {
  *o = (struct options){.nonce = "", .threads = 1};
  for (int i = 2; i < argc; i += 2) {
    if (i + 1 >= argc) {
      return -1;
    }
    const char *name = argv[i], *value = argv[i + 1];
    if (strcmp(name, "--nonce") == 0) {
      o->nonce = value;
    } else if (strcmp(name, "--program") == 0) {
      o->program = value;
    } else if (strcmp(name, "--blob") == 0) {
      o->blob = value;
    } else if (strcmp(name, "--threads") == 0) {
      o->threads = atoi(value);
    } else if (strcmp(name, "--cores") == 0) {
      if (parse_cores(value, o) != 0) {
        return -1;
      }
    } else {
      return -1;
    }
  }
  return o->threads >= 1 ? 0 : -1;
}

static int missing_isa(void) {
  if (!rt3d_isa_missing()) {
    return 0;
  }
  fprintf(stderr, "this processor has no %s, for which the program was compiled\n", rt3d_isa_name);
  return 1;
}

static int info(void) {
  for (int i = 0; i < rt3d_program_count; i++) {
    const struct rt3d_program *p = rt3d_programs[i];
    struct rt3d_json j;
    rt3d_json_begin(&j, stdout, "program");
    rt3d_json_text(&j, "name", p->name);
    rt3d_json_integer(&j, "input_count", p->input_count);
    rt3d_json_integer(&j, "output_count", p->output_count);
    rt3d_json_integer(&j, "arena_bytes", p->arena_bytes);
    rt3d_json_integer(&j, "blob_bytes_min", p->blob_bytes_min);
    rt3d_json_integer(&j, "threads", p->threads);
    rt3d_json_end(&j, 1);
  }
  return ferror(stdout) ? EXIT_IO : 0;
}

/* Who runs here, and on what. */
static void hello(const char *self, const char *nonce) {
  char sha256[65];
  if (rt3d_sha256_file("/proc/self/exe", sha256) != 0 && rt3d_sha256_file(self, sha256) != 0) {
    sha256[0] = 0; /* the host takes no result without it */
  }
  struct utsname machine = {0};
  uname(&machine);
  struct rt3d_json j;
  rt3d_json_begin(&j, stdout, "hello");
  rt3d_json_text(&j, "runner", VERSION);
  rt3d_json_text(&j, "nonce", nonce);
  rt3d_json_text(&j, "binary_sha256", sha256);
  rt3d_json_text(&j, "isa", rt3d_isa_name);
  rt3d_json_boolean(&j, "isa_missing", rt3d_isa_missing());
  rt3d_json_text(&j, "machine", machine.machine);
  rt3d_json_text(&j, "system", machine.release);
  int cores[RT3D_MAX_CORES], n = rt3d_allowed_cores(cores);
  char list[RT3D_MAX_CORES * 24], *end = list;
  list[0] = 0;
  for (int i = 0; i < n; i++) {
    end += snprintf(end, 24, "%s%d:%ld", i > 0 ? "," : "", cores[i], rt3d_core_max_khz(cores[i]));
  }
  rt3d_json_text(&j, "cores", list); /* id:highest kHz, or -1 when unknown */
  struct rt3d_heat heat = rt3d_heat_now();
  rt3d_json_known(&j, "millicelsius", heat.millicelsius);
  rt3d_json_known(&j, "throttle", heat.throttle);
  rt3d_json_end(&j, 1);
}

static int measure(const char *self, const struct options *o) {
  hello(self, o->nonce);
  if (missing_isa()) {
    return EXIT_ISA;
  }
  if (rt3d_measure(stdin, stdout) != 0) {
    fprintf(stderr, "run a job: %s\n", strerror(errno));
    return EXIT_IO;
  }
  return 0;
}

static int eval(const struct options *o) {
  if (!o->program || !o->blob) {
    return usage();
  }
  if (missing_isa()) {
    return EXIT_ISA;
  }
  struct rt3d_execution e;
  const char *problem =
      rt3d_execution_open(&e, o->program, o->blob, o->threads, o->cores, o->core_count);
  if (problem) {
    fprintf(stderr, "program %s, blob %s, %d threads: %s%s%s\n", o->program, o->blob, o->threads,
            problem, errno ? ": " : "", errno ? strerror(errno) : "");
    return EXIT_PROGRAM;
  }
  int64_t clips;
  int failed = rt3d_eval(&e, stdin, stdout, &clips);
  int error = errno;
  rt3d_execution_close(&e);
  if (failed == 1) {
    fprintf(stderr, "read clip %lld: the input ends within it\n", (long long)clips);
    return EXIT_TRUNCATED;
  }
  if (failed) {
    fprintf(stderr, "read or write clip %lld: %s\n", (long long)clips, strerror(error));
    return EXIT_IO;
  }
  return 0;
}

int main(int argc, char **argv) {
  struct options o;
  signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error that is reported */
  if (argc < 2 || parse(argc, argv, &o) != 0) {
    return usage();
  }
  if (strcmp(argv[1], "info") == 0) {
    return info();
  }
  if (strcmp(argv[1], "measure") == 0) {
    return measure(argv[0], &o);
  }
  if (strcmp(argv[1], "eval") == 0) {
    return eval(&o);
  }
  return usage();
}
