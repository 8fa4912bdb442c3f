/* Mode measure: jobs from a stream, JSON lines to another, one child process per job. */
#ifndef RT3D_MEASURE_H
#define RT3D_MEASURE_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "rt3d_job.h"

/* What a child tells its parent while it runs, in shared memory: writing costs it nothing and the
 * parent can judge a child that hangs. */
struct rt3d_watch {
  _Atomic int64_t started; /* when the execution (or batch) in flight began; 0: none */
  _Atomic int batch;       /* executions in flight since then */
  _Atomic int executions;  /* finished */
  _Atomic int64_t least;   /* least time of one finished execution; 0: none yet */
};

/* Exit statuses of a child. */
enum {
  RT3D_CHILD_DONE = 0,
  RT3D_CHILD_FAILED = 1,
  RT3D_CHILD_OVER_LIMIT = 2,
  RT3D_CHILD_DROPPED = 3
};

/* Runs one job in this process and writes its events; returns the exit status. */
int rt3d_measure_child(const struct rt3d_job *job, struct rt3d_watch *watch, FILE *out);

/* Reads jobs until the end of `in` and runs each in a child of its own. Returns 0, or -1 with errno
 * set when a child cannot be made or `out` cannot be written. */
int rt3d_measure(FILE *in, FILE *out);

#endif
