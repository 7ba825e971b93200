// SPDX-License-Identifier: GPL-3.0-or-later
#include "build/usage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

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

std::uint64_t private_bytes(int pid) {
  auto text = read_file(fmt::format("/proc/{}/statm", pid));
  unsigned long long size = 0, resident = 0, shared = 0;
  if (!text || std::sscanf(text->c_str(), "%llu %llu %llu", &size, &resident, &shared) != 3) return 0;
  return resident > shared ? (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

void walk(int directory, int depth, dev_t device, DiskUsage& usage) {
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
    if (++usage.files > kMostFiles || usage.too_deep) break;
    if (!S_ISDIR(found.st_mode) || found.st_dev != device) continue;
    const int below = ::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0)
      walk(below, depth + 1, device, usage);
    else
      usage.hidden = true;
  }
  ::closedir(listing);
}

}  // namespace

ProcessUsage process_usage(int pid) {
  if (pid <= 0) return {};
  std::multimap<int, int> children;
  DIR* proc = ::opendir("/proc");
  if (!proc) return {};
  while (const dirent* entry = ::readdir(proc)) {
    if (!std::isdigit(static_cast<unsigned char>(entry->d_name[0]))) continue;
    auto stat = read_file(fs::path("/proc") / entry->d_name / "stat");
    if (stat) children.emplace(parent_of(*stat), std::atoi(entry->d_name));
  }
  ::closedir(proc);
  ProcessUsage usage;
  std::vector<int> open = {pid};
  while (!open.empty()) {
    const int parent = open.back();
    open.pop_back();
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) {
      open.push_back(child->second);
      ++usage.processes;
      usage.memory += private_bytes(child->second);
      if (parent == pid) usage.children.push_back(child->second);
    }
  }
  return usage;
}

std::vector<int> children_of(int pid) {
  if (pid <= 0) return {};
  auto text = read_file(fmt::format("/proc/{0}/task/{0}/children", pid));
  if (!text) return process_usage(pid).children;
  std::vector<int> children;
  for (const std::string& word : split(*text, ' '))
    if (const int child = std::atoi(word.c_str()); child > 0) children.push_back(child);
  // That list may miss some while others come and go.
  return children.empty() ? process_usage(pid).children : children;
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

DiskUsage disk_usage(const std::vector<fs::path>& directories) {
  DiskUsage usage;
  for (const fs::path& path : directories) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) continue;
    struct stat found {};
    ::fstat(directory, &found);
    walk(directory, 0, found.st_dev, usage);
  }
  return usage;
}

std::uint64_t free_bytes(const fs::path& path) {
  std::error_code ec;
  const auto space = fs::space(path, ec);
  return ec ? ~0ull : space.available;
}

}  // namespace klab
