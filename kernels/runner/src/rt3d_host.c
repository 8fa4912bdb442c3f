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

/* The number in a small file, or RT3D_UNKNOWN. */
static long read_number(const char *path) {
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
  long khz = read_number(path);
  return khz > 0 ? khz : RT3D_UNKNOWN;
}

long rt3d_core_max_khz(int core) {
  return core_number(core, "cpuinfo_max_freq");
}

long rt3d_core_khz(int core) {
  return core_number(core, "scaling_cur_freq");
}

enum { MAX_ZONES = 32 };
static int zones[MAX_ZONES], zone_count = -1;

static int names_processor(int zone) {
  static const char *const words[] = {"cpu", "CPU", "soc", "pkg", "core", "tsens", "mtktscpu"};
  char path[64], type[64] = "";
  snprintf(path, sizeof(path), "/sys/class/thermal/thermal_zone%d/type", zone);
  FILE *f = fopen(path, "r");
  if (!f) {
    return 0;
  }
  if (!fgets(type, sizeof(type), f)) {
    type[0] = 0;
  }
  fclose(f);
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
    if (strstr(type, words[i])) {
      return 1;
    }
  }
  return 0;
}

static void list_zones(void) {
  int others[MAX_ZONES], other_count = 0;
  zone_count = 0;
  DIR *dir = opendir("/sys/class/thermal");
  if (!dir) {
    return;
  }
  for (struct dirent *e; (e = readdir(dir)) && zone_count < MAX_ZONES;) {
    int zone;
    if (sscanf(e->d_name, "thermal_zone%d", &zone) != 1) {
      continue;
    }
    if (names_processor(zone)) {
      zones[zone_count++] = zone;
    } else if (other_count < MAX_ZONES) {
      others[other_count++] = zone;
    }
  }
  closedir(dir);
  if (zone_count == 0) {
    memcpy(zones, others, sizeof(zones));
    zone_count = other_count;
  }
}

long rt3d_hottest_millicelsius(void) {
  if (zone_count < 0) {
    list_zones();
  }
  long hottest = RT3D_UNKNOWN;
  for (int i = 0; i < zone_count; i++) {
    char path[64];
    snprintf(path, sizeof(path), "/sys/class/thermal/thermal_zone%d/temp", zones[i]);
    long t = read_number(path);
    /* Sensors that are off report absurd values. */
    if (t > 1000 && t < 150000 && t > hottest) {
      hottest = t;
    }
  }
  return hottest;
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
