/* The parent: one child per job, so that a crash, a hang or a wrong turn of one loses only that
 * one. */
#define _GNU_SOURCE
#include "rt3d_measure.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rt3d_host.h"
#include "rt3d_json.h"

/* Allowance for an execution in flight, beyond which it is surely over its limit whatever disturbed
 * it. The first execution touches all memory for the first time. */
enum { FIRST_FACTOR = 20, LATER_FACTOR = 4 };
static const int64_t FIRST_LEAST = 2000000000, LATER_LEAST = 250000000;

struct ending {
  const char *status; /* done, failed, crash, timeout, over-limit, dropped */
  int signal;
  int64_t bound_ns; /* unless done: one execution takes at least this; 0: unknown */
};

static int64_t allowance(const struct rt3d_job *job, struct rt3d_watch *w) {
  int first = atomic_load(&w->executions) == 0;
  int64_t least = first ? FIRST_LEAST : LATER_LEAST;
  int64_t factor = (first ? FIRST_FACTOR : LATER_FACTOR) * (int64_t)atomic_load(&w->batch);
  return job->limit_ns * factor > least ? job->limit_ns * factor : least;
}

/* Moves complete lines from the pipe to out; what is left of a line at the end is dropped, because
 * its writer was killed in the middle of it. Returns 0 at the end of the pipe. */
struct forward {
  int fd;
  char *text;
  size_t used, room;
};

static int forward(struct forward *f, FILE *out) {
  if (f->room - f->used < 4096) {
    size_t room = f->room * 2 + 65536;
    char *text = realloc(f->text, room);
    if (!text) {
      return -1;
    }
    f->text = text;
    f->room = room;
  }
  ssize_t n = read(f->fd, f->text + f->used, f->room - f->used);
  if (n < 0) {
    return errno == EINTR || errno == EAGAIN ? 1 : -1;
  }
  f->used += (size_t)n;
  size_t whole = f->used;
  while (whole > 0 && f->text[whole - 1] != '\n') {
    whole--;
  }
  if (whole > 0 && (fwrite(f->text, 1, whole, out) != whole || fflush(out) != 0)) {
    return -1;
  }
  f->used -= whole;
  memmove(f->text, f->text + whole, f->used);
  return n > 0;
}

/* Watches the child until its pipe ends or a limit passes; -1 when out cannot be written. */
static int watch_child(pid_t child, int fd, const struct rt3d_job *job, struct rt3d_watch *w,
                       FILE *out, struct ending *end) {
  struct forward f = {.fd = fd};
  int64_t deadline = rt3d_now() + job->time_ns;
  int more = 1;
  while (more > 0) {
    int64_t now = rt3d_now(), wake = deadline, started = atomic_load(&w->started);
    if (job->limit_ns > 0) {
      int64_t until = (started > 0 ? started : now) + allowance(job, w);
      wake = until < wake ? until : wake;
    }
    if (now >= wake) {
      end->status = now >= deadline ? "timeout" : "over-limit";
      end->bound_ns = started > 0 ? (now - started) / atomic_load(&w->batch) : 0;
      kill(child, SIGKILL);
      break;
    }
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t ms = (wake - now) / 1000000 + 1;
    if (poll(&p, 1, ms > 60000 ? 60000 : (int)ms) > 0) {
      more = forward(&f, out);
    }
  }
  free(f.text);
  if (more < 0) {
    int error = errno;
    kill(child, SIGKILL);
    errno = error;
  }
  return more < 0 ? -1 : 0;
}

static const char *signal_name(int signal) {
  static const struct {
    int signal;
    const char *name;
  } names[] = {{SIGSEGV, "SIGSEGV"}, {SIGILL, "SIGILL"},   {SIGBUS, "SIGBUS"},
               {SIGFPE, "SIGFPE"},   {SIGABRT, "SIGABRT"}, {SIGKILL, "SIGKILL"},
               {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"}};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if (names[i].signal == signal) {
      return names[i].name;
    }
  }
  return "signal";
}

static void write_end(FILE *out, const char *key, const struct ending *end) {
  struct rt3d_json j;
  rt3d_json_begin(&j, out, "end");
  rt3d_json_text(&j, "key", key);
  rt3d_json_text(&j, "status", end->status);
  if (end->signal != 0) {
    rt3d_json_integer(&j, "signal", end->signal);
    rt3d_json_text(&j, "signal_name", signal_name(end->signal));
  }
  if (end->bound_ns > 0) {
    rt3d_json_integer(&j, "bound_ns", end->bound_ns);
  }
  rt3d_json_end(&j, 1);
}

static void judge(int status, const struct rt3d_job *job, struct rt3d_watch *w,
                  struct ending *end) {
  if (end->status) {
    return; /* killed by us */
  }
  if (WIFSIGNALED(status)) {
    end->status = "crash";
    end->signal = WTERMSIG(status);
  } else if (WEXITSTATUS(status) == RT3D_CHILD_OVER_LIMIT) {
    end->status = "over-limit";
    end->bound_ns = atomic_load(&w->least);
  } else if (WEXITSTATUS(status) == RT3D_CHILD_DROPPED) {
    end->status = "dropped";
    end->bound_ns = job->drop_ns;
  } else {
    end->status = WEXITSTATUS(status) == RT3D_CHILD_DONE ? "done" : "failed";
  }
}

/* Asks for the highest priority, before there are threads, so that they inherit it. Few systems let
 * an ordinary user have it; samples that others disturbed are known by their evidence either way.
 * Where the system schedules sessions as groups, priorities count only within one, and the
 * session's own must be raised too. */
static void raise_priority(void) {
  if (setpriority(PRIO_PROCESS, 0, -20) != 0 || setsid() < 0) {
    return;
  }
  FILE *f = fopen("/proc/self/autogroup", "w");
  if (f) {
    fputs("-20", f);
    fclose(f);
  }
}

static void become_child(const struct rt3d_job *job, struct rt3d_watch *w, int fd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind when the parent is killed */
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  raise_priority();
  FILE *out = fdopen(fd, "w");
  int status = out ? rt3d_measure_child(job, w, out) : RT3D_CHILD_FAILED;
  if (!out || fclose(out) != 0) {
    status = RT3D_CHILD_FAILED;
  }
  _exit(status);
}

static int run_job(const struct rt3d_job *job, FILE *out) {
  struct rt3d_watch *w =
      mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int fds[2] = {-1, -1};
  if (w == MAP_FAILED || pipe(fds) != 0 || fflush(out) != 0) {
    return -1;
  }
  pid_t child = fork();
  if (child == 0) {
    close(fds[0]);
    become_child(job, w, fds[1]);
  }
  close(fds[1]);
  struct ending end = {0};
  int failed = child < 0;
  if (!failed) {
    failed = watch_child(child, fds[0], job, w, out, &end) != 0;
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    judge(status, job, w, &end);
  }
  close(fds[0]);
  if (!failed) {
    write_end(out, job->key, &end);
  }
  munmap(w, sizeof(*w));
  return failed || ferror(out) ? -1 : 0;
}

int rt3d_measure(FILE *in, FILE *out) {
  char *line = NULL;
  size_t room = 0;
  int failed = 0;
  while (!failed && getline(&line, &room, in) > 0) {
    struct rt3d_job job;
    const char *problem = rt3d_job_parse(line, &job);
    if (problem) {
      struct rt3d_json j;
      rt3d_json_begin(&j, out, "error");
      rt3d_json_text(&j, "key", job.key);
      rt3d_json_text(&j, "text", problem);
      rt3d_json_end(&j, 1);
      write_end(out, job.key, &(struct ending){.status = "failed"});
    } else {
      failed = run_job(&job, out);
    }
    rt3d_job_free(&job);
  }
  free(line);
  return failed;
}
