// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/orphans.hpp"

#include <signal.h>

#include <algorithm>
#include <cstdlib>

#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

template <class Matches>
std::vector<pid_t> kill_those(const std::filesystem::path& proc, Matches matches) {
  std::vector<pid_t> killed;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(proc, ignored)) {
    const int process = std::atoi(entry.path().filename().c_str());
    if (process <= 1) continue;
    auto command_line = read_file(entry.path() / "cmdline");
    if (!command_line) continue;
    const auto words = split(*command_line, '\0');
    const std::string name = std::filesystem::path(words.front()).filename().string();
    if (matches(name, words) && ::kill(process, SIGKILL) == 0) killed.push_back(process);
  }
  return killed;
}

}  // namespace

std::vector<pid_t> kill_orphans(const std::filesystem::path& embed_root, const std::filesystem::path& proc) {
  const std::string place = (embed_root / "lib/qemu/").string();
  return kill_those(proc, [&](const std::string& name, const std::vector<std::string>& words) {
    return name.rfind("qemu-system-", 0) == 0 &&
           std::any_of(words.begin(), words.end(), [&](const auto& word) { return word.find(place) != std::string::npos; });
  });
}

void forget_domains(const std::filesystem::path& embed_root) {
  std::error_code ignored;
  const auto remove_in = [&](const char* folder, auto matches) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(embed_root / folder, ignored))
      if (matches(entry.path())) found.push_back(entry.path());
    for (const auto& path : found) std::filesystem::remove_all(path, ignored);
  };
  remove_in("run/qemu", [](const std::filesystem::path& path) {
    return path.extension() == ".xml" || (path.extension() == ".pid" && path.filename() != "driver.pid");
  });
  remove_in("lib/qemu", [](const std::filesystem::path& path) { return path.filename().string().starts_with("domain-"); });
}

std::vector<pid_t> kill_by_word(const std::string& program, const std::string& word, const std::filesystem::path& proc) {
  return kill_those(proc, [&](const std::string& name, const std::vector<std::string>& words) {
    return name == program && std::find(words.begin(), words.end(), word) != words.end();
  });
}

}  // namespace klab
