// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/usage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

// The parent's pid: the second field after the program's name, which may itself hold brackets and blanks.
int parent_of(const std::string& stat) {
  const auto end = stat.rfind(") ");
  return end == std::string::npos || end + 4 >= stat.size() ? 0 : std::atoi(stat.c_str() + end + 4);
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory(int at, const std::string& path) {
  const int fd = ::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* opened = fd < 0 ? nullptr : ::fdopendir(fd);
  if (!opened && fd >= 0) ::close(fd);
  return {opened, ::closedir};
}

const char* next_process(DIR* proc) {
  while (const dirent* entry = proc ? ::readdir(proc) : nullptr)
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0]))) return entry->d_name;
  return nullptr;
}

// Where the first thread has ended and others go on, only those still lead there.
Directory open_proc_of(int first) {
  Directory proc = open_directory(AT_FDCWD, fmt::format("/proc/{}/root/proc", first));
  if (proc) return proc;
  for (const int thread : threads_in(first)) {
    proc = open_directory(AT_FDCWD, fmt::format("/proc/{}/task/{}/root/proc", first, thread));
    if (proc) break;
  }
  return proc;
}

// `visit` gets a descriptor of each process's directory until it returns false. The sandbox's /proc is another file
// system than the host's: before it is mounted, the host's own processes would be counted.
void each_process(int first, const std::function<bool(int)>& visit) {
  struct stat host {}, own {};
  if (first <= 0) return;
  const Directory proc = open_proc_of(first);
  if (!proc || ::stat("/proc", &host) != 0 || ::fstat(::dirfd(proc.get()), &own) != 0 ||
      host.st_dev == own.st_dev)
    return;
  while (const char* name = next_process(proc.get())) {
    const UniqueFd process(::openat(::dirfd(proc.get()), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (process && !visit(process.get())) return;
  }
}

// A directory's links are its subdirectories, "." and its own name.
unsigned threads_of(int process) {
  struct stat task {};
  return ::fstatat(process, "task", &task, 0) == 0 && task.st_nlink > 2 ? static_cast<unsigned>(task.st_nlink - 2) : 1;
}

std::uint64_t private_bytes(int process) {
  const UniqueFd fd(::openat(process, "statm", O_RDONLY | O_CLOEXEC));
  char text[128] = {};
  unsigned long long size = 0, resident = 0, shared = 0;
  if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0 ||
      std::sscanf(text, "%llu %llu %llu", &size, &resident, &shared) != 3)
    return 0;
  return resident > shared ? (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

void walk(int directory, int depth, dev_t device, const std::stop_token& stop, DiskUsage& usage) {
  if (depth > kDeepest) usage.too_deep = true;
  DIR* listing = usage.too_deep ? nullptr : ::fdopendir(directory);
  if (!listing) {
    ::close(directory);
    return;
  }
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat found {};
    if (::fstatat(directory, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
    usage.bytes += static_cast<std::uint64_t>(found.st_blocks) * 512;
    if (++usage.files > kMostFiles || usage.too_deep || stop.stop_requested()) break;
    if (!S_ISDIR(found.st_mode) || found.st_dev != device) continue;
    const int below = ::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0)
      walk(below, depth + 1, device, stop, usage);
    else
      usage.hidden = true;
  }
  ::closedir(listing);
}

}  // namespace

unsigned namespace_tasks(int first, unsigned most) {
  unsigned tasks = 0;
  each_process(first, [&](int process) {
    tasks += threads_of(process);
    return tasks <= most;
  });
  return std::min(tasks, most + 1);
}

NamespaceUsage namespace_usage(int first, unsigned most) {
  NamespaceUsage usage;
  each_process(first, [&](int process) {
    usage.tasks += threads_of(process);
    usage.memory += private_bytes(process);
    return usage.tasks <= most;
  });
  usage.tasks = std::min(usage.tasks, most + 1);
  return usage;
}

std::vector<int> threads_in(int pid) {
  std::vector<int> threads;
  const Directory task = open_directory(AT_FDCWD, fmt::format("/proc/{}/task", pid));
  while (const char* name = next_process(task.get())) threads.push_back(std::atoi(name));
  return threads;
}

std::vector<int> children_of(int pid) {
  std::vector<int> children;
  if (pid <= 0) return children;
  if (auto text = read_file(fmt::format("/proc/{0}/task/{0}/children", pid)))
    for (const std::string& word : split(*text, ' '))
      if (const int child = std::atoi(word.c_str()); child > 0) children.push_back(child);
  // That list may miss some while others come and go, and not every kernel has it.
  if (!children.empty()) return children;
  const Directory proc = open_directory(AT_FDCWD, "/proc");
  while (const char* name = next_process(proc.get())) {
    auto stat = read_file(fs::path("/proc") / name / "stat");
    if (stat && parent_of(*stat) == pid) children.push_back(std::atoi(name));
  }
  return children;
}

unsigned host_threads() {
  auto text = read_file("/proc/loadavg");  // "0.00 0.01 0.05 2/180 4711"
  const auto slash = text ? text->find('/') : std::string::npos;
  return slash == std::string::npos ? 0 : static_cast<unsigned>(std::atoi(text->c_str() + slash + 1));
}

HostMemory host_memory() {
  HostMemory memory;
  auto text = read_file("/proc/meminfo");
  if (!text) return memory;
  for (const std::string& line : split_lines(*text)) {
    if (line.starts_with("MemAvailable:"))
      memory.available = std::strtoull(line.c_str() + 13, nullptr, 10) << 10;
    if (line.starts_with("Shmem:")) memory.shared = std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
  }
  return memory;
}

DiskUsage disk_usage(const std::vector<fs::path>& directories, std::stop_token stop) {
  DiskUsage usage;
  for (const fs::path& path : directories) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) continue;
    struct stat found {};
    ::fstat(directory, &found);
    walk(directory, 0, found.st_dev, stop, usage);
  }
  return usage;
}

std::uint64_t free_bytes(const fs::path& path) {
  std::error_code ec;
  const auto space = fs::space(path, ec);
  return ec ? ~0ull : space.available;
}

}  // namespace klab
