// SPDX-License-Identifier: GPL-3.0-or-later
#include "util/cgroup.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "util/fd.hpp"
#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

// The kernel takes one write with the whole value, into a file that is there already.
bool set(const fs::path& path, const std::string& value) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

bool has_both(const fs::path& path) {
  auto text = read_file(path);
  if (!text) return false;
  const auto words = split(std::string(trim(*text)), ' ');
  return std::count(words.begin(), words.end(), "memory") && std::count(words.begin(), words.end(), "pids");
}

bool delegated(const fs::path& group) {
  char value[4];
  for (const char* name : {"user.delegate", "trusted.delegate"})
    if (::getxattr(group.c_str(), name, value, sizeof value) == 1 && value[0] == '1') return true;
  return false;
}

// A group that hands controllers down may hold no process of its own. What forks between the look and the move stays
// behind, and is moved by the next look.
bool hand_down(const fs::path& group) {
  const fs::path below = group / "klabd";
  std::error_code ignored;
  fs::create_directory(below, ignored);
  for (int attempt = 0; attempt < 50; ++attempt) {
    const auto pids = read_file(group / "cgroup.procs");
    if (!pids) return false;
    for (const std::string& pid : split_lines(*pids)) set(below / "cgroup.procs", pid);
    set(group / "cgroup.subtree_control", "+memory +pids");
    if (has_both(group / "cgroup.subtree_control")) return true;
  }
  return false;
}

}  // namespace

bool is_delegated(const fs::path& group) { return delegated(group) && has_both(group / "cgroup.controllers"); }

CgroupPlace find_cgroup_place(const fs::path& root, bool superuser, bool prepare) {
  const fs::path top = root / "sys/fs/cgroup";
  std::error_code ignored;
  if (!fs::exists(top / "cgroup.controllers", ignored)) return {{}, "this host has no cgroup v2 hierarchy"};
  if (!has_both(top / "cgroup.controllers")) return {{}, "cgroup v2 has no memory and pids controllers here"};
  auto own = read_file(root / "proc/self/cgroup");
  if (!own) return {{}, own.error().message};
  std::string name;
  for (const std::string& line : split_lines(*own))
    if (line.starts_with("0::/")) name = line.substr(4);
  fs::path group = name.empty() ? top : top / name;
  // Moved down by an earlier call, which may have got no further.
  if (group.filename() == "klabd" && ::access((group.parent_path() / "cgroup.procs").c_str(), W_OK) == 0) {
    group = group.parent_path();
    if (has_both(group / "cgroup.subtree_control")) return {group, ""};
  }
  std::string why = fmt::format("the control group \"/{}\" is not delegated to this user", printable(name));
  if (group != top && delegated(group) && ::access((group / "cgroup.subtree_control").c_str(), W_OK) == 0) {
    if (!prepare || hand_down(group)) return {group, ""};
    why = fmt::format("the control group \"/{}\" is delegated, but does not hand memory and pids down", printable(name));
  }
  // Only the real top has no type; that of a container does, and takes no controllers beside processes.
  if (superuser && !fs::exists(top / "cgroup.type", ignored)) {
    if (prepare && !has_both(top / "cgroup.subtree_control"))
      set(top / "cgroup.subtree_control", "+memory +pids");
    if (!prepare || has_both(top / "cgroup.subtree_control")) return {top, ""};
  }
  return {{}, why};
}

Result<Cgroup> Cgroup::create(const fs::path& parent, const std::string& name, std::uint64_t memory_bytes,
                              unsigned processes) {
  std::string unique = (parent / (name + "XXXXXX")).string();
  if (!::mkdtemp(unique.data()))
    return lab_error("cannot create control group \"{}\": {}", unique, std::strerror(errno));
  const fs::path path = unique;
  Cgroup group(path);
  const std::pair<const char*, std::string> values[] = {{"memory.max", std::to_string(memory_bytes)},
                                                        {"memory.oom.group", "1"},
                                                        {"pids.max", std::to_string(processes)}};
  for (const auto& [file, value] : values)
    if (!set(path / file, value))
      return lab_error("cannot set \"{}\": {}", (path / file).string(), std::strerror(errno));
  set(path / "memory.swap.max", "0");  // not there without swap
  return group;
}

Cgroup::Cgroup(Cgroup&& other) noexcept : path_(std::exchange(other.path_, {})) {}

// The group goes when its last process has been reaped, which nobody announces.
void Cgroup::remove_empty(const fs::path& left) { ::rmdir(left.c_str()); }

Cgroup::~Cgroup() {
  if (path_.empty()) return;
  set(path_ / "cgroup.kill", "1");
  for (int i = 0; i < 200 && ::rmdir(path_.c_str()) != 0 && errno == EBUSY; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

std::vector<std::string> Cgroup::command(const std::vector<std::string>& inner) const {
  std::vector<std::string> argv = {"sh", "-c", R"(echo $$ > "$1/cgroup.procs"; shift; exec "$@")",
                                   "klab-group", path_.string()};
  argv.insert(argv.end(), inner.begin(), inner.end());
  return argv;
}

bool Cgroup::memory_ran_out() const { return counted("memory.events", "oom_kill "); }
bool Cgroup::processes_ran_out() const { return counted("pids.events", "max "); }

bool Cgroup::counted(const char* file, std::string_view event) const {
  auto text = read_file(path_ / file);
  if (!text) return false;
  for (const std::string& line : split_lines(*text))
    if (line.starts_with(event)) return std::strtoull(line.c_str() + event.size(), nullptr, 10) > 0;
  return false;
}

}  // namespace klab
