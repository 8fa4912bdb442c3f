#define _GNU_SOURCE
#include "rt3d_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *rt3d_memory(size_t bytes) {
  size_t size = bytes > 0 ? bytes : 1;
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    return NULL;
  }
  madvise(p, size, MADV_HUGEPAGE); /* advice: a kernel without large pages may refuse it */
  return p;
}

void rt3d_release(void *memory, size_t bytes) {
  if (memory) {
    munmap(memory, bytes > 0 ? bytes : 1);
  }
}

void *rt3d_read_file(const char *path, size_t *bytes) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return NULL;
  }
  struct stat st;
  unsigned char *content = NULL;
  if (fstat(fd, &st) == 0) {
    content = rt3d_memory((size_t)st.st_size);
  }
  size_t done = 0;
  while (content && done < (size_t)st.st_size) {
    ssize_t n = read(fd, content + done, (size_t)st.st_size - done);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) { /* an error, or a file that became shorter while it was read */
      int error = n < 0 ? errno : EIO;
      rt3d_release(content, (size_t)st.st_size);
      content = NULL;
      errno = error;
      break;
    }
    done += (size_t)n;
  }
  int error = errno;
  close(fd);
  errno = error;
  *bytes = done;
  return content;
}
