/* What the runner asks the operating system: time, and the evidence of how a sample was taken.
 * Everything that a device does not tell is reported as unknown, never as zero. */
#ifndef RT3D_HOST_H
#define RT3D_HOST_H

#include <stdint.h>

enum { RT3D_MAX_CORES = 256 };
enum { RT3D_UNKNOWN = -1 };

/* Monotonic time in nanoseconds. */
int64_t rt3d_now(void);

/* Core ids this process may run on; returns their number. */
int rt3d_allowed_cores(int cores[RT3D_MAX_CORES]);

/* Highest and present frequency of a core in kHz, or RT3D_UNKNOWN. */
long rt3d_core_max_khz(int core);
long rt3d_core_khz(int core);

/* The decimal number in a small file, or RT3D_UNKNOWN. */
long rt3d_read_number(const char *path);

/* Evidence at one moment. Differences of two moments belong to what ran between them. */
struct rt3d_moment {
  int core;             /* of the calling thread */
  long khz;             /* of that core, or RT3D_UNKNOWN */
  long switches;        /* involuntary context switches of the process */
  int tasks;            /* number of entries in queue_ns; 0 when the system does not tell */
  int64_t queue_ns[64]; /* per thread: time spent ready to run but waiting for a core */
};

/* The two differ in their order: what is slow to read stays outside of what is timed. */
void rt3d_moment_before(struct rt3d_moment *m);
void rt3d_moment_after(struct rt3d_moment *m);

/* The longest that any one thread waited for a core between the two, or RT3D_UNKNOWN. */
int64_t rt3d_queue_ns(const struct rt3d_moment *before, const struct rt3d_moment *after);

/* Page faults of this process so far, small and large. */
int64_t rt3d_page_faults(void);

/* Largest resident size of this process so far, in bytes. */
int64_t rt3d_peak_rss(void);

#endif
