// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/orphans.hpp"

#include <signal.h>

#include <cstdlib>

#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

bool is_qemu_of(const std::string& command_line, const std::string& place) {
  const auto words = split(command_line, '\0');
  if (words.empty() || std::filesystem::path(words.front()).filename().string().rfind("qemu-system-", 0) != 0) return false;
  for (const auto& word : words)
    if (word.find(place) != std::string::npos) return true;
  return false;
}

}  // namespace

std::vector<pid_t> kill_orphans(const std::filesystem::path& embed_root, const std::filesystem::path& proc) {
  const std::string place = (embed_root / "lib/qemu/").string();
  std::vector<pid_t> killed;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(proc, ignored)) {
    const int process = std::atoi(entry.path().filename().c_str());
    if (process <= 1) continue;
    auto command_line = read_file(entry.path() / "cmdline");
    if (command_line && is_qemu_of(*command_line, place) && ::kill(process, SIGKILL) == 0) killed.push_back(process);
  }
  return killed;
}

}  // namespace klab
