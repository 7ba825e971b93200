// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/doctor.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

struct Foreign {
  const char* triplet;
  const char* packages;
  const char* qemu;
  const char* qemu_package;
};

Foreign foreign(Architecture architecture) {
  if (architecture == Architecture::arm64)
    return {"aarch64-linux-gnu", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross", "qemu-system-aarch64", "qemu-system-arm"};
  return {"x86_64-linux-gnu", "gcc-x86-64-linux-gnu libc6-dev-amd64-cross", "qemu-system-x86_64", "qemu-system-x86"};
}

}  // namespace

std::vector<Check> check_foreign(const Config& config, const DoctorHost& host, Architecture architecture) {
  const Foreign needs = foreign(architecture);
  const std::string arch(name(architecture));
  const auto used = config.machines.find(config.defaults.machine);
  const bool wanted = used != config.machines.end() && used->second.architecture == architecture;
  const Health absent = wanted ? Health::missing : Health::note;
  std::vector<Check> checks;
  const auto say = [&](const std::string& what, const fs::path& found, const std::string& lack, const std::string& packages) {
    if (!found.empty()) checks.push_back({what, Health::ok, found.string(), ""});
    else checks.push_back({what, absent, lack + ": nothing of " + arch + " can be measured", "apt-get install " + packages});
  };
  const auto compiler = std::string(needs.triplet) + "-gcc";
  say(compiler, find_program(host, compiler), "no such program in PATH", needs.packages);
  // Programs of the guest are linked statically.
  const auto libc = host.root / "usr" / needs.triplet / "lib/libc.a";
  std::error_code ignored;
  say("C library of " + arch, fs::exists(libc, ignored) ? libc : fs::path(), fmt::format("no \"{}\"", libc.string()), needs.packages);
  say(needs.qemu, find_program(host, needs.qemu), "no such program in PATH", needs.qemu_package);
  const auto busybox = config.cache / "busybox" / arch;
  if (fs::exists(busybox, ignored)) checks.push_back({"busybox of " + arch, Health::ok, busybox.string(), ""});
  else if (find_program(host, "apt-get").empty())
    checks.push_back({"busybox of " + arch, absent, "not there, and no apt-get to fetch it",
                      fmt::format("install -D BUSYBOX {}", shell_quote(busybox.string())), "a static busybox of " + arch + ", from where you have one"});
  else checks.push_back({"busybox of " + arch, Health::ok, "fetched by apt on first use", ""});
  return checks;
}

}  // namespace klab::cli
