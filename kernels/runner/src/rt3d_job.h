/* One job of mode measure, as a line of text (PROTOCOL.md). */
#ifndef RT3D_JOB_H
#define RT3D_JOB_H

#include <stdint.h>

enum { RT3D_JOB_CORES = 64 };

struct rt3d_job {
  const char *key, *program, *blob, *nonce; /* point into the line */
  uint64_t seed;                            /* of the input */
  int64_t *positions;                       /* of the output values to return */
  int position_count;
  int threads;
  int cores[RT3D_JOB_CORES], core_count; /* none: not pinned */
  int whole;                             /* time load, run and store instead of run alone */
  int min_samples, max_samples;
  int step_rounds;      /* executions that are timed step by step behind the samples */
  int64_t min_batch_ns; /* least duration of one sample */
  int64_t max_ns;       /* warm-up and samples together */
  int64_t warm_min_ns, warm_max_ns;
  int64_t limit_ns; /* of one execution; 0: none */
  int64_t drop_ns;  /* the job ends when one execution surely takes longer; 0: never */
  int64_t time_ns;  /* the job is killed after this */
};

/* Splits a line in place. Returns null, or what is wrong with it (static text); then *key is the
 * job's key when it could be read. Release the positions with rt3d_job_free. */
const char *rt3d_job_parse(char *line, struct rt3d_job *job);
void rt3d_job_free(struct rt3d_job *job);

#endif
