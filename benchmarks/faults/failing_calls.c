// Makes the n-th call that changes a file below one folder fail, once: what a full or a broken disk does, or a kill.
//
// Loaded with LD_PRELOAD; benchmarks/faults/failing_calls.py arms it. Counted are write, fsync, rename, truncate, unlink and
// mkdir in all their forms. Files outside of the folder, pipes and sockets are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static size_t folder_length;
static atomic_long calls, failing_call = -1;
static int failure; // an errno, or 0 for SIGKILL

// Counts calls below `under` from now on; the `nth` one, from 1, fails with `error`. 0 kills the process.
void fault_arm(const char *under, long nth, int error) {
  folder_length = strlen(under);
  memcpy(folder, under, folder_length + 1);
  failure = error;
  atomic_store(&calls, 0);
  atomic_store(&failing_call, nth);
}

long fault_calls(void) { return atomic_load(&calls); }

static int is_below(const char *path) {
  return folder_length && strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

static int is_due(void) { return atomic_fetch_add(&calls, 1) + 1 == atomic_load(&failing_call); }

static int is_due_at(int dir, const char *path) {
  if (!folder_length) return 0;
  if (path[0] == '/') return is_below(path) && is_due();
  char link[64], full[PATH_MAX];
  if (dir == AT_FDCWD) {
    if (!getcwd(full, sizeof full)) return 0;
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t length = readlink(link, full, sizeof full - 1);
    if (length < 0) return 0;
    full[length] = 0;
  }
  strncat(full, "/", sizeof full - strlen(full) - 1);
  strncat(full, path, sizeof full - strlen(full) - 1);
  return is_below(full) && is_due();
}

static int is_due_in(int file) {
  if (!folder_length) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path) && is_due();
}

static long fail(void) {
  if (!failure) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  errno = failure;
  return -1;
}

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

// A write that fails has written half: what a kill leaves, and what a full disk took before it was full.
ssize_t write(int file, const void *data, size_t size) {
  if (!is_due_in(file)) return REAL(write)(file, data, size);
  if (REAL(write)(file, data, size / 2) < 0) return -1;
  return fail();
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
  if (!is_due_in(file)) return REAL(pwrite)(file, data, size, at);
  if (REAL(pwrite)(file, data, size / 2, at) < 0) return -1;
  return fail();
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
  if (!is_due_in(file)) return REAL(pwrite64)(file, data, size, at);
  if (REAL(pwrite64)(file, data, size / 2, at) < 0) return -1;
  return fail();
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  return is_due_in(file) ? fail() : REAL(writev)(file, parts, count);
}

int fsync(int file) { return is_due_in(file) ? fail() : REAL(fsync)(file); }
int fdatasync(int file) { return is_due_in(file) ? fail() : REAL(fdatasync)(file); }
int ftruncate(int file, off_t size) { return is_due_in(file) ? fail() : REAL(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return is_due_in(file) ? fail() : REAL(ftruncate64)(file, size); }
int truncate(const char *path, off_t size) {
  return is_due_at(AT_FDCWD, path) ? fail() : REAL(truncate)(path, size);
}
int truncate64(const char *path, off64_t size) {
  return is_due_at(AT_FDCWD, path) ? fail() : REAL(truncate64)(path, size);
}
int rename(const char *from, const char *to) { return is_due_at(AT_FDCWD, to) ? fail() : REAL(rename)(from, to); }
int renameat(int from_dir, const char *from, int to_dir, const char *to) {
  return is_due_at(to_dir, to) ? fail() : REAL(renameat)(from_dir, from, to_dir, to);
}
int unlink(const char *path) { return is_due_at(AT_FDCWD, path) ? fail() : REAL(unlink)(path); }
int unlinkat(int dir, const char *path, int flags) {
  return is_due_at(dir, path) ? fail() : REAL(unlinkat)(dir, path, flags);
}
int mkdir(const char *path, mode_t mode) { return is_due_at(AT_FDCWD, path) ? fail() : REAL(mkdir)(path, mode); }
int mkdirat(int dir, const char *path, mode_t mode) {
  return is_due_at(dir, path) ? fail() : REAL(mkdirat)(dir, path, mode);
}
