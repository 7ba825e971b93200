// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "util/result.hpp"

namespace klab {

// Where this process may make control groups (version 2) that limit memory and processes: the group that
// was delegated to it, or, as root, the top. `parent` is empty when there is none; then `why` says why.
struct CgroupPlace {
  std::filesystem::path parent;
  std::string why;
};
// `prepare`: turns the controllers on, for which a delegated group's own processes move one down.
// Without it nothing is changed. `root` stands above proc and sys.
CgroupPlace find_cgroup_place(const std::filesystem::path& root, bool superuser, bool prepare);

// Whether whoever runs in this group may divide it, and memory and processes can be limited there.
bool is_delegated(const std::filesystem::path& group);

// A control group of its own with limits, removed with everything that runs in it on destruction. One
// thread. Swap counts as none: what does not fit is ended, all of it at once.
class Cgroup {
 public:
  // `name`: what the group's own begins with.
  static Result<Cgroup> create(const std::filesystem::path& parent, const std::string& name,
                               std::uint64_t memory_bytes, unsigned processes);
  // One that a killed process left; it stays while anything lives there, which may be somebody else's.
  static void remove_empty(const std::filesystem::path& left);
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  // argv of a shell that enters the group and then becomes `inner`.
  std::vector<std::string> command(const std::vector<std::string>& inner) const;
  bool memory_ran_out() const;     // the kernel ended something for it
  bool processes_ran_out() const;  // a fork was refused

 private:
  explicit Cgroup(std::filesystem::path path) : path_(std::move(path)) {}
  bool counted(const char* file, std::string_view event) const;
  std::filesystem::path path_;
};

}  // namespace klab
