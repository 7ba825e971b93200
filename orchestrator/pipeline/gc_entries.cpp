// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/gc_entries.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "build/cache_paths.hpp"
#include "build/manifest.hpp"

namespace klab {
namespace fs = std::filesystem;
namespace {

bool is_hash(const std::string& name, std::size_t length) {
  return name.size() == length && name.find_first_not_of("0123456789abcdef") == name.npos;
}

double changed(const fs::path& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return 0.0;
  return static_cast<double>(there.st_mtim.tv_sec) + static_cast<double>(there.st_mtim.tv_nsec) * 1e-9;
}

std::uint64_t size_of(const fs::path& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return 0;
  auto bytes = static_cast<std::uint64_t>(there.st_blocks) * 512;
  if (!S_ISDIR(there.st_mode)) return bytes;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, ec), end; !ec && it != end; it.increment(ec))
    if (::lstat(it->path().c_str(), &there) == 0) bytes += static_cast<std::uint64_t>(there.st_blocks) * 512;
  return bytes;
}

template <class Use>
void each_name(const fs::path& directory, Use use) {
  std::error_code ec;
  std::vector<std::string> names;
  for (fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  for (const auto& name : names) use(name);
}

struct Made {
  std::string commit;
  std::string baseline;  // what the kernel was built over
  std::string kernel;    // of a module
};

Made made(const fs::path& directory) {
  auto manifest = read_manifest(directory);
  if (!manifest) return {};
  auto& facts = manifest->facts;
  return {facts["commit"], facts["baseline"], facts["kernel"]};
}

}  // namespace

double gc_last_used(const GcEntry& entry) {
  double used = 0.0;
  for (const auto& path : entry.paths) used = std::max(used, changed(path));
  return used;
}

std::vector<GcEntry> gc_cache_entries(const fs::path& cache, const GcNeeds& needs, std::vector<std::string>& unknown) {
  std::vector<GcEntry> entries;
  const auto add = [&](GcEntry entry) {
    entry.used = std::max(entry.used, gc_last_used(entry));
    for (const auto& path : entry.paths) entry.bytes += size_of(path);
    entries.push_back(std::move(entry));
  };
  std::map<std::string, double> kernel_used, commit_used;
  std::set<std::string> needed_kernels, needed_commits;
  std::map<std::string, Made> kernels;
  each_name(cache / "kernels", [&](const std::string& name) {
    if (!is_hash(name, 64)) return unknown.push_back((cache / "kernels" / name).string());
    kernels[name] = made(cache / "kernels" / name);
  });
  for (const auto& [name, from] : kernels) {
    const double used = changed(cache / "kernels" / name);
    // A kernel's objects lie over those of its baseline or of another commit: these are used when it is.
    std::string key = name;
    for (std::size_t depth = 0; depth < kMostLayers && kernels.count(key); ++depth, key = kernels[key].baseline) {
      const auto& commit = kernels[key].commit;
      kernel_used[key] = std::max(kernel_used[key], used);
      commit_used[commit] = std::max(commit_used[commit], used);
      if (!needs.kernels.count(name)) continue;
      needed_kernels.insert(key);
      needed_commits.insert(commit);
    }
  }
  // Objects and sources are used when a kernel is.
  each_name(cache / "layers", [&](const std::string& mode) {
    each_name(cache / "layers" / mode, [&](const std::string& name) {
      const auto path = cache / "layers" / mode / name;
      if (!is_hash(name, 64)) return unknown.push_back(path.string());
      add({"object trees", {path}, kernel_used[name], 0, needed_kernels.count(name) > 0});
    });
  });
  // Behind their object trees, which are large and of use only as long as the manifest is there.
  for (const auto& [name, from] : kernels)
    add({"kernels", {cache / "kernels" / name}, kernel_used[name], 0, needed_kernels.count(name) > 0});
  each_name(cache / "modules", [&](const std::string& name) {
    if (!is_hash(name, 64)) return unknown.push_back((cache / "modules" / name).string());
    const bool needed = needs.kernels.count(made(cache / "modules" / name).kernel) > 0;
    add({"modules", {cache / "modules" / name}, 0.0, 0, needed});
  });
  each_name(cache / "sources", [&](const std::string& name) {
    const auto path = cache / "sources" / name;
    if (name.ends_with(".listing") || name.starts_with(".unpack-")) return;
    if (!is_hash(name, 40)) return unknown.push_back(path.string());
    add({"sources", {path, cache / "sources" / (name + ".listing")}, commit_used[name], 0, needed_commits.count(name) > 0});
  });
  for (const auto& [directory, ending] : {std::pair{"images", ".cpio"}, std::pair{"programs", ".elf"}})
    each_name(cache / directory, [&, directory = std::string(directory), ending = std::string(ending)](const std::string& name) {
      const auto path = cache / directory / name;
      if (name.ends_with(".sha256") || name.starts_with("making-")) return;
      // Half of a file, from one that was killed while it wrote.
      if (name.size() > 65 && is_hash(name.substr(0, 64), 64) && name[64] == '.' && name.find('.', 65) != name.npos)
        return add({directory, {path}, 0.0, 0, false});
      if (!name.ends_with(ending) || !is_hash(fs::path(name).stem(), 64)) return unknown.push_back(path.string());
      add({directory, {path, fs::path(path).replace_extension(".sha256")}, 0.0, 0, false});
    });
  // Trees are the lab's copies of repositories, and what is under way is the builder's.
  const std::set<std::string> known{"kernels", "layers", "modules", "sources", "images", "programs", "trees", "remotes", "busybox", "building", "discarded", "build.lock"};
  each_name(cache, [&](const std::string& name) {
    if (!known.count(name)) unknown.push_back((cache / name).string());
  });
  return entries;
}

std::vector<GcEntry> gc_boot_entries(const fs::path& boots, const GcNeeds& needs, std::vector<std::string>& unknown) {
  std::vector<GcEntry> entries;
  each_name(boots, [&](const std::string& name) {
    long long slot = 0;
    int attempt = 0, end = 0;
    if (std::sscanf(name.c_str(), "%lld-%d.cpio%n", &slot, &attempt, &end) != 2 || static_cast<std::size_t>(end) != name.size())
      return unknown.push_back((boots / name).string());
    GcEntry entry{"job images", {boots / name}, 0.0, size_of(boots / name), needs.slots.count(slot) > 0};
    entry.used = gc_last_used(entry);
    entries.push_back(std::move(entry));
  });
  return entries;
}

}  // namespace klab
