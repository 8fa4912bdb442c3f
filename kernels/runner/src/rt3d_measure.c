/* What the child of one job does: execute once and return values, warm up, sample, look back. */
#define _GNU_SOURCE
#include "rt3d_measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rt3d_execute.h"
#include "rt3d_heat.h"
#include "rt3d_host.h"
#include "rt3d_input.h"
#include "rt3d_json.h"
#include "rt3d_sequential.h"
#include "rt3d_sha256.h"
#include "rt3d_steps.h"

/* Jetpack Benchmark's warm-up rule, scaled down: two exponential averages of the execution time
 * agree within WARM_AGREE for WARM_STEADY executions in a row. */
static const double WARM_FAST = 0.2, WARM_SLOW = 0.04, WARM_AGREE = 0.04;
enum { WARM_STEADY = 10, WARM_LEAST = 10 };

/* After so many executions the least of them is believed to exceed the limit, if the clock has had
 * the least time of a warm-up to rise: phones begin at half of it. */
enum { LIMIT_BELIEVED = 3 };

/* Beyond these a sample was disturbed and says nothing about a program that may be dropped; the
 * host looks closer (bench.Thresholds). */
static const double DROP_QUEUE = 0.02, DROP_FREQUENCY = 0.05;

enum { CANARY_NS = 100000, CANARY_ROUNDS = 65536, PEAK_NS = 2000000, PEAK_REPEATS = 5 };

struct sample {
  double ns;
  int batch;
  struct rt3d_moment before, after;
  struct rt3d_heat heat;
  int64_t canary_ns;
};

struct warm {
  int64_t iterations, spent_ns;
  int stable;
};

static void execute(struct rt3d_execution *e, int whole) {
  if (whole) {
    e->program->load(e->input, e->arena);
  }
  e->program->run(e->blob, e->arena, e->pool);
  if (whole) {
    e->program->store(e->arena, e->output);
  }
}

/* Executes `batch` times; returns the nanoseconds of all together. */
static int64_t timed(struct rt3d_execution *e, int whole, int batch, struct rt3d_watch *watch) {
  atomic_store(&watch->batch, batch);
  int64_t begin = rt3d_now();
  atomic_store(&watch->started, begin);
  for (int i = 0; i < batch; i++) {
    execute(e, whole);
  }
  int64_t ns = rt3d_now() - begin;
  atomic_store(&watch->started, 0);
  int64_t one = ns / batch > 0 ? ns / batch : 1, least = atomic_load(&watch->least);
  if (least == 0 || one < least) {
    atomic_store(&watch->least, one);
  }
  atomic_fetch_add(&watch->executions, batch);
  return ns;
}

static int over_limit(const struct rt3d_job *job, struct rt3d_watch *watch) {
  return job->limit_ns > 0 && atomic_load(&watch->executions) >= LIMIT_BELIEVED &&
         atomic_load(&watch->least) > job->limit_ns;
}

static struct warm warm_up(struct rt3d_execution *e, const struct rt3d_job *job,
                           struct rt3d_watch *watch) {
  struct warm w = {0};
  double fast = 0, slow = 0;
  int steady = 0;
  int64_t begin = rt3d_now();
  do {
    double ns = (double)timed(e, job->whole, 1, watch);
    fast = w.iterations == 0 ? ns : fast + WARM_FAST * (ns - fast);
    slow = w.iterations == 0 ? ns : slow + WARM_SLOW * (ns - slow);
    double apart = fast > slow ? fast - slow : slow - fast;
    steady = apart <= WARM_AGREE * slow ? steady + 1 : 0;
    w.iterations++;
    w.spent_ns = rt3d_now() - begin;
    w.stable =
        steady >= WARM_STEADY && w.iterations >= WARM_LEAST && w.spent_ns >= job->warm_min_ns;
  } while (!w.stable && w.spent_ns < job->warm_max_ns &&
           !(w.spent_ns >= job->warm_min_ns && over_limit(job, watch)));
  return w;
}

static int64_t fma_ns(int64_t rounds, int64_t *flops) {
  int64_t begin = rt3d_now();
  *flops = rt3d_fma_rounds(rounds);
  return rt3d_now() - begin;
}

/* The better of two, since a run that was itself preempted says nothing about the clock. */
static int64_t fma_better_ns(int64_t rounds) {
  int64_t flops, a = fma_ns(rounds, &flops), b = fma_ns(rounds, &flops);
  return a < b ? a : b;
}

/* Rounds of multiply-adds that take about `ns`. They are found in short runs: this is not the time
 * that anybody waits for. */
static int64_t fma_rounds_for(int64_t ns) {
  const int64_t least = 64;
  int64_t rounds = least, took = fma_better_ns(rounds);
  while (took < CANARY_NS && rounds < (int64_t)1 << 40) {
    rounds *= 2;
    took = fma_better_ns(rounds);
  }
  rounds = (int64_t)((double)rounds * (double)ns / (double)(took > 0 ? took : 1));
  return rounds > least ? rounds : least;
}

/* Time of CANARY_ROUNDS, from as many as are long enough to time. Two processes may find different
 * numbers long enough, and their canaries are compared. */
static int64_t canary(int64_t rounds) {
  return (int64_t)((double)fma_better_ns(rounds) * CANARY_ROUNDS / (double)rounds + 0.5);
}

struct peak {
  int64_t rounds;
  _Atomic int64_t flops;
};

static void peak_task(void *context, const struct rt3d_part *part) {
  (void)part;
  struct peak *p = context;
  int64_t flops = rt3d_fma_rounds(p->rounds);
  atomic_fetch_add(&p->flops, flops);
}

/* Best of several runs of multiply-adds from registers on all threads of the pool. */
static double peak_gflops(struct rt3d_pool *pool) {
  struct peak p = {fma_rounds_for(PEAK_NS), 0};
  double best = 0;
  for (int i = 0; i < PEAK_REPEATS; i++) {
    atomic_store(&p.flops, 0);
    int64_t begin = rt3d_now();
    rt3d_pool_run(pool, peak_task, &p);
    double rate = (double)atomic_load(&p.flops) / (double)(rt3d_now() - begin);
    best = rate > best ? rate : best;
  }
  return best;
}

static int disturbed(const struct sample *s) {
  int64_t queue = rt3d_queue_ns(&s->before, &s->after);
  double before = (double)s->before.khz, after = (double)s->after.khz;
  double moved = after > before ? after - before : before - after;
  return s->before.core != s->after.core || s->heat.throttle > 0 ||
         (double)queue > DROP_QUEUE * s->ns * s->batch ||
         (before > 0 && after > 0 && moved > DROP_FREQUENCY * before);
}

/* Samples until there are enough, the time is used up, or the program is surely slower than the
 * reference of the job (*dropped); returns how many. */
static int take_samples(struct rt3d_execution *e, const struct rt3d_job *job,
                        struct rt3d_watch *watch, int64_t deadline, struct sample *samples,
                        int *dropped) {
  struct rt3d_sequential slower;
  rt3d_sequential_begin(&slower, (double)job->drop_ns);
  double wanted = (double)job->min_batch_ns / (double)atomic_load(&watch->least);
  int batch = wanted > 1e6 ? 1000000 : wanted > 1 ? (int)(wanted + 0.999) : 1;
  int64_t rounds = fma_rounds_for(CANARY_NS), heat_read = 0;
  struct rt3d_heat heat = {RT3D_UNKNOWN, RT3D_UNKNOWN};
  int n = 0;
  while (n < job->max_samples && (n < job->min_samples || rt3d_now() < deadline)) {
    struct sample *s = &samples[n++];
    s->batch = batch;
    s->canary_ns = canary(rounds);
    if (heat_read == 0 || rt3d_now() - heat_read > 50000000) {
      heat = rt3d_heat_now();
      heat_read = rt3d_now();
    }
    s->heat = heat;
    rt3d_moment_before(&s->before);
    s->ns = (double)timed(e, job->whole, batch, watch) / batch;
    rt3d_moment_after(&s->after);
    if (over_limit(job, watch)) {
      break;
    }
    if (!disturbed(s) && rt3d_sequential_add(&slower, s->ns)) {
      *dropped = 1;
      break;
    }
  }
  return n;
}

static void write_samples(FILE *out, const struct rt3d_job *job, const struct sample *samples,
                          int n) {
  for (int i = 0; i < n; i++) {
    const struct sample *s = &samples[i];
    struct rt3d_json j;
    rt3d_json_begin(&j, out, "sample");
    rt3d_json_text(&j, "key", job->key);
    rt3d_json_number(&j, "ns", s->ns);
    rt3d_json_integer(&j, "batch", s->batch);
    rt3d_json_known(&j, "core_before", s->before.core);
    rt3d_json_known(&j, "core_after", s->after.core);
    rt3d_json_known(&j, "khz_before", s->before.khz);
    rt3d_json_known(&j, "khz_after", s->after.khz);
    rt3d_json_known(&j, "millicelsius", s->heat.millicelsius);
    rt3d_json_known(&j, "throttle", s->heat.throttle);
    if (s->before.switches >= 0 && s->after.switches >= 0) {
      rt3d_json_integer(&j, "nivcsw", s->after.switches - s->before.switches);
    }
    rt3d_json_known(&j, "queue_ns", rt3d_queue_ns(&s->before, &s->after));
    rt3d_json_integer(&j, "canary_ns", s->canary_ns);
    rt3d_json_end(&j, 0);
  }
}

static void write_error(FILE *out, const struct rt3d_job *job, const char *text, int error) {
  struct rt3d_json j;
  rt3d_json_begin(&j, out, "error");
  rt3d_json_text(&j, "key", job->key);
  rt3d_json_text(&j, "text", text);
  if (error != 0) {
    rt3d_json_text(&j, "cause", strerror(error));
  }
  rt3d_json_end(&j, 1);
}

static void write_values(FILE *out, const struct rt3d_job *job, const struct rt3d_execution *e,
                         int64_t ns, int64_t faults) {
  struct rt3d_json j;
  rt3d_json_begin(&j, out, "values");
  rt3d_json_text(&j, "key", job->key);
  rt3d_json_bits(&j, "bits", e->output, job->positions, job->position_count);
  rt3d_json_integer(&j, "first_ns", ns);
  rt3d_json_integer(&j, "first_faults", faults);
  rt3d_json_end(&j, 1);
}

static void output_sha256(const struct rt3d_execution *e, char hex[65]) {
  rt3d_sha256_buffer(e->output, (size_t)e->program->output_count * sizeof(float), hex);
}

/* The first execution, which is also the answer that the host checks. */
static const char *answer(struct rt3d_execution *e, const struct rt3d_job *job,
                          struct rt3d_watch *watch, FILE *out) {
  for (int i = 0; i < job->position_count; i++) {
    if (job->positions[i] >= e->program->output_count) {
      return "a position lies outside of the output";
    }
  }
  rt3d_seeded_input(job->seed, e->input, (size_t)e->program->input_count);
  int64_t faults = rt3d_page_faults(), begin = rt3d_now();
  atomic_store(&watch->batch, 1);
  atomic_store(&watch->started, begin);
  execute(e, 1);
  atomic_store(&watch->started, 0);
  int64_t ns = rt3d_now() - begin;
  write_values(out, job, e, ns, rt3d_page_faults() - faults);
  return NULL;
}

int rt3d_measure_child(const struct rt3d_job *job, struct rt3d_watch *watch, FILE *out) {
  struct rt3d_execution e;
  struct rt3d_json j;
  const char *problem =
      rt3d_execution_open(&e, job->program, job->blob, job->threads, job->cores, job->core_count);
  int error = errno;
  struct sample *samples = calloc((size_t)job->max_samples, sizeof(*samples));
  if (!problem && !samples) {
    problem = "cannot get memory";
  }
  if (!problem) {
    rt3d_json_begin(&j, out, "start");
    rt3d_json_text(&j, "key", job->key);
    rt3d_json_text(&j, "nonce", job->nonce);
    rt3d_json_text(&j, "blob_sha256", e.blob_sha256);
    rt3d_json_boolean(&j, "pinned", e.pinned);
    rt3d_json_integer(&j, "slowest_percent", e.slowest);
    rt3d_json_end(&j, 1);
    error = 0;
    problem = answer(&e, job, watch, out);
  }
  if (problem) {
    write_error(out, job, problem, error);
    return RT3D_CHILD_FAILED;
  }
  char first[65], last[65];
  output_sha256(&e, first);
  int64_t begin = rt3d_now();
  struct warm warm = warm_up(&e, job, watch);
  if (over_limit(job, watch)) {
    return RT3D_CHILD_OVER_LIMIT;
  }
  int dropped = 0;
  int n = take_samples(&e, job, watch, begin + job->max_ns, samples, &dropped);
  if (job->step_rounds > 0 && !dropped &&
      rt3d_time_steps(&e, job->key, job->step_rounds, out) != 0) {
    write_error(out, job, "cannot get memory", errno);
    return RT3D_CHILD_FAILED;
  }
  /* Executing again on what is left in the arena must give the same bits. */
  e.program->store(e.arena, e.output);
  output_sha256(&e, last);
  write_samples(out, job, samples, n);
  free(samples);
  double peak = peak_gflops(e.pool);
  rt3d_json_begin(&j, out, "result");
  rt3d_json_text(&j, "key", job->key);
  rt3d_json_text(&j, "nonce", job->nonce);
  rt3d_json_integer(&j, "warm_iterations", warm.iterations);
  rt3d_json_integer(&j, "warm_ns", warm.spent_ns);
  rt3d_json_boolean(&j, "warm_stable", warm.stable);
  rt3d_json_number(&j, "peak_gflops", peak);
  rt3d_json_integer(&j, "peak_rss_bytes", rt3d_peak_rss());
  rt3d_json_text(&j, "first_output_sha256", first);
  rt3d_json_text(&j, "last_output_sha256", last);
  rt3d_json_end(&j, 1);
  int over = over_limit(job, watch);
  rt3d_execution_close(&e);
  return over ? RT3D_CHILD_OVER_LIMIT : dropped ? RT3D_CHILD_DROPPED : RT3D_CHILD_DONE;
}
