#define _GNU_SOURCE
#include "rt3d_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A decimal integer of at least `least` that ends at `end`; 0 when it is one. */
static int integer(const char *text, int64_t least, int64_t most, int64_t *value) {
  char *end;
  errno = 0;
  long long v = strtoll(text, &end, 10);
  if (end == text || *end != 0 || errno != 0 || v < least || v > most) {
    return -1;
  }
  *value = v;
  return 0;
}

static int seed(const char *text, uint64_t *value) {
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return end == text || *end != 0 || errno != 0 || *text == '-' ? -1 : 0;
}

/* "3,1,2" into a new array. */
static int list(char *text, int64_t **values, int *count) {
  int n = 1;
  for (const char *p = text; *p; p++) {
    n += *p == ',';
  }
  *values = calloc((size_t)n, sizeof(**values));
  *count = 0;
  if (!*values) {
    return -1;
  }
  char *rest = NULL;
  for (char *item = strtok_r(text, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
    if (integer(item, 0, INT64_MAX, &(*values)[*count]) != 0) {
      return -1;
    }
    (*count)++;
  }
  return 0;
}

static int cores(char *text, struct rt3d_job *job) {
  int64_t *values;
  int count, failed = list(text, &values, &count);
  if (failed || count > RT3D_JOB_CORES) {
    free(values);
    return -1;
  }
  for (int i = 0; i < count; i++) {
    job->cores[i] = (int)(values[i] < INT32_MAX ? values[i] : INT32_MAX);
  }
  job->core_count = count;
  free(values);
  return 0;
}

static int small(const char *text, int *value) {
  int64_t v = 0;
  if (integer(text, 1, 1000000, &v) != 0) {
    return -1;
  }
  *value = (int)v;
  return 0;
}

static const char *set(struct rt3d_job *job, const char *name, char *value) {
  struct duration {
    const char *name;
    int64_t *value;
  } durations[] = {{"min_batch_ns", &job->min_batch_ns},
                   {"max_ns", &job->max_ns},
                   {"warm_min_ns", &job->warm_min_ns},
                   {"warm_max_ns", &job->warm_max_ns},
                   {"limit_ns", &job->limit_ns},
                   {"drop_ns", &job->drop_ns},
                   {"time_ns", &job->time_ns}};
  for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
    if (strcmp(name, durations[i].name) == 0) {
      return integer(value, 0, INT64_MAX / 64, durations[i].value) ? "bad duration" : NULL;
    }
  }
  if (strcmp(name, "key") == 0) {
    job->key = value;
  } else if (strcmp(name, "program") == 0) {
    job->program = value;
  } else if (strcmp(name, "blob") == 0) {
    job->blob = value;
  } else if (strcmp(name, "nonce") == 0) {
    job->nonce = value;
  } else if (strcmp(name, "seed") == 0) {
    return seed(value, &job->seed) ? "bad seed" : NULL;
  } else if (strcmp(name, "positions") == 0) {
    return list(value, &job->positions, &job->position_count) ? "bad positions" : NULL;
  } else if (strcmp(name, "cores") == 0) {
    return cores(value, job) ? "bad cores" : NULL;
  } else if (strcmp(name, "threads") == 0) {
    return small(value, &job->threads) ? "bad threads" : NULL;
  } else if (strcmp(name, "min_samples") == 0) {
    return small(value, &job->min_samples) ? "bad min_samples" : NULL;
  } else if (strcmp(name, "max_samples") == 0) {
    return small(value, &job->max_samples) ? "bad max_samples" : NULL;
  } else if (strcmp(name, "step_rounds") == 0) {
    return small(value, &job->step_rounds) ? "bad step_rounds" : NULL;
  } else if (strcmp(name, "timed") == 0) {
    job->whole = strcmp(value, "all") == 0;
    return job->whole || strcmp(value, "run") == 0 ? NULL : "timed is neither run nor all";
  } else {
    return "unknown field";
  }
  return NULL;
}

const char *rt3d_job_parse(char *line, struct rt3d_job *job) {
  memset(job, 0, sizeof(*job));
  job->key = job->nonce = "";
  job->threads = 1;
  job->min_samples = 5;
  job->max_samples = 20;
  job->min_batch_ns = 1000000;
  job->max_ns = 2000000000;
  job->warm_min_ns = 20000000;
  job->warm_max_ns = 1000000000;
  job->time_ns = 60000000000;
  const char *problem = NULL;
  char *rest = NULL;
  for (char *field = strtok_r(line, " \r\n", &rest); field;
       field = strtok_r(NULL, " \r\n", &rest)) {
    char *equals = strchr(field, '=');
    const char *wrong = "field without =";
    if (equals) {
      *equals = 0;
      wrong = set(job, field, equals + 1);
    }
    problem = problem ? problem : wrong;
  }
  if (!problem && (!*job->key || !job->program || !job->blob)) {
    problem = "key, program and blob are needed";
  }
  if (!problem && job->max_samples < job->min_samples) {
    problem = "max_samples is less than min_samples";
  }
  return problem;
}

void rt3d_job_free(struct rt3d_job *job) {
  free(job->positions);
  job->positions = NULL;
}
