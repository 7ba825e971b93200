// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/host_facts.hpp"

#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "util/file.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr char kNotAvailable[] = "n/a";

std::string first_line(const std::filesystem::path& path) {
  auto content = read_file(path);
  if (!content) return kNotAvailable;
  const std::string text(trim(content->substr(0, content->find('\n'))));
  return text.empty() ? kNotAvailable : printable(text);
}

// Value of the first "name : value" line.
std::string cpuinfo_field(const std::vector<std::string>& lines, std::string_view name) {
  for (const std::string& line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || trim(std::string_view(line).substr(0, colon)) != name) continue;
    return printable(trim(std::string_view(line).substr(colon + 1)));
  }
  return kNotAvailable;
}

}  // namespace

std::map<std::string, std::string> local_facts(const std::filesystem::path& root) {
  std::map<std::string, std::string> facts;
  auto cpuinfo = read_file(root / "proc/cpuinfo");
  const std::vector<std::string> lines = cpuinfo ? split_lines(*cpuinfo) : std::vector<std::string>();
  int cpus = 0;
  for (const std::string& line : lines) cpus += line.starts_with("processor") ? 1 : 0;
  facts["cpus"] = cpus > 0 ? std::to_string(cpus) : kNotAvailable;
  facts["cpu"] = cpuinfo_field(lines, "model name");
  if (facts["cpu"] == kNotAvailable) facts["cpu"] = cpuinfo_field(lines, "CPU part");  // arm64 has no name
  facts["microcode"] = cpuinfo_field(lines, "microcode");
  facts["kernel"] = first_line(root / "proc/sys/kernel/osrelease");
  const std::string vendor = first_line(root / "sys/class/dmi/id/bios_vendor");
  const std::string version = first_line(root / "sys/class/dmi/id/bios_version");
  const bool known = vendor != kNotAvailable || version != kNotAvailable;
  facts["firmware"] = known ? vendor + " " + version : kNotAvailable;
  return facts;
}

HostState local_state(const std::filesystem::path& root) {
  HostState state;
  if (auto load = read_file(root / "proc/loadavg")) state.load1 = std::strtod(load->c_str(), nullptr);
  // cpu user nice system idle iowait irq softirq steal ..., in clock ticks.
  const std::vector<std::string> cpu = split(first_line(root / "proc/stat"), ' ');
  std::vector<std::string> fields;
  for (const std::string& word : cpu)
    if (!word.empty()) fields.push_back(word);
  constexpr std::size_t kSteal = 8;
  const double ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (fields.size() > kSteal)
    state.steal_seconds = std::strtod(fields[kSteal].c_str(), nullptr) / ticks_per_second;
  state.governor = first_line(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  return state;
}

}  // namespace klab
