#define _GNU_SOURCE
#include "rt3d_host.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int64_t rt3d_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int rt3d_allowed_cores(int cores[RT3D_MAX_CORES]) {
  cpu_set_t set;
  CPU_ZERO(&set);
  int n = 0;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    for (int i = 0; i < CPU_SETSIZE && n < RT3D_MAX_CORES; i++) {
      if (CPU_ISSET((unsigned)i, &set)) {
        cores[n++] = i;
      }
    }
  }
  return n;
}

long rt3d_read_number(const char *path) {
  char text[32];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return RT3D_UNKNOWN;
  }
  ssize_t n = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (n <= 0) {
    return RT3D_UNKNOWN;
  }
  text[n] = 0;
  char *end;
  long value = strtol(text, &end, 10);
  return end == text ? RT3D_UNKNOWN : value;
}

static long core_number(int core, const char *name) {
  char path[96];
  snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/%s", core, name);
  long khz = rt3d_read_number(path);
  return khz > 0 ? khz : RT3D_UNKNOWN;
}

long rt3d_core_max_khz(int core) {
  return core_number(core, "cpuinfo_max_freq");
}

long rt3d_core_khz(int core) {
  return core_number(core, "scaling_cur_freq");
}

/* Reads the second number of schedstat (time on the run queue) of every thread of this process. */
static void read_queue(struct rt3d_moment *m) {
  m->tasks = 0;
  DIR *dir = opendir("/proc/self/task");
  if (!dir) {
    return;
  }
  for (struct dirent *e; (e = readdir(dir)) && m->tasks < 64;) {
    if (e->d_name[0] == '.') {
      continue;
    }
    char path[64 + sizeof(e->d_name)];
    snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", e->d_name);
    FILE *f = fopen(path, "r");
    long long ran, queued;
    if (f && fscanf(f, "%lld %lld", &ran, &queued) == 2) {
      m->queue_ns[m->tasks++] = queued;
    }
    if (f) {
      fclose(f);
    }
  }
  closedir(dir);
}

static void read_switches(struct rt3d_moment *m) {
  struct rusage usage;
  m->switches = getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : RT3D_UNKNOWN;
}

void rt3d_moment_before(struct rt3d_moment *m) {
  m->core = sched_getcpu();
  m->khz = m->core >= 0 ? rt3d_core_khz(m->core) : RT3D_UNKNOWN;
  read_queue(m);
  read_switches(m);
}

void rt3d_moment_after(struct rt3d_moment *m) {
  read_switches(m);
  m->core = sched_getcpu();
  read_queue(m);
  m->khz = m->core >= 0 ? rt3d_core_khz(m->core) : RT3D_UNKNOWN;
}

int64_t rt3d_queue_ns(const struct rt3d_moment *before, const struct rt3d_moment *after) {
  if (before->tasks == 0 || before->tasks != after->tasks) {
    return RT3D_UNKNOWN;
  }
  int64_t most = 0;
  for (int i = 0; i < before->tasks; i++) {
    int64_t waited = after->queue_ns[i] - before->queue_ns[i];
    most = waited > most ? waited : most;
  }
  return most;
}

int64_t rt3d_peak_rss(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : RT3D_UNKNOWN;
}

int64_t rt3d_page_faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}
