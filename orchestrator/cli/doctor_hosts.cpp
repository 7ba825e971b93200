// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/stat.h>

#include "cli/doctor.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace {

namespace fs = std::filesystem;

Check check_password(const HostSpec& spec, const DoctorHost& host) {
  const std::string what = "password of host " + spec.name;
  if (spec.password_file.empty()) {
    const auto& program = spec.password_command.front();
    if (program.find('/') != std::string::npos || !find_program(host, program).empty()) return {what, Health::ok, "from a command", ""};
    return {what, Health::missing, fmt::format("no program \"{}\"", printable(program)), "apt-get install " + shell_quote(program),
            "or change hosts." + spec.name + ".password_command"};
  }
  struct stat info = {};
  if (::stat(spec.password_file.c_str(), &info) != 0)
    return {what, Health::missing, fmt::format("no file \"{}\"", spec.password_file.string()),
            "install -m 600 /dev/stdin " + shell_quote(spec.password_file.string()), "then type the password, and Ctrl-D; the file belongs to klabd's user"};
  if ((info.st_mode & 0077) != 0)
    return {what, Health::missing, fmt::format("\"{}\" can be read by others", spec.password_file.string()),
            "chmod 600 " + shell_quote(spec.password_file.string())};
  return {what, Health::ok, spec.password_file.string(), ""};
}

Check check_needed_program(const DoctorHost& host, const std::string& name, const std::string& package) {
  const auto found = find_program(host, name);
  if (!found.empty()) return {name, Health::ok, found.string(), ""};
  return {name, Health::missing, "not found", "apt-get install " + package};
}

}  // namespace

std::vector<Check> check_bare_metal(const Config& config, const DoctorHost& host) {
  std::vector<Check> checks;
  for (const auto& [name, spec] : config.hosts) {
    checks.push_back(check_password(spec, host));
    if (spec.console == ConsoleWay::conserver) checks.push_back(check_needed_program(host, "console", "conserver-client"));
  }
  if (!config.netboot.dnsmasq) return checks;
  checks.push_back(check_needed_program(host, "dnsmasq", "dnsmasq-base"));
  const fs::path loader = host.root / "usr/lib/ipxe/undionly.kpxe";
  std::error_code ignored;
  if (fs::exists(loader, ignored)) checks.push_back({"iPXE", Health::ok, loader.string(), ""});
  else checks.push_back({"iPXE", Health::missing, "not found", "apt-get install ipxe"});
  return checks;
}

}  // namespace klab::cli
