// SPDX-License-Identifier: GPL-3.0-or-later
#include <pwd.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>

#include "cli/doctor.hpp"
#include "util/file.hpp"
#include "util/process.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace fs = std::filesystem;
namespace {

struct Program {
  const char* name;
  const char* package;
};
constexpr Program programs[] = {
    {"git", "git"},     {"make", "make"}, {"gcc", "gcc"},          {"ld", "binutils"}, {"flex", "flex"},
    {"bison", "bison"}, {"bc", "bc"},     {"perl", "perl"},        {"cpio", "cpio"},   {"tar", "tar"},
    {"xz", "xz-utils"}, {"gzip", "gzip"}, {"bwrap", "bubblewrap"},
};
constexpr std::uintmax_t wanted_bytes = 10ull << 30;  // a tree, its git repository and some builds
constexpr double quiet_load = 0.5;  // per CPU; above it boots differ by more than the kernels do

std::string qemu_of(Architecture architecture) {
  return architecture == Architecture::arm64 ? "qemu-system-aarch64" : "qemu-system-x86_64";
}
std::string package_of(Architecture architecture) {
  return architecture == Architecture::arm64 ? "qemu-system-arm" : "qemu-system-x86";
}

// Linked statically, because the guest has no libraries: no interpreter is named in it.
Check check_busybox(const DoctorHost& host) {
  const auto path = find_program(host, "busybox");
  const std::string remedy = "apt-get install busybox-static";
  if (path.empty()) return {"busybox", Health::missing, "no such program in PATH", remedy};
  auto content = read_file(path);
  if (!content) return {"busybox", Health::missing, content.error().message, remedy};
  if (content->find("/ld-linux") != std::string::npos || content->find("/ld-musl") != std::string::npos)
    return {"busybox", Health::missing, path.string() + " is linked dynamically", remedy};
  return {"busybox", Health::ok, path.string() + ", static", ""};
}

Check check_tree(const Config& config, const TreeConfig& tree, const DoctorHost& host) {
  std::error_code ignored;
  const std::string what = fmt::format("tree {}", tree.name);
  if (!tree.repository.empty()) {
    if (fs::exists(tree.repository / ".git", ignored) || fs::exists(tree.repository / "HEAD", ignored))
      return {what, Health::ok, tree.repository.string(), ""};
    return {what, Health::missing, fmt::format("\"{}\" is no git repository", tree.repository.string()),
            fmt::format("git clone https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git {}", shell_quote(tree.repository.string())),
            fmt::format("or change trees.{}.repository in klab.toml", tree.name)};
  }
  if (!tree.remote.empty()) return {what, Health::ok, "fetched from " + tree.remote, ""};
  const auto imported = config.cache / "trees" / (tree.name + ".git");
  if (fs::exists(imported, ignored)) return {what, Health::ok, "imported into " + imported.string(), ""};
  for (const char* suffix : {".tar.xz", ".tar.zst", ".tar.gz", ".tar.bz2"}) {
    const auto tarball = host.root / "usr/src" / (tree.package + suffix);
    if (fs::exists(tarball, ignored))
      return {what, Health::ok, tarball.string() + ", imported on first use", ""};
  }
  return {what, Health::missing,
          fmt::format("no {}.tar.xz in {}", tree.package, (host.root / "usr/src").string()),
          "apt-get install " + tree.package};
}

// What the package's unit keeps from klabd, wherever klab.toml points: all but its own directories is read-only there.
bool unit_may_write(const fs::path& path, const DoctorHost& host) {
  std::error_code ignored;
  if (!fs::exists(host.root / "run/systemd/system", ignored)) return true;
  ProcessSpec spec;
  spec.argv = {"systemctl", "show", "--property", "LoadState,ProtectSystem,ReadWritePaths", "klabd.service"};
  spec.deadline = std::chrono::seconds(10);
  const auto ended = run_process_blocking(std::move(spec));
  if (!ended || !ended->ok() || ended->out.find("LoadState=loaded") == std::string::npos || ended->out.find("ProtectSystem=strict") == std::string::npos)
    return true;
  const auto below = [&](const fs::path& place) { return !place.empty() && *path.lexically_relative(place).begin() != ".."; };
  for (const char* own : {"/var/lib/klab", "/var/cache/klab", "/run/klab"})
    if (below(own)) return true;
  for (const std::string& line : split_lines(ended->out)) {
    if (!line.starts_with("ReadWritePaths=")) continue;
    for (std::string place : split(line.substr(15), ' ')) {
      place.erase(0, place.find_first_not_of("-+"));
      if (below(place)) return true;
    }
  }
  return false;
}

Check check_directory(const std::string& what, const fs::path& path, std::uintmax_t wanted, const Config& config, const DoctorHost& host) {
  const auto quoted = shell_quote(path.string());
  const auto elsewhere = fmt::format("or change \"{}\" in klab.toml", what);
  struct stat there {};
  // Root may do everything, the package's klabd is another user: nothing is made for it, and its rights are looked at.
  const auto* service = ::geteuid() == 0 && is_installed(config) ? ::getpwnam("klab") : nullptr;
  if (service != nullptr) {
    if (::stat(path.c_str(), &there) != 0)
      return {what, Health::missing, fmt::format("\"{}\": {}", path.string(), std::strerror(errno)), "install -d -o klab -g klab " + quoted, elsewhere};
    if (there.st_uid != service->pw_uid)
      return {what, Health::missing, fmt::format("\"{}\" is not klab's, as whom klabd runs", path.string()), "chown -R klab:klab " + quoted, elsewhere};
  } else {
    if (auto made = make_directories(path); !made)
      return {what, Health::missing, made.error().message, fmt::format("install -d -o {} {}", host.user, quoted), elsewhere};
    if (::access(path.c_str(), W_OK | X_OK) != 0) {
      // Taken from a klabd that is somebody else's, it would work for nobody.
      const auto* owner = ::stat(path.c_str(), &there) == 0 && there.st_uid != 0 ? ::getpwuid(there.st_uid) : nullptr;
      if (owner != nullptr && owner->pw_name != host.user)
        return {what, Health::note, fmt::format("\"{}\" belongs to {}: not looked at as {}", path.string(), owner->pw_name, host.user),
                fmt::format("sudo -u {} klab doctor", owner->pw_name), elsewhere + ", for a klabd of your own"};
      return {what, Health::missing, fmt::format("\"{}\" is not writable for {}", path.string(), host.user),
              fmt::format("chown {} {}", host.user, quoted), elsewhere + "; or run this as klabd's user"};
    }
  }
  if (is_installed(config) && !unit_may_write(path, host))
    return {what, Health::missing, fmt::format("\"{}\" is read-only for klabd.service", path.string()),
            fmt::format("printf '[Service]\\nReadWritePaths=%s\\n' {} | install -D -m 644 /dev/stdin "
                        "/etc/systemd/system/klabd.service.d/{}.conf && systemctl daemon-reload && systemctl restart klabd",
                        quoted, what),
            elsewhere};
  std::error_code ec;
  const auto space = fs::space(path, ec);
  if (ec)
    return {what, Health::note, fmt::format("{}; its free space is not known: {}", path.string(), ec.message()), "df " + quoted};
  const auto found =
      fmt::format("{}, {:.1f} GiB free", path.string(), static_cast<double>(space.available) / (1ull << 30));
  if (space.available >= wanted) return {what, Health::ok, found, ""};
  return {what, Health::note, found, "klab gc",
          fmt::format("a kernel tree with its builds wants {} GiB; {}", wanted >> 30, elsewhere)};
}

Check check_kvm(const DoctorHost& host) {
  const auto device = host.root / "dev/kvm";
  std::error_code ignored;
  if (!fs::exists(device, ignored)) {
    const std::string found = "no /dev/kvm: guests run under TCG, and every table says so";
    const auto cpus = read_file(host.root / "proc/cpuinfo");
    const auto has = [&](const char* word) { return cpus && cpus->find(word) != std::string::npos; };
    if (has(" vmx")) return {"KVM", Health::note, found, "modprobe kvm_intel"};
    if (has(" svm")) return {"KVM", Health::note, found, "modprobe kvm_amd"};
    return {"KVM", Health::note, found, "grep -cwE 'vmx|svm' /proc/cpuinfo",
            "0: turn virtualisation on in the firmware, or nested virtualisation in the hypervisor below"};
  }
  if (::access(device.c_str(), R_OK | W_OK) != 0)
    return {"KVM", Health::note, "/dev/kvm is there, but not for this user: guests run under TCG",
            "usermod --append --groups kvm " + host.user, "then log in again, or restart klabd"};
  return {"KVM", Health::ok, "/dev/kvm opens; whether it is used only a probe guest that has booted decides",
          ""};
}

Check check_governor(const DoctorHost& host) {
  auto governor = read_file(host.root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (!governor) return {"frequency governor", Health::ok, "n/a: this host has no cpufreq", ""};
  const std::string name(trim(*governor));
  if (name == "performance") return {"frequency governor", Health::ok, name, ""};
  return {"frequency governor", Health::note, name, "cpupower frequency-set -g performance", "boots differ less under it"};
}

Check check_load(const DoctorHost& host) {
  auto content = read_file(host.root / "proc/loadavg");
  if (!content) return {"load", Health::note, content.error().message, "mount -t proc proc /proc"};
  const double load = std::strtod(content->c_str(), nullptr);
  const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
  const auto found = fmt::format("{:.2f} on {} CPU{}", load, cpus, cpus == 1 ? "" : "s");
  if (load <= quiet_load * cpus) return {"load", Health::ok, found, ""};
  return {"load", Health::note, found + ": not quiet", "ps -eo pcpu,pid,user,comm --sort=-pcpu | head -6",
          "a busy host hides small changes; measure when it is idle"};
}

}  // namespace

Check check_program(const DoctorHost& host, const std::string& name, const std::string& package) {
  const auto path = find_program(host, name);
  if (!path.empty()) return {name, Health::ok, path.string(), ""};
  return {name, Health::missing, "no such program in PATH", "apt-get install " + package};
}

fs::path find_program(const DoctorHost& host, const std::string& name) {
  for (const auto& directory : split(host.path, ':')) {
    const fs::path candidate = fs::path(directory) / name;
    std::error_code ignored;
    if (!directory.empty() && fs::is_regular_file(candidate, ignored) &&
        ::access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return {};
}

DoctorHost this_host() {
  DoctorHost host;
  if (const auto own = architecture_from_name(config_environment().host)) host.architecture = *own;
  if (const auto* entry = ::getpwuid(::getuid())) host.user = entry->pw_name;
  timex clock{};
  if (const int state = ::adjtimex(&clock); state >= 0) host.clock_is_set = state != TIME_ERROR;
  const char* path = std::getenv("PATH");
  host.path = path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return host;
}

std::vector<Check> check_host(const Config& config, const DoctorHost& host) {
  std::vector<Check> checks;
  for (const auto& program : programs) checks.push_back(check_program(host, program.name, program.package));
  if (const auto bwrap = find_program(host, "bwrap"); !bwrap.empty()) checks.push_back(check_sandbox(bwrap, host.root));
  checks.push_back(check_build_limits(config, host));
  std::set<Architecture> architectures;
  for (const auto& [name, machine] : config.machines)
    if (machine.driver == "libvirt") architectures.insert(machine.architecture);
  for (const auto architecture : architectures) {
    if (architecture == host.architecture) {
      checks.push_back(check_program(host, qemu_of(architecture), package_of(architecture)));
      continue;
    }
    for (auto& check : check_foreign(config, host, architecture)) checks.push_back(std::move(check));
  }
  checks.push_back(check_busybox(host));
  for (auto& check : check_bare_metal(config, host)) checks.push_back(std::move(check));
  for (const auto& [name, tree] : config.trees) checks.push_back(check_tree(config, tree, host));
  checks.push_back(check_directory("cache", config.cache, wanted_bytes, config, host));
  checks.push_back(check_directory("state", config.state, 1ull << 30, config, host));
  checks.push_back(check_kvm(host));
  checks.push_back(check_governor(host));
  checks.push_back(check_load(host));
  return checks;
}

}  // namespace klab::cli
